# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The current snapshot of the registers in a process, with a lease: too old means no."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import psycopg

from allmende.kernel.errors import Unready
from allmende.kernel.text import Text
from allmende.rights.snapshot import CHANNEL, Snapshot, read_version

logger = logging.getLogger(__name__)

#: Reads all registers over the connection; it stands in a REPEATABLE READ transaction.
Build = Callable[[psycopg.Connection[Any]], Snapshot]


class Holder:
    """Keeps the newest snapshot, in a thread with a connection of its own.

    It listens for changes and asks every ``heartbeat`` seconds; what was last known to be current more than ``lease``
    seconds ago is not given out. It outlives restarts of the database. Thread-safe.
    """

    def __init__(self, dsn: str, build: Build, *, lease: float = 15.0, heartbeat: float = 3.0) -> None:
        self._dsn = dsn
        self._build = build
        self._lease = lease
        self._heartbeat = heartbeat
        self._snapshot: Snapshot | None = None
        self._current_at = float("-inf")  # monotonic; the snapshot was the registers' state then
        self._asked = 0
        self._answered = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)

    def start(self) -> Self:
        """Start the thread; it is ready when :meth:`current` no longer raises."""
        if self._thread is not None:
            raise RuntimeError("a holder is started once")
        self._thread = threading.Thread(target=self._run, name="rights-holder", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread and close what it used. Idempotent."""
        self._stopping = True
        self._poke()
        if self._thread is not None:
            self._thread.join()
        with self._changed:
            self._snapshot = None
            self._changed.notify_all()
        self._wake.close()
        self._woken.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def current(self) -> Snapshot:
        """Return the snapshot. Raises :class:`~allmende.kernel.errors.Unready` if there is none young enough."""
        snapshot = self._snapshot
        if snapshot is None or time.monotonic() - self._current_at > self._lease:
            raise _unready()
        return snapshot

    def refresh_until(self, version: int, timeout: float = 5.0) -> Snapshot:
        """Return a snapshot of ``version`` or newer, reading it at once if need be; blocks up to ``timeout`` seconds.

        Raises :class:`~allmende.kernel.errors.Unready` if there is none by then.
        """
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                if self._snapshot is not None and self._snapshot.version >= version:
                    break
                self._asked += 1
                ticket = self._asked
                self._poke()
                while self._answered < ticket:
                    if self._stopping or not self._changed.wait(deadline - time.monotonic()):
                        raise _unready()
        return self.current()

    async def refreshed(self, version: int, timeout: float = 5.0) -> Snapshot:  # noqa: ASYNC109
        """Like :meth:`refresh_until`, for the event loop."""
        snapshot = self._snapshot
        if snapshot is not None and snapshot.version >= version:
            return self.current()
        return await asyncio.to_thread(self.refresh_until, version, timeout)

    # --- the thread -------------------------------------------------------------------------------------------

    def _poke(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake already; closed: it has ended
            self._wake.send(b".")

    def _run(self) -> None:
        pause = 0.1
        while not self._stopping:
            try:
                with psycopg.connect(
                    self._dsn,
                    autocommit=True,
                    connect_timeout=5,
                    application_name="allmende rights",
                    options="-c statement_timeout=10s",
                    keepalives_idle=5,
                    keepalives_interval=2,
                    keepalives_count=2,
                    tcp_user_timeout=10_000,
                ) as conn:
                    conn.add_notify_handler(self._hear)
                    conn.execute(f"LISTEN {CHANNEL}")
                    while not self._stopping:
                        self._check(conn)
                        pause = 0.1
                        self._sleep(self._heartbeat, conn)
            except Exception:  # whatever it was, the lease runs out and the next try may succeed
                if self._stopping:
                    return
                logger.warning("the registers cannot be read; trying again", exc_info=True)
                self._sleep(pause)
                pause = min(pause * 2, self._heartbeat)

    def _check(self, conn: psycopg.Connection[Any]) -> None:
        """Make the snapshot current, and say so to those who wait."""
        with self._changed:
            asked = self._asked
        began = time.monotonic()
        held = self._snapshot
        version = read_version(conn)
        if held is None or held.version != version:
            with conn.transaction():
                conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                held = self._build(conn)
        with self._changed:
            self._snapshot = held
            self._current_at = began
            self._answered = asked
            self._changed.notify_all()

    def _hear(self, _: psycopg.Notify) -> None:
        """A change was announced while the connection was busy with something else."""
        self._poke()

    def _sleep(self, seconds: float, conn: psycopg.Connection[Any] | None = None) -> None:
        """Wait until a change is announced, somebody pokes, or ``seconds`` have passed."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            if conn is not None:
                selector.register(conn.pgconn.socket, selectors.EVENT_READ)
            selector.select(seconds)
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        if conn is not None:
            conn.pgconn.consume_input()
            while conn.pgconn.notifies() is not None:
                pass


def _unready() -> Unready:
    return Unready(
        Text(
            "Der Stand der Register ist gerade nicht gesichert; ohne ihn wird nichts erlaubt. Bitte noch einmal.",
            "The state of the registers is not certain just now; without it nothing is allowed. Please try again.",
        )
    )
