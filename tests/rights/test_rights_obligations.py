# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Obligations as SQL, judged by DuckDB itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.rights.obligations import Unfit, View, check, quote, restrict, words
from allmende.rights.terms import (
    Attribution,
    Coarsen,
    Column,
    Delay,
    HideColumn,
    NoOnwardUse,
    Obligation,
    ReleaseTableOnly,
    RowFilter,
    RowRange,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SQL = """
SELECT * FROM (VALUES
  (1, 'Mitte',  'Anna Geheim', DATE '2026-11-20', TIMESTAMP '2026-11-20 11:59:00', 47, 12.5),
  (2, 'Mitte',  'Bert Geheim', DATE '2026-11-05', TIMESTAMP '2026-11-05 10:15:30', -3, -0.5),
  (3, 'Süd',    'Cleo Geheim', DATE '2026-01-31', TIMESTAMP '2026-01-31 23:10:00', 100, 99.9),
  (4, NULL,     'Dora Geheim', DATE '2025-12-31', TIMESTAMP '2025-12-31 00:00:00', NULL, NULL)
) AS v(id, bezirk, name, tag, zeit, zahl, wert) -- the trusted relation
"""
COLUMNS = (
    Column("id", "INTEGER"),
    Column("bezirk", "VARCHAR"),
    Column("name", "VARCHAR", personal=True),
    Column("tag", "DATE"),
    Column("zeit", "TIMESTAMP"),
    Column("zahl", "INTEGER"),
    Column("wert", "DECIMAL(4,1)"),
)


def rows(view: View, order: str = "1") -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        answer = connection.sql(f"SELECT * FROM ({view.sql}\n) ORDER BY {order}")
        assert answer.columns == [column.name for column in view.columns]
        return answer.fetchall()


def column(obligation: Obligation, name: str) -> list[Any]:
    view = restrict(SQL, COLUMNS, (obligation,), now=NOW)
    with duckdb.connect() as connection:
        return [v for (v,) in connection.sql(f"SELECT {quote(name)} FROM ({view.sql}\n) ORDER BY id").fetchall()]


def test_without_obligations_in_sql_the_relation_stays_as_it_is() -> None:
    assert restrict(SQL, COLUMNS, (Attribution("Stadt"), NoOnwardUse())) == (SQL, COLUMNS)


def test_a_row_filter_keeps_the_named_values_and_never_null() -> None:
    assert column(RowFilter("bezirk", ("Mitte",)), "id") == [1, 2]
    assert column(RowFilter("ID", ("3", "4")), "id") == [3, 4]
    assert column(RowFilter("bezirk", ()), "id") == []


@pytest.mark.parametrize(
    ("kind", "cells", "least", "most", "kept"),
    [
        ("INTEGER", "1, 5, 9, NULL", "5", "", [5, 9]),
        ("INTEGER", "-3, 5, 9, NULL", "-3", "5.5", [-3, 5]),
        ("DOUBLE", "'1.5', '2.5', 'NaN', NULL", "1.6", "", [2.5]),
        ("DOUBLE", "'1.5', '2.5', 'NaN', NULL", "", "2.5", [1.5, 2.5]),
        ("DECIMAL(4,1)", "1.5, 2.5, NULL", "2.5", "2.5", [Decimal("2.5")]),
        ("DATE", "'2026-01-01', '2026-01-31', '2026-02-01', NULL", "2026-01-02", "2026-01-31", [date(2026, 1, 31)]),
        (
            "TIMESTAMP",
            "'2026-01-31 23:59:59', '2026-02-01 00:00:00', NULL",
            "",
            "2026-01-31",
            [datetime(2026, 1, 31, 23, 59, 59)],
        ),
        ("TIMESTAMPTZ", "'2026-01-31 22:59:59+00', '2026-01-31 23:00:00+00', NULL", "2026-02-01", "", ["23:00"]),
        ("INTEGER", "1, 5", "6", "2", []),
    ],
)
def test_a_range_keeps_what_lies_within_and_never_null(
    kind: str, cells: str, least: str, most: str, kept: list[Any]
) -> None:
    """Days are the town's own: of 1 February is what is from 23:00 UTC of the day before."""
    source = f"SELECT CAST(unnest([{cells}]) AS {kind}) AS x"
    view = restrict(source, (Column("x", kind),), (RowRange("X", least, most),))
    shown = "strftime(x AT TIME ZONE 'UTC', '%H:%M')" if kind == "TIMESTAMPTZ" else "x"
    with duckdb.connect() as connection:
        answer = [v for (v,) in connection.sql(f"SELECT {shown} FROM ({view.sql}\n) ORDER BY x").fetchall()]
    assert answer == kept


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        ("INTEGER", "", ""),
        ("INTEGER", "1 OR 1=1", ""),
        ("INTEGER", "1e9", ""),
        ("INTEGER", "١", ""),
        ("DOUBLE", "", "NaN"),
        ("DATE", "2026-02-30", ""),
        ("DATE", "2026-01-01'; DROP TABLE x --", ""),
        ("DATE", "5", ""),
        ("VARCHAR", "a", "b"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(kind: str, least: str, most: str) -> None:
    with pytest.raises(Unfit):
        restrict("SELECT 1", (Column("x", kind),), (RowRange("x", least, most),))


def test_row_filters_accumulate_to_what_both_allow() -> None:
    view = restrict(SQL, COLUMNS, (RowFilter("bezirk", ("Mitte", "Süd")), RowFilter("bezirk", ("Süd", "West"))))
    assert [row[0] for row in rows(view)] == [3]


def test_a_hidden_column_is_absent_and_can_still_filter() -> None:
    view = restrict(SQL, COLUMNS, (HideColumn("Bezirk"), RowFilter("bezirk", ("Süd",)), HideColumn("name")))
    assert [column.name for column in view.columns] == ["id", "tag", "zeit", "zahl", "wert"]
    assert [row[0] for row in rows(view)] == [3]
    with duckdb.connect() as connection, pytest.raises(duckdb.BinderException, match="bezirk"):
        connection.sql(f"SELECT bezirk FROM ({view.sql}\n)")


@pytest.mark.parametrize(
    ("obligation", "name", "expected"),
    [
        (Coarsen("tag", "year"), "tag", [date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1), date(2025, 1, 1)]),
        (Coarsen("tag", "month"), "tag", [date(2026, 11, 1), date(2026, 11, 1), date(2026, 1, 1), date(2025, 12, 1)]),
        (Coarsen("tag", "week"), "tag", [date(2026, 11, 16), date(2026, 11, 2), date(2026, 1, 26), date(2025, 12, 29)]),
        (
            Coarsen("zeit", "hour"),
            "zeit",
            [
                datetime(2026, 11, 20, 11),
                datetime(2026, 11, 5, 10),
                datetime(2026, 1, 31, 23),
                datetime(2025, 12, 31),
            ],
        ),
        (Coarsen("zahl", "10"), "zahl", [40, -10, 100, None]),
        (Coarsen("zahl", "1000"), "zahl", [0, -1000, 0, None]),
        (Coarsen("wert", "10"), "wert", [10.0, -10.0, 90.0, None]),
        (Coarsen("bezirk", "prefix:1"), "bezirk", ["M", "M", "S", None]),
        (Coarsen("bezirk", "prefix:0"), "bezirk", ["", "", "", None]),
        (Delay("tag", 10), "id", [2, 3, 4]),
        (Delay("tag", 0), "id", [1, 2, 3, 4]),
        (Delay("zeit", 0), "id", [1, 2, 3, 4]),
        (Delay("zeit", 1), "id", [2, 3, 4]),
    ],
)
def test_coarsening_and_delay(obligation: Obligation, name: str, expected: list[Any]) -> None:
    assert column(obligation, name) == expected


def test_two_coarsenings_show_only_what_each_alone_would() -> None:
    view = restrict(
        SQL,
        COLUMNS,
        (
            Coarsen("zahl", "10"),
            Coarsen("zahl", "25"),
            Coarsen("tag", "week"),
            Coarsen("tag", "month"),
            Coarsen("zeit", "day"),
            Coarsen("zeit", "year"),
            Coarsen("bezirk", "prefix:3"),
            Coarsen("bezirk", "prefix:2"),
            HideColumn("name"),
        ),
    )
    assert rows(view) == [
        (1, "Mi", datetime(2026, 1, 1), 0, Decimal("12.5")),
        (2, "Mi", datetime(2026, 1, 1), -50, Decimal("-0.5")),
        (3, "Sü", datetime(2026, 1, 1), 100, Decimal("99.9")),
        (4, None, datetime(2025, 1, 1), None, None),
    ]  # weeks and months together leave nothing of the day


def test_the_release_table_stands_in_the_place_of_the_rows() -> None:
    release = View(
        "SELECT 'Mitte' AS bezirk, 12 AS anzahl UNION ALL SELECT 'Süd', 7", (Column("bezirk"), Column("anzahl"))
    )
    only = ReleaseTableOnly("v1")
    assert restrict(SQL, COLUMNS, (only,), release=release) == release
    view = restrict(
        SQL, COLUMNS, (RowFilter("bezirk", ("Süd",)), only, HideColumn("name"), Coarsen("tag", "year")), release=release
    )
    assert rows(view) == [("Süd", 7)]
    for unkept in (RowFilter("id", ("1",)), Delay("tag", 3)):
        with pytest.raises(Unfit):
            restrict(SQL, COLUMNS, (only, unkept), release=release)
    with pytest.raises(Unfit):
        restrict(SQL, COLUMNS, (only, HideColumn("nirgends")), release=release)
    with pytest.raises(Unfit):
        restrict(SQL, COLUMNS, (only,))


@pytest.mark.parametrize(
    "obligation",
    [
        RowFilter("nirgends", ("x",)),
        HideColumn("nirgends"),
        Coarsen("nirgends", "year"),
        Delay("nirgends", 3),
        Delay("bezirk", 3),
        Delay("tag", -1),
        Coarsen("bezirk", "year"),
        Coarsen("tag", "10"),
        Coarsen("tag", "prefix:3"),
        Coarsen("zahl", "prefix:1"),
        Coarsen("zahl", "0"),
        Coarsen("zahl", "10; DROP"),
        Coarsen("tag", "year'"),
        RowFilter("bezirk", ("a\0b",)),
    ],
)
def test_an_obligation_that_cannot_be_kept_refuses_everything(obligation: Obligation) -> None:
    with pytest.raises(Unfit):
        restrict(SQL, COLUMNS, (obligation,), now=NOW)


def test_no_column_left_and_ambiguous_columns_are_refused() -> None:
    with pytest.raises(Unfit):
        restrict("SELECT 1 AS a", (Column("a", "INTEGER"),), (HideColumn("a"),))
    with pytest.raises(Unfit):
        restrict('SELECT 1 AS a, 2 AS "A"', (Column("a"), Column("A")), (HideColumn("a"),))


def test_names_and_values_cannot_break_out_of_their_quotes() -> None:
    evil = 'a" FROM secret; --'
    sql = f"SELECT 'x'' OR 1=1' AS {quote(evil)}, 2 AS b"
    columns = (Column(evil, "VARCHAR"), Column("b", "INTEGER"))
    assert rows(restrict(sql, columns, (RowFilter(evil, ("x' OR 1=1",)),))) == [("x' OR 1=1", 2)]
    assert rows(restrict(sql, columns, (RowFilter(evil, ("' OR 1=1 --",)),))) == []
    assert rows(restrict(sql, columns, (HideColumn(evil),))) == [(2,)]


def test_a_strangers_expression_never_sees_a_filtered_row() -> None:
    """Without the guard the optimiser may try the cast on rows the filter takes away, and say their values."""
    view = restrict("SELECT * FROM people", COLUMNS[:3], (RowFilter("bezirk", ("Süd",)),))
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE people AS SELECT range::INTEGER AS id, range % 100000 = 0 AS here,"
            " CASE WHEN here THEN 'Süd' ELSE 'Mitte' END AS bezirk, CASE WHEN here THEN '1' ELSE 'Geheim' END AS name"
            " FROM range(300000)"
        )
        for question in (
            "SELECT sum(id) FROM ({}) WHERE CAST(name AS INTEGER) > 0",
            "SELECT sum(id) FROM (SELECT *, CAST(name AS INTEGER) AS n FROM ({})) WHERE n > 0 AND id >= 0",
            "SELECT sum(id) FROM ({}) WHERE CASE WHEN name = 'Geheim' THEN error(name) ELSE true END",
        ):
            assert connection.sql(question.format(view.sql)).fetchall() == [(300000,)]


