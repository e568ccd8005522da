# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of the room: values only, no I/O, no Django."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from allmende.catalogue.terms import Mode
from allmende.engine.connection import Connection as ConnectionFile
from allmende.engine.connection import Fetch, Source
from allmende.engine.lists.model import Difference
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
    legal_basis: str = ""


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
    legal_basis: str = ""
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


# --- lists: data sets fed by delivered files ---------------------------------------------------------------


class DeliveryState(StrEnum):
    """What became of a delivered file."""

    TAKEN = "taken"  # it became a version
    WAITING = "waiting"  # it fits, but somebody should look before it is taken
    ASIDE = "aside"  # it does not fit; kept and shown, nothing of it was taken
    STOPPED = "stopped"  # nothing of it was kept: what was found in it must not be stored unseen
    DISMISSED = "dismissed"  # somebody decided against it; the file was destroyed


class Way(StrEnum):
    """How a file came."""

    PAGE = "page"
    LINK = "link"
    FOLDER = "folder"


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A column that the next file is expected to have. ``values``: what it may hold, where that is a short list."""

    name: str
    heading: str = ""
    type: str = "text"  # engine.mapping.fields.Type
    unit: str = ""
    personal: bool = False
    values: tuple[str, ...] = ()
    made: bool = False  # made by us: from colours, headings between rows, districts


class DistrictRule(msgspec.Struct, frozen=True, kw_only=True):
    """How a list's rows are given their district: by addresses or by places, in ``into``."""

    into: str = "stadtteil"
    street: str = ""  # column with the street, or the whole address
    number: str = ""  # column with the house number, "" where it stands in ``street``
    longitude: str = ""
    latitude: str = ""


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as its page shows it."""

    id: str
    file: str
    at: datetime
    way: Way
    whom: str  # the link's words, "" for a person: staff are not watched
    unit: str
    stand: str
    state: DeliveryState
    reason: Text
    bytes: int
    sha256: str
    kept: bool  # whether the original lies here
    version: int | None


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a list."""

    number: int
    stand: str
    made_at: datetime
    rows: int
    in_force: bool
    file: str
    delivery: str
    copy: str
    difference: Difference | None
    notes: tuple[Text, ...]


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """An upload link; never its address."""

    id: str
    whom: str
    mail: str
    deadline: date
    open: bool
    revoked: bool
    tries: int
    made_at: datetime


class ListView(msgspec.Struct, frozen=True, kw_only=True):
    """A list: what is expected, its versions, what was delivered, who may deliver."""

    dataset: str
    tenant: str
    slug: str
    title: Text
    unit: str
    expected: tuple[Expected, ...]
    key: tuple[str, ...]
    every: str
    always_ask: bool
    folder: str
    districts: DistrictRule | None
    versions: tuple[VersionView, ...]
    deliveries: tuple[DeliveryView, ...]
    links: tuple[LinkView, ...]

    @property
    def present(self) -> VersionView | None:
        """The version in force."""
        return next((version for version in self.versions if version.in_force), None)

    @property
    def open(self) -> int:
        """How many deliveries wait for somebody."""
        return sum(d.state in {DeliveryState.WAITING, DeliveryState.ASIDE} for d in self.deliveries)
