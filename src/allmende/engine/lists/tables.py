# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A table put together from a block of a sheet: rows, columns, sums, colours, under the decisions of a person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from allmende.engine.lists import colours, rowkinds, totals
from allmende.engine.lists.columns import guess
from allmende.engine.lists.grid import Cell, Grid, shown
from allmende.engine.lists.model import (
    Area,
    Column,
    ColumnDecision,
    Decisions,
    Found,
    LeftOut,
    Long,
    Meaning,
    Origin,
    TableDecision,
    Why,
    letter,
)
from allmende.engine.lists.personal import in_text, masked
from allmende.engine.lists.places import swapped
from allmende.engine.lists.structure import Block, blocks
from allmende.engine.lists.values import UNREADABLE, reader
from allmende.engine.lists.words import TOTAL, period_of
from allmende.engine.mapping.fields import Type
from allmende.engine.sniff import slug
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

_PREVIEW = 20
_FEW_ROWS = 4  # one column with fewer rows is a cover sheet or a note, no table


@dataclass
class Table:
    """A table with its cells: what ``found`` says about it can be read from ``grid``. Rows count from 0."""

    grid: Grid
    found: Found
    data: list[int]
    sections: list[tuple[int, str]] = field(default_factory=list)
    painted: dict[int, str] = field(default_factory=dict)
    asks: list[Text] = field(default_factory=list)
    counted: dict[int, Counter[str]] = field(default_factory=dict)  # texts of a column, where they were counted

    def cells(self, column: Column) -> Sequence[Cell]:
        """Return a column's cells in the rows that are data."""
        match column.origin:
            case Origin.COLOUR:
                said = {c.rgb: c.meaning for c in self.found.colours.colours} if self.found.colours else {}
                return [said.get(self.painted.get(r, "")) for r in self.data]
            case Origin.SECTION:
                return self._sections()
            case Origin.SHEET:
                return [column.examples[0] if column.examples else None] * len(self.data)
        cells = picked(self.grid.columns[column.place - 1], self.data)
        return _filled_down(cells) if column.fill_down else cells

    def _sections(self) -> list[str | None]:
        made: list[str | None] = []
        at, current = 0, None
        for row in self.data:
            while at < len(self.sections) and self.sections[at][0] < row:
                current = self.sections[at][1]
                at += 1
            made.append(current)
        return made


def picked(cells: Sequence[Cell], rows: Sequence[int]) -> Sequence[Cell]:
    """Return the cells of the given rows, in one piece where they are neighbours."""
    if rows and rows[-1] - rows[0] + 1 == len(rows):
        return cells[rows[0] : rows[-1] + 1]
    return [cells[r] for r in rows]


def _filled_down(cells: Sequence[Cell]) -> list[Cell]:
    made: list[Cell] = []
    last: Cell = None
    for cell in cells:
        last = last if cell is None else cell
        made.append(last)
    return made


def of_sheet(grid: Grid, decisions: Decisions, broken: frozenset[int] = frozenset()) -> list[Table]:
    """Return the tables of a sheet. ``broken``: rows that do not fit (of a text file)."""
    if not grid.height:
        return []
    given = {
        n: tuple(r - 1 for r in d.header_rows)
        for n in range(1, 50)
        if (d := _about(decisions, f"{grid.name}#{n}")) is not None and d.header_rows is not None
    }
    every = blocks(grid, given)
    _fill_merged(grid, every)
    return [_table(grid, block, n, every, decisions, broken) for n, block in enumerate(every, 1)]


def _about(decisions: Decisions, key: str) -> TableDecision | None:
    exact = [d for d in decisions.tables if d.table == key]
    general = [d for d in decisions.tables if not d.table]
    return exact[-1] if exact else general[-1] if general else None


def _fill_merged(grid: Grid, every: list[Block]) -> None:
    """Write a merged cell's value into all rows it covers, within tables."""
    for top, left, bottom, _ in grid.looks.merged:
        if bottom == top or left >= grid.width or top >= grid.height:
            continue
        for block in every:
            if block.first <= top <= block.last and left in block.columns:
                column, value = grid.columns[left], grid.columns[left][top]
                for row in range(top + 1, min(bottom, block.last) + 1):
                    if column[row] is None and value is not None:
                        column[row] = value
                        grid.fullness[row] += 1