def test_obligations_have_words_in_both_languages_and_can_be_checked() -> None:
    for obligation in (
        RowFilter("bezirk", ("Mitte",)),
        RowRange("zahl", "1", "5"),
        RowRange("tag", "2026-01-01"),
        HideColumn("name"),
        Coarsen("tag", "month"),
        Coarsen("zahl", "10"),
        Coarsen("bezirk", "prefix:2"),
        ReleaseTableOnly("v"),
        Delay("tag", 3),
        Attribution("Stadt"),
        NoOnwardUse(),
    ):
        said = words(obligation)
        assert said.de
        assert said.en
        assert said.de != said.en or isinstance(obligation, Attribution)
        check(obligation, COLUMNS)
    with pytest.raises(Unfit):
        check(Coarsen("tag", "fortnight"))
    with pytest.raises(Unfit):
        check(HideColumn("nirgends"), COLUMNS)


_DATA = """
SELECT range::INTEGER AS id,
       DATE '2025-12-28' + (range * 5)::INTEGER AS tag,
       TIMESTAMP '2025-12-31 22:15:00' + to_hours(range * 7) AS zeit,
       (range * 13 - 40)::INTEGER AS zahl,
       (range * 7.7 - 30)::DOUBLE AS wert,
       substr('SüdmitteSüdostSüdwestMitteNordost', range::INTEGER + 1, 6) AS bezirk
FROM range(24)
"""
_FIELDS = (
    Column("id", "INTEGER"),
    Column("tag", "DATE"),
    Column("zeit", "TIMESTAMP"),
    Column("zahl", "INTEGER"),
    Column("wert", "DOUBLE"),
    Column("bezirk", "VARCHAR"),
)
_steps = {
    "tag": st.sampled_from(["day", "week", "month", "year"]),
    "zeit": st.sampled_from(["hour", "day", "week", "month", "year"]),
    "zahl": st.sampled_from(["4", "10", "25", "100"]),
    "wert": st.sampled_from(["4", "10", "25", "100"]),
    "bezirk": st.integers(0, 6).map("prefix:{}".format),
}
_obligations = st.one_of(
    *(st.builds(Coarsen, st.just(name), steps) for name, steps in _steps.items()),
    st.builds(HideColumn, st.sampled_from(sorted(_steps))),
    st.builds(Delay, st.sampled_from(["tag", "zeit"]), st.integers(200, 330)),
    st.builds(RowRange, st.just("wert"), st.sampled_from(["-20", "0.5", "60"]), st.sampled_from(["", "99.5"])),
    st.builds(RowFilter, st.just("zahl"), st.lists(st.sampled_from(["-40", "-27", "12", "38", "64"])).map(tuple)),
)


def told(connection: duckdb.DuckDBPyConnection, obligations: list[Obligation]) -> dict[str, dict[int, Any]]:
    """Return what is told: for each column the value of each row, by the row's id."""
    view = restrict(_DATA, _FIELDS, obligations, now=NOW)
    table = connection.sql(view.sql).fetchall()
    return {column.name: {row[0]: row[at] for row in table} for at, column in enumerate(view.columns)}


@settings(max_examples=60)
@given(st.lists(_obligations, max_size=4), _obligations)
def test_one_obligation_more_never_tells_more(some: list[Obligation], more: Obligation) -> None:
    """Fewer rows, fewer columns; and rows told alike before, and alike under the new obligation alone, stay alike."""
    with duckdb.connect() as connection:
        before, alone, after = told(connection, some), told(connection, [more]), told(connection, [*some, more])
    assert set(after) <= set(before) & set(alone)
    for name, values in after.items():
        for source in (before, alone):
            assert set(values) <= set(source[name])
            same: dict[Any, Any] = {}
            for row, value in values.items():
                assert same.setdefault(source[name][row], value) == value, (name, row)
