# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The practice town: choose who one wants to be, without a password; switched on and off by the administrator."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from allmende.organisations import door as organisations
from allmende.organisations.who import asking, signed_in
from allmende.portal.navigation import whoever_sets_up
from allmende.rights.terms import Subject


def _whoever_may(request: HttpRequest) -> Subject:
    """Return who asks. Raises Unauthenticated: beside a real town, only its people enter the practice town."""
    return asking(request) if settings.DEMO else signed_in(request)


@never_cache
def practice(request: HttpRequest) -> HttpResponse:
    """Show who there is in the practice towns."""
    subject = _whoever_may(request)
    towns = [town for town in organisations.tenants() if town.practice]
    return render(
        request,
        "portal/practice.html",
        {
            "towns": [(town, [one for one in organisations.people(town.slug) if one.active]) for town in towns],
            "wanted": organisations.practice_wanted(),
            "switches": not settings.DEMO and whoever_sets_up(subject),
            "own": subject.id,
            "inside": subject.tenant in {town.slug for town in towns},
        },
    )


@require_POST
@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """Become one of them; whoever one was before is signed out."""
    _whoever_may(request)
    town, _slash, person = request.POST.get("person", "").partition("/")
    organisations.enter_persona(request, tenant=town, person=person)
    return redirect("home")


@require_POST
@never_cache
def switch(request: HttpRequest) -> HttpResponse:
    """Want a practice town beside the real one, or no longer."""
    on = request.POST.get("on") == "1"
    organisations.switch_practice(signed_in(request), on=on)
    if on:
        messages.success(
            request, _("Die Übungsstadt wird eingerichtet. Das dauert etwa eine Minute; laden Sie dann neu.")
        )
    else:
        messages.success(request, _("Die Übungsstadt verschwindet in wenigen Sekunden."))
    return redirect("practice")