def _table(
    grid: Grid, block: Block, number: int, every: list[Block], decisions: Decisions, broken: frozenset[int]
) -> Table:
    key = f"{grid.name}#{number}"
    decision = _about(decisions, key)
    rows = rowkinds.classify(grid, block, every, decisions, key, broken)
    counted: dict[int, Counter[str]] = {}
    columns = _columns(grid, block, rows, key, decisions, counted)
    seen_rows = len(rows.data)
    asks: list[Text] = []
    if not (decision and decision.use is False):
        _take_out_sums(grid, rows, columns, rowkinds.kept_by_hand(grid, decisions, key), asks)
    same = len(rows.data) == seen_rows
    table = Table(grid, _NOTHING, rows.data, rows.sections, asks=asks, counted=counted if same else {})
    outside = sorted(rows.kinds)
    seen, table.painted = colours.meaning(grid, rows.data, block.columns, outside, decision)
    taken = {c.name for c in columns}
    if rows.sections:
        columns.insert(0, _made("abschnitt", Origin.SECTION, taken, rows))
    if seen is not None:
        seen = msgspec.structs.replace(seen, column=slug("Farbe", taken))
        columns.append(Column(name=seen.column, origin=Origin.COLOUR, filled=len(table.painted), reasons=seen.reasons))
        if not any(c.from_legend for c in seen.colours) and not (decision and decision.meanings):
            asks.append(seen.reasons[-1])
    if Why.BROKEN in rows.kinds.values():
        many = sum(1 for k in rows.kinds.values() if k is Why.BROKEN)
        asks.append(
            Text(
                f"{many} Zeilen haben zu viele Zellen und blieben liegen.",
                f"{many} rows have too many cells and were left.",
            )
        )
    columns = _with_words(columns, taken)
    bottom = max([*rows.data, *block.header, block.first])
    top = min([*rows.data, *block.header, block.first])
    area = Area(top + 1, block.columns[0] + 1, bottom + 1, block.columns[-1] + 1)
    reasons = _reasons(block, rows)
    use = _used(grid, rows, columns, decision)
    if rows.data and not use and not grid.hidden and not decision:
        reasons.append(
            Text(
                "Wenige Zeilen Text in einer Spalte: wohl keine Tabelle.",
                "A few lines of text in one column: probably no table.",
            )
        )
    table.found = Found(
        key=key,
        sheet=grid.name,
        area=area,
        columns=tuple(columns),
        rows_kept=len(rows.data),
        left_out=rows.left_out(grid),
        height=grid.height,
        title=decision.title if decision and decision.title is not None else rows.title,
        stand=decision.stand if decision and decision.stand is not None else rows.stand,
        header_rows=tuple(r + 1 for r in block.header),
        colours=seen,
        long=_long(columns, decision),
        use=use,
        reasons=tuple(reasons),
    )
    return table


_NOTHING = Found(key="", sheet="", area=Area(1, 1, 1, 1), columns=(), rows_kept=0, left_out=(), height=0)


def _used(grid: Grid, rows: rowkinds.Rows, columns: Sequence[Column], decision: TableDecision | None) -> bool:
    if decision and decision.use is not None:
        return decision.use
    cover = sum(c.origin is Origin.CELLS for c in columns) == 1 and len(rows.data) < _FEW_ROWS
    return bool(rows.data) and not grid.hidden and not cover


def _reasons(block: Block, rows: rowkinds.Rows) -> list[Text]:
    made: list[Text] = []
    if not block.header:
        made.append(
            Text("Keine Kopfzeile: Spalten heißen nach ihren Buchstaben.", "No heading: columns are named by letter.")
        )
    elif len(block.header) > 1:
        n = len(block.header)
        made.append(Text(f"{n} Kopfzeilen, zu einer verbunden.", f"{n} heading rows, joined to one."))
    if rows.sections:
        n = len(rows.sections)
        made.append(
            Text(
                f"{n} Zwischenüberschriften werden die Spalte „abschnitt“.",
                f"{n} headings between rows become the column “abschnitt”.",
            )
        )
    for left, right in block.beside:
        where = letter(left + 1) if left == right else f"{letter(left + 1)}–{letter(right + 1)}"
        made.append(
            Text(
                f"Neben der Tabelle steht Text (Spalte {where}): nicht übernommen.",
                f"Text beside the table (column {where}): not taken.",
            )
        )
    return made


