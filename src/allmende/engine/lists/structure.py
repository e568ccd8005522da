# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where the tables of a sheet are: its blocks of rows and columns, and which rows head them. Counts from 0."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time

from allmende.engine.lists.grid import Cell, Grid, shown
from allmende.engine.lists.values import bare, number
from allmende.engine.lists.words import NOTE, stand_of
from allmende.engine.sniff import MISSING

_SAMPLE = 60
_MOST_HEADER_ROWS = 4
_UNIT_ROW = re.compile(
    r"\s*[\[(].{0,20}[\])]\s*\Z|\s*in\s+\S{1,10}\s*\Z|\s*(?:€|EUR|Euro|%|ha|m²|qm|km|m|t|kWh|Anzahl|Stück)\s*\Z"
)
_MARKS = frozenset(m.lower() for m in (*MISSING, "–", "—", "x", "/"))


@dataclass
class Block:
    """A table's place: header rows, the rows that may be data, columns with their headings."""

    top: int  # first row that belongs to it, titles included
    header: tuple[int, ...]
    first: int  # first row below the headings
    last: int
    columns: list[int]
    headings: list[str]
    beside: list[tuple[int, int]] = field(default_factory=list)  # narrow columns of notes beside the table


def numeric(cell: Cell) -> bool:
    """Whether a cell holds or writes a number, a date or a mark that stands for one."""
    if cell is None:
        return False
    if isinstance(cell, str):
        if cell.lower() in _MARKS:
            return True
        text = bare(cell, ("€", "%", "ca.", "ha", "m²", "qm", "EUR"))
        return number(text, ",", ".") is not None or number(text, ".", ",") is not None or bool(_DATE.match(cell))
    return isinstance(cell, float | int | date | time) and not isinstance(cell, bool)


_DATE = re.compile(r"'?\d{1,2}\.\d{1,2}\.\d{2,4}|'?\d{4}-\d\d-\d\d")


def _year(cell: Cell) -> bool:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return cell == int(cell) and 1900 <= cell <= 2100
    return isinstance(cell, date) or (isinstance(cell, str) and bool(re.fullmatch(r"(19|20)\d\d", cell.strip())))


def blocks(grid: Grid, header: dict[int, tuple[int, ...]] | None = None) -> list[Block]:
    """Return the tables of a sheet from top to bottom. ``header``: rows decided to head the table of that number."""
    found: list[Block] = []
    previous = 0
    for first, last in _stretches(grid):
        for columns, beside in _sides(grid, first, last):
            given = (header or {}).get(len(found) + 1)
            block = _block(grid, previous, first, last, columns, given)
            block.beside = beside
            found.append(block)
        previous = last + 1
    return found


def _segments(grid: Grid) -> list[tuple[int, int]]:
    """Runs of rows that are not empty."""
    found: list[tuple[int, int]] = []
    start = -1
    for row, n in enumerate(grid.fullness):
        if n and start < 0:
            start = row
        elif not n and start >= 0:
            found.append((start, row - 1))
            start = -1
    if start >= 0:
        found.append((start, grid.height - 1))
    return found


def _stretches(grid: Grid) -> list[tuple[int, int]]:
    """Segments joined to stretches of one table (or several side by side): notes before it are not included."""
    stretches: list[list[int]] = []
    texts_between = False
    for first, last in _segments(grid):
        if max(grid.fullness[first : last + 1]) <= 1 and grid.width > 1:
            texts_between = True
            continue
        if stretches and not _opens(grid, stretches[-1], first, last, after_text=texts_between):
            stretches[-1][1] = last
        else:
            stretches.append([first, last])
        texts_between = False
    if not stretches and grid.height:
        segments = _segments(grid)
        stretches = [[segments[0][0], segments[-1][1]]]
    return [(a, b) for a, b in stretches]


def _opens(grid: Grid, current: Sequence[int], first: int, last: int, *, after_text: bool) -> bool:
    """Whether a segment begins a table of its own rather than going on with the current one."""
    if last <= first:
        return False
    head = next((r for r in range(first, min(last, first + 4)) if grid.fullness[r] >= 2), None)
    if head is None or head >= last:
        return False
    cells = {c: v for c, v in enumerate(grid.row(head)) if v is not None}
    if any(numeric(v) and not _year(v) for v in cells.values()) or any(
        isinstance(v, str) and (NOTE.match(v) or stand_of(v)) for v in cells.values()
    ):
        return False
    before = range(max(current[0], current[1] - _SAMPLE), current[1] + 1)
    earlier_heads = [grid.row(r) for r in range(current[0], min(current[1], current[0] + 8))]
    if any({c: v for c, v in enumerate(r) if v is not None} == cells for r in earlier_heads):
        return False  # the same headings again: a new printed page
    below = range(head + 1, min(last, head + _SAMPLE) + 1)
    numbers_below = [c for c in cells if _mostly_numeric(grid, c, below)]
    numbers_before = [c for c in range(grid.width) if _mostly_numeric(grid, c, before)]
    if numbers_below and all(not numeric(cells[c]) or _year(cells[c]) for c in numbers_below):
        return True
    used_before = [c for c in range(grid.width) if any(grid.columns[c][r] is not None for r in before)]
    used = [c for c in range(grid.width) if any(grid.columns[c][r] is not None for r in (head, *below))]
    return bool(not numbers_below and (used != used_before or numbers_before) and (after_text or len(below) > 1))


