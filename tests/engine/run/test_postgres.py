# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A real PostgreSQL behind a locked-in worker: all connections exist before, its password never shows."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import duckdb
import msgspec
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from allmende.engine.client import Engine
from allmende.engine.extensions import connect
from allmende.engine.plan import Field, Format, Limits, Plan, Postgres, Relation, Table
from allmende.engine.setup import _attach_postgres
from allmende.kernel.errors import Problem, TooMuch

ROWS = 400_000


@pytest.fixture(scope="module")
def source(postgres_url: str) -> Iterator[Postgres]:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("DROP SCHEMA IF EXISTS engine_run CASCADE")
        server.execute("CREATE SCHEMA engine_run")
        server.execute(
            "CREATE TABLE engine_run.counts AS SELECT i AS id, i % 10 AS g, 'x' || i AS t "
            f"FROM generate_series(1, {ROWS}) i"
        )
        server.execute("CREATE VIEW engine_run.slow AS SELECT pg_sleep(30)::text AS s")
        server.execute("ANALYZE engine_run.counts")
        parts = conninfo_to_dict(postgres_url)
        yield Postgres(
            alias="far",
            host=str(parts.get("host", "")),
            port=int(parts.get("port") or 5432),
            database=str(parts["dbname"]),
            user=str(parts["user"]),
            password=str(parts.get("password", "")),
        )
        server.execute("DROP SCHEMA engine_run CASCADE")


def ask(engine: Engine, source: Postgres, sql: str, relation: str = "SELECT * FROM far.engine_run.counts") -> bytes:
    table = Table("town", "counts", Relation(sql=relation, fields=(Field("id", "BIGINT"),), attachments=(source,)))
    with engine.blocking() as question:
        question.parse(sql)
        _, chunks = question.run(Plan(sql=sql, tables=(table,), format=Format.JSON, limits=Limits(seconds=30)))
        return b"".join(chunks)


def test_the_address_that_was_checked_is_connected_to_whatever_the_name_says_by_then() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(20)
        named = Postgres("far", "moved.invalid", server.getsockname()[1], "db", "user", "word", address="127.0.0.1")

        def ask() -> None:
            with pytest.raises(duckdb.Error):
                _attach_postgres(connect(), named, 1)

        asking = threading.Thread(target=ask)
        asking.start()
        came, _ = server.accept()
        came.close()
        asking.join(20)


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*), sum(id) from town.counts",
        "select count(*), sum(a.id) from town.counts a join town.counts b using (id)",
        "select count(*), sum(id) from (" + " union all ".join(["select id from town.counts"] * 4) + ")",
        "select count(*), sum(id) from town.counts where g in (select g from town.counts where id < 100)",
        "with c as (select * from town.counts) select count(*), sum(x.id) from c x join c y using (id)",
    ],
)
def test_a_locked_in_worker_reads_it_however_often_it_is_named(engine: Engine, source: Postgres, sql: str) -> None:
    count, total = json.loads(ask(engine, source, sql))[0]
    times = 4 if "union all" in sql else 1
    assert (count, total) == (times * ROWS, times * ROWS * (ROWS + 1) // 2)


def test_its_own_time_limit_ends_a_question(engine: Engine, source: Postgres) -> None:
    impatient = Postgres(**{**{f: getattr(source, f) for f in source.__struct_fields__}, "statement_timeout_ms": 500})
    with pytest.raises(TooMuch):
        ask(engine, impatient, "select * from town.counts", "SELECT * FROM far.engine_run.slow")


def test_it_is_read_only_and_its_secret_is_not_there(engine: Engine, source: Postgres) -> None:
    for sql in (
        "CALL postgres_execute('far', 'CREATE TABLE engine_run.made (a int)')",
        "CREATE TABLE far.engine_run.made (a int)",
        "INSERT INTO far.engine_run.counts VALUES (0, 0, '')",
    ):
        with engine.blocking() as question, pytest.raises(Problem):
            _, chunks = question.run_trusted(Plan(sql=sql, tables=(), attachments=(source,)))
            b"".join(chunks)
    with engine.blocking() as question:
        sql = "SELECT path FROM duckdb_databases() UNION ALL SELECT secret_string FROM duckdb_secrets()"
        _, chunks = question.run_trusted(Plan(sql=sql, tables=(), attachments=(source,)))
        assert source.password not in b"".join(chunks).decode()


@pytest.fixture
def other(source: Postgres, postgres_url: str) -> Iterator[str]:
    """A second schema in the source, which has an enumeration and a composite of its own, and a table."""
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("CREATE SCHEMA engine_other")
        server.execute("CREATE TYPE engine_other.mood AS ENUM ('sad', 'content')")
        server.execute("CREATE TYPE engine_other.pair AS (a int, b text)")
        server.execute(
            "CREATE TABLE engine_other.t AS SELECT 'sad'::engine_other.mood AS m, (1, 'x')::engine_other.pair AS p"
        )
        try:
            yield "engine_other"
        finally:
            server.execute("DROP SCHEMA engine_other CASCADE")


def schemas(source: Postgres, schema: str) -> list[list[str]]:
    """Return the schemas a worker sees in a source attached with one."""
    narrow = msgspec.structs.replace(source, schema=schema)
    sql = (
        "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'far' AND schema_name LIKE 'engine%' ORDER BY 1"
    )
    with connect() as connection:
        _attach_postgres(connection, narrow, 2)
        return [list(row) for row in connection.execute(sql).fetchall()]


def test_only_the_one_schemas_catalogue_is_read(source: Postgres, other: str) -> None:
    assert schemas(source, "engine_run") == [["engine_run"]]
    assert schemas(source, "") == [["engine_other"], ["engine_run"]]


@pytest.mark.parametrize("schema", ["ENGINE_RUN", "engine_away", "engine'; SELECT '1", 'engine"run'])
def test_a_schema_not_written_as_in_the_source_is_looked_for_among_all(
    source: Postgres, other: str, schema: str
) -> None:
    assert schemas(source, schema) == [["engine_other"], ["engine_run"]]


def test_a_schema_with_another_ones_types_is_read_with_all(source: Postgres, other: str, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("CREATE TABLE engine_run.borrowed AS SELECT m, p, array[m] AS ms FROM engine_other.t")
        try:
            with connect() as connection:
                _attach_postgres(connection, msgspec.structs.replace(source, schema="engine_run"), 2)
                found = connection.execute("SELECT * FROM far.engine_run.borrowed")
                types = [str(column[1]) for column in found.description or []]
                assert types == ["ENUM('sad', 'content')", "STRUCT(a INTEGER, b VARCHAR)", "ENUM('sad', 'content')[]"]
        finally:
            server.execute("DROP TABLE engine_run.borrowed")


def test_two_tables_in_two_schemas_of_a_source_are_read_together(engine: Engine, source: Postgres, other: str) -> None:
    def table(name: str, schema: str) -> Table:
        narrow = msgspec.structs.replace(source, schema=schema)
        return Table("town", name, Relation(f"SELECT * FROM far.{schema}.{name}", (), attachments=(narrow,)))

    sql = "SELECT count(*), min(t.m) FROM town.counts, town.t"
    with engine.blocking() as question:
        question.parse(sql)
        tables = (table("counts", "engine_run"), table("t", other))
        _, chunks = question.run(Plan(sql=sql, tables=tables, format=Format.JSON, limits=Limits(seconds=30)))
        assert json.loads(b"".join(chunks)) == [[ROWS, "sad"]]
