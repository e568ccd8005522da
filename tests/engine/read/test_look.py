# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Looking at files of every kind: what is guessed, and one clear message for every file that is not what it should
be.
"""

from __future__ import annotations

import os
import sqlite3
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.engine.look import Look, look_at_database, look_at_file, look_at_table
from allmende.engine.mapping import (
    Csv,
    Excel,
    GeoJson,
    GeoPackage,
    Json,
    LocalTime,
    Parquet,
    Point,
    Shapefile,
    Status,
    Type,
)
from allmende.engine.mapping.files import BadFile, find
from allmende.engine.plan import SQLite
from allmende.kernel.errors import Invalid, NotFound, Problem
from tests.engine.read.duck import Duck


def look(folder: Path, name: str, content: bytes | str, duck: Duck | None = None) -> Look:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return look_at_file(path, root=folder, run=duck)


def types(seen: Look) -> dict[str, Type]:
    return {f.name: f.type for f in seen.mapping.fields}


def test_german_csv(tmp_path: Path, duck: Duck) -> None:
    text = "Stand: heute\n\nName;Größe in m²;Gebaut;Ja/Nein\nÄhre;1.234,5;01.02.2003;ja\nÖse;-;03.04.2005;nein\n"
    seen = look(tmp_path, "a.csv", text.encode("cp1252"), duck)
    read = seen.mapping.read
    assert isinstance(read, Csv)
    assert (read.encoding, read.separator, read.skip, read.header_rows) == ("iso-8859-1", ";", 2, 1)
    assert types(seen) == {"name": Type.TEXT, "groesse_in_m": Type.NUMBER, "gebaut": Type.DATE, "ja_nein": Type.BOOLEAN}
    assert seen.preview == (("Ähre", "1234.5", "2003-02-01", "true"), ("Öse", "", "2005-04-03", "false"))
    assert any("Zeile 3" in r.de for r in seen.reasons)


def test_windows_1252_is_told_from_latin_1(tmp_path: Path, duck: Duck) -> None:
    seen = look(tmp_path, "a.csv", "name;preis\n„Café“;5 €\n".encode("cp1252"), duck)
    assert isinstance(seen.mapping.read, Csv)
    assert seen.mapping.read.encoding == "windows-1252"
    assert seen.preview == (("„Café“", "5 €"),)


def test_utf_16(tmp_path: Path, duck: Duck) -> None:
    seen = look(tmp_path, "a.csv", "name\tzahl\nä\t1\n".encode("utf-16"), duck)
    assert seen.preview == (("ä", "1"),)


def test_times_words_and_swapped_coordinates(tmp_path: Path) -> None:
    rows = "".join(f"2026-05-01 {h:02}:00;7.6{h};51.9{h};{'zu' if h % 3 else h}\n" for h in range(1, 25))
    seen = look(tmp_path, "a.csv", "Zeit;Latitude;Longitude;Frei\n" + rows)
    clock = next(s for s in seen.mapping.steps if isinstance(s, LocalTime))
    assert (clock.names, clock.midnight_24, clock.formats) == ("end", True, ("%Y-%m-%d %H:%M",))
    point = next(s for s in seen.mapping.steps if isinstance(s, Point))
    assert point.swapped
    assert not any(isinstance(s, Status) for s in seen.mapping.steps)  # two thirds are words: no column of numbers


def test_utm_coordinates(tmp_path: Path, duck: Duck) -> None:
    seen = look(tmp_path, "a.csv", "x;y\n405000,5;5757000,25\n405100,5;5757100,25\n", duck)
    point = next(s for s in seen.mapping.steps if isinstance(s, Point))
    assert (point.crs, point.decimal, point.swapped) == ("EPSG:25832", ",", False)
    x, y = (float(v) for v in seen.preview[0][-1].removeprefix("POINT (").removesuffix(")").split())
    assert (x, y) == pytest.approx((7.61752305, 51.95557871), abs=1e-6)


def test_excel_with_title_rows_dates_totals_and_a_hidden_sheet(tmp_path: Path, duck: Duck) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Liste der Bäume"],
        [],
        ["Name", "Gepflanzt", "Höhe"],
        ["Linde", date(2001, 3, 4), 12.5],
        ["Eiche", date(1950, 1, 1), 20],
        ["Summe", None, 32.5],
    ):
        sheet.append(row)
    book.create_sheet("Personal").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    seen = look_at_file(tmp_path / "a.xlsx", root=tmp_path, run=duck)
    assert isinstance(seen.mapping.read, Excel)
    assert types(seen) == {"name": Type.TEXT, "gepflanzt": Type.DATE, "hoehe": Type.NUMBER}
    assert seen.preview == (("Linde", "2001-03-04", "12.5"), ("Eiche", "1950-01-01", "20.0"))
    assert any("Personal" in r.de for r in seen.reasons)


def test_json_in_an_envelope_and_in_lines(tmp_path: Path, duck: Duck) -> None:
    seen = look(tmp_path, "a.json", '{"meta":{"n":2},"data":{"items":[{"id":1,"ort":{"plz":"04109"}},{"id":2}]}}', duck)
    assert isinstance(seen.mapping.read, Json)
    assert seen.mapping.read.records == "/data/items"
    assert seen.preview == (("1", "04109"), ("2", ""))
    seen = look(tmp_path, "b.jsonl", '{"a":1}\n{"a":2}\n', duck)
    assert isinstance(seen.mapping.read, Json)
    assert seen.mapping.read.lines
    assert seen.preview == (("1",), ("2",))


def test_geojson_without_properties(tmp_path: Path, duck: Duck) -> None:
    point = '{"type":"Feature","properties":null,"geometry":{"type":"Point","coordinates":[10,48.4]}}'
    seen = look(tmp_path, "a.geojson", f'{{"type":"FeatureCollection","features":[{point}]}}', duck)
    assert isinstance(seen.mapping.read, GeoJson)
    assert seen.preview == (("POINT (10 48.4)",),)
    assert any("keine Eigenschaften" in r.de for r in seen.reasons)


def test_parquet_geopackage_and_shapefile(tmp_path: Path, duck: Duck) -> None:
    connection = duck.connection
    connection.execute(f"COPY (SELECT 1 AS a, 'ä' AS b, DATE '2020-01-02' AS c) TO '{tmp_path}/a.parquet'")
    made = "SELECT 'Linde' AS art, ST_Point(405000, 5757000) AS geom"
    connection.execute(f"COPY ({made}) TO '{tmp_path}/b.gpkg' WITH (FORMAT gdal, DRIVER 'GPKG', SRS 'EPSG:25832')")
    connection.execute(
        f"COPY ({made}) TO '{tmp_path}/c.shp' WITH (FORMAT gdal, DRIVER 'ESRI Shapefile', SRS 'EPSG:25832')"
    )
    seen = look_at_file(tmp_path / "a.parquet", root=tmp_path, run=duck)
    assert isinstance(seen.mapping.read, Parquet)
    assert seen.preview == (("1", "ä", "2020-01-02"),)
    for name, kind in (("b.gpkg", GeoPackage), ("c.shp", Shapefile)):
        seen = look_at_file(tmp_path / name, root=tmp_path, run=duck)
        assert isinstance(seen.mapping.read, kind)
        assert any(cell.startswith("POINT (7.6175") for cell in seen.preview[0])
    (tmp_path / "c.dbf").unlink()
    with pytest.raises(BadFile, match=r"lacks its companion \.dbf"):
        look_at_file(tmp_path / "c.shp", root=tmp_path, run=duck)


def test_a_database_shows_its_tables(tmp_path: Path, duck: Duck) -> None:
    path = tmp_path / "einwohner.db"
    with sqlite3.connect(path) as database:
        database.execute('CREATE TABLE "Ein wohner" (Bezirk TEXT, Anzahl INTEGER)')
        database.execute("""INSERT INTO "Ein wohner" VALUES ('Nord', 7), ('Süd', NULL)""")
    database.close()
    duck.connection.execute(f"ATTACH '{path}' AS einwohner (TYPE sqlite, READ_ONLY)")
    try:
        attachment = SQLite("einwohner", str(path))
        (table,) = look_at_database(attachment, run=duck)
        assert [c.name for c in table.columns] == ["Bezirk", "Anzahl"]
        seen = look_at_table(attachment, table, run=duck)
        assert types(seen) == {"bezirk": Type.TEXT, "anzahl": Type.INTEGER}
        assert seen.preview == (("Nord", "7"), ("Süd", ""))
    finally:
        duck.connection.execute("DETACH einwohner")


HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.csv", b"", "is empty"),
    "blank": ("a.csv", b"\n\n  \n", "only blank lines"),
    "binary": ("a.csv", bytes(range(32)) * 100, "binary data"),
    "wrong zip": ("a.xlsx", b"PK\x03\x04" + b"x" * 100, "not an Excel file"),
    "no zip": ("a.xlsx", b"name;zahl\n1;2\n", "not an Excel file"),
    "cut json": ("a.json", b'{"a":\n[1,\n', "not valid JSON"),
    "deep json": ("a.json", b"[" * 200_000, "nested too deeply|not valid JSON"),
    "deep object": ("a.json", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "nested too deeply|not valid JSON"),
    "json without list": ("a.json", b'{"a": 1}', "no list of records"),
    "no features": ("a.geojson", b'{"type":"FeatureCollection","features":[]}', "no features"),
    "false parquet": ("a.parquet", b"PAR1" + b"x" * 50 + b"PAR1", "cannot be read"),
    "false gpkg": ("a.gpkg", b"SQLite format 3\0" + b"\0" * 200, "cannot be read"),
    "sqlite": ("a.db", b"SQLite format 3\0" + b"\0" * 200, "connect it as a database"),
    "old excel": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "not a readable spreadsheet"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_each_hostile_file_gives_one_clear_message(case: str, tmp_path: Path, duck: Duck) -> None:
    name, content, said = HOSTILE[case]
    with pytest.raises(BadFile, match=said) as caught:
        look(tmp_path, name, content, duck)
    assert name in caught.value.detail.de
    assert str(tmp_path) not in caught.value.detail.de


def test_a_geopackage_that_is_a_list_of_other_files_opens_nothing(tmp_path: Path, duck: Duck) -> None:
    (tmp_path / "geheim.geojson").write_text('{"type":"FeatureCollection","features":[]}')
    trick = (
        f'<OGRVRTDataSource><OGRVRTLayer name="geheim"><SrcDataSource>{tmp_path}/geheim.geojson'
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    with pytest.raises(Exception, match="Could not open GDAL"):
        duck.rows(f"SELECT * FROM ST_Read('{_write(tmp_path / 'a.gpkg', trick)}', allowed_drivers = ['GPKG'])")


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="A"><table:table-row table:number-rows-repeated="1048576">
<table:table-cell table:number-columns-repeated="50" office:value-type="string"><text:p>a</text:p></table:table-cell>
</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"""


