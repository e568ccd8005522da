# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Taking over a register: send it, say which column holds what, see what would be done, tick, do it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from allmende.hub.domain import inventory
from allmende.hub.domain.inventory import Register
from allmende.hub.web.sources import worker
from allmende.kernel.errors import Problem
from allmende.organisations import door as organisations
from allmende.organisations.terms import UnitView
from allmende.organisations.words import unit_choices
from allmende.webkit.forms import Form, explained, refused

TITLES = {
    "name": gettext_lazy("Fachverfahren"),
    "unit": gettext_lazy("Verantwortliche Stelle"),
    "kind": gettext_lazy("Wofür"),
    "product": gettext_lazy("Produkt"),
    "vendor": gettext_lazy("Hersteller oder Vertragspartner"),
    "hosting": gettext_lazy("Betrieb"),
    "contract": gettext_lazy("Vertrag"),
    "contact": gettext_lazy("Kontakt"),
    "legal_basis": gettext_lazy("Rechtsgrundlage"),
}
WHATS = {
    "new": gettext_lazy("wird neu eingetragen"),
    "fill": gettext_lazy("leere Angaben werden ergänzt"),
    "overwrite": gettext_lazy("Angaben würden ersetzt"),
    "same": gettext_lazy("steht schon so da"),
    "wrong": gettext_lazy("geht so nicht"),
}


class RegisterForm(Form):
    """The register's file."""

    file = explained(
        forms.FileField(
            label=gettext_lazy("Datei"),
            help_text=gettext_lazy(
                "Verzeichnis der Verarbeitungstätigkeiten, IT-Systeme oder Verträge: Excel, CSV oder ODS."
            ),
            allow_empty_file=True,
        ),
        "VVT_2026.xlsx",
    )


class AssignForm(Form):
    """Which column holds what."""

    def __init__(self, *args: Any, register: Register, units: list[UnitView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = [("", "–"), *((column, column) for column in register.columns)]
        guessed = register.guessed()
        for part, title in TITLES.items():
            self.fields[f"part_{part}"] = explained(
                forms.ChoiceField(
                    required=part == "name",
                    label=title,
                    choices=columns,
                    initial=guessed.get(part, ""),
                    help_text=_("Aus dieser Spalte des Verzeichnisses."),
                ),
                guessed.get(part, "–"),
            )
        self.fields["fallback"] = explained(
            forms.ChoiceField(
                label=_("Sonst verantwortlich"),
                choices=unit_choices(units),
                help_text=_("Wo das Verzeichnis keine Stelle nennt, die es hier gibt."),
            ),
            _("Amt für IT"),
        )

    def assigned(self) -> dict[str, str]:
        """Return part → column."""
        return {part: self.cleaned_data[f"part_{part}"] for part in TITLES if self.cleaned_data[f"part_{part}"]}


def receive(request: HttpRequest) -> HttpResponse:
    """Step one: send the file."""
    subject = worker(request)
    form = RegisterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            register = inventory.receive_register(subject, tenant=subject.tenant, name=sent.name, pieces=sent.chunks())
        except Problem as problem:
            refused(form, problem)
        else:
            return redirect("assign_register", register.id)
    return render(request, "hub/inventory.html", {"form": form}, status=400 if form.errors else 200)


@never_cache
def assign(request: HttpRequest, register: str) -> HttpResponse:
    """Step two: assign columns and see what would be done; step three: do what is ticked."""
    subject = worker(request)
    found = inventory.find_register(subject, register)
    units = [unit for unit in organisations.units(subject.tenant) if unit.active and unit.parent]
    form = AssignForm(
        request.POST if request.method == "POST" else None,
        register=found,
        units=units,
        initial={"fallback": subject.unit},
    )
    planned: list[inventory.Planned] = []
    if request.method == "POST" and form.is_valid():
        assigned, unit = form.assigned(), form.cleaned_data["fallback"]
        try:
            if "uebernehmen" in request.POST:
                count = inventory.carry_out(
                    subject, found, assigned, unit=unit, chosen=set(request.POST.getlist("system"))
                )
                messages.success(request, _("%(count)d Einträge übernommen.") % {"count": count})
                return redirect("sources")
            planned = inventory.plan(subject, found, assigned, unit=unit)
        except Problem as problem:
            refused(form, problem)
    rows = [
        (one, WHATS[one.what], [(TITLES[part], before, after) for part, before, after in one.changes])
        for one in planned
    ]
    context = {"form": form, "register": found, "planned": rows}
    return render(request, "hub/assign.html", context, status=400 if form.errors else 200)
