# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room's entrance for other rooms' Django halves: values in, values out.

The hot path uses :mod:`allmende.rights.decide`, ``holder`` and ``journal`` instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from allmende.kernel import clock
from allmende.kernel.text import Text
from allmende.rights.anchors import Anchor, public_key
from allmende.rights.current import raw_connection, snapshot
from allmende.rights.decide import decide as _decide
from allmende.rights.decide import may as _may
from allmende.rights.decide import sees as _sees
from allmende.rights.domain.grants import GrantDraft, Preview, Reached, give_grant, preview_grant, withdraw_grant
from allmende.rights.domain.purposes import define_purpose
from allmende.rights.domain.unveiling import Office, approve_unveiling, ask_unveiling, unveil
from allmende.rights.domain.work import forbidden, log, master_key, present, require
from allmende.rights.queries import log as _log
from allmende.rights.queries.grants import GrantView, PurposeView, grants_in_motion, grants_on, purposes
from allmende.rights.queries.log import AnchorView, EntryView, OpenCount, UnveilingView
from allmende.rights.terms import Action, Decision, Decisions, Outcome, Subject, Visibility
from allmende.rights.verify import Report, examine

__all__ = [
    "AnchorView",
    "EntryView",
    "GrantDraft",
    "GrantView",
    "Office",
    "OpenCount",
    "Preview",
    "PurposeView",
    "Reached",
    "Report",
    "UnveilingView",
    "anchors",
    "approve_unveiling",
    "ask_unveiling",
    "check_log",
    "decide",
    "define_purpose",
    "entries",
    "explain",
    "forbidden",
    "give_grant",
    "grants_in_motion",
    "grants_on",
    "known",
    "log",
    "master_key",
    "may",
    "may_grant_on",
    "open_counts",
    "preview_grant",
    "purpose_titles",
    "purposes",
    "require",
    "require_somewhere",
    "sees",
    "snapshot",
    "somewhere",
    "units_where",
    "unveil",
    "unveilings",
    "withdraw_grant",
]


def decide(subject: Subject, action: Action, resources: Iterable[str], purpose: str = "") -> Decisions:
    """Decide with the registers as they are, the present transaction's own changes included."""
    registers = snapshot()
    return _decide(registers, present(subject, registers), action, resources, purpose, clock.now())


def may(subject: Subject, action: Action, tenant: str, unit: str = "") -> bool:
    """Return whether the subject may do ``action`` with the registers of the unit ("": the tenant's topmost).

    Writes nothing, raises nothing.
    """
    registers = snapshot()
    return _may(registers, present(subject, registers), action, tenant, unit).outcome is Outcome.ALLOW


def sees(subject: Subject, *, tenant: str, unit: str, visibility: Visibility) -> bool:
    """Return whether the subject may see a thing without data that the unit keeps, as it may know of data sets."""
    registers = snapshot()
    who = present(subject, registers)
    return (
        _sees(registers, who, tenant=tenant, unit=unit, visibility=visibility, now=clock.now()).outcome is Outcome.ALLOW
    )


def known(subject: Subject) -> frozenset[str]:
    """Return the ids of all data sets the subject may know of."""
    return decide(subject, Action.KNOW, snapshot().resources).permitted


def explain(subject: Subject, resource: str, purpose: str = "") -> Decision:
    """Return whether the subject may read the data set for the purpose, and why."""
    return decide(subject, Action.READ, (resource,), purpose).of[resource]


def somewhere(subject: Subject, action: Action) -> bool:
    """Return whether the subject may do ``action`` in any unit of their town: whether its page is of use to them."""
    if not subject.roles:
        return False
    registers = snapshot()
    now = present(subject, registers)
    units = sorted({held.unit for held in now.roles})
    return any(_may(registers, now, action, subject.tenant, unit).outcome is Outcome.ALLOW for unit in units)


def units_where(subject: Subject, *actions: Action) -> frozenset[str]:
    """Return the ids of the units of the subject's town in which they may do all of ``actions``."""
    if not subject.roles:
        return frozenset()
    registers = snapshot()
    now = present(subject, registers)
    town = (unit.id for unit in registers.units.values() if unit.tenant == subject.tenant)

    def allowed(unit: str, action: Action) -> bool:
        return _may(registers, now, action, subject.tenant, unit).outcome is Outcome.ALLOW

    return frozenset(unit for unit in town if all(allowed(unit, action) for action in actions))


def may_grant_on(subject: Subject) -> frozenset[str]:
    """Return the ids of the data sets of the subject's town on which they may give grants."""
    registers = snapshot()
    now = present(subject, registers)
    units = {r.unit for r in registers.resources.values() if r.tenant == subject.tenant}
    granting = {u for u in units if _may(registers, now, Action.GRANT, subject.tenant, u).outcome is Outcome.ALLOW}
    return frozenset(r.id for r in registers.resources.values() if r.tenant == subject.tenant and r.unit in granting)


def require_somewhere(subject: Subject, action: Action) -> None:
    """Raise Forbidden, with the reason, unless :func:`somewhere`."""
    if not somewhere(subject, action):
        require(subject, action, subject.tenant, subject.unit)


def purpose_titles(tenant: str) -> list[tuple[str, Text]]:
    """Return the purposes the town has laid down, slug and title, in the order of their German titles."""
    found = [(slug, title) for (of, slug), title in snapshot().purposes.items() if of == tenant]
    return sorted(found, key=lambda purpose: purpose[1].de.casefold())


# --- the decision log -------------------------------------------------------------------------------------------------


def entries(
    actor: Subject,
    tenant: str,
    *,
    action: Action | None = None,
    resource: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
    outcome: Outcome | None = None,
    limit: int = 100,
) -> tuple[EntryView, ...]:
    """Return the newest log entries by the town's people or about its data. Raises Forbidden without ``inspect``."""
    require(actor, Action.INSPECT, tenant)
    own = frozenset(r.id for r in snapshot().resources.values() if r.tenant == tenant)
    return _log.entries(
        tenant, own=own, action=action, resource=resource, since=since, before=before, outcome=outcome, limit=limit
    )


def open_counts(actor: Subject, tenant: str, *, since: date) -> tuple[OpenCount, ...]:
    """Return how often the town's open data were read per day. Raises Forbidden without ``inspect``."""
    require(actor, Action.INSPECT, tenant)
    return _log.open_counts(tenant, since=since)


def anchors(actor: Subject, tenant: str) -> tuple[AnchorView, ...]:
    """Return the newest anchors of the installation's log. Raises Forbidden without ``inspect``."""
    require(actor, Action.INSPECT, tenant)
    return _log.anchors()


def check_log(actor: Subject, tenant: str, more: Iterable[Anchor] = ()) -> Report:
    """Recompute the whole log's chain against the stored anchors and ``more``. Raises Forbidden without ``inspect``."""
    require(actor, Action.INSPECT, tenant)
    with transaction.atomic():  # the entries come through a cursor on the server
        return examine(raw_connection(), more, trusted=public_key(master_key()))


def unveilings(actor: Subject, tenant: str) -> tuple[UnveilingView, ...]:
    """Return the requests to see a name. Raises Forbidden for all but those who ask and the two who approve."""
    registers = snapshot()
    who = present(actor, registers)
    answers = [
        _may(registers, who, action, tenant)
        for action in (Action.UNVEIL, Action.UNVEIL_PROTECTION, Action.UNVEIL_COUNCIL)
    ]
    if all(answer.outcome is not Outcome.ALLOW for answer in answers):
        raise forbidden(answers[0])
    return _log.unveilings(tenant)
