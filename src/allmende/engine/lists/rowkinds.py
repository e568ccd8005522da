# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which rows of a sheet are a table's data, and for each of the others why not. Rows count from 0 inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from allmende.engine.lists.grid import Grid, shown
from allmende.engine.lists.model import Decisions, LeftOut, RowDecision, Why
from allmende.engine.lists.structure import Block
from allmende.engine.lists.totals import label_of
from allmende.engine.lists.words import LEGEND, NOTE, stand_of
from allmende.kernel.text import Text

REASONS: Mapping[Why, Text] = {
    Why.EMPTY: Text("leer", "empty"),
    Why.TITLE: Text("Titel über der Tabelle", "title above the table"),
    Why.STAND: Text("sagt, von wann die Liste ist", "says as of when the list is"),
    Why.HEADER: Text("Spaltenköpfe", "headings"),
    Why.REPEATED_HEADER: Text("die Spaltenköpfe noch einmal", "the headings once more"),
    Why.SECTION: Text("Zwischenüberschrift: wird eine Spalte", "heading between rows: becomes a column"),
    Why.FOOTNOTE: Text("Fußnote unter der Tabelle", "footnote below the table"),
    Why.LEGEND: Text("erklärt Farben oder Zeichen", "explains colours or signs"),
    Why.NOTE: Text("Text neben der Tabelle", "text beside the table"),
    Why.OTHER_TABLE: Text("gehört zu einer anderen Tabelle des Blattes", "belongs to another table of the sheet"),
    Why.HIDDEN: Text("ausgeblendet, nach Entscheidung weggelassen", "hidden, left out by decision"),
    Why.BROKEN: Text(
        "hat mehr Zellen als die Tabelle Spalten: beschädigte Zeile",
        "has more cells than the table has columns: a broken line",
    ),
    Why.BY_HAND: Text("von Hand weggelassen", "left out by hand"),
}


@dataclass
class Rows:
    """What each row of the sheet is for one table."""

    data: list[int] = field(default_factory=list)
    kinds: dict[int, Why] = field(default_factory=dict)  # every row that is no data
    reasons: dict[int, LeftOut] = field(default_factory=dict)  # those with a reason of their own
    sections: list[tuple[int, str]] = field(default_factory=list)
    stand: str = ""
    title: str = ""

    def left_out(self, grid: Grid) -> tuple[LeftOut, ...]:
        """Return the rows that are no data, neighbours of one kind together."""
        made: list[LeftOut] = []
        for row in sorted(self.kinds):
            own = self.reasons.get(row)
            why = self.kinds[row]
            if own is None and made and made[-1].why is why and made[-1].last == row:
                made[-1] = LeftOut(made[-1].first, row + 1, why, made[-1].reason, made[-1].text)
                continue
            text = "" if why is Why.EMPTY else label_of(grid.row(row))
            made.append(own or LeftOut(row + 1, row + 1, why, REASONS[why], text))
        return tuple(made)


def classify(
    grid: Grid, block: Block, others: Iterable[Block], decisions: Decisions, key: str, broken: frozenset[int]
) -> Rows:
    """Tell data from all other rows; sums are told later, when the columns' types are known."""
    rows = Rows()
    elsewhere = []
    for other in (b for b in others if b is not block):
        begin = other.header[0] if other.header else other.first
        elsewhere.append((other.top if other.top > block.last else begin, begin, other.last))
    body = range(block.first, block.last + 1)
    counts = _counts(grid, block)
    for row in (*range(block.first), *range(block.last + 1, grid.height)):
        rows.kinds[row] = _outside(grid, block, row, elsewhere)
    for row in block.header:
        rows.kinds[row] = Why.HEADER
    end = _end_of_data(grid, block, counts)
    heads = _heads(grid, block)
    thin_allowed = len(block.columns) >= 3 and _mostly_full(counts)
    for i, row in enumerate(body):
        if not counts[i]:
            rows.kinds[row] = Why.EMPTY if not grid.fullness[row] else Why.NOTE
        elif row > end:
            rows.kinds[row] = _text_kind(grid, row, Why.FOOTNOTE)
        elif row in broken:
            rows.kinds[row] = Why.BROKEN
        elif heads and _is_head(grid, row, heads):
            rows.kinds[row] = Why.REPEATED_HEADER
        elif counts[i] == 1 and thin_allowed and (text := _lone_text(grid, block, row)):
            rows.kinds[row] = _text_kind(grid, row, Why.SECTION)
            if rows.kinds[row] is Why.SECTION:
                rows.sections.append((row, text))
        else:
            rows.data.append(row)
    _by_decision(grid, rows, decisions, key)
    _read_lines(grid, block, rows)
    return rows


def _counts(grid: Grid, block: Block) -> list[int]:
    first, last = block.first, block.last
    everything = [c for c in range(grid.width) if grid.filled(c, first, last)]
    if everything == block.columns:
        return grid.fullness[first : last + 1]
    counts = [0] * (last - first + 1)
    for c in block.columns:
        counts = [n + (v is not None) for n, v in zip(counts, grid.columns[c][first : last + 1], strict=True)]
    return counts


def _mostly_full(counts: Sequence[int]) -> bool:
    """Whether a row with one filled cell is an exception here."""
    there = [n for n in counts if n]
    return bool(there) and sum(n == 1 for n in there) < 0.34 * len(there)


