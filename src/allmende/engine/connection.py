# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The connection file: one source system, how to reach it, and the data sets read from it. Versioned, free of secrets.

It travels: exported here, imported in another town. So it is read as untrusted input; nothing in it becomes SQL or a
path
outside the folder it is given. The catalogue's part holds plain values for ``catalogue.door``.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import tomli_w

from allmende.engine.mapping.fields import FieldName
from allmende.engine.mapping.files import BadFile
from allmende.engine.mapping.model import Mapping, Table
from allmende.kernel.errors import Problem
from allmende.kernel.ids import check_slug
from allmende.kernel.text import Text

#: The version of the format that this program writes, and the largest file it reads.
FORMAT = 1
LARGEST = 1 << 20

_Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
_Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,39}$")]
_Date = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all tables of the file share: closed to unknown keys, so that a misspelt one is an error."""


class System(_Part, frozen=True, kw_only=True):
    """The source system (Fachverfahren, Datenquelle) in words."""

    slug: _Slug
    title: Text
    unit: _Slug  # owner
    description: Text | None = None
    product: str = ""  # name and version of the software, by which other towns find this file
    hosting: str = ""
    contract: str = ""
    contact: str = ""


class Files(_Part, frozen=True, kw_only=True, tag_field="kind", tag="files"):
    """Files below a folder that whoever connects names."""

    folder: str = ""  # below that folder


class Postgres(_Part, frozen=True, kw_only=True, tag_field="kind", tag="postgres"):
    """A PostgreSQL database; ``secret`` is the name under which the password is kept, never the password."""

    host: str
    database: str
    user: str
    secret: _Slug
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 5432
    sslmode: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "verify-full"


class MySQL(_Part, frozen=True, kw_only=True, tag_field="kind", tag="mysql"):
    """A MySQL or MariaDB database.

    ``verify-ca`` trusts servers whose certificate ``ca`` (PEM, also the server's own) has issued; their name is not
    compared, for the connection goes to the address that was checked, and the client library knows no other name.
    """

    host: str
    database: str
    user: str
    secret: _Slug
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 3306
    sslmode: Literal["disable", "prefer", "require", "verify-ca"] = "prefer"
    ca: Annotated[str, msgspec.Meta(max_length=65536)] = ""

    def __post_init__(self) -> None:
        if bool(self.ca) != (self.sslmode == "verify-ca"):
            raise ValueError("ca and sslmode = 'verify-ca' belong together")
        if self.ca:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=self.ca)
            except (ssl.SSLError, ValueError) as error:
                raise ValueError("ca holds no certificate (PEM)") from error


class SQLite(_Part, frozen=True, kw_only=True, tag_field="kind", tag="sqlite"):
    """An SQLite file below the folder that whoever connects names."""

    file: str


class Http(_Part, frozen=True, kw_only=True, tag_field="kind", tag="http"):
    """An HTTP(S) interface; what is fetched is kept with the time of reading."""

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://", max_length=2000)]
    secret: str = ""  # name of a bearer token kept here
    header: Annotated[str, msgspec.Meta(pattern=r"^(Authorization|X-[A-Za-z0-9-]{1,60}|(?i:api-?key))$")] = (
        "Authorization"
    )
    every_seconds: Annotated[int, msgspec.Meta(ge=60)] = 3600


Source = Files | Postgres | MySQL | SQLite | Http


class Paging(_Part, frozen=True, kw_only=True):
    """How an interface hands out its records in pages."""

    kind: Literal["none", "next_link", "link_header", "page", "offset", "cursor"] = "none"
    next: str = ""  # JSON pointer to the next page's address or cursor
    parameter: str = ""  # name of the parameter: page, offset, cursor
    first: int = 1
    size_parameter: str = ""
    size: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    most_pages: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1_000


class Fetch(_Part, frozen=True, kw_only=True):
    """What a data set fetches from the interface. JSON records end up one in each line."""

    path: str = ""  # added to the connection's address
    format: Literal["json", "csv"] = "json"
    records: Annotated[str, msgspec.Meta(pattern=r"^(/.*)?$")] = ""
    paging: Paging = Paging()


class Unit(_Part, frozen=True, kw_only=True):
    """An owner unit the data sets name, so that a town that has none yet can make it."""

    slug: _Slug
    title: Text
    legal_form: str = "office"


class Coverage(_Part, frozen=True, kw_only=True):
    """Where and when the data apply."""

    place: str = ""
    place_uri: str = ""
    start: _Date | None = None
    end: _Date | None = None


class Catalogue(_Part, frozen=True, kw_only=True, rename={"cls": "class"}):
    """Draft of the catalogue entry."""

    title: Text
    description: Text
    unit: _Slug  # owner
    cls: Literal["open", "internal", "restricted", "personal"]
    visibility: Literal["public", "administration", "units"] = "administration"
    visible_to: tuple[_Slug, ...] = ()
    secrets: tuple[Literal["social", "tax", "statistical"], ...] = ()
    legal_basis: str = ""
    purposes: tuple[_Slug, ...] = ()
    licence: str = ""  # URI
    attribution: str = ""
    source: Text | None = None
    rhythm: str = ""  # EU frequency code: DAILY, HOURLY, IRREG …; expected, not promised
    limits: Text | None = None
    coverage: Coverage = Coverage()
    keywords: tuple[str, ...] = ()
    mode: Literal["direct", "nightly", "copy"] = "direct"
    ask: str = ""


class Dataset(_Part, frozen=True, kw_only=True):
    """A data set: its short name, its catalogue entry, its mapping."""

    slug: _Slug
    catalogue: Catalogue
    mapping: Mapping
    fetch: Fetch | None = None


class ReleaseTable(_Part, frozen=True, kw_only=True):
    """A table to release: counts of ``dataset`` in column ``count``, by ``dimensions``."""

    dataset: _Slug
    dimensions: Annotated[tuple[FieldName, ...], msgspec.Meta(min_length=1)]
    count: FieldName
    absent_is_zero: bool = True


class Release(_Part, frozen=True, kw_only=True):
    """Release tables of counted persons, protected once per version, all linked tables together.

    ``shared`` are the dimensions in which the tables add up to the same totals, so that one gives away the other's
    gaps.
    """

    slug: _Slug
    title: Text
    tables: Annotated[tuple[ReleaseTable, ...], msgspec.Meta(min_length=1)]
    shared: tuple[FieldName, ...] = ()
    threshold: Annotated[int, msgspec.Meta(ge=2, le=1000)] = 5
    readers: Literal["public", "administration", "units"] = "administration"
    warning: Text | None = None


class Connection(_Part, frozen=True, kw_only=True):
    """A connection file."""

    allmende: Literal[1] = 1
    slug: _Slug
    version: _Version
    system: System
    source: Source
    units: tuple[Unit, ...] = ()
    datasets: Annotated[tuple[Dataset, ...], msgspec.Meta(min_length=1, max_length=500)]
    release: Release | None = None

    def __post_init__(self) -> None:
        slugs = [d.slug for d in self.datasets]
        if len(set(slugs)) != len(slugs):
            raise ValueError("two data sets have the same slug")
        database = isinstance(self.source, Postgres | MySQL | SQLite)
        for dataset in self.datasets:
            if isinstance(dataset.mapping.read, Table) != database:
                raise ValueError(
                    f"data set {dataset.slug}: tables are read from databases, files from folders and interfaces"
                )
            if (dataset.fetch is not None) != isinstance(self.source, Http):
                raise ValueError(f"data set {dataset.slug}: fetch belongs to a source of kind http, and only there")
        for table in self.release.tables if self.release else ():
            fields = {f.name for d in self.datasets if d.slug == table.dataset for f in d.mapping.fields}
            missing = {*table.dimensions, table.count} - fields
            if missing:
                raise ValueError(f"release: data set {table.dataset} has no field {', '.join(sorted(missing))}")


def load(text: str, *, file: str = "") -> Connection:
    """Return the connection a TOML text describes; raises BadFile saying which key is wrong and why."""
    if len(text) > LARGEST:
        raise _bad(file, Text("ist zu groß", "is too large"))
    try:
        connection = msgspec.toml.decode(text, type=Connection)
    except Problem as problem:
        raise _bad(file, problem.detail) from problem
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise _bad(file, Text(f"ist keine Anbindung: {reason}", f"is no connection file: {reason}")) from error
    for slug in (connection.slug, *(d.slug for d in connection.datasets)):
        check_slug(slug)
    return connection


def read(path: Path) -> Connection:
    """Return the connection a file describes; raises BadFile."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
        return load(raw.decode("utf-8-sig"), file=path.name)
    except UnicodeDecodeError as error:
        raise _bad(path.name, Text("ist nicht in UTF-8 geschrieben", "is not written in UTF-8")) from error
    except OSError as error:
        raise _bad(path.name, Text("ist nicht lesbar", "cannot be read")) from error


def read_folder(folder: Path) -> tuple[Connection, ...]:
    """Return the connections of a folder's ``*.toml`` files, by name; raises BadFile if there are none."""
    found = tuple(read(p) for p in sorted(folder.glob("*.toml")))
    if not found:
        raise _bad(folder.name, Text("enthält keine Anbindung (*.toml)", "contains no connection file (*.toml)"))
    return found


def dump(connection: Connection) -> str:
    """Return the TOML text of a connection; :func:`load` gives back an equal one."""
    plain = msgspec.to_builtins(connection, str_keys=True)
    return tomli_w.dumps({"allmende": FORMAT, **_clean(plain)}, multiline_strings=True)


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _clean(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_clean(v) for v in value]
    return value


def _bad(file: str, what: Text) -> BadFile:
    shown = file or "TOML"
    return BadFile(Text(f"„{shown}“: {what.de}", f"“{shown}”: {what.en}"), file=file)
