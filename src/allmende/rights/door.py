# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room's entrance for other rooms' Django halves: values in, values out.

The hot path uses :mod:`allmende.rights.decide`, ``holder`` and ``journal`` instead.
"""

from __future__ import annotations

from collections.abc import Iterable

from allmende.kernel import clock
from allmende.rights.current import snapshot
from allmende.rights.decide import decide as _decide
from allmende.rights.domain.grants import GrantDraft, give_grant, withdraw_grant
from allmende.rights.domain.purposes import define_purpose
from allmende.rights.domain.work import forbidden, log, present, require
from allmende.rights.terms import Action, Decision, Decisions, Subject

__all__ = [
    "GrantDraft",
    "decide",
    "define_purpose",
    "explain",
    "forbidden",
    "give_grant",
    "known",
    "log",
    "require",
    "snapshot",
    "withdraw_grant",
]


def decide(subject: Subject, action: Action, resources: Iterable[str], purpose: str = "") -> Decisions:
    """Decide with the registers as they are, the present transaction's own changes included."""
    registers = snapshot()
    return _decide(registers, present(subject, registers), action, resources, purpose, clock.now())


def known(subject: Subject) -> frozenset[str]:
    """Return the ids of all data sets the subject may know of."""
    return decide(subject, Action.KNOW, snapshot().resources).permitted


def explain(subject: Subject, resource: str, purpose: str = "") -> Decision:
    """Return whether the subject may read the data set for the purpose, and why."""
    return decide(subject, Action.READ, (resource,), purpose).of[resource]
