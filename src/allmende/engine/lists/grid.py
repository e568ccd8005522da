# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A sheet in memory, column by column, and how spreadsheets become one. Bounded; equal texts are kept once."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from allmende.engine.lists.kinds import bad
from allmende.engine.lists.looks import Looks
from allmende.kernel.text import Text

#: A sheet may have so many cells within its used rectangle; larger ones are no office list.
MOST_CELLS = 8_000_000
MOST_COLUMNS = 2_000
MOST_SHEETS = 200
_CHUNK = 2048

#: What a cell holds: text, number, truth, a day, a moment, a time; None if nothing.
Cell = Any


class _Kept(dict[str, str | None]):
    """Texts without blanks at their ends, each kept once; None for those without content."""

    def __missing__(self, text: str) -> str | None:
        made = text.replace("\xa0", " ").strip(" \t\r\n\f\v\u200b\ufeff") or None
        if len(self) < 500_000:
            self[text] = made
        return made


@dataclass
class Grid:
    """A sheet: ``columns[c][r]`` counted from 0 inside; rows and columns shown to people count from 1."""

    name: str
    columns: list[list[Cell]]
    height: int
    looks: Looks = field(default_factory=Looks)
    hidden: str = ""  # "", "sheet", "very-hidden-sheet"
    gaps: set[int] = field(default_factory=set)  # columns with empty cells; comparing every cell with None is dear

    @property
    def width(self) -> int:
        """How many columns."""
        return len(self.columns)

    def row(self, row: int) -> list[Cell]:
        """Return a row's cells (from 0)."""
        return [c[row] for c in self.columns]

    @cached_property
    def fullness(self) -> list[int]:
        """How many cells of each row hold something."""
        counts = [0] * self.height
        full = 0
        for place, column in enumerate(self.columns):
            if place in self.gaps:
                counts = list(map(operator.add, counts, [v is not None for v in column]))
            else:
                full += 1
        return [n + full for n in counts] if full else counts

    def filled(self, column: int, first: int, last: int) -> int:
        """Return how many cells of a column hold something, rows ``first`` to ``last`` (from 0, both included)."""
        if column not in self.gaps:
            return last + 1 - first
        part = self.columns[column][first : last + 1]
        return len(part) - part.count(None)


def from_rows(name: str, rows: Iterable[Sequence[Cell]], *, file: str, left: int = 0) -> Grid:
    """Make a grid from rows of any length; ``left`` empty columns come before. Raises BadFile if it is too large."""
    kept = _Kept()
    columns: list[list[Cell]] = [[] for _ in range(left)]
    gaps = set(range(left))
    height = 0
    iterator: Iterator[Sequence[Cell]] = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        width = left + max(map(len, chunk))
        if width > MOST_COLUMNS or (height + len(chunk)) * max(width, len(columns)) > MOST_CELLS:
            raise too_large(file)
        while len(columns) < width:
            if height:
                gaps.add(len(columns))
            columns.append([None] * height)
        ragged = any(len(r) != width - left for r in chunk)
        padded = [[*r, *[None] * (width - left - len(r))] for r in chunk] if ragged else chunk
        for place, cells in enumerate(zip(*padded, strict=True), start=left):
            made = _cells(cells, kept)
            if place not in gaps and type(None) in set(map(type, made)):
                gaps.add(place)
            columns[place].extend(made)
        height += len(chunk)
        for place, column in enumerate(columns):
            if len(column) < height:
                gaps.add(place)
                column.extend([None] * (height - len(column)))
    return _trimmed(Grid(name, columns, height, gaps=gaps))


def _cells(cells: tuple[Cell, ...], kept: _Kept) -> Sequence[Cell]:
    kinds = set(map(type, cells))
    if str not in kinds:
        return cells
    if len(kinds) == 1:
        return list(map(kept.__getitem__, cells))
    return [kept[c] if type(c) is str else c for c in cells]


