# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The catalogue as JSON. Errors leave as problem+json: the problem middleware writes them."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from allmende.catalogue.queries.datasets import dataset as read_dataset
from allmende.catalogue.queries.datasets import known_datasets
from allmende.catalogue.terms import DatasetView, Filters, Found, Hit
from allmende.catalogue.vocabulary import licences, rhythms
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.rights.terms import Subject

#: At most so many data sets in one answer.
LONGEST_PAGE = 200

_FACETS = {"class": "cls", "unit": "unit", "mode": "mode", "purpose": "purpose", "licence": "licence"}
_LANGUAGES = frozenset({"de", "en"})
_PARAMETERS = frozenset({*_FACETS, "q", "tenant", "offset", "limit", "lang"})


@csrf_exempt  # it changes nothing; so a wrong method is told as such
@require_safe
def datasets(request: HttpRequest) -> HttpResponse:
    """``GET /api/datasets``: search what the asker may know of.

    Parameters: ``q`` words, ``tenant``, the facets ``class unit mode purpose licence`` (repeatable), ``offset``,
    ``limit`` (at most 200), ``lang`` (order of the list).
    """
    unknown = sorted(request.GET.keys() - _PARAMETERS)
    if unknown:
        raise Invalid(
            Text(f"Den Parameter „{unknown[0]}“ gibt es nicht.", f"There is no parameter “{unknown[0]}”."),
            parameter=unknown[0],
        )
    repeated = sorted(name for name in request.GET if name not in _FACETS and len(request.GET.getlist(name)) > 1)
    if repeated:
        raise Invalid(
            Text(f"„{repeated[0]}“ darf nur einmal stehen.", f"“{repeated[0]}” may stand only once."),
            parameter=repeated[0],
        )
    language = request.GET.get("lang", "de")
    if language not in _LANGUAGES:
        raise Invalid(Text("„lang“ ist „de“ oder „en“.", "“lang” is “de” or “en”."), parameter="lang")
    filters = Filters(
        words=request.GET.get("q", ""),
        tenant=request.GET.get("tenant", ""),
        offset=_number(request, "offset", 0),
        limit=_number(request, "limit", 50, most=LONGEST_PAGE),
        **{name: frozenset(request.GET.getlist(parameter)) for parameter, name in _FACETS.items()},
    )
    found = known_datasets(_subject(request), filters, language=language)
    return _json(_found(found))


@csrf_exempt  # it changes nothing; so a wrong method is told as such
@require_safe
def dataset(request: HttpRequest, tenant: str, slug: str) -> HttpResponse:
    """``GET /api/datasets/{tenant}.{slug}``: one data set with its fields."""
    return _json(_dataset(read_dataset(_subject(request), tenant, slug)))


def _subject(request: HttpRequest) -> Subject:
    subject: Subject = request.subject  # type: ignore[attr-defined]
    return subject


def _number(request: HttpRequest, name: str, default: int, *, most: int = 1_000_000) -> int:
    given = request.GET.get(name, str(default))
    if not (given.isascii() and given.isdigit() and len(given) < 8) or int(given) > most:
        raise Invalid(
            Text(f"„{name}“ ist eine ganze Zahl von 0 bis {most}.", f"“{name}” is a whole number from 0 to {most}."),
            parameter=name,
        )
    return int(given)


def _json(document: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(document), content_type="application/json")
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Authorization, Cookie"
    return response


def _found(found: Found) -> dict[str, Any]:
    return {
        "total": found.total,
        "datasets": [_hit(hit) for hit in found.hits],
        "facets": {
            parameter: [
                {"value": bucket.value, "title": bucket.title, "count": bucket.count} for bucket in found.facets[name]
            ]
            for parameter, name in _FACETS.items()
        },
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "name": f"{hit.tenant}.{hit.slug}",
        "uri": hit.uri,
        "title": hit.title,
        "description": hit.description,
        "unit": {"id": hit.unit, "name": hit.unit_name},
        "class": hit.cls,
        "mode": hit.mode,
        "as_of": hit.as_of,
        "released": hit.released,
        "licence": _licence(hit.licence),
        "changed_at": hit.changed_at,
    }


def _dataset(view: DatasetView) -> dict[str, Any]:
    rhythm = rhythms()[view.rhythm]
    return {
        "name": view.name,
        "uri": view.uri,
        "title": view.title,
        "description": view.description,
        "unit": {"id": view.unit, "name": view.unit_name},
        "contact": view.contact,
        "class": view.cls,
        "secrets": sorted(view.secrets),
        "visibility": view.visibility,
        "legal_basis": view.legal_basis,
        "purposes": sorted(view.purposes),
        "licence": _licence(view.licence),
        "attribution": view.attribution,
        "rhythm": {"uri": rhythm.uri, "title": rhythm.title, "promised": view.rhythm_promised},
        "limits": view.limits,
        "warnings": view.warnings,
        "source": view.source,
        "bbox": view.bbox,
        "place": view.place,
        "covers_from": view.covers_from,
        "covers_until": view.covers_until,
        "mode": view.mode,
        "as_of": view.as_of,
        "anonymised": view.anonymised,
        "obligations": view.obligations,
        "released_at": view.release.at if view.release else None,
        "version": view.version,
        "created_at": view.created_at,
        "changed_at": view.changed_at,
        "fields": view.fields,
    }


def _licence(licence: str) -> dict[str, Any] | None:
    known = licences().get(licence)
    return {"id": known.id, "uri": known.uri, "title": known.title} if known else None
