# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who asks: people and programs as the decision point sees them."""

from __future__ import annotations

from allmende.organisations.models import HeldRole, Person
from allmende.organisations.queries.units import tree
from allmende.rights.terms import ANYONE, Held, Subject, SubjectKind


def subject_of(person: Person) -> Subject:
    """Return the person as a subject (two queries); a closed account holds no role and belongs nowhere."""
    if not person.is_active:
        return ANYONE
    units = tree(person.tenant_id)
    unit = str(person.unit_id)
    held = HeldRole.objects.filter(person=person).values_list("role_id", "unit_id")
    return Subject(
        kind=SubjectKind.PERSON,
        id=str(person.id),
        tenant=person.tenant_id,
        unit=unit,
        units=frozenset(units.path(unit)),
        roles=frozenset(Held(role, str(where)) for role, where in held),
        administration=units.administration(unit),
    )


def subject_for(user: object) -> Subject:
    """Return the signed-in user (``request.user``) as a subject; anybody else is ``ANYONE``."""
    return subject_of(user) if isinstance(user, Person) else ANYONE
