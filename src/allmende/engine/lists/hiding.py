# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Watches a sheet for what is hidden and what is personal, and applies what was decided about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from allmende.engine.lists.grid import Grid, shown
from allmende.engine.lists.model import (
    Answer,
    Column,
    Concealed,
    Decisions,
    Hidden,
    HiddenDecision,
    Origin,
    Personal,
    PersonalKind,
    Why,
    letter,
)
from allmende.engine.lists.personal import Hit, in_column, in_text, lives_here, masked
from allmende.engine.lists.tables import Table
from allmende.kernel.text import Text

_NAMES = {
    PersonalKind.NAME: Text("Namen von Personen", "names of persons"),
    PersonalKind.PHONE: Text("Telefonnummern", "telephone numbers"),
    PersonalKind.EMAIL: Text("E-Mail-Adressen", "e-mail addresses"),
    PersonalKind.IBAN: Text("IBAN", "IBANs"),
    PersonalKind.ACCOUNT: Text("Kontonummern", "account numbers"),
    PersonalKind.BIRTH_DATE: Text("Geburtsdaten", "dates of birth"),
    PersonalKind.ADDRESS: Text("Anschriften von Personen", "addresses of persons"),
    PersonalKind.ID_NUMBER: Text("Kennnummern von Personen", "identification numbers of persons"),
}
_TEXTS = frozenset({Why.TITLE, Why.STAND, Why.FOOTNOTE, Why.LEGEND, Why.NOTE, Why.SECTION, Why.BROKEN})


