# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of the room: values only, no I/O, no Django."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from allmende.catalogue.terms import Mode
from allmende.engine.connection import Connection as ConnectionFile
from allmende.engine.connection import Fetch, Source
from allmende.engine.mapping import Mapping
from allmende.engine.report import Report
from allmende.kernel.text import Text


class Reachable(StrEnum):
    """A connection's breaker (Schutzschalter)."""

    CLOSED = "closed"  # in order
    OPEN = "open"  # not asked until a moment has come
    HALF_OPEN = "half_open"  # one question may try


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a data set's rows are read: its mapping (Zuordnung), and for interfaces what is fetched before."""

    mapping: Mapping
    fetch: Fetch | None = None


def read_source(value: object) -> Source:
    """Return where a connection leads, as kept in its row. Raises ``msgspec.ValidationError``."""
    source: Source = msgspec.convert(value, Source)
    return source


# --- drafts: what a verb is given ---------------------------------------------------------------------------


class SourceDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A source system (Fachverfahren, Datenquelle) to be registered. ``unit`` is the owner's id."""

    slug: str
    name: str
    unit: str
    kind: str = ""
    product: str = ""
    vendor: str = ""
    hosting: str = ""
    contract: str = ""
    contact: str = ""


class ConnectionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A connection to be saved: the file, the folder of its files, its secret in the clear, and how long to wait."""

    file: ConnectionFile
    root: str = ""
    secret: str = ""
    connect_timeout_s: int = 5
    statement_timeout_s: int = 60


# --- views: what the door hands out -------------------------------------------------------------------------


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """A source system with its connections."""

    id: str
    tenant: str
    slug: str
    name: str
    unit: str
    kind: str
    product: str
    vendor: str
    hosting: str
    contract: str
    contact: str
    connections: tuple[ConnectionView, ...] = ()


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A connection and its health. Of the secret only whether there is one."""

    id: str
    tenant: str
    slug: str
    source: str  # id
    source_name: str
    unit: str
    kind: str  # files, http, postgres, mysql, sqlite
    place: str  # where it leads, without user and secret
    has_secret: bool
    version: str
    enabled: bool
    breaker: Reachable
    failures: int
    open_until: datetime | None
    last_contact: datetime | None
    failed_at: datetime | None
    error: Text
    connect_timeout_s: int
    statement_timeout_s: int
    datasets: tuple[BindingView, ...] = ()


class BindingView(msgspec.Struct, frozen=True, kw_only=True):
    """A data set of a connection: its mode, the version of its mapping, what the last reading met."""

    dataset: str  # id in the catalogue
    tenant: str
    name: str
    mode: Mode
    mapping_version: int
    report: Report | None
    read_at: datetime | None
    copy_as_of: datetime | None
    copy_rows: int | None
    copy_failed_at: datetime | None
    copy_error: Text


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What connecting or reading again said of one data set."""

    dataset: str
    name: str
    report: Report


class Connected(msgspec.Struct, frozen=True, kw_only=True):
    """What connecting did."""

    connection: str  # id
    source: str  # id
    reads: tuple[Read, ...]


class AllowedView(msgspec.Struct, frozen=True, kw_only=True):
    """An internal place connections may use: who allowed it, when and why."""

    id: str
    place: str
    port: int | None
    unit: str  # "": the whole administration
    reason: str
    made_at: datetime
    made_by: str

    @property
    def folder(self) -> bool:
        """Whether it is a folder of the machine, which holds for all."""
        return self.place.startswith("/")


class ReleaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A version of protected release tables."""

    id: str
    tenant: str
    number: int
    made_at: datetime
    tables: dict[str, str]  # data set's name → id of its table
    report: dict[str, Any]
