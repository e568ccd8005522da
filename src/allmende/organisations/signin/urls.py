# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of sign-in. E-mail addresses are changed by the town, so allauth's page for them is absent."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path


def absent(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer as for any page there is none of."""
    raise Http404


urlpatterns: list[URLPattern | URLResolver] = [
    path("email/", absent, name="account_email"),
    path("signup/", absent, name="account_signup"),
    path("2fa/", include("allauth.mfa.urls")),
    path("", include("allauth.account.urls")),
]
