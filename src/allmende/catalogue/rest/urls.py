# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses for programs."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from allmende.catalogue.rest import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("datasets", views.datasets, name="api_datasets"),
    path("datasets/<slug:tenant>.<slug:slug>", views.dataset, name="api_dataset"),
]
