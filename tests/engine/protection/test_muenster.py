# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The attack on real counts: weekly infections of Münster by district and by age, 155 weeks, same totals."""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

import duckdb
import pytest

from allmende.engine import disclosure
from allmende.engine.lattice import Cell, Key
from allmende.engine.protection import Counts, Release, Rollup, protect

DATA = Path(os.environ.get("ALLMENDE_REAL_DATA") or Path(__file__).parents[4] / "shared" / "data")
FOLDER = DATA / "muenster" / "gesundheit"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"real files are absent ({FOLDER}); set ALLMENDE_REAL_DATA"),
]


def counts(file: str, dimension: str, column: str) -> Counts:
    with (FOLDER / file).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    cells: dict[Key, int] = {(f"{r['JAHR']}-W{r['WOCHE']}", r[column]): int(r["WERT"]) for r in rows}
    assert len(cells) == len(rows)
    return Counts(dimension, ("week", dimension), cells)


@pytest.fixture(scope="module")
def tables() -> list[Counts]:
    return [
        counts("corona-neuinfektionen-stadtteile.csv", "district", "RAUMBEZUG"),
        counts("corona-neuinfektionen-altersgruppen.csv", "age", "MERKMAL"),
    ]


@pytest.fixture(scope="module")
def release(tables: list[Counts]) -> Release:
    start = time.perf_counter()
    made = protect(tables)
    assert time.perf_counter() - start < 20  # measured: one second
    return made


def test_what_it_costs(release: Release) -> None:
    report = release.report
    assert (report.cells, report.primary, report.withheld_blocks) == (6367, 1986, 9)
    assert report.complementary == 91
    assert report.persons_hidden / report.persons < 0.06


def test_no_small_count_is_published_and_all_else_is_true(release: Release, tables: list[Counts]) -> None:
    true = {t.dimensions: t.cells for t in tables}
    for table in release.tables:
        for key, n in table.cells.items():
            assert n is None or n >= 5
            if n is not None and table.dimensions in true:
                assert n == true[table.dimensions][key]
    for counted in tables:
        published = next(t for t in release.tables if t.name == counted.name).cells
        assert counted.cells.keys() <= published.keys()


@pytest.mark.parametrize("knows_kinds", [True, False])
def test_no_sum_or_difference_narrows_a_small_count(release: Release, tables: list[Counts], knows_kinds: bool) -> None:
    """All linear combinations of all published cells and totals of both tables, all 155 weeks."""
    found = disclosure.audit(
        {t.dimensions: t.cells for t in release.tables},
        minimum=5,
        primary=release.primary if knows_kinds else None,
        blanked=release.blanked,
    )
    small = {Cell(t.dimensions, key) for t in tables for key, n in t.cells.items() if n < 5}
    assert small <= release.primary
    assert len({cell.key[0] for cell in small}) > 100
    for cell, (least, greatest) in found.items():
        if cell in release.primary:
            assert least <= 1 and (greatest is None or greatest >= 4), cell
        else:
            assert greatest is None or greatest > least, cell


def test_subtraction_in_sql_finds_nothing(release: Release, tables: list[Counts]) -> None:
    """The attack a reader would try: total minus published districts; that minus what the age groups leave open."""
    with duckdb.connect() as db:
        for table in release.tables:
            db.register(table.name, table.arrow("n"))
        for name in ("district", "age"):
            left = db.sql(
                f"""select t.week, any_value(t.n) - coalesce(sum(p.n), 0) as rest,
                    count(*) filter (p.status = 'suppressed') as gaps
                from total_by_week t join {name} p using (week) where t.status = 'published'
                group by t.week having gaps > 0"""
            ).fetchall()
            assert left
            for week, rest, gaps in left:
                assert gaps >= 2, (week, name)
                kinds = [cell in release.primary for cell in hidden(release, name) if cell.key[0] == week]
                small, large = kinds.count(True), kinds.count(False)
                assert small == 0 or rest >= 4 + (small - 1) + 5 * large, (week, name)
                assert large > 0 or rest <= 1 + 4 * (small - 1) or small == 0, (week, name)
        unknown = db.sql(
            "select count(*) from district d join total_by_week t using (week) "
            "where d.status = 'suppressed' and d.n is not null or t.status = 'suppressed' and t.n is not null"
        ).fetchone()
        assert unknown == (0,)


def hidden(release: Release, name: str) -> list[Cell]:
    table = next(t for t in release.tables if t.name == name)
    return [Cell(table.dimensions, key) for key, n in table.cells.items() if n is None]


def test_naive_suppression_would_have_been_broken(tables: list[Counts]) -> None:
    """Why complementary suppression is needed: seven weeks have exactly one small cell in the district table."""
    singles = {
        week
        for week in {key[0] for key in tables[0].cells}
        if sum(n < 5 for key, n in tables[0].cells.items() if key[0] == week) == 1
    }
    assert len(singles) == 7


def test_the_same_again(release: Release, tables: list[Counts]) -> None:
    assert protect(tables) == release


def test_years_beside_weeks(tables: list[Counts]) -> None:
    """Yearly totals per age group published too: one block for the year, protected and confirmed as one."""
    table = Counts("age", ("week", "age"), {k: n for k, n in tables[1].cells.items() if str(k[0]).startswith("2020")})
    year = Rollup("week", "year", {key[0]: str(key[0])[:4] for key in table.cells})
    release = protect([table], margins=[("week",), ("year", "age")], rollups=[year])
    assert release.report.withheld_blocks == 0
    found = disclosure.audit(
        {t.dimensions: t.cells for t in release.tables},
        minimum=5,
        rollups=[year],
        primary=release.primary,
        blanked=release.blanked,
    )
    small = {Cell(("week", "age"), key) for key, n in table.cells.items() if n < 5}
    assert small
    for cell in small:
        least, greatest = found[cell]
        assert least <= 1 and (greatest is None or greatest >= 4), cell
