# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Looking at a source before it is connected: what is in it, and a first mapping with the reason for each guess.

Files come from anywhere. What is read here is bounded; what needs a parser written in C++ (Parquet, GeoPackage,
Shapefile, databases) is left to the runner, which is the sandboxed worker.
"""

# ruff: noqa: S608 (paths and names reach SQL through literal() and checked field names only)
from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from allmende.engine.mapping.compiler import compile_relation
from allmende.engine.mapping.fields import Field, Type
from allmende.engine.mapping.files import (
    BadFile,
    check_zip,
    excel_rows,
    named,
    plain_file,
    resolve,
    shapefile_companions,
)
from allmende.engine.mapping.model import (
    Csv,
    Excel,
    GeoJson,
    GeoPackage,
    Json,
    Mapping,
    Parquet,
    Read,
    Shapefile,
    Table,
)
from allmende.engine.mapping.scan import LONGEST_LINE
from allmende.engine.mapping.spacesteps import Geometry
from allmende.engine.mapping.sql import literal
from allmende.engine.mapping.steps import AnyStep, Drop, Unpivot
from allmende.engine.plan import Attachment, MySQL, Relation
from allmende.engine.plan import Field as PlanField
from allmende.engine.report import Runner
from allmende.engine.sniff import Guess, guess_column, guess_steps, slug
from allmende.engine.wide import guess_wide
from allmende.kernel.errors import Problem
from allmende.kernel.text import Text

_HEAD = 256 << 10
_WHOLE = 64 << 20  # how much is read to tell encodings apart, and the largest JSON document looked at
_ROWS = 500
_PREVIEW = 20
_TOTALS = re.compile(r"(?i)^\s*(summe|gesamt|insgesamt|total|stand:|quelle:|source:|anmerkung|hinweis)")

_YEAR = re.compile(r"\s*(19|20)\d\d\s*\Z")


class Seen(msgspec.Struct, frozen=True):
    """A column: its name in the source, what it seems to hold, examples, and why."""

    name: str
    field: str
    type: str
    examples: tuple[str, ...] = ()
    reasons: tuple[Text, ...] = ()


class Look(msgspec.Struct, frozen=True):
    """What a look showed. ``preview`` are rows as the mapping reads them, or as the source has them."""

    source: str
    kind: str
    columns: tuple[Seen, ...]
    preview: tuple[tuple[str, ...], ...]
    mapping: Mapping
    reasons: tuple[Text, ...] = ()

    def told(self) -> tuple[Text, ...]:
        """Return all reasons: those about the whole, then each about columns once, with the columns it is about."""
        about: dict[Text, list[str]] = {}
        for column in self.columns:
            for reason in column.reasons:
                about.setdefault(reason, []).append(column.name)
        return (*self.reasons, *(_about(names, reason) for reason, names in about.items()))


def _about(names: Sequence[str], reason: Text) -> Text:
    shown, more = names[:3], len(names) - 3
    de, en = ", ".join(f"„{name}“" for name in shown), ", ".join(f"“{name}”" for name in shown)
    if more > 0:
        de, en = f"{de} und {more} weitere", f"{en} and {more} more"
    return Text(f"{de}: {reason.de}", f"{en}: {reason.en}")


class TableSeen(msgspec.Struct, frozen=True):
    """A table or view of a database."""

    schema: str
    name: str
    columns: tuple[PlanField, ...]


def look_at_file(
    path: Path, *, root: Path, run: Runner | None = None, cache: Path | None = None, sheet: str = ""
) -> Look:
    """Look at a file below ``root``; ``run`` is needed for Parquet, GeoPackage and Shapefile, and shows what the
    mapping reads.

    Raises BadFile saying what is wrong with the file and, where known, on which line.
    """
    real = plain_file(path if path.is_absolute() else root / path, root.resolve())
    base = root.resolve()
    shown = real.relative_to(base).as_posix() if real.is_relative_to(base) else real.name
    pattern = re.sub(r"([*?\[])", r"[\1]", shown)
    try:
        look = _dispatch(real, shown, pattern, run, sheet)
    except (MemoryError, RecursionError) as error:
        raise _bad(
            shown, Text("ist zu groß oder zu tief verschachtelt", "is too large or nested too deeply")
        ) from error
    if run is None:
        return look
    try:
        return _previewed(look, base, run, cache)
    except Problem:
        if not isinstance(look.mapping.read, Csv):
            raise
    lenient = msgspec.structs.replace(look.mapping.read, quotes="lenient")
    why = Text(
        "Anführungszeichen oder Zeilenenden sind nicht regelgerecht: nachsichtig gelesen.",
        "Quotes or line ends do not follow the rules: read leniently.",
    )
    mapping = msgspec.structs.replace(look.mapping, read=lenient)
    return _previewed(msgspec.structs.replace(look, mapping=mapping, reasons=(*look.reasons, why)), base, run, cache)


def _previewed(look: Look, base: Path, run: Runner, cache: Path | None) -> Look:
    relation = compile_relation(look.mapping, files=resolve(look.mapping.read, base, cache=cache))
    sql = f"SELECT {_as_text(look.mapping)} FROM ({relation.sql}) LIMIT {_PREVIEW}"
    fields = tuple(PlanField(f.name, "VARCHAR") for f in relation.fields)
    rows = run(Relation(sql, fields, (), relation.paths))
    preview = tuple(tuple("" if c is None else str(c) for c in row) for row in rows)
    return msgspec.structs.replace(look, preview=preview)


def look_at_database(attachment: Attachment, *, run: Runner) -> tuple[TableSeen, ...]:
    """Return the tables and views a database shows, with their columns."""
    sql = (
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        f"WHERE database_name = {literal(attachment.alias)} AND NOT internal "
        "ORDER BY schema_name, table_name, column_index"
    )
    fields = tuple(PlanField(n, "VARCHAR") for n in ("schema_name", "table_name", "column_name", "data_type"))
    found: dict[tuple[str, str], list[PlanField]] = {}
    for schema, table, column, kind in run(Relation(sql, fields, (attachment,))):
        found.setdefault((str(schema), str(table)), []).append(PlanField(str(column), str(kind)))
    return tuple(TableSeen(schema, table, tuple(columns)) for (schema, table), columns in found.items())


def look_at_table(attachment: Attachment, table: TableSeen, *, run: Runner) -> Look:
    """Look at one table of a database."""
    schema = "" if isinstance(attachment, MySQL) or table.schema == "main" else table.schema
    typed = [(c.name, c.type) for c in table.columns]
    seen, fields, steps, reasons = _from_types(typed)
    mapping = Mapping(
        read=Table(table=table.name, schema=schema, columns=tuple(n for n, _ in typed)), steps=steps, fields=fields
    )
    relation = compile_relation(mapping, attachments=(attachment,))
    sql = f"SELECT {_as_text(mapping)} FROM ({relation.sql}) LIMIT {_PREVIEW}"
    rows = run(Relation(sql, relation.fields, (attachment,)))
    preview = tuple(tuple("" if c is None else str(c) for c in row) for row in rows)
    return Look(f"{table.schema}.{table.name}", "table", seen, preview, mapping, reasons)


def _as_text(mapping: Mapping) -> str:
    def shown(field: Field) -> str:
        return f'ST_AsText("{field.name}")' if field.type is Type.GEOMETRY else f'CAST("{field.name}" AS VARCHAR)'

    return ", ".join(f'left({shown(f)}, 200) AS "{f.name}"' for f in mapping.fields)


def _bad(file: str, what: Text, line: int = 0) -> BadFile:
    where = Text(f"„{file}“, Zeile {line}", f"“{file}”, line {line}") if line else Text(f"„{file}“", f"“{file}”")
    more: dict[str, Any] = {"line": line} if line else {}
    return BadFile(Text(f"{where.de} {what.de}.", f"{where.en} {what.en}."), file=file, **more)


def _dispatch(path: Path, shown: str, pattern: str, run: Runner | None, sheet: str) -> Look:
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head[:4] == b"PAR1":
        return _by_engine(path, shown, Parquet(files=pattern), f"read_parquet({literal(str(path))})", run, (path,))
    if head.startswith(b"SQLite format 3\0"):
        if head[68:72] != b"GPKG" and path.suffix.lower() != ".gpkg":
            raise _bad(
                shown,
                Text(
                    "ist eine SQLite-Datenbank: bitte als Datenbank anbinden",
                    "is an SQLite database: connect it as a database",
                ),
            )
        scan = f"ST_Read({literal(str(path))}, allowed_drivers = ['GPKG'])"
        return _by_engine(path, shown, GeoPackage(files=pattern), scan, run, (path,))
    if head[:4] == b"\x00\x00\x27\x0a":
        scan = f"ST_Read({literal(str(path))}, allowed_drivers = ['ESRI Shapefile'])"
        return _by_engine(path, shown, Shapefile(files=pattern), scan, run, (path, *shapefile_companions(path)))
    if (
        head[:4] == b"PK\x03\x04"
        or head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        or path.suffix.lower() in {".xlsx", ".ods"}
    ):
        return _excel(path, shown, pattern, sheet)
    encoding, reasons = _encoding(path, shown)
    start = head.decode(_PYTHON[encoding], errors="replace").lstrip("\ufeff \t\r\n")
    if start[:1] in {"{", "["} and path.suffix.lower() not in {".csv", ".tsv", ".txt"}:
        return _json(path, shown, pattern)
    return _csv(path, shown, pattern, encoding, reasons)


_PYTHON = {"utf-8": "utf-8", "utf-16": "utf-16", "iso-8859-1": "latin-1", "windows-1252": "cp1252"}


def _encoding(path: Path, shown: str) -> tuple[str, list[Text]]:
    """Tell the encoding from the bytes; refuse what is no text."""
    reasons: list[Text] = []
    decoder = codecs.getincrementaldecoder("utf-8")()
    broken = controls = special = lines = seen = 0
    with path.open("rb") as stream:
        start = stream.read(4)
        if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            return "utf-16", [Text("Markierung für UTF-16 am Anfang.", "Mark of UTF-16 at the beginning.")]
        if start[:3] == b"\xef\xbb\xbf":
            reasons.append(
                Text(
                    "Markierung für UTF-8 (BOM) am Anfang; sie wird übergangen.",
                    "UTF-8 byte order mark; it is passed over.",
                )
            )
        stream.seek(0)
        while (chunk := stream.read(1 << 20)) and seen < _WHOLE:
            seen += len(chunk)
            controls += sum(chunk.count(bytes([c])) for c in (*range(9), *range(14, 32)))
            special += sum(chunk.count(bytes([c])) for c in _CP1252_ONLY)
            if not broken:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    broken = lines + chunk[: error.start].count(b"\n") + 1
                lines += chunk.count(b"\n")
    if controls > seen // 100:
        raise _bad(shown, Text("enthält keinen Text, sondern Binärdaten", "contains no text but binary data"))
    if not broken:
        return "utf-8", reasons
    name = "windows-1252" if special else "iso-8859-1"
    reasons.append(
        Text(
            f"Kein UTF-8 (zuerst in Zeile {broken}): als {name} gelesen.",
            f"Not UTF-8 (first on line {broken}): read as {name}.",
        )
    )
    return name, reasons


#: Bytes that are letters or signs in windows-1252 and control characters in ISO-8859-1.
_CP1252_ONLY = tuple(range(0x80, 0xA0))


def _csv(path: Path, shown: str, pattern: str, encoding: str, reasons: list[Text]) -> Look:
    lines = _first_lines(path, shown, encoding)
    separator = _separator(lines)
    names = {
        ",": ("Komma", "comma"),
        ";": ("Semikolon", "semicolon"),
        "\t": ("Tabulator", "tab"),
        "|": ("Strich", "bar"),
    }
    reasons.append(Text(f"Trennzeichen: {names[separator][0]}.", f"Separator: {names[separator][1]}."))
    try:
        rows = list(csv.reader(lines, delimiter=separator))[:_ROWS]
    except csv.Error as error:
        raise _bad(
            shown,
            Text("hat eine Zelle, die zu lang ist oder nicht endet", "has a cell that is too long or does not end"),
        ) from error
    table = _Rows(rows, reasons)
    broken = any("\n" in c for r in table.body for c in r)
    footer = () if broken else _footer(path, encoding, separator, table.width, reasons)
    read = Csv(
        files=pattern,
        encoding=encoding,  # type: ignore[arg-type]
        separator=separator,
        skip=table.physical_skip,
        header_rows=table.header_rows,
        columns=() if table.header_rows else tuple(f"spalte_{i}" for i in range(1, table.width + 1)),
        footer=footer,
    )
    return table.look(shown, "csv", read, reasons)


def _first_lines(path: Path, shown: str, encoding: str) -> list[str]:
    lines: list[str] = []
    got = 0
    codec = "utf-8-sig" if encoding == "utf-8" else _PYTHON[encoding]
    with path.open(encoding=codec, errors="replace", newline="") as stream:
        while len(lines) < 2 * _ROWS and got < 8 * LONGEST_LINE and (line := stream.readline(LONGEST_LINE)):
            if len(line) >= LONGEST_LINE and not line.endswith(("\n", "\r")):
                most = LONGEST_LINE >> 20
                raise _bad(shown, Text(f"ist länger als {most} MB", f"is longer than {most} MB"), len(lines) + 1)
            lines.append(line)
            got += len(line)
    if not any(line.strip() for line in lines):
        raise _bad(shown, Text("enthält nur leere Zeilen", "contains only blank lines"))
    csv.field_size_limit(LONGEST_LINE)
    return lines


def _separator(lines: Sequence[str]) -> str:
    def score(separator: str) -> tuple[float, int]:
        try:
            widths = Counter(len(r) for r in csv.reader(lines[:200], delimiter=separator) if r)
        except csv.Error:
            return 0.0, 0
        width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(0, 0))
        return (count / max(1, sum(widths.values())) if width > 1 else 0.0), width

    best = max(";,\t|", key=score)
    return best if score(best)[1] > 1 else ","


def _footer(path: Path, encoding: str, separator: str, width: int, reasons: list[Text]) -> tuple[str, ...]:
    if width < 2:
        return ()
    with path.open("rb") as stream:
        stream.seek(0, io.SEEK_END)
        size = stream.tell()
        stream.seek(max(0, size - (16 << 10)))
        tail = stream.read().decode(_PYTHON[encoding] if encoding != "utf-16" else "utf-16-le", errors="replace")
    found = []
    for line in reversed(tail.splitlines()[-5:]):
        cells = next(csv.reader([line], delimiter=separator), [])
        if len(cells) >= width:
            break
        if cells and cells[0].strip():
            found.append("^\\Q" + cells[0][:20].replace("\\E", "") + "\\E")
            reasons.append(Text(f"Fußzeile: „{cells[0][:60]}“.", f"Footer: “{cells[0][:60]}”."))
    return tuple(found)


class _Rows:
    """Rows of text: which are titles, which headers, what the columns hold."""

    def __init__(self, rows: list[list[str]], reasons: list[Text]) -> None:
        self.rows = rows
        widths = Counter(len(r) for r in rows if any(c.strip() for c in r))
        self.width = max(widths.items(), key=lambda item: (item[1], item[0]))[0] if widths else 1
        self.skip = next((i for i, r in enumerate(rows) if sum(1 for c in r if c.strip()) > self.width // 2), 0)
        self.physical_skip = self.skip + sum(c.count("\n") for r in rows[: self.skip] for c in r)
        body = rows[self.skip :]
        self.header_rows = _header_rows(body)
        self.header = named([list(r) for r in body[: self.header_rows]]) or (
            tuple(f"spalte_{i}" for i in range(1, self.width + 1)),
        )
        self.body = [r for r in body[self.header_rows :] if len(r) >= max(1, self.width - 1)]
        if self.skip:
            reasons.append(
                Text(f"{self.skip} Zeilen Titel vor der Kopfzeile.", f"{self.skip} title lines before the header.")
            )
        if self.header_rows > 1:
            reasons.append(
                Text(
                    "Die zweite Zeile sieht nach einer weiteren Kopfzeile aus.",
                    "The second line looks like another header.",
                )
            )
        if not self.header_rows:
            reasons.append(Text("Keine Kopfzeile.", "No header row."))

    def look(self, shown: str, kind: str, read: Read, reasons: list[Text], dates: frozenset[int] = frozenset()) -> Look:
        """Return the look at these rows; ``dates`` are columns that Excel holds as day numbers."""
        taken: set[str] = set()
        guesses: list[Guess] = []
        values: dict[str, Sequence[str]] = {}
        for place, header in enumerate(self.header[0]):
            cells = [r[place] if place < len(r) else "" for r in self.body]
            values[header] = cells
            guess = guess_column(header, slug(header, taken), cells)
            if place in dates and guess.field.type in {Type.DATE, Type.TIMESTAMP}:
                formats = ("excel", *guess.field.formats)
                guess.field = Field(
                    name=guess.field.name,
                    source=guess.field.source,
                    type=Type.DATE if guess.field.type is Type.DATE else Type.TIMESTAMP,
                    formats=formats,
                )
            guesses.append(guess)
        steps, fields, more = guess_steps(guesses, values)
        drops = _total_rows(self.header[0], self.body, reasons)
        mapping = Mapping(read=read, steps=(*drops, *steps), fields=tuple(g.field for g in fields))
        seen = tuple(
            Seen(
                h,
                g.field.name,
                g.field.type.value,
                tuple(dict.fromkeys(c for c in values[h] if c.strip()))[:3],
                tuple(g.reasons),
            )
            for h, g in zip(self.header[0], guesses, strict=True)
        )
        preview = tuple(tuple(c[:200] for c in r) for r in self.body[:_PREVIEW])
        return Look(shown, kind, seen, preview, mapping, (*reasons, *more))


def _header_rows(body: list[list[str]]) -> int:
    """Return how many rows head the table: none if the first looks like data, two if the second looks unlike the
    rest.
    """

    def numeric(cell: str) -> bool:
        return bool(re.match(r"[+-]?[\d.,]+\Z", cell.strip()))

    if not body:
        return 0
    first = [c for c in body[0] if c.strip()]
    numbers = [c for c in first if numeric(c)]
    years = all(_YEAR.match(c) for c in numbers) and len(set(numbers)) == len(numbers) < len(first)
    if len(body) > 1 and len(numbers) > len(first) / 2 and not years:
        return 0
    if len(body) < 5:
        return 1
    later = body[2:40]
    mostly = [i for i in range(len(body[0])) if sum(numeric(r[i]) for r in later if i < len(r)) > 0.5 * len(later)]
    odd = [i for i in mostly if i < len(body[1]) and body[1][i].strip() and not numeric(body[1][i])]
    wordy = len(mostly) >= 2 and len(odd) > 0.8 * len(mostly)
    bracketed = sum(1 for c in body[1] if re.match(r"\s*[(\[].*[)\]]\s*\Z", c)) > len(body[1]) / 2
    return 2 if wordy or bracketed else 1


def _total_rows(header: Sequence[str], body: list[list[str]], reasons: list[Text]) -> list[AnyStep]:
    odd = [r[0] for r in body if r and _TOTALS.match(r[0])]
    if not header or not odd or len(odd) > 5:
        return []
    reasons.append(
        Text(f"Zeilen wie „{odd[0][:40]}“ sind wohl keine Daten.", f"Rows like “{odd[0][:40]}” are probably no data.")
    )
    return [Drop(column=header[0], matches=_TOTALS.pattern)]


def _excel(path: Path, shown: str, pattern: str, sheet: str) -> Look:
    if path.suffix.lower() != ".xls":
        check_zip(path)
    reasons: list[Text] = []
    raw, names, hidden = excel_rows(path, sheet, _ROWS)
    if len(names) > 1:
        listed = ", ".join(f"„{n}“" for n in names)
        reasons.append(Text(f"Mehrere Blätter: {listed}.", f"Several sheets: {listed}."))
    if hidden:
        listed = ", ".join(f"„{n}“" for n in hidden)
        reasons.append(
            Text(
                f"Verborgene Blätter: {listed}. Bitte prüfen, was darin steht.",
                f"Hidden sheets: {listed}. Please check what they hold.",
            )
        )
    if not any(str(c).strip() for r in raw for c in r):
        raise _bad(shown, Text("enthält ein leeres Blatt", "contains an empty sheet"))
    if path.suffix.lower() in {".xls", ".ods"}:
        reasons.append(
            Text(
                "Wird je Fassung einmal in Text umgewandelt (Kopie), denn xls und ods lassen sich nicht direkt lesen.",
                "Converted to text once per version (a copy), for xls and ods cannot be read in place.",
            )
        )
    dates = frozenset(i for r in raw for i, c in enumerate(r) if isinstance(c, date | datetime))
    rows = [["" if c is None else _shown(c) for c in r] for r in raw]
    table = _Rows(rows, reasons)
    read = Excel(files=pattern, sheet=sheet, skip=table.skip, header_rows=max(1, table.header_rows))
    return table.look(shown, "excel", read, reasons, dates)


def _shown(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        return cell.date().isoformat()
    return str(cell)


def _json(path: Path, shown: str, pattern: str) -> Look:
    lines = False
    size = path.stat().st_size
    with path.open("rb") as stream:
        body = stream.read(_WHOLE + 1)
    if size > _WHOLE:
        body = body[: body.rfind(b"\n") + 1]
    try:
        value: Any = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError as error:
        raise _bad(shown, Text("ist zu tief verschachtelt", "is nested too deeply")) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        value = _json_lines(body)
        lines = value is not None
        if value is None and size > _WHOLE:
            raise _bad(
                shown,
                Text(
                    f"ist größer als {_WHOLE >> 20} MB und nicht zeilenweise geschrieben",
                    f"is larger than {_WHOLE >> 20} MB and not written line by line",
                ),
            ) from error
        if value is None:
            at = re.search(r"byte (\d+)", str(error))
            line = body[: int(at.group(1))].count(b"\n") + 1 if at else 1
            raise _bad(
                shown, Text(f"ist kein gültiges JSON ({error})", f"is not valid JSON ({error})"), line
            ) from error
    if isinstance(value, dict) and value.get("type") == "FeatureCollection" and isinstance(value.get("features"), list):
        return _geojson(value, shown, pattern)
    pointer, records = ("", value) if isinstance(value, list) else _longest_list(value)
    if not records:
        raise _bad(shown, Text("enthält keine Liste von Einträgen", "contains no list of records"))
    flat: dict[str, list[str]] = {}
    for record in records[:_ROWS]:
        _flatten(record, "", flat, 0)
    header = tuple(flat)[:400]
    if not header:
        raise _bad(shown, Text("enthält keine Liste von Einträgen", "contains no list of records"))
    reasons = [Text(f"Einträge bei „{pointer or '/'}“.", f"Records at “{pointer or '/'}”.")]
    return _flat_look(
        shown, "json", Json(files=pattern, records=pointer, lines=lines, columns=header), flat, reasons, ()
    )


def _json_lines(body: bytes) -> list[Any] | None:
    try:
        found = [msgspec.json.decode(line) for line in body.splitlines()[:_ROWS] if line.strip()]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if len(found) > 1 or body.strip().count(b"\n") else None


def _longest_list(value: Any) -> tuple[str, list[Any]]:
    best: tuple[str, list[Any]] = ("", [])
    queue: list[tuple[str, Any, int]] = [("", value, 0)]
    while queue:
        pointer, item, depth = queue.pop(0)
        if isinstance(item, dict) and depth < 5:
            for key, inner in list(item.items())[:200]:
                queue.append((f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", inner, depth + 1))
        elif isinstance(item, list) and len(item) > len(best[1]) and any(isinstance(r, dict) for r in item[:20]):
            best = (pointer, item)
    return best


def _flatten(record: Any, pointer: str, flat: dict[str, list[str]], depth: int) -> None:
    if isinstance(record, dict) and depth < 4:
        for key, inner in record.items():
            _flatten(inner, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", flat, depth + 1)
    elif pointer:
        text = "" if record is None else record if isinstance(record, str) else msgspec.json.encode(record).decode()
        flat.setdefault(pointer, []).append(text[:2000])


def _geojson(value: dict[str, Any], shown: str, pattern: str) -> Look:
    features = [f for f in value["features"] if isinstance(f, dict)]
    if not features:
        raise _bad(shown, Text("enthält keine Objekte", "contains no features"))
    flat: dict[str, list[str]] = {}
    for feature in features[:_ROWS]:
        properties = feature.get("properties")
        for key, inner in (properties if isinstance(properties, dict) else {}).items():
            text = "" if inner is None else inner if isinstance(inner, str) else msgspec.json.encode(inner).decode()
            flat.setdefault(str(key), []).append(text[:2000])
    reasons = [Text(f"{len(features)} Objekte.", f"{len(features)} features.")]
    if not flat:
        reasons.append(Text("Die Objekte haben keine Eigenschaften.", "The features have no properties."))
    crs = _geojson_crs(value, reasons)
    step = Geometry(column="geometry", written="geojson", crs=crs, to="geometrie")
    return _flat_look(shown, "geojson", GeoJson(files=pattern), flat, reasons, (step,))


def _geojson_crs(value: dict[str, Any], reasons: list[Text]) -> str:
    named_crs = value.get("crs")
    text = str(named_crs.get("properties")) if isinstance(named_crs, dict) else ""
    found = re.search(r"EPSG:+(\d{4,6})", text)
    if found and found.group(1) != "4326":
        reasons.append(
            Text(
                f"Die Datei nennt das System EPSG:{found.group(1)}.",
                f"The file names the system EPSG:{found.group(1)}.",
            )
        )
        return f"EPSG:{found.group(1)}"
    return "EPSG:4326"


def _flat_look(
    shown: str, kind: str, read: Read, flat: dict[str, list[str]], reasons: list[Text], steps: tuple[AnyStep, ...]
) -> Look:
    taken = {"geometrie"} if steps else set()
    guesses = [guess_column(h, slug(h.rsplit("/", 1)[-1] or h, taken), v) for h, v in flat.items()]
    for header, guess in zip(flat, guesses, strict=True):
        guess.field = msgspec.structs.replace(guess.field, source=header)
    more, fields, why = guess_steps(guesses, dict(flat))
    every = [g.field for g in fields]
    if steps:
        every.append(Field(name="geometrie", type=Type.GEOMETRY))
    more = [_beside(step, steps) if isinstance(step, Unpivot) else step for step in more]
    mapping = Mapping(read=read, steps=(*steps, *more), fields=tuple({f.name: f for f in every}.values()))
    seen = tuple(
        Seen(
            h,
            g.field.name,
            g.field.type.value,
            tuple(dict.fromkeys(c for c in flat[h] if c.strip()))[:3],
            tuple(g.reasons),
        )
        for h, g in zip(flat, guesses, strict=True)
    )
    height = max((len(v) for v in flat.values()), default=0)
    preview = tuple(tuple(v[i] if i < len(v) else "" for v in flat.values()) for i in range(min(_PREVIEW, height)))
    return Look(shown, kind, seen, preview, mapping, (*reasons, *why))


def _by_engine(path: Path, shown: str, read: Read, scan: str, run: Runner | None, paths: tuple[Path, ...]) -> Look:
    if run is None:
        raise _bad(shown, Text("kann nur die Abfrage-Einheit öffnen", "can only be opened by the query worker"))
    sql = f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {scan})"
    fields = (PlanField("column_name", "VARCHAR"), PlanField("column_type", "VARCHAR"))
    try:
        typed = [(str(n), str(t)) for n, t in run(Relation(sql, fields, (), tuple(str(p) for p in paths)))]
    except Problem as problem:
        reason = problem.detail.en.split("\n", 1)[0][:200].replace(str(path), shown)
        raise _bad(shown, Text(f"ist nicht lesbar: {reason}", f"cannot be read: {reason}")) from problem
    seen, names, steps, reasons = _from_types(typed)
    mapping = Mapping(read=msgspec.structs.replace(read, columns=tuple(n for n, _ in typed)), steps=steps, fields=names)
    return Look(shown, read.__struct_config__.tag or "", seen, (), mapping, reasons)  # type: ignore[arg-type]


def _from_types(
    typed: Sequence[tuple[str, str]],
) -> tuple[tuple[Seen, ...], tuple[Field, ...], tuple[AnyStep, ...], tuple[Text, ...]]:
    taken: set[str] = set()
    fields: list[Field] = []
    steps: list[AnyStep] = []
    reasons: list[Text] = []
    for column, kind in typed:
        name = slug(column, taken)
        if kind.startswith("GEOMETRY"):
            found = re.search(r"EPSG:(\d{4,6})", kind)
            crs = f"EPSG:{found.group(1)}" if found else "EPSG:4326"
            if not found:
                reasons.append(
                    Text(f"„{column}“ nennt kein Koordinatensystem.", f"“{column}” names no coordinate system.")
                )
            steps.append(Geometry(column=column, crs=crs, to=name))
            fields.append(Field(name=name, type=Type.GEOMETRY))
        else:
            fields.append(Field(name=name, source="" if name == column else column, type=_type(kind)))
    seen = tuple(Seen(n, f.name, f.type.value) for (n, _), f in zip(typed, fields, strict=True))
    wide = guess_wide([field for field in fields if field.type is not Type.GEOMETRY])
    if wide is not None:
        steps = [*steps, _beside(wide.step, steps)]
        fields = [*(f for f in fields if (f.source or f.name) not in wide.step.labels), *wide.fields]
        reasons.append(wide.reason)
    return seen, tuple(fields), tuple(steps), tuple(reasons)


def _beside(wide: Unpivot, steps: Sequence[AnyStep]) -> Unpivot:
    """Return the step, keeping what earlier ones have made."""
    return msgspec.structs.replace(wide, keep=(*wide.keep, *(name for step in steps for name in step.makes())))


def _type(kind: str) -> Type:
    base = kind.split("(", 1)[0].strip()
    if kind.startswith("TIMESTAMP"):
        return Type.INSTANT if "ZONE" in kind or base == "TIMESTAMPTZ" else Type.TIMESTAMP
    if base in {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}:
        return Type.INTEGER
    if base in {"FLOAT", "DOUBLE", "DECIMAL", "UBIGINT", "HUGEINT"}:
        return Type.NUMBER
    return {"DATE": Type.DATE, "TIME": Type.TIME, "BOOLEAN": Type.BOOLEAN}.get(base, Type.TEXT)
