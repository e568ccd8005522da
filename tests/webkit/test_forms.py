# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every field of every form explains itself in one sentence and one example."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django import forms

from allmende.hub.web import assistant, query
from allmende.organisations.web import forms as organisations
from allmende.webkit.forms import Form

FORMS: list[type[Form]] = [
    form
    for module in (organisations, assistant, query)
    for _, form in inspect.getmembers(module, inspect.isclass)
    if issubclass(form, Form) and form is not Form and form.__module__ == module.__name__
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_fields_explain_themselves(form: type[Form]) -> None:
    fields: dict[str, Any] = form.base_fields
    silent = [name for name, field in fields.items() if not field.help_text or not getattr(field, "example", "")]
    assert silent == []


def test_a_wrong_field_says_so_to_assistive_technology() -> None:
    from allmende.webkit.forms import dress, explained

    class Small(Form):
        name = explained(forms.CharField(label="Name", help_text="Wie etwas heißt."), "Baum")

    form = Small({"name": ""})
    dress(form["name"])
    assert form["name"].field.widget.attrs == {
        "class": "input",
        "aria-invalid": "true",
        "aria-describedby": "id_name_hint id_name_wrong",
    }
