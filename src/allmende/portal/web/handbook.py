# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The user handbook in the product: contents with search, chapters, all of it to print, the glossary."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from allmende.portal import handbook
from allmende.webkit.glossary import entries

#: A search shows at most so many places.
MOST_HITS = 30


def contents(request: HttpRequest) -> HttpResponse:
    """Show the chapters, and what a search finds in them."""
    words = request.GET.get("q", "").strip()[:200]
    found = handbook.search(words) if words else []
    return render(
        request,
        "portal/handbook.html",
        {"chapters": handbook.chapters(), "words": words, "hits": found[:MOST_HITS], "total": len(found)},
    )


def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a chapter, with the one before and the one after."""
    every = handbook.chapters()
    at = next((number for number, each in enumerate(every) if each.slug == slug), None)
    if at is None:
        raise Http404
    near = {"before": every[at - 1] if at else None, "after": every[at + 1] if at + 1 < len(every) else None}
    return render(request, "portal/chapter.html", {"chapter": every[at], **near})


def whole(request: HttpRequest) -> HttpResponse:
    """Show all chapters on one page, to print."""
    return render(request, "portal/handbook_whole.html", {"chapters": handbook.chapters()})


def glossary(request: HttpRequest) -> HttpResponse:
    """Explain the words of these pages, one sentence each."""
    return render(request, "portal/glossary.html", {"entries": entries()})
