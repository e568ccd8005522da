# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The law in our Land: what rules hold for the town's data, with their sources, and what is not known."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from allmende.organisations import door as organisations
from allmende.portal.site import tenant_of


def laws(request: HttpRequest) -> HttpResponse:
    """Show the law package of the town's Land for today."""
    town = tenant_of(request)
    today = timezone.localdate()
    found = organisations.law(town.land if town else "", today)
    return render(request, "portal/laws.html", {"law": found, "today": today, "parts": [found.land, *found.everywhere]})