def _columns(
    grid: Grid, block: Block, rows: rowkinds.Rows, key: str, decisions: Decisions, counted: dict[int, Counter[str]]
) -> list[Column]:
    taken: set[str] = set()
    suspects = _suspects(grid, block, rows)
    sample = [r for r in rows.data if r not in suspects] if suspects else rows.data
    doubled: dict[str, int] = {}
    made: list[Column] = []
    for place, column in enumerate(block.columns):
        heading = block.headings[place] if block.headings else ""
        doubled[heading] = doubled.get(heading, 0) + 1
        if heading and doubled[heading] > 1:
            heading = f"{heading} ({doubled[heading]})"
        named = heading or f"Spalte {letter(column + 1)}"
        cells = picked(grid.columns[column], sample)
        found = guess(named, slug(named, taken), cells, column + 1, grid.looks.formats.get(column, {}),
                      None if suspects else counted)  # fmt: skip
        made.append(_fills_down(found, cells, place, made))
    return _named([_decided(c, key, decisions) for c in swapped(made, grid.columns, sample)], key)


def _suspects(grid: Grid, block: Block, rows: rowkinds.Rows) -> set[int]:
    """Rows labelled as sums: their label must not spoil the guess of a column of numbers."""
    found: set[int] = set()
    for c in block.columns[:3]:
        column = grid.columns[c]
        hits = {t for t in {v for v in column if type(v) is str} if len(t) < 80 and TOTAL.search(t)}
        if hits:
            found |= {r for r in rows.data if column[r] in hits}
    return found if len(found) <= max(3, 0.34 * len(rows.data)) else set()


def _fills_down(column: Column, cells: Sequence[Cell], place: int, before: Sequence[Column]) -> Column:
    """A label written once for several rows."""
    if place > 1 or column.type is not Type.TEXT or not cells or cells[0] is None or len(cells) < 4:
        return column
    if place == 1 and not before[0].fill_down:
        return column
    if (
        0 < column.filled <= 0.5 * len(cells)
        and column.filled == column.distinct
        and column.meaning not in {Meaning.REMARK, Meaning.CONTACT}
    ):
        why = Text(
            "Nur einmal geschrieben, gilt für die Zeilen darunter: wird aufgefüllt.",
            "Written once for the rows below: filled down.",
        )
        return msgspec.structs.replace(column, fill_down=True, reasons=(*column.reasons, why))
    return column


def _named(columns: list[Column], key: str) -> list[Column]:
    """Raise Invalid where names chosen by hand are none, or the same twice."""
    seen: set[str] = set()
    for column in columns:
        if column.name in seen or not _NAME.fullmatch(column.name):
            raise Invalid(
                Text(
                    f"Tabelle „{key}“: „{column.name}“ geht nicht als Spaltenname (Kleinbuchstaben, Ziffern, _, nur einmal).",
                    f"Table “{key}”: “{column.name}” will not do as a column's name (lower case, digits, _, only once).",
                )
            )
        seen.add(column.name)
    return columns


_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SIMPLE = ("name", "type", "unit", "meaning", "decimal", "thousands", "missing", "formats", "fill_down", "drop")


def _decided(column: Column, key: str, decisions: Decisions) -> Column:
    for decision in decisions.columns:
        if decision.heading == column.heading and decision.table in {"", key}:
            changes: dict[str, Any] = {n: v for n in _SIMPLE if (v := getattr(decision, n)) is not None}
            if decision.type is not None and decision.type is not column.type:
                changes |= _for_type(column, decision)
            column = msgspec.structs.replace(column, **changes)
    return column


def _for_type(column: Column, decision: ColumnDecision) -> dict[str, Any]:
    """What a type chosen by hand needs that the guess had no reason to fill in."""
    made: dict[str, Any] = {"words": (), "unreadable": 0}
    if decision.type is Type.TEXT:
        return {**made, "factor": 1.0, "formats": decision.formats or (), "missing": decision.missing or ()}
    if decision.type is Type.BOOLEAN:
        return {**made, "true": ("ja", "j", "wahr", "x", "1", "true"), "false": ("nein", "n", "falsch", "0", "false")}
    if decision.type in {Type.DATE, Type.TIMESTAMP} and not (decision.formats or column.formats):
        return {**made, "formats": ("d.m.y", "y-m-d", "d. month y")}
    return made


