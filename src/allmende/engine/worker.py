# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One process, one question: parse, be told the plan, attach, lock in, run, write the answer, end.

The broker forks it warm, with DuckDB connected and the extensions loaded. It talks to the asker's side directly; the
broker only watches, and kills it. A database can be opened for it before the question comes
(:mod:`allmende.engine.ready`).
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import sys
import time
import traceback
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from allmende.engine import encode, extensions, gate, lineage, sandbox, setup, wire
from allmende.engine.errors import Broken, Refused
from allmende.engine.plan import Field, Foot, Format, Head, Plan
from allmende.kernel.errors import Invalid, Problem, TooMuch, Unready
from allmende.kernel.text import Text

#: Greatest plan, in bytes.
MAX_PLAN = 16 << 20
#: Address space beyond what DuckDB is told it may use: stacks, buffers of the encoders, the allocator's reserve.
SPARE_MEMORY = 1 << 30


def serve(control: socket.socket, connection: duckdb.DuckDBPyConnection, *, reduced: bool) -> None:
    """Wait for the asker's connection from the broker, answer its one question, return."""
    packet, descriptors, _, _ = socket.recv_fds(control, wire.PACKET, 1)
    if not packet or not descriptors:
        return
    with socket.socket(fileno=descriptors[0]) as asker:
        asker.setblocking(True)
        asker.send(wire.LEASED)
        worker = _Worker(asker, control, connection, folder=packet.decode(), reduced=reduced)
        try:
            worker.work()
        except (EOFError, ConnectionError):
            return
        except Problem as problem:
            asker.send(wire.problem_packet(problem))


