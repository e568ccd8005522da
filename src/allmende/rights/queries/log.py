# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading the decision log. Nothing here counts or finds by person."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from django.db.models import Q

from allmende.rights.models import Anchor, LogEntry, OpenUse, Unveiling
from allmende.rights.terms import Action, Outcome


class EntryView(msgspec.Struct, frozen=True):
    """An entry as a town's inspectors see it. Of another town's question they see what was about their own data."""

    id: str
    at: datetime
    seq: int | None  # None: waits to be linked
    tenant: str
    unit: str
    kind: str
    pseudonym: str
    action: str
    resources: tuple[str, ...]
    rules: tuple[str, ...]
    purpose: str
    outcome: Outcome
    grants: tuple[str, ...]
    statement: str


def entries(
    tenant: str,
    *,
    own: frozenset[str],
    action: Action | None = None,
    resource: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
    outcome: Outcome | None = None,
    limit: int = 100,
) -> tuple[EntryView, ...]:
    """Return the newest entries by the town's people or about its data, ``own`` being the ids of its data sets."""
    rows = LogEntry.objects.filter(Q(tenant=tenant) | Q(about__contains=[tenant])).order_by("-at", "-id")
    if action is not None:
        rows = rows.filter(action=action.value)
    if resource:
        rows = rows.filter(resources__contains=[resource])
    if since is not None:
        rows = rows.filter(at__gte=since)
    if before is not None:
        rows = rows.filter(at__lt=before)
    if outcome is not None:
        rows = rows.filter(outcome=outcome.value)
    return tuple(_view(row, tenant, own) for row in rows[: min(limit, 1000)])


def _view(row: LogEntry, tenant: str, own: frozenset[str]) -> EntryView:
    mine = row.tenant == tenant
    shown = [(id_, rule) for id_, rule in zip(row.resources, row.rules, strict=False) if mine or id_ in own]
    if mine and len(row.resources) != len(row.rules):  # a verb: its things have no rules of their own
        shown = [(id_, row.rules[0]) for id_ in row.resources]
    return EntryView(
        id=str(row.id),
        at=row.at,
        seq=row.seq,
        tenant=row.tenant,
        unit=row.unit if mine else "",
        kind=row.kind,
        pseudonym=row.pseudonym if mine else "",
        action=row.action,
        resources=tuple(id_ for id_, _ in shown),
        rules=tuple(rule for _, rule in shown),
        purpose=row.purpose,
        outcome=Outcome(row.outcome),
        grants=tuple(row.grants) if mine else (),
        statement=row.statement if mine else "",
    )


class OpenCount(msgspec.Struct, frozen=True):
    """How often an open data set was read on a day."""

    resource: str
    day: date
    count: int


def open_counts(tenant: str, *, since: date) -> tuple[OpenCount, ...]:
    """Return the counts of the town's open data since a day, newest first."""
    rows = OpenUse.objects.filter(tenant=tenant, day__gte=since).order_by("-day", "resource")
    return tuple(OpenCount(row.resource, row.day, row.count) for row in rows)


class AnchorView(msgspec.Struct, frozen=True):
    """An anchor as it was sent."""

    at: datetime
    seq: int
    statement: str


def anchors(limit: int = 31) -> tuple[AnchorView, ...]:
    """Return the newest anchors."""
    return tuple(AnchorView(row.at, row.seq, row.statement) for row in Anchor.objects.order_by("-id")[:limit])


class UnveilingView(msgspec.Struct, frozen=True):
    """A request to see a name, and how far it is. ``asked_by`` and the approvals are ids, to tell one's own."""

    id: str
    entry: str
    entry_at: datetime | None
    asked_by: str
    protection_by: str
    council_by: str
    reason: str
    asked_at: datetime
    protection_at: datetime | None
    council_at: datetime | None
    opened_at: datetime | None


def unveilings(tenant: str) -> tuple[UnveilingView, ...]:
    """Return the town's requests to see a name, newest first."""
    rows = list(Unveiling.objects.filter(tenant=tenant).order_by("-asked_at"))
    times = dict(LogEntry.objects.filter(pk__in=[row.entry for row in rows]).values_list("id", "at"))
    return tuple(
        UnveilingView(
            id=str(row.id),
            entry=str(row.entry),
            entry_at=times.get(row.entry),
            asked_by=row.asked_by,
            protection_by=row.protection_by,
            council_by=row.council_by,
            reason=row.reason,
            asked_at=row.asked_at,
            protection_at=row.protection_at,
            council_at=row.council_at,
            opened_at=row.opened_at,
        )
        for row in rows
    )
