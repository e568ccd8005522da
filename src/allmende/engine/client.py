# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How other rooms ask the engine: lease a worker, parse, run, read the answer's bytes.

::

    async with engine.lease(tenant="auenstadt") as question:
        parsed = await question.parse(sql)      # Refused; now ask rights about parsed.tables
        answer = await question.run(plan)       # answer.head
        async for chunk in answer: ...          # back-pressure: nothing is read ahead
        answer.foot                             # rows, seconds

Leaving the block kills the worker, whatever it does. :class:`Blocking` is the twin without asyncio.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from allmende.engine import wire
from allmende.engine.errors import Broken
from allmende.engine.plan import Foot, Head, Parsed, Plan
from allmende.kernel.errors import Unready
from allmende.kernel.text import Text

T = TypeVar("T")


class Engine:
    """The way to the query process; holds no connection, so it is cheap and can be shared."""

    def __init__(self, socket_path: Path | str) -> None:
        self.path = str(socket_path)

    def lease(self, tenant: str = "") -> Lease:
        """Return a lease to enter with ``async with``; ``tenant`` is only for taking fair turns.

        Entering raises :class:`~allmende.kernel.errors.Unready` when the engine is down or full.
        """
        return Lease(self.path, tenant)

    def blocking(self, tenant: str = "") -> Blocking:
        """Return a lease for code without asyncio, to enter with ``with``."""
        return Blocking(self.path, tenant)


class Lease:
    """One question's hold on one worker."""

    def __init__(self, path: str, tenant: str) -> None:
        self._path = path
        self._tenant = tenant
        self._socket: socket.socket | None = None

    async def __aenter__(self) -> Self:
        if self._socket is not None:
            return self
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(self._socket, self._path)
            await self._send(wire.HELLO, wire.Hello(tenant=self._tenant))
            _expect(wire.LEASED, *await self._receive(), bytes)
        except OSError:
            self._close()
            raise _not_there() from None
        except BaseException:
            self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    async def open_ahead(self, plan: Plan) -> None:
        """Open the plan's databases before anybody asks. Raises Invalid where they cannot, ``SourceDown``, Unready."""
        await self._call(wire.AHEAD, plan, wire.READY, bytes)

    async def parse(self, sql: str) -> Parsed:
        """Return what the gate read in ``sql``. Raises :class:`~allmende.engine.Refused`."""
        return await self._call(wire.PARSE, sql, wire.PARSED, Parsed)

    async def run(self, plan: Plan) -> Answer:
        """Run the parsed question under ``plan``. Raises as :class:`Answer` does."""
        head = await self._call(wire.RUN, plan, wire.HEAD, Head)
        return Answer(self, head)

    async def run_trusted(self, plan: Plan) -> Answer:
        """Run our own ``plan.sql`` (never a stranger's) in the same sandbox, without the gate.

        Tables are there as ``tenant.dataset``, attachments by their aliases. ``plan.output`` is the one file it may
        write. Raises as :class:`Answer` does.
        """
        head = await self._call(wire.TRUSTED, plan, wire.HEAD, Head)
        return Answer(self, head)

    async def _call(self, tag: bytes, value: Any, expected: bytes, type_: type[T]) -> T:
        with contextlib.suppress(OSError):  # if the broker ended it, its last word may wait to be read
            await self._send(tag, value)
        return _expect(expected, *await self._receive(), type_)

    async def _send(self, tag: bytes, value: Any) -> None:
        loop = asyncio.get_running_loop()
        for packet in wire.packets(tag, msgspec.msgpack.encode(value)):
            await loop.sock_sendall(self._held(), packet)

    async def _receive(self) -> tuple[bytes, bytes]:
        loop = asyncio.get_running_loop()
        content = bytearray()
        while True:
            try:
                packet = await loop.sock_recv(self._held(), wire.PACKET)
            except ConnectionError:
                packet = b""
            if packet[:1] != wire.PART:
                return packet[:1], bytes(content) + packet[1:]
            content += packet[1:]

    def _held(self) -> socket.socket:
        if self._socket is None:
            raise _broke_off()
        return self._socket

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Answer:
    """An answer under way: ``head`` is there, iterating gives its bytes, then ``foot`` is there.

    Iterating raises :class:`~allmende.kernel.errors.TooMuch` (time, memory), ``SourceDown`` (with ``source``),
    :class:`~allmende.engine.Refused` (what the database says only while it runs) or ``Broken``.
    """

    def __init__(self, lease: Lease, head: Head) -> None:
        self._lease = lease
        self.head = head
        self.foot: Foot | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.foot is None:
            tag, content = await self._lease._receive()
            if tag == wire.DATA:
                yield content
            else:
                self.foot = _expect(wire.FOOT, tag, content, Foot)

    async def read(self) -> bytes:
        """Return all of it: for small answers."""
        return b"".join([chunk async for chunk in self])


class Blocking:
    """The same lease for code without asyncio: command line, Django views, jobs."""

    def __init__(self, path: str, tenant: str) -> None:
        self._path = path
        self._tenant = tenant
        self._socket: socket.socket | None = None
        self.foot: Foot | None = None

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._socket.connect(self._path)
            wire.send(self._socket, wire.HELLO, wire.Hello(tenant=self._tenant))
            self._expect(wire.LEASED, bytes)
        except OSError:
            self._close()
            raise _not_there() from None
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def parse(self, sql: str) -> Parsed:
        """Return what the gate read in ``sql``. Raises :class:`~allmende.engine.Refused`."""
        return self._call(wire.PARSE, sql, wire.PARSED, Parsed)

    def run(self, plan: Plan) -> tuple[Head, Iterator[bytes]]:
        """Run the parsed question; ``foot`` is there when the bytes are all read. Raises as :class:`Answer` does."""
        return self._call(wire.RUN, plan, wire.HEAD, Head), self._chunks()

    def run_trusted(self, plan: Plan) -> tuple[Head, Iterator[bytes]]:
        """Run our own SQL: see :meth:`Lease.run_trusted`."""
        return self._call(wire.TRUSTED, plan, wire.HEAD, Head), self._chunks()

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _chunks(self) -> Iterator[bytes]:
        while True:
            tag, content = self._receive()
            if tag != wire.DATA:
                self.foot = _expect(wire.FOOT, tag, content, Foot)
                return
            yield content

    def _call(self, tag: bytes, value: Any, expected: bytes, type_: type[T]) -> T:
        if self._socket is None:
            raise _broke_off()
        with contextlib.suppress(OSError):
            wire.send(self._socket, tag, value)
        return self._expect(expected, type_)

    def _expect(self, expected: bytes, type_: type[T]) -> T:
        return _expect(expected, *self._receive(), type_)

    def _receive(self) -> tuple[bytes, bytes]:
        if self._socket is None:
            raise _broke_off()
        try:
            return wire.receive(self._socket, limit=1 << 30)
        except (EOFError, ConnectionError):
            return b"", b""


def _expect(expected: bytes, tag: bytes, content: bytes, type_: type[T]) -> T:
    if tag == wire.ERROR:
        raise wire.problem_of(content)
    if tag != expected:
        raise _broke_off()
    return type_() if type_ is bytes else msgspec.msgpack.decode(content, type=type_)


def _not_there() -> Unready:
    return Unready(
        Text(
            "Die Auswertung ist nicht erreichbar. Versuchen Sie es gleich noch einmal.",
            "The query engine cannot be reached. Try again in a moment.",
        )
    )


def _broke_off() -> Broken:
    return Broken(Text("Die Abfrage ist unerwartet abgebrochen.", "The query broke off unexpectedly."))
