# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A town with districts, playgrounds (coordinates swapped by the office), residents, businesses, meters, beds.

What is in it stands here as plain Python, so that tests can compute every answer on their own.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from allmende.catalogue import door as catalogue
from allmende.engine import connection as file
from allmende.hub import door
from allmende.insight.answer import answer
from allmende.insight.terms import Areas, Filter, Function, Match, Part, Question, ShownAnswer
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import ANYONE, OPERATOR, GranteeKind, RowFilter, Subject
from tests.hub.live import Hub
from tests.hub.town import connect, connection_file

#: Districts, by name: number and lower left corner; each is a square of a tenth of a degree.
DISTRICTS = {
    "Altstadt": ("01", (10.0, 51.0)),
    "Nord-West": ("02", (10.0, 51.1)),
    "Südvorstadt": ("03", (10.1, 51.0)),
    "Hafen": ("04", (10.1, 51.1)),
    "Niederau": ("05", (10.2, 51.0)),
}
AGES = ("0-2", "3-5", "6-9", "10-17", "18-64", "65 und älter")
YOUNG = ("0-2", "3-5", "6-9")
#: Playgrounds: number, longitude, latitude, square metres; two lie outside, Hafen has none.
PLAYGROUNDS = [
    *((1 + i, 10.01 + i * 0.009, 51.02 + i * 0.008, 500.0 + 25 * i) for i in range(9)),
    *((20 + i, 10.02 + i * 0.02, 51.15, 800.0 - 100 * i) for i in range(3)),
    *((30 + i, 10.15, 51.01 + i * 0.015, None if i == 2 else 120.5) for i in range(5)),
    (40, 10.25, 51.05, 90.0),
    (50, 9.5, 51.05, 10.0),
    (51, 10.25, 51.55, 20.0),
]
#: Businesses: address, district as the office writes it, branch, employees, founded.
BUSINESSES = [
    ("Hauptstr. 5 a", "altstadt", "Handel", 12, date(2024, 2, 29)),
    ("Hauptstraße 5a", "Altstadt", "Gastronomie", 3, date(2024, 3, 1)),
    ("Südring 1", "Suedvorstadt", "Handel", 40, date(2024, 12, 31)),
    ("Südring 2", "Südvorstadt", "Handwerk", 7, date(2025, 1, 1)),
    ("Am Kai 9", "Nord West", "Handel", None, date(2025, 6, 30)),
    ("Am Kai 9", "Nordwest", "Handwerk", 5, date(2025, 7, 1)),
    ("Dorfplatz 3", "Altstadt", "Handwerk", 2, date(2025, 12, 29)),
]
#: Inspections by address, as another office writes them.
INSPECTIONS = [("HAUPTSTRASSE 5A", 2), ("Suedring 1", 1), ("Am Kai 9", 4), ("Feldweg 8", 3)]
DAYS = [date(2024, 1, 1) + timedelta(days=i) for i in range(0, 730, 5)]


def residents() -> list[tuple[str, str, str, int]]:
    """Return reference date, district, age group, count; zeros are left out, Niederau is small."""
    rows = []
    for year in (2024, 2025):
        for d, district in enumerate(DISTRICTS):
            for a, age in enumerate(AGES):
                count = (a * 2) % 7 if district == "Niederau" else 90 + 37 * d + 53 * a + (year - 2024) * (3 * d + a)
                if district == "Hafen" and age == "3-5":
                    count = 0
                if count:
                    rows.append((f"{year}-12-31", district, age, count))
    return rows


def meters() -> list[tuple[str, date, float]]:
    """Return district number, day, consumption."""
    return [
        (number, day, 100 + 7.5 * int(number) + (day.month * 11 + day.day) % 13)
        for number, _ in DISTRICTS.values()
        for day in DAYS
    ]


def _titled(de: str, en: str) -> dict[str, str]:
    return {"de": de, "en": en}


