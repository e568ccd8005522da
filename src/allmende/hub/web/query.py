# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The query page: a question in SQL, its purpose, and the answer as table, chart and map, or the reason against it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Filters
from allmende.hub import door as hub
from allmende.hub.asking import purpose_choices, refusals, table
from allmende.hub.web.view import figures
from allmende.kernel.errors import Problem
from allmende.organisations.who import asking
from allmende.rights import words
from allmende.rights.terms import Subject
from allmende.webkit.forms import Form, explained
from allmende.webkit.language import language


class QueryForm(Form):
    """A question and its purpose."""

    sql = explained(
        forms.CharField(
            label=_("Frage in SQL"),
            max_length=20_000,
            strip=True,
            widget=forms.Textarea(
                attrs={
                    "class": "input input--sql",
                    "rows": 9,
                    "spellcheck": "false",
                    "data-editor": "",
                    "autocapitalize": "off",
                }
            ),
            help_text=_(
                "Eine SELECT-Anweisung; Tabellen heißen „stadt.datensatz“, auch mehrere verbunden. Strg+Eingabe fragt."
            ),
        ),
        "SELECT stadtteil, count(*) AS baeume FROM auenstadt.baeume GROUP BY stadtteil",
    )
    purpose = explained(
        forms.ChoiceField(
            label=_("Zweck"),
            required=False,
            help_text=_("Wofür Sie die Antwort brauchen; danach entscheidet sich, was Sie sehen dürfen."),
        ),
        _("Verkehrsplanung"),
    )

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = purpose_choices(subject)  # type: ignore[attr-defined]


@never_cache
def query(request: HttpRequest) -> HttpResponse:
    """Show the form, and after a question its answer or the refusal with its reason."""
    subject = asking(request)
    named = request.GET.get("datensatz", "")
    initial = {
        "sql": f"SELECT *\nFROM {named}\nLIMIT 100" if _is_name(named) else "",
        "purpose": request.GET.get("zweck", ""),
    }
    form = QueryForm(request.POST if request.method == "POST" else None, subject=subject, initial=initial)
    context: dict[str, Any] = {
        "form": form,
        "known": catalogue.known_datasets(subject, Filters(limit=200), language=language()).hits,
    }
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                shown = table(subject, sql=form.cleaned_data["sql"], purpose=form.cleaned_data["purpose"])
            except Problem as problem:
                status, context["problem"] = problem.status, problem
                context["refused"] = refusals(problem)
            else:
                context |= answered(shown)
        else:
            status = 400
    return render(request, "hub/query.html", context, status=status)


def answered(shown: hub.Shown) -> dict[str, Any]:
    """Return what a template needs of an answer."""
    drawn = figures(shown)
    return {
        "shown": shown,
        "figures": drawn,
        "obligations": [words.obligation(obligation) for obligation in shown.permission.obligations],
    }


def _is_name(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 2 and all(part.isidentifier() and part.isascii() for part in parts)
