# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The internal places that connections may use: an administrator's list (Freigabeliste)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allmende.hub import door as hub
from allmende.kernel.errors import Problem
from allmende.organisations import door as organisations
from allmende.organisations.who import signed_in
from allmende.organisations.words import unit_choices
from allmende.webkit.forms import Form, explained, refused


class AddressForm(Form):
    """A place, for whom, and why."""

    place = explained(
        forms.CharField(
            label=gettext_lazy("Rechner oder Netz"),
            max_length=300,
            help_text=gettext_lazy("Name oder Adresse im internen Netz, wie die Anbindung sie nennt."),
        ),
        "gis.intern.stadt.de",
    )
    port = explained(
        forms.IntegerField(
            label=gettext_lazy("Port"),
            required=False,
            min_value=1,
            max_value=65535,
            help_text=gettext_lazy("Die Nummer des Dienstes; leer heißt jeder."),
        ),
        "5432",
    )
    unit = explained(
        forms.ChoiceField(
            label=gettext_lazy("Für wen"),
            required=False,
            help_text=gettext_lazy(
                "Nur Quellen dieser Stelle und der Stellen darunter dürfen dorthin. Für eine Beteiligung ist sie "
                "selbst zu nennen."
            ),
        ),
        gettext_lazy("Umweltamt"),
    )
    reason = explained(
        forms.CharField(
            label=gettext_lazy("Begründung"),
            max_length=300,
            help_text=gettext_lazy("Wozu die Anbindung gebraucht wird und mit wem es abgestimmt ist."),
        ),
        gettext_lazy("Lesekonto des GIS für den Baumbestand, mit dem Rechenzentrum am 3.5. vereinbart"),
    )


def addresses(request: HttpRequest) -> HttpResponse:
    """Show the list and take an entry; the verbs ask the decision point."""
    subject = signed_in(request)
    listed = hub.allowed_addresses(subject, tenant=subject.tenant)
    units = {unit.id: unit for unit in organisations.units(subject.tenant) if unit.active}
    below = [unit for unit in units.values() if unit.parent]  # the town itself is the whole administration
    offered = [("", _("die ganze Verwaltung")), *unit_choices(below)]
    form = AddressForm(request.POST or None, choices={"unit": offered})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            hub.allow_address(
                subject,
                tenant=subject.tenant,
                place=given["place"].strip(),
                port=given["port"],
                unit=given["unit"],
                reason=given["reason"],
            )
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(request, _("Die Adresse ist erlaubt."))
            return redirect("addresses")
    hosts = [(entry, units[entry.unit].name if entry.unit in units else None) for entry in listed]
    return render(request, "hub/addresses.html", {"form": form, "addresses": hosts}, status=400 if form.errors else 200)


@require_POST
def forbid(request: HttpRequest, address: str) -> HttpResponse:
    """Take an entry off the list."""
    subject = signed_in(request)
    hub.forbid_address(subject, tenant=subject.tenant, address=address)
    messages.success(
        request,
        _("Die Adresse ist nicht mehr erlaubt. Anbindungen dorthin antworten ab der nächsten Frage nicht mehr."),
    )
    return redirect("addresses")
