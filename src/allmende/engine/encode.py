# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writes answers as JSON rows, CSV, Arrow or Parquet, batch by batch, in bounded memory.

Exactness: whole numbers and decimals keep all digits; time stamps are ISO 8601, those with a zone in UTC with ``Z``;
NaN and infinity are ``null`` in JSON, which has no word for them; blobs are base64, geometry is GeoJSON in JSON, WKT
in CSV, WKB (GeoArrow) in Arrow and Parquet; lists and structures are JSON in CSV.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.ipc as pa_ipc
import pyarrow.parquet as pa_parquet

from allmende.engine.plan import Field, Format

Type = Any  # duckdb's DuckDBPyType: ``id``, ``children``
Send = Callable[[bytes | memoryview], None]

#: Rows of one record batch: small enough that the first leave at once.
BATCH_ROWS: Final = 20_480
#: Rows of one Parquet row group.
GROUP_ROWS: Final = 122_880

_AS_TEXT = frozenset({"uhugeint", "bit", "bignum", "variant", "time with time zone"})


def select(sql: str, types: list[Type], form: Format, word: str) -> str:
    """Return the SELECT around ``sql`` that gives each column as ``form`` can carry it; ``word`` is a free name."""
    names = [f'"{word}_{place}"' for place in range(len(types))]
    if form is Format.JSON:
        columns = "json_array(" + ", ".join(map(_json, types, names)) + ')::VARCHAR AS "row"'
    else:
        write = {Format.CSV: _csv, Format.ARROW: _arrow, Format.PARQUET: _parquet}[form]
        columns = ", ".join(f"{write(type_, name)} AS {name}" for type_, name in zip(types, names, strict=True))
    # Both parts are ours: names made here, and SQL that passed the gate and was written back from its tree.
    return f'SELECT {columns} FROM ({sql}) AS "{word}"({", ".join(names)})'  # noqa: S608


def stream(
    batches: pa.RecordBatchReader, fields: tuple[Field, ...], form: Format, metadata: dict[str, str], send: Send
) -> int:
    """Send all batches in ``form``; return the number of rows. ``send`` may block: then nothing is read on."""
    counted = _Counted(batches)
    if form is Format.JSON:
        _send_json(iter(counted), send)
        return counted.rows
    schema = _schema(batches.schema, fields, metadata)
    renamed = (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in counted)
    sink = pa.PythonFile(_Sink(send), mode="w")
    if form is Format.CSV:
        _send_csv(renamed, schema, send)
    elif form is Format.ARROW:
        with pa_ipc.new_stream(sink, schema) as writer:
            for batch in renamed:
                writer.write_batch(batch)
    else:
        with pa_parquet.ParquetWriter(sink, schema, compression="zstd") as parquet:
            for table in _groups(renamed, schema):
                parquet.write_table(table)
    return counted.rows


class _Counted:
    def __init__(self, batches: pa.RecordBatchReader) -> None:
        self._batches = batches
        self.rows = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            self.rows += batch.num_rows
            yield batch


