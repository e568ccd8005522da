# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The form beside a list's original: each guess of the proposal, to be corrected by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.engine.lists.model import (
    Answer,
    Column,
    ColumnDecision,
    Concealed,
    Decisions,
    Found,
    HiddenDecision,
    Origin,
    PersonalDecision,
    PersonalKind,
    RowDecision,
    StackDecision,
    TableDecision,
)
from allmende.engine.mapping import Type
from allmende.hub.domain.incoming import Incoming
from allmende.hub.domain.preparing import COARSER
from allmende.hub.terms import DistrictRule
from allmende.hub.web.assistant import TYPES
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.webkit.forms import Form, explained
from allmende.webkit.language import said

#: Types a list's column can have.
KINDS = tuple((value, title) for value, title in TYPES if value != Type.GEOMETRY.value)

ANSWERS = (
    (Answer.LEAVE_OUT.value, _("weglassen")),
    (Answer.KEEP.value, _("speichern (mit Rechtsgrundlage, oder vergröbert)")),
    (Answer.NOT_PERSONAL.value, _("Fehlalarm: keine Angaben über Menschen")),
)
HIDDEN_ANSWERS = ((Answer.LEAVE_OUT.value, _("weglassen")), (Answer.KEEP.value, _("mit übernehmen")))

_ROWS = re.compile(r"\s*(\d{1,7})\s*(?:[-–]\s*(\d{1,7}))?\s*\Z")


class Finding(msgspec.Struct, frozen=True):
    """Something personal or hidden, with the field that decides on it."""

    where: Text
    reason: Text
    example: str
    sure: bool
    field: str


