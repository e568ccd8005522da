# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small addresses of the frame: the town's colours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from allmende.portal import site


def colours(request: HttpRequest, tenant: str) -> HttpResponse:  # noqa: ARG001 (the address names the town)
    """Return the style sheet with the town's colour; its address changes with the colour, so it is kept for ever."""
    town = site.of(site.tenant_of(request))
    body = f":root{{--town:{town.colour};--town-ink:{town.ink};--town-light:{site.light(town.colour)}}}\n"
    response = HttpResponse(body, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
