# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Obligations written as SQL around a trusted SELECT, and in words.

An obligation is never ignored: one that names a column the data set does not have, or asks of a column what its
type cannot give, raises :class:`Unfit`, and nothing is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, assert_never
from zoneinfo import ZoneInfo

from allmende.kernel import clock
from allmende.kernel.errors import Forbidden
from allmende.kernel.text import Text
from allmende.rights.terms import (
    Attribution,
    Coarsen,
    Column,
    Delay,
    HideColumn,
    NoOnwardUse,
    Obligation,
    ReleaseTableOnly,
    RowFilter,
    RowRange,
)

#: The towns' time: a day of theirs begins and ends in it.
TOWN_TIME = ZoneInfo("Europe/Berlin")


class Unfit(Forbidden):
    """An obligation cannot be kept on these columns, so nothing may be read."""

    kind = "obligation-unfit"
    title = Text("Auflage nicht erfüllbar", "Obligation cannot be kept")


class View(NamedTuple):
    """A trusted SELECT and its columns, in their order. Column types are DuckDB's names."""

    sql: str
    columns: tuple[Column, ...]


def restrict(
    sql: str,
    columns: Sequence[Column],
    obligations: Iterable[Obligation],
    *,
    release: View | None = None,
    now: datetime | None = None,
) -> View:
    """Return ``sql``, a trusted SELECT with ``columns``, narrowed by all ``obligations`` together.

    With :class:`~allmende.rights.terms.ReleaseTableOnly` the rows behind it never appear: ``release``, the protected
    table, stands in their place, narrowed by the other obligations. Hiding or coarsening a column the release table
    does not have is kept by its absence; a row filter or a delay on such a column cannot be kept. ``now`` is the moment
    for :class:`~allmende.rights.terms.Delay` (default: the clock).

    Every column is guarded by the row condition too (``CASE``), so that an expression a stranger writes around the
    result never sees a row he may not see, not even where the optimiser evaluates it before the filter.

    Raises :class:`Unfit` if an obligation cannot be kept.
    """
    todo = tuple(obligations)
    base = _by_name(columns)
    if any(isinstance(obligation, ReleaseTableOnly) for obligation in todo):
        if release is None:
            raise _unfit(
                "Nur die geschützte Auswertungstabelle darf gelesen werden, und es gibt keine.",
                "Only the protected release table may be read, and there is none.",
            )
        sql, columns = release
    present = _by_name(columns)
    hidden: set[str] = set()
    coarser: dict[str, list[str]] = {}
    conditions: list[str] = []
    for obligation in todo:
        match obligation:
            case ReleaseTableOnly() | Attribution() | NoOnwardUse():
                continue
            case HideColumn(column=name) | Coarsen(column=name) if name.lower() not in present and name.lower() in base:
                continue  # the release table does not show it at all
            case HideColumn(column=name):
                hidden.add(_find(present, name).name)
            case Coarsen(column=name, to=to):
                coarser.setdefault(_find(present, name).name, []).append(to)
            case RowFilter(column=name, values=values):
                conditions.append(_one_of(_find(present, name), values))
            case RowRange(column=name, least=least, most=most):
                conditions.append(_between(_find(present, name), least, most))
            case Delay(column=name, days=days):
                conditions.append(_older(_find(present, name), days, now or clock.now()))
            case _:
                assert_never(obligation)
    if not hidden and not coarser and not conditions:
        return View(sql, tuple(columns))
    shown: list[tuple[Column, str]] = []
    for column in columns:
        if column.name in hidden:
            continue
        given = _coarsened(column, coarser.get(column.name, ()))
        if given is not None:
            shown.append(given)
    if not shown:
        raise _unfit("Die Auflagen lassen keine Spalte übrig.", "The obligations leave no column.")
    condition = " AND ".join(dict.fromkeys(conditions))
    projection = ", ".join(
        (f"CASE WHEN {condition} THEN {expression} END" if condition else expression) + f" AS {quote(column.name)}"
        for column, expression in shown
    )
    where = f" WHERE {condition}" if condition else ""
    narrowed = f"SELECT {projection} FROM (\n{sql}\n) AS _trusted{where}"  # noqa: S608 - all names and values are quoted
    return View(narrowed, tuple(column for column, _ in shown))


