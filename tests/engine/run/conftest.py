# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A running engine and a small town's files, real all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from allmende.engine.client import Engine
from allmende.engine.plan import Field, Format, Limits, Plan, Relation, SQLite, Table
from allmende.kernel.errors import Unready

#: Must never come out, wherever it is planted.
SECRET = "GEHEIM-4711"

TREES = """
SELECT i AS id, ['Eiche', 'Linde', 'Buche', 'Birke'][1 + i % 4] AS species, 1 + i % 3 AS district,
    CASE WHEN i % 11 <> 0 THEN 2.5 + (i * 37 % 100) / 4.0 END::DOUBLE AS height,
    DATE '1990-01-01' + (i * 211 % 9000)::INTEGER AS planted,
    CASE WHEN i % 2 = 0 THEN ['alt', 'hoch'] ELSE ['neu'] END AS tags,
    7.5 + (i % 10) / 50.0 AS lon, 51.9 + (i % 7) / 50.0 AS lat
FROM range(1, 61) r(i)
"""
COUNTS = """
SELECT ['Ost', 'West'][1 + i % 2] AS station, TIMESTAMP '2021-01-01 06:00:00' + to_hours(i * 7) AS ts,
    (i * 53 % 400)::INTEGER AS bikes FROM range(80) r(i)
"""
DISTRICTS = """
SELECT * FROM (VALUES
    (1, 'Nord', '{"mayor": "Frau A", "area": 12.5, "codes": [1, 2]}',
        'POLYGON((7.4 51.8,7.6 51.8,7.6 52,7.4 52,7.4 51.8))'),
    (2, 'Süd', '{"mayor": "Herr B", "area": 7, "codes": []}', 'POLYGON((7.6 51.8,7.8 51.8,7.8 52,7.6 52,7.6 51.8))'),
    (3, 'Nienberge', '{"mayor": null, "area": 1.25}', 'POLYGON((7.4 52,7.8 52,7.8 52.2,7.4 52.2,7.4 52))')
) AS d(id, name, info, wkt)
"""
ENERGY = """
SELECT 1 + i % 5 AS meter, DATE '2021-01-01' + (i // 5)::INTEGER AS day,
    ((i * 7919) % 100000 / 1000)::DECIMAL(12, 3) AS kwh
FROM range(100) r(i)
"""


class Town:
    """The town's data sets as tables of a plan."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        trees, energy = str(folder / "trees.parquet"), str(folder / "energy.csv")
        counts, districts = str(folder / "counts.sqlite"), str(folder / "districts.parquet")
        secrets = str(folder / "secrets.parquet")
        with duckdb.connect() as made:
            for sql, path, form in (
                (TREES, trees, "PARQUET"),
                (DISTRICTS, districts, "PARQUET"),
                (ENERGY, energy, "CSV"),
                (f"SELECT 1 AS id, '{SECRET}' AS pw", secrets, "PARQUET"),
            ):
                made.execute(f"COPY ({sql}) TO '{path}' (FORMAT {form})")
        _write_sqlite(Path(counts))
        energy_sql = (
            f"SELECT * FROM read_csv('{energy}', header = true, "
            "columns = {'meter': 'BIGINT', 'day': 'DATE', 'kwh': 'DECIMAL(12,3)'})"
        )
        relations = {
            ("town", "trees"): _files(trees, ("height", "m"), ("id", ""), ("species", "")),
            ("town", "districts"): _files(districts, ("id", ""), ("name", "")),
            ("works", "energy"): Relation(
                sql=energy_sql,
                fields=(Field("meter", "BIGINT"), Field("day", "DATE"), Field("kwh", "DECIMAL(12,3)", "kWh")),
                paths=(energy,),
            ),
            ("town", "counts"): Relation(
                sql="SELECT station, ts::TIMESTAMP AS ts, bikes::INTEGER AS bikes FROM src_counts.counts",
                fields=(Field("station", "VARCHAR"), Field("ts", "TIMESTAMP"), Field("bikes", "INTEGER", "1")),
                attachments=(SQLite("src_counts", counts),),
            ),
        }
        self.tables = {
            name: Table(*name, relation, source=f"Quelle {name[1]}", filtered=False)
            for name, relation in relations.items()
        }
        self.secret_path = secrets

    def plan(self, sql: str, tables: tuple[tuple[str, str], ...], form: Format = Format.ARROW, **limits: float) -> Plan:
        """Return a permitted plan for the tables named."""
        return Plan(
            sql=sql,
            tables=tuple(self.tables[name] for name in tables if name in self.tables),
            format=form,
            limits=Limits(**limits) if limits else Limits(seconds=20),  # type: ignore[arg-type]
        )


def _files(path: str, *units: tuple[str, str]) -> Relation:
    with duckdb.connect() as read:
        described = read.execute(f"DESCRIBE SELECT * FROM read_parquet('{path}')").fetchall()
    fields = tuple(Field(name, type_, dict(units).get(name, "")) for name, type_, *_ in described)
    return Relation(sql=f"SELECT * FROM read_parquet('{path}')", fields=fields, paths=(path,))


def _write_sqlite(path: Path) -> None:
    import sqlite3

    with duckdb.connect() as made:
        rows = [(station, str(ts), bikes) for station, ts, bikes in made.execute(COUNTS).fetchall()]
    with sqlite3.connect(path) as to:
        to.execute("CREATE TABLE counts (station TEXT, ts TEXT, bikes INTEGER)")
        to.executemany("INSERT INTO counts VALUES (?, ?, ?)", rows)
        to.execute("CREATE TABLE secret (pw TEXT)")
        to.execute("INSERT INTO secret VALUES (?)", [SECRET])
    to.close()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town"))


class Running:
    """A broker under test."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.socket = folder / "q.sock"
        environment = {**os.environ, "ALLMENDE_PLANTED": SECRET, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "allmende.engine.broker", str(self.socket), *arguments], env=environment
        )
        until = time.monotonic() + 30
        self.engine = Engine(self.socket)
        while True:
            try:
                with self.engine.blocking():
                    return
            except Unready:
                assert self.process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.02)

    def children(self) -> set[int]:
        """Return the process ids of the workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(pid) for pid in path.read_text().split()}

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0
        assert not self.socket.exists()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    broker = Running(tmp_path_factory.mktemp("broker"), "--running", "3")
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def engine(running: Running) -> Engine:
    return running.engine
