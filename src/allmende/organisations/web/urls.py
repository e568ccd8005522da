# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the room's pages."""

from __future__ import annotations

from django.urls import path

from allmende.organisations.web import account, people, units

urlpatterns = [
    path("stadt/", units.tree, name="units"),
    path("stadt/stelle/neu/", units.new_unit, name="new_unit"),
    path("stadt/stelle/<id:unit>/", units.unit, name="unit"),
    path("stadt/rollen/", units.roles, name="roles"),
    path("stadt/menschen/", people.people, name="people"),
    path("stadt/menschen/neu/", people.new_person, name="new_person"),
    path("stadt/menschen/<id:person>/", people.person, name="person"),
    path("stadt/menschen/<id:person>/rolle/zuruecknehmen/", people.withdraw, name="withdraw_role"),
    path("stadt/menschen/<id:person>/einladen/", people.invite, name="invite"),
    path("konto/", account.account, name="account"),
    path("konto/mail/", account.mail, name="account_mail"),
    path("konto/schluessel/<id:token>/beenden/", account.revoke, name="revoke_token"),
]
