# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Release tables: what is withheld, and that nobody computes it back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.engine import disclosure
from allmende.engine.lattice import Cell, Counts, Key, Rollup, Unprotectable
from allmende.engine.protection import Release, protect, read


def districts(**cells: int) -> Counts:
    return Counts("by_district", ("week", "district"), {("1", name): n for name, n in cells.items()})


def ages(**cells: int) -> Counts:
    return Counts("by_age", ("week", "age"), {("1", name): n for name, n in cells.items()})


def cells(release: Release, name: str) -> dict[Key, int | None]:
    return next(t.cells for t in release.tables if t.name == name)


def test_large_counts_stay_as_they_are() -> None:
    release = protect([districts(a=10, b=20), ages(young=12, old=18)])
    assert cells(release, "by_district") == {("1", "a"): 10, ("1", "b"): 20}
    assert cells(release, "total_by_week") == {("1",): 30}
    assert (release.report.primary, release.report.complementary) == (0, 0)


def test_one_small_count_takes_another_cell_with_it() -> None:
    release = protect([districts(a=2, b=20, c=30), ages(young=22, old=30)])
    hidden = [key for key, n in cells(release, "by_district").items() if n is None]
    assert ("1", "a") in hidden
    assert len(hidden) == 2
    assert cells(release, "by_age") == {("1", "young"): 22, ("1", "old"): 30}
    assert cells(release, "total_by_week") == {("1",): 52}


def test_two_small_counts_whose_sum_betrays_them_take_a_third() -> None:
    """1 + 1 = 2 tells both; so does 1 + 2 = 3, narrowed to {1, 2}. But 2 + 3 = 5 leaves 1 to 4 open for both."""
    betrayed = protect([districts(a=1, b=1, c=40, d=50)])
    assert sum(n is None for n in cells(betrayed, "by_district").values()) == 2  # no total known: nothing to subtract
    betrayed = protect([districts(a=1, b=1, c=40, d=50)], margins=[("week",)])
    assert sum(n is None for n in cells(betrayed, "by_district").values()) == 3
    open_ = protect([districts(a=2, b=3, c=40, d=50)], margins=[("week",)])
    assert sum(n is None for n in cells(open_, "by_district").values()) == 2


def test_a_complement_too_small_to_give_way_is_not_enough() -> None:
    """5 + 1 = 6 with one of them known to be at least 5 has one solution only: 5 alone is no complement for 1."""
    release = protect([districts(a=1, b=5, c=40)], margins=[("week",)])
    assert cells(release, "by_district") == {("1", "a"): None, ("1", "b"): 5, ("1", "c"): None}


def test_small_totals_take_their_zeros_along() -> None:
    week1: dict[Key, int] = {("1", "a"): 1, ("1", "b"): 1}
    week2: dict[Key, int] = {("2", "a"): 30, ("2", "b"): 40, ("2", "c"): 50}
    release = protect(
        [
            Counts("d", ("week", "district"), {**week1, **week2}),
            Counts("g", ("week", "age"), {("1", "x"): 2, ("2", "x"): 120}),
        ]
    )
    assert cells(release, "d") == {("1", "a"): None, ("1", "b"): None, ("1", "c"): None, **week2}
    assert cells(release, "g") == {("1", "x"): None, ("2", "x"): 120}
    assert cells(release, "total_by_week") == {("1",): None, ("2",): 120}
    assert release.report.withheld_blocks == 1


def test_a_coarser_total_declared_is_protected_against_too() -> None:
    """Weeks 1 and 2 have one small cell each in district a; the district's year must not give their sum away."""
    table = Counts(
        "d",
        ("week", "district"),
        {("1", "a"): 1, ("1", "b"): 30, ("1", "c"): 40, ("2", "a"): 1, ("2", "b"): 50, ("2", "c"): 60},
    )
    year = Rollup("week", "year", {"1": "2020", "2": "2020"})
    release = protect([table], margins=[("week",), ("year", "district")], rollups=[year])
    assert {t.name for t in release.tables} == {"d", "total_by_week", "total_by_district_year", "total_by_year"}
    found = attack(release, minimum=5, rollups=[year])
    for cell in release.primary:
        least, greatest = found[cell]
        assert least <= 1 and (greatest is None or greatest >= 4)
    assert cells(release, "total_by_district_year")[("a", "2020")] is None


