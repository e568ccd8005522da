# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One question across data sets, in place: the joint of registers, rights and engine. Django-free.

Page, HTTP interface and command line all come through :func:`ask`. In order: a worker is leased and reads which
tables the question names; names are looked up among what the asker may know; the decision point decides on all of
them; the decision is logged; only then are sources touched, and only those of the tables in the question.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool

from allmende.engine.plan import Field, Format, Limits, Parsed, Plan
from allmende.engine.ready import Ready
from allmende.hub import envelope
from allmende.hub.envelope import Permission, Provenance
from allmende.hub.reach import Reach
from allmende.hub.registered import registers_version
from allmende.kernel.clock import now
from allmende.kernel.errors import Forbidden, NotFound, Unauthenticated, Unready
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.rights.decide import decide
from allmende.rights.holder import Holder
from allmende.rights.journal import Journal
from allmende.rights.snapshot import Snapshot
from allmende.rights.terms import ANYONE, Action, Decision, Decisions, Outcome, Resource, Subject

#: Who asks, told by the registers of the moment: asked again whenever they have changed.
Asker = Callable[[Snapshot, datetime], Subject]

#: So often is a decision taken anew because the registers changed under it.
ATTEMPTS = 5


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, for which purpose, and how the answer is wanted."""

    sql: str
    purpose: str = ""
    format: Format = Format.JSON
    language: str = "de"
    rows: int | None = None  # at most so many
    stands: dict[str, str] = {}  # data set's id → id of the stored version read instead of the one in force


@dataclass(frozen=True, kw_only=True)
class Services:
    """What answering needs; made once per process by the composition root."""

    pool: AsyncConnectionPool[Any]
    holder: Holder
    journal: Journal
    ready: Ready
    reach: Reach
    limits: Limits = field(default_factory=Limits)


class Answer:
    """An answer on its way: what it is said before its rows, then its pieces, then how many rows they were."""

    def __init__(
        self,
        *,
        format: Format,  # noqa: A002 (the word of the interface)
        rows: Any,
        provenance: tuple[Provenance, ...],
        permission: Permission,
    ) -> None:
        self.format = format
        self._rows = rows
        self.provenance = provenance
        self.permission = permission

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns."""
        fields: tuple[Field, ...] = self._rows.head.fields
        return fields

    @property
    def rows(self) -> int:
        """How many rows it was; known after the last piece."""
        count: int = self._rows.foot.rows
        return count

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._rows:
            yield piece


def nobody(snapshot: Snapshot, moment: datetime) -> Subject:  # noqa: ARG001 (an Asker)
    """Nobody signed in."""
    return ANYONE


def bearer(token: str) -> Asker:
    """Return the asker who shows ``token``."""

    def who(snapshot: Snapshot, moment: datetime) -> Subject:
        subject = snapshot.bearer(token, moment)
        if subject is None:
            raise Unauthenticated(
                Text(
                    "Dieser Zugangsschlüssel gilt nicht (mehr).",
                    "This token is not valid (any more).",
                )
            )
        return subject

    return who


def signed_in(session: Subject) -> Asker:
    """Return the person signed in on the pages: what the registers say of them now, and never more than the session
    came with (sign-in leaves out roles for want of a second factor). A closed account is nobody."""

    def who(snapshot: Snapshot, moment: datetime) -> Subject:  # noqa: ARG001 (an Asker)
        subject = snapshot.subjects.get(session.id)
        if subject is None or subject.kind is not session.kind or subject.tenant != session.tenant:
            raise Unauthenticated(Text("Dieses Konto ist geschlossen.", "This account is closed."))
        bound = subject if session.purposes is None else subject.bound_to(session.purposes)
        return msgspec.structs.replace(bound, roles=subject.roles & session.roles)

    return who


@asynccontextmanager
async def ask(services: Services, asker: Asker, question: Question) -> AsyncIterator[Answer]:
    """Answer a question; leaving the context ends its worker, whether the answer was read to its end or not.

    Raises :class:`~allmende.kernel.errors.Unauthenticated`, NotFound (no such data set, or none the asker may know
    of), Forbidden (with reason, rule, what is missing and where to ask), the gate's refusals, SourceDown (naming the
    source), TooMuch, Unready.
    """
    with _registers():
        tenant = (await _recognised(services, asker)).tenant  # a token that is not valid costs no worker
    async with services.ready.lease(tenant, question.sql) as work:
        parsed = await work.parse(question.sql)
        with _registers():
            resources, decisions, entry = await _decided(services, asker, question, parsed)
            snapshot = services.holder.current()
            touched = await services.reach.touched(resources, decisions, snapshot, question.stands)
        permission = envelope.permission(decisions, entry)
        provenance = tuple(touched.provenance)
        plan = Plan(
            sql=question.sql,
            tables=tuple(touched.tables),
            format=question.format,
            limits=services.limits,
            rows=question.rows,
            metadata=envelope.metadata(provenance, permission, question.language),
        )
        async with services.reach.watched(touched):
            rows = await work.run(plan)
            await services.reach.answered(touched)
            yield Answer(format=question.format, rows=rows, provenance=provenance, permission=permission)
    services.ready.keep(tenant, plan)


