# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What interfaces answered, kept for as long as the connection says. Django-free.

A question to an interface reads the file of the last answer if that is young enough, else it fetches first. A fetch
that fails says so, as any source that is down; an older answer is not passed off as the present one.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from allmende.engine.connection import Fetch, Http
from allmende.engine.fetch import BadAnswer, fetch
from allmende.engine.fetch import Limits as FetchLimits
from allmende.hub.places import Places
from allmende.kernel.clock import now
from allmende.kernel.errors import SourceDown

#: A question waits at most so long for an interface.
PATIENCE = FetchLimits(seconds=60.0)

_NAME = "answer"


class _Last(msgspec.Struct):
    read_at: datetime


class Fetched:
    """The folder of answers: one below it for each connection and what is asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def folder(
        self, connection: str, http: Http, what: Fetch, *, places: Places, secret: str
    ) -> tuple[Path, datetime]:
        """Return the folder with the answer's file and when it was read; fetch it if there is none young enough.

        Raises SourceDown, AddressRefused.
        """
        return await asyncio.to_thread(self._fetched, connection, http, what, places, secret)

    def forget(self, before: datetime) -> int:
        """Remove answers read before that moment: nobody asked again; return how many."""
        removed = 0
        for lock in list(self._folder.glob("*/.lock")):
            with _alone(lock):
                last = lock.parent / ".read"
                if last.exists() and last.stat().st_mtime < before.timestamp():
                    for file in lock.parent.iterdir():
                        if file != lock:  # somebody may be waiting for it
                            file.unlink()
                    removed += 1
        return removed

    def _fetched(self, connection: str, http: Http, what: Fetch, places: Places, secret: str) -> tuple[Path, datetime]:
        # An answer is good only under the list it was fetched under: an address taken off answers no more at once.
        asked = hashlib.sha256(msgspec.json.encode([connection, http, what, places.hosts])).hexdigest()[:32]
        folder = self._folder / asked
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(folder / ".lock"):
            last = folder / ".read"
            try:
                read_at = msgspec.json.decode(last.read_bytes(), type=_Last).read_at
                if now() - read_at < timedelta(seconds=http.every_seconds):
                    return folder, read_at
            except (OSError, msgspec.DecodeError):
                pass
            value = f"Bearer {secret}" if http.header.lower() == "authorization" else secret
            try:
                found = fetch(
                    http.url,
                    allow=places.hosts,
                    folder=folder,
                    name=_NAME,
                    what=what,
                    headers={http.header: value} if secret else None,
                    limits=PATIENCE,
                )
            except BadAnswer as bad:
                raise SourceDown(bad.detail, **bad.more) from bad
            last.write_bytes(msgspec.json.encode(_Last(found.read_at)))
            return folder, found.read_at


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process and thread at a time fetch the same."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
