# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The Konzern Stadt: offices, undertakings, companies, partners, and who holds which role."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from allmende.kernel.errors import NotFound, Problem
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import LegalForm, UnitDraft, UnitKind, UnitView
from allmende.organisations.web.forms import UnitForm
from allmende.organisations.who import asking, of_the_administration
from allmende.rights.door import require_somewhere, somewhere
from allmende.rights.terms import Action, Subject
from allmende.webkit.forms import refused
from allmende.webkit.language import said

Branch = tuple[UnitView, list[Any]]


def town_of(request: HttpRequest, subject: Subject) -> str:
    """Return the slug of the town shown: the asker's, else the one the address or the operator names, else the first."""
    if subject.tenant:
        return subject.tenant
    towns = [tenant.slug for tenant in organisations.tenants()]
    named = request.GET.get("stadt", "")
    if named in towns:
        return named
    if not towns:
        raise NotFound(Text("Noch ist keine Kommune eingerichtet.", "No town is set up yet."))
    return towns[0]


def branches(units: list[UnitView]) -> list[Branch]:
    """Return the units as a tree of (unit, branches below)."""
    below: dict[str, list[Branch]] = {}
    roots: list[Branch] = []
    for unit in units:
        branch: Branch = (unit, below.setdefault(unit.id, []))
        below.get(unit.parent, roots).append(branch)
    return roots


def tree(request: HttpRequest) -> HttpResponse:
    """Show the town's units; what the set-up lacks is shown to those who organise it."""
    subject = asking(request)
    town = town_of(request, subject)
    organises = somewhere(subject, Action.ORGANISE)
    return render(
        request,
        "organisations/tree.html",
        {
            "branches": branches([unit for unit in organisations.units(town) if unit.active]),
            "organises": organises,
            "administers": somewhere(subject, Action.ADMINISTER),
            "inside": subject.administration and subject.tenant == town,
            "findings": organisations.findings(town) if organises else [],
        },
    )


def unit(request: HttpRequest, unit: str) -> HttpResponse:
    """Show one unit; its people only to those of the town's administration."""
    subject = asking(request)
    town = town_of(request, subject)
    units = {view.id: view for view in organisations.units(town)}
    shown = organisations.unit(town, unit)
    inside = subject.administration and subject.tenant == town
    return render(
        request,
        "organisations/unit.html",
        {
            "unit": shown,
            "above": [units[id_] for id_ in shown.path[:-1]],
            "below": [view for view in units.values() if view.parent == shown.id and view.active],
            "people": organisations.people(town, unit=shown.id) if inside else [],
            "inside": inside,
        },
    )


def new_unit(request: HttpRequest) -> HttpResponse:
    """Set up a unit; the verb asks the decision point."""
    subject = of_the_administration(request)
    require_somewhere(subject, Action.ORGANISE)
    form = UnitForm(request.POST or None, units=[u for u in organisations.units(subject.tenant) if u.active])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = organisations.create_unit(
                subject,
                UnitDraft(
                    slug=given["slug"],
                    name=Text(given["name_de"], given["name_en"] or given["name_de"]),
                    kind=UnitKind(given["kind"]),
                    parent=given["parent"],
                    legal_form=LegalForm(given["legal_form"]),
                    share=given["share"],
                    contact=given["contact"],
                ),
                tenant=subject.tenant,
            )
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(request, _("„%(name)s“ ist eingetragen.") % {"name": said(made.name)})
            return redirect("units")
    return render(request, "organisations/new_unit.html", {"form": form}, status=400 if form.errors else 200)


def roles(request: HttpRequest) -> HttpResponse:
    """Show every role, what it is for and who holds it."""
    subject = of_the_administration(request)
    holders: dict[str, list[tuple[str, Text]]] = {}
    for person in organisations.people(subject.tenant):
        for held in person.roles:
            holders.setdefault(held.role, []).append((person.name, held.unit_name))
    profile = organisations.tenant(subject.tenant).profile
    offered = {role.slug for role in organisations.offered_roles(subject.tenant, profile)}
    kit = [(role, holders.get(role.slug, [])) for role in organisations.roles(subject.tenant)]
    return render(
        request,
        "organisations/roles.html",
        {
            "offered": [entry for entry in kit if entry[0].slug in offered],
            "others": [entry for entry in kit if entry[0].slug not in offered],
            "findings": organisations.findings(subject.tenant),
        },
    )
