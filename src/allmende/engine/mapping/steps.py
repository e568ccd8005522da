# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Steps: what a mapping does to the source's rows before fields are read. Each turns rows into rows.

A step names columns of the source or of an earlier step. All are data, none is SQL. They are applied in the order in
which they stand in the file, to each group of files with the same header by itself.
"""

# ruff: noqa: S608, D102 (SQL is written here, names and values quoted; Step documents the methods)
from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Literal

import msgspec

from allmende.engine import patterns
from allmende.engine.mapping.clockchange import Change, changes, condition
from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.mapping.fields import parse_time
from allmende.engine.mapping.sql import Column, Finding, Rows, literal, texts, trimmed
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


#: Columns that exist only inside a step; no source can have them, NUL is refused in names.
HIDDEN_LOCAL, HIDDEN_RAW, HIDDEN_FOLD, HIDDEN_GAP = "\0local", "\0raw", "\0fold", "\0gap"
HIDDEN_X, HIDDEN_Y = "\0x", "\0y"


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="do"):
    """What all steps share."""

    def wants(self) -> tuple[str, ...]:
        """Return the columns it reads."""
        return ()

    def makes(self) -> tuple[str, ...]:
        """Return the columns it adds."""
        return ()

    def apply(self, rows: Rows) -> Rows:
        """Return the rows after this step."""
        raise NotImplementedError


class _Choice(Step, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    column: Name
    matches: str = ""
    values: tuple[str, ...] = ()
    empty: bool = False

    def __post_init__(self) -> None:
        if sum((bool(self.matches), bool(self.values), self.empty)) != 1:
            raise ValueError("exactly one of matches, values, empty")
        if self.matches:
            patterns.check(self.matches)

    def wants(self) -> tuple[str, ...]:
        return (self.column,)

    def _condition(self, rows: Rows) -> str:
        text = f"CAST({rows.column(self.column).sql} AS VARCHAR)"
        if self.empty:
            return f"coalesce(trim({text}), '') = ''"
        if self.values:
            return f"coalesce(trim({text}) IN ({texts(self.values)}), false)"
        return f"coalesce(regexp_matches({text}, {literal(self.matches)}), false)"

    def _finding(self, rows: Rows, condition: str) -> Finding:
        return Finding(Fault.FILTERED, Effect.LEFT_OUT, self.column, condition, rows.column(self.column).sql)


class Keep(_Choice, frozen=True, kw_only=True, tag="keep"):
    """Keep only the rows whose ``column`` matches a pattern, has one of some values, or is empty."""

    def apply(self, rows: Rows) -> Rows:
        hit = self._condition(rows)
        return rows.only(hit, self._finding(rows, f"NOT {hit}"))


class Drop(_Choice, frozen=True, kw_only=True, tag="drop"):
    """Leave out the rows whose ``column`` matches a pattern, has one of some values, or is empty: totals, footers."""

    def apply(self, rows: Rows) -> Rows:
        hit = self._condition(rows)
        return rows.only(f"NOT {hit}", self._finding(rows, hit))


class Constant(Step, frozen=True, kw_only=True, tag="constant"):
    """Add a column with the same value in every row."""

    to: Name
    value: str

    def makes(self) -> tuple[str, ...]:
        return (self.to,)

    def apply(self, rows: Rows) -> Rows:
        return rows.add({self.to: (literal(self.value), True)})


class Extract(Step, frozen=True, kw_only=True, tag="extract"):
    """Take parts out of a column: each group ``(?P<name>…)`` of the pattern becomes a column."""

    column: Name
    pattern: str
    optional: bool = False  # whether a value that does not fit is no fault

    def __post_init__(self) -> None:
        patterns.check(self.pattern)
        if not patterns.groups(self.pattern):
            raise ValueError("the pattern has no group (?P<name>…)")

    def wants(self) -> tuple[str, ...]:
        return (self.column,)

    def makes(self) -> tuple[str, ...]:
        return patterns.groups(self.pattern)

    def apply(self, rows: Rows) -> Rows:
        text = f"CAST({rows.column(self.column).sql} AS VARCHAR)"
        hit = f"regexp_matches({text}, {literal(self.pattern)})"
        names = patterns.groups(self.pattern)
        listed = ", ".join(literal(n) for n in names)
        found = f"regexp_extract({text}, {literal(self.pattern)}, [{listed}])"
        new = {n: (f"CASE WHEN {hit} THEN nullif({found}[{literal(n)}], '') END", True) for n in names}
        missed = Finding(Fault.PATTERN, Effect.REFUSED_CELL, self.column, f"trim({text}) <> '' AND NOT {hit}", text)
        return rows.add(new, findings=[] if self.optional else [missed])


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where ``matches`` is found, the value is ``value``."""

    matches: str
    value: str

    def __post_init__(self) -> None:
        patterns.check(self.matches)


