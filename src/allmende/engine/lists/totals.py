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
    worded = _worded(data, range(min(3, len(columns))), cells)
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


@dataclass
class _Sum:
    """Running sums of all columns."""

    totals: list[float]
    parts: list[int]
    whole: list[bool]
    rows: int = 0

    @classmethod
    def of(cls, width: int) -> _Sum:
        return cls([0.0] * width, [0] * width, [True] * width)

    def add(self, values: Sequence[float | None]) -> None:
        self.rows += 1
        for place, value in enumerate(values):
            if value is not None:
                self.totals[place] += value
                self.parts[place] += 1
                self.whole[place] = self.whole[place] and value.is_integer()


class _Check:
    """Goes down the rows once, with the sums since the last sum or border, of all rows above, and of the table."""

    def __init__(
        self, data: Sequence[int], numbers: list[list[float | None]], worded: dict[int, str], borders: set[int]
    ) -> None:
        self.data, self.numbers, self.worded = data, numbers, worded
        self.borders = sorted(borders, reverse=True)

    def _values(self, row: int) -> list[float | None]:
        return [column[row] for column in self.numbers]

    def run(self, candidates: list[int], found: Sums) -> None:
        width = len(self.numbers)
        suspects = set(candidates)
        run, above, every = _Sum.of(width), _Sum.of(width), _Sum.of(width)
        for row in self.data:
            if row not in self.worded:
                every.add(self._values(row))
        for row in self.data:
            while self.borders and self.borders[-1] < row:
                self.borders.pop()
                run = _Sum.of(width)
            values = self._values(row)
            what = self._sum_of(row, values, run, above, every) if row in suspects else None
            if what is None:
                run.add(values)
                above.add(values)
                if row in self.worded:
                    every.add(values)
                    found.claims.append((row, self.worded[row]))
                continue
            run = _Sum.of(width)
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

    def _sum_of(
        self, row: int, values: list[float | None], run: _Sum, above: _Sum, every: _Sum
    ) -> tuple[int, Text] | None:
        worded = row in self.worded
        options = [(run, Text("darüber", "above"))]
        if above.rows != run.rows:
            options.append((above, Text("darüber (ohne Zwischensummen)", "above (without subtotals)")))
        if worded and every.rows != above.rows:
            options.append((every, Text("der ganzen Tabelle", "of the whole table")))
        for rows, how in options:
            if rows.rows >= (1 if worded else 3) and _adds_up(values, rows, worded=worded):
                return rows.rows, how
        return None


def _adds_up(values: Sequence[float | None], rows: _Sum, *, worded: bool) -> bool:
    compared = matched = 0
    for place, claimed in enumerate(values):
        total = rows.totals[place]
        if claimed is None or (claimed == 0 and total == 0):
            continue
        compared += 1
        tolerance = 1e-9 * max(1.0, abs(total)) + (1e-6 if rows.whole[place] else 0.0051)
        if rows.parts[place] > (0 if worded else 1) and abs(total - claimed) <= tolerance:
            matched += 1
    if worded:
        return matched >= 1 and matched >= compared / 3
    return compared >= 1 and matched == compared and (compared >= 2 or rows.rows >= 4)


def label_of(cells: Sequence[Cell]) -> str:
    """Return what a row begins with: its first cell that holds something."""
    return next((shown(c)[:60] for c in cells if c is not None), "")
