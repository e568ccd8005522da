# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What must not come through, through the real worker; the planted secret never comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from allmende.engine.client import Engine
from allmende.engine.errors import Refused
from allmende.engine.plan import Format
from allmende.kernel.errors import Problem

from .conftest import SECRET, Town

STATEMENTS = [
    line
    for line in (Path(__file__).parent / "data" / "malicious.sql").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("--")
]


def outcome(engine: Engine, town: Town, sql: str) -> tuple[Problem | None, str]:
    """Run ``sql`` with everything permitted; return the refusal, and all text that came out in any way."""
    try:
        with engine.blocking("town") as question:
            parsed = question.parse(sql)
            head, chunks = question.run(town.plan(sql, tuple(town.tables), Format.JSON, seconds=10))
            answer = b"".join(chunks).decode()
            return None, f"{parsed}{head}{answer}"
    except Problem as problem:
        return problem, str(problem.document())


def test_there_are_enough() -> None:
    assert len(set(STATEMENTS)) == len(STATEMENTS) >= 150


@pytest.mark.parametrize("statement", STATEMENTS, ids=range(len(STATEMENTS)))
def test_a_malicious_statement_is_refused_and_tells_nothing(engine: Engine, town: Town, statement: str) -> None:
    sql = statement.replace("{secret}", town.secret_path).replace("{folder}", str(town.folder))
    problem, said = outcome(engine, town, sql.replace("{env}", "ALLMENDE_PLANTED").replace("{{}}", "{}"))
    assert isinstance(problem, Refused), said
    assert SECRET not in said
    assert problem.detail.de
    assert problem.detail.en


def test_the_asker_never_learns_the_requests_own_names(engine: Engine, town: Town) -> None:
    for sql in (
        "select nope from town.trees",
        "with a as (select 1 as x) select nope from a",
        "select town.trees.nope from town.trees",
        "with a as (select 1 as x) select a.nope from a",
        "select * from town.trees t join town.trees t2 using (nope)",
    ):
        problem, said = outcome(engine, town, sql)
        assert isinstance(problem, Refused)
        import re

        assert not re.search(r"\bq[0-9a-f]{24}", said), said


def test_length_nesting_and_set_operations_end_before_the_parser(engine: Engine, town: Town) -> None:
    for sql in (
        "select 1 -- " + "x" * 70_000,
        "select " + "(" * 3_000 + "1" + ")" * 3_000,
        "select " + "[" * 3_000,
        " union all ".join(["select 1"] * 20_000)[:60_000],
        " union ".join(["select 1"] * 200),
        "select " + "- " * 20_000 + "1",
        "select " + "not " * 10_000 + "true",
        "select " + "+".join(["1"] * 20_000),
        "select 1" + "::int" * 8_000,
        "select case when true then " * 2_000 + "1" + " end" * 2_000,
        "select a" + ".a" * 20_000,
        "select * from " + ",".join(["town.trees"] * 5_000),
        "with " + ",".join(f"c{i} as (select 1)" for i in range(3_000)) + " select 1" + " " * 10_000,
        "select '" + "\\" * 60_000,
        "select " + "/*" * 20_000,
        "select 1 \0 from",
    ):
        problem, _ = outcome(engine, town, sql)
        assert isinstance(problem, Refused), sql[:60]


def test_a_refusal_says_where(engine: Engine, town: Town) -> None:
    problem, _ = outcome(engine, town, "select 1 as ä,\n  getenv('x')")
    assert isinstance(problem, Refused)
    assert (problem.more["line"], problem.more["column"]) == (2, 3)
    assert "getenv" in problem.detail.de


def test_the_shape_has_no_literals(engine: Engine) -> None:
    with engine.blocking() as question:
        parsed = question.parse(
            "select id, 'Müller' as \"Hans Müller\", 4711 /* Müller */ from town.trees t "
            "where species in ('Müller', 'Meier') and height > 12.5 and planted > date '1999-01-01' "
            "and [1, 2] = [3] and {'Müller': 1} is not null -- Müller\n limit 3"
        )
    assert parsed.tables == (("town", "trees"),)
    for word in ("Müller", "Meier", "4711", "12.5", "1999", "3"):
        assert word not in parsed.shape, parsed.shape


def test_the_shape_keeps_what_was_asked_for(engine: Engine) -> None:
    with engine.blocking() as question:
        parsed = question.parse(
            "with a as (select id, height h from town.trees where id in (1, 2)) select max(h) from a"
        )
    assert parsed.shape == (
        "WITH c1 AS (SELECT id, height AS h FROM town.trees WHERE (id IN (?, …)))SELECT max(h) FROM c1 AS a"
    )
