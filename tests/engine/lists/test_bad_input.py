# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files that are broken, hostile or none of ours: one sentence in two languages, and never half a result."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.engine import sandbox
from allmende.engine.lists.examine import examine
from allmende.engine.lists.model import Kind, Reaction
from allmende.engine.lists.order import Answer, Order
from allmende.engine.lists.propose import propose
from allmende.engine.mapping.files import BadFile
from tests.engine.lists.messy import FILES, population

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
_LAUGH = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><l><r><x>&d;</x></r><r><x>1</x></r></l>'
)


def sheet_with(path: Path, cells: str, *, before: str = "") -> None:
    """Write an Excel file whose only sheet has the given XML between ``sheetData``."""
    book = openpyxl.Workbook()
    book.active.title = "T"
    made = io.BytesIO()
    book.save(made)
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                body = f'<?xml version="1.0"?>{before}{head}<sheetData>{cells}</sheetData></worksheet>'.encode()
            new.writestr(entry.filename, body)


def with_part(path: Path, name: str, body: bytes) -> None:
    population(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)


def ods_with(path: Path, rows: str) -> None:
    """Write an ODS file whose only sheet has the given rows."""
    spaces = " ".join(
        f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for p, n in (
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("style", "style"),
            ("fo", "xsl-fo-compatible"),
        )
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content {spaces}><office:automatic-styles>'
            '<style:style style:name="y" style:family="table-cell"><style:table-cell-properties fo:background-color="#ffff00"/>'
            "</style:style></office:automatic-styles><office:body><office:spreadsheet>"
            f'<table:table table:name="T">{rows}</table:table></office:spreadsheet></office:body></office:document-content>',
        )


def _half(path: Path) -> None:
    population(path)
    path.write_bytes(path.read_bytes()[:3000])


REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "encrypted Excel": ("a.xlsx", lambda p: p.write_bytes(_OLE + "EncryptedPackage".encode("utf-16-le")), "Kennwort"),
    "Word document": ("a.doc", lambda p: p.write_bytes(_OLE + "WordDocument".encode("utf-16-le")), "Word"),
    "OLE of nothing": ("a.xls", lambda p: p.write_bytes(_OLE), "abgerissen"),
    "torn xls": ("a.xls", lambda p: p.write_bytes(_OLE + "Workbook".encode("utf-16-le")), "beschädigt"),
    "torn Excel": ("a.xlsx", _half, "abgerissen"),
    "web page called xls": (
        "a.xls",
        lambda p: p.write_text("<html><table><tr><td>1</td></tr></table></html>"),
        "Internetseite",
    ),
    "PDF": ("a.pdf", lambda p: p.write_bytes(b"%PDF-1.7 x"), "PDF"),
    "picture called csv": ("a.csv", lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50)), "Bild"),
    "binary called csv": ("a.csv", lambda p: p.write_bytes(b"a;b\n\0\1\2;3\n"), "Binärdaten"),
    "zip of nothing": ("a.zip", lambda p: _zip(p, {"x.txt": b"1"}), "gepackter Ordner"),
    "binary Excel": ("a.xlsb", lambda p: _zip(p, {"xl/workbook.bin": b"1"}), "xlsb"),
    "zip bomb": ("a.xlsx", lambda p: with_part(p, "xl/media/b.bin", bytes(120 << 20)), "Zip-Bombe"),
    "XML bomb": ("a.xml", lambda p: p.write_text(_LAUGH), "DOCTYPE"),
    "XML bomb inside Excel": (
        "a.xlsx",
        lambda p: sheet_with(p, '<row r="1"><c r="A1"><v>1</v></c></row>', before='<!DOCTYPE w [<!ENTITY a "b">]>'),
        "DOCTYPE",
    ),
    "XML too deep": ("a.xml", lambda p: p.write_text("<a>" * 5000 + "</a>" * 5000), "verschachtelt"),
    "torn XML": ("a.xml", lambda p: p.write_text("<a><b><c>1</c></b><b>"), "XML"),
    "XML without records": ("a.xml", lambda p: p.write_text("<a><b>1</b></a>"), "keine Liste"),
    "JSON": ("a.json", lambda p: p.write_text("[1]"), "JSON"),
    "empty file": ("a.csv", lambda p: p.write_bytes(b""), "leer"),
    "blank lines": ("a.csv", lambda p: p.write_bytes(b"\n \n\n"), "leere Zeilen"),
    "empty sheets": ("a.xlsx", lambda p: sheet_with(p, ""), "leere Blätter"),
    "one enormous cell": ("a.csv", lambda p: p.write_bytes(b"a;b\n" + b"x" * (5 << 20) + b";1\n"), "länger als 4 MB"),
    "a link in a circle": ("a.csv", lambda p: p.symlink_to(p), "im Kreis"),
    "a folder": ("a.csv", lambda p: p.mkdir(), "keine gewöhnliche Datei"),
    "one cell in the last corner": (
        "a.xlsx",
        lambda p: sheet_with(
            p, '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        ),
        "",
    ),
    "an ODS that repeats itself without end": (
        "a.ods",
        lambda p: ods_with(
            p,
            '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" '
            'office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell></table:table-row>',
        ),
        "",
    ),
}


def _zip(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)


