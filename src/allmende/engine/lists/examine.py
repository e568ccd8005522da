# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From a file to its proposal. Runs in the child process with limits: it opens what strangers send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from allmende.engine.lists import ods, textfile, xlsx, xmlfile
from allmende.engine.lists.grid import Grid, workbook
from allmende.engine.lists.hiding import Watch
from allmende.engine.lists.kinds import bad, kind_of
from allmende.engine.lists.looks import Looks
from allmende.engine.lists.model import Decisions, Found, Hidden, Kind, Personal, Proposal, Reaction, Stack
from allmende.engine.lists.tables import Table, of_sheet, preview
from allmende.engine.lists.words import period_of
from allmende.kernel.text import Text


@dataclass
class Examined:
    """The proposal, and the tables with their cells (if they were to be kept)."""

    proposal: Proposal
    tables: dict[str, Table] = field(default_factory=dict)


@dataclass
class _Sheets:
    """The sheets of a file, whatever its kind, and what is to be said about it."""

    notes: list[Text] = field(default_factory=list)
    asks: list[Text] = field(default_factory=list)
    encoding: str = ""
    separator: str = ""
    broken: frozenset[int] = frozenset()

    def of(self, path: Path, kind: Kind, decisions: Decisions) -> Iterator[Grid]:
        match kind:
            case Kind.CSV:
                grid, lines, self.separator = textfile.read(path, decisions.encoding, decisions.separator)
                self.encoding, self.broken = lines.encoding, frozenset(lines.broken)
                self.notes += lines.notes
                self.asks += lines.asks
                yield grid
            case Kind.XML:
                grids, notes = xmlfile.read(path)
                self.notes += notes
                yield from grids
            case _:
                yield from self._workbook(path, kind)

    def _workbook(self, path: Path, kind: Kind) -> Iterator[Grid]:
        found: dict[str, Looks] = {}

        def look() -> None:
            found.update((ods if kind is Kind.ODS else xlsx).looks(path))

        if kind is Kind.XLS:
            self.asks.append(
                Text(
                    "Im alten Format xls lassen sich ausgeblendete Zeilen und Spalten, Farben und Kommentare nicht "
                    "prüfen: bitte als xlsx speichern, oder sicher sein, dass nichts verborgen ist.",
                    "In the old format xls hidden rows and columns, colours and comments cannot be checked: please "
                    "save as xlsx, or be sure that nothing is hidden.",
                )
            )
        for grid in workbook(path, look if kind is not Kind.XLS else None):
            looks = found.get(grid.name)
            if looks is not None:
                looks.merged = looks.merged or grid.looks.merged
                grid.looks = looks
            self._say(grid)
            yield grid

    def _say(self, grid: Grid) -> None:
        looks = grid.looks
        if looks.external:
            self.notes.append(
                Text(
                    f"Blatt „{grid.name}“: {looks.external} Formeln verweisen auf andere Dateien; gelesen wurden die zuletzt "
                    "gespeicherten Werte, nichts wurde geöffnet.",
                    f"Sheet “{grid.name}”: {looks.external} formulas refer to other files; the values last saved were read, "
                    "nothing was opened.",
                )
            )
        if looks.without_value:
            row = looks.without_value[0][0] + 1
            n = len(looks.without_value)
            self.asks.append(
                Text(
                    f"Blatt „{grid.name}“: {n} Formeln haben keinen gespeicherten Wert (zuerst Zeile {row}) und sind leer: "
                    "bitte in der Tabellenkalkulation öffnen und speichern.",
                    f"Sheet “{grid.name}”: {n} formulas have no saved value (first in row {row}) and are empty: please open "
                    "and save the file in the spreadsheet program.",
                )
            )
        if looks.errors:
            self.asks.append(
                Text(
                    f"Blatt „{grid.name}“: {looks.errors} Zellen zeigen Fehler (#BEZUG!, #DIV/0! …) und sind leer.",
                    f"Sheet “{grid.name}”: {looks.errors} cells show errors (#REF!, #DIV/0! …) and are empty.",
                )
            )
        if not looks.complete:
            self.notes.append(
                Text(
                    f"Blatt „{grid.name}“ ist sehr bunt: Farben wurden nicht bis zum Ende ausgewertet.",
                    f"Sheet “{grid.name}” is very colourful: colours were not looked at to the end.",
                )
            )


def sheets_of(path: Path, decisions: Decisions) -> Iterator[Grid]:
    """Yield a file's sheets with their cells and looks. Raises BadFile."""
    kind, _ = kind_of(path)
    yield from _Sheets().of(path, kind, decisions)


