# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ten lists with an office's habits: what is found, what is left out, what stops, and why."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font, PatternFill

from allmende.engine.lists.examine import examine
from allmende.engine.lists.model import (
    Column,
    Concealed,
    Decisions,
    Found,
    Meaning,
    Origin,
    PersonalKind,
    Proposal,
    Reaction,
    RowDecision,
    TableDecision,
    Why,
)
from allmende.engine.mapping.fields import Type
from tests.engine.lists.messy import FILES
from tests.engine.lists.test_bad_input import ods_with


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    for name, make in FILES.items():
        make(tmp_path / name)
    return tmp_path


def proposed(path: Path, decisions: Decisions | None = None) -> Proposal:
    found = examine(path, decisions).proposal
    for table in found.tables:
        assert table.rows_kept + sum(o.count for o in table.left_out) == table.height
        covered = [r for o in table.left_out for r in range(o.first, o.last + 1)]
        assert len(covered) == len(set(covered))
    return found


def column(table: Found, heading: str) -> Column:
    return next(c for c in table.columns if c.heading == heading)


def out(table: Found) -> list[tuple[int, int, str]]:
    return [(o.first, o.last, o.why.value) for o in table.left_out]


def test_title_stand_two_heading_rows_sum_and_footnote(messy: Path) -> None:
    found = proposed(messy / "einwohner.xlsx")
    (table,) = found.tables
    assert (found.reaction, table.rows_kept, table.height) == (Reaction.IMPORT, 8, 16)
    assert (table.title, table.stand) == ("Stadt Auenstadt – Einwohner nach Stadtteilen", "2024-12-31")
    assert out(table) == [
        (1, 1, "title"), (2, 2, "stand"), (3, 3, "empty"), (4, 5, "header"), (14, 14, "total"), (15, 15, "empty"),
        (16, 16, "footnote"),
    ]  # fmt: skip
    assert [c.name for c in table.columns] == [
        "stadtteil", "einwohner_weiblich", "einwohner_maennlich", "flaeche_in_ha", "anteil",
    ]  # fmt: skip
    assert column(table, "Anteil").unit == "%"
    assert column(table, "Fläche in ha").unit == "har"
    assert column(table, "Stadtteil").meaning is Meaning.DISTRICT
    assert table.preview[0] == ("Altstadt", "1042", "1020", "16.5", "12.5")
    assert table.area.a1 == "A4:E13"


def test_colours_mean_what_the_legend_says(messy: Path) -> None:
    (table,) = proposed(messy / "baeume.xlsx").tables
    assert table.colours is not None
    assert {c.meaning: c.rows for c in table.colours.colours} == {"Nachkontrolle nötig": 2, "zu fällen": 1}
    assert all(c.from_legend for c in table.colours.colours)
    assert [r[-1] for r in table.preview] == ["", "Nachkontrolle nötig", "zu fällen", "", "Nachkontrolle nötig", ""]
    planted = column(table, "gepflanzt")
    assert planted.type is Type.DATE
    assert [r[2] for r in table.preview][:4] == ["1998-03-01", "2004-10-15", "2011-04-03", "2015-11-02"]
    girth = column(table, "Stammumfang")
    assert (girth.type, girth.unit, girth.missing) == (Type.NUMBER, "cm", ("k. A.",))
    assert [r[3] for r in table.preview] == ["120", "95", "", "61.5", "40", "38.2"]
    assert column(table, "Baum-Nr.").type is Type.TEXT
    assert table.preview[0][0] == "0012"


