# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Databases opened before the question comes: what was just asked of is likely to be asked of again.

Calling a database and reading its catalogue takes longer than a short question. So after an answer that read one, the
next worker opens it and waits. It still answers one question only, under that question's own plan, and is killed
afterwards; what it opened must be exactly what the plan permits, alive, and its tables as they were. Else a fresh
worker is asked, as if this one had never been. Whose question it gets is guessed from the names in the text: a wrong
guess costs a little time and grants nothing. One for each process and event loop; decision 2 says why.
"""

from __future__ import annotations

import asyncio
from typing import Final

from allmende.engine.client import Answer, Engine, Lease
from allmende.engine.errors import Broken
from allmende.engine.plan import Attachment, Parsed, Plan, SQLite
from allmende.kernel.errors import Problem, SourceDown

#: Seconds a worker waits; shorter than the broker's patience.
SECONDS: Final = 45.0
#: Workers waiting at once.
MOST: Final = 2


class Ready:
    """Leases workers, with databases open where a waiting one fits."""

    def __init__(self, engine: Engine, *, most: int = MOST, seconds: float = SECONDS) -> None:
        self._engine = engine
        self._most = most
        self._seconds = seconds
        self._waiting: list[_Ahead] = []
        self._opening: dict[asyncio.Task[None], frozenset[Attachment]] = {}

    def lease(self, tenant: str, sql: str) -> Lease:
        """Return a lease for one question, to enter with ``async with``; see :meth:`Engine.lease`."""
        text = sql.lower()
        for ahead in reversed(self._waiting):
            if ahead.tenant == tenant and all(name in text for name in ahead.names):
                self._waiting.remove(ahead)
                return ahead
        return self._engine.lease(tenant)

    def keep(self, tenant: str, plan: Plan) -> None:
        """After an answer to ``plan``: open its databases for the next question, beside everything else."""
        databases = remote(plan)
        known = [*(each.databases for each in self._waiting), *self._opening.values()]
        if not databases or known.count(databases) or len(self._opening) >= self._most:
            return
        task = asyncio.get_running_loop().create_task(self._open(tenant, plan, databases))
        self._opening[task] = databases
        task.add_done_callback(self._opening.pop)

    async def settled(self) -> None:
        """Wait until everything being opened is open."""
        while self._opening:
            await asyncio.wait(list(self._opening))

    async def close(self) -> None:
        """Let all waiting workers go."""
        for task in list(self._opening):
            task.cancel()
        await self.settled()
        while self._waiting:
            self._waiting.pop().leave()

    async def _open(self, tenant: str, plan: Plan, databases: frozenset[Attachment]) -> None:
        ahead = _Ahead(self._engine, tenant, plan, databases)
        try:
            await ahead.__aenter__()
            tables = tuple(table for table in plan.tables if _remote(table.relation.attachments))
            await ahead.open_ahead(Plan(sql="", tables=tables, limits=plan.limits))
        except Problem:  # then the next question opens them itself, and says what is wrong
            ahead.leave()
            return
        except BaseException:
            ahead.leave()
            raise
        self._waiting.append(ahead)
        while len(self._waiting) > self._most:
            self._waiting.pop(0).leave()
        asyncio.get_running_loop().call_later(self._seconds, self._forget, ahead)

    def _forget(self, ahead: _Ahead) -> None:
        if ahead in self._waiting:
            self._waiting.remove(ahead)
            ahead.leave()


class _Ahead(Lease):
    """A lease on a worker whose databases are open; becomes one on a fresh worker where that does not fit."""

    def __init__(self, engine: Engine, tenant: str, plan: Plan, databases: frozenset[Attachment]) -> None:
        super().__init__(engine.path, tenant)
        self.tenant = tenant
        self.databases = databases
        self.names = tuple(f"{t.tenant}.{t.name}" for t in plan.tables if _remote(t.relation.attachments))
        self._open = True
        self._sql = ""

    def leave(self) -> None:
        """Let the worker go."""
        self._close()

    async def parse(self, sql: str) -> Parsed:
        """See :meth:`Lease.parse`."""
        self._sql = sql
        try:
            return await super().parse(sql)
        except Broken:  # it ended while it waited
            return await self._afresh()

    async def run(self, plan: Plan) -> Answer:
        """See :meth:`Lease.run`."""
        if self._open and remote(plan) != self.databases:
            await self._afresh()
        if not self._open:
            return await super().run(plan)
        try:
            return await super().run(plan)
        except (SourceDown, Broken):  # gone, or not as it was; before the head of an answer nothing was said yet
            await self._afresh()
        return await super().run(plan)

    async def _afresh(self) -> Parsed:
        self._open = False
        self._close()
        await self.__aenter__()
        return await super().parse(self._sql)


def remote(plan: Plan) -> frozenset[Attachment]:
    """Return the databases behind a network that a plan reads."""
    return frozenset().union(*(_remote(table.relation.attachments) for table in plan.tables))


def _remote(attachments: tuple[Attachment, ...]) -> frozenset[Attachment]:
    return frozenset(each for each in attachments if not isinstance(each, SQLite))
