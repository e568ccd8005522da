# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The structure of a text file, read line by line in bounded memory: which lines are rows, and which are torn.

DuckDB leaves refused lines out without a word; this pass finds them, and where each row stands in the file.
"""

from __future__ import annotations

import bisect
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from allmende.engine import patterns
from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.mapping.model import ENCODINGS, Csv
from allmende.engine.mapping.scan import LONGEST_LINE
from allmende.engine.mapping.sql import KEEP

_SURROGATES = ("\udc80", "\udcff")


@dataclass
class Found:
    """How often a fault occurs, the first lines and what stands there."""

    count: int = 0
    lines: list[int] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)

    def add(self, line: int, sample: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.lines) < KEEP:
            self.lines.append(line)
            self.samples.append(sample[:80])


@dataclass
class Structure:
    """What the pass found. ``rows`` is how many rows the file gives; faults by kind and what becomes of them."""

    rows: int = 0
    faults: dict[tuple[Fault, Effect], Found] = field(default_factory=dict)
    _breaks: list[tuple[int, int]] = field(default_factory=list)  # from this row on: line minus row

    def add(self, fault: Fault, effect: Effect, line: int, sample: str) -> None:
        """Count a fault."""
        self.faults.setdefault((fault, effect), Found()).add(line, sample)

    def row_at(self, line: int) -> None:
        """Count a row that begins at ``line``."""
        self.rows += 1
        distance = line - self.rows
        if not self._breaks or self._breaks[-1][1] != distance:
            self._breaks.append((self.rows, distance))

    def line(self, row: int) -> int:
        """Return the line on which a row (the first is 1) begins."""
        place = bisect.bisect_right(self._breaks, (row, 1 << 62)) - 1
        return row + (self._breaks[place][1] if place >= 0 else 0)


class _Lines:
    """The lines of a file, none held that is longer than allowed."""

    def __init__(self, stream: TextIO, structure: Structure) -> None:
        self.stream, self.structure, self.number = stream, structure, 0

    def __iter__(self) -> Iterator[str]:
        while line := self.stream.readline(LONGEST_LINE):
            self.number += 1
            if len(line) >= LONGEST_LINE and not line.endswith(("\n", "\r")):
                self.structure.add(Fault.TOO_LONG, Effect.REFUSED_ROW, self.number, line)
                while line and not line.endswith(("\n", "\r")):
                    line = self.stream.readline(LONGEST_LINE)
                continue
            yield line


def read_structure(path: Path, read: Csv, width: int) -> Structure:
    """Return the structure of a file whose rows have ``width`` cells."""
    structure = Structure()
    short: list[tuple[int, str]] = []
    csv.field_size_limit(LONGEST_LINE)
    # utf-8, not utf-8-sig: the mark must be seen to be reported
    python = "utf-8" if read.encoding == "utf-8" else ENCODINGS[read.encoding][0]
    with path.open(
        encoding=python, errors="surrogateescape" if python != "utf-16" else "replace", newline=""
    ) as stream:
        lines = _Lines(stream, structure)
        feed = iter(lines)
        for place in range(read.skip):
            head = next(feed, "")
            if place == 0:
                _mark(structure, head)
        double = read.escape == read.quote
        reader = csv.reader(
            feed,
            delimiter=read.separator,
            quotechar=read.quote or None,
            quoting=csv.QUOTE_MINIMAL if read.quote else csv.QUOTE_NONE,
            doublequote=double,
            escapechar=None if double else (read.escape or None),
        )
        records = 0
        while True:
            begin, fed = lines.number, reader.line_num
            try:
                row = next(reader, None)
            except csv.Error as error:
                structure.add(Fault.TOO_LONG, Effect.REFUSED_ROW, begin + 1, str(error))
                continue
            if row is None:
                break
            start = lines.number - (reader.line_num - fed) + 1
            records += 1
            if records == 1 and not read.skip:
                _mark(structure, row[0] if row else "")
            if records <= read.header_rows:
                continue
            _judge(structure, read, width, start, row, short)
    _sort_short(structure, read, short)
    return structure


def _mark(structure: Structure, head: str) -> None:
    if head.startswith("\ufeff"):
        structure.add(Fault.BYTE_ORDER_MARK, Effect.REPAIRED, 1, "")


def _judge(
    structure: Structure, read: Csv, width: int, line: int, row: list[str], short: list[tuple[int, str]]
) -> None:
    text = read.separator.join(row)
    if not row or (width > 1 and not text):
        structure.add(Fault.BLANK_LINE, Effect.LEFT_OUT, line, "")
    elif not text.isascii() and (any(_SURROGATES[0] <= c <= _SURROGATES[1] for c in text)):
        structure.add(Fault.ENCODING, Effect.REFUSED_ROW, line, text.encode("ascii", "backslashreplace").decode())
    elif len(row) == width + 1 and not row[-1]:
        structure.add(Fault.SURPLUS_CELL, Effect.REPAIRED, line, text[-80:])
        structure.row_at(line)
    elif len(row) > width:
        structure.add(Fault.TORN, Effect.REFUSED_ROW, line, text)
    elif len(row) < width and read.short_rows == "refuse" and read.quotes == "strict":
        short.append((line, text))
    else:
        if len(row) < width:
            structure.add(Fault.TORN, Effect.REPAIRED, line, text)
        structure.row_at(line)


def _sort_short(structure: Structure, read: Csv, short: list[tuple[int, str]]) -> None:
    footers = [False] * len(short)
    for pattern in read.footer:
        hits = patterns.match(pattern, [text for _, text in short])
        footers = [was or hit is not None for was, hit in zip(footers, hits, strict=True)]
    for (line, text), footer in zip(short, footers, strict=True):
        if footer:
            structure.add(Fault.FOOTER, Effect.LEFT_OUT, line, text)
        else:
            structure.add(Fault.TORN, Effect.REFUSED_ROW, line, text)