def examine(path: Path, decisions: Decisions | None = None, *, keep: bool = False) -> Examined:
    """Read a file and say what it seems to be; with ``keep`` the tables in use hold on to their cells.

    Raises BadFile with one sentence for what cannot be read.
    """
    decided = decisions or Decisions()
    kind, notes = kind_of(path)
    sheets = _Sheets(notes=list(notes))
    tables: list[Found] = []
    kept: dict[str, Table] = {}
    asks: list[Text] = []
    personal: list[Personal] = []
    hidden: list[Hidden] = []
    filled = False
    for grid in sheets.of(path, kind, decided):
        filled = filled or grid.height > 0
        watch = Watch(grid, decided)
        for table in of_sheet(grid, decided, sheets.broken):
            watch.look_at(table)
            table.found = preview(table)
            tables.append(table.found)
            if table.found.use:
                asks += table.asks
            if keep and table.found.use:
                kept[table.found.key] = table
        personal += watch.personal
        hidden += watch.hidden
        sheets.notes += watch.notes
    if not filled:
        raise bad(path.name, Text("enthält nur leere Blätter", "contains only empty sheets"))
    stacks = _stacks(tables, decided)
    asks = [*sheets.asks, *asks]
    if not any(t.use and t.rows_kept for t in tables):
        asks.append(Text("Es wurde keine Tabelle mit Zeilen gefunden.", "No table with rows was found."))
    reaction, reasons = _reaction(personal, hidden, [] if decided.looked else asks)
    proposal = Proposal(
        file=path.name,
        kind=kind,
        reaction=reaction,
        reasons=reasons,
        tables=tuple(tables),
        stacks=stacks,
        personal=tuple(personal),
        hidden=tuple(hidden),
        notes=tuple(dict.fromkeys(sheets.notes)),
        encoding=sheets.encoding,
        separator=sheets.separator,
        decided=decided != Decisions(),
    )
    return Examined(proposal, kept)


def _reaction(personal: list[Personal], hidden: list[Hidden], asks: list[Text]) -> tuple[Reaction, tuple[Text, ...]]:
    stops = [_said(h.where, h.reason) for h in hidden if not h.decided]
    stops += [_said(p.where, p.reason) for p in personal if not p.decided and (p.sure or p.hidden)]
    looks = [_said(p.where, p.reason) for p in personal if not p.decided and not p.sure and not p.hidden]
    looks += asks
    reaction = Reaction.STOP if stops else Reaction.ASK if looks else Reaction.IMPORT
    return reaction, tuple(dict.fromkeys((*stops, *looks)))


def _said(where: Text, reason: Text) -> Text:
    return Text(f"{where.de}: {reason.de}", f"{where.en}: {reason.en}")


def _stacks(tables: list[Found], decisions: Decisions) -> tuple[Stack, ...]:
    """Tables of the same headings, one per year, month or place."""
    groups: dict[tuple[str, ...], list[Found]] = {}
    for table in tables:
        if table.use and table.header_rows and table.rows_kept:
            heads = tuple(re.sub(r"\b(19|20)\d\d\b", "", c.heading).strip().lower() for c in table.columns if c.heading)
            groups.setdefault(heads, []).append(table)
    made = []
    for same in groups.values():
        if len(same) < 2:
            continue
        values = [period_of(t.sheet) for t in same]
        if not _tells_apart(values):
            values = [period_of(t.title) or t.stand for t in same]
        named = _tells_apart(values)
        if not named:
            sheets = [t.sheet for t in same]
            values = sheets if len(set(sheets)) == len(sheets) else [t.title or t.key for t in same]
        column = "blatt"
        if named:
            lengths = {len(v) for v in values}
            column = "jahr" if lengths == {4} else "monat" if lengths <= {2, 7} else "stand"
        taken = {c.name for c in same[0].columns}
        decision = decisions.stacks[0] if decisions.stacks else None
        column = (decision.column if decision and decision.column else None) or column
        while column in taken:
            column += "_blatt"
        listed = ", ".join(values)
        why = Text(
            f"{len(same)} Tabellen mit denselben Spalten ({listed}): sie gehören untereinander, unterschieden durch „{column}“.",
            f"{len(same)} tables with the same columns ({listed}): they belong below each other, told apart by “{column}”.",
        )
        made.append(
            Stack(
                tables=tuple(t.key for t in same),
                column=column,
                values=tuple(values),
                done=decision.done if decision else True,
                reasons=(why,),
            )
        )
    return tuple(made)


def _tells_apart(values: list[str]) -> bool:
    return all(values) and len(set(values)) == len(values)
