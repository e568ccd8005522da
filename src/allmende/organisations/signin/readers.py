# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who gets the weekly mail: only people who could sign in and read the same on the page."""

from __future__ import annotations

import msgspec
from allauth.mfa.utils import is_mfa_enabled

from allmende.organisations.models import Person
from allmende.organisations.queries.subjects import subject_of
from allmende.organisations.signin.middleware import needs_second_factor
from allmende.rights.terms import Subject


class Reader(msgspec.Struct, frozen=True):
    """Somebody who gets the weekly mail."""

    subject: Subject
    name: str
    email: str
    language: str
    town: str


def weekly_readers() -> list[str]:
    """Return the ids of the people who want the weekly mail; of practice towns none."""
    rows = Person.objects.filter(is_active=True, weekly_mail=True, tenant__practice=False).order_by("id")
    return [str(row.id) for row in rows if row.has_usable_password()]


def weekly_reader(person: str) -> Reader | None:
    """Return one of them as they are now; None for whoever does not want it, or could not sign in and see it.

    That is: a closed account, an invitation not taken up, a second factor that is asked for and not set up.
    """
    row = Person.objects.filter(id=person).select_related("tenant").first()
    if row is None or not row.is_active or not row.weekly_mail or row.tenant.practice or not row.has_usable_password():
        return None
    if needs_second_factor(row) and not is_mfa_enabled(row):
        return None
    return Reader(subject_of(row), row.name, row.email, row.language, row.tenant.name)
