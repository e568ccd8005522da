# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words among numbers in the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.engine.mapping import Field, Status
from allmende.hub.web.editors.given import Added, Given, State, column_choices
from allmende.kernel.text import Text
from allmende.webkit.forms import explained

_MOST = 20_000


def fields(step: Status | None, columns: Sequence[str]) -> dict[str, forms.Field]:
    """Return the fields; words that cannot be written one on a line stay as they are."""
    now = step.column if step else ""
    made: dict[str, forms.Field] = {
        "column": explained(
            forms.ChoiceField(
                label=_("Spalte mit Wörtern zwischen Zahlen"),
                required=step is not None,
                choices=column_choices(columns, now, may_be_none=step is None),
                initial=now,
                help_text=_("Die Wörter kommen in eine eigene Spalte, die Zahlen bleiben."),
            ),
            "frei",
        )
    }
    written = _written(step.marks) if step else ""
    if step is None or (_read(written) == step.marks and len(written) <= _MOST):
        made["words"] = explained(
            forms.CharField(
                label=_("Wörter und was sie heißen"),
                required=step is not None,
                max_length=_MOST,
                widget=forms.Textarea(attrs={"rows": 3}),
                initial=written,
                help_text=_("In jeder Zeile ein Wort der Quelle, ein Gleichheitszeichen und seine Bedeutung."),
            ),
            "ges = geschlossen",
        )
    return made


def changed(step: Status, given: Given, state: State) -> Status:  # noqa: ARG001 (as all of them)
    """Return the step as the form has it."""
    marks = _marks(given) if "words" in given else step.marks
    return msgspec.structs.replace(step, column=given["column"], marks=marks)


def added(given: Given, state: State) -> Added | None:
    """Return a new step, if a column was chosen."""
    if not given["column"]:
        return None
    step = Status(column=given["column"], to=state.free("zustand"), marks=_marks(given))
    return Added(step, [Field(name=step.to)])


def _marks(given: Given) -> dict[str, str]:
    marks = _read(given["words"])
    if not marks or not all(word and meaning for word, meaning in marks.items()):
        raise given.wrong(
            "words",
            Text("Bitte in jeder Zeile ein Wort = Bedeutung.", "Please write one word = meaning on each line."),
        )
    return marks


def _written(marks: Mapping[str, str]) -> str:
    return "\n".join(f"{word} = {meaning}" for word, meaning in marks.items())


def _read(text: str) -> dict[str, str]:
    lines = [line.partition("=") for line in text.splitlines() if line.strip()]
    return {word.strip(): meaning.strip() for word, _sign, meaning in lines}
