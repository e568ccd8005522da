# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The systems of Auenstadt as they would be found: each in its own format, with its own faults.

:func:`build` writes them into a new folder and puts that in place when it is complete; what is there is left as it is.
"""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from allmende.config.demo import town
from allmende.config.demo.sheet import write as write_sheet
from allmende.config.demo.town import DISTRICTS, YEAR, dice
from allmende.engine import extensions

#: Grows when the content changes: an older folder is made anew.
EDITION = "2"


def build(folder: Path) -> None:
    """Write all files of the town below ``folder`` (once)."""
    stamp = folder / "edition"
    if stamp.exists() and stamp.read_text() == EDITION:
        return
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    for name, write in SILOS.items():
        (new / name).mkdir(parents=True)
        write(new / name)
    (new / "edition").write_text(EDITION)
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def residents(folder: Path) -> None:
    """Write the residents' register's evaluation: SQLite, counts of persons at the end of each year."""
    with sqlite3.connect(folder / "einwohner.sqlite") as db:
        db.execute("create table einwohner_alter (stichtag text, stadtteil text, altersgruppe text, anzahl integer)")
        db.execute("create table einwohner_haushalt (stichtag text, stadtteil text, haushalt text, anzahl integer)")
        for year in range(YEAR - 3, YEAR + 1):
            for district, ages, homes in town.residents(year):
                for table, counts in (("einwohner_alter", ages), ("einwohner_haushalt", homes)):
                    rows = [(f"{year}-12-31", district.name, group, n) for group, n in counts.items() if n]
                    db.executemany(f"insert into {table} values (?, ?, ?, ?)", rows)  # noqa: S608
    db.close()


#: How the works office spells some streets.
_MISSPELT = {
    "Schulstraße": "Schulstr.",
    "Talstraße": "Talstr.",
    "Am Mühlenberg": "Am Muehlenberg",
    "Eichendorffstraße": "Eichendorfstraße",
}


def street_register(folder: Path) -> None:
    """Write the surveying office's list of streets: Excel with title rows, a date, a sum at the bottom."""
    names = {d.number: d.name for d in DISTRICTS}
    known = town.streets()
    rows: list[list[str | float]] = [[s.key, s.name, names[s.district], s.length] for s in known]
    write_sheet(
        folder / "Strassenverzeichnis_Vermessungsamt.xlsx",
        "Verzeichnis",
        [
            ["Amtliches Straßenverzeichnis der Stadt Auenstadt"],
            [f"Stand: 31.12.{YEAR}"],
            [],
            ["Schlüssel", "Straßenname", "Stadtteil", "Länge (m)"],
            *rows,
            ["Summe", "", "", sum(s.length for s in known)],
        ],
    )


def street_maintenance(folder: Path) -> None:
    """Write the works office's list of streets: in kilometres, and in eleven disagreements with the other one."""
    names = {d.number: d.name for d in DISTRICTS}
    rows: list[list[str | float]] = [["Planstraße A", 99010, "Ostfeld", 0.42, "geplant"]]
    for number, s in enumerate(town.streets()):
        if number in (31, 58):  # two streets this office has not heard of
            continue
        name, district, length = _MISSPELT.get(s.name, s.name), names[s.district], s.length
        if number in (12, 40, 63):
            length += 35
        if number == 25:
            district = names[DISTRICTS[int(s.district) % len(DISTRICTS)].number]
        rows.append([name, int(s.key), district, length / 1000, ("Asphalt", "Pflaster")[number % 3 == 0]])
    rows.sort(key=lambda row: str(row[0]))
    write_sheet(
        folder / "Strassenliste_Tiefbauamt.xlsx",
        "Unterhalt",
        [
            ["Tiefbauamt – Straßenunterhalt"],
            ["Straße", "Str.-Nr.", "Ortsteil", "Länge in km", "Belag"],
            *rows,
        ],
    )


def air(folder: Path) -> None:
    """Write a measuring network's half-yearly files: cp1252, semicolons, decimal commas, 24:00, ``-`` for no value."""
    for code, name, busy in (("AUE1", "Bahnhofstraße", True), ("AUE2", "Stadtpark", False)):
        roll = dice("air", code)
        halves: dict[int, list[str]] = {1: [], 2: []}
        drift = 0.0
        for moment in town.hours():
            local = moment.astimezone(town.ZONE)
            drift = 0.92 * drift + roll.gauss(0, 1.1)
            cars, _ = town.traffic(town.STATIONS[0], local, dice("air traffic", moment))
            winter = 4 * math.cos((local.timetuple().tm_yday - 15) / 365 * 2 * math.pi)
            no2 = max(2.0, 9 + winter + (cars / 32 if busy else cars / 130) + drift + roll.gauss(0, 1))
            pm10 = max(3.0, 13 + winter + (cars / 110 if busy else 0) + 1.2 * drift + roll.gauss(0, 1.5))
            end = local.replace(tzinfo=None) + timedelta(hours=1)  # the network names the end of the hour
            day, clock = (end - timedelta(days=1), "24:00") if end.hour == 0 else (end, f"{end:%H:%M}")
            gap = roll.random() < 0.006
            cells = [f"{value:.1f}".replace(".", ",") for value in (no2, pm10, town.warmth(local))]
            line = [code, f"{day:%d.%m.%Y}", clock, "-" if gap else cells[0], cells[1], cells[2]]
            halves[1 if day.month <= 6 else 2].append(";".join(line))
        for half, lines in halves.items():
            head = [
                f"Luftmessnetz Auenstadt;Station {name};;;;",
                "Station;Datum;Uhrzeit;NO2 [µg/m³];PM10 [µg/m³];Temp. [°C]",
            ]
            text = "\r\n".join([*head, *lines, f"Ende der Datei, {len(lines)} Werte"]) + "\r\n"
            (folder / f"luft_{code}_{YEAR}_H{half}.csv").write_bytes(text.encode("cp1252"))