@contextmanager
def _registers() -> Iterator[None]:
    """Where the registers or the log cannot be reached, nothing is permitted."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise Unready(
            Text(
                "Die Register sind gerade nicht erreichbar; ohne sie wird nichts erlaubt. Bitte gleich noch einmal.",
                "The registers cannot be reached just now; without them nothing is permitted. Please try again.",
            )
        ) from error


async def _recognised(services: Services, asker: Asker) -> Subject:
    """Return who asks. Somebody not known is looked for in the present registers: a new token is valid at once."""
    snapshot = services.holder.current()
    try:
        return asker(snapshot, now())
    except Unauthenticated:
        async with services.pool.connection() as conn:
            version = await registers_version(conn)
        if version <= snapshot.version:
            raise
    return asker(await services.holder.refreshed(version), now())


async def _decided(
    services: Services, asker: Asker, question: Question, parsed: Parsed
) -> tuple[dict[str, Resource], Decisions, str]:
    """Return the data sets of the question, the decisions that permit all of them, and the id of the log's entry.

    The entry is written before anything is read. If the registers changed between the snapshot and the entry, all is
    decided again on the new state: a token revoked or a grant withdrawn acts on this very question.
    """
    snapshot = services.holder.current()
    for _ in range(ATTEMPTS):
        moment, entry = now(), new_id()
        subject = asker(snapshot, moment)
        named = [_named(snapshot, tenant, name) for tenant, name in parsed.tables]
        decisions = decide(snapshot, subject, Action.READ, named, question.purpose, moment)
        version = await services.journal.record(
            decision_id=entry,
            subject=subject,
            decisions=decisions,
            snapshot=snapshot,
            statement=parsed.shape,
            at=moment,
        )
        if version <= decisions.version:
            return _permitted(snapshot, parsed, decisions, entry), decisions, entry
        snapshot = await services.holder.refreshed(version)
    raise Unready(
        Text(
            "Die Register ändern sich gerade zu schnell. Bitte gleich noch einmal.",
            "The registers are changing too fast just now. Please try again shortly.",
        )
    )


def _named(snapshot: Snapshot, tenant: str, name: str) -> str:
    """Return the id of the data set of that name. One that does not exist is decided on, and logged, all the same: it
    must not be told from one the asker may not know of, not even by the time an answer takes."""
    resource = snapshot.find(tenant, name)
    return resource.id if resource is not None else f"{tenant}.{name}"


def _permitted(snapshot: Snapshot, parsed: Parsed, decisions: Decisions, entry: str) -> dict[str, Resource]:
    """Return the data sets of the question by id, all of them permitted; raises NotFound, Forbidden."""
    missing = [
        f"{tenant}.{name}"
        for tenant, name in parsed.tables
        if decisions.of[_named(snapshot, tenant, name)].outcome is Outcome.ABSENT
    ]
    if missing:
        names = ", ".join(missing)
        raise NotFound(
            Text(f"Einen solchen Datensatz gibt es nicht: {names}.", f"There is no such data set: {names}."),
            datasets=missing,
        )
    resources = {id_: snapshot.resources[id_] for id_ in decisions.of}
    refused = [decision for decision in decisions.of.values() if decision.outcome is not Outcome.ALLOW]
    if refused:
        raise _forbidden(refused, resources, entry)
    return resources


def _forbidden(refused: list[Decision], resources: dict[str, Resource], entry: str) -> Forbidden:
    """Return the refusal: for each data set the reason, the rule, what is missing and where to ask."""
    listed = []
    for decision in refused:
        resource = resources[decision.resource]
        missing = decision.missing or Text("", "")
        listed.append(
            {
                "dataset": f"{resource.tenant}.{resource.name}",
                "rule": decision.rule,
                "reason_de": decision.reason.de,
                "reason_en": decision.reason.en,
                "missing": {"de": missing.de, "en": missing.en},
                "ask": decision.ask,
            }
        )
    first = refused[0]
    names = ", ".join(f"{resources[d.resource].tenant}.{resources[d.resource].name}" for d in refused)
    return Forbidden(
        Text(f"{names}: {first.reason.de}", f"{names}: {first.reason.en}"),
        rule=first.rule,
        missing=listed[0]["missing"],
        ask=first.ask,
        refused=listed,
        decision=entry,
    )
