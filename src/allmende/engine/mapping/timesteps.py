# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Steps about time: local times with their clock changes, weeks."""

# ruff: noqa: S608, D102 (SQL is written here, names and values quoted; Step documents the methods)
from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import msgspec

from allmende.engine.mapping.clockchange import Change, changes, condition
from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.mapping.fields import parse_time
from allmende.engine.mapping.sql import Column, Finding, Rows, literal, trimmed
from allmende.engine.mapping.step import Name, Step

#: Columns that exist only inside the step; no source can have them, NUL is refused in names.
HIDDEN_LOCAL, HIDDEN_RAW, HIDDEN_FOLD, HIDDEN_GAP = "\0local", "\0raw", "\0fold", "\0gap"


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