class _Worker:
    def __init__(
        self,
        asker: socket.socket,
        control: socket.socket,
        connection: duckdb.DuckDBPyConnection,
        *,
        folder: str,
        reduced: bool,
    ) -> None:
        self._asker = asker
        self._control = control
        self._connection = connection
        self._folder = folder
        self._reduced = reduced
        self._secret = f"q{secrets.token_hex(12)}"
        self._opened: dict[str, setup.Opened] = {}

    def work(self) -> None:
        tag, content = wire.receive(self._asker, limit=MAX_PLAN)
        if tag == wire.AHEAD:
            self._open_ahead(msgspec.msgpack.decode(content, type=Plan))
            tag, content = wire.receive(self._asker, limit=MAX_PLAN)
            self._tell("asked")
        if tag == wire.TRUSTED:
            self._run(msgspec.msgpack.decode(content, type=Plan), None)
            return
        if tag != wire.PARSE:
            raise Invalid(Text("Unerwartete Nachricht.", "Unexpected message."))
        question = gate.read(self._connection, msgspec.msgpack.decode(content, type=str), self._secret)
        wire.send(self._asker, wire.PARSED, question.parsed())
        tag, content = wire.receive(self._asker, limit=MAX_PLAN)
        if tag != wire.RUN:
            raise Invalid(Text("Unerwartete Nachricht.", "Unexpected message."))
        self._run(msgspec.msgpack.decode(content, type=Plan), question)

    def _open_ahead(self, plan: Plan) -> None:
        self._tell("plan", plan.limits.seconds, plan.limits.seconds)
        self._opened = setup.open_ahead(self._connection, plan, lambda source: self._tell("source", source))
        self._tell("ready")
        wire.send(self._asker, wire.READY, None)

    def _run(self, plan: Plan, question: gate.Question | None) -> None:
        began = time.monotonic()
        self._tell("plan", plan.limits.seconds, plan.limits.stream_seconds)
        if question is None:
            sql = plan.sql
        else:
            allowed = [(table.tenant, table.name) for table in plan.tables]
            sql = gate.rewrite(self._connection, question, self._secret, allowed)
        files = setup.readable(plan)
        reads = question.tables if question else {}
        if not self._opened:
            setup.attach_remote(self._connection, plan, reads, lambda source: self._tell("source", source))
        elif not setup.still_open(self._connection, self._opened, plan, reads):
            wire.send(self._asker, wire.STALE, None)
            return
        self._tell("run")
        self._lock_in(plan, files)
        try:
            setup.attach_files(self._connection, plan)
            setup.make_views(self._connection, plan, self._secret)
            if question is None:
                self._connection.execute(f"USE {setup.quoted(self._secret)}")
            setup.settle(self._connection, plan, self._folder, files)
            rows = self._answer(plan, sql, question)
        except ConnectionError:
            raise
        except (duckdb.Error, MemoryError, pa.ArrowException, OSError) as error:
            # Arrow's stream carries DuckDB's errors as OSError, with their text alone.
            raise self._problem(error, plan, question) from None
        wire.send(self._asker, wire.FOOT, Foot(rows=rows, seconds=time.monotonic() - began))

    def _lock_in(self, plan: Plan, files: tuple[str, ...]) -> None:
        limits = plan.limits
        write = (plan.output,) if plan.output else ()
        for path in write:
            Path(path).touch(mode=0o600)
        file_bytes = limits.output_bytes if write else limits.temporary_bytes
        sandbox.limit(
            memory_bytes=limits.memory_bytes + SPARE_MEMORY,
            file_bytes=file_bytes,
            cpu_seconds=int(limits.seconds * limits.threads) + 60,
        )
        try:
            machine = tuple(path for path in sandbox.MACHINE if Path(path).is_file())
            sandbox.lock_in(read=(*files, *machine), write=write, folder=self._folder, reduced=self._reduced)
        except sandbox.Replaced:
            raise setup.down(
                ", ".join(sorted({table.source or setup.dataset(table) for table in plan.tables}))
            ) from None
        except (sandbox.CannotLockIn, OSError) as error:
            raise Unready(
                Text(
                    f"Abfragen sind auf diesem Rechner nicht sicher ausführbar: {error}. „allmende doctor“ sagt mehr.",
                    f"Queries cannot run safely on this machine: {error}. “allmende doctor” tells more.",
                )
            ) from None

    def _answer(self, plan: Plan, sql: str, question: gate.Question | None) -> int:
        if question is None and not re.match(r"\s*(?:SELECT|FROM|WITH|VALUES|\()", sql, re.IGNORECASE):
            done = self._connection.execute(sql).fetchone()
            wire.send(self._asker, wire.HEAD, Head(fields=()))
            return int(done[0]) if done and isinstance(done[0], int) else 0
        relation = self._connection.sql(sql)
        names, types = relation.columns, relation.types
        units = lineage.units(question.tree, plan.tables, len(names)) if question else [""] * len(names)
        fields = tuple(Field(name, str(type_), unit) for name, type_, unit in zip(names, types, units, strict=True))
        outer = encode.select(sql, types, plan.format, self._secret)
        if plan.rows is not None:
            outer += f" LIMIT {int(plan.rows)}"
        batches = self._connection.execute(outer).to_arrow_reader(encode.BATCH_ROWS)
        wire.send(self._asker, wire.HEAD, Head(fields=fields))
        return encode.stream(batches, fields, Format(plan.format), plan.metadata, self._send)

    def _send(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        for start in range(0, len(view), wire.PACKET - 1):
            self._asker.sendmsg([wire.DATA, view[start : start + wire.PACKET - 1]])

    def _tell(self, *words: object) -> None:
        self._control.send(msgspec.msgpack.encode(words))

    def _problem(self, error: Exception, plan: Plan, question: gate.Question | None) -> Problem:
        message = str(error)
        if isinstance(error, MemoryError | duckdb.OutOfMemoryException | pa.ArrowMemoryError) or re.search(
            r"bad_alloc|[Oo]ut of [Mm]emory|Cannot allocate memory|max_temp_directory_size|File too large", message
        ):
            return TooMuch(
                Text(
                    "Die Abfrage braucht mehr Speicher, als eine Abfrage haben darf. Schränken Sie sie ein oder fassen "
                    "Sie früher zusammen.",
                    "The query needs more memory than one query may have. Narrow it, or aggregate earlier.",
                )
            )
        if "statement timeout" in message:
            return TooMuch(
                Text(
                    "Die Quelle hat die Abfrage nach ihrer Zeitgrenze abgebrochen.",
                    "The source broke off the query at its time limit.",
                )
            )
        if "Unable to connect to" in message:
            return TooMuch(
                Text(
                    "Die Abfrage liest dieselbe Quelle zu oft zugleich. Lesen Sie sie einmal mit WITH … AS "
                    "MATERIALIZED.",
                    "The query reads the same source too often at once. Read it once by WITH … AS MATERIALIZED.",
                )
            )
        if isinstance(error, duckdb.IOException | duckdb.HTTPException | duckdb.InternalException) or re.search(
            r"^IO Error|^INTERNAL|CSV Error|Original Line|[Pp]ostgres|[Mm]ySQL|[Ss]qlite|Parquet file|GDAL|xlsx",
            message,
        ):
            sources = sorted({table.source or setup.dataset(table) for table in plan.tables})
            if isinstance(error, duckdb.InternalException) or message.startswith("INTERNAL") or not sources:
                return Broken(Text("Die Abfrage ist abgebrochen.", "The query broke off."))
            problem = setup.down(", ".join(sources))
            problem.more["source"] = sources[0] if len(sources) == 1 else ""
            problem.more["sources"] = sources
            return problem
        shown = gate.clean(message, self._secret)
        if question is not None and not re.match(r"Binder Error|Catalog Error", message):
            shown = _mask(shown)
        if question is None:
            return Invalid(Text(shown, shown))
        return Refused(
            Text(
                f"Die Datenbank kann die Abfrage nicht ausführen: {shown}",
                f"The database cannot run the query: {shown}",
            )
        )


def _mask(message: str) -> str:
    """Take values out of a message that came while rows were read: it could tell of rows not to be seen."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|(?<![A-Za-z_])\d[\d.eE+-]*", "…", message)


def run_child(control: socket.socket, connection: duckdb.DuckDBPyConnection, parent: int, *, reduced: bool) -> None:
    """Be a worker, from just after the fork to the end of the process."""
    code = 1
    try:
        sandbox.calm(parent)
        sys.setrecursionlimit(20_000)
        own = extensions.session(connection.cursor())
        rehearse(own)  # while nobody waits: from now on this process has memory of its own
        serve(control, own, reduced=reduced)
        code = 0
    except BrokenPipeError:
        code = 0
    except BaseException as error:  # noqa: BLE001 - a worker's last words
        # No message: it could hold what was read.
        last = traceback.extract_tb(error.__traceback__)[-1:]
        where = f" in {Path(last[0].filename).name}:{last[0].lineno}" if last else ""
        os.write(2, f"allmende query worker: {type(error).__name__}{where}\n".encode())
    finally:
        os._exit(code)


def rehearse(connection: duckdb.DuckDBPyConnection) -> None:
    """Go once through everything in the parent, so that all modules and caches are there for its children."""
    secret = f"q{secrets.token_hex(12)}"
    question = gate.read(connection, "SELECT 1 AS one, now() AS t, st_point(1, 2) AS p ORDER BY 1", secret)
    sql = gate.rewrite(connection, question, secret, [])
    relation = connection.sql(sql)
    fields = tuple(Field(name, str(type_)) for name, type_ in zip(relation.columns, relation.types, strict=True))
    for form in Format:
        outer = encode.select(sql, relation.types, form, secret)
        batches = connection.execute(outer).to_arrow_reader(encode.BATCH_ROWS)
        encode.stream(batches, fields, form, {}, lambda _: None)
    wire.problem_packet(Invalid(Text("", "")))
    msgspec.msgpack.decode(msgspec.msgpack.encode(Plan(sql="", tables=())), type=Plan)
