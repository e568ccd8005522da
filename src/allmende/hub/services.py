# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Putting the room's parts together for a process. Django-free; the composition root gives what comes from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg_pool import AsyncConnectionPool

from allmende.engine.client import Engine
from allmende.engine.plan import Limits
from allmende.engine.ready import Ready
from allmende.hub import tools
from allmende.hub.ask import Services
from allmende.hub.located import Located
from allmende.hub.reach import Reach
from allmende.hub.tools import Seal, Tools
from allmende.kernel.errors import Unready
from allmende.kernel.text import Text
from allmende.rights.holder import Holder
from allmende.rights.journal import Journal

_services: Services | None = None


def equip(*, engine: Engine, data: Path, seal: Seal, unseal: Seal, quota: int = tools.QUOTA) -> Tools:
    """Give the verbs of this process their tools; enough for the command line and for jobs."""
    files, cache = data / "files", data / "run" / "fetched"
    files.mkdir(parents=True, exist_ok=True, mode=0o700)
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    files, cache = files.resolve(), cache.resolve()  # the query process reads no file through a link
    made = Tools(
        engine=engine,
        located=Located(cache=cache, unseal=unseal),
        files=files,
        seal=seal,
        unseal=unseal,
        quota=quota,
    )
    tools.use(made)
    return made


@asynccontextmanager
async def running(
    *, dsn: str, base: str, tools: Tools, holder: Holder, journal: Journal, limits: Limits | None = None
) -> AsyncIterator[Services]:
    """Answer questions in this process, on this event loop, as long as the context lasts.

    ``dsn`` is PostgreSQL's address, ``base`` the installation's public address. ``holder`` is started already.
    """
    global _services
    async with AsyncConnectionPool(dsn, min_size=1, max_size=8, open=False, kwargs={"autocommit": True}) as pool:
        reach = Reach(pool=pool, files=tools.files, located=tools.located, base=base)
        ready = Ready(tools.engine)
        _services = Services(
            pool=pool, holder=holder, journal=journal, ready=ready, reach=reach, limits=limits or Limits()
        )
        try:
            yield _services
        finally:
            _services = None
            await ready.close()


def services() -> Services:
    """Return what answers questions in this process. Raises Unready where nothing does."""
    if _services is None:
        raise Unready(
            Text("Fragen werden in diesem Prozess nicht beantwortet.", "This process does not answer questions.")
        )
    return _services
