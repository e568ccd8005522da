# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The data catalogue: a list with search and facets."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Bucket, Filters
from allmende.kernel.text import Text
from allmende.organisations.who import asking
from allmende.rights.door import snapshot
from allmende.rights.terms import Class
from allmende.webkit.language import language
from allmende.webkit.paging import page_asked, pager

SIZE = 20

#: The facets: name in the search, name in the address, title.
FACETS = (
    ("cls", "klasse", Text("Schutzklasse", "Class")),
    ("unit", "stelle", Text("Verantwortliche Stelle", "Responsible unit")),
    ("mode", "weg", Text("Weg der Daten", "Way of the data")),
    ("purpose", "zweck", Text("Zweck", "Purpose")),
    ("licence", "lizenz", Text("Lizenz", "Licence")),
)


def search(request: HttpRequest) -> HttpResponse:
    """Show what the asker may know of, narrowed by words and facets."""
    page = page_asked(request)
    words = request.GET.get("q", "").strip()[:200]
    chosen = {name: frozenset(filter(None, request.GET.getlist(key))) for name, key, _ in FACETS}
    titles = {slug: title for (_, slug), title in snapshot().purposes.items()}
    filters = Filters(words=words, offset=(page - 1) * SIZE, limit=SIZE, **chosen)  # type: ignore[arg-type]
    found = catalogue.known_datasets(asking(request), filters, language=language())
    return render(
        request,
        "catalogue/search.html",
        {
            "words": words,
            "found": found,
            "facets": [
                (title, _lines(request.GET, key, chosen[name], _named(name, found.facets[name], titles)))
                for name, key, title in FACETS
            ],
            "chosen": [(key, value) for name, key, _ in FACETS for value in sorted(chosen[name])],
            "narrowed": any(chosen.values()),
            "pager": pager(page, found.total, SIZE),
        },
    )


def _lines(
    query: QueryDict, key: str, chosen: frozenset[str], buckets: tuple[Bucket, ...]
) -> list[tuple[Bucket, bool, str]]:
    """Return each value with whether it is chosen and the address that changes that."""
    lines = []
    for bucket in buckets:
        changed = query.copy()
        changed.pop("seite", None)
        values = [value for value in query.getlist(key) if value != bucket.value]
        if bucket.value not in chosen:
            values.append(bucket.value)
        changed.setlist(key, values)
        lines.append((bucket, bucket.value in chosen, f"?{changed.urlencode()}"))
    return lines


def _named(facet: str, buckets: tuple[Bucket, ...], purposes: dict[str, Text]) -> tuple[Bucket, ...]:
    """Return the values with their titles: classes from open to closed, purposes as the town calls them."""
    if facet == "cls":
        order = [cls.value for cls in Class]
        return tuple(sorted(buckets, key=lambda bucket: order.index(bucket.value)))
    if facet == "purpose":
        return tuple(Bucket(b.value, purposes.get(b.value, b.title), b.count) for b in buckets)
    return buckets
