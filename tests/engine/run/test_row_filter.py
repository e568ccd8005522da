# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows left out by an obligation are never looked at by the question: no error, no value, no difference."""

from __future__ import annotations

import duckdb
import pytest

from allmende.engine.client import Engine
from allmende.engine.plan import Field, Format, Plan, Relation, Table
from allmende.kernel.errors import Problem

from .conftest import SECRET

FIELDS = (Field("id", "BIGINT"), Field("name", "VARCHAR"), Field("district", "VARCHAR"))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Table:
    path = tmp_path_factory.mktemp("people") / "people.parquet"
    with duckdb.connect() as made:
        made.execute(
            f"COPY (SELECT i AS id, CASE WHEN i = 4711 THEN '{SECRET}' ELSE i::VARCHAR END AS name, "
            f"CASE WHEN i % 3 = 0 THEN 'Mitte' ELSE 'Süd' END AS district FROM range(100000) r(i)) TO '{path}'"
        )
    only = f"SELECT * FROM (SELECT * FROM read_parquet('{path}')) WHERE CAST(district || '' AS VARCHAR) IN ('Mitte')"
    return Table("town", "people", Relation(sql=only, fields=FIELDS, paths=(str(path),)))


#: Each fails if its condition is evaluated on the row left out (4711 is in Süd), and holds for all rows shown.
PROBES = [
    "select count(*) from town.people where cast(name as int) >= 0",
    "select count(*) from town.people where case when name like 'GEHEIM%' then cast(name as int) else 1 end > 0",
    "select count(*) from town.people where district = 'Mitte' and cast(name as int) >= 0",
    "select count(*) from (select cast(name as int) as n from town.people) where n >= 0",
    "select count(*) from town.people a join town.people b on a.id = b.id and cast(a.name as int) >= 0",
    "select count(*) from town.people a, town.people b where a.id = b.id and cast(b.name as int) >= 0",
    "select count(*) from (select id from town.people where cast(name as int) >= 0 union select id from town.people)",
    "with a as (select * from town.people), b as materialized (from a) select count(*) from b where cast(name as int) >= 0",
    "select count(*) from (from town.people order by cast(name as int) limit 33334)",
    "select count(distinct cast(name as int)) from town.people",
    "select sum(n) from (select cast(name as int) % 2 = 0 as even, count(*) n from town.people group by 1)",
    "select count(*) from town.people p where exists (select 1 from town.people q where q.id = cast(p.name as int))",
    "select count(*) from town.people semi join (select 4711 as id union select range from range(100000)) using (id)",
]


@pytest.mark.parametrize("sql", PROBES)
def test_no_condition_reaches_a_row_left_out(engine: Engine, people: Table, sql: str) -> None:
    with engine.blocking() as question:
        question.parse(sql)
        _, chunks = question.run(Plan(sql=sql, tables=(people,), format=Format.JSON))
        assert b"".join(chunks) == b"[\n[33334]\n]"


def test_a_message_holds_no_value_of_a_row(engine: Engine, people: Table) -> None:
    sql = "select cast(name || 'x' as int) from town.people"
    with engine.blocking() as question:
        question.parse(sql)
        with pytest.raises(Problem) as caught:
            _, chunks = question.run(Plan(sql=sql, tables=(people,), format=Format.JSON))
            b"".join(chunks)
    assert "0x" not in caught.value.detail.en
    assert "Could not convert" in caught.value.detail.en
