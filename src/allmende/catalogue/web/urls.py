# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the catalogue's pages."""

from __future__ import annotations

from django.urls import path

from allmende.catalogue.web import entry, search

urlpatterns = [
    path("daten/", search.search, name="catalogue"),
    path("<slug:tenant>/dataset/<slug:slug>/eintrag/", entry.edit, name="edit_entry"),
    path("<slug:tenant>/dataset/<slug:slug>/freigabe/", entry.release, name="release"),
    path("<slug:tenant>/dataset/<slug:slug>/teilen/", entry.share, name="share"),
]
