# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The decision log is written here, before any data go out. Knows no Django.

What is kept: a pseudonym and the unit in place of the name, SQL without literals, and for open data nothing but a count
per data set and day. What the entries prove is told in docs/explanation/decision-log.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, LiteralString, Self

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from allmende.kernel import clock
from allmende.kernel.errors import Unready
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.rights import rules
from allmende.rights.pseudonyms import Sealer, month_of, pseudonym
from allmende.rights.snapshot import Snapshot
from allmende.rights.terms import Action, Decision, Decisions, Outcome, Subject, SubjectKind

#: What a purpose looks like; free text of strangers does not get into the log in its place.
_PURPOSE = re.compile(r"[a-z0-9_]{0,63}")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is written of one decision; the subject itself only leaves a pseudonym."""

    id: str
    at: datetime
    subject: Subject
    tenant: str
    about: tuple[str, ...]
    unit: str
    action: str
    resources: tuple[str, ...]
    purpose: str
    outcome: Outcome
    rules: tuple[str, ...]
    grants: tuple[str, ...]
    statement: str
    registers: int


class Use(msgspec.Struct, frozen=True):
    """What has to be written: an entry, counts of open data, or both."""

    entry: Entry | None
    opened: tuple[tuple[str, str], ...] = ()  # data set, tenant
    at: datetime = datetime.min.replace(tzinfo=UTC)


def use_of(
    *,
    decision_id: str,
    subject: Subject,
    decisions: Decisions,
    snapshot: Snapshot,
    statement: str,
    at: datetime,
) -> Use:
    """Return what has to be written of a question about data.

    Open data that were read are counted; what was refused is an entry, and of the rest what rests on a right.
    """
    outcomes = {decision.outcome for decision in decisions.of.values()}
    outcome = next((o for o in (Outcome.DENY, Outcome.ABSENT) if o in outcomes), Outcome.ALLOW)
    kept = [(id_, decision) for id_, decision in sorted(decisions.of.items()) if decision.rule != rules.READ_OPEN.id]
    opened: list[tuple[str, str]] = []
    if outcome is Outcome.ALLOW:
        opened = [(i, snapshot.resources[i].tenant) for i, d in decisions.of.items() if d.rule == rules.READ_OPEN.id]
    if not kept:
        return Use(None, tuple(sorted(opened)), at)
    named = [_named(id_, decision, subject, snapshot) for id_, decision in kept]
    about = tuple(sorted({snapshot.resources[id_].tenant for id_ in named if id_ in snapshot.resources}))
    entry = Entry(
        id=decision_id,
        at=at,
        subject=subject,
        tenant=subject.tenant or next(iter(about), ""),
        about=about,
        unit=subject.unit,
        action=decisions.action,
        resources=tuple(named),
        purpose=decisions.purpose if _PURPOSE.fullmatch(decisions.purpose) else "?",
        outcome=outcome,
        rules=tuple(decision.rule for _, decision in kept),
        grants=tuple(sorted({grant for _, decision in kept for grant in decision.grants})),
        statement=statement,
        registers=decisions.version,
    )
    return Use(entry, tuple(sorted(opened)), at)


def _named(id_: str, decision: Decision, subject: Subject, snapshot: Snapshot) -> str:
    """Return how a data set stands in the entry: its id, or the name that was asked for.

    The latter where it is another town's and the subject may not know of it: so his own town's log does not tell
    either whether there is such a data set.
    """
    resource = snapshot.resources.get(id_)
    if resource is None or decision.outcome is not Outcome.ABSENT or subject.tenant in ("", resource.tenant):
        return id_
    return f"{resource.tenant}.{resource.name}"


def work_of(
    *, subject: Subject, action: Action, tenant: str, decision: Decision, what: str, about: Iterable[str], version: int
) -> Use:
    """Return what has to be written of a verb on the registers: ``what`` was done, with the things ``about``."""
    at = clock.now()
    entry = Entry(
        id=new_id(),
        at=at,
        subject=subject,
        tenant=tenant,
        about=(tenant,),
        unit=subject.unit,
        action=action,
        resources=tuple(about),
        purpose="",
        outcome=decision.outcome,
        rules=(decision.rule,),
        grants=decision.grants,
        statement=what,
        registers=version,
    )
    return Use(entry, (), at)


_KEY: LiteralString = "SELECT sealed FROM rights_pseudonymkey WHERE month = %s"
_NEW_KEY: LiteralString = "INSERT INTO rights_pseudonymkey (month, sealed) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_VERSION: LiteralString = "SELECT version FROM rights_registerversion"
_ENTRY: LiteralString = """
    entry AS (
        INSERT INTO rights_logentry (id, at, tenant, about, unit, kind, pseudonym, month, action, resources, purpose,
            outcome, rules, grants, statement, registers)
        VALUES (%(id)s, %(at)s, %(tenant)s, %(about)s, %(unit)s, %(kind)s, %(pseudonym)s, %(month)s, %(action)s,
            %(resources)s, %(purpose)s, %(outcome)s, %(rules)s, %(grants)s, %(statement)s, %(registers)s)
    )"""
_COUNT: LiteralString = """
    counted AS (
        INSERT INTO rights_openuse (resource, day, tenant, count)
        SELECT resource, %(day)s, tenant, 1 FROM unnest(%(opened)s::text[], %(tenants)s::text[]) AS u (resource, tenant)
        ON CONFLICT (resource, day) DO UPDATE SET count = rights_openuse.count + 1
    )"""


def _statement(use: Use, key: bytes | None) -> tuple[LiteralString, dict[str, Any]]:
    """Return the one statement that writes ``use`` and answers the registers' version."""
    parts: list[LiteralString] = []
    values: dict[str, Any] = {}
    if use.entry is not None:
        entry, subject = use.entry, use.entry.subject
        parts.append(_ENTRY)
        values = {name: list(v) if isinstance(v, tuple) else v for name, v in msgspec.structs.asdict(entry).items()}
        values["kind"] = subject.kind.value
        values["outcome"] = entry.outcome.value
        values["action"] = str(entry.action)
        values["pseudonym"] = pseudonym(key, subject.tenant, subject.id) if key is not None else ""
        values["month"] = month_of(entry.at) if key is not None else ""
        del values["subject"]
    if use.opened:
        parts.append(_COUNT)
        values["day"] = use.at.astimezone(UTC).date()
        values["opened"] = [resource for resource, _ in use.opened]
        values["tenants"] = [tenant for _, tenant in use.opened]
    if not parts:
        return _VERSION, values
    return "WITH " + ", ".join(parts) + " " + _VERSION, values


