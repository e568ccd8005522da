# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A table written with random decorations is found again cell by cell, and no row is lost silently."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.engine.lists.examine import examine
from allmende.engine.lists.model import Decisions, Why
from allmende.engine.lists.values import reader

_NAMES = st.sampled_from(["Nord", "Süd", "Hafen", "Altstadt", "Ost", "Am Ring", "Talmühle", "Bergfeld", "Weststadt"])
_PLAIN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_PLAIN
@given(data=st.data())
def test_every_cell_is_found_again(data: st.DataObject, tmp_path: Path) -> None:
    height = data.draw(st.integers(3, 25))
    labels = [f"{data.draw(_NAMES)} {chr(65 + n)}" for n in range(height)]
    counts = [data.draw(st.integers(1, 9000)) for _ in range(height)]
    areas = [data.draw(st.integers(1, 99_999)) / 100 for _ in range(height)]
    top, left = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 2))
    title, stand, total, note = (data.draw(st.booleans()) for _ in range(4))
    blanks = data.draw(st.sets(st.integers(1, height - 1), max_size=3))
    as_text = data.draw(st.booleans())

    book = openpyxl.Workbook()
    sheet = book.active
    row = 1 + top

    def put(row: int, *cells: object) -> None:
        for place, cell in enumerate(cells):
            sheet.cell(row, 1 + left + place, cell)

    if title:
        put(row, "Liste der Ortsteile von Auenstadt")
        row += 1
    if stand:
        put(row, "Stand: 30.06.2024")
        row += 1
    row += data.draw(st.integers(0, 1)) if title or stand else 0
    put(row, "Ortsteil", "Anzahl", "Fläche in ha")
    expected = []
    for n in range(height):
        row += 2 if n in blanks else 1
        put(row, labels[n], counts[n], f"{areas[n]:.2f}".replace(".", ",") if as_text else areas[n])
        expected.append((row, labels[n], counts[n], areas[n]))
    if total:
        row += 1
        whole = round(sum(areas), 2)
        put(row, "Summe", sum(counts), f"{whole:.2f}".replace(".", ",") if as_text else whole)
    if note:
        row += 2
        put(row, "* ohne Nebenwohnsitze")
    path = tmp_path / "a.xlsx"
    book.save(path)

    examined = examine(path, Decisions(), keep=True)
    (found,) = examined.proposal.tables
    assert found.rows_kept + sum(o.count for o in found.left_out) == found.height == row
    table = examined.tables["Sheet#1"]
    assert [r + 1 for r in table.data] == [e[0] for e in expected]
    read = [[reader(c)(v) for v in table.cells(c)] for c in found.columns if not c.words][:3]
    assert read[0] == [e[1] for e in expected]
    assert read[1] == [e[2] for e in expected]
    assert read[2] == [e[3] for e in expected]
    assert (found.stand == "2024-06-30") is stand
    assert sum(o.why is Why.TOTAL for o in found.left_out) == total


@_PLAIN
@given(
    cells=st.lists(
        st.lists(
            st.one_of(
                st.none(), st.integers(-5, 5000), st.floats(0, 100, allow_nan=False), st.booleans(), st.dates(),
                st.sampled_from(["x", "-", "Summe", "Stand: 1.1.2024", "Ort", "ja", "12,5 ha", "k. A.", "2024", "Quelle: Amt",
                                 "Anna Meier", "1.234", "gesamt", "01.02.2024", "  ", "'7", "a;b"]),
            ),
            max_size=6,
        ),
        max_size=15,
    )
)  # fmt: skip
def test_rows_are_never_lost_whatever_the_sheet_looks_like(cells: list[list[object]], tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Kopf", "Zahl"])
    for row in cells:
        sheet.append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    for table in examine(path).proposal.tables:
        out = [r for o in table.left_out for r in range(o.first, o.last + 1)]
        assert len(set(out)) == len(out)
        assert table.rows_kept + len(out) == table.height