class Watch:
    """One sheet. Hidden text that is to be left out is taken out of the grid at once, before tables are found."""

    def __init__(self, grid: Grid, decisions: Decisions) -> None:
        self.grid, self.decisions = grid, decisions
        self.personal: list[Personal] = []
        self.hidden: list[Hidden] = []
        self.notes: list[Text] = []
        self.said: set[int] = set()  # rows of text already looked at
        self.columns_gone: set[int] = set()
        self.sheet_hidden = bool(grid.hidden)
        self._sheet()
        self._columns()
        self._rows()
        self._white()
        self._comments()

    # --- what is hidden -------------------------------------------------------------------------------------------

    def _answer(self, kind: Concealed, first: int = 0, last: int = 0) -> str:
        """What was decided about something hidden, "" if nothing."""

        def about(d: HiddenDecision) -> bool:
            inside = not d.first or (d.first <= first and last <= (d.last or d.first))
            return d.kind is kind and d.sheet in {"", self.grid.name} and inside

        return next((d.do.value for d in reversed(self.decisions.hidden) if about(d)), "")

    def _add(self, kind: Concealed, what: Text, filled: int, first: int = 0, last: int = 0,
             headings: Sequence[str] = ()) -> str:  # fmt: skip
        answer = self._answer(kind, first, last)
        reason = Text(f"{what.de} mit {filled} gefüllten Zellen.", f"{what.en} with {filled} filled cells.")
        self.hidden.append(
            Hidden(
                kind=kind,
                sheet=self.grid.name,
                where=self._where(kind, first, last),
                first=first,
                last=last,
                filled=filled,
                headings=tuple(headings),
                reason=reason,
                decided=answer,
            )
        )
        return answer

    def _where(self, kind: Concealed, first: int, last: int) -> Text:
        name = self.grid.name
        de, en = f"Blatt „{name}“", f"Sheet “{name}”"
        if kind is Concealed.COLUMN:
            span = letter(first) if first == last else f"{letter(first)}–{letter(last)}"
            return Text(f"{de}, Spalte {span}", f"{en}, column {span}")
        if first:
            span = str(first) if first == last else f"{first}–{last}"
            return Text(f"{de}, Zeile {span}", f"{en}, row {span}")
        return Text(de, en)

    def _sheet(self) -> None:
        if not self.grid.hidden:
            return
        filled = sum(self.grid.fullness)
        if not filled:
            return
        kind = Concealed.SHEET if self.grid.hidden == "sheet" else Concealed.VERY_HIDDEN_SHEET
        words = Text("Ausgeblendetes Blatt", "Hidden sheet")
        if kind is Concealed.VERY_HIDDEN_SHEET:
            words = Text("Versteckt gehaltenes Blatt (nur mit Makro-Editor sichtbar)", "Very hidden sheet")
        if self._add(kind, words, filled) == Answer.KEEP:
            self.grid.hidden = ""

    def _columns(self) -> None:
        for left, right in sorted(set(self.grid.looks.hidden_columns)):
            for column in range(left, min(right, self.grid.width - 1) + 1):
                filled = self.grid.filled(column, 0, self.grid.height - 1)
                if not filled:
                    continue
                heading = next((shown(v) for v in self.grid.columns[column] if v is not None), "")
                headings = [heading] if not _looks_personal(heading) else []
                answer = self._add(
                    Concealed.COLUMN,
                    Text("Ausgeblendete Spalte", "Hidden column"),
                    filled,
                    column + 1,
                    column + 1,
                    headings,
                )
                if answer == Answer.LEAVE_OUT:
                    self.columns_gone.add(column + 1)

    def _rows(self) -> None:
        gone = sorted({r for r in self.grid.looks.hidden_rows if r < self.grid.height and self.grid.fullness[r]})
        for first, last in _runs(gone):
            filled = sum(self.grid.fullness[first : last + 1])
            words = Text("Ausgeblendete Zeilen", "Hidden rows")
            if self.grid.looks.filtered:
                words = Text("Durch einen Filter ausgeblendete Zeilen", "Rows hidden by a filter")
            self._add(Concealed.ROW, words, filled, first + 1, last + 1)

    def _white(self) -> None:
        places = [
            (r, c)
            for r, c in self.grid.looks.invisible
            if r < self.grid.height and c < self.grid.width and self.grid.columns[c][r] is not None
        ]
        if not places:
            return
        rows = [r for r, _ in places]
        words = Text(
            "Text in der Farbe des Hintergrunds oder unsichtbar formatiert",
            "Text in the colour of its cell, or formatted invisibly",
        )
        answer = self._add(Concealed.WHITE_TEXT, words, len(places), min(rows) + 1, max(rows) + 1)
        if answer == Answer.LEAVE_OUT:
            for row, column in places:
                self.grid.columns[column][row] = None
                self.grid.gaps.add(column)
                self.grid.fullness[row] -= 1
        else:
            by_column: dict[int, list[str]] = {}
            for row, column in places:
                by_column.setdefault(column, []).append(shown(self.grid.columns[column][row]))
            for column, texts in by_column.items():
                hits = [h for t in texts[:2000] for h in in_text(t)]
                self._from_text(hits, min(rows), max(rows), f"{letter(column + 1)}", column + 1)

    def _comments(self) -> None:
        comments = self.grid.looks.comments
        if not comments:
            return
        with_persons = [(r, h) for r, _, text in comments for h in in_text(text)]
        if not with_persons:
            n = len(comments)
            self.notes.append(
                Text(
                    f"Blatt „{self.grid.name}“ hat {n} Kommentare: sie werden nicht übernommen.",
                    f"Sheet “{self.grid.name}” has {n} comments: they are not taken over.",
                )
            )
            return
        rows = [r for r, _, _ in comments]
        words = Text("Kommentare, die Personen nennen", "Comments that name persons")
        self._add(Concealed.COMMENT, words, len(comments), min(rows) + 1, max(rows) + 1)
        answer = self._answer(Concealed.COMMENT, min(rows) + 1, max(rows) + 1)
        for kind in dict.fromkeys(h.kind for _, h in with_persons):
            mine = [(r, h) for r, h in with_persons if h.kind is kind]
            first, last = min(r for r, _ in mine) + 1, max(r for r, _ in mine) + 1
            where = Text(f"Blatt „{self.grid.name}“, Kommentare", f"Sheet “{self.grid.name}”, comments")
            self._personal(mine[0][1], where, "", 0, first, last, len(mine), hidden=True, answer=answer)

    # --- what is personal -----------------------------------------------------------------------------------------

    def look_at(self, table: Table) -> None:
        """Find personal data in a table and around it; mark and drop its columns as decided."""
        columns = list(table.found.columns)
        named = bool(table.found.header_rows)
        people = False
        for place, column in enumerate(columns):
            if column.place in self.columns_gone:
                columns[place] = msgspec.structs.replace(column, drop=True)
            if column.origin in {Origin.COLOUR, Origin.WORDS} or (
                column.drop and column.place not in self.columns_gone
            ):
                continue
            cells = table.cells(column)
            for hit in in_column(column, cells, table.counted.get(column.place), header=named):
                columns[place] = self._in_column(table, columns[place], hit)
                not_so = self.personal[-1].decided == Answer.NOT_PERSONAL
                people = people or (hit.kind is PersonalKind.NAME and hit.sure and not not_so)
        if people:
            for place, column in enumerate(columns):
                if column.origin is Origin.CELLS and not column.personal and not column.drop:
                    cells = table.cells(column)
                    if lives_here(column, cells):
                        reason = Text("Anschriften neben Namen von Personen.", "Addresses beside names of persons.")
                        hit = Hit(
                            PersonalKind.ADDRESS, len(cells) - list(cells).count(None), "", sure=True, reason=reason
                        )
                        columns[place] = self._in_column(table, column, hit)
        gone = {c.place for c in columns if c.drop and c.origin is Origin.CELLS}
        columns = [
            msgspec.structs.replace(c, drop=True) if c.origin is Origin.WORDS and c.place in gone else c
            for c in columns
        ]
        table.found = msgspec.structs.replace(table.found, columns=tuple(_shown_safely(c) for c in columns))
        self._around(table)

    def _in_column(self, table: Table, column: Column, hit: Hit) -> Column:
        first, last = (table.data[0] + 1, table.data[-1] + 1) if table.data else (0, 0)
        where = Text(
            f"Blatt „{table.grid.name}“, Spalte {column.letter or column.name} („{column.heading}“), Zeilen {first}–{last}",
            f"Sheet “{table.grid.name}”, column {column.letter or column.name} (“{column.heading}”), rows {first}–{last}",
        )
        hidden = self.sheet_hidden or self._is_hidden(column, table)
        answer = self._decided(hit.kind, column.heading)
        if column.place in self.columns_gone:
            answer = answer or Answer.LEAVE_OUT.value
        if self.sheet_hidden and not table.found.use and self._sheet_left_out():
            answer = answer or Answer.LEAVE_OUT.value
        self._personal(
            hit, where, column.heading, column.place, first, last, hit.how_many, hidden=hidden, answer=answer
        )
        if answer == Answer.LEAVE_OUT:
            return msgspec.structs.replace(column, personal=True, drop=True)
        if answer == Answer.NOT_PERSONAL:
            return column
        return msgspec.structs.replace(column, personal=hit.sure or answer == Answer.KEEP)

    def _sheet_left_out(self) -> bool:
        kinds = (Concealed.SHEET, Concealed.VERY_HIDDEN_SHEET)
        return any(self._answer(k) == Answer.LEAVE_OUT for k in kinds)

    def _is_hidden(self, column: Column, table: Table) -> bool:
        if any(a <= column.place - 1 <= b for a, b in self.grid.looks.hidden_columns):
            return True
        gone = set(self.grid.looks.hidden_rows)
        return bool(gone) and bool(table.data) and sum(r in gone for r in table.data) > 0.5 * len(table.data)

    def _decided(self, kind: PersonalKind, heading: str) -> str:
        for d in reversed(self.decisions.personal):
            if d.column == heading and d.kind in {None, kind} and d.sheet in {"", self.grid.name}:
                return d.do.value
        return ""

    def _personal(self, hit: Hit, where: Text, column: str, place: int, first: int, last: int, many: int, *,
                  hidden: bool, answer: str) -> None:  # fmt: skip
        what = _NAMES[hit.kind]
        self.personal.append(
            Personal(
                kind=hit.kind,
                sheet=self.grid.name,
                where=where,
                column=column,
                place=place,
                first=first,
                last=last,
                hidden=hidden,
                how_many=many,
                example=hit.example,
                sure=hit.sure,
                reason=Text(
                    f"{what.de}, {many}-mal"
                    + (f" (etwa „{hit.example}“)" if hit.example else "")
                    + f". {hit.reason.de}",
                    f"{what.en}, {many} ×"
                    + (f" (such as “{hit.example}”)" if hit.example else "")
                    + f". {hit.reason.en}",
                ),
                decided=answer,
            )
        )

    def _around(self, table: Table) -> None:
        """Look at titles, footnotes and notes: they are not stored, but the file is kept aside and shown."""
        masked: dict[int, str] = {}
        for out in table.found.left_out:
            if out.why not in _TEXTS and out.why is not Why.OTHER_TABLE:
                continue
            for row in range(out.first - 1, min(out.last, out.first + 500)):
                texts = [v for v in self.grid.row(row) if isinstance(v, str)]
                hits = [h for t in texts for h in in_text(t)]
                if hits and out.why in _TEXTS:
                    masked[out.first] = hits[0].example
                    if row not in self.said:
                        self.said.add(row)
                        self._from_text(hits, row, row)
        if masked:
            kept = tuple(msgspec.structs.replace(o, text="…") if o.first in masked else o for o in table.found.left_out)
            title = "…" if any(h for h in in_text(table.found.title)) else table.found.title
            table.found = msgspec.structs.replace(table.found, left_out=kept, title=title)

    def _from_text(self, hits: Iterable[Hit], first: int, last: int, column: str = "", place: int = 0) -> None:
        hidden = self.sheet_hidden or bool(place) or set(range(first, last + 1)) <= set(self.grid.looks.hidden_rows)
        by_kind: dict[PersonalKind, list[Hit]] = {}
        for hit in hits:
            by_kind.setdefault(hit.kind, []).append(hit)
        for kind, mine in by_kind.items():
            span = str(first + 1) if first == last else f"{first + 1}–{last + 1}"
            name = self.grid.name
            where = Text(
                f"Blatt „{name}“, Zeile {span}" + (f", Spalte {column}" if column else " (neben der Tabelle)"),
                f"Sheet “{name}”, row {span}" + (f", column {column}" if column else " (beside the table)"),
            )
            hit = msgspec.structs.replace(mine[0], sure=False)
            self._personal(hit, where, "", place, first + 1, last + 1, len(mine), hidden=hidden,
                           answer=self._decided(kind, ""))  # fmt: skip


def _looks_personal(heading: str) -> bool:
    return bool(in_text(heading))


def _shown_safely(column: Column) -> Column:
    """Return the column with masked examples, and without reasons that quote values, if it is personal."""
    if column.personal:
        examples = tuple(masked(e) for e in column.examples)
        return msgspec.structs.replace(column, examples=examples, reasons=(), words=())
    return msgspec.structs.replace(column, examples=tuple(masked(e) if in_text(e) else e for e in column.examples))


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
