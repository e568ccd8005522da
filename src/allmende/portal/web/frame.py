# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small addresses of the frame: the town's colours and arms."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from allmende.organisations import door as organisations
from allmende.portal import site
from allmende.webkit.pictures import Picture


def colours(request: HttpRequest, tenant: str) -> HttpResponse:  # noqa: ARG001 (the address names the town)
    """Return the style sheet with the town's colour; its address changes with the colour, so it is kept for ever."""
    town = site.of(site.tenant_of(request))
    body = f":root{{--town:{town.colour};--town-ink:{town.ink};--town-light:{site.light(town.colour)}}}\n"
    response = HttpResponse(body, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def arms(request: HttpRequest, tenant: str, mark: str) -> HttpResponse:  # noqa: ARG001 (the mark makes a new address)
    """Return the town's arms."""
    picture = organisations.arms(tenant)
    if picture is None:
        raise Http404
    response = shown(picture)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def shown(picture: Picture) -> HttpResponse:
    """Return a picture somebody sent, under a policy that lets it do nothing, also where it is opened by itself."""
    response = HttpResponse(picture.content, content_type=picture.media_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