def test_concentration_is_reported() -> None:
    release = protect([districts(a=30), ages(young=12, old=18)])
    assert release.report.concentrated == (Cell(("week",), ("1",)),)


def test_arrow_in_and_out() -> None:
    table = pa.table({"week": ["1", "1", "1"], "district": ["b", "a", "c"], "n": [2, 20, 30]})
    counts = read(table, name="d", dimensions=["week", "district"], measure="n")
    release = protect([counts], margins=[("week",)])
    out = next(t for t in release.tables if t.name == "d").arrow("n")
    assert out.column_names == ["week", "district", "n", "status"]
    assert out.column("district").to_pylist() == ["a", "b", "c"]
    assert [s == "suppressed" for s in out.column("status").to_pylist()] == [
        n is None for n in out.column("n").to_pylist()
    ]
    assert out.column("n").to_pylist()[1] is None


def test_dates_stay_dates() -> None:
    days = [date(2025, 1, 6), date(2025, 1, 13)]
    table = pa.table({"week": [*days, *days], "district": ["a", "a", "b", "b"], "n": [2, 20, 30, 40]})
    out = protect([read(table, name="d", dimensions=["week", "district"], measure="n")], margins=[("week",)])
    assert out.tables[0].arrow("n").column("week").to_pylist() == [days[0], days[0], days[1], days[1]]


def test_the_order_of_rows_does_not_matter() -> None:
    one: dict[Key, int] = {("1", x): n for x, n in zip("abcdef", [1, 3, 9, 9, 9, 20], strict=True)}
    other = dict(reversed(one.items()))
    assert protect([Counts("d", ("w", "x"), one)], margins=[("w",)]) == protect(
        [Counts("d", ("w", "x"), other)], margins=[("w",)]
    )


@pytest.mark.parametrize(
    ("tables", "options", "word"),
    [
        ([districts(a=10), ages(x=11)], {}, "contradict"),
        ([Counts("d", ("w",), {("1",): -1})], {}, "not a count"),
        ([Counts("d", ("w",), {("1", "2"): 7})], {}, "not a count"),
        ([districts(a=10)], {"margins": [("month",)]}, "no dimension"),
        ([districts(a=10)], {"margins": [("week", "age")]}, "no dimension"),
        ([districts(a=10), districts(a=10)], {}, "repeats"),
        ([districts(a=1, b=1)], {"margins": [("week",)]}, "Nothing of these"),
        ([districts(a=10)], {"minimum": 2}, "at least 3"),
        ([districts(a=10)], {"rollups": [Rollup("week", "year", {})], "margins": [("year",)]}, "has no value"),
        ([Counts("d", ("a", "b"), {(i, i): 9 for i in range(800)})], {}, "Too many cells"),
    ],
)
def test_what_cannot_be_protected_is_refused(tables: list[Counts], options: dict, word: str) -> None:
    with pytest.raises(Unprotectable, match=word):
        protect(tables, **options)


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(Unprotectable, match="twice"):
        read(pa.table({"d": ["a", "a"], "n": [1, 2]}), name="t", dimensions=["d"], measure="n")


# --- brute force ----------------------------------------------------------------------------------------------

TOP = 60  # above any count in these tests
MINIMUM = 3  # primary: 1 and 2; small enough to try every table


def attack(release: Release, *, minimum: int, rollups: list[Rollup]) -> dict[Cell, tuple[int, int | None]]:
    return disclosure.audit(
        {t.dimensions: t.cells for t in release.tables},
        minimum=minimum,
        rollups=rollups,
        primary=release.primary,
        blanked=release.blanked,
    )


