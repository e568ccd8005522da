# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What waits in the hub: sources that do not answer, copies that were not refreshed, readings to look at,
deliveries to decide on, files that did not come, drafts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from allmende.catalogue.terms import Mode
from allmende.engine.mapping.faults import Effect
from allmende.hub.domain.uploads import drafts
from allmende.hub.queries.lists import Pending, pending
from allmende.hub.queries.sources import sources
from allmende.hub.terms import BindingView, ConnectionView
from allmende.kernel.text import Text
from allmende.kernel.waiting import Waiting
from allmende.rights import door as rights
from allmende.rights.terms import Subject

#: A nightly export that is older has missed a night.
STALE = timedelta(hours=36)


def waiting(asker: Subject, moment: datetime) -> Iterator[Waiting]:
    """Tell those who work with a source what is wrong with it, and everybody of their own drafts."""
    if not asker.tenant:
        return
    known = rights.known(asker)
    for source in sources(asker, tenant=asker.tenant):
        address = reverse("source", args=[source.id])
        for connection in source.connections:
            if connection.enabled and connection.error.de:
                yield _broken(connection, address)
            for binding in connection.datasets:
                if binding.dataset in known:
                    yield from _data_set(binding, address, moment)
    for one in pending(asker, tenant=asker.tenant, moment=moment):
        yield from _list(one)
    for draft in drafts(asker):
        yield Waiting(
            kind="hub.draft",
            title=Text(f"„{draft.file}“ ist noch nicht eingetragen", f"“{draft.file}” is not entered yet"),
            detail=Text("Sie haben angefangen, die Liste anzubinden.", "You have begun to connect this list."),
            action=Text("Fertigstellen", "Finish"),
            address=reverse("correct", args=[draft.id]),
        )


def _list(one: Pending) -> Iterator[Waiting]:
    address = reverse("list", args=[one.dataset])
    name, named = one.title.de, one.title.en or one.title.de
    if one.open:
        yield Waiting(
            kind="hub.delivery",
            title=Text(
                f"„{name}“: eine Lieferung wartet auf Entscheidung"
                if one.open == 1
                else f"„{name}“: {one.open} Lieferungen warten auf Entscheidung",
                f"“{named}”: a delivery waits for a decision"
                if one.open == 1
                else f"“{named}”: {one.open} deliveries wait for a decision",
            ),
            action=Text("Entscheiden", "Decide"),
            address=address,
        )
    for whom, deadline in one.late:
        yield Waiting(
            kind="hub.late",
            title=Text(
                f"„{name}“ war bis {deadline:%d.%m.%Y} erbeten und ist nicht da",
                f"“{named}” was asked for by {deadline} and is not there",
            ),
            detail=Text(f"Den Link hat: {whom}.", f"The link is with: {whom}."),
            action=Text("Nachfragen", "Ask"),
            address=address,
        )


def _broken(connection: ConnectionView, address: str) -> Waiting:
    return Waiting(
        kind="hub.broken",
        title=Text(
            f"Die Datenquelle „{connection.source_name}“ antwortet nicht",
            f"The data source “{connection.source_name}” does not answer",
        ),
        detail=connection.error,
        action=Text("Quelle prüfen", "Check the source"),
        address=address,
        urgent=True,
    )


def _data_set(binding: BindingView, address: str, moment: datetime) -> Iterator[Waiting]:
    late = binding.copy_as_of is None or binding.copy_as_of < moment - STALE
    if binding.mode is not Mode.DIRECT and (binding.copy_failed_at or (binding.mode is Mode.NIGHTLY and late)):
        yield Waiting(
            kind="hub.stale",
            title=Text(
                f"Die Kopie von „{binding.name}“ wurde nicht erneuert",
                f"The copy of “{binding.name}” was not refreshed",
            ),
            detail=binding.copy_error,
            action=Text("Ansehen", "Look"),
            address=address,
            urgent=True,
        )
    report = binding.report
    if report is None:
        return
    refused = report.total(effect=Effect.REFUSED_ROW) + report.total(effect=Effect.REFUSED_CELL)
    broken = sum(1 for file in report.files if file.problem)
    if refused or broken:
        yield Waiting(
            kind="hub.version",
            title=Text(
                f"„{binding.name}“: In der Fassung {binding.mapping_version} wurde etwas zurückgewiesen",
                f"“{binding.name}”: something was refused in version {binding.mapping_version}",
            ),
            detail=report.summary(),
            action=Text("Fassung ansehen", "Look at the version"),
            address=address,
        )
