# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Scans: the SELECT that reads a source as it stands, one for each kind. Everything else happens in steps and
fields.
"""

# ruff: noqa: S608 (this package writes SQL; values and names reach it through literal() and name() only)
from __future__ import annotations

from collections.abc import Sequence

import msgspec

from allmende.engine.mapping.files import File
from allmende.engine.mapping.model import (
    ENCODINGS,
    Csv,
    Excel,
    FileRead,
    GeoJson,
    GeoPackage,
    Json,
    Mapping,
    Parquet,
    Shapefile,
    Table,
)
from allmende.engine.mapping.sql import Column, Rows, literal, name, texts
from allmende.engine.plan import Attachment, MySQL, Postgres, SQLite
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

#: A cell or line may be so long; longer ones are refused.
LONGEST_LINE = 4 << 20
#: A JSON document may be so large.
LARGEST_JSON = 1 << 30


def scan_files(read: FileRead, files: Sequence[File], wanted: Sequence[str], *, orders: int, reporting: bool) -> Rows:
    """Return the rows of ``files``, which all have the same header."""
    match read:
        case Csv():
            base, columns = _csv(read, files)
        case Excel():
            base, columns = _excel(read, files[0])
        case Parquet():
            base, columns = _parquet(files, read.columns or wanted)
        case Json():
            base, columns = _json(read, files, read.columns or wanted)
        case GeoJson():
            base, columns = _geojson(files, [*read.columns, *(w for w in wanted if w not in read.columns)])
        case GeoPackage() | Shapefile():
            base, columns = _spatial(read, files[0], read.columns or wanted)
    header = files[0].header
    headers = {n: tuple(row[i] for row in header) for i, n in enumerate(header[0])} if header else {}
    return _begin(base, columns, files, headers, orders=orders, reporting=reporting)


def scan_table(read: Table, attachments: Sequence[Attachment], mapping: Mapping, *, reporting: bool) -> Rows:
    """Return the rows of a database table."""
    if len(attachments) != 1:
        raise Invalid(
            Text("Eine Tabelle wird aus genau einer Datenbank gelesen.", "A table is read from exactly one database.")
        )
    attachment = attachments[0]
    place = ".".join(name(p) for p in (attachment.alias, schema_of(read, attachment), read.table) if p)
    columns = {c: (name(c), False) for c in (read.columns or mapping.wanted())}
    return _begin(f"SELECT * FROM {place}", columns, (), {}, orders=0, reporting=reporting)


def schema_of(read: Table, attachment: Attachment) -> str:
    """Return the schema a table is read from, "" where the kind of database has none."""
    match attachment:
        case MySQL(database=database):
            return read.schema or database
        case Postgres():
            return read.schema or "public"
        case SQLite():
            return read.schema


def narrowed(read: Table, attachment: Attachment) -> Attachment:
    """Return the attachment as needed for this table alone: of a PostgreSQL database the one schema."""
    if isinstance(attachment, Postgres):
        return msgspec.structs.replace(attachment, schema=schema_of(read, attachment))
    return attachment


def _begin(
    base: str,
    columns: dict[str, tuple[str, bool]],
    files: Sequence[File],
    headers: dict[str, tuple[str, ...]],
    *,
    orders: int,
    reporting: bool,
) -> Rows:
    """Rename to columns of our own; add what the file names say, the file and, where needed, the line."""
    rows = Rows(base, {}, reporting=reporting)
    made = {n: (expression, Column(rows.new(), text)) for n, (expression, text) in columns.items()}
    beside: dict[str, tuple[str, Column]] = {}
    for part in dict.fromkeys(k for f in files for k, _ in f.parts):
        by_file = {literal(str(f.path)): literal(dict(f.parts).get(part)) for f in files}
        same = set(by_file.values())
        arms = " ".join(f"WHEN {path} THEN {value}" for path, value in by_file.items())
        expression = same.pop() if len(same) == 1 else f"CASE filename {arms} END"
        beside[part] = (f"CAST({expression} AS VARCHAR)", Column(rows.new()))
    select = [f"{e} AS {c.sql}" for e, c in [*made.values(), *beside.values()]]
    line = file = alive = None
    if orders or reporting:
        line, select = "line", [*select, "row_number() OVER () AS line"]
    if orders and len(files) > 1:
        file, select = "file", [*select, "filename AS file"]
    if reporting:
        alive, select = "alive", [*select, "true AS alive"]
    return Rows(
        f"SELECT {', '.join(select) or '1'} FROM ({base})",
        {n: c for n, (_, c) in [*made.items(), *beside.items()]},
        headers,
        frozenset(beside),
        reporting,
        line,
        file,
        orders,
        alive,
        fresh=rows.fresh,
    )


def _paths(files: Sequence[File]) -> str:
    return f"[{texts(str(f.path) for f in files)}]"


def _csv(read: Csv, files: Sequence[File]) -> tuple[str, dict[str, tuple[str, bool]]]:
    names = files[0].header[0]
    lenient = read.quotes == "lenient"
    held = [f"h{i}" for i in range(len(names))] + (["surplus"] if lenient else [])
    typed = ", ".join(f"'{h}': 'VARCHAR'" for h in held)
    options = [
        "auto_detect = false",
        "header = false",
        f"skip = {read.skip + read.header_rows}",
        f"delim = {literal(read.separator)}",
        f"quote = {literal(read.quote)}",
        f"escape = {literal(read.escape)}",
        f"columns = {{{typed}}}",
        f"max_line_size = {LONGEST_LINE}",
        f"buffer_size = {4 * LONGEST_LINE}",
        "ignore_errors = true",  # refused lines are found and counted by allmende.engine.report
        "filename = true",
    ]
    if read.encoding != "utf-8":
        options.append(f"encoding = {literal(ENCODINGS[read.encoding][1])}")
    if lenient:
        options.append("strict_mode = false")
    if lenient or read.short_rows == "fill":
        options.append("null_padding = true")
    sql = f"SELECT * FROM read_csv({_paths(files)}, {', '.join(options)})"
    if lenient:
        sql += " WHERE surplus IS NULL"
    return sql, {n: (f"h{i}", True) for i, n in enumerate(names)}


def _excel(read: Excel, file: File) -> tuple[str, dict[str, tuple[str, bool]]]:
    names = file.header[0]
    first = read.skip + read.header_rows + 1
    if file.converted_from is not None:
        plain = Csv(files=read.files, skip=read.skip, header_rows=read.header_rows, short_rows="fill")
        return _csv(plain, [file])
    last = max(first, file.height)
    sheet = f", sheet = {literal(read.sheet)}" if read.sheet else ""
    path = literal(str(file.path))
    block = f"A{first}:{_letters(len(names))}{last}"
    sql = (
        f"SELECT *, {path} AS filename FROM read_xlsx({path}{sheet}, range = '{block}', "
        "header = false, all_varchar = true, stop_at_empty = false)"
    )
    return sql, {n: (f'"{_letters(i)}"', True) for i, n in enumerate(names, start=1)}


def _letters(place: int) -> str:
    """Return Excel's name of a column, the first being 1."""
    out = ""
    while place:
        place, rest = divmod(place - 1, 26)
        out = chr(65 + rest) + out
    return out


