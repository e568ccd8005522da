# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses for programs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from allmende.hub.rest import views

urlpatterns: list[URLPattern | URLResolver] = [path("openapi.json", views.openapi, name="api_openapi")]