class Classify(Step, frozen=True, kw_only=True, tag="classify"):
    """Add a column whose value depends on which of the rules matches first."""

    column: Name
    to: Name
    rules: tuple[Rule, ...]
    otherwise: str = ""

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError("no rules")

    def wants(self) -> tuple[str, ...]:
        return (self.column,)

    def makes(self) -> tuple[str, ...]:
        return (self.to,)

    def apply(self, rows: Rows) -> Rows:
        text = f"CAST({rows.column(self.column).sql} AS VARCHAR)"
        arms = " ".join(
            f"WHEN regexp_matches({text}, {literal(r.matches)}) THEN {literal(r.value)}" for r in self.rules
        )
        other = literal(self.otherwise or None)
        return rows.add({self.to: (f"CASE {arms} ELSE {other} END", True)})


class Replace(
    Step,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag="replace",
    rename={"by": "with"},
):
    r"""Correct a spelling: replace every match of a pattern (RE2; ``\1`` is the first group) in a column."""

    column: Name
    pattern: str
    by: str = ""

    def __post_init__(self) -> None:
        patterns.check(self.pattern)
        highest = max((int(n) for n in re.findall(r"\\(\d)", self.by)), default=0)
        if highest > self.pattern.replace("\\(", "").count("("):
            raise ValueError("the replacement names a group that the pattern does not have")

    def wants(self) -> tuple[str, ...]:
        return (self.column,)

    def apply(self, rows: Rows) -> Rows:
        text = f"CAST({rows.column(self.column).sql} AS VARCHAR)"
        changed = f"regexp_replace({text}, {literal(self.pattern)}, {literal(self.by)}, 'g')"
        fault = Finding(Fault.SPELLING, Effect.REPAIRED, self.column, f"{changed} <> {text}", text)
        return rows.add({self.column: (changed, True)}, findings=[fault])


class Status(Step, frozen=True, kw_only=True, tag="status"):
    """Part words from numbers: ``marks`` of ``column`` go as their meaning into column ``to``.

    The value is then empty, or what ``values`` says for the mark (a car park marked full has 0 places free).
    """

    column: Name
    to: Name
    marks: dict[str, str]
    values: dict[str, str] = {}
    otherwise: str = ""  # the status of rows that have a value

    def wants(self) -> tuple[str, ...]:
        return (self.column,)

    def makes(self) -> tuple[str, ...]:
        return (self.to,)

    def apply(self, rows: Rows) -> Rows:
        text = f"trim(CAST({rows.column(self.column).sql} AS VARCHAR))"
        hit = f"{text} IN ({texts(self.marks)})"
        meaning = " ".join(f"WHEN {literal(m)} THEN {literal(s)}" for m, s in self.marks.items())
        usual = f"WHEN coalesce({text}, '') = '' THEN NULL ELSE {literal(self.otherwise or None)}"
        status = f"CASE {text} {meaning} ELSE CASE {usual} END END"
        instead = " ".join(f"WHEN {literal(m)} THEN {literal(self.values.get(m))}" for m in self.marks)
        value = f"CASE {text} {instead} ELSE {text} END"
        fault = Finding(Fault.STATUS_MARK, Effect.REPAIRED, self.column, hit, text)
        return rows.add({self.column: (value, True), self.to: (status, True)}, findings=[fault])