def _parquet(files: Sequence[File], wanted: Sequence[str]) -> tuple[str, dict[str, tuple[str, bool]]]:
    sql = f"SELECT * FROM read_parquet({_paths(files)}, union_by_name = true, filename = true)"
    return sql, {c: (name(c), False) for c in wanted}


def pointer(column: str) -> str:
    """Return a column's name as a JSON pointer: a pointer as it is, a key escaped (RFC 6901, section 3)."""
    return column if column.startswith("/") else "/" + column.replace("~", "~0").replace("/", "~1")


def _records(files: Sequence[File], records: str, pointers: dict[str, str]) -> tuple[str, dict[str, tuple[str, bool]]]:
    clean = "ltrim(content, chr(65279))"
    asked = f"json_extract({clean}, {literal(records)})" if records else f"CAST({clean} AS JSON)"
    wrong = literal(f"no array of records at “{records or '/'}” in ")
    array = f"CASE WHEN json_type({asked}) = 'ARRAY' THEN CAST({asked} AS JSON[]) ELSE error({wrong} || filename) END"
    each = f"SELECT unnest({array}) AS record, filename FROM read_text({_paths(files)})"
    return _extracted(each, pointers)


def _extracted(each: str, pointers: dict[str, str]) -> tuple[str, dict[str, tuple[str, bool]]]:
    listed = ", ".join(literal(p) for p in pointers.values())
    cells = f"json_extract_string(record, [{listed}])" if pointers else "[]"
    sql = f"SELECT {cells} AS cells, filename FROM ({each})"
    return sql, {n: (f"cells[{i}]", True) for i, n in enumerate(pointers, start=1)}


def _json(read: Json, files: Sequence[File], wanted: Sequence[str]) -> tuple[str, dict[str, tuple[str, bool]]]:
    pointers = {c: pointer(c) for c in wanted}
    if not read.lines:
        return _records(files, read.records, pointers)
    each = (
        f"SELECT json AS record, filename FROM read_json_objects({_paths(files)}, filename = true, "
        f"format = 'newline_delimited', maximum_object_size = {16 << 20}, ignore_errors = true) WHERE json IS NOT NULL"
    )
    return _extracted(each, pointers)


def _geojson(files: Sequence[File], wanted: Sequence[str]) -> tuple[str, dict[str, tuple[str, bool]]]:
    pointers = {
        c: c if c.startswith("/") else "/geometry" if c == "geometry" else "/properties" + pointer(c) for c in wanted
    }
    return _records(files, "/features", pointers)


def _spatial(
    read: GeoPackage | Shapefile, file: File, wanted: Sequence[str]
) -> tuple[str, dict[str, tuple[str, bool]]]:
    # GDAL opens whatever the content says, even a list of other files: only the one driver may look at it.
    if isinstance(read, GeoPackage):
        more = "allowed_drivers = ['GPKG']" + (f", layer = {literal(read.layer)}" if read.layer else "")
    else:
        more = "allowed_drivers = ['ESRI Shapefile']"
        more += f", open_options = ['ENCODING={read.encoding}']" if read.encoding else ""
    sql = f"SELECT *, {literal(str(file.path))} AS filename FROM ST_Read({literal(str(file.path))}, {more})"
    return sql, {c: (name(c), False) for c in wanted}
