# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The description of the interfaces for programs (OpenAPI 3.1)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe


@csrf_exempt  # it changes nothing; so a wrong method is told as such
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (a view)
    """``GET /api/openapi.json``."""
    return HttpResponse(document(), content_type="application/vnd.oai.openapi+json;version=3.1")


@cache
def document() -> bytes:
    """Return the OpenAPI document, written by hand and compared with the behaviour by the tests."""
    return files("allmende.hub.rest").joinpath("openapi.json").read_bytes()