class Unpivot(
    Step,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag="unpivot",
    rename={"by": "with"},
):
    """Wide to long: columns whose header matches ``columns`` become rows.

    Each group of the pattern becomes a column, the cell goes into ``value``. ``with`` adds companions: the column whose
    header matches the companion's pattern with equal groups (a status beside each channel) goes into the companion's
    name.
    ``headers`` are patterns for the second, third … header row, whose groups become columns too (a capacity). Columns
    in
    ``keep`` stay as they are; all others that match nothing are dropped (site totals).
    """

    columns: str
    value: Name = "value"
    keep: tuple[str, ...] = ()
    by: dict[str, str] = {}
    headers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for pattern in (self.columns, *self.by.values(), *self.headers):
            patterns.check(pattern)

    def wants(self) -> tuple[str, ...]:
        return self.keep

    def makes(self) -> tuple[str, ...]:
        named = [*patterns.groups(self.columns), *(g for p in self.headers for g in patterns.groups(p))]
        return (self.value, *self.by, *named)

    def apply(self, rows: Rows) -> Rows:
        kept = {n: rows.column(n) for n in self.keep}
        others = [n for n in rows.columns if n not in kept and n not in rows.beside]
        found = dict(zip(others, patterns.match(self.columns, others), strict=True))
        companions = {
            as_: [(n, g) for n, g in zip(others, patterns.match(p, others), strict=True) if g is not None]
            for as_, p in self.by.items()
        }
        secondary = {n for pairs in companions.values() for n, _ in pairs}
        entries = []
        for header, groups in found.items():
            if groups is None or header in secondary:
                continue
            entry = {g: literal(v or None) for g, v in groups.items()}
            for depth, pattern in enumerate(self.headers, start=1):
                below = rows.headers.get(header, ())
                cell = below[depth] if depth < len(below) else ""
                more = patterns.match(pattern, [cell])[0] or {}
                entry |= {g: literal(more.get(g) or None) for g in patterns.groups(pattern)}
            for as_, pairs in companions.items():
                same = [n for n, g in pairs if g and all(groups.get(k) == v for k, v in g.items())]
                entry[as_] = f"CAST({rows.column(same[0]).sql} AS VARCHAR)" if same else "NULL"
            entry[self.value] = f"CAST({rows.column(header).sql} AS VARCHAR)"
            entries.append(entry)
        if not entries:
            raise Invalid(
                Text(f"Keine Spalte passt zu „{self.columns}“.", f"No column matches “{self.columns}”."),
                pattern=self.columns,
            )
        rows = rows.close()
        names = self.makes()
        ids = {n: rows.new("u") for n in names}
        packed = rows.new("u")
        structs = ", ".join(
            "{" + ", ".join(f"'{ids[n]}': CAST({e[n]} AS VARCHAR)" for n in names) + "}" for e in entries
        )
        still = kept | {n: c for n, c in rows.columns.items() if n in rows.beside}
        carried = [c.sql for c in still.values()] + rows.hidden()
        inner = f"SELECT {', '.join([*carried, f'unnest([{structs}]) AS {packed}'])} FROM ({rows.sql})"
        select = carried + [f"{packed}.{ids[n]} AS {ids[n]}" for n in names]
        return rows.replaced(
            sql=f"SELECT {', '.join(select)} FROM ({inner})",
            columns={**still, **{n: Column(ids[n]) for n in names}},
        )


