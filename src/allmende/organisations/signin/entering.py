# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Entering without the sign-in page: the first administrator who has just chosen a password, and personas of a practice town."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import login
from django.http import HttpRequest

from allmende.kernel.errors import Forbidden
from allmende.kernel.text import Text
from allmende.organisations.models import Person
from allmende.organisations.queries.people import person_row

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def enter_founder(request: HttpRequest, *, tenant: str, person: str, password: str) -> None:
    """Sign in the person whose account was set up by this very request, with the password it set.

    The password is checked once more: no other way leads in here. A second factor is asked for as at every sign-in.
    """
    row = person_row(tenant, person)
    if not row.is_active or not row.check_password(password):
        raise Forbidden(Text("Das Kennwort stimmt nicht.", "The password is wrong."))
    _enter(request, row, "password")


def enter_persona(request: HttpRequest, *, tenant: str, person: str) -> None:
    """Sign in as a persona of a practice town. Raises NotFound, and Forbidden for a person of a real one."""
    row = person_row(tenant, person)
    if not row.tenant.practice or not row.is_active:
        raise Forbidden(
            Text(
                "Ohne Kennwort geht es nur in die Übungsstadt.",
                "Without a password one enters the practice town only.",
            ),
            missing="practice",
        )
    request.session.flush()  # nothing of whoever was signed in before goes along
    _enter(request, row, "persona")


def _enter(request: HttpRequest, person: Person, method: str) -> None:
    login(request, person, backend=_BACKEND)
    record_authentication(request, person, method=method, email=person.email)
