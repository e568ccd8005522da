# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The verbs on a delivered file, each carried out in a child process with limits: propose, store, rows."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from allmende.engine.lists.kinds import bad
from allmende.engine.lists.model import Decisions, Proposal, Stored
from allmende.engine.lists.order import SECONDS, Answer, Order
from allmende.engine.lists.window import Window
from allmende.engine.mapping.files import BadFile, plain_file
from allmende.kernel.errors import Conflict, Invalid, NotFound, Unready
from allmende.kernel.text import Text

if TYPE_CHECKING:
    import pyarrow as pa

#: One thread: the child is locked in before it reads, and that holds only the thread that asks for it.
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
_KINDS = {e.kind: e for e in (BadFile, Conflict, Invalid, NotFound, Unready)}


def propose(path: Path, decisions: Decisions | None = None) -> Proposal:
    """Read an office's list and say what it seems to be, under the decisions made so far. Stores nothing.

    ``path`` must be a regular file. Raises BadFile with one sentence for what cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="allmende-list-") as folder:
        answer = _ordered(path, Path(folder), decisions)
    if answer.proposal is None:
        raise _broken(path)
    return answer.proposal


def store(
    path: Path, target: Path, proposal: Proposal | None = None, decisions: Decisions | None = None, table: str = ""
) -> Stored:
    """Write a table of the file (the first one in use, if not named; with its stack) to ``target`` as Parquet.

    The file is read again under the same decisions; it is stored only if that gives ``proposal`` once more and its
    reaction is "import". ``target`` appears whole or not at all. Columns carry heading, unit and meaning as metadata.
    Raises Conflict where something waits for a decision or the file changed, NotFound for a table that is not there.
    """
    wanted = table or _first(propose(path, decisions) if proposal is None else proposal, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".list-", dir=target.parent) as folder:
        expected = _digest(proposal) if proposal is not None else b""
        answer = _ordered(path, Path(folder), decisions, wanted, expected)
        if answer.stored is None:
            raise _broken(path)
        (Path(folder) / "rows.parquet").replace(target)
    return answer.stored


def window(path: Path, sheet: str, *, first: int, rows: int, decisions: Decisions | None = None) -> Window:
    """Return a part of a sheet as it is, with colours and what is hidden, to be shown beside the proposal.

    Raises NotFound where there is no such sheet, BadFile.
    """
    with tempfile.TemporaryDirectory(prefix="allmende-list-") as folder:
        order = Order(
            path=str(plain_file(path, path.parent)),
            folder=str(Path(folder).resolve()),
            parent=os.getpid(),
            decisions=decisions,
            sheet=sheet,
            first=first,
            rows=rows,
        )
        answer = _carried_out(order, path)
    if answer.window is None:
        raise _broken(path)
    return answer.window


def rows(
    path: Path, proposal: Proposal | None = None, decisions: Decisions | None = None, table: str = ""
) -> Iterator[pa.RecordBatch]:
    """Yield a table's rows as Arrow batches, as :func:`store` would write them; memory stays bounded."""
    import pyarrow.parquet as pq  # noqa: PLC0415 (slow to import)

    with tempfile.TemporaryDirectory(prefix="allmende-list-") as folder:
        target = Path(folder) / "list.parquet"
        store(path, target, proposal, decisions, table)
        with pq.ParquetFile(target) as file:
            yield from file.iter_batches(batch_size=10_000)


def _first(proposal: Proposal, path: Path) -> str:
    found = next((t.key for t in proposal.tables if t.use), None)
    if found is None:
        raise NotFound(Text(f"„{path.name}“ hat keine Tabelle.", f"“{path.name}” has no table."))
    return found


def _digest(proposal: Proposal) -> bytes:
    from allmende.engine.lists.work import digest  # noqa: PLC0415 (brings the readers along)

    return digest(proposal)


def _ordered(path: Path, folder: Path, decisions: Decisions | None, table: str = "", expected: bytes = b"") -> Answer:
    real = plain_file(path, path.parent)
    order = Order(
        path=str(real), folder=str(folder.resolve()), parent=os.getpid(), decisions=decisions, table=table,
        expected=expected,
    )  # fmt: skip
    return _carried_out(order, path)


def _carried_out(order: Order, path: Path) -> Answer:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", "from allmende.engine.lists.child import main; main()"],
            check=False,
            input=msgspec.msgpack.encode(order),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            timeout=4 * SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise _broken(path) from error
    if done.returncode or not done.stdout:
        raise _broken(path)
    answer = msgspec.msgpack.decode(done.stdout, type=Answer)
    if answer.problem is not None:
        more = {"line": answer.line} if answer.line else {}
        raise _KINDS.get(answer.kind, BadFile)(answer.problem, file=path.name, **more)
    return answer


def _broken(path: Path) -> BadFile:
    return bad(
        path.name,
        Text(
            "braucht zum Lesen mehr Speicher oder Zeit, als eine Liste darf: sie ist beschädigt oder reicht viel zu weit "
            "(eine einzelne Zelle am Rand genügt); bitte nur die Tabelle in eine neue Datei kopieren",
            "needs more memory or time to read than a list may: it is damaged or reaches much too far (a single cell at "
            "the edge is enough); please copy only the table to a new file",
        ),
    )
