# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the catalogue's pages."""

from __future__ import annotations

from django.urls import path

from allmende.catalogue.web import search

urlpatterns = [path("daten/", search.search, name="catalogue")]
