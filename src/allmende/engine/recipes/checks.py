# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Checks: what must hold of a data set's rows, few and declarative; counted by one SELECT of our own.

An outcome says how many rows fail, never which and with what value: the rows may be about persons.
"""

# ruff: noqa: S608 (this module writes SQL; names are checked by their type, values go through literal())
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import msgspec

from allmende.engine.mapping.fields import FieldName
from allmende.engine.mapping.sql import literal, texts
from allmende.engine.plan import Field, Relation
from allmende.kernel.text import Text

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all share."""


class RowCount(_Check, frozen=True, kw_only=True):
    """How many rows there are."""

    at_least: Annotated[int, msgspec.Meta(ge=0)] = 1
    at_most: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Range(_Check, frozen=True, kw_only=True):
    """Values of a number lie between two bounds, these included; what is empty is passed over."""

    field: FieldName
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        if self.minimum is None and self.maximum is None:
            raise ValueError("a range has a minimum, a maximum or both")


class OneOf(_Check, frozen=True, kw_only=True):
    """A field holds one of these values; what is empty is passed over."""

    field: FieldName
    values: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=500)]


class Missing(_Check, frozen=True, kw_only=True):
    """At most this share of the rows (0 to 1) lacks the field."""

    field: FieldName
    at_most: _Share = 0.0


