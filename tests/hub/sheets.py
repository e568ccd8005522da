# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lists as an office keeps them, made with a spreadsheet library: title, Stand, headings, rows, a sum at the bottom."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import PatternFill

HEADINGS = ("Nr.", "Name", "Adresse", "Fläche m²", "Eröffnet", "Zustand")
ROWS: tuple[tuple[Any, ...], ...] = tuple(
    (number, f"Spielplatz {name}", address, size, opened, state)
    for number, name, address, size, opened, state in (
        (1, "Am Anger", "Hauptstr. 12 a", 1200.5, "01.05.1998", "gut"),
        (2, "Uferpark", "Hauptstraße 11", 850, "12.07.2004", "gut"),
        (3, "Schulhof Süd", "Hauptstr. 23", 640, "03.03.2011", "mangelhaft"),
        (4, "Rosengarten", "Mühlenweg 3", 410, "20.06.2015", "gut"),
        (5, "Bahnhof", "Ringstr. 50", 300, "01.09.1987", "mangelhaft"),
        (6, "Stadtwald", "Ringstr. 51b", 2200, "30.04.2001", "gut"),
        (7, "Marktplatz", "Pl. der Einheit 4", 150, "15.08.2019", "gut"),
        (8, "Kirchhof", "St. Florian Straße 1", 505, "11.11.2009", "mangelhaft"),
        (9, "Neubaugebiet", "Mühlenweg 40", 980, "02.05.2022", "gut"),
        (10, "Am See", "Hauptstr. 14", 1500, "05.05.2005", "gut"),
    )
)


def sheet(
    rows: Sequence[Sequence[Any]] = ROWS,
    *,
    headings: Sequence[str] = HEADINGS,
    stand: str = "30.09.2026",
    title: str = "Spielplätze der Stadt Auenstadt",
    hidden: Sequence[str] = (),
    total: bool = True,
    coloured: bool = False,
) -> bytes:
    """Return the list as an .xlsx file; ``hidden``: a hidden column with these values."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "Liste"
    page.append([title])
    page.append([f"Stand: {stand}"] if stand else [])
    page.append([])
    page.append([*headings, *(["Pate"] if hidden else [])])
    for index, row in enumerate(rows):
        page.append([*row, *([hidden[index % len(hidden)]] if hidden else [])])
        if coloured and index % 2:
            for cell in page[page.max_row]:
                cell.fill = PatternFill("solid", fgColor="FFFF00")
    if hidden:
        page.column_dimensions["ABCDEFGHIJ"[len(headings)]].hidden = True
    if total:
        page.append(
            ["Summe", None, None, sum(row[3] for row in rows if len(row) > 3 and isinstance(row[3], int | float))]
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def month(number: int, rows: Sequence[Sequence[Any]] = ROWS, **more: Any) -> bytes:
    """Return the list as of the last day of a month of 2026."""
    last = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[number - 1]
    return sheet(rows, stand=f"{last}.{number:02d}.2026", **more)
