# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages' addresses: each room brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("allmende.portal.web.urls")),
    path("", include("allmende.hub.web.urls")),
    path("", include("allmende.catalogue.web.urls")),
    path("", include("allmende.organisations.web.urls")),
    path("", include("allmende.rights.web.urls")),
    path("konto/", include("allmende.organisations.signin.urls")),
    path("sprache/", set_language, name="set_language"),
]

handler400 = "allmende.webkit.problems.bad_request"
handler403 = "allmende.webkit.problems.forbidden"
handler404 = "allmende.webkit.problems.not_found"
handler500 = "allmende.webkit.problems.server_error"