def quote(name: str) -> str:
    """Return ``name`` as a quoted SQL identifier."""
    if not name or "\0" in name:
        raise _unfit("Eine Spalte hat keinen brauchbaren Namen.", "A column has no usable name.")
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return ``value`` as a SQL string literal."""
    if "\0" in value:
        raise _unfit("Ein Wert enthält ein Nullzeichen.", "A value contains a null character.")
    return "'" + value.replace("'", "''") + "'"


def words(obligation: Obligation) -> Text:
    """Return the obligation in words."""
    match obligation:
        case RowFilter(column=column, values=values):
            listed = ", ".join(values) or "–"
            return Text(f"Nur Zeilen mit „{column}“: {listed}.", f"Only rows with “{column}”: {listed}.")
        case RowRange(column=column, least=least, most=most):
            return Text(
                f"Nur Zeilen mit „{column}“ von {least or '…'} bis {most or '…'}.",
                f"Only rows with “{column}” from {least or '…'} to {most or '…'}.",
            )
        case HideColumn(column=column):
            return Text(f"Ohne die Spalte „{column}“.", f"Without the column “{column}”.")
        case Coarsen(column=column, to=to):
            de, en = _step_words(to)
            return Text(f"„{column}“ nur vergröbert: {de}.", f"“{column}” only coarsened: {en}.")
        case ReleaseTableOnly():
            return Text(
                "Nur die geschützte Auswertungstabelle, nicht die Zeilen dahinter.",
                "Only the protected release table, not the rows behind it.",
            )
        case Delay(column=column, days=days):
            return Text(f"Zeilen erst {days} Tage nach „{column}“.", f"Rows only {days} days after “{column}”.")
        case Attribution(text=text):
            return Text(f"Quellenvermerk: {text}", f"Attribution: {text}")
        case NoOnwardUse():
            return Text(
                "Keine Weitergabe und keine Nutzung zu anderen Zwecken.", "No passing on and no use for other purposes."
            )
        case _:
            assert_never(obligation)


def check(obligation: Obligation, columns: Sequence[Column] | None = None) -> None:
    """Raise :class:`Unfit` if the obligation makes no sense by itself or, where given, on ``columns``."""
    if isinstance(obligation, Coarsen):
        _step(obligation.to)
    if isinstance(obligation, Delay) and not 0 <= obligation.days <= _MOST_DAYS:
        raise _unfit(f"{obligation.days} Tage sind keine Frist.", f"{obligation.days} days are no delay.")
    if columns is not None and not isinstance(obligation, ReleaseTableOnly):
        restrict("SELECT 1", (*columns, Column("\x01")), (obligation,))


# --- columns --------------------------------------------------------------------------------------------------


def _by_name(columns: Sequence[Column]) -> dict[str, Column]:
    """Columns by their name in lower case: SQL does not tell ``Id`` from ``id``, so neither may an obligation."""
    found = {column.name.lower(): column for column in columns}
    if len(found) != len(columns):
        raise _unfit("Zwei Spalten haben denselben Namen.", "Two columns have the same name.")
    return found


def _find(columns: dict[str, Column], name: str) -> Column:
    column = columns.get(name.lower())
    if column is None:
        raise _unfit(
            f"Eine Auflage nennt die Spalte „{name}“, die es nicht gibt.",
            f"An obligation names the column “{name}”, which does not exist.",
        )
    return column


_KINDS = {
    "integer": (
        "TINYINT SMALLINT INTEGER INT BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT "
        "INT1 INT2 INT4 INT8 LONG"
    ),
    "number": "DOUBLE FLOAT REAL DECIMAL NUMERIC NUMBER FLOAT4 FLOAT8",
    "text": "TEXT VARCHAR CHAR BPCHAR STRING",
    "date": "DATE",
    "moment": "DATETIME TIMESTAMP TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_US TIMESTAMP_NS",
    "zoned": "TIMESTAMPTZ",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_KIND_OF["TIMESTAMP WITH TIME ZONE"] = "zoned"
_DATE_STEPS = ("hour", "day", "week", "month", "year")
_MOST_DAYS = 36_525
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?\Z")
_DAY = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}\Z")
_WIDEST = 10**18


def _kind(column: Column) -> str:
    """Return what kind of values a column has: integer, number, text, date, moment, zoned or other."""
    name = re.sub(r"\(.*\)\Z", "", column.type.strip().upper()).strip()
    return _KIND_OF.get(name, "other")


# --- conditions -----------------------------------------------------------------------------------------------


def _one_of(column: Column, values: tuple[str, ...]) -> str:
    if not values:
        return "FALSE"
    name = quote(column.name)
    compared = name if _kind(column) == "text" else f"CAST({name} AS VARCHAR)"
    return f"{compared} IN ({', '.join(map(literal, values))})"


def _between(column: Column, least: str, most: str) -> str:
    if not least and not most:
        raise _unfit(f"Für „{column.name}“ fehlt eine Grenze.", f"A bound for “{column.name}” is missing.")
    name, kind = quote(column.name), _kind(column)
    parts: list[str] = []
    if kind in ("integer", "number"):
        for sign, bound in ((">=", least), ("<=", most)):
            if bound and not _NUMBER.match(bound):
                raise _unfit(f"„{bound}“ ist keine Zahl.", f"“{bound}” is no number.")
            parts += [f"{name} {sign} {bound}"] if bound else []
        if kind == "number":  # DuckDB holds NaN for greater than every number
            parts.append(f"CAST({name} AS DOUBLE) < CAST('NaN' AS DOUBLE)")
    elif kind in ("date", "moment", "zoned"):
        first, last = (_a_day(bound) if bound else None for bound in (least, most))
        parts += [f"{name} >= {_begins(first, kind)}"] if first else []
        parts += [f"{name} < {_begins(last + timedelta(days=1), kind)}"] if last else []
    else:
        raise _unfit(
            f"Eine Spanne braucht Zahlen oder Zeiten; „{column.name}“ hat keine.",
            f"A range needs numbers or times; “{column.name}” has none.",
        )
    return f"({' AND '.join(parts)})"


def _a_day(written: str) -> date:
    try:
        if _DAY.match(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise _unfit(f"„{written}“ ist kein Tag (JJJJ-MM-TT).", f"“{written}” is no day (YYYY-MM-DD).")


def _begins(day: date, kind: str) -> str:
    """Return the beginning of a day as a literal of the column's kind."""
    if kind == "date":
        return f"DATE '{day:%Y-%m-%d}'"
    if kind == "moment":
        return f"TIMESTAMP '{day:%Y-%m-%d} 00:00:00'"
    begins = datetime(day.year, day.month, day.day, tzinfo=TOWN_TIME).astimezone(UTC)
    return f"TIMESTAMPTZ '{begins:%Y-%m-%d %H:%M:%S}+00'"


