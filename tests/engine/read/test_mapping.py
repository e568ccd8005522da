# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Steps and fields, each on a small file, exactly; and what must hold for any file and any mapping."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from allmende.engine import patterns
from allmende.engine.mapping import (
    Classify,
    Constant,
    Csv,
    Drop,
    Excel,
    Extract,
    Field,
    Geometry,
    Header,
    IsoWeek,
    Json,
    Keep,
    LocalTime,
    Mapping,
    Point,
    Replace,
    Rule,
    Status,
    Table,
    Type,
    Unpivot,
    compile_relation,
    resolve,
)
from allmende.engine.mapping.clockchange import changes
from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.plan import Postgres, SQLite
from allmende.engine.report import Report, report
from allmende.kernel.errors import Invalid
from tests.engine.read.duck import Duck

FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(
    folder: Path, content: str | bytes, duck: Duck, fields: Sequence[Field], *steps: Any, **options: Any
) -> list[tuple[Any, ...]]:
    """Return the rows that a mapping makes of one CSV file."""
    return read_and_report(folder, content, duck, fields, *steps, **options)[0]


def read_and_report(
    folder: Path, content: str | bytes, duck: Duck, fields: Sequence[Field], *steps: Any, **options: Any
) -> tuple[list[tuple[Any, ...]], Report]:
    (folder / "a.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    mapping = Mapping(read=Csv(files="a.csv", **options), steps=steps, fields=tuple(fields))
    files = resolve(mapping.read, folder)
    relation = compile_relation(mapping, files=files)
    return list(duck(relation)), report(mapping, run=duck, files=files)


def column(folder: Path, values: Sequence[str], duck: Duck, field: Field) -> list[Any]:
    """Return one field read from a column of texts."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["n", "v"], *([i, v] for i, v in enumerate(values))])
    rows = read(folder, out.getvalue(), duck, [Field(name="n", type=Type.INTEGER), field])
    return [v for _, v in sorted(rows)]


# --- fields -------------------------------------------------------------------------------------------------

TEXTS = [
    (Type.TEXT, {}, [" a ", "", "b"], ["a", None, "b"]),
    (
        Type.INTEGER,
        {},
        ["1", " 2 ", "-3", "1.0", "1e3", "1.5", "x", "", "9223372036854775807"],
        [1, 2, -3, 1, 1000, None, None, None, 2**63 - 1],
    ),
    (Type.NUMBER, {}, ["1.5", "1e-2", "nan", "inf", "1,5", "x"], [1.5, 0.01, None, None, None, None]),
    (Type.NUMBER, {"decimal": ","}, ["1,5", "7", "-0,25", "1.5", "1,2,3", ",5"], [1.5, 7.0, -0.25, None, None, 0.5]),
    (
        Type.NUMBER,
        {"decimal": ",", "thousands": "."},
        ["1.234,5", "1.5", "12.34", "1.234.567", "1234,5"],
        [1234.5, None, None, 1234567.0, 1234.5],
    ),
    (Type.INTEGER, {"decimal": ",", "thousands": "."}, ["1.234", "12", "1,5", "2,0"], [1234, 12, None, 2]),
    (Type.NUMBER, {"missing": ("-", "k.A.")}, ["-", "k.A.", "3", " - "], [None, None, 3.0, None]),
    (Type.NUMBER, {"factor": 0.001, "offset": 1.0}, ["500"], [1.5]),
    (Type.NUMBER, {"minimum": 0, "maximum": 100}, ["-1", "0", "100", "101"], [None, 0.0, 100.0, None]),
    (Type.BOOLEAN, {}, ["ja", "Nein", "X", "vielleicht", ""], [True, False, True, None, None]),
    (Type.DATE, {}, ["2026-02-28", "2026-02-30", "x"], [date(2026, 2, 28), None, None]),
    (
        Type.DATE,
        {"formats": ("%d.%m.%Y", "%Y")},
        ["28.02.2026", "2025", "x"],
        [date(2026, 2, 28), date(2025, 1, 1), None],
    ),
    (Type.DATE, {"formats": ("excel",)}, ["44256", "44256.5", "x"], [date(2021, 3, 1), date(2021, 3, 1), None]),
    (Type.TIMESTAMP, {"formats": ("excel",)}, ["44256.5"], [datetime(2021, 3, 1, 12)]),
    (
        Type.INSTANT,
        {},
        ["2026-01-01T00:00:00+01:00", "2026-01-01 00:00"],
        [datetime(2025, 12, 31, 23, tzinfo=UTC), None],
    ),
    (Type.TEXT, {"values": {"a": "Ä"}}, ["a", "b"], ["Ä", "b"]),
    (Type.TEXT, {"values": {"a": "Ä"}, "others": False}, ["a", "b"], ["Ä", None]),
    (Type.INTEGER, {"values": {"eins": "1"}}, ["eins", "2", "drei"], [1, 2, None]),
    (Type.TEXT, {"strip": "'"}, ["'a'", "b'"], ["a", "b"]),
]


@pytest.mark.parametrize(("kind", "options", "values", "expected"), TEXTS)
def test_a_field_reads_its_texts(
    kind: Type, options: dict[str, Any], values: list[str], expected: list[Any], tmp_path: Path, duck: Duck
) -> None:
    assert column(tmp_path, values, duck, Field(name="v", type=kind, **options)) == expected


@FAST
@given(
    numbers=st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9),
        min_size=1,
        max_size=20,
    )
)
def test_german_numbers_come_back_exactly(numbers: list[Any], tmp_path: Path, duck: Duck) -> None:
    written = [f"{n:,.3f}".replace(",", "_").replace(".", ",").replace("_", ".") for n in numbers]
    field = Field(name="v", type=Type.NUMBER, decimal=",", thousands=".")
    assert column(tmp_path, written, duck, field) == [float(n) for n in numbers]


@FAST
@given(values=st.lists(st.text(alphabet="0123456789.,-+eE xn", max_size=8), min_size=1, max_size=30))
@example(values=["1.7", "1e-1", "0x10", "1_000", "..", "1.", "5,"])
def test_no_text_becomes_a_number_it_does_not_say(values: list[str], tmp_path: Path, duck: Duck) -> None:
    whole = column(tmp_path, values, duck, Field(name="v", type=Type.INTEGER))
    comma = column(tmp_path, values, duck, Field(name="v", type=Type.NUMBER, decimal=","))
    for value, integer, number in zip(values, whole, comma, strict=True):
        text = value.strip()
        if integer is not None:
            assert float(text) == integer
        elif re.fullmatch(r"[+-]?\d{1,18}", text):
            pytest.fail(f"{value!r} was not read")
        said = re.fullmatch(r"[+-]?(\d+(,\d+)?|,\d+)", text)
        assert number == (float(text.replace(",", ".")) if said else None)


# --- steps --------------------------------------------------------------------------------------------------


def test_keep_drop_constant_extract_classify_replace(tmp_path: Path, duck: Duck) -> None:
    text = "k;w\nA 1;x\nB 22;y\nSumme;z\n;v\nC;u\n"
    rows, found = read_and_report(
        tmp_path,
        text,
        duck,
        [Field(name="n"), Field(name="zahl", type=Type.INTEGER), Field(name="art"), Field(name="w"), Field(name="ort")],
        Drop(column="k", empty=True),
        Drop(column="k", values=("Summe",)),
        Keep(column="w", matches="^[u-y]$"),
        Extract(column="k", pattern=r"^(?P<n>[A-Z]) (?P<zahl>\d+)$"),
        Classify(column="zahl", to="art", rules=(Rule("^.$", "kurz"),), otherwise="lang"),
        Replace(column="w", pattern="^(.)$", by=r"\1\1"),
        Constant(to="ort", value="O'Hara"),
        separator=";",
    )
    assert rows == [
        ("A", 1, "kurz", "xx", "O'Hara"),
        ("B", 22, "lang", "yy", "O'Hara"),
        (None, None, "lang", "uu", "O'Hara"),
    ]
    assert found.total(fault=Fault.FILTERED) == 2
    (missed,) = (c for c in found.files[0].counts if c.fault is Fault.PATTERN)
    assert (missed.lines, missed.samples) == ((6,), ("C",))


def test_status_parts_words_from_numbers(tmp_path: Path, duck: Duck) -> None:
    step = Status(
        column="frei",
        to="zustand",
        marks={"zu": "geschlossen", "voll": "besetzt"},
        values={"voll": "0"},
        otherwise="offen",
    )
    fields = [Field(name="frei", type=Type.INTEGER), Field(name="zustand")]
    rows = read(tmp_path, "n,frei\n1,zu\n2,voll\n3,17\n4,\n5,kaputt\n", duck, fields, step)
    assert rows == [(None, "geschlossen"), (0, "besetzt"), (17, "offen"), (None, None), (None, "offen")]


def test_unpivot_with_companions_and_second_header(tmp_path: Path, duck: Duck) -> None:
    text = "zeit,1 (Nord),2 (Süd),9 (alle),1-ok,2-ok\nPlätze,(10),(20),(30),,\n08:00,3,,4,0,1\n"
    step = Unpivot(
        columns=r"^(?P<kanal>[1-8]) \((?P<name>.+)\)$",
        keep=("zeit",),
        value="zahl",
        by={"ok": r"^(?P<kanal>\d)-ok$"},
        headers=(r"\((?P<groesse>\d+)\)",),
    )
    names = ("zeit", "kanal", "name", "groesse", "zahl", "ok")
    rows = read(tmp_path, text, duck, [Field(name=n) for n in names], step, header_rows=2)
    assert rows == [("08:00", "1", "Nord", "10", "3", "0"), ("08:00", "2", "Süd", "20", None, "1")]


def test_columns_that_come_and_go_and_are_headed_differently(tmp_path: Path, duck: Duck) -> None:
    (tmp_path / "2020.csv").write_text("id,NO2 in µg/m³\n1,5\n")
    (tmp_path / "2021.csv").write_text("no2,id,neu\n6,2,x\n")
    mapping = Mapping(
        read=Csv(
            files="20??.csv", file_name=r"(?P<jahr>\d{4})\.csv$", headers=(Header(name="no2", matches="(?i)^no2"),)
        ),
        fields=tuple(Field(name=n) for n in ("jahr", "id", "no2", "neu")),
    )
    relation = compile_relation(mapping, files=resolve(mapping.read, tmp_path))
    assert sorted(duck(relation)) == [("2020", "1", "5", None), ("2021", "2", "6", "x")]
    assert [Path(p).name for p in relation.paths] == ["2020.csv", "2021.csv"]
    wrong = Mapping(read=mapping.read, fields=(Field(name="n02"),))
    with pytest.raises(Invalid, match="No file has the column “n02”"):
        compile_relation(wrong, files=resolve(wrong.read, tmp_path))


def test_iso_weeks(tmp_path: Path, duck: Duck) -> None:
    text = "j,w\n2020,53\n2021,53\n2021,1\n2021,0\nx,1\n"
    rows, found = read_and_report(
        tmp_path, text, duck, [Field(name="week_start", type=Type.DATE)], IsoWeek(year="j", week="w")
    )
    assert [r[0] for r in rows] == [date(2020, 12, 28), None, date(2021, 1, 4), None, None]
    assert found.total(effect=Effect.REFUSED_CELL) == 3


def test_points_in_utm_swapped_and_outside(tmp_path: Path, duck: Duck) -> None:
    fields = [Field(name="geometry", type=Type.GEOMETRY)]
    step = Point(x="r", y="h", crs="EPSG:25832", decimal=",")
    (tmp_path / "a.csv").write_text("r;h\n405000,0;5757000,0\n;1\n")
    mapping = Mapping(read=Csv(files="a.csv", separator=";"), steps=(step,), fields=tuple(fields))
    relation = compile_relation(mapping, files=resolve(mapping.read, tmp_path))
    rows = duck.over("SELECT round(ST_X(geometry), 5), round(ST_Y(geometry), 5) FROM p", p=relation)
    assert rows == [(7.61752, 51.95558), (None, None)]
    around = (7.0, 51.0, 8.0, 52.5)
    step = Point(x="lon", y="lat", swapped=True, within=around)
    _, found = read_and_report(tmp_path, "lat,lon\n7.6,51.9\n51.9,7.6\nx,1\n", duck, fields, step)
    assert found.total(fault=Fault.SWAPPED) == 2
    assert found.total(fault=Fault.OUT_OF_RANGE) == 1
    assert found.total(fault=Fault.UNREADABLE) == 1


def test_geometries_written_as_text(tmp_path: Path, duck: Duck) -> None:
    text = 'g\n"POINT (7 51)"\nPOINT (\n'
    fields = [Field(name="geometry", type=Type.GEOMETRY)]
    _, found = read_and_report(tmp_path, text, duck, fields, Geometry(column="g", written="wkt"), quotes="lenient")
    assert found.total(fault=Fault.GEOMETRY) == 1


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata", "Atlantic/Azores"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("minutes", [15, 60])
@pytest.mark.parametrize("names", ["begin", "end"])
def test_every_moment_of_a_year_comes_back(zone: str, minutes: int, names: str, tmp_path: Path, duck: Duck) -> None:
    if zone == "Australia/Lord_Howe" and minutes == 60:
        pytest.skip("clocks go back half an hour there: hours alone cannot tell which one is meant")
    step = timedelta(minutes=minutes)
    moments = [datetime(2021, 1, 1, 12, tzinfo=UTC) + n * step for n in range(360 * 24 * 60 // minutes)]
    place = ZoneInfo(zone)
    shift = step if names == "end" else timedelta()
    lines = []
    for moment in moments:
        local = moment.astimezone(place).replace(tzinfo=None) + shift
        text = local.strftime("%Y-%m-%d %H:%M")
        if names == "end" and (local.hour, local.minute) == (0, 0):
            text = (local - timedelta(days=1)).strftime("%Y-%m-%d 24:00")
        lines.append(text)
    clock = LocalTime(
        columns=("t",),
        zone=zone,
        formats=("%Y-%m-%d %H:%M",),
        names=names,  # type: ignore[arg-type]
        length=int(shift.total_seconds()),
        midnight_24=True,
    )
    fields = [Field(name="instant", type=Type.INSTANT), Field(name="local", type=Type.TIMESTAMP)]
    rows, found = read_and_report(tmp_path, "t,x\n" + "".join(f"{t},1\n" for t in lines), duck, fields, clock)
    assert sorted(i for i, _ in rows) == moments
    assert all(i.astimezone(place).replace(tzinfo=None) == local for i, local in rows)
    assert found.total(effect=Effect.REFUSED_CELL) == 0


def test_times_that_never_were_and_third_copies_are_refused(tmp_path: Path, duck: Duck) -> None:
    text = "t,x\n" + "".join(
        f"{t},1\n" for t in ("2021-03-28 02:30", "2021-10-31 02:00", "2021-10-31 02:00", "2021-10-31 02:00")
    )
    clock = LocalTime(columns=("t",), zone="Europe/Berlin")
    rows, found = read_and_report(tmp_path, text, duck, [Field(name="instant", type=Type.INSTANT)], clock)
    assert sorted((r[0] is None, r[0]) for r in rows if r[0]) == [
        (False, datetime(2021, 10, 31, 0, tzinfo=UTC)),
        (False, datetime(2021, 10, 31, 1, tzinfo=UTC)),
    ]
    assert found.total(fault=Fault.MISSING_HOUR) == 1
    assert found.total(fault=Fault.UNREADABLE) == 1


def test_date_and_time_in_two_columns(tmp_path: Path, duck: Duck) -> None:
    clock = LocalTime(columns=("d", "u"), zone="Europe/Berlin", formats=("%d.%m.%Y %H:%M",), twice="second")
    rows = read(tmp_path, "d,u\n31.10.2021,02:30\n", duck, [Field(name="instant", type=Type.INSTANT)], clock)
    assert rows == [(datetime(2021, 10, 31, 1, 30, tzinfo=UTC),)]


def test_two_columns_of_local_time_in_one_file(tmp_path: Path, duck: Duck) -> None:
    text = "von,bis\n" + "".join(
        f"2021-10-31 0{h}:00,2021-10-31 0{e}:00\n" for h, e in ((1, 2), (2, 2), (2, 3), (3, 4))
    )
    steps = (
        LocalTime(columns=("von",), zone="Europe/Berlin", to="a", local="al", date="ad"),
        LocalTime(columns=("bis",), zone="Europe/Berlin", to="b", local="bl", date="bd"),
    )
    fields = [Field(name="a", type=Type.INSTANT), Field(name="b", type=Type.INSTANT)]
    rows = sorted(read(tmp_path, text, duck, fields, *steps))
    first = datetime(2021, 10, 30, 23, tzinfo=UTC)
    assert rows == [(first + timedelta(hours=n), first + timedelta(hours=n + 1)) for n in range(4)]


def test_unknown_zones_are_refused() -> None:
    for zone in ("Europe/Münster", "../../etc/passwd", ""):
        with pytest.raises(Invalid, match="no time zone"):
            changes(zone)


# --- other kinds --------------------------------------------------------------------------------------------


def test_excel_with_two_header_rows(tmp_path: Path, duck: Duck) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Blatt 'eins'"
    for row in (
        ["Titel"],
        ["Ort", "Nord", "Süd"],
        ["", "(1)", "(2)"],
        ["a", 5, "1,5"],
        [None, None, None],
        ["b", "-", 7],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    mapping = Mapping(
        read=Excel(files="*.xlsx", sheet="Blatt 'eins'", skip=1, header_rows=2),
        steps=(
            Drop(column="Ort", empty=True),
            Unpivot(columns="^(?P<seite>Nord|Süd)$", keep=("Ort",), headers=(r"\((?P<nr>\d)\)",)),
        ),
        fields=(
            Field(name="ort", source="Ort"),
            Field(name="seite"),
            Field(name="nr", type=Type.INTEGER),
            Field(name="value", type=Type.NUMBER, decimal=",", missing=("-",)),
        ),
    )
    files = resolve(mapping.read, tmp_path)
    rows = duck(compile_relation(mapping, files=files))
    assert rows == [("a", "Nord", 1, 5.0), ("a", "Süd", 2, 1.5), ("b", "Nord", 1, None), ("b", "Süd", 2, 7.0)]
    (left,) = (c for c in report(mapping, run=duck, files=files).files[0].counts if c.fault is Fault.FILTERED)
    assert left.lines == (5,)


def test_ods_is_converted_once_for_each_version(tmp_path: Path, duck: Duck) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    mapping = Mapping(
        read=Excel(files="*.ods", skip=1),
        fields=(Field(name="ort"), Field(name="zahl", type=Type.NUMBER), Field(name="tag", type=Type.DATE)),
    )
    write_ods(tmp_path / "a.ods", ["Titel"], ["ort", "zahl", "tag"], ["a", 5.5, date(2026, 5, 1)])
    with pytest.raises(Invalid, match="needs a cache folder"):
        resolve(mapping.read, tmp_path)
    first = resolve(mapping.read, tmp_path, cache=cache)
    assert duck(compile_relation(mapping, files=first)) == [("a", 5.5, date(2026, 5, 1))]
    assert resolve(mapping.read, tmp_path, cache=cache)[0].path == first[0].path
    assert first[0].converted_from == tmp_path / "a.ods"
    write_ods(tmp_path / "a.ods", ["Titel"], ["ort", "zahl", "tag"], ["b", 6, None], ["c", 7, None])
    second = resolve(mapping.read, tmp_path, cache=cache)
    assert [r[:2] for r in duck(compile_relation(mapping, files=second))] == [("b", 6.0), ("c", 7.0)]
    assert list(cache.iterdir()) == [second[0].path]


def write_ods(path: Path, *rows: Sequence[Any]) -> None:
    """Write the smallest OpenDocument spreadsheet that holds ``rows``."""

    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" '
        f'xmlns:text="{space}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Blatt">{lines}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0"/>')
        archive.writestr("content.xml", content)


def test_json_lines_with_a_torn_line(tmp_path: Path, duck: Duck) -> None:
    (tmp_path / "a.jsonl").write_text('{"a":{"b/c":"x"}}\n{"a":\n{"a":{"b/c":"y"}}\n')
    mapping = Mapping(read=Json(files="a.jsonl", lines=True), fields=(Field(name="v", source="/a/b~1c"),))
    files = resolve(mapping.read, tmp_path)
    assert sorted(duck(compile_relation(mapping, files=files))) == [("x",), ("y",)]
    found = report(mapping, run=duck, files=files)
    (torn,) = found.files[0].counts
    assert (torn.fault, torn.lines) == (Fault.TORN, (2,))


def test_json_without_the_list_it_should_have(tmp_path: Path, duck: Duck) -> None:
    (tmp_path / "a.json").write_text('{"items": {"a": 1}}')
    mapping = Mapping(read=Json(files="a.json", records="/items"), fields=(Field(name="a"),))
    files = resolve(mapping.read, tmp_path)
    with pytest.raises(Invalid, match=r"no array of records at “/items” in .*a\.json"):
        duck(compile_relation(mapping, files=files))


def test_a_table_of_a_database(tmp_path: Path, duck: Duck) -> None:
    duck.connection.execute(f"ATTACH '{tmp_path}/a.db' AS quelle (TYPE sqlite)")
    try:
        duck.connection.execute('CREATE TABLE quelle."Ein ""Name" (a INTEGER, b VARCHAR)')
        duck.connection.execute("""INSERT INTO quelle."Ein ""Name" VALUES (1, '2,5'), (2, NULL)""")
        mapping = Mapping(
            read=Table(table='Ein "Name'),
            fields=(Field(name="a", type=Type.INTEGER), Field(name="b", type=Type.TEXT)),
        )
        relation = compile_relation(mapping, attachments=(SQLite("quelle", str(tmp_path / "a.db")),))
        assert duck(relation) == [(1, "2,5"), (2, None)]
        assert report(mapping, run=duck, attachments=relation.attachments).rows_given == 2
    finally:
        duck.connection.execute("DETACH quelle")


@pytest.mark.parametrize(("schema", "read"), [("", "public"), ("verkehr", "verkehr")])
def test_of_a_postgresql_database_only_the_tables_schema_is_attached(schema: str, read: str) -> None:
    server = Postgres("quelle", "db.example", 5432, "stadt", "leser", "wort")
    mapping = Mapping(read=Table(table="orte", schema=schema), fields=(Field(name="a"),))
    relation = compile_relation(mapping, attachments=(server,))
    assert f"FROM quelle.{read}.orte)" in relation.sql.replace('"', "")
    narrow = Postgres("quelle", "db.example", 5432, "stadt", "leser", "wort", schema=read)
    assert relation.attachments == (narrow,)


# --- what must hold for anything ----------------------------------------------------------------------------

HOSTILE = st.text(alphabet="ab'\"\\;-/*%_()[]{}$ \tÄ", min_size=1, max_size=12)


@FAST
@given(header=HOSTILE, value=HOSTILE, constant=HOSTILE, mark=HOSTILE)
@example(header='") FROM x; --', value="'; DROP TABLE x; --", constant="'||version()||'", mark="')) OR 1=1 --")
def test_nothing_in_a_mapping_or_a_file_becomes_sql(
    header: str, value: str, constant: str, mark: str, tmp_path: Path, duck: Duck
) -> None:
    head = " ".join(header.split())
    assume(head and head != "x")
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([[header, "x"], [value, "1"]])
    fields = [Field(name="v", source=head, missing=(mark,)), Field(name="k"), Field(name="s")]
    status = Status(column="x", to="s", marks={mark: constant}, otherwise=constant)
    rows = read(tmp_path, out.getvalue(), duck, fields, Constant(to="k", value=constant), status)
    text = value.strip(" ") or None
    assert rows == [(None if text == mark else text, constant.strip(" ") or None, constant.strip(" ") or None)]


@FAST
@given(
    pattern=st.text(alphabet="ab()[]{}|*+?^$\\.'\"-P<>n:", max_size=12),
    subjects=st.lists(st.text(max_size=8), max_size=4),
)
@example(pattern="(a*)*b", subjects=["a" * 40])
def test_any_pattern_matches_in_linear_time_or_is_refused(pattern: str, subjects: list[str]) -> None:
    try:
        found = patterns.match(pattern, [s.replace("\0", "") for s in subjects])
    except Invalid:
        return
    assert len(found) == len(subjects)


CELLS = st.sampled_from(["1", "x", "", '"a"', '"a;b"', '"a\nb"', '"', 'a"b', "ä", "\\", " 7 ", "-"])
LINES = st.lists(st.lists(CELLS, min_size=0, max_size=5).map(";".join), min_size=0, max_size=12)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, end=st.sampled_from(["\n", "\r\n"]), lenient=st.booleans(), junk=st.binary(max_size=3))
def test_no_row_is_lost_without_being_counted(
    lines: list[str], end: str, lenient: bool, junk: bytes, tmp_path: Path, duck: Duck
) -> None:
    body = end.join(["a;b;c", *lines]).encode() + junk
    (tmp_path / "a.csv").write_bytes(body)
    read_as = Csv(files="a.csv", separator=";", quotes="lenient" if lenient else "strict")
    mapping = Mapping(read=read_as, fields=(Field(name="a", type=Type.INTEGER), Field(name="b"), Field(name="c")))
    try:
        files = resolve(mapping.read, tmp_path)
        given_rows = len(duck(compile_relation(mapping, files=files)))
    except Invalid:
        return
    found = report(mapping, run=duck, files=files)
    (one,) = found.files
    assert one.problem is None
    assert one.rows_given == given_rows
    out = found.total(effect=Effect.REFUSED_ROW) + found.total(effect=Effect.LEFT_OUT)
    assert one.rows_read == one.rows_given + out or found.total(fault=Fault.NOT_LOCATED) > 0
    assert found.summary().de


def test_a_broken_file_does_not_hide_the_others(tmp_path: Path, duck: Duck) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("a,b\n1,2\n")
    mapping = Mapping(read=Csv(files="?.csv"), fields=(Field(name="a"), Field(name="b")))
    files = resolve(mapping.read, tmp_path)
    (tmp_path / "1.csv").unlink()

    def run(relation: Any) -> Sequence[tuple[object, ...]]:
        try:
            return duck(relation)
        except duckdb.Error as error:
            raise AssertionError from error

    (tmp_path / "1.csv").write_bytes(b"")
    found = report(mapping, run=run, files=files)
    assert [f.rows_given for f in found.files] == [0, 1]


def test_torn_lines_are_named(tmp_path: Path, duck: Duck) -> None:
    text = 'a,b\n1,2\n3\n\n4,5,6\n7,"8\n9",\n10,11,\n'
    rows, found = read_and_report(tmp_path, text, duck, [Field(name="a"), Field(name="b")])
    assert rows == [("1", "2"), ("7", "8\n9"), ("10", "11")]
    by_fault = {(c.fault, c.effect): c.lines for c in found.files[0].counts}
    assert by_fault[Fault.TORN, Effect.REFUSED_ROW] == (5, 3) or set(by_fault[Fault.TORN, Effect.REFUSED_ROW]) == {3, 5}
    assert by_fault[Fault.BLANK_LINE, Effect.LEFT_OUT] == (4,)
    assert by_fault[Fault.SURPLUS_CELL, Effect.REPAIRED] == (6, 8)
    assert found.files[0].rows_read == 6


def test_short_rows_may_be_filled(tmp_path: Path, duck: Duck) -> None:
    rows = read(tmp_path, "a,b\n1\n2,3\n", duck, [Field(name="a"), Field(name="b")], short_rows="fill")
    assert rows == [("1", None), ("2", "3")]


def test_required_fields_refuse_rows(tmp_path: Path, duck: Duck) -> None:
    fields = [Field(name="a", type=Type.INTEGER, required=True), Field(name="b")]
    rows, found = read_and_report(tmp_path, "a,b\n1,x\n,y\nz,w\n", duck, fields)
    assert rows == [(1, "x")]
    (missing,) = (c for c in found.files[0].counts if c.fault is Fault.REQUIRED)
    assert missing.lines == (3, 4)


def test_a_report_without_samples_shows_no_values(tmp_path: Path, duck: Duck) -> None:
    (tmp_path / "a.csv").write_text("a,b\ngeheim,1\n")
    mapping = Mapping(read=Csv(files="a.csv"), fields=(Field(name="a", type=Type.INTEGER), Field(name="b")))
    found = report(mapping, run=duck, files=resolve(mapping.read, tmp_path), samples=False)
    assert found.total(fault=Fault.UNREADABLE) == 1
    assert "geheim" not in repr(found)
