# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The price of asking through the hub's engine, beside plain DuckDB in the same run.

Ten million generated rows: readings in Parquet, counts in PostgreSQL, sites in CSV. Each question runs through gate,
broker, sandboxed worker and Arrow encoder, and, in turn, in a warm plain DuckDB with the same views, the same number
of threads and Arrow out. Medians of the rounds and their ratio; then the first byte and the memory of a CSV export,
and the time of a decision.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa

from allmende.config.postgres import Postgres as Server
from allmende.engine import extensions, setup
from allmende.engine.client import Engine
from allmende.engine.plan import Attachment, Field, Format, Plan, Postgres, Relation, Table
from allmende.engine.ready import Ready
from allmende.kernel.errors import Unready
from allmende.kernel.text import Text
from allmende.rights.decide import decide
from allmende.rights.snapshot import Granted, Organisations, Unit, assemble
from allmende.rights.terms import Action, Class, Effect, Grant, GranteeKind, Resource, Subject, SubjectKind

READINGS, COUNTS, SITES = 9_000_000, 950_000, 50_000
THREADS = 2
#: Seconds in which the query process forks its next spare, before the other way is measured.
PAUSE = 0.2

#: Questions with what they are to show. Tables are named as in Allmende: tenant.dataset.
QUESTIONS = {
    "short: one value": "SELECT 1 AS one",
    "short: a site by its number (CSV)": "SELECT name, district FROM town.sites WHERE id = 4711",
    "short: readings of one site (Parquet)": "SELECT count(*), avg(value) FROM works.readings WHERE site = 4711",
    "short: counts of one site (PostgreSQL)": "SELECT sum(n) FROM town.counts WHERE site = 4711",
    "filter (Parquet)": "SELECT id, value FROM works.readings WHERE value > 99.5 AND kind = 'no2'",
    "group (Parquet)": "SELECT kind, date_trunc('day', at_time) AS day, count(*) AS n, avg(value) AS mean, "
    "quantile_cont(value, 0.9) AS high FROM works.readings GROUP BY ALL ORDER BY ALL",
    "group by site (Parquet)": "SELECT site, count(*) AS n, max(value) AS top FROM works.readings GROUP BY site "
    "ORDER BY n DESC, site LIMIT 100",
    "group (PostgreSQL)": "SELECT site % 10 AS s, sum(n) AS total FROM town.counts GROUP BY ALL ORDER BY ALL",
    "join Parquet × CSV": "SELECT s.district, count(*) AS n, avg(r.value) AS mean FROM works.readings r "
    "JOIN town.sites s ON s.id = r.site GROUP BY ALL ORDER BY ALL",
    "join Parquet × PostgreSQL × CSV": "WITH c AS (SELECT site, sum(n) AS n FROM town.counts GROUP BY site) "
    "SELECT s.district, avg(r.value) AS mean, sum(c.n) AS n FROM works.readings r JOIN c ON c.site = r.site "
    "JOIN town.sites s ON s.id = r.site WHERE r.kind = 'no2' GROUP BY ALL ORDER BY ALL",
    "window (Parquet)": "SELECT site, at_time, value FROM works.readings WHERE kind = 'o3' "
    "QUALIFY row_number() OVER (PARTITION BY site ORDER BY value DESC, id) = 1 ORDER BY ALL",
}
EXPORT = "SELECT id, site, kind, at_time, value FROM works.readings LIMIT 1000000"


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def generate(folder: Path, dsn: str) -> None:
    """Make the ten million rows, once."""
    with duckdb.connect() as made:
        made.execute(f"SET threads={THREADS}; SET TimeZone='UTC'")
        if not (folder / "readings.parquet").exists():
            say("Generating readings.parquet …")
            made.execute(
                f"COPY (SELECT i AS id, (i * 7919 % {SITES})::INTEGER AS site, "
                "['no2', 'o3', 'pm10', 'co'][1 + i % 4] AS kind, "
                "TIMESTAMP '2021-01-01' + to_seconds(i * 3) AS at_time, "
                "(hash(i) % 10000) / 100.0::DOUBLE AS value "
                f"FROM range({READINGS}) r(i)) TO '{folder}/readings.tmp' (FORMAT PARQUET)"
            )
            (folder / "readings.tmp").rename(folder / "readings.parquet")
        if not (folder / "sites.csv").exists():
            made.execute(
                f"COPY (SELECT i AS id, 'Standort ' || i AS name, 1 + i % 12 AS district FROM range({SITES}) r(i)) "
                f"TO '{folder}/sites.tmp' (FORMAT CSV, HEADER)"
            )
            (folder / "sites.tmp").rename(folder / "sites.csv")
    with psycopg.connect(dsn, autocommit=True) as server:
        if server.execute("SELECT to_regclass('counts')").fetchone() == (None,):
            say("Generating the PostgreSQL table counts …")
            server.execute(
                f"CREATE TABLE counts AS SELECT i AS id, (i * 104729 % {SITES})::integer AS site, "
                f"(i * 31 % 200)::integer AS n FROM generate_series(1::bigint, {COUNTS}) i"
            )
            server.execute("CREATE INDEX ON counts (site)")
            server.execute("ANALYZE counts")