def too_large(file: str) -> Exception:
    """Return the refusal of a sheet that is too large for a list."""
    millions = MOST_CELLS // 1_000_000
    return bad(
        file,
        Text(
            f"hat mehr als {millions} Millionen Zellen oder {MOST_COLUMNS} Spalten: das ist keine Liste mehr, bitte als "
            "Datenquelle anbinden oder leere, formatierte Zeilen und Spalten löschen",
            f"has more than {millions} million cells or {MOST_COLUMNS} columns: no list any more, connect it as a data "
            "source or delete empty formatted rows and columns",
        ),
    )


def _trimmed(grid: Grid) -> Grid:
    """Take off empty columns at the right and empty rows at the bottom."""
    while grid.columns and len(grid.columns) - 1 in grid.gaps and grid.columns[-1].count(None) == grid.height:
        grid.columns.pop()
    fullness = grid.fullness
    height = grid.height
    while height and not fullness[height - 1]:
        height -= 1
    if height != grid.height:
        for column in grid.columns:
            del column[height:]
        del fullness[height:]
        grid.height = height
    return grid


def workbook(path: Path, meanwhile: Callable[[], None] | None = None) -> Iterator[Grid]:
    """Yield the sheets of a spreadsheet one after another, without their looks. Raises BadFile.

    ``meanwhile`` is done while the library, which needs no interpreter for it, loads the first sheet. To be called
    only in a process with limits: the library reserves room for the whole rectangle a sheet claims.
    """
    from python_calamine import CalamineError  # noqa: PLC0415

    try:
        book, sheets, first = _opened(path, meanwhile)
        if len(sheets) > MOST_SHEETS:
            raise bad(path.name, Text(f"hat mehr als {MOST_SHEETS} Blätter", f"has more than {MOST_SHEETS} sheets"))
        for number, (name, hidden) in enumerate(sheets):
            data, first = (first, None) if number == 0 else (book.get_sheet_by_name(name), None)
            if data.start is None:
                yield Grid(name, [], 0, hidden=hidden)
                continue
            if (data.end[0] + 1) * data.width > MOST_CELLS or data.width > MOST_COLUMNS:
                raise too_large(path.name)
            grid = from_rows(name, data.iter_rows(), file=path.name, left=data.start[1])
            grid.hidden = hidden
            grid.looks.merged = [(a, b, c, d) for (a, b), (c, d) in data.merged_cell_ranges or ()]
            del data
            yield grid
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        if "assword" in str(error):
            raise bad(
                path.name,
                Text(
                    "ist mit einem Kennwort geschützt: bitte ohne Kennwort speichern",
                    "is protected by a password: please save it without one",
                ),
            ) from error
        raise bad(
            path.name,
            Text(
                "ist keine lesbare Tabelle: sie ist beschädigt oder abgerissen, bitte noch einmal speichern und senden",
                "is not a readable spreadsheet: it is damaged or torn off, please save and send it again",
            ),
        ) from error


def _opened(path: Path, meanwhile: Callable[[], None] | None) -> tuple[Any, list[tuple[str, str]], Any]:
    """Open the book; return it, its sheets with how they are hidden, and the first one's cells."""

    def load() -> tuple[Any, list[tuple[str, str]], Any]:
        from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

        book = CalamineWorkbook.from_path(str(path))
        sheets = []
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                shown = sheet.visible == SheetVisibleEnum.Visible
                very = sheet.visible == SheetVisibleEnum.VeryHidden
                sheets.append((sheet.name, "" if shown else "very-hidden-sheet" if very else "sheet"))
        return book, sheets, book.get_sheet_by_name(sheets[0][0]) if sheets else None

    if meanwhile is None:
        return load()
    with ThreadPoolExecutor(1) as beside:
        loading = beside.submit(load)
        meanwhile()
        return loading.result()


def shown(cell: Cell) -> str:
    """Return a cell as people read it: no “.0” behind whole numbers, days without midnight."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "ja" if cell else "nein"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
