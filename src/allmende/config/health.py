# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The state of each part, for ``GET /health``."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psycopg

from allmende.engine import sandbox
from allmende.engine.client import Engine
from allmende.kernel import clock
from allmende.kernel.errors import Problem
from allmende.rights.chain import LINKER
from allmende.rights.holder import Holder

#: Seconds after which a part that does not answer counts as down.
PATIENCE = 3.0
#: Seconds without a sign of life after which the jobs process counts as down.
JOBS_SILENT = 45.0
#: Seconds an entry of the decision log may wait to be linked.
LINK_WITHIN = 60.0

#: Hours after which the log's anchor counts as late: it goes out each night, and is tried each hour.
ANCHOR_WITHIN = 26.0

#: The jobs process holds a connection to link the log: it ends with the process, before its heartbeat grows old.
_STATE = f"""
SELECT (SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers),
       EXISTS (SELECT FROM pg_stat_activity WHERE application_name = '{LINKER}' AND datname = current_database()),
       (SELECT extract(epoch FROM now() - min(at)) FROM rights_logentry WHERE seq IS NULL)
"""  # noqa: S608 (a constant)
ANCHORS = """
SELECT (SELECT max(at) FROM rights_anchorsending WHERE failure = ''),
       (SELECT failure <> '' FROM rights_anchorsending ORDER BY at DESC LIMIT 1),
       (SELECT min(at) FROM rights_logentry)
"""


class AnchorState(msgspec.Struct, frozen=True):
    """Whether the decision log's head goes out of reach."""

    late: bool
    failed: bool  # the newest try
    sent_at: datetime | None  # the newest that went out


def anchor_state(row: tuple[datetime | None, bool | None, datetime | None], now: datetime) -> AnchorState:
    """Return what a row of :data:`ANCHORS` says: late where none went out for so long, though there was what to send."""
    sent, failed, first = row
    since = sent or first
    late = since is not None and now - since > timedelta(hours=ANCHOR_WITHIN)
    return AnchorState(late=late, failed=bool(failed), sent_at=sent)


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
    ready = all(part["status"] != "down" for part in parts.values())
    return ready, {"status": "ok" if ready else "down", "time": clock.now().isoformat(), "parts": parts}


async def _database(dsn: str) -> dict[str, dict[str, Any]]:
    try:
        async with asyncio.timeout(PATIENCE):
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
                row = await (await conn.execute(_STATE)).fetchone()
                anchors = await (await conn.execute(ANCHORS)).fetchone()
    except (psycopg.Error, TimeoutError) as error:
        down = _part(False, detail=type(error).__name__)
        return {"database": down, "jobs": down, "log": down, "anchor": down}
    assert row is not None and anchors is not None
    silent, links, waiting = row
    anchor = anchor_state(anchors, clock.now())
    return {
        "database": _part(True),
        "jobs": _part(links and silent is not None and silent < JOBS_SILENT),
        "log": _part(waiting is None or waiting < LINK_WITHIN),
        # a mail server that is down does not take the town off the net: "late" is told, and counts as there
        "anchor": {
            "status": "late" if anchor.late or anchor.failed else "ok",
            "sent_at": anchor.sent_at.isoformat() if anchor.sent_at else None,
        },
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
