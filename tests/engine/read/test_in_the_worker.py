# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What this room writes also runs where it belongs: in the locked worker, which reaches only the files of the plan."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from allmende.engine import connection
from allmende.engine.look import look_at_database, look_at_file, look_at_table
from allmende.engine.mapping import compile_relation, resolve
from allmende.engine.mapping.faults import Effect
from allmende.engine.plan import Format, Limits, Plan, Relation, SQLite, Table
from allmende.engine.report import report
from tests.engine.read.duck import EXAMPLES, Duck, real_data
from tests.engine.run.conftest import Running


class Worker:
    """Runs relations in the sandbox, as the hub does."""

    def __init__(self, running: Running) -> None:
        self.engine = running.engine

    def __call__(self, relation: Relation) -> Sequence[tuple[object, ...]]:
        table = Table(tenant="allmende", name="rows", relation=relation, source="Probe", filtered=False)
        plan = Plan(sql="SELECT * FROM allmende.rows", tables=(table,), format=Format.ARROW, limits=Limits(seconds=30))
        with self.engine.blocking() as work:
            _, pieces = work.run_trusted(plan)
            raw = b"".join(pieces)
        with pa.ipc.open_stream(raw) as reader:
            return [tuple(row.values()) for row in reader.read_all().to_pylist()]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    running = Running(tmp_path_factory.mktemp("broker"), "--running", "1")
    yield Worker(running)
    running.stop()


DATASETS = [(c.slug, d) for c in connection.read_folder(EXAMPLES) for d in c.datasets]


@pytest.mark.real
@pytest.mark.parametrize("dataset", [d for _, d in DATASETS], ids=lambda d: d.slug)
def test_each_data_set_reads_the_same_in_the_worker(dataset: connection.Dataset, worker: Worker, duck: Duck) -> None:
    files = resolve(dataset.mapping.read, real_data())
    relation = compile_relation(dataset.mapping, files=files)
    counted = Relation(
        f"SELECT count(*) AS n, count(DISTINCT hash(r)) AS h FROM ({relation.sql}) r", (), (), relation.paths
    )
    assert list(worker(counted)) == duck.rows(counted.sql)
    found = report(dataset.mapping, run=worker, files=files[:1])
    assert found.files[0].problem is None
    assert found.total(effect=Effect.REFUSED_ROW) == 0


def test_files_of_every_kind_can_be_looked_at_in_the_worker(tmp_path: Path, worker: Worker, duck: Duck) -> None:
    book = openpyxl.Workbook()
    for row in (["Art", "Zahl"], ["Linde", 3]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "b.csv").write_bytes("Art;Zahl\n„Linde“;3\n".encode("cp1252"))
    (tmp_path / "c.json").write_text('[{"Art": "Linde", "Zahl": 3}]')
    made = "SELECT 'Linde' AS art, 3 AS zahl, ST_Point(405000, 5757000) AS geom"
    duck.connection.execute(f"COPY ({made}) TO '{tmp_path}/d.gpkg' WITH (FORMAT gdal, DRIVER 'GPKG', SRS 'EPSG:25832')")
    shape = "DRIVER 'ESRI Shapefile', SRS 'EPSG:25832'"
    duck.connection.execute(f"COPY ({made}) TO '{tmp_path}/e.shp' WITH (FORMAT gdal, {shape})")
    duck.connection.execute(f"COPY (SELECT 'Linde' AS art, 3 AS zahl) TO '{tmp_path}/f.parquet'")
    for name in ("a.xlsx", "b.csv", "c.json", "d.gpkg", "e.shp", "f.parquet"):
        seen = look_at_file(tmp_path / name, root=tmp_path, run=worker)
        (cells,) = seen.preview
        assert {"Linde", "3"} <= {cell.strip("„“") for cell in cells}, name
    with sqlite3.connect(tmp_path / "g.db") as database:
        database.execute("CREATE TABLE baeume (art TEXT, zahl INTEGER)")
        database.execute("INSERT INTO baeume VALUES ('Linde', 3)")
    database.close()
    attachment = SQLite("quelle", str(tmp_path / "g.db"))
    (table,) = look_at_database(attachment, run=worker)
    assert look_at_table(attachment, table, run=worker).preview == (("Linde", "3"),)
