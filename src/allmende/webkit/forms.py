# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms in which every field explains itself: one sentence, one example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.kernel.errors import Problem
from allmende.webkit.language import language, said

F = TypeVar("F", bound=forms.Field)

#: What a name that programs use is made of (SQL, addresses).
SHORT_NAME = r"^[a-z][a-z0-9_]{0,62}\Z"

_CHOSEN = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


def explained(field: F, example: Any = "") -> F:
    """Give the field its example (a string or a lazy translation); its sentence is ``help_text``."""
    field.example = example  # type: ignore[attr-defined]
    return field


def short_name(*, label: Any, help_text: Any, example: Any, **more: Any) -> forms.Field:
    """Return the field for a name that programs use: of a data set, a column, a source."""
    return explained(
        forms.RegexField(
            SHORT_NAME,
            label=label,
            help_text=help_text,
            error_messages={"invalid": _("Kleinbuchstaben, Ziffern und Unterstriche, am Anfang ein Buchstabe.")},
            **more,
        ),
        example,
    )


class Form(forms.Form):
    """A form whose widgets carry the product's style. ``choices`` are what its fields offer this time, by name."""

    def __init__(
        self, *args: Any, choices: Mapping[str, Iterable[tuple[Any, Any]]] | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, offered in (choices or {}).items():
            field = self.fields[name]
            if not isinstance(field, forms.ChoiceField):
                raise TypeError(f"{name} offers no choice")
            field.choices = list(offered)
        for field in self.fields.values():
            style(field.widget)


def style(widget: forms.Widget) -> None:
    """Give a widget the product's style."""
    classes = widget.attrs.get("class", "")
    if not isinstance(widget, _CHOSEN) and "input" not in classes.split():
        widget.attrs["class"] = f"input {classes}".strip()


def dress(bound: forms.BoundField) -> None:
    """Tie a field's sentence and its fault to its widget, for assistive technology; when the field is shown."""
    widget = bound.field.widget
    style(widget)
    if isinstance(widget, _CHOSEN):
        return
    said = [f"{bound.auto_id}_hint"] if bound.field.help_text else []
    if bound.form.is_bound and bound.errors:
        widget.attrs["aria-invalid"] = "true"
        said.append(f"{bound.auto_id}_wrong")
    if said:
        widget.attrs["aria-describedby"] = " ".join(said)


def refused(form: forms.Form, problem: Problem) -> None:
    """Show a verb's refusal at the form: at the field it names, else above."""
    field = str(problem.more.get("field", ""))
    missing = problem.more.get("missing")
    more = f" {missing.get(language(), '')}" if isinstance(missing, dict) else ""
    form.add_error(field if field in form.fields else None, f"{said(problem.detail)}{more}")
