# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A table's rows as Arrow batches and as a Parquet file. Runs in the child process with limits."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute  # (casts load it, and nothing can be loaded in the child later)
import pyarrow.parquet as pq

from allmende.engine.lists.grid import Cell, shown
from allmende.engine.lists.model import Column, Long, Origin, Stack, Stored
from allmende.engine.lists.tables import Table
from allmende.engine.lists.values import UNREADABLE, reader
from allmende.engine.mapping.fields import Type

_BATCH = 10_000
_SAMPLES = 5
_ARROW = {
    Type.TEXT: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.DECIMAL: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.TIME: pa.time64("us"),
    Type.TIMESTAMP: pa.timestamp("us"),
    Type.INSTANT: pa.timestamp("us"),
    Type.GEOMETRY: pa.string(),
}


@dataclass
class _Lost:
    """Cells that did not fit, per column."""

    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, column: Column, cell: Cell) -> None:
        self.counts[column.name] += 1
        kept = self.samples.setdefault(column.name, [])
        if len(kept) < _SAMPLES and not column.personal:
            kept.append(shown(cell)[:80])


def warm() -> None:
    """Do once in small what :func:`write` does: Arrow loads parts of itself late, and in the child late is too late."""
    arrays = [pa.array([None], kind) for kind in (*_ARROW.values(), pa.float64())]
    arrays[-1] = pa.array([1.0], pa.float64(), from_pandas=True)
    arrays.append(pa.array([1], pa.int64()).cast(pa.float64()))
    batch = pa.record_batch(arrays, names=[f"c{n}" for n in range(len(arrays))])
    with pq.ParquetWriter(io.BytesIO(), batch.schema, compression="zstd") as writer:
        writer.write_batch(batch)


def write(tables: Sequence[Table], stack: Stack | None, target: Path) -> Stored:
    """Write one table, or those of a stack below each other, to ``target``; all or nothing."""
    columns = _common(tables)
    long = _long(tables[0].found.long, {c.name for c in columns[0]})
    schema = _schema(columns, long, stack, tables[0])
    lost = _Lost()
    rows = 0
    part = target.with_suffix(".part")
    try:
        with pq.ParquetWriter(part, schema, compression="zstd") as writer:
            for number, table in enumerate(tables):
                period = stack.values[number] if stack else None
                for batch in _batches(table, columns, long, stack, period, schema, lost):
                    writer.write_batch(batch)
                    rows += batch.num_rows
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Stored(
        table=tables[0].found.key,
        rows=rows,
        unreadable=dict(lost.counts),
        samples={name: tuple(texts) for name, texts in lost.samples.items() if texts},
    )


def _long(long: Long | None, names: set[str]) -> Long | None:
    """Return a cross table to be made long, without columns that are dropped."""
    if long is None or not long.done:
        return None
    kept = [(c, v) for c, v in zip(long.columns, long.values, strict=True) if c in names]
    if not kept:
        return None
    return msgspec.structs.replace(long, columns=tuple(c for c, _ in kept), values=tuple(v for _, v in kept))


def _common(tables: Sequence[Table]) -> list[list[Column]]:
    """Return each table's columns that are stored, place by place of one name and one type.

    Columns of a stack are matched by heading; what one table lacks is empty there, what is dropped in one is in none.
    """
    every = [{_key(c): c for c in t.found.columns} for t in tables]
    keys = dict.fromkeys(k for columns in every for k in columns)
    dropped = {k for columns in every for k, c in columns.items() if c.drop}
    made: list[list[Column]] = [[] for _ in every]
    names: set[str] = set()
    for key in keys:
        if key in dropped:
            continue
        there = [c for columns in every if (c := columns.get(key)) is not None]
        types = {c.type for c in there}
        kind = there[0].type
        if len(types) > 1:
            kind = Type.NUMBER if types <= {Type.INTEGER, Type.NUMBER} else Type.TEXT
        name = there[0].name
        while name in names:
            name += "_2"
        names.add(name)
        gap = Column(name=name, origin=Origin.SHEET, type=kind)
        for mine, columns in zip(made, every, strict=True):
            mine.append(_as(columns.get(key, gap), name, kind))
    return made


