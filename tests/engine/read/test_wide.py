# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Wide tables: which columns are taken for one thing seen several times, and the rows they become."""

from __future__ import annotations

from pathlib import Path

import msgspec
import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from allmende.engine.look import Look, look_at_file
from allmende.engine.mapping import Field, Mapping, Type, compile_relation, resolve
from allmende.engine.mapping.steps import Unpivot
from allmende.engine.report import report
from allmende.engine.wide import guess_wide, labels_of
from allmende.kernel.errors import Invalid
from tests.engine.read.duck import Duck


def columns(*headers: str) -> list[Field]:
    first = Field(name="bezirk")
    return [first, *(Field(name=f"c{i}", source=h, type=Type.INTEGER) for i, h in enumerate(headers))]


MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]

#: headers → the label column, the value column, the first label
KNOWN = [
    (("2019", "2020", "2021"), "jahr", "wert", "2019"),
    (("Einwohner 2019", "Einwohner 2020", "Einwohner 2021"), "jahr", "einwohner", "2019"),
    (("Fälle_2019", "Fälle_2020", "Fälle_2021"), "jahr", "faelle", "2019"),
    (tuple(MONTHS), "monat", "wert", "Januar"),
    (("Jan 24", "Feb 24", "Mrz 24"), "monat", "wert", "Jan 24"),
    (("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"), "wochentag", "wert", "Mo"),
    (("unter 3", "3 bis unter 6", "6-9", "65 und älter"), "altersgruppe", "wert", "unter 3"),
    (("0-17 Jahre", "18-64 Jahre", "65+ Jahre"), "altersgruppe", "wert", "0-17"),
    (("Messstelle Nord", "Messstelle Süd"), "messort", "wert", "Nord"),
]

UNKNOWN = [
    ("2019", "2020"),  # two years are two columns
    ("Fälle 2019", "Fälle 2020", "Fälle 2021", "Tote 2019", "Tote 2020", "Tote 2021"),
    ("Höhe", "Breite", "Länge", "Umfang"),
    ("Nr 1", "Nr 2", "Nr 3", "Nr 4"),
    ("PM10", "PM25", "NO2", "O3"),
    ("Montag", "Dienstag", "Mittwoch"),
    ("120191", "120201", "120211"),
]


@pytest.mark.parametrize(("headers", "label", "value", "first"), KNOWN)
def test_what_belongs_below_each_other_is_told(headers: tuple[str, ...], label: str, value: str, first: str) -> None:
    wide = guess_wide(columns(*headers))
    assert wide is not None
    assert (wide.step.label, wide.step.value, wide.step.keep) == (label, value, ("bezirk",))
    assert list(wide.step.labels) == list(headers)
    assert wide.step.labels[headers[0]] == first
    assert [field.name for field in wide.fields] == [label, value]
    assert wide.fields[0].type is (Type.INTEGER if label == "jahr" else Type.TEXT)


@pytest.mark.parametrize("headers", UNKNOWN)
def test_what_does_not_is_left(headers: tuple[str, ...]) -> None:
    assert guess_wide(columns(*headers)) is None


def test_columns_of_words_are_left() -> None:
    assert guess_wide([Field(name=f"c{year}", source=str(year)) for year in range(2019, 2025)]) is None


def test_labels_are_what_differs_in_whole_words() -> None:
    assert labels_of(["Einwohner 2019", "Einwohner 2020"]) == {"Einwohner 2019": "2019", "Einwohner 2020": "2020"}
    assert labels_of(["2019 (Anzahl)", "2020 (Anzahl)"]) == {"2019 (Anzahl)": "2019", "2020 (Anzahl)": "2020"}
    assert labels_of(["Ort", "Ort Nord"]) == {"Ort": "Ort", "Ort Nord": "Ort Nord"}
    assert labels_of(["Ost"]) == {"Ost": "Ost"}


WIDE = "Stadtteil;2022;2023;2024\nNord;1.200;k.A.;1.300\nSüd;800;;820\n"
LONG = [("Nord", 2022, 1200), ("Nord", 2023, None), ("Nord", 2024, 1300), ("Süd", 2022, 800), ("Süd", 2023, None),
        ("Süd", 2024, 820)]  # fmt: skip


def rows(mapping: Mapping, folder: Path, duck: Duck) -> list[tuple[object, ...]]:
    return sorted(duck(compile_relation(mapping, files=resolve(mapping.read, folder))), key=str)


def looked(path: Path, duck: Duck) -> Look:
    return look_at_file(path, root=path.parent, run=duck)


def test_a_german_table_of_years_becomes_rows(tmp_path: Path, duck: Duck) -> None:
    (tmp_path / "w.csv").write_text(WIDE)
    seen = looked(tmp_path / "w.csv", duck)
    assert rows(seen.mapping, tmp_path, duck) == sorted(LONG, key=str)
    assert any(r.de == "3 Spalten sind Jahre („2022“ bis „2024“): Sie werden zu Zeilen." for r in seen.reasons)


def test_an_excel_table_of_years_becomes_rows(tmp_path: Path, duck: Duck) -> None:
    book = openpyxl.Workbook()
    for row in (("Stadtteil", 2022, 2023, 2024), ("Nord", 1200, None, 1300), ("Süd", 800, None, 820)):
        book.active.append(row)
    book.save(tmp_path / "w.xlsx")
    assert rows(looked(tmp_path / "w.xlsx", duck).mapping, tmp_path, duck) == sorted(LONG, key=str)


def test_a_parquet_table_of_years_becomes_rows(tmp_path: Path, duck: Duck) -> None:
    table = pa.table({"Stadtteil": ["Nord", "Süd"], "2022": [1200, 800], "2023": pa.array([None, None], pa.int64()),
                      "2024": [1300, 820]})  # fmt: skip
    pyarrow.parquet.write_table(table, tmp_path / "w.parquet")
    assert rows(looked(tmp_path / "w.parquet", duck).mapping, tmp_path, duck) == sorted(LONG, key=str)


def test_gaps_are_left_out_and_counted_where_that_is_said(tmp_path: Path, duck: Duck) -> None:
    (tmp_path / "w.csv").write_text(WIDE.replace("k.A.", ""))
    mapping = looked(tmp_path / "w.csv", duck).mapping
    step = msgspec.structs.replace(mapping.steps[0], gaps=False)
    mapping = msgspec.structs.replace(mapping, steps=(step,))
    assert rows(mapping, tmp_path, duck) == sorted((row for row in LONG if row[2] is not None), key=str)
    counts = report(mapping, files=resolve(mapping.read, tmp_path), run=duck).files[0].counts
    assert [(c.fault.value, c.count) for c in counts if c.column == "wert"] == [("filtered", 2), ("decimal_comma", 2)]


def test_a_listed_column_that_is_not_there_is_said(tmp_path: Path, duck: Duck) -> None:
    (tmp_path / "w.csv").write_text(WIDE)
    mapping = looked(tmp_path / "w.csv", duck).mapping
    (tmp_path / "w.csv").write_text("Stadtteil;2022;2023\nNord;1;2\n")
    with pytest.raises(Invalid, match="no column “2024”"):
        rows(mapping, tmp_path, duck)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"labels": {"a": "1"}},
        {"label": "x", "columns": "a"},
        {"labels": {"a": "1"}, "label": "x", "columns": "a"},
        {"labels": {"a": "1"}, "label": "value"},
        {"labels": {"a": "1"}, "label": "b", "keep": ["b"]},
        {"labels": {"a": "1"}, "label": "x", "headers": ["b"]},
    ],
)
def test_a_step_that_contradicts_itself_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"do": "unpivot"} | wrong, Unpivot)
