# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The register of changes of the hub."""

from __future__ import annotations

from typing import Any

from allmende.hub.models import Change
from allmende.rights.terms import Subject


def note(actor: Subject, verb: str, about: str, *, tenant: str, **detail: Any) -> None:
    """Write one entry. Call it inside the transaction of the change itself; never with a secret in it."""
    Change.objects.create(
        tenant=tenant,
        actor_kind=actor.kind.value,
        actor=actor.id,
        actor_unit=actor.unit,
        verb=verb,
        about=about,
        detail=detail,
    )
