# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the room's pages."""

from __future__ import annotations

from django.urls import path

from allmende.hub.web import (
    addresses,
    connect,
    deliver,
    districts,
    download,
    dropping,
    inventory,
    lists,
    query,
    sources,
)

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
    path("register/einlesen/", inventory.receive, name="read_register"),
    path("register/einlesen/<id:register>/", inventory.assign, name="assign_register"),
    path("listen/stadtteile/", districts.districts, name="districts"),
    path("listen/", lists.lists, name="lists"),
    path("listen/ablegen/", dropping.drop, name="drop_list"),
    path("listen/ablegen/<id:arrived>/", dropping.look, name="look_list"),
    path("listen/ablegen/<id:arrived>/abbrechen/", dropping.stop, name="stop_list"),
    path("listen/ablegen/<id:arrived>/eintrag/", dropping.store, name="store_list"),
    path("listen/lieferung/<id:delivery>/ansehen/", dropping.take_up, name="take_up"),
    path("listen/lieferung/<id:delivery>/verwerfen/", lists.dismiss, name="dismiss"),
    path("listen/lieferung/<id:delivery>/original/", lists.original, name="original"),
    path("listen/link/<id:link>/beenden/", lists.revoke_link, name="revoke_link"),
    path("listen/<id:dataset>/", lists.one_list, name="list"),
    path("listen/<id:dataset>/einstellungen/", lists.change, name="change_list"),
    path("listen/<id:dataset>/link/", lists.make_link, name="make_link"),
    path("listen/<id:dataset>/ordner/", lists.folder, name="drop_folder"),
    path("listen/<id:dataset>/vorlage.xlsx", lists.empty, name="template"),
    path("listen/<id:dataset>/fassung/<int:number>/", lists.version, name="list_version"),
    path("liefern/<str:secret>/", deliver.deliver, name="deliver"),
    path("liefern/<str:secret>/vorlage.xlsx", deliver.empty, name="deliver_template"),
    path("quellen/<id:source>/", sources.source, name="source"),
    path("quellen/anbindung/<id:connection>/pruefen/", sources.test, name="test_connection"),
    path("quellen/anbindung/<id:connection>/schalten/", sources.switch, name="switch_connection"),
    path("quellen/datensatz/<id:dataset>/lesen/", sources.read_again, name="read_again"),
]
