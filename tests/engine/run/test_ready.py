# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Databases opened before the question: faster, and never another answer."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from allmende.engine.client import Lease
from allmende.engine.errors import Refused
from allmende.engine.plan import Field, Format, Limits, Plan, Postgres, Relation, Table
from allmende.engine.ready import Ready
from allmende.kernel.errors import SourceDown

from .conftest import Running

SQL = "SELECT sum(n) AS n FROM town.ready"


@pytest.fixture
def source(postgres_url: str) -> Iterator[Postgres]:
    """A database with one schema and one table of ten rows."""
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("DROP SCHEMA IF EXISTS engine_ready CASCADE")
        server.execute("CREATE SCHEMA engine_ready")
        server.execute("CREATE TABLE engine_ready.t AS SELECT i AS n FROM generate_series(1, 10) i")
        parts = conninfo_to_dict(postgres_url)
        yield Postgres(
            alias="far",
            host=str(parts.get("host", "")),
            port=int(parts.get("port") or 5432),
            database=str(parts["dbname"]),
            user=str(parts["user"]),
            password=str(parts.get("password", "")),
            schema="engine_ready",
        )
        server.execute("DROP SCHEMA engine_ready CASCADE")


@pytest.fixture
async def ready(running: Running) -> AsyncIterator[Ready]:
    made = Ready(running.engine)
    yield made
    await made.close()


def plan(source: Postgres, sql: str = SQL) -> Plan:
    relation = Relation("SELECT n FROM far.engine_ready.t", (Field("n", "INTEGER"),), attachments=(source,))
    return Plan(sql, (Table("town", "ready", relation, source="Zählwerk"),), Format.JSON, Limits(seconds=20))


async def ask(ready: Ready, source: Postgres, sql: str = SQL, tenant: str = "town") -> tuple[Any, bool]:
    """Return the answer's rows, and whether a worker that had waited was asked."""
    async with ready.lease(tenant, sql) as question:
        waited = type(question) is not Lease
        await question.parse(sql)
        answer = await question.run(plan(source, sql))
        rows = json.loads(await answer.read())
    ready.keep(tenant, plan(source, sql))
    await ready.settled()
    return rows, waited


def sessions(postgres_url: str) -> list[tuple[int, str]]:
    """Return the workers' sessions in the database."""
    with psycopg.connect(postgres_url, autocommit=True) as server:
        found = server.execute(
            "SELECT pid, state FROM pg_stat_activity WHERE application_name = 'allmende' ORDER BY pid"
        )
        return [(int(pid), str(state)) for pid, state in found.fetchall()]


async def none_left(postgres_url: str) -> bool:
    for _ in range(100):
        if not sessions(postgres_url):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_the_next_question_finds_its_database_open(ready: Ready, source: Postgres, postgres_url: str) -> None:
    assert await ask(ready, source) == ([[55]], False)
    open_before = sessions(postgres_url)
    assert [state for _, state in open_before] == ["idle", "idle"]  # no transaction holds anything at the source
    assert await ask(ready, source) == ([[55]], True)
    open_after = sessions(postgres_url)
    assert not {pid for pid, _ in open_after} & {pid for pid, _ in open_before}  # still one process, one question
    await ready.close()
    assert await none_left(postgres_url)


async def test_it_reads_what_is_there_now(ready: Ready, source: Postgres, postgres_url: str) -> None:
    await ask(ready, source)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("INSERT INTO engine_ready.t VALUES (45)")
    assert (await ask(ready, source))[0] == [[100]]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE engine_ready.t ALTER n TYPE real",  # as wide as an integer: would be read as another number
        "ALTER TABLE engine_ready.t DROP n, ADD n integer DEFAULT 5",
        "DROP TABLE engine_ready.t; CREATE TABLE engine_ready.t AS SELECT i::real AS n FROM generate_series(1, 10) i",
        "ALTER TABLE engine_ready.t ADD more text",
    ],
)
async def test_a_table_that_changed_meanwhile_is_read_anew(
    ready: Ready, source: Postgres, postgres_url: str, change: str
) -> None:
    await ask(ready, source)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(change)
        row = server.execute("SELECT sum(n) FROM engine_ready.t").fetchone()
    assert row is not None
    assert await ask(ready, source) == ([[row[0]]], True)