def _older(column: Column, days: int, now: datetime) -> str:
    check(Delay(column.name, days))
    cutoff = now.astimezone(UTC) - timedelta(days=days)
    name = quote(column.name)
    match _kind(column):
        case "date":
            return f"{name} <= DATE '{cutoff:%Y-%m-%d}'"
        case "moment":
            return f"{name} <= TIMESTAMP '{cutoff:%Y-%m-%d %H:%M:%S.%f}'"
        case "zoned":
            return f"{name} <= TIMESTAMPTZ '{cutoff:%Y-%m-%d %H:%M:%S.%f}+00'"
        case _:
            raise _unfit(
                f"Eine Frist braucht eine Zeitspalte; „{column.name}“ ist keine.",
                f"A delay needs a column of times; “{column.name}” is none.",
            )


# --- coarsening -----------------------------------------------------------------------------------------------


def _step(to: str) -> tuple[str, int]:
    """Return the kind of a step (date, number, prefix) and its width."""
    if to in _DATE_STEPS:
        return "date", _DATE_STEPS.index(to)
    if re.fullmatch(r"[1-9][0-9]{0,14}", to):
        return "number", int(to)
    if found := re.fullmatch(r"prefix:([0-9]{1,3})", to):
        return "prefix", int(found[1])
    raise _unfit(f"„{to}“ ist keine Vergröberung.", f"“{to}” is no coarsening.")


def _step_words(to: str) -> tuple[str, str]:
    kind, width = _step(to)
    if kind == "prefix":
        return f"die ersten {width} Zeichen", f"the first {width} characters"
    if kind == "number":
        return f"abgerundet auf Vielfache von {width}", f"rounded down to multiples of {width}"
    return (
        ("auf die Stunde", "auf den Tag", "auf die Woche", "auf den Monat", "auf das Jahr")[width],
        f"to the {to}",
    )


def _coarsened(column: Column, steps: Sequence[str]) -> tuple[Column, str] | None:
    """Return the column and its expression under all ``steps``: only what each of them alone would show.

    None if there is nothing that all of them would show (weeks and months), so that the column is absent.
    """
    name = quote(column.name)
    if not steps:
        return column, name
    parsed = [_step(step) for step in steps]
    kinds = {kind for kind, _ in parsed}
    widths = [width for _, width in parsed]
    match (kinds.pop() if len(kinds) == 1 else "mixed", _kind(column)):
        case "date", "date" | "moment" | "zoned" as of:
            widest = _DATE_STEPS[max(widths)]
            if _DATE_STEPS.index("week") in widths and widest != "week":
                return None  # a week may lie in two months
            if of == "date":
                return column, f"CAST(date_trunc('{widest}', {name}) AS DATE)"
            return column, f"date_trunc('{widest}', {name})"
        case "number", "integer" | "number" if math.lcm(*widths) > _WIDEST:
            return None
        case "number", "integer":
            width = math.lcm(*widths)
            whole = f"CAST({name} AS HUGEINT)"
            return (
                Column(column.name, "BIGINT", column.personal),
                f"CAST({whole} - (({whole} % {width}) + {width}) % {width} AS BIGINT)",
            )
        case "number", "number":
            width = math.lcm(*widths)
            return (
                Column(column.name, "DOUBLE", column.personal),
                f"floor(CAST({name} AS DOUBLE) / {width}) * {width}",
            )
        case "prefix", "text":
            return column, f"left({name}, {min(widths)})"
        case _:
            raise _unfit(
                f"„{column.name}“ lässt sich nicht so vergröbern: {', '.join(steps)}.",
                f"“{column.name}” cannot be coarsened like that: {', '.join(steps)}.",
            )


def _unfit(de: str, en: str) -> Unfit:
    return Unfit(Text(de, en))
