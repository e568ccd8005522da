# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the room's verbs work with: the engine, the places of files, the seal. Set once by the composition root.

Trusted work (reading a source to report on it, copying it, building release tables) runs in the same sandbox as
questions.
"""

from __future__ import annotations

import asyncio
import collections
import hashlib
import os
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.parquet

from allmende.engine.client import Engine
from allmende.engine.plan import Field, Format, Limits, Plan, Relation, Table
from allmende.hub.located import Located
from allmende.kernel.errors import Unready
from allmende.kernel.text import Text

T = TypeVar("T")

#: Seals a secret for the thing it belongs to, or opens it again (kernel.sealing).
Seal = Callable[[str, str], str]

#: The name our own work goes by where questions have a tenant; no town can be called so (kernel.ids.RESERVED).
_OURS = "allmende"

#: What one town's uploads may take on the disk where the operator says nothing else, in bytes.
QUOTA = 5000 << 20

#: Reading a whole source may take longer than one question may.
PATIENT = Limits(seconds=1800.0)


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What verbs need of the process."""

    engine: Engine
    located: Located
    files: Path  # the data folder's files/
    seal: Seal
    unseal: Seal
    limits: Limits = field(default=PATIENT)
    quota: int = QUOTA  # bytes one town's uploads may take

    def arrow(self, relation: Relation, *, source: str = "") -> pa.Table:
        """Return the relation's rows as one Arrow table; for results known to be small."""
        raw = bytearray()
        self._read(relation, source, Format.ARROW, raw.extend)
        with pa.ipc.open_stream(bytes(raw)) as reader:
            return reader.read_all()

    def rows(self, relation: Relation, *, source: str = "") -> Sequence[tuple[object, ...]]:
        """Return the relation's rows; for results known to be small."""
        table = self.arrow(relation, source=source)
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def keep(self, relation: Relation, folder: str, *, source: str = "") -> Kept:
        """Write the relation's rows into a Parquet file named by the hash of its content, below ``folder``."""
        name = self._part(folder)
        table = Table(tenant=_OURS, name="rows", relation=relation, source=source, filtered=False)
        quoted = str(name).replace("'", "''")
        sql = f"COPY (FROM {_OURS}.rows) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
        plan = Plan(sql=sql, tables=(table,), limits=self.limits, output=str(name))
        try:
            with self.engine.blocking(_OURS) as work:
                _, pieces = work.run_trusted(plan)
                collections.deque(pieces, maxlen=0)
                rows = work.foot.rows if work.foot is not None else 0
            return self._kept(name, folder, rows, relation.fields)
        except BaseException:
            name.unlink(missing_ok=True)
            raise

    def keep_table(self, table: pa.Table, folder: str, fields: Sequence[Field]) -> Kept:
        """Write an Arrow table likewise."""
        name = self._part(folder)
        try:
            pyarrow.parquet.write_table(table, name, compression="zstd")
            return self._kept(name, folder, table.num_rows, fields)
        except BaseException:
            name.unlink(missing_ok=True)
            raise

    def adopt(self, written: Path, folder: str, rows: int, fields: Sequence[Field]) -> Kept:
        """Take over a Parquet file that was written beside, on the same disk."""
        place = self.files / folder
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._kept(written, folder, rows, fields)

    @property
    def passing(self) -> Path:
        """A folder for what is on its way and may have to vanish; no backup holds it, no connection reads it."""
        place = self.files.parent / "run" / "incoming"
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        return place

    def _part(self, folder: str) -> Path:
        """Return a new empty file to write, beside where it will lie."""
        place = self.files / folder
        place.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place, suffix=".part")
        os.close(handle)
        return Path(name)

    def _kept(self, written: Path, folder: str, rows: int, fields: Sequence[Field]) -> Kept:
        with written.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            os.fsync(stream.fileno())
        size = written.stat().st_size
        written.replace(self.files / folder / f"{digest}.parquet")
        path = f"{folder}/{digest}.parquet"
        return Kept(path=path, rows=rows, bytes=size, fields=[msgspec.to_builtins(f) for f in fields])

    def _read(self, relation: Relation, source: str, kind: Format, take: Callable[[bytes], object]) -> int:
        """Hand the relation's rows, encoded, to ``take`` piece by piece; return how many rows they were."""
        table = Table(tenant=_OURS, name="rows", relation=relation, source=source, filtered=False)
        sql = f"SELECT * FROM {_OURS}.rows"  # noqa: S608 (a constant)
        plan = Plan(sql=sql, tables=(table,), format=kind, limits=self.limits)
        with self.engine.blocking(_OURS) as work:
            _, pieces = work.run_trusted(plan)
            for piece in pieces:
                take(piece)
            return work.foot.rows if work.foot is not None else 0


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file that was written: its path below ``files/``, its rows, its size, its columns."""

    path: str
    rows: int
    bytes: int
    fields: list[dict[str, str]]


def wait(work: Coroutine[Any, Any, T]) -> T:
    """Run asynchronous work to its end from synchronous code, whether or not a loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


_tools: Tools | None = None


def use(tools: Tools | None) -> None:
    """Say what verbs work with in this process."""
    global _tools
    _tools = tools


def tools() -> Tools:
    """Return what verbs work with. Raises Unready in a process that has nothing."""
    if _tools is None:
        raise Unready(
            Text("Die Auswertung läuft in diesem Prozess nicht.", "The query engine does not run in this process.")
        )
    return _tools