@pytest.mark.parametrize("what", REFUSED)
def test_one_sentence_and_nothing_else(what: str, tmp_path: Path) -> None:
    name, make, said = REFUSED[what]
    path = tmp_path / name
    make(path)
    begun = time.monotonic()
    with pytest.raises(BadFile) as caught:
        propose(path)
    detail = caught.value.detail
    assert said in detail.de
    for words in (detail.de, detail.en):
        assert words.endswith(".")
        assert name in words
        assert "\n" not in words
        assert "Error" not in words
    assert time.monotonic() - begun < 120


def test_macros_are_said_and_never_run(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsm"
    with_part(path, "xl/vbaProject.bin", b"Sub Workbook_Open()")
    found = propose(path)
    assert found.kind is Kind.XLSM
    assert any("Makros" in n.de for n in found.notes)
    assert found.tables[0].rows_kept == 8


def test_wrong_ending_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    population(path.with_suffix(".xlsx"))
    path.with_suffix(".xlsx").rename(path)
    found = propose(path)
    assert found.kind is Kind.XLSX
    assert any("endet auf „.csv“" in n.de for n in found.notes)


def test_formulas_to_other_files_and_without_values_are_said(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>Ort</t></is></c><c r="B1" t="inlineStr"><is><t>Zahl</t></is></c></row>'
    rows += "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>O{n}</t></is></c><c r="B{n}"><f>[1]Tab!B{n}</f><v>{n}</v></c></row>'
        for n in (2, 3)
    )
    rows += '<row r="4"><c r="A4" t="inlineStr"><is><t>O4</t></is></c><c r="B4"><f>SUM(B2:B3)</f></c></row>'
    path = tmp_path / "a.xlsx"
    sheet_with(path, rows)
    found = propose(path)
    assert any("verweisen auf andere Dateien" in n.de for n in found.notes)
    assert found.reaction is Reaction.ASK
    assert any("keinen gespeicherten Wert (zuerst Zeile 4)" in r.de for r in found.reasons)
    assert found.tables[0].columns[1].filled == 2


@pytest.mark.slow
def test_a_hundred_megabytes_of_empty_formatted_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    letters = [a + b for a in "ABCDEFGH" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    table = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n * 3}</v></c><c r="B{n}"><v>{n}</v></c></row>' for n in range(1, 20)
    )
    empty = (
        f'<row r="{n}">' + "".join(f'<c r="{c}{n}" s="0"/>' for c in letters) + "</row>" for n in range(20, 24_000)
    )
    sheet_with(path, table + "".join(empty))
    assert zipfile.ZipFile(path).getinfo("xl/worksheets/sheet1.xml").file_size > 90 << 20
    found = propose(path)
    assert [t.rows_kept for t in found.tables] == [19]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_give_a_proposal_or_one_sentence(data: st.DataObject, tmp_path: Path) -> None:
    names = sorted(FILES)
    name = data.draw(st.sampled_from(names))
    clean = tmp_path / f"clean-{name}"
    if not clean.exists():
        FILES[name](clean)
    body = bytearray(clean.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(body) - 1))
        match data.draw(st.sampled_from(("flip", "cut", "double"))):
            case "flip":
                body[at] = data.draw(st.integers(0, 255))
            case "cut":
                del body[at : at + data.draw(st.integers(1, 200))]
            case _:
                body[at:at] = body[at : at + 100]
        if not body:
            return
    path = tmp_path / name
    path.write_bytes(bytes(body))
    try:
        found = examine(path).proposal
    except BadFile as problem:
        assert problem.detail.de.endswith(".")
    else:
        for table in found.tables:
            assert table.rows_kept + sum(o.count for o in table.left_out) == table.height


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(st.text(alphabet=";,\n\"'ax1.%€ \t|<&", max_size=200).map(str.encode), st.binary(max_size=200)))
def test_any_bytes_give_a_proposal_or_one_sentence(body: bytes, tmp_path: Path) -> None:
    for name in ("f.csv", "f.xml"):
        path = tmp_path / name
        path.write_bytes(body)
        try:
            found = examine(path).proposal
        except BadFile as problem:
            assert problem.detail.en.endswith(".")
        else:
            for table in found.tables:
                assert table.rows_kept + sum(o.count for o in table.left_out) == table.height


_PROBE = """
import socket, sys
from allmende.engine.lists import child, work
from allmende.kernel.text import Text

def probe(order):
    tried = []
    for name, action in {
        "read elsewhere": lambda: open("/etc/hostname").read(),
        "write beside": lambda: open(order.path + ".x", "w"),
        "connect": lambda: socket.socket(),
        "start a program": lambda: __import__("os").execv("/bin/true", ["true"]),
        "read the file": lambda: open(order.path, "rb").read(),
        "write the folder": lambda: open(order.folder + "/x", "w").close(),
    }.items():
        try:
            action()
        except OSError:
            continue
        tried.append(name)
    return child.Answer(problem=Text(",".join(tried), ""))

work.carry_out = probe
child.main()
"""


def test_the_child_reaches_the_file_and_its_folder_only(tmp_path: Path) -> None:
    if not sandbox.level().enough:
        pytest.skip("this kernel has no Landlock or no seccomp")
    path, folder = tmp_path / "a.csv", tmp_path / "scratch"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    folder.mkdir()
    order = Order(path=str(path), folder=str(folder), parent=os.getpid())
    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROBE], input=msgspec.msgpack.encode(order), stdout=subprocess.PIPE, check=True
    )
    answer = msgspec.msgpack.decode(done.stdout, type=Answer)
    assert answer.problem is not None
    assert answer.problem.de == "read the file,write the folder"
