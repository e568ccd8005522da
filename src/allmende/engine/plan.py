# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the engine is told to do: plans and answers. Values only."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Postgres(msgspec.Struct, frozen=True, tag="postgres"):
    """A PostgreSQL database; ``host`` may be a Unix socket's folder.

    ``address`` is the IP address to connect to where ``host`` is a name for the certificate alone; "" asks the name.
    ``schema`` is said where all that is read lies in that one schema: then no other's catalogue is read, half the time
    of the first look. "" reads the catalogue of all.
    """

    alias: str
    host: str
    port: int
    database: str
    user: str
    password: str
    sslmode: str = "prefer"
    statement_timeout_ms: int = 60_000
    connect_timeout_s: int = 5
    address: str = ""
    schema: str = ""


class MySQL(msgspec.Struct, frozen=True, tag="mysql"):
    """A MySQL or MariaDB database. ``ca`` is the certificate (PEM) that ``verify-ca`` trusts."""

    alias: str
    host: str
    port: int
    database: str
    user: str
    password: str
    socket: str = ""
    sslmode: str = "prefer"
    ca: str = ""
    statement_timeout_ms: int = 60_000
    connect_timeout_s: int = 5


class SQLite(msgspec.Struct, frozen=True, tag="sqlite"):
    """An SQLite file, attached read-only."""

    alias: str
    path: str


Attachment = Postgres | MySQL | SQLite


class Field(msgspec.Struct, frozen=True):
    """A column of a table or of an answer. ``type`` is DuckDB's name; ``unit`` a UCUM code or word, "" if none."""

    name: str
    type: str
    unit: str = ""


class Relation(msgspec.Struct, frozen=True):
    """Where a table's rows come from: one trusted SELECT, and everything that must be reachable for it.

    ``sql`` is written by :mod:`allmende.engine.mapping` (and narrowed by ``rights.obligations``), never by a caller.
    ``paths`` are the files it reads (absolute, after the pattern was resolved), the only ones the worker can open.
    """

    sql: str
    fields: tuple[Field, ...]
    attachments: tuple[Attachment, ...] = ()
    paths: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True):
    """A data set under its name in the question: ``tenant.dataset``.

    ``filtered`` says that obligations leave out rows: then no condition of the question is evaluated on a row before
    the filter has let it pass (else an error message could tell of rows left out). Unknown counts as filtered; say
    ``False`` where no row is left out, it is faster.
    """

    tenant: str
    name: str
    relation: Relation
    source: str = ""  # the source system's name, to say who is down
    filtered: bool = True


class Format(StrEnum):
    """How the answer is written."""

    JSON = "json"  # rows only: a JSON array of arrays; the caller writes what stands around it
    CSV = "csv"  # as RFC 4180 but with LF at line ends, UTF-8, header line
    ARROW = "arrow"  # Arrow IPC stream
    PARQUET = "parquet"


class Limits(msgspec.Struct, frozen=True):
    """What one question may use.

    ``seconds`` counts from the plan's arrival, without the time in which the reader does not take what is ready;
    ``stream_seconds`` bounds all of it. ``output_bytes`` bounds the file of a trusted plan.
    """

    seconds: float = 60.0
    memory_bytes: int = 2 << 30
    temporary_bytes: int = 4 << 30
    threads: int = 2
    stream_seconds: float = 3600.0
    output_bytes: int = 64 << 30


class Plan(msgspec.Struct, frozen=True):
    """A permitted question. ``metadata`` goes into Arrow and Parquet answers.

    The last three are for trusted plans only (our own SQL, no gate): what it reads beside ``tables``, and the one
    file it may write (``COPY … TO``, with ``USE_TMP_FILE false``; the file is made empty before).
    """

    sql: str
    tables: tuple[Table, ...]
    format: Format = Format.JSON
    limits: Limits = Limits()
    rows: int | None = None  # at most so many rows (previews); None: all
    metadata: dict[str, str] = {}
    attachments: tuple[Attachment, ...] = ()
    paths: tuple[str, ...] = ()
    output: str = ""


class Parsed(msgspec.Struct, frozen=True):
    """What the gate read in a question: the tables it names, and its SQL without literals (for the log)."""

    tables: tuple[tuple[str, str], ...]
    shape: str


class Head(msgspec.Struct, frozen=True):
    """The first thing an answer says."""

    fields: tuple[Field, ...]


class Foot(msgspec.Struct, frozen=True):
    """The last thing an answer says."""

    rows: int
    seconds: float
