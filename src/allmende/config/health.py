# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The state of each part, for ``GET /health``."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg

from allmende.engine import sandbox
from allmende.engine.client import Engine
from allmende.kernel import clock
from allmende.kernel.errors import Problem
from allmende.rights.holder import Holder

#: Seconds after which a part that does not answer counts as down.
PATIENCE = 3.0
#: Seconds without a sign of life after which the jobs process counts as down.
JOBS_SILENT = 45.0
#: Seconds an entry of the decision log may wait to be linked.
LINK_WITHIN = 60.0

_STATE = """
SELECT (SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers),
       (SELECT extract(epoch FROM now() - min(at)) FROM rights_logentry WHERE seq IS NULL)
"""


def _part(ok: bool, **facts: Any) -> dict[str, Any]:
    return {"status": "ok" if ok else "down", **facts}


async def state(*, dsn: str, engine: Engine, holder: Holder) -> tuple[bool, dict[str, Any]]:
    """Return whether everything needed to answer is there, and the document. No secrets, no names."""
    parts: dict[str, dict[str, Any]] = {}
    database, query = await asyncio.gather(_database(dsn), _query(engine))
    parts |= database
    parts["query"] = query
    try:
        parts["rights"] = _part(True, version=holder.current().version)
    except Problem as problem:
        parts["rights"] = _part(False, detail=problem.detail.en)
    ready = all(part["status"] == "ok" for part in parts.values())
    return ready, {"status": "ok" if ready else "down", "time": clock.now().isoformat(), "parts": parts}


async def _database(dsn: str) -> dict[str, dict[str, Any]]:
    try:
        async with asyncio.timeout(PATIENCE):
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
                row = await (await conn.execute(_STATE)).fetchone()
    except (psycopg.Error, TimeoutError) as error:
        down = _part(False, detail=type(error).__name__)
        return {"database": down, "jobs": down, "log": down}
    assert row is not None
    silent, waiting = row
    return {
        "database": _part(True),
        "jobs": _part(silent is not None and silent < JOBS_SILENT),
        "log": _part(waiting is None or waiting < LINK_WITHIN),
    }


async def _query(engine: Engine) -> dict[str, Any]:
    level = sandbox.level()
    facts = {"landlock": level.landlock, "seccomp": level.seccomp}
    try:
        async with asyncio.timeout(PATIENCE), engine.lease() as question:
            await question.parse("SELECT 1")
    except (Problem, TimeoutError) as error:
        return _part(False, detail=error.detail.en if isinstance(error, Problem) else "no answer", **facts)
    return _part(True, **facts)
