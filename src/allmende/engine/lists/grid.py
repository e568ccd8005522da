# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A sheet in memory, column by column, and how spreadsheets become one. Bounded; equal texts are kept once."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
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
        for column in self.columns:
            if None in column:
                counts = list(map(operator.add, counts, [v is not None for v in column]))
            else:
                full += 1
        return [n + full for n in counts] if full else counts

    def filled(self, column: int, first: int, last: int) -> int:
        """Return how many cells of a column hold something, rows ``first`` to ``last`` (from 0, both included)."""
        part = self.columns[column][first : last + 1]
        return len(part) - part.count(None)


def from_rows(name: str, rows: Iterable[Sequence[Cell]], *, file: str, left: int = 0) -> Grid:
    """Make a grid from rows of any length; ``left`` empty columns come before. Raises BadFile if it is too large."""
    kept = _Kept()
    columns: list[list[Cell]] = [[] for _ in range(left)]
    height = 0
    iterator: Iterator[Sequence[Cell]] = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        width = left + max(map(len, chunk))
        if width > MOST_COLUMNS or (height + len(chunk)) * max(width, len(columns)) > MOST_CELLS:
            raise too_large(file)
        while len(columns) < width:
            columns.append([None] * height)
        ragged = any(len(r) != width - left for r in chunk)
        padded = [[*r, *[None] * (width - left - len(r))] for r in chunk] if ragged else chunk
        for column, cells in zip(columns[left:], zip(*padded, strict=True), strict=False):
            column.extend(_cells(cells, kept))
        height += len(chunk)
        for column in columns:
            if len(column) < height:
                column.extend([None] * (height - len(column)))
    return _trimmed(Grid(name, columns, height))


def _cells(cells: tuple[Cell, ...], kept: _Kept) -> Iterable[Cell]:
    kinds = set(map(type, cells))
    if str not in kinds:
        return cells
    if len(kinds) == 1:
        return map(kept.__getitem__, cells)
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
    while grid.columns and grid.columns[-1].count(None) == grid.height:
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


def workbook(path: Path) -> Iterator[Grid]:
    """Yield the sheets of a spreadsheet one after another, without their looks. Raises BadFile.

    To be called only in a process with limits: the library reserves room for the whole rectangle a sheet claims.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    def hidden(sheet: Any) -> str:
        if sheet.visible == SheetVisibleEnum.Visible:
            return ""
        return "sheet" if sheet.visible == SheetVisibleEnum.Hidden else "very-hidden-sheet"

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [m for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
        if len(sheets) > MOST_SHEETS:
            raise bad(path.name, Text(f"hat mehr als {MOST_SHEETS} Blätter", f"has more than {MOST_SHEETS} sheets"))
        for sheet in sheets:
            data = book.get_sheet_by_name(sheet.name)
            if data.start is None:
                yield Grid(sheet.name, [], 0, hidden=hidden(sheet))
                continue
            if (data.end[0] + 1) * data.width > MOST_CELLS or data.width > MOST_COLUMNS:
                raise too_large(path.name)
            grid = from_rows(sheet.name, data.iter_rows(), file=path.name, left=data.start[1])
            grid.hidden = hidden(sheet)
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
