# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Packets between the asker's side, the broker and a worker, over ``SOCK_SEQPACKET`` Unix sockets.

A packet is one tag byte and its content. Packets are never torn, so the broker can end an answer of a worker it had to
kill. A value longer than one packet comes as several, all but the last tagged :data:`PART`.
"""

from __future__ import annotations

import socket
from typing import Any, Final

import msgspec

from allmende.engine.errors import Broken, Refused
from allmende.kernel import errors
from allmende.kernel.errors import Problem
from allmende.kernel.text import Text

#: Greatest packet sent, in bytes: Linux takes it whole with the smallest usual socket buffer.
PACKET: Final = 64 * 1024

PART: Final = b"."
HELLO: Final = b"L"  # asker → broker: a lease, please
LEASED: Final = b"O"  # worker → asker: talk to me
AHEAD: Final = b"A"  # asker → worker: Plan whose databases are to be opened before anybody asks
READY: Final = b"Y"
PARSE: Final = b"P"  # asker → worker: SQL
PARSED: Final = b"Q"
RUN: Final = b"R"  # asker → worker: Plan for the SQL that was parsed
TRUSTED: Final = b"T"  # asker → worker: Plan with our own SQL
STALE: Final = b"S"  # worker → asker: what was opened ahead is not what the plan needs; ask another worker
HEAD: Final = b"H"
DATA: Final = b"D"
FOOT: Final = b"F"
ERROR: Final = b"E"


class Hello(msgspec.Struct, frozen=True):
    """Who wants to lease; ``tenant`` is only for fair turns, it grants nothing."""

    tenant: str = ""


_KINDS: Final[dict[str, type[Problem]]] = {
    each.kind: each
    for each in (
        Refused, Broken, errors.Invalid, errors.NotFound, errors.Forbidden, errors.TooMuch, errors.SourceDown,
        errors.Unready,
    )
}  # fmt: skip


class _Document(msgspec.Struct):
    kind: str
    detail: Text
    more: dict[str, Any]


def packets(tag: bytes, content: bytes) -> list[bytes]:
    """Cut a value into packets."""
    size = PACKET - 1
    pieces = [content[start : start + size] for start in range(0, len(content), size)] or [b""]
    return [PART + piece for piece in pieces[:-1]] + [tag + pieces[-1]]


def problem_packet(problem: Problem) -> bytes:
    """Return the one packet that tells of ``problem``."""
    known = problem if problem.kind in _KINDS else Broken(problem.detail)
    return ERROR + msgspec.msgpack.encode(_Document(known.kind, known.detail, known.more))


def problem_of(content: bytes) -> Problem:
    """Return the problem an :data:`ERROR` packet's content tells of."""
    document = msgspec.msgpack.decode(content, type=_Document)
    return _KINDS.get(document.kind, Broken)(document.detail, **document.more)


def send(to: socket.socket, tag: bytes, value: Any) -> None:
    """Send a value over a blocking socket."""
    for packet in packets(tag, msgspec.msgpack.encode(value)):
        to.send(packet)


def receive(from_: socket.socket, *, limit: int) -> tuple[bytes, bytes]:
    """Receive a tag and its content from a blocking socket. Raises :class:`EOFError` when the other side is gone."""
    content = bytearray()
    while True:
        packet = from_.recv(PACKET)
        if not packet:
            raise EOFError
        content += packet[1:]
        if len(content) > limit:
            raise errors.Invalid(Text("Die Anfrage ist zu lang.", "The request is too long."))
        if packet[:1] != PART:
            return packet[:1], bytes(content)
