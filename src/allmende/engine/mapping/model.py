# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The mapping: how a source's rows are found and what has to be put right before they are a data set's rows."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from allmende.engine import patterns
from allmende.engine.mapping.fields import Field
from allmende.engine.mapping.steps import AnyStep

#: Our names of encodings, with Python's and DuckDB's. DuckDB reads
#: utf-8 and iso-8859-1 itself, the others through an extension that is about fifteen times slower.
ENCODINGS: dict[str, tuple[str, str]] = {
    "utf-8": ("utf-8-sig", "utf-8"),
    "utf-16": ("utf-16", "utf-16"),
    "iso-8859-1": ("latin-1", "latin-1"),
    "windows-1252": ("cp1252", "cp1252"),
    "iso-8859-15": ("iso-8859-15", "ISO8859_15"),
    "iso-8859-2": ("iso-8859-2", "8859_2"),
    "cp850": ("cp850", "IBM_850"),
}

_Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
_Char = Annotated[str, msgspec.Meta(min_length=1, max_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One name for a column that files head differently: by other names, or by a pattern."""

    name: str
    any_of: tuple[str, ...] = ()
    matches: str = ""

    def __post_init__(self) -> None:
        if bool(self.any_of) == bool(self.matches):
            raise ValueError("exactly one of any_of, matches")
        if self.matches:
            patterns.check(self.matches)


class _Files(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"
):
    """Files by pattern, relative to the connection's folder. ``file_name`` takes parts of the path as columns."""

    files: _Pattern
    file_name: str = ""
    columns: tuple[str, ...] = ()  # of the source, where it does not say them itself

    def __post_init__(self) -> None:
        if self.file_name:
            patterns.check(self.file_name)


class Csv(_Files, frozen=True, kw_only=True, tag="csv"):
    """Text with separators."""

    encoding: Literal["utf-8", "utf-16", "iso-8859-1", "windows-1252", "iso-8859-15", "iso-8859-2", "cp850"] = "utf-8"
    separator: _Char = ","
    quote: Annotated[str, msgspec.Meta(max_length=1)] = '"'
    escape: Annotated[str, msgspec.Meta(max_length=1)] = '"'
    skip: _Count = 0  # lines before the header
    header_rows: Annotated[int, msgspec.Meta(ge=0, le=10)] = 1
    headers: tuple[Header, ...] = ()
    footer: tuple[str, ...] = ()  # patterns of lines that are not data though they are torn
    short_rows: Literal["refuse", "fill"] = "refuse"
    quotes: Literal["strict", "lenient"] = "strict"

    def __post_init__(self) -> None:
        super().__post_init__()
        special = [c for c in (self.separator, self.quote) if c]
        if len(set(special)) != len(special) or set(special) & {"\n", "\r", "\0", " "}:
            raise ValueError("separator and quote are two different characters, not blank or line break")
        for pattern in self.footer:
            patterns.check(pattern)
        if not self.header_rows and not self.columns:
            raise ValueError("a file without header row needs columns")


class Excel(_Files, frozen=True, kw_only=True, tag="excel"):
    """A sheet of an Excel (xlsx) file; xls and ods files are converted to text first, each version once."""

    sheet: str = ""  # the first one
    skip: _Count = 0
    header_rows: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    headers: tuple[Header, ...] = ()


class Parquet(_Files, frozen=True, kw_only=True, tag="parquet"):
    """Parquet."""


class Json(_Files, frozen=True, kw_only=True, tag="json"):
    """JSON. ``records`` is the JSON pointer (RFC 6901) to the array of records; columns are pointers or keys."""

    records: Annotated[str, msgspec.Meta(pattern=r"^(/.*)?$", max_length=300)] = ""
    lines: bool = False  # one record in each line


class GeoJson(_Files, frozen=True, kw_only=True, tag="geojson"):
    """GeoJSON (RFC 7946): properties are columns, ``geometry`` is the geometry as text."""


class GeoPackage(_Files, frozen=True, kw_only=True, tag="geopackage"):
    """A layer of a GeoPackage; its geometry column is called ``geom``."""

    layer: str = ""


class Shapefile(_Files, frozen=True, kw_only=True, tag="shapefile"):
    """An ESRI Shapefile with its companions (.shx, .dbf, .prj, .cpg); its geometry column is called ``geom``."""

    encoding: Literal["", "UTF-8", "ISO-8859-1", "CP1252"] = ""


class Table(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag="table",
):
    """A table or view of the connection's database."""

    table: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    schema: str = ""
    columns: tuple[str, ...] = ()


FileRead = Csv | Excel | Parquet | Json | GeoJson | GeoPackage | Shapefile
Read = FileRead | Table


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """From source to data set: what to read, the steps, the fields."""

    read: Read
    steps: tuple[AnyStep, ...] = ()
    fields: Annotated[tuple[Field, ...], msgspec.Meta(min_length=1, max_length=500)]

    def __post_init__(self) -> None:
        names = [f.name for f in self.fields]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"field names occur twice: {', '.join(twice)}")

    def wanted(self) -> tuple[str, ...]:
        """Return the source's columns that steps and fields name, in the order first named."""
        made: set[str] = set()
        wanted: dict[str, None] = {}
        for step in self.steps:
            wanted |= dict.fromkeys(c for c in step.wants() if c not in made)
            made |= set(step.makes())
        wanted |= dict.fromkeys(c for c in (f.source or f.name for f in self.fields) if c not in made)
        return tuple(wanted)
