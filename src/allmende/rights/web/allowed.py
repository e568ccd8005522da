# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a page may show of the registers: asked of the decision point, as everything is."""

from __future__ import annotations

from allmende.kernel.text import Text
from allmende.rights import door
from allmende.rights.decide import may
from allmende.rights.domain.work import present
from allmende.rights.terms import Action, Outcome, Subject


def somewhere(subject: Subject, action: Action) -> bool:
    """Return whether the subject may do ``action`` in any unit of their town: whether its page is of use to them."""
    if not subject.roles:
        return False
    registers = door.snapshot()
    now = present(subject, registers)
    units = sorted({held.unit for held in now.roles})
    return any(may(registers, now, action, subject.tenant, unit).outcome is Outcome.ALLOW for unit in units)


def require_somewhere(subject: Subject, action: Action) -> None:
    """Raise Forbidden, with the reason, unless :func:`somewhere`."""
    if not somewhere(subject, action):
        door.require(subject, action, subject.tenant, subject.unit)


def purposes(tenant: str) -> list[tuple[str, Text]]:
    """Return the purposes the town has laid down, by their German titles."""
    found = [(slug, title) for (of, slug), title in door.snapshot().purposes.items() if of == tenant]
    return sorted(found, key=lambda purpose: purpose[1].de.casefold())
