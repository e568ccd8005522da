# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms in which every field explains itself: one sentence, one example."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms

F = TypeVar("F", bound=forms.Field)


def explained(field: F, example: Any = "") -> F:
    """Give the field its example (a string or a lazy translation); its sentence is ``help_text``."""
    field.example = example  # type: ignore[attr-defined]
    return field


class Form(forms.Form):
    """A form whose widgets carry the product's style and, where a field was wrong, say so to assistive technology."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name in self.fields:
            dress(self[name])


def dress(bound: forms.BoundField) -> None:
    """Set the attributes of a field's widget that every field of ours has."""
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return
    classes = widget.attrs.get("class", "")
    if "input" not in classes.split():
        widget.attrs["class"] = f"input {classes}".strip()
    said = [f"{bound.auto_id}_hint"] if bound.field.help_text else []
    if bound.form.is_bound and bound.errors:
        widget.attrs["aria-invalid"] = "true"
        said.append(f"{bound.auto_id}_wrong")
    if said:
        widget.attrs["aria-describedby"] = " ".join(said)
