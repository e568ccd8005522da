# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fields: a column of the data set, its meaning, and how its value is read from what the source has."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.mapping.sql import Column, Finding, literal, texts, trimmed
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

#: Names of fields: what SQL questions call them.
FieldName = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Type(StrEnum):
    """What a field holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DECIMAL = "decimal"  # exact, 18 digits, 4 of them after the mark: money
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"  # local, without zone
    INSTANT = "instant"  # a moment, with zone
    GEOMETRY = "geometry"  # WGS 84, longitude first

    @property
    def sql(self) -> str:
        """DuckDB's name of the type."""
        return _SQL[self]


_SQL = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.DECIMAL: "DECIMAL(18,4)",
    Type.BOOLEAN: "BOOLEAN",
    Type.DATE: "DATE",
    Type.TIME: "TIME",
    Type.TIMESTAMP: "TIMESTAMP",
    Type.INSTANT: "TIMESTAMP WITH TIME ZONE",
    Type.GEOMETRY: "GEOMETRY",
}

_NUMERIC = frozenset({Type.INTEGER, Type.NUMBER, Type.DECIMAL})


class Field(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename={"source": "from"}
):
    """A column of the data set. ``from`` is the source's column (or a step's); without it, the field's own name."""

    name: FieldName
    type: Type = Type.TEXT
    source: str = ""
    title: Text | None = None
    description: Text | None = None
    unit: str = ""
    personal: bool = False
    required: bool = False  # a row without it is refused
    missing: tuple[str, ...] = ()  # marks for "no value"
    strip: str = ""  # further characters to take off both ends
    decimal: str = "."
    thousands: str = ""
    formats: tuple[str, ...] = ()  # of dates and times, as strptime writes them; "excel" is Excel's day number
    true: tuple[str, ...] = ("true", "1", "ja", "j", "yes", "y", "wahr", "x")
    false: tuple[str, ...] = ("false", "0", "nein", "n", "no", "falsch")
    factor: float = 1.0  # the value in ``unit`` is factor × the source's + offset
    offset: float = 0.0
    minimum: float | None = None
    maximum: float | None = None
    values: dict[str, str] = {}
    others: bool = True  # with ``values``: whether other values pass unchanged (else they are refused)

    def __post_init__(self) -> None:
        numeric = self.type in _NUMERIC
        if (
            self.decimal not in {".", ","}
            or self.thousands not in {"", ".", ",", " ", "'"}
            or self.decimal == self.thousands
        ):
            raise ValueError("decimal is '.' or ',', thousands is one of '.', ',', ' ', \"'\" and another")
        if not numeric and (self.factor, self.offset, self.minimum, self.maximum) != (1.0, 0.0, None, None):
            raise ValueError("factor, offset, minimum and maximum are for numbers")
        if self.formats and self.type not in {Type.DATE, Type.TIME, Type.TIMESTAMP}:
            raise ValueError("formats are for dates and times")

    def read(self, column: Column) -> tuple[str, list[Finding]]:
        """Return the SQL expression of the field's value and what can be found wrong with it."""
        raw = column.sql
        findings: list[Finding] = []
        if column.text:
            value = trimmed(raw, self.strip)
            blank = self._finding(Fault.BLANKS, Effect.REPAIRED, f"{raw} <> {value} AND {value} <> ''", raw)
            findings.append(blank)
            if self.type in _NUMERIC and not self.strip and not self.missing and not self.values:
                value = raw  # casts pass over blanks themselves
            elif self.type is Type.TEXT:
                value = f"nullif({value}, '')"
        else:
            value = raw
        present = value
        if self.missing:
            mark = f"CAST({value} AS VARCHAR) IN ({texts(self.missing)})"
            findings.append(self._finding(Fault.MISSING_MARK, Effect.EMPTY, mark, raw))
            present = f"CASE WHEN {mark} THEN NULL ELSE {value} END"
        if self.values:
            known = f"CAST({present} AS VARCHAR) IN ({texts(self.values)})"
            findings.append(self._finding(Fault.LISTED, Effect.TRANSLATED, known, raw))
            arms = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in self.values.items())
            other = present if self.others else "NULL"
            if not self.others:
                good = f"{present} IS NOT NULL AND NOT coalesce({known}, false)"
                findings.append(self._finding(Fault.UNREADABLE, Effect.REFUSED_CELL, good, raw))
            present = f"CASE CAST({present} AS VARCHAR) {arms} ELSE CAST({other} AS VARCHAR) END"
        text = column.text or bool(self.values)
        converted = self._convert(present, text, findings, raw)
        if self.values and not self.others:
            pass  # refusal was counted above
        elif converted != present:
            there = f"nullif(trim(CAST({present} AS VARCHAR)), '') IS NOT NULL" if text else f"{present} IS NOT NULL"
            unreadable = f"{there} AND ({converted}) IS NULL"
            findings.append(self._finding(Fault.UNREADABLE, Effect.REFUSED_CELL, unreadable, raw))
        bounded = self._bound(converted, findings, raw)
        if self.required:
            findings.append(self._finding(Fault.REQUIRED, Effect.REFUSED_ROW, f"({bounded}) IS NULL", raw))
        return bounded, findings

    def _finding(self, fault: Fault, effect: Effect, condition: str, value: str) -> Finding:
        return Finding(fault, effect, self.name, condition, value)

    def _convert(self, value: str, text: bool, findings: list[Finding], raw: str) -> str:
        sql = self.type.sql
        if not text:
            return f"TRY_CAST({value} AS {sql})"
        match self.type:
            case Type.TEXT:
                return value
            case Type.INTEGER | Type.NUMBER | Type.DECIMAL:
                return self._number(value, findings, raw)
            case Type.BOOLEAN:
                low = f"lower(trim({value}))"
                yes, no = texts(self.true), texts(self.false)
                return f"CASE WHEN {low} IN ({yes}) THEN true WHEN {low} IN ({no}) THEN false END"
            case Type.DATE | Type.TIME | Type.TIMESTAMP:
                return f"TRY_CAST({parse_time(value, self.formats, sql)} AS {sql})"
            case Type.GEOMETRY:
                raise Invalid(
                    Text(
                        f"Feld „{self.name}“: Geometrie entsteht mit dem Schritt „point“ oder „geometry“.",
                        f"Field “{self.name}”: geometry is made by the step “point” or “geometry”.",
                    )
                )
            case Type.INSTANT:
                # Without an offset the meaning would depend on the reader's settings: such values need the step
                # local_time.
                zoned = f"regexp_matches({value}, '(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)\\s*$')"
                return f"CASE WHEN {zoned} THEN TRY_CAST({value} AS {sql}) END"

    def _number(self, value: str, findings: list[Finding], raw: str) -> str:
        plain = value
        if self.decimal != "." or self.thousands:
            mark, group = self.decimal, self.thousands
            shape = (
                rf"[+-]?(\d+|\d{{1,3}}(\Q{group}\E\d{{3}})+)?(\Q{mark}\E\d+)?"
                if group
                else rf"[+-]?\d*(\Q{mark}\E\d+)?"
            )
            stripped = f"trim({value})"
            plain = f"replace({stripped}, {literal(group)}, '')" if group else stripped
            plain = f"replace({plain}, {literal(mark)}, '.')" if mark != "." else plain
            plain = f"CASE WHEN regexp_full_match({stripped}, {literal(shape)}) THEN {plain} END"
            had = " OR ".join(f"contains({value}, {literal(c)})" for c in (mark if mark != "." else "", group) if c)
            findings.append(
                self._finding(Fault.DECIMAL_COMMA, Effect.REPAIRED, f"({had}) AND ({plain}) IS NOT NULL", raw)
            )
        if self.type is Type.INTEGER:
            # A cast alone would round 1.7 to 2 and read 0x10: what is not plainly an integer is looked at closely.
            number = f"TRY_CAST({plain} AS BIGINT)"
            digits = f"regexp_full_match({plain}, '\\s*[+-]?\\d+\\s*')"
            written = f"regexp_full_match({plain}, '\\s*[+-]?\\d+(\\.\\d*)?([eE][+-]?\\d+)?\\s*')"
            whole = f"{written} AND TRY_CAST({plain} AS DOUBLE) = {number}"
            close = f"CASE WHEN {digits} OR ({whole}) THEN {number} END"
            return f"CASE WHEN CAST({number} AS VARCHAR) = {plain} THEN {number} ELSE {close} END"
        if self.type is Type.DECIMAL:
            return f"TRY_CAST({plain} AS {self.type.sql})"
        return f"CASE WHEN isfinite(TRY_CAST({plain} AS DOUBLE)) THEN TRY_CAST({plain} AS DOUBLE) END"

    def _bound(self, value: str, findings: list[Finding], raw: str) -> str:
        if self.factor != 1.0 or self.offset != 0.0:
            scaled = f"({value}) * {literal(self.factor)} + {literal(self.offset)}"
            value = f"TRY_CAST({scaled} AS {self.type.sql})"
        limits = []
        if self.minimum is not None:
            limits.append(f"({value}) < {literal(self.minimum)}")
        if self.maximum is not None:
            limits.append(f"({value}) > {literal(self.maximum)}")
        if limits:
            out = " OR ".join(limits)
            findings.append(self._finding(Fault.OUT_OF_RANGE, Effect.REFUSED_CELL, out, raw))
            value = f"CASE WHEN {out} THEN NULL ELSE {value} END"
        return value


def parse_time(value: str, formats: tuple[str, ...], sql: str = "TIMESTAMP") -> str:
    """Return SQL that reads a date or time in one of ``formats`` (ISO 8601 without any), NULL where it cannot."""
    arms = []
    written = [f for f in formats if f != "excel"]
    if "excel" in formats:  # day 0 is 1899-12-30; 1900 is a leap year in Excel only, which this date absorbs
        days = f"TRY_CAST({value} AS DOUBLE)"
        moment = f"TIMESTAMP '1899-12-30' + to_microseconds(CAST(round({days} * 86400) AS BIGINT) * 1000000)"
        arms.append(f"CASE WHEN {days} BETWEEN 61 AND 2958465 THEN {moment} END")
    if written:
        listed = ", ".join(literal(f) for f in written)
        arms.append(f"try_strptime({value}, [{listed}])")
    if not arms:
        return f"TRY_CAST({value} AS {sql})"
    return arms[0] if len(arms) == 1 else f"coalesce({', '.join(arms)})"
