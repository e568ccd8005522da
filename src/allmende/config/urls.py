# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages' addresses: each room brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("konto/", include("allmende.organisations.signin.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("allmende.catalogue.rest.urls")),
    path("api/", include("allmende.hub.rest.urls")),
]