def tables(folder: Path, server: Postgres) -> dict[tuple[str, str], Table]:
    """Return the three data sets."""
    readings, sites = str(folder / "readings.parquet"), str(folder / "sites.csv")
    columns = (
        "auto_detect = false, delim = ',', quote = '\"', "
        "columns = {'id': 'INTEGER', 'name': 'VARCHAR', 'district': 'INTEGER'}"
    )

    def table(tenant: str, name: str, sql: str, *paths: str, attachments: tuple[Attachment, ...] = ()) -> Table:
        relation = Relation(sql=sql, fields=(Field("value", "DOUBLE"),), paths=paths, attachments=attachments)
        return Table(tenant, name, relation, source=name, filtered=False)

    made = [
        table("works", "readings", f"SELECT * FROM read_parquet('{readings}')", readings),
        table("town", "sites", f"SELECT * FROM read_csv('{sites}', header = true, {columns})", sites),
        table("town", "counts", "SELECT * FROM traffic.public.counts", attachments=(server,)),
    ]
    return {(each.tenant, each.name): each for each in made}


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[Engine]:
    """Run a query process of our own."""
    path = folder / "query.sock"
    process = subprocess.Popen([sys.executable, "-m", "allmende.engine.broker", str(path)])
    try:
        engine = Engine(path)
        for _ in range(1000):
            try:
                with engine.blocking():
                    break
            except Unready:
                time.sleep(0.02)
        yield engine
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def plain(made: dict[tuple[str, str], Table]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a plain DuckDB with the same views, everything attached and warm."""
    connection = extensions.connect()
    plan = Plan(sql="", tables=tuple(made.values()))
    setup.attach_remote(connection, plan, {}, lambda _: None)
    connection.execute(f"SET threads={THREADS}")
    for (tenant, name), table in made.items():
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {tenant}; CREATE VIEW {tenant}.{name} AS {table.relation.sql}")
    yield connection
    connection.close()


async def through_engine(ready: Ready, made: dict[tuple[str, str], Table], sql: str) -> tuple[float, int]:
    """Ask the engine as the hub does; return milliseconds and the rows of the answer."""
    began = time.perf_counter()
    async with ready.lease("bench", sql) as question:
        parsed = await question.parse(sql)
        plan = Plan(sql=sql, tables=tuple(made[name] for name in parsed.tables), format=Format.ARROW)
        answer = await (await question.run(plan)).read()
    rows = int(pa.ipc.open_stream(answer).read_all().num_rows)
    milliseconds = (time.perf_counter() - began) * 1000
    ready.keep("bench", plan)
    return milliseconds, rows


def through_duckdb(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[float, int]:
    """Ask plain DuckDB; return milliseconds and the rows of the answer."""
    began = time.perf_counter()
    rows = int(connection.execute(sql).to_arrow_table().num_rows)
    return (time.perf_counter() - began) * 1000, rows


async def compare(engine: Engine, made: dict[tuple[str, str], Table], rounds: int) -> list[dict[str, Any]]:
    """Measure every question both ways, in turn, each when nothing else is being made ready.

    A source behind a network is measured twice: opened ahead, as when it was asked of before, and with nothing open.
    """
    results = []
    asked = [(name, sql, True) for name, sql in QUESTIONS.items()]
    asked += [(f"{name}, nothing open", sql, False) for name, sql in QUESTIONS.items() if "town.counts" in sql]
    with plain(made) as connection:
        for name, sql, ahead in asked:
            hub, duck = [], []
            ready = Ready(engine)
            for round_ in range(rounds + 1):
                hub_time, hub_rows = await through_engine(ready, made, sql)
                await ready.settled()
                if not ahead:
                    await ready.close()
                await asyncio.sleep(PAUSE)
                duck_time, duck_rows = through_duckdb(connection, sql)
                if hub_rows != duck_rows:
                    raise SystemExit(f"{name}: {hub_rows} rows through the hub, {duck_rows} in plain DuckDB")
                if round_:  # the first warms both
                    hub.append(hub_time)
                    duck.append(duck_time)
            await ready.close()
            one, other = statistics.median(hub), statistics.median(duck)
            results.append(
                {
                    "question": name,
                    "hub_ms": round(one, 1),
                    "duckdb_ms": round(other, 1),
                    "ratio": round(one / other, 2),
                    "more_ms": round(one - other, 1),
                    "hub_best_ms": round(min(hub), 1),
                    "duckdb_best_ms": round(min(duck), 1),
                    "rows": hub_rows,
                }
            )
            say(
                f"{name:52} hub {one:7.1f} ms  plain {other:7.1f} ms  ratio {one / other:5.2f}  {one - other:+7.1f} ms"
                f"   (best: {min(hub):.1f}, {min(duck):.1f})"
            )
    return results


async def export(engine: Engine, made: dict[tuple[str, str], Table]) -> dict[str, Any]:
    """Measure the first byte and the memory of this process while a million rows stream through it as CSV."""
    began = time.perf_counter()
    first = 0.0
    size = lines = 0
    before = largest = _memory()
    async with engine.lease("bench") as question:
        parsed = await question.parse(EXPORT)
        plan = Plan(sql=EXPORT, tables=tuple(made[name] for name in parsed.tables), format=Format.CSV)
        async for chunk in await question.run(plan):
            first = first or (time.perf_counter() - began)
            size += len(chunk)
            lines += chunk.count(b"\n")
            largest = max(largest, _memory())
    seconds = time.perf_counter() - began
    return {
        "first_byte_ms": round(first * 1000, 1),
        "seconds": round(seconds, 2),
        "bytes": size,
        "rows": lines - 1,
        "asker_more_mb": round((largest - before) / 1e6, 1),
    }


def over_http(folder: Path) -> dict[str, Any]:
    """Measure the whole way, as a program goes it: HTTP, rights, decision log, engine; and the web process's memory."""
    with _serving(folder / "serve") as (port, pid):
        short = []
        for _ in range(11):
            began = time.perf_counter()
            _post(port, "SELECT 1 AS one", "json")
            short.append((time.perf_counter() - began) * 1000)
        before = _highest(pid)
        began = time.perf_counter()
        export = (
            "SELECT i AS id, i % 50000 AS site, 'no' || i % 4 AS kind, TIMESTAMP '2021-01-01' + to_seconds(i * 3) AS "
            "at_time, i / 7.0 AS value FROM range(1000000) r(i)"
        )
        first, size = _post(port, export, "csv")
        return {
            "short_ms": round(statistics.median(short[1:]), 1),
            "export_first_byte_ms": round(first * 1000, 1),
            "export_seconds": round(time.perf_counter() - began, 2),
            "export_bytes": size,
            "web_mb_before": round(before / 1024, 1),
            "web_mb_highest": round(_highest(pid) / 1024, 1),
        }


@contextlib.contextmanager
def _serving(data: Path) -> Iterator[tuple[int, int]]:
    """Run an empty Allmende; give its port and the process id of its web process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    given = {"ALLMENDE_DEMO": "0", "ALLMENDE_DATA": str(data), "PORT": str(port), "DATABASE_URL": ""}
    command = [sys.executable, "-m", "allmende.config", "serve"]
    with (data.parent / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **given}, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 180
        while b"is ready" not in (data.parent / "serve.log").read_bytes():
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"Allmende did not start: see {data.parent / 'serve.log'}")
            time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        web = next(pid for pid in children if b"web" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))
        yield port, int(web)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _post(port: int, sql: str, form: str) -> tuple[float, int]:
    """Ask over HTTP; return seconds to the first byte of the answer and its size."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    began = time.perf_counter()
    connection.request(
        "POST", "/api/query", json.dumps({"sql": sql, "format": form}), {"content-type": "application/json"}
    )
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"HTTP {answer.status}: {answer.read(500)!r}")
    first, size = 0.0, 0
    while piece := answer.read1(1 << 16):
        first = first or (time.perf_counter() - began)
        size += len(piece)
    connection.close()
    return first, size


