# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The decision log as a chain: each entry's hash covers the one before. Knows no Django.

Entries are written unlinked by many processes; one writer at a time (an advisory lock) links them in batches. The hash
of entry ``n`` is SHA-256 over the hash of entry ``n - 1`` (32 zero bytes before the first) and the canonical bytes of
entry ``n``.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString, NamedTuple, Self

import msgspec
import psycopg
import psycopg.errors

logger = logging.getLogger(__name__)

#: The hash before the first entry.
GENESIS = bytes(32)
#: The columns a hash covers, in the order of the canonical bytes.
COLUMNS: LiteralString = (
    "id::text, at, tenant, about, unit, kind, pseudonym, month, action, resources, purpose, outcome, rules, grants,"
    " statement, registers"
)
_FORM = "allmende-log-1"
_LOCK = 0x616C6C6D  # one writer in the whole database
_BATCH = 1000


class Head(NamedTuple):
    """The last linked entry: its number and hash."""

    seq: int
    hash: bytes


def canonical(seq: int, row: Sequence[Any]) -> bytes:
    """Return the bytes of an entry that are hashed: a JSON array of the form's name, the number and :data:`COLUMNS`.

    Moments are written in UTC with microseconds.
    """
    values = [f"{v.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(v, datetime) else v for v in row]
    return msgspec.json.encode([_FORM, seq, *values])


def link_hash(previous: bytes, seq: int, row: Sequence[Any]) -> bytes:
    """Return the hash of an entry after ``previous``."""
    return hashlib.sha256(previous + canonical(seq, row)).digest()


def read_head(conn: psycopg.Connection[Any]) -> Head:
    """Return the last linked entry; number 0 if there is none."""
    query = "SELECT seq, hash FROM rights_logentry WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1"
    row = conn.execute(query).fetchone()
    return Head(int(row[0]), bytes(row[1])) if row else Head(0, GENESIS)


def link(conn: psycopg.Connection[Any], batch: int = _BATCH) -> int:
    """Link up to ``batch`` waiting entries in one transaction; return how many.

    Waits for its turn if another writer links. Dying in the middle leaves the entries waiting.
    """
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        head = read_head(conn)
        pending = conn.execute(
            "SELECT " + COLUMNS + " FROM rights_logentry WHERE seq IS NULL ORDER BY at, id LIMIT %s",  # noqa: S608 - constants
            (batch,),
        ).fetchall()
        links = []
        seq, previous = head
        for row in pending:
            seq += 1
            previous = link_hash(previous, seq, row)
            links.append((row[0], seq, previous))
        if links:
            conn.execute(
                "UPDATE rights_logentry e SET seq = l.seq, hash = l.hash"
                " FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS l (id, seq, hash) WHERE e.id = l.id",
                tuple(map(list, zip(*links, strict=True))),
            )
        return len(links)


#: What the writer's connection is called among the database's: whoever sees it there knows that the writer lives.
LINKER = "allmende log"


class Linker:
    """Links entries in a thread, with a connection of its own; outlives restarts of the database."""

    def __init__(self, dsn: str, *, every: float = 1.0) -> None:
        self._dsn = dsn
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rights-linker", daemon=True)

    def start(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Link what waits, then end."""
        self._stopping.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _run(self) -> None:
        pause = self._every
        while True:
            try:
                with psycopg.connect(self._dsn, autocommit=True, connect_timeout=5, application_name=LINKER) as conn:
                    pause = self._every
                    if self._work(lambda: link(conn)):
                        return
            except psycopg.Error:
                logger.warning("the decision log cannot be linked; trying again", exc_info=True)
                if self._stopping.wait(pause):
                    return
                pause = min(pause * 2, 30.0)

    def _work(self, once: Callable[[], int]) -> bool:
        """Link until told to stop; the last round comes after that."""
        while True:
            stopping = self._stopping.is_set()
            while once() == _BATCH:
                pass
            if stopping:
                return True
            self._stopping.wait(self._every)