def trees(folder: Path) -> None:
    """Write the tree register: GeoPackage in ETRS89 / UTM 32N."""
    kinds = (
        "Winterlinde",
        "Stieleiche",
        "Spitzahorn",
        "Rosskastanie",
        "Hainbuche",
        "Platane",
        "Feldahorn",
        "Silberweide",
    )
    rows: list[tuple[object, ...]] = []
    for district in DISTRICTS:
        roll = dice("trees", district.number)
        for _ in range(60 + district.residents // 25):
            longitude, latitude = town.place(*town.inside(district, roll))
            planted = roll.randrange(1935, YEAR)
            kind = roll.choice(kinds)
            girth = round(12 + (YEAR - planted) * roll.uniform(1.6, 2.9))
            rows.append((len(rows) + 1, kind, planted, girth, district.number, longitude, latitude))
    table = pa.table(
        dict(zip(("nr", "art", "pflanzjahr", "umfang_cm", "stadtteil", "x", "y"), zip(*rows, strict=True), strict=True))
    )
    os.environ["OGR_CURRENT_DATE"] = f"{YEAR}-12-31T00:00:00Z"  # GDAL would write the present moment into the file
    try:
        with extensions.connect() as db:
            db.register("trees", table)
            target = str(folder / "baumkataster.gpkg").replace("'", "''")
            db.execute(
                "create temp table planted as select * exclude (x, y), "
                "st_transform(st_point(x, y), 'EPSG:4326', 'EPSG:25832', true) as geom from trees order by nr"
            )
            db.execute(
                f"copy planted to '{target}' (format gdal, driver 'GPKG', layer_name 'baeume', srs 'EPSG:25832')"
            )
    finally:
        del os.environ["OGR_CURRENT_DATE"]


def space(folder: Path) -> None:
    """Write the districts' outlines (GeoJSON)."""
    features = [
        {
            "type": "Feature",
            "properties": {"NUMMER": d.number, "NAME": d.name, "STAND": f"{YEAR}-01-01"},
            "geometry": {"type": "Polygon", "coordinates": [[town.place(*p) for p in town.outline(d)]]},
        }
        for d in DISTRICTS
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)
    (folder / "stadtteile.geojson").write_text(text, encoding="utf-8")


def energy(folder: Path) -> None:
    """Write the utility's consumption by month, district and medium (Parquet, kWh)."""
    rows = []
    for year in (YEAR - 1, YEAR):
        for month in range(1, 13):
            cold = 0.5 + 0.5 * math.cos((month - 1) / 12 * 2 * math.pi)
            for d in DISTRICTS:
                for medium, base, warm in (("Strom", 120, 0.15), ("Gas", 260, 0.95), ("Fernwärme", 90, 0.9)):
                    if medium == "Fernwärme" and d.number not in {"01", "02", "03", "05", "08"}:
                        continue
                    roll = dice("energy", year, month, d.number, medium)
                    heads = d.residents + (2_600 if d.number == "11" else 0)  # the port needs energy without residents
                    kwh = heads * base * (1 - warm + 1.6 * warm * cold) * roll.uniform(0.94, 1.06)
                    rows.append((date(year, month, 1), d.number, medium, round(kwh), max(4, heads // 3)))
    names = ("monat", "stadtteil", "medium", "verbrauch_kwh", "anschluesse")
    pq.write_table(
        pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))),
        folder / "verbrauch.parquet",
        compression="zstd",
    )


def hospital(folder: Path) -> None:
    """Write the hospital's free beds by day and ward (CSV)."""
    with (folder / "betten.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["tag", "haus", "station", "betten", "belegt"])
        for day in range(365):
            when = date(YEAR, 1, 1) + timedelta(days=day)
            flu = 0.12 * math.exp(-(((day - 40) / 18) ** 2))
            for ward, beds in (("Intensiv", 18), ("Innere", 96), ("Chirurgie", 88), ("Kinder", 30), ("Geburt", 24)):
                share = min(1.0, dice("beds", day, ward).gauss(0.76, 0.06) + flu)
                out.writerow([when.isoformat(), "Klinikum Auenstadt", ward, beds, round(beds * share)])


def gauge(folder: Path) -> None:
    """Write the neighbouring village's river gauge (CSV)."""
    level, lines = 180.0, ["tag;wasserstand"]
    for day in range(365):
        roll = dice("gauge", day)
        level = 0.9 * level + 0.1 * (170 + 40 * math.cos((day - 30) / 365 * 2 * math.pi)) + max(0.0, roll.gauss(0, 9))
        shown = f"{level:.1f}".replace(".", ",")
        lines.append(f"{date(YEAR, 1, 1) + timedelta(days=day):%d.%m.%Y};{shown}")
    (folder / "pegel.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


SILOS: dict[str, Callable[[Path], None]] = {
    "einwohner": residents,
    "vermessung": street_register,
    "tiefbau": street_maintenance,
    "luft": air,
    "baeume": trees,
    "raum": space,
    "energie": energy,
    "klinikum": hospital,
    "rieth": gauge,
}