async def test_a_source_that_ended_its_sessions_is_called_again(
    ready: Ready, source: Postgres, postgres_url: str
) -> None:
    await ask(ready, source)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'allmende'")
    assert (await ask(ready, source))[0] == [[55]]


async def test_a_source_that_is_gone_is_said_to_be_down(ready: Ready, source: Postgres, postgres_url: str) -> None:
    await ask(ready, source)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("DROP TABLE engine_ready.t")
    with pytest.raises(SourceDown, match="Zählwerk"):
        await ask(ready, source)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("CREATE TABLE engine_ready.t AS SELECT 1 AS n")


async def test_another_plan_gets_another_worker(ready: Ready, source: Postgres) -> None:
    """What is open counts only where it is exactly what the plan permits: a changed password opens nothing old."""
    await ask(ready, source)
    (waiting,) = ready._waiting
    wrong = msgspec.structs.replace(source, password="no longer", user="nobody_here")
    with pytest.raises(SourceDown):
        await ask(ready, wrong)
    assert waiting._socket is None
    assert ready._waiting == []


async def test_another_town_does_not_get_it(ready: Ready, source: Postgres) -> None:
    await ask(ready, source)
    assert (await ask(ready, source, tenant="neighbour"))[1] is False


async def test_a_question_that_only_mentions_it_is_answered_by_another_worker(ready: Ready, source: Postgres) -> None:
    await ask(ready, source)
    sql = "SELECT 'town.ready' AS a"
    async with ready.lease("town", sql) as question:
        assert type(question) is not Lease
        assert (await question.parse(sql)).tables == ()
        assert json.loads(await (await question.run(Plan(sql, (), Format.JSON))).read()) == [["town.ready"]]


async def test_the_gate_stands_before_it_too(ready: Ready, source: Postgres) -> None:
    await ask(ready, source)
    for sql in (
        "SELECT * FROM town.ready, far.engine_ready.t",
        "SELECT * FROM postgres_query('far', 'SELECT 1') -- town.ready",
        "SELECT path FROM duckdb_databases() -- town.ready",
    ):
        async with ready.lease("town", sql) as question:
            with pytest.raises(Refused):
                await question.parse(sql)


async def test_more_scans_than_connections_are_opened_for(ready: Ready, source: Postgres) -> None:
    await ask(ready, source)
    sql = "SELECT count(*) FROM " + ", ".join(f"town.ready r{i}" for i in range(4))
    assert (await ask(ready, source, sql))[0] == [[10_000]]


async def test_waiting_workers_take_nobodys_turn(running: Running, source: Postgres) -> None:
    """More wait than may run at once, and all the places are still free."""
    every = [Ready(running.engine) for _ in range(3)]
    try:
        for one in every:
            await ask(one, source)
        held = [running.engine.lease() for _ in range(3)]
        for lease in held:
            await asyncio.wait_for(lease.__aenter__(), 10)
        for lease in held:
            lease._close()
    finally:
        for one in every:
            await one.close()


async def test_the_query_process_lets_the_oldest_go(running: Running, source: Postgres) -> None:
    every = [Ready(running.engine) for _ in range(6)]
    try:
        for one in every:
            await ask(one, source)
        for one in every:
            assert (await ask(one, source))[0] == [[55]]
    finally:
        for one in every:
            await one.close()


async def test_it_waits_only_so_long(running: Running, source: Postgres, postgres_url: str) -> None:
    brief = Ready(running.engine, seconds=0.2)
    await ask(brief, source)
    assert await none_left(postgres_url)
    assert (await ask(brief, source))[1] is False
    await brief.close()


async def test_a_worker_that_ended_while_it_waited_is_not_missed(
    running: Running, ready: Ready, source: Postgres
) -> None:
    await ask(ready, source)
    for process in running.children():
        os.kill(process, signal.SIGKILL)
    await asyncio.sleep(0.3)
    assert await ask(ready, source) == ([[55]], True)
