# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ten lists with the habits of real offices, written for the tests. Each function says which habits it has.

All names, numbers and addresses are invented; telephone numbers are from the range kept for fiction (0228 47110815).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

YELLOW, RED, GREEN = (PatternFill("solid", fgColor=c) for c in ("FFFFFF00", "FFFF0000", "FF92D050"))
DISTRICTS = ("Altstadt", "Nordviertel", "Hafen", "Südpark", "Weststadt", "Ostheim", "Bergfeld", "Talmühle")


def population(path: Path) -> None:
    """Title rows, "Stand:" line, merged group headings over two rows, sum at the bottom, footnote."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Einwohner"
    sheet["A1"] = "Stadt Auenstadt – Einwohner nach Stadtteilen"
    sheet.merge_cells("A1:E1")
    sheet["A2"] = "Stand: 31.12.2024"
    sheet["A4"], sheet["B4"], sheet["D4"], sheet["E4"] = "Stadtteil", "Einwohner", "Fläche in ha", "Anteil"
    sheet.merge_cells("B4:C4")
    sheet.merge_cells("A4:A5")
    sheet["B5"], sheet["C5"] = "weiblich", "männlich"
    for row, name in enumerate(DISTRICTS, start=6):
        sheet.append([name, 1000 + 7 * row, 990 + 5 * row, 10.5 + row, 0.125])
        sheet.cell(row, 5).number_format = "0.0%"
    total = [sum(sheet.cell(r, column).value for r in range(6, 14)) for column in range(2, 5)]
    sheet.append(["Insgesamt", *total, 1.0])
    sheet["A16"] = "* Hauptwohnsitz. Quelle: Melderegister"
    book.save(path)


def trees(path: Path) -> None:
    """Colours as meaning with a legend at the side, dates as text in several notations, numbers with units."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Bäume"
    sheet.append(["Baum-Nr.", "Art", "gepflanzt", "Stammumfang", "Kontrolle", None, "Legende"])
    rows = [
        ("0012", "Linde", "1.3.1998", "120 cm", "ja", None),
        ("0013", "Ahorn", "15.10.04", "ca. 95 cm", "nein", YELLOW),
        ("0014", "Platane", "3. April 2011", "k. A.", "ja", RED),
        ("0015", "Linde", "2015-11-02", "61,5 cm", "ja", None),
        ("0016", "Eiche", "07.11.2018", "40 cm", "nein", YELLOW),
        ("0017", "Eiche", "07.11.2018", "38,2 cm", "ja", None),
    ]
    for number, *cells, fill in rows:
        sheet.append([number, *cells])
        if fill:
            for cell in sheet[sheet.max_row][:5]:
                cell.fill = fill
    for row, (fill, words) in enumerate(((YELLOW, "Nachkontrolle nötig"), (RED, "zu fällen")), start=2):
        sheet.cell(row, 7).fill = fill
        sheet.cell(row, 8, words)
    book.save(path)


def budget(path: Path) -> None:
    """Subtotals in between, a grand total, section headings, money as text with point, comma and €."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Haushalt 2024"
    sheet.append(["Produkt", "Bezeichnung", "Ansatz", "Ergebnis"])
    for title, lines in (
        ("Teilhaushalt 01 Verwaltung", [("0101", "Rat", 1200.5, 1100.25), ("0102", "Personal", 23000, 22990)]),
        ("Teilhaushalt 02 Ordnung", [("0201", "Feuerwehr", 45000, 47123.75), ("0202", "Märkte", 300, 280.5)]),
    ):
        sheet.append([title])
        for code, name, plan, done in lines:
            sheet.append([code, name, _euro(plan), _euro(done)])
        sheet.append([None, "Summe", _euro(sum(x[2] for x in lines)), _euro(sum(x[3] for x in lines))])
    sheet.append([None, "Gesamtsumme", _euro(69500.5), _euro(71494.5)])
    book.save(path)


def _euro(value: float) -> str:
    return f"{value:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".") + " €"


def years(path: Path) -> None:
    """One sheet per year with the same columns, a cover sheet before them, an empty sheet behind."""
    book = Workbook()
    cover = book.active
    cover.title = "Deckblatt"
    cover["B2"] = "Kindertagesstätten in Auenstadt"
    cover["B3"] = "Amt für Kinder, Jugend und Familie"
    for year in (2022, 2023, 2024):
        sheet = book.create_sheet(str(year))
        sheet.append([f"Plätze {year}"])
        sheet.append([])
        sheet.append(["Einrichtung", "Stadtteil", "Plätze", "belegt"])
        for n, district in enumerate(DISTRICTS[:4]):
            sheet.append([f"Kita {district}", district, 40 + n + year - 2020, 38 + n])
    book.create_sheet("Tabelle5")
    book.save(path)


def crosstab(path: Path) -> None:
    """Years as columns, districts as rows, marks of official statistics for missing values, blank spacer column."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Zeitreihe"
    sheet.append(["Arbeitslose nach Stadtteilen"])
    sheet.append([])
    sheet.append(["Stadtteil", None, 2019, 2020, 2021, 2022])
    for n, name in enumerate(DISTRICTS):
        sheet.append([name, None, 100 + n, "." if n == 2 else 110 + n, "x" if n == 5 else 120 + n, 130 + n])
    book.save(path)