class LookForm(Form):
    """What a list on its way is taken for."""

    def __init__(self, *args: Any, incoming: Incoming, districts: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incoming = incoming
        self.table = incoming.found
        self._tables()
        self._findings()
        for index, column in enumerate(self.table.columns):
            self._column(index, column)
        self.at_rows: tuple[str, ...] = ()
        self._districts(districts)

    # --- fields -----------------------------------------------------------------------------------------------------

    def _tables(self) -> None:
        proposal, table = self.incoming.proposal, self.table
        if len(proposal.tables) > 1:
            self.fields["table"] = explained(
                forms.ChoiceField(
                    label=_("Welche Tabelle"),
                    choices=[(one.key, f"{one.sheet} {one.area.a1}, {one.rows_kept}") for one in proposal.tables],
                    initial=table.key,
                    help_text=_("Die Datei enthält mehrere; ein Datensatz entsteht aus einer."),
                ),
                "Liste 2026 A4:F120",
            )
        stack = next((one for one in proposal.stacks if table.key in one.tables), None)
        self.stack = stack
        if stack is not None:
            self.fields["stack"] = explained(
                forms.BooleanField(
                    required=False,
                    initial=stack.done,
                    label=_("Gleich gebaute Blätter untereinander stellen"),
                    help_text=_("Woher eine Zeile kommt, steht dann in einer eigenen Spalte."),
                ),
                ", ".join(stack.values[:3]),
            )
            self.fields["stack_column"] = explained(
                _name_field(_("Spalte für das Blatt"), stack.column, _("Wie diese Spalte heißt.")), "jahr"
            )
        self.fields["header_rows"] = explained(
            forms.CharField(
                required=False,
                label=_("Kopfzeilen"),
                initial=_written(table.header_rows),
                help_text=_("Zeilen des Blatts mit den Namen der Spalten; leer, wenn es keine gibt."),
            ),
            "3 oder 3-4",
        )
        self.fields["stand"] = explained(
            forms.RegexField(
                r"^\d{4}(-\d{2}(-\d{2})?)?$",
                required=False,
                label=_("Stand"),
                initial=table.stand,
                help_text=_("Wann die Liste so galt: Tag, Monat oder Jahr."),
                error_messages={"invalid": _("Bitte als 2026-10-31, 2026-10 oder 2026.")},
            ),
            "2026-10-31",
        )
        self.fields["never"] = explained(
            forms.CharField(
                required=False,
                max_length=200,
                label=_("Zeilen weglassen, die so beginnen"),
                initial="; ".join(one.text for one in self.incoming.decisions.rows if one.text and not one.keep),
                help_text=_("Gilt auch für die nächste Datei; mehrere durch Strichpunkt getrennt."),
            ),
            _("Summe; nachrichtlich"),
        )
        if table.colours is not None:
            self.fields["colours"] = explained(
                forms.BooleanField(
                    required=False,
                    initial=True,
                    label=_("Farben als Spalte übernehmen"),
                    help_text=_("Was eine Farbe sagt, wird sonst nicht gespeichert."),
                ),
                _("grün = geprüft"),
            )
            for index, colour in enumerate(table.colours.colours):
                self.fields[f"colour_{index}"] = explained(
                    forms.CharField(
                        required=False,
                        max_length=100,
                        label=_("Bedeutung der Farbe"),
                        initial=colour.meaning,
                        help_text=f"#{colour.rgb}: {colour.rows}",
                    ),
                    _("geprüft"),
                )
        if table.long is not None:
            self.fields["long"] = explained(
                forms.BooleanField(
                    required=False,
                    initial=table.long.done,
                    label=_("Spalten untereinander stellen"),
                    help_text=_("Eine Kreuztabelle wird lang: eine Zeile für jeden Wert."),
                ),
                ", ".join(table.long.values[:3]),
            )
        self.about_table = [name for name in self.fields if name != "table"]

    def _findings(self) -> None:
        self.personal: list[Finding] = []
        self.hidden: list[Finding] = []
        for index, one in enumerate(self.incoming.proposal.personal):
            name = f"personal_{index}"
            self.fields[name] = forms.ChoiceField(
                required=False, choices=ANSWERS, widget=forms.RadioSelect, initial=one.decided, label=said(one.where)
            )
            self.fields[f"{name}_because"] = forms.CharField(
                required=False, max_length=500, label=_("Begründung"), initial=self._because(one.kind, one.column)
            )
            self.personal.append(Finding(one.where, one.reason, one.example, one.sure, name))
        for index, hidden in enumerate(self.incoming.proposal.hidden):
            name = f"hidden_{index}"
            self.fields[name] = forms.ChoiceField(
                required=False,
                choices=HIDDEN_ANSWERS,
                widget=forms.RadioSelect,
                initial=hidden.decided,
                label=said(hidden.where),
            )
            self.hidden.append(Finding(hidden.where, hidden.reason, "", True, name))

    def _because(self, kind: PersonalKind, column: str) -> str:
        made = self.incoming.decisions.personal
        return next((one.because for one in made if one.column == column and one.kind in {None, kind}), "")

    def _column(self, index: int, column: Column) -> None:
        heading = column.heading or column.name

        def labelled(label: Any, widget: forms.Widget) -> forms.Widget:
            widget.attrs["aria-label"] = f"{label}: {heading}"
            return widget

        self.fields |= {
            f"keep_{index}": forms.BooleanField(
                required=False, initial=not column.drop, widget=labelled(_("Übernehmen"), forms.CheckboxInput())
            ),
            f"key_{index}": forms.BooleanField(
                required=False,
                initial=column.name in self.incoming.key,
                widget=labelled(_("Zeile daran wiedererkennen"), forms.CheckboxInput()),
            ),
            f"name_{index}": _name_field("", column.name, "", labelled(_("Name"), forms.TextInput())),
            f"type_{index}": forms.ChoiceField(
                choices=KINDS, initial=column.type.value, widget=labelled(_("Typ"), forms.Select())
            ),
            f"unit_{index}": forms.CharField(
                required=False, max_length=50, initial=column.unit, widget=labelled(_("Einheit"), forms.TextInput())
            ),
            f"missing_{index}": forms.CharField(
                required=False,
                max_length=200,
                initial=" ".join(column.missing),
                widget=labelled(_("Kein Wert"), forms.TextInput()),
            ),
            f"about_people_{index}": forms.BooleanField(
                required=False,
                initial=column.personal or column.name in self.incoming.personal,
                widget=labelled(_("Personenbezogen"), forms.CheckboxInput()),
            ),
            f"coarser_{index}": forms.ChoiceField(
                required=False,
                choices=[("", "–"), *((how, said(title)) for how, title in COARSER.items())],
                initial=self.incoming.coarser.get(column.name, ""),
                widget=labelled(_("Vergröbern"), forms.Select()),
            ),
        }
        for name in ("name", "type", "unit", "missing", "coarser"):
            self.fields[f"{name}_{index}"].widget.attrs["class"] = "input"

    def _districts(self, offered: bool) -> None:
        self.about_districts: list[str] = []
        if not offered:
            return
        rule = self.incoming.districts or DistrictRule()
        columns = [("", "–"), *((column.name, column.heading or column.name) for column in self.table.columns)]
        for name, label, sentence, example in (
            ("street", _("Straße oder ganze Adresse"), _("Aus dieser Spalte folgt der Stadtteil."), "Adresse"),
            ("number", _("Hausnummer"), _("Nur, wenn sie in einer eigenen Spalte steht."), "Hausnr."),
            ("longitude", _("Geografische Länge"), _("Statt der Adresse: der Ort."), "lon"),
            ("latitude", _("Geografische Breite"), _("Zur Länge gehört die Breite."), "lat"),
        ):
            self.fields[f"district_{name}"] = explained(
                forms.ChoiceField(
                    required=False, label=label, choices=columns, initial=getattr(rule, name), help_text=sentence
                ),
                example,
            )
            self.about_districts.append(f"district_{name}")

    def offer_rows(self, rows: Iterable[tuple[int, bool]]) -> None:
        """Offer the sheet's rows shown beside, each to be taken over or left out; ``rows``: number, whether taken."""
        made = []
        for number, kept in rows:
            name = f"row_{number}"
            self.fields[name] = forms.BooleanField(
                required=False,
                initial=kept,
                widget=forms.CheckboxInput(attrs={"aria-label": _("Zeile %(row)s übernehmen") % {"row": number}}),
            )
            made.append(name)
        self.at_rows = tuple(made)

    # --- what the template asks for ---------------------------------------------------------------------------------

    def table_fields(self) -> list[forms.BoundField]:
        """Return the fields about the table as a whole."""
        return [self[name] for name in self.about_table]

    def district_fields(self) -> list[forms.BoundField]:
        """Return the fields about districts."""
        return [self[name] for name in self.about_districts]

    def personal_fields(self) -> list[tuple[Finding, forms.BoundField, forms.BoundField]]:
        """Return what is personal, with its fields."""
        return [(one, self[one.field], self[f"{one.field}_because"]) for one in self.personal]

    def hidden_fields_(self) -> list[tuple[Finding, forms.BoundField]]:
        """Return what is hidden, with its fields."""
        return [(one, self[one.field]) for one in self.hidden]

    def columns(self) -> list[tuple[Column, list[forms.BoundField]]]:
        """Return each column with its fields."""
        parts = ("keep", "key", "name", "type", "unit", "missing", "about_people", "coarser")
        return [
            (column, [self[f"{part}_{index}"] for part in parts]) for index, column in enumerate(self.table.columns)
        ]

    # --- what was decided -------------------------------------------------------------------------------------------

    def decisions(self, *, looked: bool) -> Decisions:
        """Return what the form says, as far as it differs from the proposal or was decided before."""
        given = self.cleaned_data
        before = self.incoming.decisions
        return Decisions(
            tables=(*(one for one in before.tables if one.table != self.table.key), *self._about_table(given)),
            columns=self._about_columns(given),
            rows=self._about_rows(given),
            stacks=(StackDecision(done=given["stack"], column=given["stack_column"] or None),) if self.stack else (),
            personal=self._about_people(given),
            hidden=self._about_hidden(given),
            encoding=before.encoding,
            separator=before.separator,
            looked=looked,
        )

    def key(self) -> tuple[str, ...]:
        """Return the columns that tell rows apart, by their names."""
        return self._named("key", "keep")

    def about_people(self) -> tuple[str, ...]:
        """Return the columns said by hand to be about people, by their names; what was found is decided on above."""
        found = {given.name for given in self.table.columns if given.personal}
        given = self.cleaned_data
        return tuple(
            given[f"name_{index}"]
            for index, column in enumerate(self.table.columns)
            if given[f"about_people_{index}"] and given[f"keep_{index}"] and column.name not in found
        )

    def coarser(self) -> dict[str, str]:
        """Return how columns are coarsened, by their names."""
        given = self.cleaned_data
        return {
            given[f"name_{index}"]: given[f"coarser_{index}"]
            for index in range(len(self.table.columns))
            if given[f"coarser_{index}"] and given[f"keep_{index}"]
        }

    def districts(self) -> DistrictRule | None:
        """Return how rows are given their district; None for not at all."""
        if not self.about_districts:
            return self.incoming.districts
        given = {name.removeprefix("district_"): self.cleaned_data[name] for name in self.about_districts}
        names = dict(zip((c.name for c in self.table.columns), self._named("keep"), strict=False))
        given = {part: names.get(name, name) for part, name in given.items()}
        if given["street"]:
            return DistrictRule(street=given["street"], number=given["number"])
        if given["longitude"] and given["latitude"]:
            return DistrictRule(longitude=given["longitude"], latitude=given["latitude"])
        return None

    def _named(self, *parts: str) -> tuple[str, ...]:
        given = self.cleaned_data
        return tuple(
            given[f"name_{index}"]
            for index in range(len(self.table.columns))
            if all(given[f"{part}_{index}"] for part in parts)
        )

    def _about_table(self, given: dict[str, Any]) -> tuple[TableDecision, ...]:
        table = self.table
        headers = rows_of(given["header_rows"], field="header_rows")
        meanings = {
            colour.rgb: given[f"colour_{index}"]
            for index, colour in enumerate(table.colours.colours if table.colours else ())
            if given[f"colour_{index}"] and given[f"colour_{index}"] != colour.meaning
        }
        before = next((one for one in self.incoming.decisions.tables if one.table == table.key), TableDecision())
        decided = msgspec.structs.replace(
            before,
            table=table.key,
            stand=given["stand"] if given["stand"] != table.stand else before.stand,
            header_rows=headers if headers != table.header_rows else before.header_rows,
            colours=given["colours"] if table.colours is not None and not given["colours"] else before.colours,
            meanings={**before.meanings, **meanings},
            long=given["long"] if table.long is not None and given["long"] != table.long.done else before.long,
        )
        return (decided,) if decided != TableDecision(table=table.key) else ()

    def _about_columns(self, given: dict[str, Any]) -> tuple[ColumnDecision, ...]:
        made = []
        before = {(one.table, one.heading): one for one in self.incoming.decisions.columns}
        for index, column in enumerate(self.table.columns):
            if not column.heading and column.origin is not Origin.CELLS:
                continue
            heading = column.heading or column.name
            known = before.pop(("", heading), ColumnDecision(heading=heading))
            missing = tuple(given[f"missing_{index}"].split())
            changed = {
                "name": given[f"name_{index}"] if given[f"name_{index}"] != column.name else known.name,
                "type": Type(given[f"type_{index}"]) if given[f"type_{index}"] != column.type.value else known.type,
                "unit": given[f"unit_{index}"].strip() if given[f"unit_{index}"] != column.unit else known.unit,
                "missing": missing if missing != column.missing else known.missing,
                "drop": (not given[f"keep_{index}"]) if given[f"keep_{index}"] == column.drop else known.drop,
            }
            decided = msgspec.structs.replace(known, **changed)
            if decided != ColumnDecision(heading=heading):
                made.append(decided)
        return (*before.values(), *made)

    def _about_rows(self, given: dict[str, Any]) -> tuple[RowDecision, ...]:
        texts = [part.strip() for part in given["never"].split(";") if part.strip()]
        shown = {int(name.removeprefix("row_")) for name in self.at_rows}
        rows = [
            one
            for one in self.incoming.decisions.rows
            if (one.keep and one.text)
            or (not one.text and not (one.table == self.table.key and one.first == one.last and one.first in shown))
        ]
        rows += [RowDecision(keep=False, text=text) for text in texts]
        by_hand = {
            one.first: one.keep
            for one in self.incoming.decisions.rows
            if not one.text and one.table == self.table.key and one.first == one.last
        }
        for name in self.at_rows:
            number, wanted = int(name.removeprefix("row_")), bool(given[name])
            if wanted != self.fields[name].initial or number in by_hand:
                rows.append(RowDecision(keep=wanted, table=self.table.key, first=number, last=number))
        return tuple(rows)

    def _about_people(self, given: dict[str, Any]) -> tuple[PersonalDecision, ...]:
        made: list[PersonalDecision] = []
        for index, one in enumerate(self.incoming.proposal.personal):
            if answer := given[f"personal_{index}"]:
                decided = PersonalDecision(
                    do=Answer(answer),
                    column=one.column,
                    kind=one.kind,
                    sheet="" if one.column else one.sheet,
                    because=given[f"personal_{index}_because"].strip(),
                )
                if answer == Answer.NOT_PERSONAL.value and one.sure and not decided.because:
                    raise Invalid(
                        Text(
                            "Bitte begründen, warum das keine Angaben über Menschen sind.",
                            "Please give a reason why this is no data about people.",
                        ),
                        field=f"personal_{index}_because",
                    )
                made.append(decided)
        done = {(one.column, one.kind) for one in made}
        kept = [one for one in self.incoming.decisions.personal if (one.column, one.kind) not in done]
        return (*kept, *made)

    def _about_hidden(self, given: dict[str, Any]) -> tuple[HiddenDecision, ...]:
        made: list[HiddenDecision] = []
        for index, one in enumerate(self.incoming.proposal.hidden):
            if answer := given[f"hidden_{index}"]:
                rows = one.kind is Concealed.ROW
                made.append(
                    HiddenDecision(
                        do=Answer(answer),
                        kind=one.kind,
                        sheet=one.sheet,
                        first=0 if rows else one.first,
                        last=0 if rows else one.last,
                    )
                )
        done = {(one.kind, one.sheet, one.first) for one in made}
        kept = [one for one in self.incoming.decisions.hidden if (one.kind, one.sheet, one.first) not in done]
        return (*kept, *made)


def rows_of(written: str, *, field: str) -> tuple[int, ...]:
    """Return the rows of "3", "3-4" or "3, 5". Raises Invalid."""
    rows: list[int] = []
    for part in filter(str.strip, written.split(",")):
        found = _ROWS.match(part)
        if found is None or int(found[2] or found[1]) - int(found[1]) not in range(20):
            raise Invalid(
                Text("Bitte Zeilen als 3, 3-4 oder 3, 5 angeben.", "Please give rows as 3, 3-4 or 3, 5."), field=field
            )
        rows += range(int(found[1]), int(found[2] or found[1]) + 1)
    return tuple(rows)


def kept_rows(table: Found, first: int, last: int) -> dict[int, str]:
    """Return why rows of the sheet are left out, by number; a row that is not named is taken over."""
    return {
        number: said(one.reason)
        for one in table.left_out
        for number in range(max(one.first, first), min(one.last, last) + 1)
    }


def _written(rows: tuple[int, ...]) -> str:
    if len(rows) > 1 and rows == tuple(range(rows[0], rows[-1] + 1)):
        return f"{rows[0]}-{rows[-1]}"
    return ", ".join(map(str, rows))


def _name_field(label: Any, initial: str, sentence: Any, widget: forms.Widget | None = None) -> forms.RegexField:
    return forms.RegexField(
        r"^[a-z][a-z0-9_]{0,62}$",
        label=label,
        initial=initial,
        help_text=sentence,
        widget=widget or forms.TextInput(),
        error_messages={"invalid": _("Kleinbuchstaben, Ziffern und Unterstriche, am Anfang ein Buchstabe.")},
    )
