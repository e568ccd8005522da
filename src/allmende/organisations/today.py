# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What waits among people: tokens that run out, invitations nobody took up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q
from django.urls import reverse

from allmende.kernel.text import Text
from allmende.kernel.waiting import Waiting
from allmende.organisations.models import Person, Token
from allmende.organisations.signin.invitation import DAYS
from allmende.rights.door import may
from allmende.rights.terms import Action, Subject

#: A token is told of so long before its end.
BEFORE = timedelta(days=30)


def waiting(asker: Subject, moment: datetime) -> Iterator[Waiting]:
    """Tell of one's own tokens and those of programs one keeps; who organises a unit, of its open invitations."""
    tokens = Token.objects.filter(tenant_id=asker.tenant, revoked_at=None, expires_at__gt=moment)
    tokens = tokens.filter(expires_at__lt=moment + BEFORE).select_related("system").order_by("expires_at")
    for token in tokens:
        kept = token.system is not None and str(token.system.keeper_id) == asker.id
        if kept or str(token.person_id) == asker.id:
            yield Waiting(
                kind="organisations.token",
                title=Text(
                    f"Der Zugangsschlüssel „{token.label}“ läuft ab", f"The access token “{token.label}” runs out"
                ),
                action=Text("Neuen ausstellen", "Issue a new one"),
                address=reverse("account"),
                due=token.expires_at,
            )
    invited = Person.objects.filter(
        tenant_id=asker.tenant, is_active=True, created_at__lt=moment - timedelta(days=DAYS)
    )
    organised: dict[str, bool] = {}
    unset = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    for person in invited.filter(unset).order_by("created_at"):
        unit = str(person.unit_id)
        if unit not in organised:
            organised[unit] = may(asker, Action.ORGANISE, asker.tenant, unit)
        if organised[unit]:
            yield Waiting(
                kind="organisations.invited",
                title=Text(
                    f"{person.name} hat die Einladung nicht angenommen",
                    f"{person.name} has not taken up the invitation",
                ),
                detail=Text("Der Link ist abgelaufen.", "The link has run out."),
                action=Text("Neu einladen", "Invite again"),
                address=reverse("person", args=[str(person.id)]),
            )
