# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Wide to long in the form: columns that belong below each other."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.engine.mapping import Field, Unpivot
from allmende.engine.sniff import slug
from allmende.engine.wide import label_field, labels_of, value_field
from allmende.hub.web.editors.given import NONE, Added, Given, State, columns_after
from allmende.kernel.text import Text
from allmende.webkit.forms import explained, short_name


def listed(step: Unpivot) -> bool:
    """Whether the step lists its columns; one that finds them by a pattern is for connection files."""
    return bool(step.labels)


def fields(step: Unpivot | None, columns: Sequence[str]) -> dict[str, forms.Field]:
    """Return the fields. Columns are ticked, or taken from one to another, for a table may have forty."""
    made: dict[str, forms.Field] = {}
    if step is None or listed(step):
        choices = [(name, name) for name in columns]
        for name, label, sentence in (
            ("first", _("Von Spalte"), _("Alle Spalten von dieser …")),
            ("last", _("Bis Spalte"), _("… bis zu dieser kommen zu den angekreuzten hinzu.")),
        ):
            made[name] = explained(
                forms.ChoiceField(label=label, required=False, choices=[NONE, *choices], help_text=sentence),
                "2019" if name == "first" else "2026",
            )
        made["columns"] = explained(
            forms.MultipleChoiceField(
                label=_("Einzelne Spalten"),
                required=False,
                choices=choices,
                initial=list(step.labels) if step else [],
                widget=forms.CheckboxSelectMultiple,
                help_text=_("Jede angekreuzte Spalte wird zu Zeilen; ihre Überschrift steht dann neben ihrem Wert."),
            ),
            "2019, 2020, 2021",
        )
    if step is None:
        for name, label, sentence, example in (
            ("label", _("Name der Spalte für die Überschriften"), _("Was die Überschriften bedeuten."), "jahr"),
            ("value", _("Name der Spalte für die Werte"), _("Was in den Zellen steht."), "einwohner"),
        ):
            made[name] = short_name(label=label, help_text=sentence, example=example, required=False)
    made["gaps"] = explained(
        forms.BooleanField(
            label=_("Auch leere Zellen werden Zeilen"),
            required=False,
            initial=step.gaps if step else True,
            help_text=_("Sonst fehlen diese Zeilen; wie viele es waren, steht im Bericht."),
        )
    )
    return made


def changed(step: Unpivot, given: Given, state: State) -> Unpivot:
    """Return the step as the form has it; the state's fields follow what was added to it and taken out."""
    step = msgspec.structs.replace(step, gaps=given["gaps"])
    if "columns" not in given:
        return step
    chosen = _chosen(given, columns_after(state.source, state.steps))
    if set(chosen) == set(step.labels):
        return step
    if len(chosen) < 2:
        raise given.wrong("columns", _TOO_FEW)
    before = step
    as_told = before.labels == labels_of(list(before.labels))
    labels = labels_of(chosen) if as_told else {name: before.labels.get(name, name) for name in chosen}
    back = [name for name in before.labels if name not in labels]
    step = msgspec.structs.replace(
        before, labels=labels, keep=(*(name for name in before.keep if name not in labels), *back)
    )
    values = [field for field in state.fields if (field.source or field.name) == before.value]
    taken = {field.name for field in state.fields}
    state.fields[:] = [field for field in state.fields if (field.source or field.name) not in labels]
    state.fields += [restored(name, slug(name, taken), before, values) for name in back]
    return step


def added(given: Given, state: State) -> Added | None:
    """Return a new step, if columns were chosen; what went into it is a field no more."""
    columns = columns_after(state.source, state.steps)
    chosen = _chosen(given, columns)
    if not chosen:
        return None
    if len(chosen) < 2:
        raise given.wrong("columns", _TOO_FEW)
    melted = [field for field in state.fields if (field.source or field.name) in chosen]
    left = [field for field in state.fields if field not in melted]
    taken = {field.name for field in left} | (set(columns) - set(chosen))
    for name in ("label", "value"):
        if not given[name]:
            raise given.wrong(name, Text("Bitte einen Namen angeben.", "Please give a name."))
        if given[name] in taken:
            raise given.wrong(
                name, Text("Eine Spalte dieses Namens gibt es schon.", "There is a column of that name already.")
            )
        taken.add(given[name])
    step = Unpivot(
        labels=labels_of(chosen),
        label=given["label"],
        value=given["value"],
        keep=tuple(name for name in columns if name not in chosen),
        gaps=given["gaps"],
    )
    state.fields[:] = left
    return Added(step, [label_field(step), value_field(step, melted)])


def restored(column: str, name: str, step: Unpivot, lost: Sequence[Field]) -> Field:
    """Return the field for a column that comes back: read as the values were."""
    value = next((field for field in lost if (field.source or field.name) == step.value), Field(name=name))
    source = "" if name == column else column
    return msgspec.structs.replace(value, name=name, source=source, title=None, description=None, required=False)


_TOO_FEW = Text(
    "Es braucht mindestens zwei Spalten, die untereinander gehören.",
    "It takes at least two columns that belong below each other.",
)


def _chosen(given: Given, columns: Sequence[str]) -> list[str]:
    """Return the columns ticked and those from one to another, in their order."""
    first, last = given["first"], given["last"]
    if bool(first) != bool(last):
        raise given.wrong(
            "last" if first else "first",
            Text("Bitte die erste und die letzte Spalte nennen.", "Please name the first and the last column."),
        )
    between: Sequence[str] = ()
    if first and last:
        begin, end = sorted((columns.index(first), columns.index(last)))
        between = columns[begin : end + 1]
    return [name for name in columns if name in given["columns"] or name in between]
