# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction

from allmende.kernel.clock import now
from allmende.kernel.errors import Forbidden, Invalid
from allmende.kernel.text import Text
from allmende.organisations.domain.changes import note
from allmende.organisations.domain.units import words
from allmende.organisations.models import Token
from allmende.organisations.queries.people import person_row, system_row, token_view
from allmende.organisations.queries.units import TOKEN, as_uuid, no_such
from allmende.organisations.terms import IssuedToken
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind

#: What every secret starts with, so that a leaked one is recognised by people and by scanners.
PREFIX = "allm_"

#: A token lives at most so long.
LONGEST = timedelta(days=730)


def digest(secret: str) -> bytes:
    """Return what is stored of a secret: its SHA-256. With 256 random bits no salt or stretching is needed."""
    return hashlib.sha256(secret.encode()).digest()


def issue_token(
    actor: Subject,
    *,
    tenant: str,
    label: str,
    purposes: Collection[str],
    person: str = "",
    system: str = "",
    lifetime: timedelta = timedelta(days=365),
) -> IssuedToken:
    """Issue a token for a person or a program, bound to purposes; the secret is in the answer only.

    A person's token is issued by that person alone, a program's by its keeper (or the operator): otherwise an
    administrator could read as somebody else. Who came with a token issues none.
    """
    if bool(person) == bool(system):
        raise Invalid(
            Text("Ein Token gehört einer Person oder einem Programm.", "A token belongs to a person or to a program.")
        )
    if not purposes:
        raise Invalid(
            Text("Ein Token braucht mindestens einen Zweck.", "A token needs at least one purpose."), field="purposes"
        )
    known = rights.snapshot().purposes
    if unknown := sorted(purpose for purpose in purposes if (tenant, purpose) not in known):
        raise Invalid(
            Text(f"Den Zweck „{unknown[0]}“ gibt es hier nicht.", f"There is no purpose “{unknown[0]}” here."),
            field="purposes",
        )
    if not timedelta(0) < lifetime <= LONGEST:
        raise Invalid(
            Text(
                f"Ein Token gilt höchstens {LONGEST.days} Tage.", f"A token is valid for at most {LONGEST.days} days."
            ),
            field="lifetime",
        )
    label = words(label, Text("Bezeichnung des Tokens", "Label of the token"))
    secret = PREFIX + secrets.token_urlsafe(32)
    moment = now()
    with transaction.atomic():
        token = Token(
            tenant_id=tenant,
            sha256=digest(secret),
            ending=secret[-4:],
            label=label,
            purposes=sorted(set(purposes)),
            created_at=moment,
            expires_at=moment + lifetime,
        )
        if person:
            token.person = person_row(tenant, person)
            _only(actor, str(token.person.id))
            active = token.person.is_active
        else:
            token.system = system_row(tenant, system)
            _only(actor, str(token.system.keeper_id) if token.system.keeper_id else "")
            active = token.system.active
        if not active:
            raise Invalid(Text("Dieses Konto ist geschlossen.", "This account is closed."))
        token.save(force_insert=True)
        note(
            actor,
            "issue_token",
            str(token.id),
            tenant=tenant,
            decision=None,
            person=person,
            system=system,
            purposes=token.purposes,
        )
    return IssuedToken(token=token_view(token), secret=secret)


def revoke_token(actor: Subject, *, tenant: str, token: str) -> None:
    """End a token at once. Its own person may, and whoever has ORGANISE in the unit it belongs to."""
    with transaction.atomic():
        rows = Token.objects.filter(tenant_id=tenant, id=as_uuid(token, TOKEN))
        row = rows.select_related("person", "system").first()
        if row is None:
            raise no_such(TOKEN)
        holder = row.person or row.system
        own = actor.kind is SubjectKind.PERSON and actor.id == str(row.person_id)
        decision = None
        if not own:
            decision = rights.require(actor, Action.ORGANISE, tenant, str(holder.unit_id) if holder else "")
        if row.revoked_at is None:
            Token.objects.filter(id=row.id).update(revoked_at=now())
            note(actor, "revoke_token", token, tenant=tenant, decision=decision)


def _only(actor: Subject, person: str) -> None:
    if actor.kind is SubjectKind.OPERATOR:
        return
    if actor.kind is SubjectKind.PERSON and actor.id == person and actor.purposes is None:
        return
    raise Forbidden(
        Text(
            "Ein persönliches Token stellt nur die Person selbst aus, angemeldet mit Kennwort; das eines Programms nur "
            "die Person, die für das Programm eingetragen ist.",
            "Only the person can issue a token of their own, signed in with the password; a program's token only the "
            "person entered as its keeper.",
        ),
        missing="self",
    )