def test_colour_without_legend_asks_and_stripes_are_decoration(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Ort", "Zahl"])
    for n in range(8):
        sheet.append([f"Ort {chr(65 + n)}", n * n])
    for row in (4, 5):
        for cell in sheet[row]:
            cell.fill = PatternFill("solid", fgColor="FFFFFF00")
    book.save(tmp_path / "one.xlsx")
    one = proposed(tmp_path / "one.xlsx")
    assert one.reaction is Reaction.ASK
    assert [c.origin for c in one.tables[0].columns] == [Origin.CELLS, Origin.CELLS, Origin.COLOUR]
    named = Decisions(tables=(TableDecision(colours=True, meanings={"FFFF00": "gesperrt"}),))
    again = proposed(tmp_path / "one.xlsx", named)
    assert again.reaction is Reaction.IMPORT
    assert [r[2] for r in again.tables[0].preview] == ["", "", "gesperrt", "gesperrt", "", "", "", ""]
    for row in range(2, 10):
        for cell in sheet[row]:
            cell.fill = PatternFill("solid", fgColor="FFDDDDDD") if row % 2 else PatternFill()
    book.save(tmp_path / "stripes.xlsx")
    stripes = proposed(tmp_path / "stripes.xlsx")
    assert (stripes.reaction, stripes.tables[0].colours) == (Reaction.IMPORT, None)


def test_subtotals_are_reckoned_up_and_sections_become_a_column(messy: Path) -> None:
    (table,) = proposed(messy / "haushalt.xlsx").tables
    assert [(o.first, o.why) for o in table.left_out if o.why is Why.TOTAL] == [
        (5, Why.TOTAL),
        (9, Why.TOTAL),
        (10, Why.TOTAL),
    ]
    assert table.rows_kept == 4
    assert [r[0] for r in table.preview] == ["Teilhaushalt 01 Verwaltung"] * 2 + ["Teilhaushalt 02 Ordnung"] * 2
    assert (column(table, "Ansatz").type, column(table, "Ansatz").unit) == (Type.NUMBER, "EUR")
    assert table.preview[2][3:] == ("45000", "47123.75")


def test_a_sum_that_does_not_add_up_is_kept_and_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Ort;Zahl;Fläche\nA;1;2\nB;2;3\nGesamtschule Nord;7;9\nC;3;4\nSumme;99;98\n", encoding="utf-8")
    found = proposed(path)
    assert found.tables[0].rows_kept == 5
    assert found.reaction is Reaction.ASK
    assert any("Zeile 6 („Summe“) nennt sich Summe" in r.de for r in found.reasons)
    decided = Decisions(rows=(RowDecision(keep=False, text="Summe"),), looked=True)
    again = proposed(path, decided)
    assert (again.reaction, again.tables[0].rows_kept) == (Reaction.IMPORT, 4)
    assert [o.why for o in again.tables[0].left_out][-1] is Why.BY_HAND


def test_sheets_of_years_are_stacked_and_the_cover_is_not_used(messy: Path) -> None:
    found = proposed(messy / "kitas.xlsx")
    (stack,) = found.stacks
    assert (stack.tables, stack.column, stack.values) == (
        ("2022#1", "2023#1", "2024#1"),
        "jahr",
        ("2022", "2023", "2024"),
    )
    assert [(t.sheet, t.use) for t in found.tables] == [
        ("Deckblatt", False),
        ("2022", True),
        ("2023", True),
        ("2024", True),
    ]


def test_years_as_columns_can_be_made_long(messy: Path) -> None:
    (table,) = proposed(messy / "zeitreihe.xlsx").tables
    assert table.long is not None
    assert (table.long.into, table.long.values, table.long.done) == ("jahr", ("2019", "2020", "2021", "2022"), False)
    assert table.columns[2].missing == (".",)
    assert [c.place for c in table.columns] == [1, 3, 4, 5, 6]  # the empty column between is none


def test_hidden_columns_sheets_and_comments_stop(messy: Path) -> None:
    found = proposed(messy / "vereine.xlsx")
    assert found.reaction is Reaction.STOP
    assert [(h.kind, h.sheet) for h in found.hidden] == [
        (Concealed.COLUMN, "Vereine"), (Concealed.COLUMN, "Vereine"), (Concealed.COMMENT, "Vereine"),
        (Concealed.VERY_HIDDEN_SHEET, "Konten"),
    ]  # fmt: skip
    kinds = {(p.kind, p.column, p.hidden) for p in found.personal}
    assert kinds == {
        (PersonalKind.NAME, "Ansprechpartner", True),
        (PersonalKind.PHONE, "Telefon", True),
        (PersonalKind.NAME, "", True),
        (PersonalKind.IBAN, "IBAN", True),
    }
    assert not next(t for t in found.tables if t.sheet == "Konten").use
    everything = str(found)
    for secret in ("Meier", "Schulze", "47110812", "3704", "Petersen"):
        assert secret not in everything


def test_persons_in_plain_sight_stop_and_hidden_rows_and_white_letters_too(messy: Path) -> None:
    found = proposed(messy / "personen.xlsx")
    assert found.reaction is Reaction.STOP
    assert [(h.kind, h.first) for h in found.hidden] == [(Concealed.ROW, 3), (Concealed.WHITE_TEXT, 1)]
    kinds = {p.kind for p in found.personal}
    assert kinds == {PersonalKind.NAME, PersonalKind.BIRTH_DATE, PersonalKind.ADDRESS}
    everything = str(found)
    for secret in ("Meier", "Hauptstraße", "1951", "Petersen"):
        assert secret not in everything


def test_two_tables_repeated_headings_and_merged_labels(messy: Path) -> None:
    works, counts = proposed(messy / "baustellen.xlsx").tables
    assert [r[0] for r in works.preview] == ["Hauptstraße", "Hauptstraße", "Ringweg", "Ringweg"]
    assert (5, 5, "repeated-header") in out(works)
    assert column(works, "fertig").type is Type.BOOLEAN
    assert column(works, "Kosten in €").unit == "EUR"
    assert (counts.title, counts.rows_kept, counts.area.a1) == ("Verkehrszählung am Ring", 6, "A10:C16")


def test_a_separator_that_changes_midway_and_a_broken_line(messy: Path) -> None:
    found = proposed(messy / "spielgeraete.csv")
    (table,) = found.tables
    assert (found.encoding, found.separator, found.reaction) == ("windows-1252", ";", Reaction.ASK)
    assert (table.rows_kept, table.stand, table.title) == (11, "2024-08-01", "Spielgeräte der Stadt Auenstadt")
    assert any("Das Trennzeichen wechselt: 4 Zeilen (10 bis 13)" in r.de for r in found.reasons)
    assert (14, 14, "broken") in out(table)
    assert [r[1] for r in table.preview][-1] == "Rutsche für Kleine"


def test_broken_umlauts_apostrophes_and_leading_zeros(messy: Path) -> None:
    (table,) = proposed(messy / "gemeinden.csv").tables
    assert [r[:2] for r in table.preview][:3] == [("05515000", "Münster"), ("05515001", "Köln"), ("05515002", "Düren")]
    assert column(table, "AGS").type is Type.TEXT
    assert (column(table, "Einwohner").type, table.preview[0][2]) == (Type.INTEGER, "12300")
    assert (column(table, "Anteil").unit, table.preview[1][3]) == ("%", "1.5")


def test_umlauts_are_mended_only_where_that_is_provable(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Ort;Zahl\nMÃ¼nster;1\nÃbergang;2\nÂLTE;3\n", encoding="utf-8")
    (table,) = proposed(path).tables
    assert [r[0] for r in table.preview] == ["Münster", "Ãbergang", "ÂLTE"]


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman", "latin-1", "utf-16", "utf-8-sig"])
def test_umlauts_of_every_encoding_an_office_has(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Straße;Größe\nGrüner Weg;12\nÄußere Höhe;3\nAm Köönig;4\n".encode(encoding))
    (table,) = proposed(path).tables
    assert [c.heading for c in table.columns] == ["Straße", "Größe"]
    assert table.preview[0] == ("Grüner Weg", "12")


def test_two_encodings_in_one_file_are_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Straße;Größe\nGrüner Weg;12\n".encode() + "Höhe;3\n".encode("latin-1"))
    found = proposed(path)
    assert [r[0] for r in found.tables[0].preview] == ["Grüner Weg", "Höhe"]
    assert any("Zwei Kodierungen" in r.de for r in found.reasons)


def test_white_is_seen_in_very_long_sheets_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Nr", "Wert", "Rest"])
    for n in range(9000):
        sheet.append([n, n * 2, "x" if n % 2 else None])
    sheet["C8000"] = "heimlich"
    sheet["C8000"].font = Font(color="FFFFFFFF")
    sheet.row_dimensions[8500].hidden = True
    book.save(tmp_path / "a.xlsx")
    found = proposed(tmp_path / "a.xlsx")
    assert [(h.kind, h.first, h.last) for h in found.hidden] == [
        (Concealed.ROW, 8500, 8500),
        (Concealed.WHITE_TEXT, 8000, 8000),
    ]


def test_opendocument_colours_hidden_rows_and_notes(tmp_path: Path) -> None:
    def cell(text: str, more: str = "", inner: str = "") -> str:
        return f'<table:table-cell office:value-type="string" {more}>{inner}<text:p>{text}</text:p></table:table-cell>'

    note = "<office:annotation><text:p>Frau Petersen weiß mehr</text:p></office:annotation>"
    rows = f'<table:table-column table:number-columns-repeated="2"/><table:table-row>{cell("Ort")}{cell("Art")}</table:table-row>'
    for n in range(6):
        style = 'table:style-name="y"' if n in {1, 2} else ""
        hidden = ' table:visibility="collapse"' if n == 4 else ""
        rows += f"<table:table-row{hidden}>{cell(f'Ort {chr(65 + n)}', style, note if n == 3 else '')}{cell('Park', style)}</table:table-row>"
    path = tmp_path / "a.ods"
    ods_with(path, rows)
    found = proposed(path)
    assert found.reaction is Reaction.STOP
    assert [(h.kind, h.first) for h in found.hidden] == [(Concealed.ROW, 6), (Concealed.COMMENT, 5)]
    colours = found.tables[0].colours
    assert colours is not None
    assert [(c.rgb, c.rows) for c in colours.colours] == [("FFFF00", 2)]


def test_xml_records_become_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    records = "".join(f'<baum nr="{n:03d}"><art>Linde</art><ort><x>{n},5</x></ort></baum>' for n in range(1, 6))
    path.write_text(f"<?xml version='1.0' encoding='utf-8'?><liste><stand>1</stand>{records}</liste>", encoding="utf-8")
    (table,) = proposed(path).tables
    assert [c.heading for c in table.columns] == ["nr", "art", "ort/x"]
    assert table.preview[0] == ("001", "Linde", "1.5")
    assert table.rows_kept == 5


def test_words_among_numbers_keep_a_column_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "Zeit;frei\n" + "".join(f"{n}:00;{'ges' if n == 12 else n * 3}\n" for n in range(8, 20)), encoding="utf-8"
    )
    (table,) = proposed(path).tables
    assert [(c.name, c.type, c.origin) for c in table.columns] == [
        ("zeit", Type.TIME, Origin.CELLS), ("frei", Type.INTEGER, Origin.CELLS), ("frei_status", Type.TEXT, Origin.WORDS),
    ]  # fmt: skip
    assert table.preview[4] == ("12:00:00", "", "ges")


def test_side_by_side_tables_are_two(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Ort", "Zahl", None, "Ort", "Zahl"])
    for n in range(5):
        sheet.append([f"A{n}", n, None, f"B{n}", n * 2])
    book.save(tmp_path / "a.xlsx")
    tables = proposed(tmp_path / "a.xlsx").tables
    assert [(t.area.a1, t.rows_kept) for t in tables] == [("A1:B6", 5), ("D1:E6", 5)]


def test_a_sum_labelled_in_the_column_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = ["Nr;Name;Anzahl", "Bezirk Mitte;;", "1;Aegidii;5", "2;Dom;6", "Summe Bezirk Mitte;;11", "Bezirk West;;"]
    lines += ["3;Gievenbeck;7", "4;Sentrup;8", "Summe Bezirk West;;15", "Insgesamt;;26"]
    path.write_text("\n".join(lines), encoding="utf-8")
    (table,) = proposed(path).tables
    assert [o.first for o in table.left_out if o.why is Why.TOTAL] == [5, 9, 10]
    assert column(table, "Nr").type is Type.INTEGER
    assert [r[0] for r in table.preview] == ["Bezirk Mitte"] * 2 + ["Bezirk West"] * 2


def test_a_sum_at_the_top_and_one_without_label(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Gebiet;Einwohner\nStadt insgesamt;600\nNord;100\nSüd;200\nWest;300\n", encoding="utf-8")
    assert [o.first for o in proposed(path).tables[0].left_out if o.why is Why.TOTAL] == [2]
    path.write_text("Gebiet;a;b\nNord;100;1\nSüd;200;2\nWest;300;3\n;600;6\n", encoding="utf-8")
    assert [o.first for o in proposed(path).tables[0].left_out if o.why is Why.TOTAL] == [5]


def test_length_and_width_in_metres_are_no_coordinates(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "Straße;Länge;Breite\n;[m];[m]\n" + "".join(f"Weg {c};{n},5;3\n" for n, c in enumerate("ABCDE", 90)),
        encoding="utf-8",
    )
    (table,) = proposed(path).tables
    assert table.header_rows == (1, 2)
    assert [(c.unit, c.meaning) for c in table.columns[1:]] == [("m", Meaning.MEASURE), ("m", Meaning.MEASURE)]
