# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Steps about places: points and geometries, in WGS 84 at the end."""

# ruff: noqa: D102 (SQL is written here, names and values quoted; Step documents the methods)
from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.mapping.sql import Column, Finding, Rows, literal
from allmende.engine.mapping.step import Name, Step

#: Columns that exist only inside the step; no source can have them, NUL is refused in names.
HIDDEN_X, HIDDEN_Y = "\0x", "\0y"

_CRS = Annotated[str, msgspec.Meta(pattern=r"^EPSG:[0-9]{4,6}$")]


class Point(Step, frozen=True, kw_only=True, tag="point"):
    """Two coordinate columns → a point in WGS 84, longitude first.

    ``x`` is the column headed longitude or easting, ``y`` latitude or northing; ``swapped`` says that the source has
    them the
    wrong way round. ``within`` (west, south, east, north in degrees) refuses points elsewhere.
    """

    x: Name
    y: Name
    swapped: bool = False
    decimal: Literal[".", ","] = "."
    crs: _CRS = "EPSG:4326"
    within: tuple[float, float, float, float] | None = None
    to: Name = "geometry"

    def wants(self) -> tuple[str, ...]:
        return (self.x, self.y)

    def makes(self) -> tuple[str, ...]:
        return (self.to,)

    def apply(self, rows: Rows) -> Rows:
        x, y = (self._number(rows.column(c)) for c in ((self.y, self.x) if self.swapped else (self.x, self.y)))
        rows = rows.add({HIDDEN_X: (x, False), HIDDEN_Y: (y, False)})
        left, right = rows.column(HIDDEN_X).sql, rows.column(HIDDEN_Y).sql
        point = f"ST_Point({left}, {right})"
        said = f"concat_ws(' ', CAST({rows.column(self.x).sql} AS VARCHAR), CAST({rows.column(self.y).sql} AS VARCHAR))"
        made = f"CASE WHEN {left} IS NOT NULL AND {right} IS NOT NULL THEN {point} END"
        findings = [
            Finding(Fault.UNREADABLE, Effect.REFUSED_CELL, self.to, f"trim({said}) <> '' AND ({made}) IS NULL", said)
        ]
        if self.swapped:
            findings.append(Finding(Fault.SWAPPED, Effect.REPAIRED, self.to, f"({made}) IS NOT NULL", said))
        geometry, more = _to_wgs84(made, self.crs, self.to, said)
        rows = rows.add({self.to: (geometry, False)}, drop=(HIDDEN_X, HIDDEN_Y), findings=[*findings, *more])
        return _bounded(rows, self.to, self.within)

    def _number(self, column: Column) -> str:
        if not column.text:
            return f"TRY_CAST({column.sql} AS DOUBLE)"
        text = f"replace({column.sql}, ',', '.')" if self.decimal == "," else column.sql
        number = f"TRY_CAST({text} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"


class Geometry(Step, frozen=True, kw_only=True, tag="geometry"):
    """A column with geometries → WGS 84, longitude first. ``written`` says how a text column writes them."""

    column: Name
    written: Literal["native", "geojson", "wkt", "wkb"] = "native"
    crs: _CRS = "EPSG:4326"
    swapped: bool = False
    within: tuple[float, float, float, float] | None = None
    to: Name = "geometry"

    def wants(self) -> tuple[str, ...]:
        return (self.column,)

    def makes(self) -> tuple[str, ...]:
        return (self.to,)

    def apply(self, rows: Rows) -> Rows:
        raw = rows.column(self.column).sql
        read = {
            "native": f"CAST({raw} AS GEOMETRY)",
            "geojson": f"TRY(ST_GeomFromGeoJSON(CAST({raw} AS VARCHAR)))",
            "wkt": f"TRY(ST_GeomFromText(CAST({raw} AS VARCHAR)))",
            "wkb": f"TRY(ST_GeomFromWKB(CAST({raw} AS BLOB)))",
        }[self.written]
        said = f"left(CAST({raw} AS VARCHAR), 80)" if self.written != "native" else "NULL"
        fault = Finding(Fault.GEOMETRY, Effect.REFUSED_CELL, self.to, f"{raw} IS NOT NULL AND ({read}) IS NULL", said)
        findings = [fault]
        if self.swapped:
            findings.append(Finding(Fault.SWAPPED, Effect.REPAIRED, self.to, f"{raw} IS NOT NULL", said))
            read = f"ST_FlipCoordinates({read})"
        geometry, more = _to_wgs84(read, self.crs, self.to, said)
        rows = rows.add({self.to: (geometry, False)}, findings=[*findings, *more])
        return _bounded(rows, self.to, self.within)


def _to_wgs84(geometry: str, crs: str, to: str, said: str) -> tuple[str, list[Finding]]:
    if crs == "EPSG:4326":
        return geometry, []
    moved = f"TRY(ST_Transform({geometry}, {literal(crs)}, 'EPSG:4326', true))"
    return moved, [Finding(Fault.COORDINATES, Effect.REPAIRED, to, f"({moved}) IS NOT NULL", said)]


def _bounded(rows: Rows, to: str, within: tuple[float, float, float, float] | None) -> Rows:
    if within is None:
        return rows
    there = rows.column(to).sql
    west, south, east, north = (literal(float(v)) for v in within)
    lower = f"ST_XMin({there}) >= {west} AND ST_YMin({there}) >= {south}"
    inside = f"{lower} AND ST_XMax({there}) <= {east} AND ST_YMax({there}) <= {north}"
    fault = Finding(
        Fault.OUT_OF_RANGE, Effect.REFUSED_CELL, to, f"{there} IS NOT NULL AND NOT ({inside})", f"ST_AsText({there})"
    )
    return rows.add({to: (f"CASE WHEN {inside} THEN {there} END", False)}, findings=[fault])
