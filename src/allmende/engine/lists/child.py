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
import time

import msgspec

from allmende.engine import sandbox
from allmende.engine.lists.order import FILE_BYTES, MEMORY_BYTES, SECONDS, Answer, Order
from allmende.kernel.errors import Problem, Unready
from allmende.kernel.text import Text

_UNSAFE = Text(
    "Die Datei ließ sich gerade nicht abgeschirmt öffnen: bitte noch einmal versuchen.",
    "The file could not be opened in isolation just now: please try again.",
)
_PATIENCE = 10.0  # seconds
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


def main() -> None:
    """Carry out the order on standard input."""
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
    if order.table:
        from allmende.engine.lists import storing  # noqa: PLC0415 (Arrow reads the environment, soon gone)

        storing.warm()
    sandbox.calm(order.parent)
    for name in _ENCODINGS:  # nothing can be loaded once the process is locked in
        codecs.lookup(name)
    import heapq  # noqa: F401, PLC0415 (counters load it late)

    import python_calamine  # noqa: F401, PLC0415

    from allmende.engine import extensions  # noqa: PLC0415
    from allmende.engine.lists import work  # noqa: PLC0415

    extensions.silence()
    gc.disable()  # nothing here makes cycles, and millions of cells make collections dear
    sandbox.limit(memory_bytes=MEMORY_BYTES, file_bytes=FILE_BYTES, cpu_seconds=SECONDS, open_files=64)
    answer: Answer
    try:
        if sandbox.level().enough:
            _settle()
            sandbox.lock_in(read=(order.path,), write=(), folder=order.folder)
        answer = work.carry_out(order)
    except Problem as problem:
        line = problem.more.get("line", 0)
        answer = Answer(kind=problem.kind, problem=problem.detail, line=line if isinstance(line, int) else 0)
    except sandbox.CannotLockIn:
        answer = Answer(kind=Unready.kind, problem=_UNSAFE)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))
    sys.stdout.buffer.flush()
    os._exit(0)


def _settle() -> None:
    """Wait until threads that were told to end are gone from the kernel's list too: only then can we be locked in."""
    until = time.monotonic() + _PATIENCE
    while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < until:  # noqa: PTH208 (quicker than Path)
        time.sleep(0.001)
