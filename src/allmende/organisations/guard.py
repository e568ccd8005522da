# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Interim guard until rights.door has landed."""

from __future__ import annotations

from allmende.kernel.errors import Forbidden
from allmende.kernel.text import Text
from allmende.organisations.models import Role
from allmende.organisations.queries.units import tree
from allmende.rights.terms import Action, Subject, SubjectKind


def require(actor: Subject, action: Action, tenant: str, unit: str) -> None:
    """Raise Forbidden unless the actor may."""
    if actor.kind is SubjectKind.OPERATOR:
        return
    if actor.kind is SubjectKind.PERSON and actor.tenant == tenant:
        path = set(tree(tenant).path(unit))
        for held in actor.roles:
            if held.unit in path and action.value in Role.objects.get(slug=held.role).actions:
                return
    raise Forbidden(Text("Das erlauben Ihre Rollen nicht.", "Your roles do not allow this."), missing=action.value)
