# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A name behind a pseudonym: only data protection officer and staff council together, with a reason; itself logged."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from django.db import transaction

from allmende.kernel import clock
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from allmende.kernel.text import Text
from allmende.rights.current import raw_connection, snapshot
from allmende.rights.domain.work import log, require, sealer
from allmende.rights.models import LogEntry, PseudonymKey, Unveiling
from allmende.rights.pseudonyms import pseudonym
from allmende.rights.terms import Action, Subject, SubjectKind

#: Approvals hold so long.
APPROVED_FOR = timedelta(days=30)


class Office(StrEnum):
    """The two offices whose approval it takes."""

    PROTECTION = "protection"
    COUNCIL = "council"


_ACTIONS = {Office.PROTECTION: Action.UNVEIL_PROTECTION, Office.COUNCIL: Action.UNVEIL_COUNCIL}


@transaction.atomic
def ask_unveiling(actor: Subject, tenant: str, *, entry: str, reason: str) -> str:
    """Ask to see who stands behind an entry of the town's log; return the request's id.

    Raises Forbidden without the right to ask, Invalid without a reason, NotFound, or Conflict if it cannot be known.
    """
    decision = require(actor, Action.UNVEIL, tenant)
    _person(actor)
    if len(reason.strip()) < 20:
        raise Invalid(Text("Bitte eine Begründung in Worten angeben.", "Please give a reason in words."))
    row = _entry(tenant, entry)
    if not row.pseudonym or not PseudonymKey.objects.filter(month=row.month, sealed__isnull=False).exists():
        raise _unknowable()
    made = Unveiling.objects.create(
        tenant=tenant, entry=row.id, reason=reason.strip(), asked_by=actor.id, asked_at=clock.now()
    )
    log(actor, Action.UNVEIL, tenant, decision, what="ask_unveiling", about=(str(row.id), str(made.id)))
    return str(made.id)


@transaction.atomic
def approve_unveiling(actor: Subject, request: str, office: Office) -> None:
    """Approve a request for one of the two offices.

    Raises Forbidden without that office, Conflict if the office has approved, or the same person did for the other one.
    """
    row = _request(request)
    decision = require(actor, _ACTIONS[office], row.tenant)
    _person(actor)
    other = row.council_by if office is Office.PROTECTION else row.protection_by
    if actor.id == other:
        raise Conflict(
            Text("Es braucht zwei verschiedene Menschen.", "It takes two different people."),
        )
    if row.opened_at is not None or (row.protection_by if office is Office.PROTECTION else row.council_by):
        raise Conflict(Text("Darüber ist schon entschieden.", "This was decided already."))
    if office is Office.PROTECTION:
        row.protection_by, row.protection_at = actor.id, clock.now()
    else:
        row.council_by, row.council_at = actor.id, clock.now()
    row.save()
    log(actor, _ACTIONS[office], row.tenant, decision, what="approve_unveiling", about=(str(row.entry), str(row.id)))


@transaction.atomic
def unveil(actor: Subject, request: str, candidates: Iterable[str] = ()) -> str:
    """Return the id of the person or system behind the entry, once, to the person who asked for it.

    ``candidates`` are ids besides those of the town's present accounts, for example of closed ones. Raises Forbidden,
    Conflict while an approval is missing or when they are too old, and if the name cannot be known any more.
    """
    row = _request(request)
    decision = require(actor, Action.UNVEIL, row.tenant)
    _person(actor)
    if actor.id != row.asked_by:
        raise Forbidden(Text("Das sieht nur, wer es beantragt hat.", "Only who asked for it sees it."))
    if row.protection_at is None or row.council_at is None:
        raise Conflict(
            Text(
                "Es fehlt die Zustimmung des Datenschutzes oder des Personalrats.",
                "The approval of data protection or staff council is missing.",
            )
        )
    if row.opened_at is not None or min(row.protection_at, row.council_at) < clock.now() - APPROVED_FOR:
        raise Conflict(Text("Die Zustimmungen sind verbraucht.", "The approvals are used up."))
    entry = _entry(row.tenant, str(row.entry))
    found = _who(entry, row.tenant, candidates)
    row.opened_at = clock.now()
    row.save(update_fields=["opened_at"])
    log(actor, Action.UNVEIL, row.tenant, decision, what="unveil", about=(str(row.entry), str(row.id)))
    return found


def _who(entry: LogEntry, tenant: str, candidates: Iterable[str]) -> str:
    query = "SELECT sealed FROM rights_pseudonymkey WHERE month = %s"
    key = raw_connection().execute(query, (entry.month,)).fetchone()
    if key is None or key[0] is None:
        raise _unknowable()
    opened = sealer().open(entry.month, bytes(key[0]))
    known = (subject.id for subject in snapshot().subjects.values() if subject.tenant == tenant)
    for candidate in (*known, *candidates):
        if pseudonym(opened, tenant, candidate) == entry.pseudonym:
            return candidate
    raise _unknowable()


def _person(actor: Subject) -> None:
    if actor.kind is not SubjectKind.PERSON:
        raise Forbidden(Text("Das kann nur ein Mensch.", "Only a person can do this."))


def _entry(tenant: str, entry: str) -> LogEntry:
    try:
        return LogEntry.objects.get(pk=uuid.UUID(entry), tenant=tenant)
    except (ValueError, LogEntry.DoesNotExist):
        raise NotFound(Text("Einen solchen Eintrag gibt es nicht.", "There is no such entry.")) from None


def _request(request: str) -> Unveiling:
    try:
        return Unveiling.objects.select_for_update().get(pk=uuid.UUID(request))
    except (ValueError, Unveiling.DoesNotExist):
        raise NotFound(Text("Einen solchen Antrag gibt es nicht.", "There is no such request.")) from None


def _unknowable() -> Conflict:
    return Conflict(
        Text(
            "Wer dahinter steht, ist nicht mehr festzustellen: der Schlüssel ist vernichtet oder das Konto unbekannt.",
            "Who stands behind it cannot be found out any more: the key was destroyed or the account is not known.",
        )
    )