def _highest(pid: int) -> int:
    """Return the highest resident memory a process ever had, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def decision() -> dict[str, Any]:
    """Measure a decision over three data sets among a thousand, with ten thousand grants."""
    resources = [
        Resource(id=f"r{i}", tenant="town", name=f"d{i}", unit="u1", cls=Class.RESTRICTED, purposes=frozenset({"p"}))
        for i in range(1000)
    ]
    grants = [
        Grant(
            id=f"g{i}",
            resource=f"r{i % 1000}",
            effect=Effect.ALLOW,
            grantee_kind=GranteeKind.UNIT,
            grantee=f"u{i % 7}",
            purposes=frozenset({"p"}),
        )
        for i in range(10_000)
    ]
    units = tuple(Unit(f"u{i}", "town", "" if i == 0 else "u0") for i in range(7))
    asker = Subject(kind=SubjectKind.PERSON, id="a", tenant="town", unit="u3", administration=True)
    moment = datetime.now(UTC)
    snapshot = assemble(
        version=1,
        built_at=moment,
        organisations=Organisations(subjects=(asker,), units=units),
        resources=resources,
        granted=Granted(grants=tuple(grants), purposes={("town", "p"): Text("p", "p")}),
    )
    asked = ["r1", "r500", "r999"]
    rounds = 20_000
    began = time.perf_counter()
    for _ in range(rounds):
        decide(snapshot, asker, Action.READ, asked, "p", moment)
    return {"decision_us": round((time.perf_counter() - began) / rounds * 1e6, 1), "data_sets": len(asked)}


def main() -> int:
    """Run all and write ``$ALLMENDE_DATA/bench/hub.json``."""
    parser = argparse.ArgumentParser(prog="script/bench hub", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    folder = (Path(os.environ.get("ALLMENDE_DATA") or "var") / "bench").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with Server(folder / "server") as server, broker(folder) as engine:
        dsn = server.url()
        generate(folder, dsn)
        parts = psycopg.conninfo.conninfo_to_dict(dsn)
        source = Postgres(
            alias="traffic",
            host=str(parts["host"]),
            port=int(parts.get("port") or 5432),
            database=str(parts["dbname"]),
            user=str(parts["user"]),
            password=str(parts["password"]),
            schema="public",  # as the mapping's compiler says it
        )
        made = tables(folder, source)
        figures = {
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
            "rows": READINGS + COUNTS + SITES,
            "rounds": rounds,
            "questions": asyncio.run(compare(engine, made, rounds)),
            "export": asyncio.run(export(engine, made)),
            "decision": decision(),
        }
    figures["http"] = over_http(folder)
    say(f"CSV export of a million rows: {figures['export']}")
    say(f"Decision: {figures['decision']}")
    say(f"Over HTTP: {figures['http']}")
    (folder / "hub.json").write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"Written to {folder / 'hub.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