def fits(release: Release, leaves: list[tuple[str, ...]], forced: Mapping[Cell, int]) -> bool:
    """Search for a table of whole numbers that fits the release and the rules; no solver, plain backtracking."""
    tables = {t.dimensions: t.cells for t in release.tables}
    variables = [Cell(leaf, key) for leaf in leaves for key, n in tables[leaf].items() if n is None]
    sums: list[tuple[Cell, list[Cell]]] = []
    for leaf in leaves:
        for node, stated in tables.items():
            if node != leaf and set(node) <= set(leaf):
                groups: dict[Key, list[Cell]] = {key: [] for key in stated}
                for key in tables[leaf]:
                    groups.setdefault(tuple(key[leaf.index(d)] for d in node), []).append(Cell(leaf, key))
                sums += [(Cell(node, to), parts) for to, parts in groups.items()]

    def allowed(cell: Cell) -> range:
        if cell in forced:
            return range(forced[cell], forced[cell] + 1)
        if cell in release.blanked:
            return range(TOP)
        return range(1, MINIMUM) if cell in release.primary else range(MINIMUM, TOP)

    def possible(values: dict[Cell, int]) -> range:
        """Return what the next cell can be; the last cell of a sum follows from the others."""
        cell = variables[len(values)]
        free = allowed(cell)
        known: dict[Cell, int] = {}
        for total, parts in sums:
            rest = [p for p in parts if tables[p.node][p.key] is None and p not in values]
            low = sum(values[p] if p in values else tables[p.node][p.key] or 0 for p in parts)
            stated = tables[total.node].get(total.key, 0)
            if not rest:
                known.setdefault(total, low)
            if stated is None:
                stated = known.get(total)
            span = range(stated, stated + 1) if stated is not None else allowed(total)
            if cell in rest:
                free = range(
                    max(free.start, span.start - low if len(rest) == 1 else 0), min(free.stop, span.stop - low)
                )
            elif not rest and low not in span:
                return range(0)
        return free

    def search(values: dict[Cell, int]) -> bool:
        if len(values) == len(variables):
            return agree(values)
        return any(search({**values, variables[len(values)]: n}) for n in possible(values))

    def agree(values: dict[Cell, int]) -> bool:
        totals: dict[Cell, int] = {}
        for total, parts in sums:
            number = sum(values[p] if p in values else tables[p.node][p.key] or 0 for p in parts)
            stated = tables[total.node].get(total.key, 0)
            if (stated is not None and number != stated) or totals.setdefault(total, number) != number:
                return False
            if stated is None and number not in allowed(total):
                return False
        return True

    return search({})


def linked() -> Iterator[st.SearchStrategy[list[Counts]]]:
    counts = st.integers(0, 8)

    @st.composite
    def two(draw: st.DrawFn) -> list[Counts]:
        total = 0
        first: dict[Key, int] = {}
        for name in "abcd"[: draw(st.integers(1, 4))]:
            first[("1", name)] = draw(counts)
            total += first[("1", name)]
        second: dict[Key, int] = {}
        for name in "xy":
            second[("1", name)] = draw(st.integers(0, total))
            total -= second[("1", name)]
        second[("1", "z")] = total
        return [
            Counts("d", ("w", "d"), {**first, ("2", "a"): 50, ("2", "b"): 60}),
            Counts("g", ("w", "g"), {**second, ("2", "x"): 50, ("2", "y"): 60}),
        ]

    @st.composite
    def cube(draw: st.DrawFn) -> list[Counts]:
        keys = itertools.product("12", "ab", "xy")
        return [Counts("c", ("p", "q", "r"), {key: draw(counts) for key in keys})]

    yield two()
    yield cube()


TWO, CUBE = linked()


def check_by_brute_force(release: Release, leaves: list[tuple[str, ...]]) -> None:
    found = attack(release, minimum=MINIMUM, rollups=[])
    for table in release.tables:
        for key, n in table.cells.items():
            cell = Cell(table.dimensions, key)
            if cell in release.primary:
                for goal in range(1, MINIMUM):
                    assert fits(release, leaves, {cell: goal}), (cell, goal)
            elif n is None:
                least, greatest = found[cell]
                assert greatest is None or least < greatest
                for goal in (least, least + 1 if greatest is None else greatest):
                    assert fits(release, leaves, {cell: goal}), (cell, goal)


@given(TWO)
@settings(max_examples=150, deadline=None)
def test_brute_force_on_two_linked_tables(tables: list[Counts]) -> None:
    check_by_brute_force(protect(tables, minimum=MINIMUM), [("w", "d"), ("w", "g")])


@given(CUBE, st.sampled_from([[("p",)], [("p", "q"), ("q", "r")], [("p", "q"), ("q", "r"), ("p", "r")]]))
@settings(max_examples=60, deadline=None)
def test_brute_force_on_a_cube_with_margins(tables: list[Counts], margins: list[tuple[str, ...]]) -> None:
    try:
        release = protect(tables, margins=margins, minimum=MINIMUM)
    except Unprotectable as refused:
        assert "Nothing of these" in str(refused)
    else:
        check_by_brute_force(release, [("p", "q", "r")])
