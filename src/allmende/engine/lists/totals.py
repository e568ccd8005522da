# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sums among the rows: a label makes a row suspect, arithmetic convicts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from allmende.engine.lists.grid import Cell, shown
from allmende.engine.lists.model import Column, LeftOut, Meaning, Why
from allmende.engine.lists.values import UNREADABLE, reader
from allmende.engine.lists.words import TOTAL
from allmende.engine.mapping.fields import Type
from allmende.kernel.text import Text

_MOST = 5_000  # candidates looked at


@dataclass
class Sums:
    """Rows (of the grid, from 0) that are sums, and those that only say so."""

    rows: dict[int, LeftOut] = field(default_factory=dict)
    claims: list[tuple[int, str]] = field(default_factory=list)  # labelled as sums, but they do not add up


def _numbers(column: Column, cells: Sequence[Cell]) -> list[float | None]:
    read = reader(column)
    return [None if (v := read(c)) is None or v is UNREADABLE else float(v) for c in cells]


def find(
    data: Sequence[int], columns: Sequence[Column], cells: Sequence[Sequence[Cell]], borders: Sequence[int]
) -> Sums:
    """Tell which of the rows ``data`` are sums of others.

    ``cells`` are the table's columns (of the whole sheet), ``borders`` rows (sections) at which a sum's run begins.
    """
    found = Sums()
    labels = [k for k, c in enumerate(columns) if c.type is Type.TEXT][:3]
    numeric = [
        k
        for k, c in enumerate(columns)
        if c.type in {Type.INTEGER, Type.NUMBER} and c.unit != "%" and c.meaning not in {Meaning.YEAR, Meaning.SHARE}
    ]
    if not numeric or not data:
        return found
    worded = _worded(data, labels, cells)
    if len(worded) > max(3, 0.34 * len(data)):
        worded = {}
    unlabelled = _unlabelled(data, labels, cells) - set(worded)
    candidates = sorted({*worded, *unlabelled})
    if not candidates or len(candidates) > _MOST:
        return found
    _Check(data, [_numbers(columns[k], cells[k]) for k in numeric], worded, set(borders)).run(candidates, found)
    return found


def _worded(data: Sequence[int], labels: Sequence[int], cells: Sequence[Sequence[Cell]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for k in labels:
        column = cells[k]
        hits = {t for t in {c for c in column if type(c) is str} if len(t) < 80 and TOTAL.search(t)}
        if hits:
            for row in data:
                if column[row] in hits:
                    found.setdefault(row, str(column[row]))
    return found


def _unlabelled(data: Sequence[int], labels: Sequence[int], cells: Sequence[Sequence[Cell]]) -> set[int]:
    """Rows without any label where the others have one; in a table without labels the last row."""
    if not labels:
        return {data[-1]} if len(data) > 3 else set()
    first = cells[labels[0]]
    blank = [r for r in data if first[r] is None and all(cells[k][r] is None for k in labels)]
    return set(blank) if len(blank) <= max(3, 0.2 * len(data)) else set()


class _Check:
    def __init__(
        self, data: Sequence[int], numbers: list[list[float | None]], worded: dict[int, str], borders: set[int]
    ) -> None:
        self.data, self.numbers, self.worded = data, numbers, worded
        self.borders = sorted(borders)

    def run(self, candidates: list[int], found: Sums) -> None:
        position = {row: i for i, row in enumerate(self.data)}
        begin = 0  # position where the current run begins
        taken: set[int] = set()
        waiting = [c for c in candidates if c in self.worded]
        for row in candidates:
            at = position[row]
            border = max((b for b in self.borders if b < row), default=-1)
            start = (
                max(begin, next((i for i in range(begin, at) if self.data[i] > border), at)) if border >= 0 else begin
            )
            run = [r for r in self.data[start:at] if r not in taken]
            before = [r for r in self.data[:at] if r not in taken]
            every = [r for r in self.data if r not in taken and r != row and r not in waiting]
            what = self._sum_of(row, run, before, every)
            if what is None:
                if row in self.worded:
                    found.claims.append((row, self.worded[row]))
                    waiting.remove(row)
                continue
            taken.add(row)
            begin = at + 1
            label = self.worded.get(row, "")
            rows, how = what
            said = (
                Text(f"„{label[:40]}“: ", f"“{label[:40]}”: ") if label else Text("Ohne Beschriftung: ", "Unlabelled: ")
            )
            reason = Text(
                f"{said.de}die Summe von {rows} Zeilen {how.de}, nachgerechnet.",
                f"{said.en}the sum of {rows} rows {how.en}, reckoned up.",
            )
            found.rows[row] = LeftOut(row + 1, row + 1, Why.TOTAL, reason, label[:60])

    def _sum_of(self, row: int, run: list[int], before: list[int], every: list[int]) -> tuple[int, Text] | None:
        worded = row in self.worded
        above, all_above = Text("darüber", "above"), Text("darüber (ohne Zwischensummen)", "above (without subtotals)")
        options = [(run, above)]
        if len(before) != len(run):
            options.append((before, all_above))
        if worded and len(every) != len(before):
            options.append((every, Text("der ganzen Tabelle", "of the whole table")))
        for rows, how in options:
            if len(rows) >= (1 if worded else 3) and self._adds_up(row, rows, worded=worded):
                return len(rows), how
        return None

    def _adds_up(self, row: int, rows: list[int], *, worded: bool) -> bool:
        compared = matched = 0
        for column in self.numbers:
            claimed = column[row]
            if claimed is None:
                continue
            parts = [v for r in rows if (v := column[r]) is not None]
            total = sum(parts)
            if claimed == 0 and total == 0:
                continue
            compared += 1
            whole = all(p.is_integer() for p in parts)
            tolerance = 1e-9 * max(1.0, abs(total)) + (1e-6 if whole else 0.0051)
            if parts and abs(total - claimed) <= tolerance and (worded or len(parts) > 1):
                matched += 1
        if worded:
            return matched >= 1 and matched >= compared / 3
        return compared >= 1 and matched == compared and (compared >= 2 or len(rows) >= 4)


def label_of(cells: Sequence[Cell]) -> str:
    """Return what a row begins with: its first cell that holds something."""
    return next((shown(c)[:60] for c in cells if c is not None), "")