def _mostly_numeric(grid: Grid, column: int, rows: Sequence[int]) -> bool:
    cells = [v for r in rows if (v := grid.columns[column][r]) is not None]
    return bool(cells) and sum(map(numeric, cells)) > 0.5 * len(cells)


def _sides(grid: Grid, first: int, last: int) -> list[tuple[list[int], list[tuple[int, int]]]]:
    """Cut a stretch at empty columns: tables side by side, and what is only a note beside one."""
    used = [grid.filled(c, first, last) for c in range(grid.width)]
    groups: list[list[int]] = []
    for column, n in enumerate(used):
        if not n:
            continue
        if groups and groups[-1][-1] == column - 1:
            groups[-1].append(column)
        else:
            groups.append([column])
    if len(groups) < 2:
        return [(groups[0] if groups else [0], [])]

    def rows_of(group: list[int]) -> int:
        return max(used[c] for c in group)

    main = max(groups, key=lambda g: rows_of(g) * len(g))
    tables: list[list[int]] = [main]
    beside: list[tuple[int, int]] = []
    for group in groups:
        if group is main:
            continue
        if rows_of(group) < 0.3 * rows_of(main) and len(group) <= 3 and rows_of(main) > 3:
            beside.append((group[0], group[-1]))
        elif len(group) >= 2 and len(main) >= 2 and _own_heads(grid, first, last, main, group):
            tables.append(group)
        else:
            main.extend(group)
    main.sort()
    tables.sort(key=lambda g: g[0])
    return [(t, beside if t is main else []) for t in tables]


def _own_heads(grid: Grid, first: int, last: int, one: list[int], other: list[int]) -> bool:
    """Whether two groups of columns look like tables of their own: headings that repeat, or other rows used."""

    def span(group: list[int]) -> tuple[int, int]:
        rows = [r for r in range(first, last + 1) if any(grid.columns[c][r] is not None for c in group)]
        return (rows[0], rows[-1]) if rows else (first, first)

    def heads(group: list[int], row: int) -> set[str]:
        return {str(v) for c in group if isinstance(v := grid.columns[c][row], str)}

    (a, b), (c, d) = span(one), span(other)
    for row in range(first, min(last, first + 4) + 1):
        mine, theirs = heads(one, row), heads(other, row)
        if len(mine & theirs) >= 2 or (len(mine & theirs) == 1 and len(theirs) <= 3):
            return True
    return abs(a - c) > 1 or abs(b - d) > max(3, 0.2 * (b - a))


def _block(
    grid: Grid, previous: int, first: int, last: int, columns: list[int], given: tuple[int, ...] | None
) -> Block:
    if given is not None:
        rows = tuple(r for r in given if 0 <= r < grid.height)
        below = (rows[-1] + 1) if rows else first
        return Block(previous, rows, below, last, columns, _headings(grid, rows, columns))
    width_of = _row_widths(grid, first, last, columns)
    sample = Counter(w for w in width_of[: _SAMPLE * 4] if w)
    width = max(sample, key=lambda w: (sample[w] * min(w, 3), w)) if sample else 1
    top = next((first + i for i, w in enumerate(width_of) if w > width / 2 and (w > 1 or len(columns) == 1)), first)
    body = range(top + 1, min(last, top + _SAMPLE) + 1)
    numbers = [c for c in columns if _mostly_numeric(grid, c, body)]
    if not _is_header(grid, top, columns, numbers, body):
        return Block(previous, (), top, last, _used(grid, (), columns, top, last), [])
    header = [top]
    while len(header) < _MOST_HEADER_ROWS and _continues(grid, header, columns, last):
        header.append(header[-1] + 1)
    while header[0] > first and len(header) < _MOST_HEADER_ROWS and _heads_above(grid, header[0] - 1, columns, width):
        header.insert(0, header[0] - 1)
    rows = tuple(header)
    kept = _used(grid, rows, columns, header[-1] + 1, last)
    return Block(previous, rows, header[-1] + 1, last, kept, _headings(grid, rows, kept))


def _row_widths(grid: Grid, first: int, last: int, columns: list[int]) -> list[int]:
    if columns == [c for c in range(grid.width) if grid.filled(c, first, last)]:
        return grid.fullness[first : last + 1]
    return [sum(grid.columns[c][r] is not None for c in columns) for r in range(first, last + 1)]


def _used(grid: Grid, header: Sequence[int], columns: list[int], first: int, last: int) -> list[int]:
    return [c for c in columns if any(grid.columns[c][r] is not None for r in header) or grid.filled(c, first, last)]