def _end_of_data(grid: Grid, block: Block, counts: Sequence[int]) -> int:
    """Return the last row that is not one of the notes at the end."""
    end = block.last
    while end > block.first:
        n = counts[end - block.first]
        text = label_of(grid.row(end))
        lone = n == 1 and len(block.columns) >= 2 and isinstance(_only(grid, block, end), str)
        sparse = n <= max(2, len(block.columns) // 3) and (NOTE.match(text) or LEGEND.match(text) or stand_of(text))
        if n and not sparse and not (lone and (len(block.columns) >= 3 or NOTE.match(text) or len(text) > 40)):
            break
        end -= 1
    return end


def _only(grid: Grid, block: Block, row: int) -> object:
    return next((v for c in block.columns if (v := grid.columns[c][row]) is not None), None)


def _lone_text(grid: Grid, block: Block, row: int) -> str:
    cell = _only(grid, block, row)
    first = next((c for c in block.columns if grid.columns[c][row] is not None), -1)
    wide = any(t == row == b and right > left for t, left, b, right in grid.looks.merged)
    return str(cell) if isinstance(cell, str) and (first in block.columns[:2] or wide) else ""


def _heads(grid: Grid, block: Block) -> list[tuple[int, object]]:
    if not block.header:
        return []
    row = block.header[-1]
    found = [(c, v) for c in block.columns if (v := grid.columns[c][row]) is not None]
    return found if len(found) > 1 else []


def _is_head(grid: Grid, row: int, heads: Sequence[tuple[int, object]]) -> bool:
    column, value = heads[0]
    return grid.columns[column][row] == value and all(grid.columns[c][row] == v for c, v in heads)


def _outside(grid: Grid, block: Block, row: int, elsewhere: Sequence[tuple[int, int, int]]) -> Why:
    if not grid.fullness[row]:
        return Why.EMPTY
    if any(begin <= row <= last for _, begin, last in elsewhere):
        return Why.OTHER_TABLE
    if any(top <= row < begin for top, begin, _ in elsewhere) and not NOTE.match(label_of(grid.row(row))):
        return Why.OTHER_TABLE  # its title
    if row > block.last:
        return _text_kind(grid, row, Why.FOOTNOTE)
    return _text_kind(grid, row, Why.TITLE if row < (block.header[0] if block.header else block.first) else Why.NOTE)


def _text_kind(grid: Grid, row: int, otherwise: Why) -> Why:
    text = " ".join(shown(v) for v in grid.row(row) if v is not None)
    if stand_of(text):
        return Why.STAND
    if LEGEND.match(text):
        return Why.LEGEND
    return Why.FOOTNOTE if otherwise is Why.SECTION and NOTE.match(text) else otherwise


def _by_decision(grid: Grid, rows: Rows, decisions: Decisions, key: str) -> None:
    for decision in decisions.rows:
        if decision.table not in {"", key}:
            continue
        for row in _meant(grid, decision):
            if decision.keep and rows.kinds.get(row) not in {None, Why.HEADER}:
                del rows.kinds[row]
                rows.sections = [s for s in rows.sections if s[0] != row]
                rows.data.append(row)
            elif not decision.keep and row not in rows.kinds:
                rows.data.remove(row)
                rows.kinds[row] = Why.BY_HAND
    rows.data.sort()
    for hidden in decisions.hidden:
        if hidden.kind == "row" and hidden.do == "leave-out" and hidden.sheet in {"", grid.name}:
            gone = {r for r in grid.looks.hidden_rows if not hidden.first or hidden.first <= r + 1 <= hidden.last}
            rows.kinds.update(dict.fromkeys(gone & set(rows.data), Why.HIDDEN))
            rows.data = [r for r in rows.data if r not in gone]


def kept_by_hand(grid: Grid, decisions: Decisions, key: str) -> frozenset[int]:
    """Return the rows a person wants kept, whatever they look like."""
    mine = [d for d in decisions.rows if d.keep and d.table in {"", key}]
    return frozenset(r for d in mine for r in _meant(grid, d))


def _meant(grid: Grid, decision: RowDecision) -> list[int]:
    """Rows a decision is about: by what they begin with, else by number."""
    if decision.text:
        wanted = decision.text.strip()
        return [r for r in range(grid.height) if grid.fullness[r] and label_of(grid.row(r)) == wanted[:60]]
    return [r for r in range(max(0, decision.first - 1), min(decision.last, grid.height)) if grid.fullness[r]]


def _read_lines(grid: Grid, block: Block, rows: Rows) -> None:
    """Take title and "Stand" from the lines above and below."""
    top = block.header[0] if block.header else block.first
    for row in sorted(rows.kinds):
        if rows.kinds[row] in {Why.EMPTY, Why.HEADER, Why.OTHER_TABLE, Why.TOTAL}:
            continue
        text = " ".join(shown(v) for v in grid.row(row) if v is not None)
        rows.stand = rows.stand or stand_of(text)
        if block.top <= row < top and rows.kinds[row] in {Why.TITLE, Why.STAND} and not rows.title:
            rows.title = text[:200]
    if not rows.stand:
        rows.stand = stand_of(grid.name)
