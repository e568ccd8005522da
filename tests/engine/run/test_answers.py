# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Valid questions give plain DuckDB's answers, exactly, through gate, sandbox and encoder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from allmende.engine import encode, extensions
from allmende.engine.client import Engine
from allmende.engine.plan import Format

from .conftest import Town

QUESTIONS = [
    line
    for line in (Path(__file__).parent / "data" / "valid.sql").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("--")
]
#: Give another answer each time; only their columns are compared.
VOLATILE = re.compile(r"random\(|uuid\(|tablesample|approx_")


@pytest.fixture(scope="module")
def plain(town: Town) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = extensions.connect()
    connection.execute(f"ATTACH '{town.folder / 'counts.sqlite'}' AS src_counts (TYPE sqlite, READ_ONLY)")
    connection.execute("CREATE SCHEMA town; CREATE SCHEMA works")
    for (tenant, name), table in town.tables.items():
        connection.execute(f"CREATE VIEW {tenant}.{name} AS {table.relation.sql}")
    yield connection
    connection.close()


def ask(engine: Engine, town: Town, sql: str, form: Format = Format.ARROW) -> bytes:
    with engine.blocking("town") as question:
        parsed = question.parse(sql)
        _, chunks = question.run(town.plan(sql, parsed.tables, form))
        answer = b"".join(chunks)
        assert question.foot is not None
        return answer


def expected(plain: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    relation = plain.sql(sql)
    outer = encode.select(sql.rstrip("; ").split(" -- ")[0], relation.types, Format.ARROW, "w")
    return plain.execute(outer).to_arrow_table().rename_columns(relation.columns)


@pytest.mark.parametrize("sql", QUESTIONS, ids=range(len(QUESTIONS)))
def test_a_valid_question_gives_plain_duckdbs_answer(
    engine: Engine, town: Town, plain: duckdb.DuckDBPyConnection, sql: str
) -> None:
    given = pa.ipc.open_stream(ask(engine, town, sql)).read_all()
    wanted = expected(plain, sql)
    assert given.schema.types == wanted.schema.types
    if not VOLATILE.search(sql):
        rows = [[c.combine_chunks().to_string(window=1000) for c in table.columns] for table in (given, wanted)]
        assert rows[0] == rows[1]
    # A derived name ("max(h)") is DuckDB's way to write the expression back; the given ones are the same.
    for name, original in zip(given.column_names, wanted.column_names, strict=True):
        assert name == original or not re.fullmatch(r"[\w ]+", original)
