# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""By which data sets of the town a list's rows are given their district: named here, once, by its administration."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Filters
from allmende.hub.domain.districts import AREA_COLUMNS, STREET_COLUMNS, set_districts
from allmende.hub.queries import lists as reading
from allmende.kernel.errors import Problem
from allmende.organisations.who import of_the_administration
from allmende.rights import door as rights
from allmende.rights.terms import Action
from allmende.webkit.forms import Form, explained, refused
from allmende.webkit.language import language, said

_STREETS = {
    "street": (gettext_lazy("Spalte: Straße"), "strasse"),
    "district": (gettext_lazy("Spalte: Stadtteil"), "stadtteil"),
    "first": (gettext_lazy("Spalte: Hausnummer von"), "von"),
    "last": (gettext_lazy("Spalte: Hausnummer bis"), "bis"),
    "side": (gettext_lazy("Spalte: gerade oder ungerade"), "seite"),
    "former": (gettext_lazy("Spalte: frühere Namen"), "frueher"),
}
_AREAS = {
    "district": (gettext_lazy("Spalte: Name der Fläche"), "name"),
    "geometry": (gettext_lazy("Spalte: Fläche"), "geometrie"),
}


class DistrictsForm(Form):
    """The two data sets and their columns."""

    def __init__(self, *args: Any, datasets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label, parts, example in (
            ("streets", _("Straßenverzeichnis"), _STREETS, _("Straßenverzeichnis der Vermessung")),
            ("areas", _("Flächen der Stadtteile"), _AREAS, _("Stadtteile")),
        ):
            self.fields[name] = explained(
                forms.ChoiceField(
                    label=label,
                    required=False,
                    choices=[("", "–"), *datasets],
                    help_text=_("Ein offener oder verwaltungsinterner Datensatz der Stadt."),
                ),
                example,
            )
            for part, (title, column) in parts.items():
                self.fields[f"{name}_{part}"] = explained(
                    forms.CharField(
                        label=title,
                        required=False,
                        max_length=63,
                        help_text=_("Name der Spalte; leer, wenn es keine gibt."),
                    ),
                    column,
                )

    def columns(self, name: str, parts: tuple[str, ...]) -> dict[str, str]:
        """Return part → column."""
        given = self.cleaned_data
        return {part: given[f"{name}_{part}"].strip() for part in parts if given[f"{name}_{part}"].strip()}


def districts(request: HttpRequest) -> HttpResponse:
    """Name the data sets. Needs ADMINISTER."""
    subject = of_the_administration(request)
    rights.require(subject, Action.ADMINISTER, subject.tenant, "")
    hits = catalogue.known_datasets(subject, Filters(limit=500, tenant=subject.tenant), language=language()).hits
    form = DistrictsForm(
        request.POST if request.method == "POST" else None,
        datasets=[(hit.id, said(hit.title)) for hit in hits],
        initial=reading.districts_of(subject.tenant),
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_districts(
                subject,
                tenant=subject.tenant,
                streets=form.cleaned_data["streets"],
                street_columns=form.columns("streets", STREET_COLUMNS),
                areas=form.cleaned_data["areas"],
                area_columns=form.columns("areas", AREA_COLUMNS),
            )
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(request, _("Gespeichert."))
            return redirect("districts")
    return render(request, "hub/districts.html", {"form": form}, status=400 if form.errors else 200)
