# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every verb does first and last: guard, and leave an entry in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import cast

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from allmende.kernel.errors import Forbidden
from allmende.rights import journal
from allmende.rights.current import raw_connection, snapshot
from allmende.rights.decide import may
from allmende.rights.pseudonyms import Sealer
from allmende.rights.snapshot import Snapshot
from allmende.rights.terms import Action, Decision, Outcome, Subject, SubjectKind


def present(actor: Subject, registers: Snapshot) -> Subject:
    """Return the actor with what the registers say of him now, and never more than he came with.

    Sign-in may have left out roles, for want of a second factor; a token may be bound to purposes.
    """
    if actor.kind not in (SubjectKind.PERSON, SubjectKind.SYSTEM):
        return actor
    known = registers.subjects.get(actor.id)
    if known is None or known.kind is not actor.kind or known.tenant != actor.tenant:
        return msgspec.structs.replace(actor, roles=frozenset(), units=frozenset(), administration=False)
    bound = known if actor.purposes is None else known.bound_to(actor.purposes)
    return msgspec.structs.replace(bound, roles=known.roles & actor.roles)


def require(actor: Subject, action: Action, tenant: str, unit: str = "") -> Decision:
    """Return why ``actor`` may do ``action`` with the registers of ``unit`` ("": the tenant's topmost).

    Raises :class:`~allmende.kernel.errors.Forbidden` with the rule and what is missing otherwise.
    """
    registers = snapshot()
    decision = may(registers, present(actor, registers), action, tenant, unit)
    if decision.outcome is not Outcome.ALLOW:
        raise forbidden(decision)
    return decision


def forbidden(decision: Decision) -> Forbidden:
    """Return the error that tells a refusal: its rule, what is missing and whom to ask."""
    more: dict[str, object] = {"rule": decision.rule}
    if decision.missing is not None:
        more["missing"] = {"de": decision.missing.de, "en": decision.missing.en}
    if decision.ask:
        more["ask"] = decision.ask
    return Forbidden(decision.reason, **more)


def log(actor: Subject, action: Action, tenant: str, decision: Decision, *, what: str, about: Iterable[str]) -> None:
    """Write that the verb ``what`` was done with the things ``about``; inside the verb's own transaction."""
    use = journal.work_of(
        subject=actor,
        action=action,
        tenant=tenant,
        decision=decision,
        what=what,
        about=about,
        version=snapshot().version,
    )
    journal.write(raw_connection(), sealer(), use)


def master_key() -> bytes:
    """Return the installation's key; the composition root says where it lies."""
    return cast("Callable[[], bytes]", import_string(settings.RIGHTS_KEY))()


@cache
def sealer() -> Sealer:
    """Return what makes and opens the months' pseudonym keys."""
    return Sealer(master_key())