class _Sink(io.RawIOBase):
    """What Arrow's writers take for a file."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._sent = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._sent

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._send(view)
        self._sent += len(view)
        return len(view)


def _send_json(batches: Iterator[pa.RecordBatch], send: Send) -> None:
    send(b"[")
    first = True
    for batch in batches:
        rows = batch.column(0).to_pylist()
        if rows:
            send((("\n" if first else ",\n") + ",\n".join(rows)).encode())
            first = False
    send(b"]" if first else b"\n]")


def _send_csv(batches: Iterator[pa.RecordBatch], schema: pa.Schema, send: Send) -> None:
    head = ",".join('"' + name.replace('"', '""') + '"' for name in schema.names)
    send((head + "\n").encode())
    options = pa_csv.WriteOptions(include_header=False)
    for batch in batches:
        sink = pa.BufferOutputStream()
        pa_csv.write_csv(batch, sink, options)
        send(memoryview(sink.getvalue()))


def _groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    group: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        if rows >= GROUP_ROWS:
            yield pa.Table.from_batches(group, schema)
            group, rows = [], 0
    if group or not rows:
        yield pa.Table.from_batches(group, schema)


def _schema(given: pa.Schema, fields: tuple[Field, ...], metadata: dict[str, str]) -> pa.Schema:
    columns = []
    for column, field in zip(given, fields, strict=True):
        more = dict(column.metadata or {})
        if field.unit:
            more[b"unit"] = field.unit.encode()
        columns.append(column.with_name(field.name).with_metadata(more or None))
    return pa.schema(columns, metadata=dict(metadata) or None)


# --- one expression per column ------------------------------------------------------------------------------


def _children(type_: Type) -> list[tuple[str, Type]]:
    try:
        return list(type_.children)
    except duckdb.Error:
        return []


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _json(type_: Type, value: str, depth: int = 0) -> str:
    """Return SQL that makes ``value`` something DuckDB writes as exact JSON.

    Numbers inside what is JSON already are read back as doubles, so decimals must not pass through JSON before.
    """
    kind, text = type_.id, f"CAST({value} AS VARCHAR)"
    if kind == "double":
        return f"CASE WHEN isfinite({value}) THEN {value} END"
    if kind == "float":
        return f"CASE WHEN isfinite({value}) THEN CAST({text} AS JSON) END"
    if kind == "blob":
        return f"base64({value})"
    if kind == "geometry":
        return f"CAST(ST_AsGeoJSON({value}) AS JSON)"
    if kind in {"interval", "bit", "bignum", "time with time zone"}:
        return f"{text}"
    if kind.startswith("timestamp"):
        return _moment(type_, value)
    if not _needs(type_):
        return value
    children = _children(type_)
    item = f"x{depth}"
    if kind in {"list", "array"}:
        inner = _json(children[0][1], item, depth + 1)
        source = value if kind == "list" else f"CAST({value} AS {children[0][1]}[])"
        return f"list_transform({source}, lambda {item}: {inner})"
    if kind == "struct":
        fields = [
            _json(child, f"struct_extract_at({value}, {place})", depth) for place, (_, child) in enumerate(children, 1)
        ]
        if all(name for name, _ in children):
            parts = (f"{_quoted(name)} := {field}" for (name, _), field in zip(children, fields, strict=True))
            return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({', '.join(parts)}) END"
        return f"CASE WHEN {value} IS NOT NULL THEN row({', '.join(fields)}) END"
    if kind == "map":
        inner = _json(children[1][1], f"{item}.value", depth + 1)
        entry = f"struct_pack(key := CAST({item}.key AS VARCHAR), value := {inner})"
        return (
            f"CASE WHEN {value} IS NOT NULL THEN "
            f"map_from_entries(list_transform(map_entries({value}), lambda {item}: {entry})) END"
        )
    return text


def _needs(type_: Type) -> bool:
    """Whether somewhere inside ``type_`` is something JSON cannot take as it is."""
    kind = type_.id
    if kind in {"double", "float", "blob", "geometry", "interval", "bit", "bignum", "time with time zone"}:
        return True
    if kind.startswith("timestamp"):
        return True
    if kind == "enum":
        return False
    return any(not isinstance(child, int | list) and _needs(child) for _, child in _children(type_))


def _moment(type_: Type, value: str) -> str:
    if type_.id == "timestamp with time zone":
        return f"replace(CAST(timezone('UTC', {value}) AS VARCHAR), ' ', 'T') || 'Z'"
    return f"replace(CAST({value} AS VARCHAR), ' ', 'T')"


def _csv(type_: Type, value: str) -> str:
    kind = type_.id
    if kind.startswith("timestamp"):
        return _moment(type_, value)
    if kind == "blob":
        return f"base64({value})"
    if kind == "geometry":
        return f"ST_AsText({value})"
    if kind in {"list", "array", "struct", "map"}:
        return f"CAST(to_json({_json(type_, value)}) AS VARCHAR)"
    if kind in _AS_TEXT or kind in {"enum", "union", "interval", "time_ns"}:
        return f"CAST({value} AS VARCHAR)"
    return value


def _arrow(type_: Type, value: str) -> str:
    if type_.id in _AS_TEXT:
        return f"CAST({value} AS VARCHAR)"
    return value


def _parquet(type_: Type, value: str) -> str:
    if type_.id in {"union", "interval"}:
        return f"CAST({value} AS VARCHAR)"
    return _arrow(type_, value)
