# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Source systems, their connections and how they are."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allmende.hub import door as hub
from allmende.kernel.errors import Problem
from allmende.organisations import door as organisations
from allmende.organisations.who import signed_in
from allmende.rights.door import require_somewhere
from allmende.rights.terms import Action, Subject
from allmende.webkit.language import said


def worker(request: HttpRequest) -> Subject:
    """Return who asks, if they work with sources somewhere: CONNECT in some unit, of the administration or a company.

    It opens the pages only; what they show and do is limited to the units in which that role is held.
    """
    subject = signed_in(request)
    require_somewhere(subject, Action.CONNECT)
    return subject


def sources(request: HttpRequest) -> HttpResponse:
    """List the sources the asker works with."""
    subject = worker(request)
    found = hub.sources(subject, tenant=subject.tenant)
    units = {unit.id: unit.name for unit in organisations.units(subject.tenant)}
    return render(request, "hub/sources.html", {"sources": [(source, units.get(source.unit)) for source in found]})


def source(request: HttpRequest, source: str) -> HttpResponse:
    """Show one source system: what it is, how it is reached, what the last reading met."""
    subject = worker(request)
    shown = hub.source(subject, source, tenant=subject.tenant)
    return render(request, "hub/source.html", {"source": shown, "unit": organisations.unit(subject.tenant, shown.unit)})


@require_POST
def test(request: HttpRequest, connection: str) -> HttpResponse:
    """Try a connection now."""
    subject = worker(request)
    shown = hub.connection(subject, connection, tenant=subject.tenant)
    try:
        hub.test_connection(subject, connection, tenant=subject.tenant)
    except Problem as problem:
        messages.error(request, said(problem.detail))
    else:
        messages.success(request, _("Die Quelle antwortet."))
    return redirect("source", shown.source)


@require_POST
def switch(request: HttpRequest, connection: str) -> HttpResponse:
    """Switch a connection on or off."""
    subject = worker(request)
    shown = hub.connection(subject, connection, tenant=subject.tenant)
    hub.enable(subject, connection, tenant=subject.tenant, enabled=not shown.enabled)
    messages.success(
        request, _("Die Anbindung ist abgeschaltet.") if shown.enabled else _("Die Anbindung ist eingeschaltet.")
    )
    return redirect("source", shown.source)


@require_POST
def read_again(request: HttpRequest, dataset: str) -> HttpResponse:
    """Read a data set at its source again and keep what was met."""
    subject = worker(request)
    try:
        hub.read_again(subject, dataset, tenant=subject.tenant)
    except Problem as problem:
        messages.error(request, said(problem.detail))
    else:
        messages.success(request, _("Gelesen. Was dabei auffiel, steht unten."))
    for one in hub.sources(subject, tenant=subject.tenant):
        if any(binding.dataset == dataset for connection in one.connections for binding in connection.datasets):
            return redirect("source", one.id)
    return redirect("sources")
