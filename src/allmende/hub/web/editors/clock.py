# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Local times in the form."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.engine.mapping import Field, LocalTime, Type
from allmende.hub.web.editors.given import Added, Given, State, column_choices, with_present
from allmende.kernel.text import Text
from allmende.webkit.forms import explained

ZONES = (
    ("Europe/Berlin", _("deutsche Zeit mit Sommerzeit")),
    ("UTC", _("Weltzeit (UTC)")),
    ("Etc/GMT-1", _("immer Winterzeit (MEZ)")),
)
LENGTHS = ((0, _("ein Zeitpunkt")), (900, _("15 Minuten")), (3600, _("eine Stunde")), (86400, _("ein Tag")))


def fields(step: LocalTime | None, columns: Sequence[str]) -> dict[str, forms.Field]:
    """Return the fields; a time made of two columns keeps them."""
    made: dict[str, forms.Field] = {}
    if step is None or len(step.columns) == 1:
        now = step.columns[0] if step else ""
        made["column"] = explained(
            forms.ChoiceField(
                label=_("Spalte mit Ortszeit"),
                required=step is not None,
                choices=column_choices(columns, now, may_be_none=step is None),
                initial=now,
                help_text=_("Eine Zeit ohne Zone; daraus werden Zeitpunkt und Tag, die Zeitumstellung ist bedacht."),
            ),
            "Messzeit",
        )
    made["zone"] = explained(
        forms.ChoiceField(
            label=_("Zeitzone"),
            choices=with_present(ZONES, step.zone if step else ""),
            initial=step.zone if step else "Europe/Berlin",
            help_text=_("Welche Uhr die Quelle meint."),
        ),
        _("deutsche Zeit mit Sommerzeit"),
    )
    made["length"] = explained(
        forms.TypedChoiceField(
            label=_("Wofür ein Wert gilt"),
            coerce=int,
            choices=with_present(LENGTHS, step.length if step else 0),
            initial=step.length if step else 0,
            help_text=_("Wie lang der Zeitraum ist, den eine Zeile beschreibt."),
        ),
        _("eine Stunde"),
    )
    made["end"] = explained(
        forms.BooleanField(
            label=_("Die Zeit nennt das Ende des Zeitraums"),
            required=False,
            initial=bool(step and step.names == "end"),
            help_text=_("Dann beginnt „10:00“ bei Stundenwerten um 9 Uhr; auch 24:00 wird verstanden."),
        ),
        "24:00",
    )
    return made


def changed(step: LocalTime, given: Given, state: State) -> LocalTime:  # noqa: ARG001 (as all of them)
    """Return the step as the form has it."""
    _check(given)
    end = given["end"]
    return msgspec.structs.replace(
        step,
        columns=(given["column"],) if "column" in given else step.columns,
        zone=given["zone"],
        names="end" if end else "begin",
        length=given["length"],
        midnight_24=step.midnight_24 if end == (step.names == "end") else end,
    )


def added(given: Given, state: State) -> Added | None:
    """Return a new step, if a column was chosen."""
    if not given["column"]:
        return None
    _check(given)
    column, end = given["column"], given["end"]
    read = next((f for f in state.fields if (f.source or f.name) == column), None)
    step = LocalTime(
        columns=(column,),
        zone=given["zone"],
        formats=read.formats if read else (),
        strip=read.strip if read else "",
        names="end" if end else "begin",
        length=given["length"],
        midnight_24=end,
        to=state.free("zeitpunkt"),
        local=state.free("ortszeit"),
        date=state.free("tag"),
    )
    return Added(step, [Field(name=step.to, type=Type.INSTANT), Field(name=step.date, type=Type.DATE)])


def _check(given: Given) -> None:
    if given["end"] and not given["length"]:
        raise given.wrong(
            "length",
            Text(
                "Wenn die Zeit das Ende nennt, muss der Zeitraum eine Länge haben.",
                "If the time names the end, the interval needs a length.",
            ),
        )
