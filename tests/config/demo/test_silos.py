# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The practice town's systems: the same every time, and readable by others than us."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import urllib.request
from pathlib import Path

import openpyxl
import psycopg
import pyarrow.parquet as pq
import pytest

from allmende.config.demo import silos, town
from allmende.config.demo.counting import Login
from tests.config.demo.conftest import Demo, events_service


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("silos") / "systems"
    silos.build(made)
    return made


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_made_twice_it_is_the_same(folder: Path, tmp_path: Path) -> None:
    silos.build(tmp_path / "again")
    assert hashes(tmp_path / "again") == hashes(folder)


def test_what_is_there_stays(folder: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    silos.build(folder)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_sixty_thousand_people_live_there(folder: Path) -> None:
    with sqlite3.connect(folder / "einwohner" / "einwohner.sqlite") as db:
        by_age = db.execute("select stichtag, stadtteil, sum(anzahl) from einwohner_alter group by 1, 2").fetchall()
        by_home = db.execute("select stichtag, stadtteil, sum(anzahl) from einwohner_haushalt group by 1, 2").fetchall()
        small = db.execute("select count(*) from einwohner_alter where anzahl < 5").fetchone()
    db.close()
    assert sorted(by_age) == sorted(by_home)
    assert sum(n for when, _, n in by_age if when == "2025-12-31") == 60_000
    assert small is not None
    assert small[0] > 10


def test_the_two_street_lists_disagree(folder: Path) -> None:
    def rows(path: str, skip: int) -> list[tuple[object, ...]]:
        book = openpyxl.load_workbook(folder / path, read_only=True)
        found = [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)][skip:]
        book.close()
        return found

    survey = {int(str(r[0])): r[1:4] for r in rows("vermessung/Strassenverzeichnis_Vermessungsamt.xlsx", 4)[:-1]}
    works = {int(str(r[1])): (r[0], r[2], r[3]) for r in rows("tiefbau/Strassenliste_Tiefbauamt.xlsx", 2)}
    assert len(survey) == 80
    assert survey.keys() - works.keys() == {320, 590}
    assert works.keys() - survey.keys() == {99010}
    both = survey.keys() & works.keys()
    spelt = [k for k in both if survey[k][0] != works[k][0]]
    moved = [k for k in both if survey[k][1] != works[k][1]]
    longer = [k for k in both if abs(float(str(survey[k][2])) - 1000 * float(str(works[k][2]))) > 1]
    assert (len(spelt), len(moved), len(longer)) == (4, 1, 3)


def test_air_quality_is_as_german_as_it_gets(folder: Path) -> None:
    files = sorted((folder / "luft").iterdir())
    assert [p.name for p in files][:2] == ["luft_AUE1_2025_H1.csv", "luft_AUE1_2025_H2.csv"]
    spring, autumn = (p.read_bytes().decode("cp1252").split("\r\n") for p in files[:2])
    assert spring[1] == "Station;Datum;Uhrzeit;NO2 [µg/m³];PM10 [µg/m³];Temp. [°C]"
    assert not [line for line in spring if ";30.03.2025;03:00;" in line]
    assert len([line for line in autumn if ";26.10.2025;03:00;" in line]) == 2
    assert len([line for line in spring + autumn if ";24:00;" in line]) == 365
    assert [line for line in spring if ";-;" in line]


def test_trees_stand_in_the_town(demo: Demo) -> None:
    west, south, east, north = demo.rows(
        "select min(st_x(ort)), min(st_y(ort)), max(st_x(ort)), max(st_y(ort)) from auenstadt.baeume"
    )[0]
    assert (west, south) > (9.9, 51.7)
    assert (east, north) < (10.3, 52.0)
    outside = demo.rows(
        "select count(*) from auenstadt.baeume b join auenstadt.stadtteile s on b.stadtteil = s.nummer "
        "where not st_contains(s.grenze, b.ort)"
    )
    assert outside[0][0] <= 3  # on the border, give or take a centimetre of UTM


def test_energy_is_the_utilitys(folder: Path) -> None:
    table = pq.read_table(folder / "energie" / "verbrauch.parquet")
    assert set(table.column("medium").to_pylist()) == {"Strom", "Gas", "Fernwärme"}
    assert table.num_rows == 24 * (2 * len(town.DISTRICTS) + 5)


def test_traffic_is_a_database_of_its_own_that_can_only_be_read(demo: Demo) -> None:
    login = Login(**json.loads((demo.data / "demo" / "counting.json").read_text()))
    with psycopg.connect(
        host=login.host, port=login.port, dbname=login.database, user=login.user, password=login.password
    ) as db:
        counted = db.execute("select count(*), count(distinct zaehlstelle) from zaehlungen").fetchone()
        assert counted == (6 * 8760, 6)
        db.execute("set default_transaction_read_only = off")
        db.commit()
        for forbidden in ("delete from zaehlungen", "create table x (i int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(forbidden)
            db.rollback()


def test_events_come_in_pages(tmp_path: Path) -> None:
    with events_service(tmp_path / "port") as port:
        found, path, pages = [], "/veranstaltungen?seite=1", 0
        while path:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                page = json.load(answer)
            found += page["veranstaltungen"]
            path, pages = page.get("weiter", ""), pages + 1
    assert pages == -(-len(found) // 50) > 3
    assert len({event["id"] for event in found}) == len(found) == page["anzahl"]


def test_events_come_back_on_the_same_port(tmp_path: Path) -> None:
    with events_service(tmp_path / "port") as first:
        pass
    with events_service(tmp_path / "port") as second:
        assert second == first


def test_the_measure_shows_in_traffic_and_air() -> None:
    station, other = town.STATIONS[0], town.STATIONS[1]
    before = town.MEASURE.replace(month=6, day=3, hour=8)
    after = town.MEASURE.replace(month=7, day=1, hour=8)
    assert town.traffic(station, after, town.dice("x"))[0] < 0.85 * town.traffic(station, before, town.dice("x"))[0]
    assert town.traffic(other, after, town.dice("x"))[0] == town.traffic(other, before, town.dice("x"))[0]
