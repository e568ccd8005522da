# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The Münster example over the real files: three questions and the faults, recomputed by hand."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import pytest

from allmende.engine import connection
from allmende.engine.connection import Dataset
from allmende.engine.mapping import compile_relation
from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.mapping.files import resolve
from allmende.engine.plan import Relation
from allmende.engine.report import Report, report
from tests.engine.read.duck import EXAMPLES, Duck, real_data
from tests.examples import raw

pytestmark = pytest.mark.real


@lru_cache(maxsize=1)
def datasets() -> dict[str, Dataset]:
    return {d.slug: d for c in connection.read_folder(EXAMPLES) for d in c.datasets}


@pytest.fixture(scope="module")
def duck() -> Duck:
    return Duck()


@pytest.fixture(scope="module")
def data() -> Path:
    return real_data()


def relation(slug: str, data: Path) -> Relation:
    mapping = datasets()[slug].mapping
    return compile_relation(mapping, files=resolve(mapping.read, data))


def read_report(slug: str, data: Path, duck: Duck) -> Report:
    mapping = datasets()[slug].mapping
    return report(mapping, run=duck, files=resolve(mapping.read, data))


def test_daily_mean_of_no2_beside_bicycles_per_day_for_2021(duck: Duck, data: Path) -> None:
    no2: dict[tuple[str, object], list[float]] = defaultdict(list)
    for station, _, day, value in raw.air(data):
        if value is not None and day.year == 2021:
            no2[station, day].append(value)
    bicycles: dict[object, int] = defaultdict(int)
    for _, _, day, count in raw.bicycles(data):
        if count is not None and day.year == 2021:
            bicycles[day] += count
    expected = {(station, day): (raw.mean(values), bicycles.get(day)) for (station, day), values in no2.items()}
    rows = duck.over(
        """
        , no2 AS (SELECT station, tag, avg(no2) AS mittel FROM luft WHERE year(tag) = 2021 GROUP BY ALL),
        fahrraeder AS (
          SELECT tag, sum(anzahl) AS anzahl FROM rad WHERE fahrzeug = 'Fahrrad' AND year(tag) = 2021 GROUP BY ALL
        )
        SELECT station, tag, mittel, CAST(anzahl AS BIGINT) FROM no2 LEFT JOIN fahrraeder USING (tag)
        WHERE mittel IS NOT NULL
        """.lstrip(),
        luft=relation("luft_stundenwerte", data),
        rad=relation("radverkehr_zaehlungen", data),
    )
    assert len(rows) == len(expected) == 730
    for station, day, mean, count in rows:
        wanted_mean, wanted_count = expected[station, day]
        assert mean == pytest.approx(wanted_mean, abs=1e-9, rel=0)
        assert count == wanted_count


def test_each_hour_of_air_is_at_its_moment(duck: Duck, data: Path) -> None:
    expected = {(station, moment): value for station, moment, _, value in raw.air(data)}
    rows = duck.over("SELECT station, beginn, no2 FROM luft", luft=relation("luft_stundenwerte", data))
    assert len(rows) == len(expected) == 35_090
    assert {(station, begin): value for station, begin, value in rows} == expected


def test_playgrounds_per_district(duck: Duck, data: Path) -> None:
    districts = raw.districts(data)
    expected = dict.fromkeys(districts, 0)
    for _, x, y in raw.playgrounds(data):
        (home,) = (name for name, polygons in districts.items() if raw.inside(polygons, x, y))
        expected[home] += 1
    rows = duck.over(
        "SELECT b.name, count(p.nummer) FROM b LEFT JOIN p ON ST_Within(p.geometrie, b.geometrie) GROUP BY b.name",
        b=relation("stadtbezirke", data),
        p=relation("spielplaetze", data),
    )
    assert dict(rows) == expected
    assert sum(expected.values()) == 291


def test_mean_use_of_car_parks_by_hour_of_the_day(duck: Duck, data: Path) -> None:
    use: dict[tuple[str, int], list[float]] = defaultdict(list)
    for name, local, free, capacity in raw.car_parks(data):
        if free is not None:
            use[name, local.hour].append(1 - free / capacity)
    rows = duck.over(
        """SELECT parkhaus, hour(ortszeit) AS stunde, avg(1 - frei / plaetze) FROM p
        WHERE frei IS NOT NULL GROUP BY parkhaus, stunde""",
        p=relation("parkhaeuser_belegung", data),
    )
    assert len(rows) == len(use)
    for name, hour, mean in rows:
        assert mean == pytest.approx(raw.mean(use[name, hour]), abs=1e-9, rel=0)


def test_channels_of_a_site_never_include_its_total(duck: Duck, data: Path) -> None:
    expected: dict[tuple[str, str], int] = defaultdict(int)
    for site, channel, _, count in raw.bicycles(data):
        expected[site, channel] += count or 0
    rows = duck.over(
        "SELECT zaehlstelle, kanal, CAST(sum(anzahl) AS BIGINT) FROM r WHERE fahrzeug = 'Fahrrad' GROUP BY ALL",
        r=relation("radverkehr_zaehlungen", data),
    )
    assert {(site, channel): total or 0 for site, channel, total in rows} == dict(expected)
    assert not {site for site, _ in expected} & {channel for _, channel in expected}


def test_every_channel_has_a_direction_and_every_site_a_name(duck: Duck, data: Path) -> None:
    rows = duck.over(
        "SELECT DISTINCT zaehlstelle, zaehlstelle_name, kanal, richtung FROM r",
        r=relation("radverkehr_zaehlungen", data),
    )
    assert rows
    for site, name, _, direction in rows:
        assert name != site
        assert direction in {"stadteinwärts", "stadtauswärts"}