def _key(column: Column) -> tuple[str, str]:
    plain = (
        re.sub(r"\b(19|20)\d\d\b", "", column.heading).strip().lower() if column.origin is Origin.CELLS else column.name
    )
    return column.origin.value, plain or column.name


def _as(column: Column, name: str, kind: Type) -> Column:
    if column.type is kind:
        return msgspec.structs.replace(column, name=name)
    if kind is Type.TEXT:
        return msgspec.structs.replace(column, name=name, type=kind, missing=(), formats=(), factor=1.0)
    return msgspec.structs.replace(column, name=name, type=kind)


def _field(column: Column) -> pa.Field:
    about = {"heading": column.heading, "unit": column.unit, "meaning": column.meaning.value,
             "personal": "yes" if column.personal else ""}  # fmt: skip
    return pa.field(column.name, _ARROW[column.type], metadata={k: v for k, v in about.items() if v})


def _schema(columns: list[list[Column]], long: Long | None, stack: Stack | None, table: Table) -> pa.Schema:
    fields = [_field(c) for c in columns[0] if not long or c.name not in long.columns]
    if long:
        kinds = {c.type for c in columns[0] if c.name in long.columns}
        unit = next((c.unit for c in columns[0] if c.name in long.columns), "")
        value = _ARROW[next(iter(kinds)) if len(kinds) == 1 else Type.NUMBER]
        fields += [
            pa.field(long.into, pa.string()),
            pa.field(long.value, value, metadata={"unit": unit} if unit else None),
        ]
    if stack:
        fields.insert(0, pa.field(stack.column, pa.string()))
    about = {"title": table.found.title, "stand": table.found.stand, "sheet": table.found.sheet}
    return pa.schema(fields, metadata={k: v for k, v in about.items() if v})


def _batches(
    table: Table,
    every: list[list[Column]],
    long: Long | None,
    stack: Stack | None,
    period: str | None,
    schema: pa.Schema,
    lost: _Lost,
) -> Iterator[pa.RecordBatch]:
    place = stack.tables.index(table.found.key) if stack else 0
    columns = every[place]
    sources: dict[str, tuple[Column, Sequence[Cell], Any, dict[str, Any]]] = {
        c.name: (c, table.cells(c), reader(c), {}) for c in columns
    }
    for start in range(0, len(table.data), _BATCH):
        arrays = {
            name: _array(column, cells[start : start + _BATCH], read, cache, lost)
            for name, (column, cells, read, cache) in sources.items()
        }
        count = min(_BATCH, len(table.data) - start)
        if stack:
            arrays[stack.column] = pa.array([period] * count, pa.string())
        if not long:
            yield pa.record_batch([arrays[n] for n in schema.names], schema=schema)
            continue
        for name, value in zip(long.columns, long.values, strict=True):
            put = arrays | {
                long.into: pa.array([value] * count, pa.string()),
                long.value: arrays[name].cast(schema.field(long.value).type),
            }
            yield pa.record_batch([put[n] for n in schema.names], schema=schema)


def _array(column: Column, cells: Sequence[Cell], read: Any, cache: dict[str, Any], lost: _Lost) -> pa.Array:
    kind = _ARROW[column.type]
    kinds = set(map(type, cells))
    if str not in kinds:
        plain = kinds - {type(None)}
        if column.type is Type.NUMBER and plain <= {float} and column.factor == 1.0:
            return pa.array(cells, kind, from_pandas=True)
        values = [read(c) for c in cells]
    else:
        values = []
        for cell in cells:
            if type(cell) is not str:
                values.append(read(cell))
            elif cell in cache:
                values.append(cache[cell])
            else:
                value = read(cell)
                if len(cache) < 200_000:
                    cache[cell] = value
                values.append(value)
    if UNREADABLE in values:
        for place, value in enumerate(values):
            if value is UNREADABLE:
                lost.add(column, cells[place])
                values[place] = None
    return pa.array(values, kind)
