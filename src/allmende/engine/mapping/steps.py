# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Steps: what a mapping does to the source's rows before fields are read. Each turns rows into rows.

A step names columns of the source or of an earlier step. All are data, none is SQL. They are applied in the order in
which they stand in the file, to each group of files with the same header by itself.
"""

# ruff: noqa: S608, D102 (SQL is written here, names and values quoted; Step documents the methods)
from __future__ import annotations

import re
from typing import Annotated

import msgspec

from allmende.engine import patterns
from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.mapping.spacesteps import Geometry, Point
from allmende.engine.mapping.sql import Column, Finding, Rows, literal, texts
from allmende.engine.mapping.step import Name, Step
from allmende.engine.mapping.timesteps import IsoWeek, LocalTime
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text


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
    values: dict[str, str] = msgspec.field(default_factory=dict)
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
    """Wide to long: columns whose header matches ``columns``, or that ``labels`` lists, become rows.

    With ``labels``, the text beside the header goes into column ``label``, and each of these columns must be there.
    With ``columns``, each group of the pattern becomes a column, the cell goes into ``value``. ``with`` adds companions: the column whose
    header matches the companion's pattern with equal groups (a status beside each channel) goes into the companion's
    name.
    ``headers`` are patterns for the second, third … header row, whose groups become columns too (a capacity). Columns
    in
    ``keep`` stay as they are; all others that match nothing are dropped (site totals). Without ``gaps``, rows whose
    cell was empty are left out, and counted.
    """

    columns: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    label: Annotated[str, msgspec.Meta(max_length=300)] = ""
    value: Name = "value"
    gaps: bool = True
    keep: tuple[str, ...] = ()
    by: dict[str, str] = msgspec.field(default_factory=dict)
    headers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.columns) == bool(self.labels) or bool(self.labels) != bool(self.label):
            raise ValueError("either columns, or labels and label")
        if self.labels and (self.by or self.headers):
            raise ValueError("with and headers go with columns, not with labels")
        if len(set(self.makes())) != len(self.makes()) or set(self.makes()) & set(self.keep):
            raise ValueError("a column that is made has the name of another")
        for pattern in (self.columns, *self.by.values(), *self.headers):
            if pattern:
                patterns.check(pattern)

    def wants(self) -> tuple[str, ...]:
        return (*self.keep, *self.labels)

    def makes(self) -> tuple[str, ...]:
        if self.labels:
            return (self.value, self.label)
        named = [*patterns.groups(self.columns), *(g for p in self.headers for g in patterns.groups(p))]
        return (self.value, *self.by, *named)

    def apply(self, rows: Rows) -> Rows:
        kept = {n: rows.column(n) for n in self.keep}
        others = [n for n in rows.columns if n not in kept and n not in rows.beside]
        if self.labels:
            found: dict[str, dict[str, str] | None] = {h: {self.label: label} for h, label in self.labels.items()}
        else:
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
        rows = rows.replaced(
            sql=f"SELECT {', '.join(select)} FROM ({inner})",
            columns={**still, **{n: Column(ids[n]) for n in names}},
        )
        if self.gaps:
            return rows
        cell = rows.column(self.value).sql
        full = f"coalesce(trim({cell}), '') <> ''"
        return rows.only(full, Finding(Fault.FILTERED, Effect.LEFT_OUT, self.value, f"NOT ({full})", cell))


AnyStep = (
    Keep | Drop | Constant | Extract | Classify | Replace | Status | Unpivot | LocalTime | IsoWeek | Point | Geometry
)