def _take_out_sums(
    grid: Grid, rows: rowkinds.Rows, columns: list[Column], kept: frozenset[int], asks: list[Text]
) -> None:
    cells = [grid.columns[c.place - 1] for c in columns]
    found = totals.find(rows.data, columns, cells, [r for r, _ in rows.sections])
    gone = {r: out for r, out in found.rows.items() if r not in kept}
    for row, out in gone.items():
        rows.kinds[row] = Why.TOTAL
        rows.reasons[row] = out
    if gone:
        rows.data = [r for r in rows.data if r not in gone]
    for row, label in found.claims:
        if row not in kept and row in rows.data:
            asks.append(
                Text(
                    f"Zeile {row + 1} („{label[:40]}“) nennt sich Summe, geht aber nicht auf: sie blieb drin.",
                    f"Row {row + 1} (“{label[:40]}”) calls itself a sum but does not add up: it was kept.",
                )
            )


def _made(name: str, origin: Origin, taken: set[str], rows: rowkinds.Rows) -> Column:
    texts = [t for _, t in rows.sections]
    why = Text("Aus den Zwischenüberschriften.", "From the headings between the rows.")
    return Column(
        name=slug(name, taken), origin=origin, filled=len(rows.data), distinct=len(set(texts)),
        examples=tuple(texts[:3]), reasons=(why,),
    )  # fmt: skip


def _with_words(columns: list[Column], taken: set[str]) -> list[Column]:
    """Put a column for words beside each column of numbers that has some."""
    made: list[Column] = []
    for column in columns:
        made.append(column)
        if column.words and not column.drop:
            listed = ", ".join(f"„{w}“" for w in column.words)
            why = Text(
                f"Zwischen Zahlen stehen Wörter ({listed}): eigene Spalte.",
                f"Words among numbers ({listed}): a column of their own.",
            )
            name = slug(f"{column.name} Status", taken)
            made.append(
                Column(name=name, heading=column.heading, place=column.place, origin=Origin.WORDS, words=column.words,
                       meaning=Meaning.STATUS, examples=column.words[:3], reasons=(why,))
            )  # fmt: skip
    return made


def _long(columns: Sequence[Column], decision: TableDecision | None) -> Long | None:
    """Columns side by side whose headings are years or months and that hold numbers of one kind."""
    run: list[tuple[Column, str]] = []
    best: list[tuple[Column, str]] = []
    for column in columns:
        if column.origin is not Origin.CELLS:
            continue
        period = period_of(
            re.sub(r"(?i)\b(anzahl|stand|jahr|einwohner|am|zum|31\.12\.)\b", " ", column.heading).strip()
        )
        whole = len(column.heading) <= 14 or column.heading.strip().startswith(period)
        if period and whole and column.type in {Type.INTEGER, Type.NUMBER} and period not in [p for _, p in run]:
            run.append((column, period))
            best = run if len(run) >= len(best) else best
        else:
            run = []
    if len(best) < 3:
        return None
    months = all(len(p) == 2 for _, p in best)
    into = (
        "monat"
        if months or any(len(p) == 7 for _, p in best)
        else "jahr"
        if all(len(p) == 4 for _, p in best)
        else "stand"
    )
    first, last = best[0][0].heading, best[-1][0].heading
    why = Text(
        f"{len(best)} Spalten ({first} bis {last}) sind Werte von „{into}“: sie können untereinander gestellt werden.",
        f"{len(best)} columns ({first} to {last}) are values of “{into}”: they can be put below each other.",
    )
    names = {c.name for c in columns}
    return Long(
        columns=tuple(c.name for c, _ in best),
        into=slug(into, set(names)),
        value=slug("wert", set(names)),
        values=tuple(p for _, p in best),
        done=bool(decision and decision.long),
        reasons=(why,),
    )


def preview(table: Table) -> Found:
    """Return the table with its first rows as they would be stored, personal columns masked, and unreadables counted."""
    rows = table.data[:_PREVIEW]
    columns = [c for c in table.found.columns if not c.drop]
    texts: list[list[str]] = []
    for column in columns:
        cells = list(table.cells(column)[:_PREVIEW])
        read = reader(column)
        values = [None if (v := read(c)) is UNREADABLE else v for c in cells]
        texts.append([_masked(v, personal=column.personal) for v in values])
    return msgspec.structs.replace(
        table.found,
        preview=tuple(zip(*texts, strict=True)) if texts else (),
        preview_rows=tuple(r + 1 for r in rows) if texts else (),
    )


def _masked(value: Any, *, personal: bool) -> str:
    text = shown(value)[:200]
    wordy = isinstance(value, str) and not text.isdigit()
    return masked(text) if text and (personal or (wordy and in_text(text))) else text


__all__ = ["LeftOut", "Table", "of_sheet", "picked", "preview"]
