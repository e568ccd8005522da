# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages' addresses: each room brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("allmende.portal.web.urls")),
    path("", include("allmende.recipes.web.urls")),
    path("", include("allmende.insight.web.urls")),
    path("", include("allmende.hub.web.urls")),
    path("", include("allmende.catalogue.web.urls")),
    path("", include("allmende.organisations.web.urls")),
    path("konto/", include("allmende.organisations.signin.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("allmende.catalogue.rest.urls")),
    path("api/", include("allmende.hub.rest.urls")),
]

handler400 = "allmende.webkit.problems.bad_request"
handler403 = "allmende.webkit.problems.forbidden"
handler404 = "allmende.webkit.problems.not_found"
handler500 = "allmende.webkit.problems.server_error"
