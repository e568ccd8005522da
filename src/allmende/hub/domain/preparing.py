# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From a list that was decided on to the rows that are stored: read, coarsened, given their district, described."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from allmende.engine.lists.model import Answer, Column, Decisions, LeftOut, Proposal, Reaction, Why
from allmende.engine.lists.propose import store
from allmende.engine.mapping import Field, Type
from allmende.hub.domain.districts import give_districts
from allmende.hub.domain.incoming import chosen
from allmende.hub.terms import DistrictRule, Expected
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

#: A column of at most so many different values becomes a drop-down list of the template.
FEW = 30

#: How a column may be coarsened, by type: what is stored is coarse, the exact value is kept nowhere.
COARSER: dict[str, Text] = {
    "year": Text("nur das Jahr", "only the year"),
    "month": Text("nur Jahr und Monat", "only year and month"),
    "10": Text("auf Zehner abgerundet", "rounded down to tens"),
    "100": Text("auf Hunderter abgerundet", "rounded down to hundreds"),
    "1000": Text("auf Tausender abgerundet", "rounded down to thousands"),
    "prefix:1": Text("nur das erste Zeichen", "only the first character"),
    "prefix:3": Text("nur die ersten drei Zeichen", "only the first three characters"),
}

WHY = {
    Why.EMPTY: Text("leer", "empty"),
    Why.TITLE: Text("Titel", "title"),
    Why.STAND: Text("Stand", "as of"),
    Why.HEADER: Text("Kopfzeile", "heading"),
    Why.REPEATED_HEADER: Text("wiederholte Kopfzeile", "repeated heading"),
    Why.TOTAL: Text("Summe", "total"),
    Why.SECTION: Text("Zwischenüberschrift", "heading between rows"),
    Why.FOOTNOTE: Text("Fußnote", "footnote"),
    Why.LEGEND: Text("Legende", "legend"),
    Why.NOTE: Text("Anmerkung", "note"),
    Why.OTHER_TABLE: Text("andere Tabelle", "another table"),
    Why.HIDDEN: Text("verborgen", "hidden"),
    Why.BROKEN: Text("passt nicht", "does not fit"),
    Why.BY_HAND: Text("von Hand weggelassen", "left out by hand"),
}


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Rows ready to be kept: a Parquet file in a passing place, and what is said of it."""

    path: Path
    rows: int
    fields: tuple[Field, ...]
    expected: tuple[Expected, ...]
    stand: str
    notes: tuple[Text, ...]
    private: bool  # whether the original holds what must not be kept: it was left out or coarsened as personal


def check_decided(proposal: Proposal) -> None:
    """Raise Invalid unless everything that stands against storing was decided on."""
    if proposal.reaction is not Reaction.IMPORT:
        more = " ".join(reason.de for reason in proposal.reasons[:2])
        more_en = " ".join(reason.en for reason in proposal.reasons[:2])
        raise Invalid(
            Text(
                f"Vor dem Speichern ist noch zu entscheiden: {more}", f"Before storing, this must be decided: {more_en}"
            ),
            field="personal",
        )


def prepare(
    path: Path,
    proposal: Proposal,
    decisions: Decisions,
    *,
    table: str,
    target: Path,
    tenant: str,
    coarser: dict[str, str],
    personal: tuple[str, ...],
    districts: DistrictRule | None,
) -> Prepared:
    """Read the table into a Parquet file at ``target`` as it will be stored. Raises what reading raises."""
    found = chosen(proposal, table)
    stored = store(path, target, proposal, decisions, found.key)
    target.chmod(0o600)
    notes = [_left_out(found.left_out)] if any(one.why is not Why.EMPTY for one in found.left_out) else []
    if unreadable := {name: count for name, count in stored.unreadable.items() if count}:
        listed = ", ".join(f"{name} ({count})" for name, count in unreadable.items())
        notes.append(
            Text(
                f"Zellen, die nicht zum Typ der Spalte passten und leer bleiben: {listed}.",
                f"Cells that did not fit their column's type and stay empty: {listed}.",
            )
        )
    columns = {column.name: column for column in found.columns}
    made: dict[str, Text] = {}
    if coarser or districts is not None:
        rows = pq.read_table(target)
        for name, how in coarser.items():
            if name in rows.column_names:
                index = rows.column_names.index(name)
                rows = rows.set_column(index, name, _coarsened(rows.column(name), how))
                notes.append(Text(f"{name}: {COARSER[how].de}.", f"{name}: {COARSER[how].en}."))
        if districts is not None:
            given = give_districts(rows, districts, tenant=tenant)
            rows = given.rows
            made[districts.into] = Text("Stadtteil", "District")
            notes += given.notes
        pq.write_table(rows, target, compression="zstd")
    schema = pq.read_schema(target)
    fields = tuple(_field(field, columns.get(field.name), coarser, personal, made) for field in schema)
    return Prepared(
        path=target,
        rows=stored.rows,
        fields=fields,
        expected=tuple(_expected(field, columns.get(field.name), target) for field in fields),
        stand=found.stand,
        notes=tuple(notes),
        private=_private(proposal, decisions, coarser),
    )


def _private(proposal: Proposal, decisions: Decisions, coarser: dict[str, str]) -> bool:
    decided = [*(one.decided for one in proposal.personal), *(one.decided for one in proposal.hidden)]
    left_out = Answer.LEAVE_OUT in decided
    personal = {one.column for one in proposal.personal}
    columns = [column for table in proposal.tables for column in table.columns]
    dropped = any(column.drop and (column.personal or column.heading in personal) for column in columns)
    return left_out or dropped or bool(coarser) or any(one.do is Answer.LEAVE_OUT for one in decisions.hidden)


def _field(
    given: pa.Field, column: Column | None, coarser: dict[str, str], personal: tuple[str, ...], made: dict[str, Text]
) -> Field:
    kind = type_of(given.type)
    title = made.get(given.name)
    if title is None and column is not None and column.heading:
        title = Text(column.heading[:200], column.heading[:200])
    return Field(
        name=given.name,
        type=kind,
        title=title,
        unit=column.unit if column is not None and given.name not in coarser else "",
        personal=given.name not in coarser and (given.name in personal or (column is not None and column.personal)),
    )


def _expected(field: Field, column: Column | None, path: Path) -> Expected:
    values: tuple[str, ...] = ()
    few = column is not None and 0 < column.distinct <= FEW and column.filled >= 3 * column.distinct
    if few and field.type is Type.TEXT and not field.personal:
        there = pc.unique(pq.read_table(path, columns=[field.name]).column(0)).to_pylist()
        values = tuple(sorted(str(value) for value in there if value is not None))
        values = () if any(len(value) > 60 for value in values) or len(values) > FEW else values
    return Expected(
        name=field.name,
        heading=column.heading if column is not None else "",
        type=field.type.value,
        unit=field.unit,
        personal=field.personal,
        values=values,
        made=column is None or not column.place,
    )


def type_of(given: pa.DataType) -> Type:
    """Return our name of an Arrow type."""
    tests = (
        (pa.types.is_boolean, Type.BOOLEAN),
        (pa.types.is_integer, Type.INTEGER),
        (pa.types.is_floating, Type.NUMBER),
        (pa.types.is_decimal, Type.DECIMAL),
        (pa.types.is_date, Type.DATE),
        (pa.types.is_time, Type.TIME),
    )
    for test, kind in tests:
        if test(given):
            return kind
    if pa.types.is_timestamp(given):
        return Type.INSTANT if given.tz else Type.TIMESTAMP
    return Type.TEXT


def _coarsened(column: pa.ChunkedArray, how: str) -> pa.ChunkedArray:
    kind = type_of(column.type)
    if how in {"year", "month"} and kind in {Type.DATE, Type.TIMESTAMP, Type.INSTANT}:
        return pc.year(column) if how == "year" else pc.strftime(column, format="%Y-%m")
    if how.isdigit() and kind in {Type.INTEGER, Type.NUMBER, Type.DECIMAL}:
        step = int(how)
        return pc.cast(pc.multiply(pc.floor(pc.divide(pc.cast(column, pa.float64()), step)), step), pa.int64())
    if how.startswith("prefix:") and kind is Type.TEXT:
        return pc.utf8_slice_codeunits(column, 0, int(how.removeprefix("prefix:")))
    raise Invalid(
        Text(
            f"So lässt sich diese Spalte nicht vergröbern: {COARSER[how].de}. Ein Datum wird zum Jahr, eine Zahl gerundet, "
            "ein Text gekürzt.",
            f"This column cannot be coarsened so: {COARSER[how].en}. A date becomes a year, a number is rounded, a text "
            "is cut.",
        ),
        field="coarser",
    )


def _left_out(parts: tuple[LeftOut, ...]) -> Text:
    counts: Counter[Why] = Counter()
    for one in parts:
        if one.why is not Why.EMPTY:
            counts[one.why] += one.count
    total = sum(counts.values())
    de = ", ".join(f"{WHY[why].de} ({count})" for why, count in counts.most_common())
    en = ", ".join(f"{WHY[why].en} ({count})" for why, count in counts.most_common())
    return Text(f"Nicht übernommene Zeilen: {total} – {de}.", f"Rows not taken over: {total} – {en}.")
