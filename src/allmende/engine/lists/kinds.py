# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a delivered file is, told from its bytes; what is none of our kinds is refused in one sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path

from allmende.engine.lists.model import Kind
from allmende.engine.mapping.files import BadFile, check_zip, plain_file
from allmende.kernel.text import Text

_HEAD = 8192
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Names of streams in an OLE container, as its directory writes them, and what the container then is.
_STREAMS = {name: name.encode("utf-16-le") for name in ("EncryptedPackage", "WordDocument", "Workbook", "Book")}
_ENDINGS = {
    Kind.XLSX: {".xlsx"},
    Kind.XLSM: {".xlsm"},
    Kind.XLS: {".xls"},
    Kind.ODS: {".ods"},
    Kind.CSV: {".csv", ".tsv", ".txt", ".tab", ".asc", ""},
    Kind.XML: {".xml"},
}
_PASSWORD = Text(
    "ist mit einem Kennwort geschützt: bitte in der Tabellenkalkulation öffnen und ohne Kennwort speichern",
    "is protected by a password: please open it in the spreadsheet program and save it without one",
)


def bad(file: str, what: Text, line: int = 0) -> BadFile:
    """Return the refusal of ``file``: what is wrong with it, and on which line where that is known."""
    where = Text(f"„{file}“, Zeile {line}", f"“{file}”, line {line}") if line else Text(f"„{file}“", f"“{file}”")
    more: dict[str, int] = {"line": line} if line else {}
    return BadFile(Text(f"{where.de} {what.de}.", f"{where.en} {what.en}."), file=file, **more)


def kind_of(path: Path) -> tuple[Kind, list[Text]]:
    """Return the kind of a file and what is to be said about it; raises BadFile for everything else."""
    plain_file(path, path.parent)
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    kind = _kind(path, head)
    notes: list[Text] = []
    ending = path.suffix.lower()
    if ending not in _ENDINGS[kind]:
        notes.append(
            Text(
                f"Die Datei endet auf „{ending}“, ist aber {kind.value.upper()}: so wurde sie gelesen.",
                f"The file's name ends in “{ending}”, but it is {kind.value.upper()}: it was read as such.",
            )
        )
    if kind is Kind.XLSM:
        notes.append(
            Text(
                "Die Datei enthält Makros: nur die Werte wurden gelesen, ausgeführt wird nichts.",
                "The file contains macros: only its values were read, nothing is ever run.",
            )
        )
    return kind, notes


def _kind(path: Path, head: bytes) -> Kind:
    name = path.name
    if head.startswith(_OLE):
        return _ole(path)
    if head.startswith(b"PK"):
        return _zip(path)
    for mark, what in (
        (b"%PDF", Text("ist ein PDF", "is a PDF")),
        (b"{\\rtf", Text("ist ein Textdokument (RTF)", "is a text document (RTF)")),
        (b"SQLite format 3\0", Text("ist eine Datenbank (SQLite)", "is a database (SQLite)")),
        (b"PAR1", Text("ist eine Parquet-Datei", "is a Parquet file")),
        (b"\x1f\x8b", Text("ist gepackt (gzip)", "is packed (gzip)")),
        (b"7z\xbc\xaf", Text("ist gepackt (7z)", "is packed (7z)")),
        (b"Rar!", Text("ist gepackt (rar)", "is packed (rar)")),
        (b"\x89PNG", Text("ist ein Bild", "is a picture")),
        (b"\xff\xd8\xff", Text("ist ein Bild", "is a picture")),
    ):
        if head.startswith(mark):
            raise bad(
                name,
                Text(
                    f"{what.de} und keine Liste: gebraucht wird Excel, ODS, CSV oder XML",
                    f"{what.en} and no list: Excel, ODS, CSV or XML is needed",
                ),
            )
    return _text_kind(path, head)


def _text_kind(path: Path, head: bytes) -> Kind:
    name = path.name
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        start = head.decode("utf-16", errors="replace").lstrip().lower().encode()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body")):
        raise bad(
            name,
            Text(
                "ist eine Internetseite (HTML), auch wenn der Name anders endet: bitte in der Tabellenkalkulation "
                "öffnen und als Excel-Datei (xlsx) speichern",
                "is a web page (HTML) whatever its name says: please open it in the spreadsheet program and save it "
                "as Excel (xlsx)",
            ),
        )
    if start.startswith(b"<"):
        return Kind.XML
    if start[:1] in {b"{", b"["} and path.suffix.lower() in {".json", ".geojson"}:
        raise bad(
            name,
            Text(
                "ist JSON: das ist keine Liste, sondern wird als Datenquelle angebunden",
                "is JSON: that is no list, connect it as a data source",
            ),
        )
    if b"\0" in head and head[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
        raise bad(name, Text("enthält keinen Text, sondern Binärdaten", "contains no text but binary data"))
    return Kind.CSV


def _ole(path: Path) -> Kind:
    """Tell what an OLE container holds by the names in its directory."""
    names = set()
    with path.open("rb") as stream:
        before = b""
        while chunk := stream.read(1 << 20):
            names |= {n for n, mark in _STREAMS.items() if mark in before + chunk}
            before = chunk[-64:]
    if "EncryptedPackage" in names:
        raise bad(path.name, _PASSWORD)
    if "WordDocument" in names:
        raise bad(path.name, Text("ist ein Word-Dokument und keine Liste", "is a Word document and no list"))
    if names & {"Workbook", "Book"}:
        return Kind.XLS
    raise bad(path.name, Text("ist keine Excel-Datei oder ist abgerissen", "is no Excel file, or one that is torn off"))


def _zip(path: Path) -> Kind:
    name = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            parts = set(archive.namelist())
            locked = any(e.flag_bits & 1 for e in archive.infolist())
            small = {e.filename: e.file_size for e in archive.infolist()}
            kind_line = b""
            if "mimetype" in parts and not locked and small["mimetype"] < 200:
                kind_line = archive.read("mimetype")
            manifest = b""
            if "META-INF/manifest.xml" in parts and not locked:
                with archive.open("META-INF/manifest.xml") as stream:
                    manifest = stream.read(1 << 20)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, KeyError) as error:
        raise bad(
            name,
            Text(
                "ist abgerissen oder beschädigt: bitte noch einmal speichern und senden",
                "is torn off or damaged: please save and send it again",
            ),
        ) from error
    except Exception as error:
        if type(error).__module__ != "zlib":
            raise
        raise bad(name, Text("ist beschädigt", "is damaged")) from error
    if locked or b"encryption-data" in manifest:
        raise bad(name, _PASSWORD)
    check_zip(path)
    if "xl/workbook.xml" in parts:
        return Kind.XLSM if "xl/vbaProject.bin" in parts else Kind.XLSX
    if "xl/workbook.bin" in parts:
        raise bad(
            name,
            Text(
                "ist eine binäre Excel-Datei (xlsb): bitte als xlsx speichern",
                "is a binary Excel file (xlsb): please save it as xlsx",
            ),
        )
    if b"opendocument.spreadsheet" in kind_line or ("content.xml" in parts and not kind_line):
        return Kind.ODS
    what = (
        Text("ist ein Textdokument", "is a text document")
        if "word/document.xml" in parts or b"opendocument.text" in kind_line
        else Text("ist ein gepackter Ordner (zip)", "is a packed folder (zip)")
    )
    raise bad(
        name,
        Text(
            f"{what.de} und keine Liste: gebraucht wird Excel, ODS, CSV oder XML",
            f"{what.en} and no list: Excel, ODS, CSV or XML is needed",
        ),
    )
