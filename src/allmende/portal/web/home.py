# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The first page: in five seconds, what this is and what one can do here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import CLASS_TITLES, Filters
from allmende.organisations import door as organisations
from allmende.organisations.who import asking
from allmende.portal.site import tenant_of
from allmende.portal.web.start import welcome
from allmende.rights.terms import Class
from allmende.webkit.language import language

#: So many of the latest entries are shown.
NEWEST = 4
_EVERY = 200


def home(request: HttpRequest) -> HttpResponse:
    """Show the town's data at a glance; whatever is counted here, the asker may know of."""
    if not asking(request).tenant and organisations.start_state().open:
        return welcome(request)
    town = tenant_of(request)
    if town is None:
        return render(request, "portal/empty.html")
    found = catalogue.known_datasets(asking(request), Filters(tenant=town.slug, limit=_EVERY), language=language())
    by_class = {bucket.value: bucket.count for bucket in found.facets["cls"]}
    newest = sorted(found.hits, key=lambda hit: hit.changed_at, reverse=True)[:NEWEST]
    return render(
        request,
        "portal/home.html",
        {
            "total": found.total,
            "released": sum(hit.released for hit in found.hits),
            "units": len(found.facets["unit"]),
            "newest": newest,
            "classes": [(cls, CLASS_TITLES[cls], by_class.get(cls.value, 0)) for cls in Class],
        },
    )
