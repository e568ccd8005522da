# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Finding a source's files, safely, and reading their heads: bounded, without any engine."""

from __future__ import annotations

import csv
import hashlib
import io
import stat
import uuid
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath

from allmende.engine import patterns
from allmende.engine.mapping import probe
from allmende.engine.mapping.model import ENCODINGS, Csv, Excel, FileRead, Header, Read, Shapefile, Table
from allmende.kernel.errors import Invalid, NotFound
from allmende.kernel.text import Text

#: At most so many files for one data set, and so many bytes of a file's head.
MOST_FILES = 20_000
HEAD_BYTES = 1 << 20
#: Excel files: unpacked size, and how much larger than packed.
EXCEL_BYTES = 1 << 30
EXCEL_RATIO = 250
EXCEL_PARTS = 5_000


class BadFile(Invalid):
    """A file cannot be read as what it should be. ``more`` names the file and, where known, the line."""

    kind = "bad-file"
    title = Text("Datei nicht lesbar", "File not readable")


@dataclass(frozen=True)
class File:
    """A file to read: its place, the parts of its name, its header rows (each as long as the widest) and companions."""

    path: Path
    parts: tuple[tuple[str, str], ...] = ()
    header: tuple[tuple[str, ...], ...] = ()  # rows × columns; empty where the kind has none
    height: int = 0  # rows of an Excel sheet, header rows and titles included
    companions: tuple[Path, ...] = ()
    converted_from: Path | None = field(default=None, compare=False)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return every file that must be reachable to read this one."""
        return (self.path, *self.companions)


def find(root: Path, pattern: str) -> tuple[Path, ...]:
    """Return the regular files below ``root`` that match the glob ``pattern``, sorted.

    Raises Invalid for a pattern that leaves the folder, BadFile for a link that does, NotFound if nothing matches.
    """
    parts = PurePosixPath(pattern).parts
    if (
        pattern.startswith(("/", "~"))
        or ".." in parts
        or "\\" in pattern
        or "\0" in pattern
        or not parts
        or ":" in pattern
    ):
        raise Invalid(
            Text(
                f"„{pattern}“ ist kein Dateimuster im Ordner der Anbindung.",
                f"“{pattern}” is no file pattern inside the connection's folder.",
            ),
            pattern=pattern,
        )
    base = root.resolve()
    if not base.is_dir():
        raise NotFound(Text(f"Es gibt keinen Ordner „{root.name}“.", f"There is no folder “{root.name}”."))
    found: list[Path] = []
    try:
        for candidate in base.glob(pattern):
            if candidate.is_dir():
                continue
            found.append(plain_file(candidate, base))
            if len(found) > MOST_FILES:
                raise Invalid(
                    Text(
                        f"„{pattern}“ trifft mehr als {MOST_FILES} Dateien.",
                        f"“{pattern}” matches more than {MOST_FILES} files.",
                    )
                )
    except (ValueError, NotImplementedError) as error:
        raise Invalid(
            Text(f"„{pattern}“ ist kein Dateimuster.", f"“{pattern}” is no file pattern."), pattern=pattern
        ) from error
    if not found:
        raise NotFound(Text(f"Keine Datei passt zu „{pattern}“.", f"No file matches “{pattern}”."), pattern=pattern)
    return tuple(sorted(found))


def plain_file(path: Path, base: Path) -> Path:
    """Return the real path of a regular, readable file inside ``base``; raises BadFile saying what it is instead."""
    shown = path.name.encode("utf-8", "backslashreplace").decode()
    if shown != path.name:
        raise _bad(shown, Text("hat einen Namen, der kein UTF-8 ist", "has a name that is not UTF-8"))
    try:
        real = path.resolve(strict=True)
        mode = real.stat().st_mode
    except (OSError, RuntimeError) as error:
        raise _bad(
            shown,
            Text(
                "ist nicht erreichbar (verweist ins Leere oder im Kreis)",
                "is out of reach (a link to nowhere or in a circle)",
            ),
        ) from error
    if not real.is_relative_to(base.resolve()):
        raise _bad(shown, Text("verweist aus dem Ordner der Anbindung hinaus", "links out of the connection's folder"))
    if not stat.S_ISREG(mode):
        raise _bad(shown, Text("ist keine gewöhnliche Datei", "is not a regular file"))
    if real.stat().st_size == 0:
        raise _bad(shown, Text("ist leer", "is empty"))
    return real


def _bad(file: str, what: Text, **more: object) -> BadFile:
    line = more.get("line")
    where = Text(f"„{file}“, Zeile {line}" if line else f"„{file}“", f"“{file}”, line {line}" if line else f"“{file}”")
    return BadFile(Text(f"{where.de} {what.de}.", f"{where.en} {what.en}."), file=file, **more)


def resolve(read: Read, root: Path, *, cache: Path | None = None) -> tuple[File, ...]:
    """Return the files of ``read`` below ``root`` with the heads needed to write the query; none for a table.

    ``cache`` is a folder for converted xls and ods files. Heads are kept as long as a file's size and time stay.
    """
    if isinstance(read, Table):
        return ()
    base = root.resolve()
    paths = find(root, read.files)
    names = [p.relative_to(base).as_posix() if p.is_relative_to(base) else p.name for p in paths]
    if read.file_name:
        parts = [tuple((g or {}).items()) for g in patterns.match(read.file_name, names)]
    else:
        parts = [()] * len(paths)
    return tuple(_look_at(read, path, part, cache) for path, part in zip(paths, parts, strict=True))


def _look_at(read: FileRead, path: Path, parts: tuple[tuple[str, str], ...], cache: Path | None) -> File:
    stamp = path.stat()
    if isinstance(read, Csv):
        return File(path, parts, csv_header(path, read, stamp.st_mtime_ns, stamp.st_size))
    if isinstance(read, Excel):
        if path.suffix.lower() in {".xls", ".ods"}:
            return _converted(path, read, parts, cache)
        rows, height = excel_head(path, read.sheet, read.skip + read.header_rows, stamp.st_mtime_ns, stamp.st_size)
        header = renamed(named(rows[read.skip : read.skip + read.header_rows]), read.headers)
        if not header:
            raise _bad(
                path.name,
                Text(
                    "hat keine Kopfzeile, wo die Zuordnung sie erwartet",
                    "has no header row where the mapping expects it",
                ),
            )
        return File(path, parts, header, height)
    if isinstance(read, Shapefile):
        return File(path, parts, companions=shapefile_companions(path))
    return File(path, parts)


@lru_cache(maxsize=4096)
def csv_header(path: Path, read: Csv, _mtime: int, _size: int) -> tuple[tuple[str, ...], ...]:
    """Return the header rows of a CSV file, columns renamed as the mapping says; raises BadFile."""
    if not read.header_rows:
        return (read.columns,)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    lines = decoded(head, read.encoding, path.name, whole=len(head) < HEAD_BYTES)
    wanted = read.skip + read.header_rows
    body = io.StringIO(lines, newline="")
    rows = [[body.readline()] for _ in range(read.skip)]
    try:
        for row in _reader(body, read):
            rows.append(row)
            if len(rows) >= wanted:
                break
    except csv.Error as error:
        raise _bad(path.name, Text("hat keinen lesbaren Kopf", "has no readable head"), line=len(rows) + 1) from error
    if len(rows) < wanted or not any(c.strip() for c in rows[read.skip]):
        raise _bad(
            path.name,
            Text(
                "hat keine Kopfzeile, wo die Zuordnung sie erwartet", "has no header row where the mapping expects it"
            ),
            line=read.skip + 1,
        )
    return renamed(named(rows[read.skip :]), read.headers)


def _reader(body: Iterable[str], read: Csv) -> Iterable[list[str]]:
    csv.field_size_limit(2 * HEAD_BYTES)
    double = read.escape == read.quote
    return csv.reader(
        body,
        delimiter=read.separator,
        quotechar=read.quote or None,
        quoting=csv.QUOTE_MINIMAL if read.quote else csv.QUOTE_NONE,
        doublequote=double,
        escapechar=None if double else (read.escape or None),
    )


def decoded(head: bytes, encoding: str, file: str, *, whole: bool) -> str:
    """Return the head of a file as text; raises BadFile naming the first line that is not in the encoding."""
    python = ENCODINGS[encoding][0]
    if not whole:  # do not cut a character in two
        head = head[: head.rfind(b"\n") + 1] or head
        if python == "utf-16" and len(head) % 2:
            head = head[:-1] if head.endswith(b"\n") else head + b"\0"
    try:
        return head.decode(python)
    except UnicodeDecodeError as error:
        line = head[: error.start].count(b"\n") + 1
        raise _bad(
            file, Text(f"ist nicht in der Zeichenkodierung {encoding}", f"is not in the encoding {encoding}"), line=line
        ) from error


def named(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    """Return header rows as long as the widest, blanks at the edges removed, the first row without blanks or
    doubles.
    """
    if not rows:
        return ()
    width = max(len(r) for r in rows)
    padded = [[" ".join(c.split()) for c in r] + [""] * (width - len(r)) for r in rows]
    while width > 1 and not any(r[width - 1] for r in padded):
        width -= 1
    seen: dict[str, int] = {}
    first = []
    for place, written in enumerate(padded[0][:width], start=1):
        cell = written.replace("\0", "") or f"Spalte {place}"
        seen[cell] = seen.get(cell, 0) + 1
        unique = cell if seen[cell] == 1 else f"{cell} ({seen[cell]})"
        while unique in first:
            seen[cell] += 1
            unique = f"{cell} ({seen[cell]})"
        first.append(unique)
    return (tuple(first), *(tuple(r[:width]) for r in padded[1:]))


def renamed(header: tuple[tuple[str, ...], ...], rules: tuple[Header, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the header with the mapping's names for columns that files head differently."""
    if not header or not rules:
        return header
    names = list(header[0])
    for rule in rules:
        if rule.any_of:
            hits = [i for i, n in enumerate(names) if n in rule.any_of]
        else:
            hits = [i for i, m in enumerate(patterns.match(rule.matches, names)) if m is not None]
        if hits and (rule.name not in names or names.index(rule.name) in hits):
            names[hits[0]] = rule.name
    return (tuple(names), *header[1:])


