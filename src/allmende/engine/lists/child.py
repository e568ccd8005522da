# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The process in which delivered files are opened: limited in memory and time, locked in where the kernel can.

One order comes on standard input, one answer goes to standard output, both MessagePack. Whatever a file does to its
reader - eat memory, loop, crash the library - ends here and becomes one sentence in the parent.
"""

from __future__ import annotations

import codecs
import gc
import os
import sys
from typing import Any

import msgspec

from allmende.engine import sandbox
from allmende.engine.lists.model import Decisions, Proposal, Stored
from allmende.kernel.errors import Problem
from allmende.kernel.text import Text

#: What one file may use: bytes of address space beyond the start, seconds of processor time, bytes written.
MEMORY_BYTES = 1536 << 20
SECONDS = 120
FILE_BYTES = 4 << 30
_ENCODINGS = (
    "cp1252",
    "latin-1",
    "cp850",
    "mac_roman",
    "utf-16",
    "utf-16-le",
    "utf-8-sig",
    "iso8859-15",
    "iso8859-2",
    "cp437",
)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: propose, or store ``table`` as ``rows.parquet`` in ``folder``, if the proposal is still ``expected``."""

    path: str
    folder: str  # an empty one, the only place that can be written
    parent: int
    decisions: Decisions | None = None
    table: str = ""
    expected: bytes = b""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; exactly one is set."""

    proposal: Proposal | None = None
    stored: Stored | None = None
    problem: Text | None = None
    kind: str = ""
    line: int = 0


def main() -> None:
    """Carry out the order on standard input."""
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
    if order.table:
        from allmende.engine.lists import storing  # noqa: F401, PLC0415 (Arrow reads the environment, soon gone)
    sandbox.calm(order.parent)
    for name in _ENCODINGS:  # nothing can be loaded once the process is locked in
        codecs.lookup(name)
    import python_calamine  # noqa: F401, PLC0415

    from allmende.engine import extensions  # noqa: PLC0415
    from allmende.engine.lists import work  # noqa: PLC0415

    extensions.silence()
    gc.disable()  # nothing here makes cycles, and millions of cells make collections dear
    sandbox.limit(memory_bytes=MEMORY_BYTES, file_bytes=FILE_BYTES, cpu_seconds=SECONDS, open_files=64)
    if sandbox.level().enough:
        sandbox.lock_in(read=(order.path,), write=(), folder=order.folder)
    answer: Any
    try:
        answer = work.carry_out(order)
    except Problem as problem:
        line = problem.more.get("line", 0)
        answer = Answer(kind=problem.kind, problem=problem.detail, line=line if isinstance(line, int) else 0)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))
    sys.stdout.buffer.flush()
    os._exit(0)