def clubs(path: Path) -> None:
    """A hidden column with names and telephone numbers, a very hidden sheet with accounts, a comment with a name."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Vereine"
    sheet.append(["Verein", "Mitglieder", "Ansprechpartner", "Telefon", "Zuschuss"])
    people = ("Anna Meier", "Schulze, Peter", "Dr. Sabine Kurz", "Hans-Georg Holt")
    for n, person in enumerate(people):
        sheet.append([f"Sportverein {DISTRICTS[n]}", 120 + n, person, f"0228 / 4711081{n}", 500 + 10 * n])
    sheet.column_dimensions["C"].hidden = True
    sheet.column_dimensions["D"].hidden = True
    sheet["E3"].comment = Comment("Frau Petersen fragt noch nach", "Amt")
    secret = book.create_sheet("Konten")
    secret.append(["Verein", "IBAN"])
    secret.append(["Sportverein Altstadt", "DE89 3704 0044 0532 0130 00"])
    secret.sheet_state = "veryHidden"
    book.save(path)


def residents(path: Path) -> None:
    """Residents with names, dates of birth and addresses in plain sight; two hidden rows; white letters."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Liste"
    sheet.append(["Nachname", "Vorname", "geb. am", "Straße und Haus-Nr.", "PLZ"])
    for n, (last, first) in enumerate((("Meier", "Anna"), ("Kurz", "Peter"), ("Holt", "Jan"), ("Petersen", "Ute"))):
        sheet.append([last, first, datetime.date(1950 + n, 3, 4 + n), f"Hauptstraße {n + 1}", 48143 + n])
    sheet.row_dimensions[3].hidden = True
    sheet["G1"] = "intern: zahlt nicht"
    sheet["G1"].font = Font(color="FFFFFFFF")
    book.save(path)


def works(path: Path) -> None:
    """Two tables on one sheet, blank lines, repeated headings of a printed page, labels merged downwards."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Baustellen"
    sheet.append(["Straße", "Abschnitt", "Kosten in €", "fertig"])
    rows = [
        ("Hauptstraße", "Nord", 12000, "x"),
        (None, "Süd", 9000, None),
        ("Ringweg", "Ost", 4000, "x"),
        (None, "West", 7000, None),
    ]
    for row in rows[:2]:
        sheet.append(row)
    sheet.append([])
    sheet.append(["Straße", "Abschnitt", "Kosten in €", "fertig"])
    for row in rows[2:]:
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("A6:A7")
    sheet.append([])
    sheet.append(["Verkehrszählung am Ring"])
    sheet.append(["Stunde", "Pkw", "Lkw"])
    for hour in range(6, 12):
        sheet.append([hour, 100 * hour, 10 * hour])
    book.save(path)


def broken_csv(path: Path) -> None:
    """A CSV with title and foot lines that changes its separator midway, has ISO-8859-1 umlauts and a line too long."""
    lines = ["Spielgeräte der Stadt Auenstadt;;;", "Nr;Gerät;Stadtteil;Prüfung"]
    lines += [f"{n:03d};Schaukel groß;{DISTRICTS[n % 8]};0{1 + n % 9}.05.2024" for n in range(1, 8)]
    lines += [f"{n:03d},Rutsche für Kleine,{DISTRICTS[n % 8]},0{1 + n % 9}.06.2024" for n in range(8, 12)]
    lines += ["012;Wippe;Hafen;01.07.2024;zu viel;noch mehr", "Stand: 01.08.2024"]
    path.write_bytes("\r\n".join(lines).encode("latin-1"))


def mojibake_csv(path: Path) -> None:
    """UTF-8 with byte-order mark whose umlauts went through a wrong encoding once; apostrophes; leading zeros."""
    lines = ["AGS;Gemeinde;Einwohner;Anteil"]
    for n, name in enumerate(("Münster", "Köln", "Düren", "Gütersloh", "Soest")):
        spoilt = name.encode("utf-8").decode("cp1252")
        lines.append(f"'0551500{n};{spoilt};{12 + n}.{300 + n};{n},5 %")
    path.write_bytes(b"\xef\xbb\xbf" + "\n".join(lines).encode("utf-8"))


FILES: dict[str, Callable[[Path], None]] = {
    "einwohner.xlsx": population,
    "baeume.xlsx": trees,
    "haushalt.xlsx": budget,
    "kitas.xlsx": years,
    "zeitreihe.xlsx": crosstab,
    "vereine.xlsx": clubs,
    "personen.xlsx": residents,
    "baustellen.xlsx": works,
    "spielgeraete.csv": broken_csv,
    "gemeinden.csv": mojibake_csv,
}