def check_zip(path: Path) -> None:
    """Raise BadFile if an Excel file is no zip archive, or one that would unpack to more than is reasonable."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise _bad(path.name, Text("ist keine Excel-Datei (xlsx)", "is not an Excel file (xlsx)")) from error
    unpacked = sum(e.file_size for e in entries)
    packed = max(1, sum(e.compress_size for e in entries))
    if (
        len(entries) > EXCEL_PARTS
        or unpacked > EXCEL_BYTES
        or (unpacked > 50 << 20 and unpacked > EXCEL_RATIO * packed)
    ):
        size = f"{unpacked >> 20} MB"
        raise _bad(path.name, Text(f"würde ausgepackt {size} groß (Zip-Bombe?)", f"would unpack to {size} (zip bomb?)"))
    if any(e.flag_bits & 1 for e in entries):
        raise _bad(path.name, Text("ist mit einem Kennwort verschlüsselt", "is encrypted with a password"))


def _check_opens(path: Path, sheet: str) -> None:
    """Raise BadFile unless the sheet can be opened without taking more than it should."""
    stamp = path.stat()
    if not probe.opens(path, sheet, stamp.st_mtime_ns, stamp.st_size):
        raise _bad(
            path.name,
            Text(
                "ist keine lesbare Tabelle, oder sie reicht viel zu weit (eine einzelne Zelle am Rand genügt)",
                "is not a readable spreadsheet, or one that reaches much too far (a single cell at the edge is enough)",
            ),
        )


@lru_cache(maxsize=512)
def excel_head(path: Path, sheet: str, rows: int, _mtime: int, _size: int) -> tuple[list[list[str]], int]:
    """Return the first rows of a sheet as text and its height; raises BadFile."""
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 (slow to import, rarely needed)

    if path.suffix.lower() != ".xls":
        check_zip(path)
    _check_opens(path, sheet)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        if not names or (sheet and sheet not in names):
            there = ", ".join(f"„{n}“" for n in names)
            raise _bad(
                path.name,
                Text(f"hat kein Blatt „{sheet}“ (es gibt: {there})", f"has no sheet “{sheet}” (there are: {there})"),
            )
        data = workbook.get_sheet_by_name(sheet or names[0])
        height = data.height if data.start is None else data.start[0] + data.height
        head = data.to_python(skip_empty_area=False, nrows=rows)
    except (CalamineError, OSError, ValueError) as error:
        raise _bad(path.name, Text("ist keine lesbare Tabelle", "is not a readable spreadsheet")) from error
    return [[_cell(c) for c in r] for r in head], height  # a year that heads a column is 2024, not 2024.0


def excel_rows(path: Path, sheet: str, rows: int) -> tuple[list[list[object]], list[str], list[str]]:
    """Return the first rows of a sheet as values, the names of all sheets and of the hidden ones; raises BadFile."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum  # noqa: PLC0415

    _check_opens(path, sheet)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = list(workbook.sheet_names)
        hidden = [m.name for m in workbook.sheets_metadata if m.visible is not SheetVisibleEnum.Visible]
        if not names or (sheet and sheet not in names):
            raise _bad(path.name, Text(f"hat kein Blatt „{sheet}“", f"has no sheet “{sheet}”"))
        found = workbook.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False, nrows=rows)
    except (CalamineError, OSError, ValueError) as error:
        raise _bad(path.name, Text("ist keine lesbare Tabelle", "is not a readable spreadsheet")) from error
    return [list(r) for r in found], names, hidden


