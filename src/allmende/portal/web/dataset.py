# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of a data set: what it is, who stands for it, who may use it for what, and how to ask."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import DatasetView
from allmende.hub import door as hub
from allmende.hub.asking import table
from allmende.hub.web.query import answered
from allmende.insight import door as insight
from allmende.kernel.errors import Problem
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.who import asking
from allmende.portal import permission
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject

#: Rows of a preview.
PREVIEW = 20

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class Way(msgspec.Struct, frozen=True):
    """Whom to ask, and the address if there is one."""

    words: str
    mail: str


def dataset(request: HttpRequest, tenant: str, slug: str) -> HttpResponse:
    """Show the data set; one the asker may not know of is answered as if there were none."""
    subject = asking(request)
    shown = catalogue.dataset(subject, tenant, slug)
    unit = organisations.unit(tenant, shown.unit)
    way, mode = hub.modes([shown.id]).get(shown.id, ("", shown.mode))
    yours = permission.yours(subject, shown)
    gives = rights.may(subject, Action.GRANT, shown.tenant, shown.unit)
    context: dict[str, Any] = {
        "dataset": shown,
        "unit": unit,
        "source_name": way,
        "mode": mode,
        "yours": yours,
        "usable": any(verdict.may for verdict in yours),
        "purposes": [
            pair for verdict in yours if verdict.may for pair in zip(verdict.slugs, verdict.purposes, strict=True)
        ],
        "general": permission.in_general(shown),
        "used_for": permission.used_for(shown),
        "grants": permission.grants(shown, named=gives) if gives or _inside(subject, shown) else [],
        "gives": gives,
        "describes": rights.may(subject, Action.DESCRIBE, shown.tenant, shown.unit),
        "releases": rights.may(subject, Action.RELEASE, shown.tenant, shown.unit),
        "shared_with": [town.name for town in organisations.tenants() if town.slug in shown.shared_with],
        "inside": _inside(subject, shown),
        "ask": ways(shown.contact or unit.contact),
        "offers": [
            (offer.title, urlencode({"frage": insight.write_text(offer.question)}))
            for offer in insight.offers(subject, shown.name)
        ],
        "law": _law_on_release(subject, shown),
    }
    if "vorschau" in request.GET:
        context |= preview(subject, shown, request.GET.get("zweck", ""))
    return render(request, "portal/dataset.html", context)


def preview(subject: Subject, shown: DatasetView, purpose: str) -> dict[str, Any]:
    """Return the first rows, asked of the hub like every question, or the reason against it."""
    try:
        found = table(subject, sql=f"SELECT * FROM {shown.name}", purpose=purpose, rows=PREVIEW)  # noqa: S608 (a checked name; the gate reads it)
    except Problem as problem:
        return {"problem": problem, "purpose": purpose, "preview": True}
    return {**answered(found), "purpose": purpose, "preview": True}


def ways(words: str) -> Way | None:
    """Return whom to ask, with the e-mail address in the words."""
    mail = _MAIL.search(words)
    return Way(words, mail[0] if mail else "") if words else None


def _law_on_release(subject: Subject, shown: DatasetView) -> Text | None:
    """Return what the Land's law means for the decision, for those who take it and where it is not taken yet."""
    if shown.released or not rights.may(subject, Action.RELEASE, shown.tenant, shown.unit):
        return None
    return organisations.law(organisations.tenant(shown.tenant).land, timezone.localdate()).on_release()


def _inside(subject: Subject, shown: DatasetView) -> bool:
    return subject.administration and subject.tenant == shown.tenant
