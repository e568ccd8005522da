# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the room's pages."""

from __future__ import annotations

from django.urls import path

from allmende.hub.web import addresses, connect, download, query, sources

urlpatterns = [
    path("auswertung/sql/", query.query, name="query"),
    path("auswertung/datei/<slug:form>/", download.download, name="download"),
    path("quellen/", sources.sources, name="sources"),
    path("quellen/adressen/", addresses.addresses, name="addresses"),
    path("quellen/adressen/<id:address>/entfernen/", addresses.forbid, name="forbid_address"),
    path("quellen/anbinden/", connect.connect, name="connect"),
    path("quellen/anbinden/datenbank/", connect.database, name="connect_database"),
    path("quellen/anbinden/netz/", connect.interface, name="connect_interface"),
    path("quellen/anbinden/<str:opened>/tabelle/", connect.table, name="choose_table"),
    path("quellen/anbinden/<str:upload>/", connect.correct, name="correct"),
    path("quellen/anbinden/<str:upload>/eintrag/", connect.describe, name="describe"),
    path("quellen/<id:source>/", sources.source, name="source"),
    path("quellen/anbindung/<id:connection>/pruefen/", sources.test, name="test_connection"),
    path("quellen/anbindung/<id:connection>/schalten/", sources.switch, name="switch_connection"),
    path("quellen/datensatz/<id:dataset>/lesen/", sources.read_again, name="read_again"),
]