class LocalTime(Step, frozen=True, kw_only=True, tag="local_time"):
    """Local time without zone → moments and local dates, with clock changes resolved.

    ``columns`` is one column or a date and a time column. Where ``names`` is ``end``, ``length`` is subtracted *in
    local time*,
    first; then the hour that occurs twice in autumn is resolved: ``order`` takes the first line of a file (within
    ``series``) as
    summer time and the second as winter time; ``first`` and ``second`` take all so. A time that spring left out is
    refused.
    """

    columns: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=2)]
    zone: str
    formats: tuple[str, ...] = ()
    strip: str = ""
    names: Literal["begin", "end"] = "begin"
    length: Annotated[int, msgspec.Meta(ge=0, le=366 * 86400)] = 0  # seconds
    midnight_24: bool = False  # whether 24:00 occurs and means 00:00 of the next day
    twice: Literal["order", "first", "second"] = "order"
    series: tuple[Name, ...] = ()
    to: Name = "instant"
    local: Name = "local"
    date: Name = "date"

    def __post_init__(self) -> None:
        changes(self.zone)
        if self.names == "end" and not self.length:
            raise ValueError("names = 'end' needs a length")
        if len({self.to, self.local, self.date}) != 3:
            raise ValueError("to, local and date are three names")

    def wants(self) -> tuple[str, ...]:
        return (*self.columns, *self.series)

    def makes(self) -> tuple[str, ...]:
        return (self.to, self.local, self.date)

    def apply(self, rows: Rows) -> Rows:
        raw, stamp, findings = self._stamp(rows)
        rows = rows.add({HIDDEN_LOCAL: (stamp, False), HIDDEN_RAW: (raw, True)}, findings=findings)
        local, said = rows.column(HIDDEN_LOCAL).sql, rows.column(HIDDEN_RAW).sql
        folds = tuple(c for c in changes(self.zone) if c.fold)
        gaps = tuple(c for c in changes(self.zone) if not c.fold)
        rows = rows.add({HIDDEN_FOLD: (condition(local, folds), False), HIDDEN_GAP: (condition(local, gaps), False)})
        fold, gap = rows.column(HIDDEN_FOLD).sql, rows.column(HIDDEN_GAP).sql
        instant = rows.new()
        usual = f"CASE WHEN NOT {gap} THEN timezone({literal(self.zone)}, {local}) END"
        plain = f"SELECT *, {usual} AS {instant} FROM ({rows.sql}) WHERE NOT {fold}"
        before, after = (_at_offset(local, folds, which) for which in ("before", "after"))
        if not folds:
            sql = f"SELECT *, {usual} AS {instant} FROM ({rows.sql})"
        elif self.twice == "order":
            number = rows.new("n")
            keys = ", ".join([rows.file or "''", *(rows.column(s).sql for s in self.series), local])
            rank = f"row_number() OVER (PARTITION BY {keys} ORDER BY {rows.line})"
            ranked = f"SELECT *, {rank} AS {number} FROM ({rows.sql}) WHERE {fold}"
            chosen = f"CASE {number} WHEN 1 THEN {before} WHEN 2 THEN {after} END"
            gone = [number]
            if rows.orders == 1 and rows.line and not rows.reporting:
                gone.append(rows.line)  # not needed any more: without it, the plain half is read in parallel
                plain = f"SELECT * EXCLUDE ({rows.line}), {usual} AS {instant} FROM ({rows.sql}) WHERE NOT {fold}"
            sql = f"{plain} UNION ALL SELECT * EXCLUDE ({', '.join(gone)}), {chosen} AS {instant} FROM ({ranked})"
            rows = replace(rows, orders=rows.orders - 1, line=None if rows.line in gone else rows.line)
        else:
            chosen = before if self.twice == "first" else after
            sql = f"SELECT *, CASE WHEN {fold} THEN {chosen} ELSE {usual} END AS {instant} FROM ({rows.sql})"
        rows = rows.replaced(sql=sql, columns={**rows.columns, self.to: Column(instant, text=False)})
        lost = f"{fold} AND {local} IS NOT NULL AND {instant} IS NULL"
        found = [
            Finding(Fault.MISSING_HOUR, Effect.REFUSED_CELL, self.to, gap, said),
            Finding(Fault.DOUBLED_HOUR, Effect.REPAIRED, self.to, f"{fold} AND {instant} IS NOT NULL", said),
            Finding(Fault.UNREADABLE, Effect.REFUSED_CELL, self.to, lost, said),
        ]
        new = {self.local: (local, False), self.date: (f"CAST({local} AS DATE)", False)}
        return rows.add(new, drop=(HIDDEN_LOCAL, HIDDEN_RAW, HIDDEN_FOLD, HIDDEN_GAP), findings=found)

    def _stamp(self, rows: Rows) -> tuple[str, str, list[Finding]]:
        parts = [rows.column(c) for c in self.columns]
        findings: list[Finding] = []
        if not parts[0].text and len(parts) == 1:
            raw, stamp = f"CAST({parts[0].sql} AS VARCHAR)", f"TRY_CAST({parts[0].sql} AS TIMESTAMP)"
        else:
            raw = " || ' ' || ".join(trimmed(f"CAST({p.sql} AS VARCHAR)", self.strip) for p in parts)
            stamp = f"TRY_CAST({parse_time(raw, self.formats)} AS TIMESTAMP)"
            late = f"contains({raw}, '24:00')"
            if self.midnight_24:
                early = parse_time(f"replace({raw}, '24:00', '00:00')", self.formats)
                stamp = f"CASE WHEN {late} THEN TRY_CAST({early} AS TIMESTAMP) + to_days(1) ELSE {stamp} END"
                findings.append(Finding(Fault.HOUR_24, Effect.REPAIRED, self.to, late, raw))
        unread = f"nullif({raw}, '') IS NOT NULL AND ({stamp}) IS NULL"
        findings.append(Finding(Fault.UNREADABLE, Effect.REFUSED_CELL, self.to, unread, raw))
        if self.names == "end":
            findings.append(Finding(Fault.END_OF_INTERVAL, Effect.REPAIRED, self.to, f"({stamp}) IS NOT NULL", raw))
            stamp = f"({stamp}) - to_seconds({self.length})"
        return raw, stamp, findings


