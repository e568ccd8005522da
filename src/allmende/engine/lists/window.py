# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A part of a delivered sheet as it is, to be shown beside the proposal: values, colours, what is hidden."""

from __future__ import annotations

from pathlib import Path

import msgspec

from allmende.engine.lists.grid import Grid, shown
from allmende.engine.lists.model import Decisions, letter
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text

#: Columns shown at most.
MOST_COLUMNS = 40
#: Characters of a cell shown at most.
LONGEST = 200


class Cell(msgspec.Struct, frozen=True):
    """A cell: its value as people read it, its fill colour ("" for none)."""

    text: str = ""
    rgb: str = ""


class Row(msgspec.Struct, frozen=True):
    """A row of the sheet."""

    number: int
    cells: tuple[Cell, ...]
    hidden: bool = False


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a sheet from ``first`` on; columns from ``left`` on, both counted from 1. ``height``: rows of the sheet."""

    sheet: str
    first: int
    height: int
    rows: tuple[Row, ...]
    width: int
    left: int = 1
    hidden_columns: tuple[int, ...] = ()

    def letter(self, index: int) -> str:
        """Return the letter of a column shown."""
        return letter(self.left + index)


def cut(path: Path, sheet: str, first: int, rows: int, decisions: Decisions | None) -> Window:
    """Return rows ``first`` on of a sheet. Runs in the child process with limits. Raises NotFound, BadFile."""
    from allmende.engine.lists.examine import sheets_of  # noqa: PLC0415 (brings the readers along)

    for grid in sheets_of(path, decisions or Decisions()):
        if grid.name == sheet:
            return _cut(grid, first, rows)
    raise NotFound(Text(f"„{path.name}“ hat kein Blatt „{sheet}“.", f"“{path.name}” has no sheet “{sheet}”."))


def _cut(grid: Grid, first: int, rows: int) -> Window:
    width = min(grid.width, MOST_COLUMNS)
    hidden_rows = set(grid.looks.hidden_rows)
    hidden = {column for low, high in grid.looks.hidden_columns for column in range(low, min(high, width) + 1)}
    begin = max(0, first - 1)
    lines = []
    for row in range(begin, min(grid.height, begin + rows)):
        cells = tuple(
            Cell(shown(grid.columns[column][row])[:LONGEST], grid.looks.fills.get((row, column), ""))
            for column in range(width)
        )
        lines.append(Row(row + 1, cells, row in hidden_rows))
    return Window(
        sheet=grid.name,
        first=begin + 1,
        height=grid.height,
        rows=tuple(lines),
        width=width,
        hidden_columns=tuple(sorted(column + 1 for column in hidden)),
    )