def _needs_key(use: Use) -> str:
    """Return the month whose key is needed, "" if none is: the public and the command line have no pseudonym."""
    if use.entry is None or use.entry.subject.kind not in (SubjectKind.PERSON, SubjectKind.SYSTEM):
        return ""
    return month_of(use.entry.at)


def _version(row: tuple[Any, ...] | None) -> int:
    if row is None:
        raise LookupError("rights_registerversion has no row: the migrations did not run to their end")
    return int(row[0])


def _opened(sealer: Sealer, month: str, row: tuple[Any, ...] | None) -> bytes:
    if row is None or row[0] is None:
        raise LookupError(f"the pseudonym key of {month} is gone")
    return sealer.open(month, bytes(row[0]))


def write(conn: psycopg.Connection[Any], sealer: Sealer, use: Use) -> int:
    """Write ``use`` in the connection's transaction and return the registers' present version.

    Data may go out once that transaction is committed.
    """
    month, key = _needs_key(use), None
    if month:
        row = conn.execute(_KEY, (month,)).fetchone()
        if row is None:
            conn.execute(_NEW_KEY, (month, sealer.new(month)))
            row = conn.execute(_KEY, (month,)).fetchone()
        key = _opened(sealer, month, row)
    statement, values = _statement(use, key)
    return _version(conn.execute(statement, values).fetchone())


def _unready() -> Unready:
    return Unready(
        Text(
            "Der Nachweis der Zugriffe lässt sich gerade nicht schreiben; ohne ihn gehen keine Daten hinaus.",
            "The decision log cannot be written just now; without it no data go out.",
        )
    )


class Journal:
    """The decision log for a process with an event loop. Each record is committed before it returns."""

    def __init__(self, dsn: str, master: bytes, *, size: int = 4, timeout: float = 5.0) -> None:
        self._sealer = Sealer(master)
        self._key: tuple[str, bytes] | None = None
        self._size = size
        self._pool = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=size,
            timeout=timeout,
            kwargs={"autocommit": True, "application_name": "allmende journal"},
            open=False,
        )

    async def open(self) -> Self:
        """Start connecting; does not wait for the database."""
        await self._pool.open()
        return self

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def record(
        self,
        *,
        decision_id: str,
        subject: Subject,
        decisions: Decisions,
        snapshot: Snapshot,
        statement: str,
        at: datetime | None = None,
    ) -> int:
        """Write down a question about data, before any data go out; return the registers' present version.

        ``decision_id`` is a UUID, ``statement`` the question without literals. If the version is newer than
        ``decisions.version``, the caller decides again. Raises
        :class:`~allmende.kernel.errors.Unready` if the database does not answer: without an entry no data.
        """
        use = use_of(
            decision_id=decision_id,
            subject=subject,
            decisions=decisions,
            snapshot=snapshot,
            statement=statement,
            at=at or clock.now(),
        )
        lost = False
        left = self._size  # as many connections may have died with the database
        while True:
            try:
                return await self._write(use)
            except PoolTimeout as error:
                raise _unready() from error
            except psycopg.errors.UniqueViolation:
                if not lost:
                    raise
                use = Use(None)  # the try before was committed, only its answer was lost
            except psycopg.OperationalError as error:
                if not left:
                    raise _unready() from error
                lost = True
                left -= 1

    async def _write(self, use: Use) -> int:
        async with self._pool.connection() as conn:
            key = await self._month_key(conn, _needs_key(use))
            query, values = _statement(use, key)
            return _version(await (await conn.execute(query, values)).fetchone())

    async def _month_key(self, conn: psycopg.AsyncConnection[Any], month: str) -> bytes | None:
        if not month:
            return None
        held = self._key  # one month only: a destroyed key must not live on in a process
        if held is not None and held[0] == month:
            return held[1]
        row = await (await conn.execute(_KEY, (month,))).fetchone()
        if row is None:
            await conn.execute(_NEW_KEY, (month, self._sealer.new(month)))
            row = await (await conn.execute(_KEY, (month,))).fetchone()
        key = _opened(self._sealer, month, row)
        self._key = (month, key)
        return key