@pytest.mark.parametrize("name", ["weit.xlsx", "oft.ods"])
def test_a_small_spreadsheet_that_claims_to_be_huge_ends_nobodys_process(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active["A1"], book.active["XFD1048576"] = "name", 1
        book.save(path)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("META-INF/manifest.xml", "<manifest/>")
            archive.writestr("content.xml", ODS)
    with pytest.raises(BadFile, match="reaches much too far"):
        look_at_file(path, root=tmp_path)


def test_an_excel_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bombe.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(300):
            part.write(b"\0" * (1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(BadFile, match=r"300 MB.*zip bomb"):
            look_at_file(path, root=tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 5 << 20
    finally:
        tracemalloc.stop()


def test_a_cell_without_end_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "lang.csv"
    with path.open("wb") as stream:
        stream.write(b'a;b\n1;2\n3;"')
        for _ in range(100):
            stream.write(b"x" * (1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(BadFile, match="line 3 is longer than 4 MB"):
            look_at_file(path, root=tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 80 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_a_cell_of_two_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "riesig.csv"
    with path.open("wb") as stream:
        stream.write(b"a;b\n1;2\n3;")
        stream.truncate(2 << 30)  # sparse: NUL bytes to the end
    with pytest.raises(BadFile, match="binary data"):
        look_at_file(path, root=tmp_path)


def test_folders_and_links_that_leave_the_root(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "geheim.csv"
    (root / "ordner.csv").mkdir(parents=True)
    outside.write_text("a;b\n1;2\n")
    (root / "link.csv").symlink_to(outside)
    (root / "kreis.csv").symlink_to(root / "kreis.csv")
    os.mkfifo(root / "rohr.csv")
    for name, said in (
        ("ordner.csv", "not a regular file"),
        ("link.csv", "links out of the connection's folder"),
        ("kreis.csv", "out of reach"),
        ("rohr.csv", "not a regular file"),
        ("fehlt.csv", "out of reach"),
    ):
        with pytest.raises(BadFile, match=said):
            look_at_file(root / name, root=root)
    with pytest.raises(BadFile, match="links out"):
        find(root, "link.csv")


@pytest.mark.parametrize(
    "pattern", ["../*.csv", "/etc/passwd", "a/../../b", "~/x", "", "\0", "/vsizip/a.zip", "s3://a/b", "a\\b"]
)
def test_patterns_that_leave_the_folder(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        find(tmp_path, pattern)


def test_a_file_name_that_is_not_utf_8(tmp_path: Path) -> None:
    with Path(os.fsdecode(bytes(tmp_path) + b"/\xe4.csv")).open("w") as stream:
        stream.write("a;b\n1;2\n")
    with pytest.raises(BadFile, match="not UTF-8"):
        find(tmp_path, "*.csv")


def test_a_pattern_without_files(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="No file matches"):
        find(tmp_path, "*.csv")


NAMES = st.sampled_from(["a.csv", "a.json", "a.geojson", "a.txt", "a.xlsx", "a.ods", "a.xls"])
TEXTS = st.text(alphabet="abcäß€01289.,;\"\n\r\t -:/{}[]()'\\x", max_size=300)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, content=st.one_of(st.binary(max_size=400), TEXTS.map(str.encode)))
def test_any_bytes_give_a_look_or_a_problem(name: str, content: bytes, tmp_path: Path, duck: Duck) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    try:
        seen = look_at_file(path, root=tmp_path, run=duck)
    except Problem as problem:
        assert problem.detail.de
        assert problem.detail.en
    else:
        assert seen.mapping.fields