def _is_header(grid: Grid, row: int, columns: list[int], numbers: list[int], body: Sequence[int]) -> bool:
    cells = {c: v for c in columns if (v := grid.columns[c][row]) is not None}
    if not body or not cells:
        return bool(cells) and not any(numeric(v) for v in cells.values())
    if not any(isinstance(v, str) and not numeric(v) for v in cells.values()):
        return False
    heads = [c for c in numbers if c in cells]
    if heads:
        odd = sum(1 for c in heads if not numeric(cells[c]) or (_year(cells[c]) and not _years(grid, c, body)))
        return odd > len(heads) / 2
    return sum(1 for v in cells.values() if numeric(v) and not _year(v)) <= len(cells) / 3


def _years(grid: Grid, column: int, rows: Sequence[int]) -> bool:
    """Whether a column's values are themselves years: then a year is no heading."""
    cells = [v for r in rows if (v := grid.columns[column][r]) is not None]
    return bool(cells) and sum(map(_year, cells)) > 0.8 * len(cells)


def _continues(grid: Grid, header: list[int], columns: list[int], last: int) -> bool:
    """Whether the row below the headings so far is one of them."""
    row = header[-1] + 1
    if row > last - 1:
        return False
    cells = {c: v for c in columns if (v := grid.columns[c][row]) is not None}
    if len(cells) < 1:
        return False
    texts = [v for v in cells.values() if isinstance(v, str)]
    if len(texts) >= max(1, 0.6 * len(cells)) and sum(bool(_UNIT_ROW.match(t)) for t in texts) > 0.7 * len(texts):
        return True
    if any(numeric(v) and not _year(v) for v in cells.values()):
        return False
    merged = grid.looks.merged
    if any(t <= header[-1] and b >= row and left in columns and b - t < _MOST_HEADER_ROWS for t, left, b, _ in merged):
        return True
    body = range(row + 1, min(last, row + _SAMPLE) + 1)
    numbers = [c for c in cells if _mostly_numeric(grid, c, body)]
    blank_above = [c for c in cells if grid.columns[c][header[-1]] is None]
    wide = any(t == header[-1] == b and right > left for t, left, b, right in merged)
    return (
        len(numbers) >= 2
        and (len(numbers) > len(cells) / 2)
        and bool(blank_above or wide or len(numbers) == len(cells))
    )


def _heads_above(grid: Grid, row: int, columns: list[int], width: int) -> bool:
    """Whether the row above the headings groups them, rather than being a title."""
    cells = {c: v for c in columns if (v := grid.columns[c][row]) is not None}
    if not cells or not all(isinstance(v, str) or _year(v) for v in cells.values()):
        return False
    if any(isinstance(v, str) and (len(v) > 60 or stand_of(v) or v.rstrip().endswith(":")) for v in cells.values()):
        return False
    spans = [(a, b) for t, a, bottom, b in grid.looks.merged if t == row and bottom == row and b > a]
    if any(a > columns[0] or b < columns[-1] for a, b in spans) and len(cells) >= 1:
        return True
    below = [grid.columns[c][row + 1] for c in columns]
    doubled = len({shown(v) for v in below if v is not None}) < sum(v is not None for v in below)
    return len(cells) >= 2 and doubled and len(cells) < width


def _headings(grid: Grid, rows: tuple[int, ...], columns: list[int]) -> list[str]:
    """Join the header rows per column, group headings spread over the columns below them."""
    spread: list[dict[int, str]] = []
    for place, row in enumerate(rows):
        cells = {c: " ".join(shown(v).split()) for c in columns if (v := grid.columns[c][row]) is not None}
        if place < len(rows) - 1:
            cells = _spread(grid, row, rows[place + 1 :], columns, cells)
        spread.append(cells)
    made = []
    for c in columns:
        parts = list(dict.fromkeys(cells[c] for cells in spread if cells.get(c)))
        text = ""
        for part in parts:
            glue = " " if text and _UNIT_ROW.match(part) else " – "
            text = f"{text}{glue}{part}" if text else part
        made.append(text)
    return made


def _spread(grid: Grid, row: int, below: tuple[int, ...], columns: list[int], cells: dict[int, str]) -> dict[int, str]:
    made = dict(cells)
    merged = [(a, b) for t, a, bottom, b in grid.looks.merged if t <= row <= bottom and b > a]
    for left, right in merged:
        if left in cells:
            made.update({c: cells[left] for c in columns if left <= c <= right})
    if merged:
        return made
    unit_row = all(_UNIT_ROW.match(shown(grid.columns[c][r]) or "-") for r in below for c in columns
                   if grid.columns[c][r] is not None)  # fmt: skip
    current = ""
    for c in columns:
        under = any(grid.columns[c][r] is not None for r in below)
        if c in cells:
            current = cells[c]
        elif current and under and not unit_row:
            made[c] = current
        else:
            current = ""
    return made
