# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sample files for the recipes that come with the program: invented figures in the shape in which offices send them.

Each comes in two forms: the one the recipe expects, and one as another town has it (``other``): another separator or
encoding, a column with another name, one that nobody expects, one year more.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.recipes.samples.workbook import write_workbook

DISTRICTS = ("Altstadt", "Am Anger", "Bahnhofsviertel", "Hafen", "Nord", "Ostheim", "Süd", "Weiherfeld")
_AGES = (
    "unter 3",
    "3 bis unter 6",
    "6 bis unter 10",
    "10 bis unter 18",
    "18 bis unter 30",
    "30 bis unter 65",
    "65 und älter",
)

Row = Sequence[object]


def sample(name: str, folder: Path, *, other: bool = False) -> Path:
    """Write the sample file of a shipped recipe into a folder and return its path. Raises NotFound for other names.

    The same name gives the same file each time.
    """
    if name not in WRITERS:
        raise NotFound(
            Text(
                f"Zum Rezept „{name}“ gibt es keine Beispieldatei. Es gibt: {', '.join(sorted(WRITERS))}.",
                f"There is no sample file for the recipe “{name}”. There are: {', '.join(sorted(WRITERS))}.",
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(f"{name} {other}")  # noqa: S311 (figures, no secrets)
    return WRITERS[name](folder, chance, other)


def _text(path: Path, rows: Sequence[Row], *, separator: str = ";", encoding: str = "cp1252") -> Path:
    lines = [separator.join(_quoted(str(cell), separator) for cell in row) for row in rows]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def _quoted(cell: str, separator: str) -> str:
    return f'"{cell}"' if separator in cell and separator == "," else cell


def _de(value: float, places: int = 2) -> str:
    """Write a number as German offices do: 1.234,50."""
    return f"{value:,.{places}f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def _residents(folder: Path, chance: random.Random, other: bool) -> Path:
    header = ["Stichtag", "Stadtteil-Nr.", "Stadtteil", *_AGES, "Insgesamt"]
    years = (2023, 2024, 2025) if other else (2023, 2024)
    if other:
        header[2] = "Statistischer Stadtteil"
    rows: list[Row] = [
        [f"Bevölkerung am Ort der Hauptwohnung nach Altersgruppen, {years[0]} bis {years[-1]}"],
        [f"Stand: 31.12.{years[-1]}"],
        [""],
    ]
    rows += [["nur zum internen Gebrauch"]] if other else []
    rows.append(header)
    for year in years:
        totals = [0] * len(_AGES)
        for place, district in enumerate(DISTRICTS):
            size = 300 if place == 3 else 2500 + 900 * place
            shares = (0.028, 0.029, 0.037, 0.07, 0.15, 0.46, 0.22)
            counts = [max(0, round(size * s * chance.uniform(0.8, 1.2))) for s in shares]
            if place == 3:
                counts[0], counts[1] = 3, 2  # so small that they point to families
            totals = [a + b for a, b in zip(totals, counts, strict=True)]
            rows.append([f"31.12.{year}", f"{place + 1:02d}", district, *(_de(c, 0) for c in [*counts, sum(counts)])])
        rows.append([f"31.12.{year}", "", "Insgesamt", *(_de(c, 0) for c in [*totals, sum(totals)])])
    rows.append(["Quelle: Einwohnerwesen, eigene Auszählung"])
    return _text(
        folder / "Einwohner_Altersgruppen.csv",
        rows,
        separator="," if other else ";",
        encoding="utf-8" if other else "cp1252",
    )


def _budget(folder: Path, chance: random.Random, other: bool) -> Path:
    products = (
        ("11 Innere Verwaltung", "11.01.01", "Verwaltungssteuerung", 2.1e6),
        ("21 Schulträgeraufgaben", "21.01.01", "Grundschulen", 4.4e6),
        ("36 Kinder-, Jugend- und Familienhilfe", "36.05.01", "Tageseinrichtungen für Kinder", 18.7e6),
        ("54 Verkehrsflächen und -anlagen", "54.01.01", "Gemeindestraßen", 6.9e6),
        ("55 Natur- und Landschaftspflege", "55.01.01", "Öffentliches Grün", 3.2e6),
    )
    kinds = (
        ("02", "Ertrag", "Zuwendungen und allgemeine Umlagen", 0.2),
        ("04", "Ertrag", "Öffentlich-rechtliche Leistungsentgelte", 0.1),
        ("11", "Aufwand", "Personalaufwendungen", 0.55),
        ("13", "Aufwand", "Aufwendungen für Sach- und Dienstleistungen", 0.3),
    )
    first = 2024
    years = [
        f"Ergebnis {first}",
        f"Ansatz {first + 1}",
        f"Ansatz {first + 2}",
        *(f"Plan {first + n}" for n in (3, 4, 5)),
    ]
    years += [f"Plan {first + 6}"] if other else []
    posts = "Ertrags-/Aufwandsart" if other else "Ertrags- und Aufwandsarten"
    rows: list[Row] = [
        ["Haushaltsplan"],
        ["Teilergebnispläne nach Produkten"],
        [f"Stand: Beschluss des Rates vom 12.12.{first + 1}"],
        [""],
        ["Produktbereich", "Produkt", "Bezeichnung", "Zeile", "Art", posts, *years],
    ]
    for area, number, name, size in products:
        for row, kind, post, share in kinds:
            amounts = [_de(size * share * chance.uniform(0.95, 1.05) * 1.02**n) for n in range(len(years))]
            if chance.random() < 0.1:
                amounts[0] = "-"
            rows.append([area, number, name, row, kind, post, *amounts])
        rows.append([area, number, name, "", "", "Ergebnis", *([""] * len(years))])
    rows.append(["Alle Beträge in Euro"])
    return _text(folder / "Haushalt_Produkte.csv", rows, separator="\t" if other else ";")


def _trees(folder: Path, chance: random.Random, other: bool) -> Path:
    kinds = (
        ("Winterlinde", "Tilia cordata"), ("Stieleiche", "Quercus robur"), ("Spitzahorn", "Acer platanoides"),
        ("Platane", "Platanus × hispanica"), ("Hainbuche", "Carpinus betulus"),
    )  # fmt: skip
    header = [
        "Baum-Nr.", "Baumart", "Baumart botanisch", "Pflanzjahr", "Höhe (m)", "Kronendurchmesser (m)", "Stammumfang (cm)",
        "Stadtteil", "Standort", "Rechtswert", "Hochwert", "Letzte Kontrolle", "Kontrolleur",
    ]  # fmt: skip
    if other:
        header[1], header[6], header[12] = "Art deutsch", "Stammumfang (mm)", "Vitalität"
    rows: list[Row] = [["Baumkataster, Bestandsliste"], ["Stand: 01.09.2026"], header]
    for number in range(1, 61):
        german, latin = chance.choice(kinds)
        girth = chance.uniform(20, 320)
        inspector = chance.choice(("gut", "mittel")) if other else chance.choice(("KL", "MB", "TS"))
        rows.append(
            [
                f"B-{number:05d}", german, latin, chance.choice([*range(1900, 2024, 7), "unbekannt"]),
                _de(chance.uniform(3, 28), 1), _de(chance.uniform(2, 16), 1), _de(girth * (10 if other else 1), 1).replace(".", ""),
                chance.choice(DISTRICTS), f"Anlage {number % 9 + 1}",
                _de(405_000 + chance.uniform(0, 6000), 2).replace(".", ""),
                _de(5_757_000 + chance.uniform(0, 6000), 2).replace(".", ""),
                f"{chance.randint(1, 28):02d}.0{chance.randint(1, 8)}.2026", inspector,
            ]
        )  # fmt: skip
    return _text(
        folder / "Baumkataster_Bestand.csv",
        rows,
        separator=";" if not other else "|",
        encoding="utf-8" if not other else "cp1252",
    )


def _playgrounds(folder: Path, chance: random.Random, other: bool) -> Path:
    header = [
        "Nr.",
        "Name",
        "Adresse",
        "Stadtteil",
        "Altersgruppe",
        "Fläche (m²)",
        "Spielgeräte",
        "Letzte Hauptprüfung",
        "Breite",
        "Länge",
    ]
    if other:
        header[4], header[6] = "Geeignet für", "Anzahl Spielgeräte"
    rows: list[list[str | int | float | None]] = [
        ["Spielplätze der Stadt"], [f"Stand: {'15.03.2027' if other else '30.06.2026'}"], [None], [*header],
    ]  # fmt: skip
    if other:
        rows.insert(2, ["geführt vom Fachdienst Grünflächen"])
    rows += [
            [
                number, f"Spielplatz {chance.choice(('Uferweg', 'Am Anger', 'Lindenhof', 'Steinbreite', 'Gartenweg'))} {number}",
                f"Uferweg {number * 3}", chance.choice(DISTRICTS), chance.choice(("0–6", "3–12", "6–14")),
                chance.randint(120, 4800), chance.randint(2, 14), f"{chance.randint(1, 28):02d}.0{chance.randint(1, 6)}.2026",
                round(51.95 + chance.uniform(0, 0.04), 5), round(7.6 + chance.uniform(0, 0.06), 5),
            ]
        for number in range(1, 19)
    ]  # fmt: skip
    rows.append(["Summe", None, None, None, None, sum(r[5] for r in rows if len(r) > 5 and isinstance(r[5], int))])
    path = folder / "Spielplaetze.xlsx"
    write_workbook(path, rows, sheet="Liste" if other else "Spielplätze")
    return path


def _permits(folder: Path, chance: random.Random, other: bool) -> Path:
    header = [
        "Aktenzeichen", "Eingang", "Entscheidung am", "Entscheidung", "Verfahrensart", "Vorhaben", "Gebäudeart", "Wohnungen",
        "Baukosten (TEUR)", "Stadtteil", "Bauherr",
    ]  # fmt: skip
    if other:
        header[1] = "Antragseingang"
    rows: list[Row] = [
        ["Bauaufsicht: entschiedene Anträge"], [f"Zeitraum 01.01.2025 bis 31.12.{2027 if other else 2026}"],
        ["Stand: 05.01.2027"], header,
    ]  # fmt: skip
    for number in range(1, 41):
        begin = date(2025, 1, 7) + timedelta(days=chance.randint(0, 1000 if other else 600))
        rows.append(
            [
                f"63-{number:04d}", f"{begin:%d.%m.%Y}", f"{begin + timedelta(days=chance.randint(20, 220)):%d.%m.%Y}",
                chance.choices(("genehmigt", "abgelehnt", "zurückgenommen"), (8, 1, 1))[0],
                chance.choice(("vereinfachtes Verfahren", "umfassendes Verfahren")),
                chance.choice(("Neubau", "Umbau", "Nutzungsänderung", "Abbruch")),
                chance.choice(("Einfamilienhaus", "Mehrfamilienhaus", "Gewerbe")), chance.randint(-2, 24),
                _de(chance.uniform(20, 4200), 1), chance.choice(DISTRICTS), "nicht für die Weitergabe",
            ]
        )  # fmt: skip
    rows.append([f"Anzahl: {len(rows) - 4}"])
    return _text(folder / "Bauantraege.csv", rows, separator="," if other else ";", encoding="latin-1")


def _businesses(folder: Path, chance: random.Random, other: bool) -> Path:
    sections = (
        ("G", "Handel"),
        ("F", "Baugewerbe"),
        ("I", "Gastgewerbe"),
        ("M", "Freiberufliche und technische Dienstleistungen"),
    )
    header = [
        "Monat",
        "WZ 2008",
        "Wirtschaftsabschnitt",
        "Stadtteil",
        "Anmeldungen",
        "Ummeldungen",
        "Abmeldungen",
        "Zusammen",
    ]
    if other:
        header[6] = "Abmeldungen (Anzahl)"
    years = (2025, 2026, 2027) if other else (2025, 2026)
    rows: list[Row] = [
        ["Gewerbeanzeigen nach Wirtschaftsabschnitten und Stadtteilen"],
        [f"Stand: 31.12.{years[-1]}"],
        [""],
        header,
    ]
    for year in years:
        for month in range(1, 13):
            for letter, name in sections:
                for district in DISTRICTS:
                    new, changed, closed = chance.randint(0, 9), chance.randint(0, 4), chance.randint(0, 6)
                    rows.append(
                        [f"{month:02d}/{year}", letter, name, district, new, changed, closed, new + changed + closed]
                    )
    rows.append(["Quelle: Gewerberegister, eigene Auszählung"])
    return _text(folder / "Gewerbemeldungen.csv", rows, encoding="utf-8" if other else "cp1252")


def _papers(folder: Path, chance: random.Random, other: bool) -> Path:
    """Write the pages of an OParl list (https://oparl.org, 1.1, 2.5): the first page names the next one."""
    subjects = ("Bebauungsplan", "Radwegekonzept", "Schulentwicklungsplan", "Hitzeaktionsplan", "Spielplatzprogramm")
    papers = []
    for number in range(1, 25):
        paper = {
            "id": f"https://oparl.stadt.example/paper/{number}",
            "type": "https://schema.oparl.org/1.1/Paper",
            "name": f"{chance.choice(subjects)}, {chance.choice(('Beschluss', 'Sachstand', 'Anfrage'))}",
            "reference": f"{number:04d}/2026",
            "date": f"2026-{number % 12 + 1:02d}-{chance.randint(1, 28):02d}",
            "paperType": chance.choice(("Beschlussvorlage", "Anfrage", "Mitteilung")),
            "originatorPerson": [f"https://oparl.stadt.example/person/{number}"],
            "created": "2026-01-08T14:28:31+01:00",
            "modified": "2026-02-08T14:28:31+01:00",
        }
        if other:
            del paper["paperType"]
        papers.append(paper)
    for page, begin in enumerate(range(0, len(papers), 10), start=1):
        links = {"next": f"paper?page={page + 1}"} if begin + 10 < len(papers) else {}
        answer = {"data": papers[begin : begin + 10], "pagination": {"currentPage": page}, "links": links}
        (folder / f"paper-{page}.json").write_text(json.dumps(answer, ensure_ascii=False, indent=1), "utf-8")
    return folder / "paper-1.json"


def _energy(folder: Path, chance: random.Random, other: bool) -> Path:
    buildings = (
        ("101", "Rathaus", "Verwaltung", 6200),
        ("204", "Grundschule Nord", "Schule", 4100),
        ("311", "Sporthalle Süd", "Sport", 2300),
    )
    unit = "MWh" if other else "kWh"
    header = [
        "Gebäude-Nr.",
        "Gebäude",
        "Nutzung",
        "Jahr",
        "Monat",
        "Energieträger",
        f"Verbrauch ({unit})",
        "Kosten (€)",
        "Bezugsfläche (m²)",
    ]
    years = (2024, 2025, 2026) if other else (2024, 2025)
    if other:
        header[8] = "NGF (m²)"
    rows: list[Row] = [["Energiemanagement, Monatswerte"], [f"Zeitraum: {years[0]}–{years[-1]}"], header]
    for year in years:
        for month in range(1, 13):
            for number, name, use, area in buildings:
                for carrier, usual in (("Strom", 2.1), ("Fernwärme", 9.0 if month in {1, 2, 3, 11, 12} else 2.5)):
                    used = area * usual * chance.uniform(0.8, 1.2)
                    shown = _de(used / 1000, 3) if other else _de(used, 1)
                    rows.append([number, name, use, year, month, carrier, shown, _de(used * 0.21), _de(area, 0)])
    rows.append(["Stand: 31.01.2027"])
    return _text(folder / "Energie_Monatswerte.csv", rows)


def _counters(folder: Path, chance: random.Random, other: bool) -> Path:
    header = ["Datum", "Uhrzeit", "Zählstelle", "Richtung", "Fahrzeugart", "Anzahl"]
    if other:
        header[2] = "Messstelle"
    rows: list[Row] = [["Dauerzählstellen, Stundenwerte"], header]
    if other:
        rows.insert(1, ["Stand: 01.06.2027"])
    for day in range(9 if other else 7):
        moment = date(2026, 5, 4) + timedelta(days=day)
        for hour in range(24):
            for place in ("Uferweg", "Ring Ost"):
                for direction in ("stadteinwärts", "stadtauswärts"):
                    for kind, usual in (("Rad", 60), ("Kfz", 180)):
                        count = "n.v." if chance.random() < 0.01 else chance.randint(0, usual + 20 * (6 < hour < 20))
                        shown = f"{moment:%Y-%m-%d}" if other else f"{moment:%d.%m.%Y}"
                        rows.append([shown, f"{hour:02d}:00", place, direction, kind, count])
    return _text(folder / "Zaehlstellen_Stunden.csv", rows, separator="," if other else ";", encoding="utf-8")


def _childcare(folder: Path, chance: random.Random, other: bool) -> Path:
    header = [
        "Kita-Jahr",
        "Einrichtung",
        "Träger",
        "Stadtteil",
        "Plätze U3",
        "Plätze Ü3",
        "Plätze gesamt",
        "belegt U3",
        "belegt Ü3",
        "Leitung",
    ]
    if other:
        header[3], header[9] = "Sozialraum", "Öffnungszeit"
    years = ("2024/25", "2025/26", "2026/27") if other else ("2024/25", "2025/26")
    rows: list[Row] = [["Plätze in Kindertageseinrichtungen"], [f"Kita-Jahre {years[0]} bis {years[-1]}"], [""], header]
    names = ("Arche", "Löwenzahn", "Regenbogen", "Uferwichtel", "Sonnenhof", "Hafenkinder")
    for year in years:
        for place, name in enumerate(names):
            small, large = 5 + 5 * (place % 3), 20 + 10 * (place % 4)
            last = "7–16 Uhr" if other else "siehe Liste"
            rows.append(
                [
                    year, f"Kita {name}", chance.choice(("Stadt", "Kirche", "Elternverein")), DISTRICTS[place], small, large,
                    small + large, small - chance.randint(0, 3), large - chance.randint(0, 5), last,
                ]
            )  # fmt: skip
        rows.append([year, "Summe", "", "", "", "", "", "", "", ""])
    rows.append(["Stand: 01.08., Quelle: Bedarfsplanung"])
    return _text(folder / "Kita_Plaetze.csv", rows, encoding="utf-8-sig" if other else "cp1252")


WRITERS: dict[str, Callable[[Path, random.Random, bool], Path]] = {
    "baugenehmigungen": _permits,
    "baumkataster": _trees,
    "einwohner": _residents,
    "energie_gebaeude": _energy,
    "gewerbemeldungen": _businesses,
    "haushalt": _budget,
    "kita_plaetze": _childcare,
    "ratsvorlagen": _papers,
    "spielplaetze": _playgrounds,
    "zaehlstellen": _counters,
}
