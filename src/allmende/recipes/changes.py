# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every verb of the room does first and last: guard, and one entry in the register of changes."""

from __future__ import annotations

from typing import Any

from allmende.kernel.errors import Forbidden, NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.recipes.models import Change
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind

NO_SUCH = Text("Dieses Rezept gibt es hier nicht.", "There is no such recipe here.")


def require_worker(actor: Subject, tenant: str) -> None:
    """Raise Forbidden unless the actor connects sources somewhere in the town: only for them recipes are of use."""
    if actor.kind is SubjectKind.OPERATOR:
        return
    if actor.tenant != tenant:
        raise NotFound(NO_SUCH)
    rights.require_somewhere(actor, Action.CONNECT)


def require_reader(actor: Subject, tenant: str) -> None:
    """Raise Forbidden unless the actor connects sources somewhere in the town, or administers it: who says which keys
    are trusted must see what they sign."""
    if actor.tenant == tenant and rights.somewhere(actor, Action.ADMINISTER):
        return
    require_worker(actor, tenant)


def require_real(tenant: str) -> None:
    """Raise Forbidden in a practice town beside a real one: the installation's key is the real town's word."""
    if organisations.beside_a_real_town(tenant):
        raise Forbidden(
            Text(
                "In der Übungsstadt wird nichts unterschrieben: Der Schlüssel dieser Anlage gehört der echten Kommune.",
                "Nothing is signed in the practice town: this installation's key is the real town's.",
            ),
            missing="real_town",
        )


def note(actor: Subject, verb: str, about: str, *, tenant: str, **detail: Any) -> None:
    """Write one entry. Call it inside the transaction of the change itself."""
    Change.objects.create(
        tenant=tenant,
        actor_kind=actor.kind.value,
        actor=actor.id,
        actor_unit=actor.unit,
        verb=verb,
        about=about,
        detail=detail,
    )


def by(actor: Subject) -> str:
    """Return who did it, as the rows keep it."""
    return actor.id or actor.kind.value