def test_air_report_counts_each_fault(duck: Duck, data: Path) -> None:
    found = read_report("luft_stundenwerte", data, duck)
    assert found.rows_given == 35_090
    assert found.total(fault=Fault.BYTE_ORDER_MARK) == 2
    assert found.total(fault=Fault.FOOTER) == 2
    assert found.total(fault=Fault.BLANK_LINE) == 2
    assert found.total(fault=Fault.HOUR_24) == 2 * 731
    assert found.total(fault=Fault.DOUBLED_HOUR) == 8
    assert found.total(fault=Fault.SURPLUS_CELL) == 12
    assert found.total(effect=Effect.REFUSED_CELL) == 0
    assert found.total(effect=Effect.REFUSED_ROW) == 0
    first = found.files[0]
    doubled = next(c for c in first.counts if c.fault is Fault.DOUBLED_HOUR)
    assert doubled.lines == (7155, 7156, 16059, 16060)


def test_car_park_report_counts_the_words(duck: Duck, data: Path) -> None:
    found = read_report("parkhaeuser_belegung", data, duck)
    assert len(found.files) == 31
    assert found.total(fault=Fault.STATUS_MARK) == 23_535 + 2_746 + 8
    assert found.rows_given == 20 * (7_501 - 62)
    rows = duck.over(
        """SELECT zustand, count(*), count(frei), CAST(sum(frei) AS BIGINT) FROM p
        WHERE zustand <> 'offen' GROUP BY ALL ORDER BY ALL""",
        p=relation("parkhaeuser_belegung", data),
    )
    assert rows == [("besetzt", 2_746, 2_746, 0), ("geschlossen", 23_535, 0, None), ("keine Angabe", 8, 0, None)]


def test_playground_report_names_the_odd_rows(duck: Duck, data: Path) -> None:
    found = read_report("spielplaetze", data, duck)
    assert (found.rows_read, found.rows_given) == (294, 291)
    assert found.total(fault=Fault.SWAPPED) == 291
    (left_out,) = (c for c in found.files[0].counts if c.fault is Fault.FILTERED)
    assert left_out.lines == (293, 294, 295)
    (odd,) = (c for c in found.files[0].counts if c.effect is Effect.REFUSED_CELL)
    assert (odd.column, odd.count, odd.samples) == ("art", 1, ("B",))
    rows = duck.over("SELECT name FROM p WHERE name LIKE '%ö%' ORDER BY 1", p=relation("spielplaetze", data))
    assert ("Sentruper Höhe (Theresienschule)",) in rows


def test_refill_stations_keep_their_line_breaks_and_both_versions_agree_on_places(duck: Duck, data: Path) -> None:
    csv, json = relation("refill_stationen", data), relation("refill_stationen_json", data)
    rows = duck.over(
        """SELECT count(*), count(*) FILTER (contains(c.beschreibung, chr(10))),
        max(ST_Distance(c.geometrie, j.geometrie)) < 1e-12
        FROM c JOIN j USING (kennung)""",
        c=csv,
        j=json,
    )
    ((count, broken, same),) = rows
    assert (count, same) == (56, True)
    assert broken > 10
    found = read_report("refill_stationen", data, duck)
    (odd,) = (c for c in found.files[0].counts if c.fault is Fault.PATTERN)
    lines = (data / "refill/refill-stationen.csv").read_text("utf-8").splitlines()
    assert set(odd.samples) == {"71-91", "Münster"}
    for line, sample in zip(odd.lines, odd.samples, strict=True):
        assert sample in lines[line - 1]


def test_districts_and_age_groups_of_infections_add_up_in_every_week(duck: Duck, data: Path) -> None:
    rows = duck.over(
        """SELECT woche, sum(s) AS s, sum(a) AS a FROM (
        SELECT woche, faelle AS s, 0 AS a FROM stadtteile UNION ALL SELECT woche, 0, faelle FROM alter)
        GROUP BY woche ORDER BY woche""".replace("alter", "altersgruppen"),
        stadtteile=relation("infektionen_stadtteile", data),
        altersgruppen=relation("infektionen_altersgruppen", data),
    )
    assert len(rows) == 155
    assert all(s == a for _, s, a in rows)
    assert all(week.isoweekday() == 1 for week, _, _ in rows)
    small = duck.over("SELECT count(*) FROM s WHERE faelle < 5", s=relation("infektionen_stadtteile", data))
    assert small == [(1_832,)]


def test_another_station_and_another_year_are_simply_found(duck: Duck, data: Path, tmp_path: Path) -> None:
    for folder in ("luft", "radverkehr/100031300"):
        (tmp_path / folder).mkdir(parents=True)
    for file in (data / "luft").iterdir():
        (tmp_path / "luft" / file.name).write_bytes(file.read_bytes())
    head = (data / "luft/station1140_2020-2021.csv").read_text("utf-8").splitlines()[0]
    new = head + "\nDENW999;\"'2022-06-01 01:00'\";1;2;3;-;good\n"
    (tmp_path / "luft/station9999_2022.csv").write_text(new.replace("Ozone (O₃) One hour", "Ozone, one hour"), "utf-8")
    rows = duck.over(
        "SELECT station, count(*), sum(o3) FILTER (station = 'DENW999') FROM l GROUP BY station ORDER BY station",
        l=relation("luft_stundenwerte", tmp_path),
    )
    assert rows == [("DENW095", 17_545, None), ("DENW260", 17_545, None), ("DENW999", 1, 2.0)]
