# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
""" "Heute": one page of what waits for the person signed in; and the way out of the weekly mail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from allmende.kernel.clock import now
from allmende.organisations import door as organisations
from allmende.organisations.who import signed_in
from allmende.portal.today import today as waiting


@never_cache
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits, or a friendly sentence."""
    found, whole = waiting(signed_in(request), now())
    return render(request, "portal/today.html", {"waiting": found, "whole": whole, "day": now()})


@csrf_exempt  # mail programs press this button themselves (RFC 8058); the token in the address is what counts
@never_cache
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, then stop the weekly mail; without signing in. Looking at the page changes nothing."""
    if request.method == "POST":
        organisations.stop_weekly(token)
    return render(request, "portal/today_stop.html", {"done": request.method == "POST"})