class Sum(_Check, frozen=True, kw_only=True):
    """In each row the ``parts`` add up to the field ``equals``; what differs by no more than ``tolerance`` agrees."""

    parts: Annotated[tuple[FieldName, ...], msgspec.Meta(min_length=1, max_length=50)]
    equals: FieldName
    tolerance: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Checks(_Check, frozen=True, kw_only=True):
    """All checks of a data set."""

    rows: RowCount = RowCount()
    required: tuple[FieldName, ...] = ()  # never empty
    key: tuple[FieldName, ...] = ()  # together they occur once
    ranges: tuple[Range, ...] = ()
    one_of: tuple[OneOf, ...] = ()
    missing: tuple[Missing, ...] = ()
    sums: tuple[Sum, ...] = ()

    def fields(self) -> set[str]:
        """Return the names of the fields they speak of."""
        named = {*self.required, *self.key}
        named |= {one.field for one in self.ranges} | {one.field for one in self.one_of}
        named |= {one.field for one in self.missing}
        return named | {name for one in self.sums for name in (*one.parts, one.equals)}

    def without(self, names: set[str]) -> Checks:
        """Return the checks that do not speak of ``names``: fields a town does not have."""
        return Checks(
            rows=self.rows,
            required=tuple(n for n in self.required if n not in names),
            key=() if names & set(self.key) else self.key,
            ranges=tuple(c for c in self.ranges if c.field not in names),
            one_of=tuple(c for c in self.one_of if c.field not in names),
            missing=tuple(c for c in self.missing if c.field not in names),
            sums=tuple(c for c in self.sums if not names & {*c.parts, c.equals}),
        )


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One check: its name (the same in every town), what it says, whether it holds, how many rows fail."""

    name: str
    said: Text
    passed: bool
    rows: int = 0


def select(checks: Checks, relation: Relation) -> Relation:
    """Return the SELECT that counts what fails, over the rows of ``relation``: one row, read by :func:`judge`."""
    expressions = ["count(*)"]
    expressions += [f'count(*) - count("{name}")' for name in checks.required]
    if checks.key:
        columns = ", ".join(f'"{name}"' for name in checks.key)
        expressions.append(f"count(*) - count(DISTINCT row({columns}))")
    for within in checks.ranges:
        low = f'"{within.field}" < {literal(within.minimum)}' if within.minimum is not None else "false"
        high = f'"{within.field}" > {literal(within.maximum)}' if within.maximum is not None else "false"
        expressions.append(f"count(*) FILTER (WHERE {low} OR {high})")
    for one in checks.one_of:
        values = texts(one.values)
        expressions.append(f'count(*) FILTER (WHERE CAST("{one.field}" AS VARCHAR) NOT IN ({values}))')
    expressions += [f'count(*) - count("{absent.field}")' for absent in checks.missing]
    for whole in checks.sums:
        parts = " + ".join(f'coalesce("{name}", 0)' for name in whole.parts)
        apart = f'abs(CAST({parts} AS DOUBLE) - CAST("{whole.equals}" AS DOUBLE))'
        expressions.append(f"count(*) FILTER (WHERE {apart} > {literal(whole.tolerance + 1e-9)})")
    named = ", ".join(f"CAST({sql} AS BIGINT) AS c{place}" for place, sql in enumerate(expressions))
    fields = tuple(Field(f"c{place}", "BIGINT") for place in range(len(expressions)))
    return Relation(f"SELECT {named} FROM ({relation.sql}) AS checked", fields, relation.attachments, relation.paths)


def judge(checks: Checks, counted: Sequence[object]) -> tuple[Outcome, ...]:
    """Return the outcomes from the row that :func:`select` gave, in its order."""
    numbers = [int(str(one)) for one in counted]
    total, found = numbers[0], iter(numbers[1:])
    outcomes = [_rows(checks.rows, total)]
    outcomes += [
        _outcome(f"required:{name}", f"„{name}“ ist nie leer", f"“{name}” is never empty", next(found))
        for name in checks.required
    ]
    if checks.key:
        key = ", ".join(checks.key)
        outcomes.append(_outcome(f"key:{key}", f"„{key}“ kommt nur einmal vor", f"“{key}” occurs once", next(found)))
    for within in checks.ranges:
        low, high = within.minimum, within.maximum
        bounds = Text(
            " und ".join(
                [f"mindestens {_number(low)}"] * (low is not None) + [f"höchstens {_number(high)}"] * (high is not None)
            ),
            " and ".join(
                [f"at least {low:g}" if low is not None else "", f"at most {high:g}" if high is not None else ""]
            )
            .strip()
            .removeprefix("and ")
            .removesuffix(" and"),
        )
        said = Text(f"„{within.field}“ ist {bounds.de}", f"“{within.field}” is {bounds.en}")
        outcomes.append(_outcome(f"range:{within.field}", said.de, said.en, next(found)))
    for one in checks.one_of:
        said = Text(
            f"„{one.field}“ hat nur die bekannten Werte ({len(one.values)})",
            f"“{one.field}” has only the values known ({len(one.values)})",
        )
        outcomes.append(_outcome(f"one_of:{one.field}", said.de, said.en, next(found)))
    for absent in checks.missing:
        most, lacking = math.floor(absent.at_most * total), next(found)
        percent = _number(absent.at_most * 100)
        outcomes.append(
            Outcome(
                name=f"missing:{absent.field}",
                said=Text(
                    f"„{absent.field}“ fehlt in höchstens {percent} % der Zeilen",
                    f"“{absent.field}” is missing in at most {absent.at_most * 100:g} % of the rows",
                ),
                passed=lacking <= most,
                rows=lacking if lacking > most else 0,
            )
        )
    for whole in checks.sums:
        parts = " + ".join(whole.parts)
        said = Text(f"{parts} ergibt „{whole.equals}“", f"{parts} add up to “{whole.equals}”")
        outcomes.append(_outcome(f"sum:{whole.equals}", said.de, said.en, next(found)))
    return tuple(outcomes)


def described(checks: Checks) -> tuple[Text, ...]:
    """Return the checks in words, for the page: what :func:`judge` says of them."""
    return tuple(outcome.said for outcome in judge(checks, [0] * 10_000))


def words(name: str) -> Text:
    """Return what a check of that name looks at, in words, where its outcome is not at hand."""
    kind, _, about = name.partition(":")
    de, en = _KINDS.get(kind, (kind, kind))
    return Text(f"{de} ({about})" if about else de, f"{en} ({about})" if about else en)


_KINDS = {
    "rows": ("Zahl der Zeilen", "number of rows"),
    "required": ("nie leer", "never empty"),
    "key": ("kommt nur einmal vor", "occurs once"),
    "range": ("in den Grenzen", "within bounds"),
    "one_of": ("nur bekannte Werte", "known values only"),
    "missing": ("fehlt nicht zu oft", "not missing too often"),
    "sum": ("Summe stimmt", "sum agrees"),
}


def _rows(rows: RowCount, total: int) -> Outcome:
    most = Text(f" und höchstens {rows.at_most}", f" and at most {rows.at_most}") if rows.at_most else Text("", "")
    said = Text(f"mindestens {rows.at_least}{most.de} Zeilen", f"at least {rows.at_least}{most.en} rows")
    passed = rows.at_least <= total and (rows.at_most is None or total <= rows.at_most)
    return Outcome(name="rows", said=said, passed=passed, rows=0 if passed else total)


def _outcome(name: str, de: str, en: str, failing: int) -> Outcome:
    return Outcome(name=name, said=Text(de, en), passed=failing == 0, rows=failing)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