def _converted(path: Path, read: Excel, parts: tuple[tuple[str, str], ...], cache: Path | None) -> File:
    """Convert an xls or ods sheet to UTF-8 text in the cache: DuckDB does not read these. One conversion per
    version.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    if cache is None:
        raise _bad(
            path.name,
            Text(
                "ist im Format xls oder ods und braucht einen Zwischenspeicher",
                "is xls or ods and needs a cache folder",
            ),
        )
    stamp = path.stat()
    rows, height = excel_head(path, read.sheet, read.skip + read.header_rows, stamp.st_mtime_ns, stamp.st_size)
    which = hashlib.sha256(f"{path}\0{read.sheet}".encode()).hexdigest()[:24]
    target = cache / f"{which}-{stamp.st_mtime_ns:x}-{stamp.st_size:x}.csv"
    if not target.exists():
        part = cache / f"{which}-{uuid.uuid4().hex}.part"
        try:
            workbook = CalamineWorkbook.from_path(str(path))
            data = workbook.get_sheet_by_name(read.sheet or workbook.sheet_names[0])
            with part.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, lineterminator="\n")
                for row in data.to_python(skip_empty_area=False):
                    writer.writerow([_cell(c) for c in row])
            part.replace(target)
        except (CalamineError, OSError, ValueError) as error:
            raise _bad(path.name, Text("ist keine lesbare Tabelle", "is not a readable spreadsheet")) from error
        finally:
            part.unlink(missing_ok=True)
        for older in cache.glob(f"{which}-*.csv"):
            if older != target:
                older.unlink(missing_ok=True)
    header = renamed(named(rows[read.skip : read.skip + read.header_rows]), read.headers)
    return File(target, parts, header, height, converted_from=path)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def shapefile_companions(path: Path) -> tuple[Path, ...]:
    """Return the files that belong to a shapefile; raises BadFile if .shx or .dbf is missing."""
    found = []
    for suffix in (".shx", ".dbf", ".prj", ".cpg"):
        there = next((p for p in (path.with_suffix(suffix), path.with_suffix(suffix.upper())) if p.is_file()), None)
        if there is not None:
            found.append(plain_file(there, path.parent))
        elif suffix in {".shx", ".dbf"}:
            raise _bad(path.name, Text(f"fehlt die Begleitdatei {suffix}", f"lacks its companion {suffix}"))
    return tuple(found)
