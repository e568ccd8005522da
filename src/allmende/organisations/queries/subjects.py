# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who asks: people and programs as the decision point sees them."""

from __future__ import annotations

import hashlib

from allmende.kernel.clock import now
from allmende.organisations.models import HeldRole, Person, SystemAccount, Token
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


def system_as_subject(system: SystemAccount) -> Subject:
    """Return a program as a subject (one query); a closed account is nobody."""
    if not system.active:
        return ANYONE
    units = tree(system.tenant_id)
    unit = str(system.unit_id)
    return Subject(
        kind=SubjectKind.SYSTEM,
        id=str(system.id),
        tenant=system.tenant_id,
        unit=unit,
        units=frozenset(units.path(unit)),
        administration=units.administration(unit),
    )


def subject_by_token(secret: str) -> Subject | None:
    """Return whom a bearer token stands for, bound to its purposes; None if it is not valid now."""
    rows = Token.objects.filter(sha256=hashlib.sha256(secret.encode()).digest(), revoked_at=None, expires_at__gt=now())
    token = rows.select_related("person", "system").first()
    if token is None:
        return None
    subject = subject_of(token.person) if token.person else system_as_subject(token.system) if token.system else ANYONE
    return None if subject is ANYONE else subject.bound_to(frozenset(token.purposes))