def _write(folder: Path) -> list[file.Connection]:
    features = []
    for name, (number, (west, south)) in DISTRICTS.items():
        ring = [[west, south], [west + 0.1, south], [west + 0.1, south + 0.1], [west, south + 0.1], [west, south]]
        features.append(
            {
                "type": "Feature",
                "properties": {"NR": number, "NAME": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    (folder / "stadtteile.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with (folder / "spielplaetze.csv").open("w", encoding="utf-8") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["ID", "Latitude", "Longitude", "Groesse"])  # swapped, as the office has it
        writer.writerows([i, lon, lat, "" if size is None else size] for i, lon, lat, size in PLAYGROUNDS)
    with (folder / "betriebe.csv").open("w", encoding="utf-8") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["adresse", "stadtteil", "branche", "beschaeftigte", "gegruendet"])
        writer.writerows(BUSINESSES)
    with (folder / "kontrollen.csv").open("w", encoding="utf-8") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["anschrift", "anzahl"])
        writer.writerows(INSPECTIONS)
    with sqlite3.connect(folder / "stadt.sqlite") as base:
        base.execute("create table einwohner (stichtag text, stadtteil text, altersgruppe text, anzahl integer)")
        base.executemany("insert into einwohner values (?, ?, ?, ?)", residents())
        base.execute("create table zaehler (stadtteil text, tag text, kwh real)")
        base.executemany("insert into zaehler values (?, ?, ?)", [(n, d.isoformat(), k) for n, d, k in meters()])
        base.execute("create table betten (haus text, betten integer)")
        base.executemany("insert into betten values (?, ?)", [("Klinik", 40)])
    base.close()
    open_ = {"class": "open", "visibility": "public", "purposes": ["statistics"]}
    spots = connection_file(
        "spots", {"kind": "files"},
        {
            "stadtteile": {
                "title": _titled("Stadtteile", "Districts"),
                "read": {"kind": "geojson", "files": "stadtteile.geojson"},
                "steps": [{"do": "geometry", "column": "geometry", "written": "geojson", "to": "grenze"}],
                "fields": [
                    {"name": "nummer", "from": "NR", "title": _titled("Nummer", "Number")},
                    {"name": "name", "from": "NAME", "title": _titled("Name", "Name")},
                    {"name": "grenze", "type": "geometry"},
                ],
                **open_,
            },
            "spielplaetze": {
                "title": _titled("Spielplätze", "Playgrounds"),
                "read": {"kind": "csv", "files": "spielplaetze.csv", "separator": ";"},
                "steps": [{"do": "point", "x": "Longitude", "y": "Latitude", "swapped": True, "to": "ort"}],
                "fields": [
                    {"name": "nummer", "from": "ID", "type": "integer"},
                    {"name": "groesse", "from": "Groesse", "type": "number", "unit": "m2", "title": _titled("Größe", "Size")},
                    {"name": "ort", "type": "geometry", "title": _titled("Lage", "Place")},
                ],
                **open_,
            },
            "betriebe": {
                "title": _titled("Betriebe", "Businesses"),
                "read": {"kind": "csv", "files": "betriebe.csv", "separator": ";"},
                "fields": [
                    {"name": "adresse", "title": _titled("Adresse", "Address")},
                    {"name": "stadtteil", "title": _titled("Stadtteil", "District")},
                    {"name": "branche", "title": _titled("Branche", "Branch")},
                    {"name": "beschaeftigte", "type": "integer", "unit": "1", "title": _titled("Beschäftigte", "Employees")},
                    {"name": "gegruendet", "type": "date", "title": _titled("Gründung", "Founded")},
                ],
            },
            "kontrollen": {
                "title": _titled("Kontrollen", "Inspections"),
                "read": {"kind": "csv", "files": "kontrollen.csv", "separator": ";"},
                "fields": [{"name": "anschrift"}, {"name": "anzahl", "type": "integer", "unit": "1"}],
            },
        },
    )  # fmt: skip
    counted = connection_file(
        "counted", {"kind": "sqlite", "file": "stadt.sqlite"},
        {
            "einwohner": {
                "title": _titled("Einwohner nach Alter", "Residents by age"),
                "read": {"kind": "table", "table": "einwohner"},
                "fields": [
                    {"name": "stichtag", "type": "date", "title": _titled("Stichtag", "Reference date")},
                    {"name": "stadtteil", "title": _titled("Stadtteil", "District")},
                    {"name": "altersgruppe", "title": _titled("Altersgruppe", "Age group")},
                    {
                        "name": "anzahl", "type": "integer", "unit": "1", "personal": True,
                        "title": _titled("Einwohner", "Residents"),
                    },
                ],
                "class": "personal",
                "visibility": "administration",
                "secrets": ["statistical"],
                "legal_basis": "Statistiksatzung",
            },
            "zaehler": {
                "title": _titled("Verbrauch", "Consumption"),
                "read": {"kind": "table", "table": "zaehler"},
                "fields": [
                    {"name": "stadtteil", "title": _titled("Nummer des Stadtteils", "Number of the district")},
                    {"name": "tag", "type": "date", "title": _titled("Tag", "Day")},
                    {"name": "kwh", "type": "number", "unit": "kW.h", "title": _titled("Verbrauch", "Consumption")},
                ],
                "class": "restricted",
            },
            "betten": {
                "title": _titled("Betten", "Beds"),
                "read": {"kind": "table", "table": "betten"},
                "fields": [{"name": "haus"}, {"name": "betten", "type": "integer", "unit": "1"}],
                "visibility": "units",
                "visible_to": ["baths"],
            },
        },
        release={
            "slug": "einwohner_geschuetzt",
            "title": _titled("Einwohner, geschützt", "Residents, protected"),
            "tables": [{"dataset": "einwohner", "dimensions": ["stichtag", "stadtteil", "altersgruppe"], "count": "anzahl"}],
            "threshold": 5,
            "readers": "administration",
            "warning": _titled("Nachträglich geschützt.", "Protected later."),
        },
    )  # fmt: skip
    return [spots, counted]


@dataclass
class Asking:
    """Asks through the whole house, as the pages do."""

    hub: Hub

    def subject(self, who: str) -> Subject:
        return self.hub.town.subject(who) if who else ANYONE

    def run(self, work: Any, *args: Any, **more: Any) -> Any:
        """Run a page's work in a page's thread."""
        return self.hub.web.page(work, *args, **more)

    def __call__(self, who: str, question: Question, purpose: str = "statistics") -> ShownAnswer:
        shown: ShownAnswer = self.run(answer, self.subject(who), question, purpose=purpose if who else "")
        return shown


def furnish(hub: Hub, folder: Path) -> Asking:
    """Connect the town's systems; set the rights: release tables, two grants, what is open."""
    town = hub.town
    folder.mkdir(parents=True, exist_ok=True)
    for purpose in ("statistics", "environmental_planning"):
        rights.define_purpose(
            OPERATOR,
            town.slug,
            slug=purpose,
            title=Text(purpose, purpose),
            concept="https://w3id.org/dpv#PublicBenefit",
        )
    made: dict[str, str] = {}
    for given in _write(folder):
        done = connect(hub, given, root=folder)
        made |= {read.name.partition(".")[2]: read.dataset for read in done.reads}
        if given.release is not None:
            door.make_release_version(OPERATOR, given.release, tenant=town.slug)
    for slug in ("stadtteile", "spielplaetze"):
        catalogue.release_dataset(OPERATOR, made[slug], reason="Beschluss")
    grants = (
        ("einwohner", GranteeKind.PERSON, town.people["quality"], ()),
        ("zaehler", GranteeKind.UNIT, town.units["youth"], (RowFilter("stadtteil", ("01", "02")),)),
    )
    for slug, grantee_kind, grantee, obligations in grants:
        rights.give_grant(
            OPERATOR,
            rights.GrantDraft(
                resource=made[slug],
                grantee_kind=grantee_kind,
                grantee=grantee,
                purposes=frozenset({"statistics"}),
                obligations=obligations,
                legal_basis="Statistiksatzung",
            ),
        )
    return Asking(hub)


# --- questions often asked here -------------------------------------------------------------------------------------

AREAS = Areas(dataset="auenstadt.stadtteile", name="name", geometry="grenze", number="nummer")
PLAYGROUND = Part(dataset="auenstadt.spielplaetze", match=Match.POINT, place="ort")
CHILDREN = Part(
    dataset="auenstadt.einwohner",
    function=Function.SUM,
    field="anzahl",
    filters=(Filter(field="altersgruppe", values=YOUNG),),
    match=Match.NAME,
    place="stadtteil",
    time="stichtag",
    latest=True,
)


def but(value: Any, **changes: Any) -> Any:
    """Return a value with some of its parts replaced."""
    return msgspec.structs.replace(value, **changes)
