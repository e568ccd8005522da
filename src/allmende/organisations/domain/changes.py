# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The register of changes."""

from __future__ import annotations

from typing import Any

from allmende.kernel.clock import now
from allmende.organisations.models import Change
from allmende.rights import door as rights
from allmende.rights.terms import Action, Decision, Subject


def note(
    actor: Subject,
    verb: str,
    about: str,
    *,
    tenant: str,
    decision: Decision | None,
    action: Action = Action.ORGANISE,
    **detail: Any,
) -> None:
    """Write down that ``verb`` was done with the thing ``about``. Call it inside the transaction of the change itself.

    Here stands what changed and from which unit it was done; the decision log gets the rule and the actor's
    pseudonym. ``decision`` is None for what people do with what is their own.
    """
    Change.objects.create(
        at=now(),
        tenant=tenant,
        actor_kind=actor.kind.value,
        actor_unit=actor.unit,
        verb=verb,
        about=about,
        detail=detail,
    )
    if decision is not None:
        rights.log(actor, action, tenant, decision, what=verb, about=(about,))