def _at_offset(local: str, folds: tuple[Change, ...], which: Literal["before", "after"]) -> str:
    """Return SQL: the moment of a doubled local time, by the offset that held before or after the change."""
    offsets = sorted({getattr(c, which) for c in folds})
    arms = []
    for offset in offsets:
        same = tuple(c for c in folds if getattr(c, which) == offset)
        moment = f"timezone('UTC', {local} - to_seconds({int(offset.total_seconds())}))"
        arms.append(f"WHEN {condition(local, same)} THEN {moment}" if len(offsets) > 1 else f"WHEN true THEN {moment}")
    return f"CASE {' '.join(arms)} END" if arms else "NULL"


class IsoWeek(Step, frozen=True, kw_only=True, tag="iso_week"):
    """ISO 8601 year and week in two columns → the Monday of that week. A week 53 that the year does not have is
    refused.
    """

    year: Name
    week: Name
    to: Name = "week_start"

    def wants(self) -> tuple[str, ...]:
        return (self.year, self.week)

    def makes(self) -> tuple[str, ...]:
        return (self.to,)

    def apply(self, rows: Rows) -> Rows:
        year, week = (f"TRY_CAST(CAST({rows.column(c).sql} AS VARCHAR) AS INTEGER)" for c in (self.year, self.week))
        written = f"CAST({year} AS VARCHAR) || '-W' || lpad(CAST({week} AS VARCHAR), 2, '0') || '-1'"
        legal = f"{year} BETWEEN 1900 AND 2200 AND {week} BETWEEN 1 AND 53"
        parsed = f"CASE WHEN {legal} THEN try_strptime({written}, '%G-W%V-%u') END"
        monday = f"CASE WHEN isoyear({parsed}) = {year} THEN CAST({parsed} AS DATE) END"
        said = f"concat_ws('-W', {rows.column(self.year).sql}, {rows.column(self.week).sql})"
        fault = Finding(Fault.UNREADABLE, Effect.REFUSED_CELL, self.to, f"({monday}) IS NULL AND {said} <> ''", said)
        return rows.add({self.to: (monday, False)}, findings=[fault])


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


AnyStep = (
    Keep | Drop | Constant | Extract | Classify | Replace | Status | Unpivot | LocalTime | IsoWeek | Point | Geometry
)
