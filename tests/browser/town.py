# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A town to look at: five data sets of several owners, each in its own system, one nobody gets at without legal basis."""

from __future__ import annotations

import json
import math
import sqlite3
import sys
from pathlib import Path
from typing import Any

import msgspec

from allmende.engine import connection as file
from allmende.kernel.text import Text
from allmende.rights.terms import OPERATOR, Coarsen, GranteeKind

PURPOSES = {
    "environmental_planning": Text("Umweltplanung", "Environmental planning"),
    "traffic_planning": Text("Verkehrsplanung", "Traffic planning"),
    "statistics": Text("Statistik", "Statistics"),
    "health_reporting": Text("Gesundheitsberichterstattung", "Health reporting"),
}
DISTRICTS = ("Altstadt", "Nordstadt", "Südvorstadt", "Mühlenberg", "Ostfeld", "Auenviertel")
OPEN = {"class": "open", "visibility": "public", "licence": "http://dcat-ap.de/def/licenses/dl-by-de/2.0"}


def _field(name: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def _connection(
    slug: str,
    system: str,
    unit: str,
    source: dict[str, Any],
    name: str,
    mapping: dict[str, Any],
    **entry: Any,
) -> file.Connection:
    return msgspec.convert(
        {
            "allmende": 1,
            "slug": slug,
            "version": "1.0.0",
            "system": {
                "slug": slug,
                "title": {"de": system, "en": system},
                "unit": unit,
                "product": "Fachverfahren 4.2",
                "hosting": "Rechenzentrum Auental",
                "contract": "RZ-2024-118",
                "contact": "it@auenstadt.example",
            },
            "source": source,
            "datasets": [
                {
                    "slug": name,
                    "catalogue": {
                        "unit": unit,
                        "attribution": "Stadt Auenstadt",
                        "rhythm": "DAILY",
                        "ask": "Umweltamt, umwelt@auenstadt.example, Telefon 0123 456-780",
                        "coverage": {"place": "Auenstadt", "start": "2025-01-01", "end": "2025-12-31"},
                        **entry,
                    },
                    "mapping": mapping,
                }
            ],
        },
        file.Connection,
    )


def _districts(folder: Path) -> file.Connection:
    features = []
    for index, name in enumerate(DISTRICTS):
        west, south = 10.05 + (index % 3) * 0.05, 51.80 + (index // 3) * 0.035
        ring = [
            [west, south],
            [west + 0.046, south + 0.004],
            [west + 0.05, south + 0.035],
            [west + 0.002, south + 0.03],
        ]
        features.append(
            {
                "type": "Feature",
                "properties": {"name": name, "einwohner": 4200 + 1130 * index},
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
            }
        )
    (folder / "stadtteile.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return _connection(
        "geodaten", "Geodatenablage", "it_office", {"kind": "files"}, "stadtteile",
        {
            "read": {"kind": "geojson", "files": "stadtteile.geojson"},
            "steps": [{"do": "geometry", "column": "geometry", "written": "geojson", "to": "flaeche"}],
            "fields": [_field("name"), _field("einwohner", "integer"), _field("flaeche", "geometry")],
        },
        title={"de": "Stadtteile", "en": "City districts"},
        description={"de": "Grenzen und Einwohnerzahl der sechs Stadtteile.", "en": "Borders and inhabitants of the six districts."},
        purposes=["statistics"],
        **OPEN,
    )  # fmt: skip


def _trees(folder: Path) -> file.Connection:
    kinds = ("Linde", "Eiche", "Ahorn", "Kastanie")
    lines = ["nr;art;stadtteil;hoehe;lon;lat"]
    for index in range(180):
        lon, lat = 10.06 + (index * 37 % 140) / 1000, 51.805 + (index * 53 % 60) / 1000
        height = f"{6 + index * 7 % 19},{index % 10}"
        lines.append(f"{index + 1};{kinds[index % 4]};{DISTRICTS[index * 5 % 6]};{height};{lon:.4f};{lat:.4f}")
    (folder / "baeume.csv").write_text("\n".join(lines) + "\n", encoding="iso-8859-1")
    return _connection(
        "gruenkataster", "Grünflächenkataster", "environment", {"kind": "files"}, "baeume",
        {
            "read": {"kind": "csv", "files": "baeume*.csv", "separator": ";", "encoding": "iso-8859-1"},
            "fields": [
                _field("nr", "integer", required=True, title={"de": "Baumnummer", "en": "Tree number"}),
                _field("art", title={"de": "Baumart", "en": "Species"}),
                _field("stadtteil", title={"de": "Stadtteil", "en": "District"}),
                _field("hoehe", "number", decimal=",", unit="m", title={"de": "Höhe", "en": "Height"},
                       description={"de": "Vom Boden aus geschätzt.", "en": "Estimated from the ground."}),
                _field("lon", "number", unit="deg"), _field("lat", "number", unit="deg"),
            ],
        },
        title={"de": "Straßenbäume", "en": "Street trees"},
        description={"de": "Jeder Baum an städtischen Straßen mit Art, Höhe und Standort.", "en": "Every tree along the town’s streets with species, height and place."},
        purposes=["environmental_planning", "statistics"],
        limits={"de": "Höhen sind geschätzt. Bäume auf privatem Grund fehlen.", "en": "Heights are estimated. Trees on private ground are missing."},
        **OPEN,
    )  # fmt: skip


def _air(folder: Path) -> file.Connection:
    lines = ["tag,no2,pm10"]
    for day in range(365):
        season = math.cos(day / 365 * 2 * math.pi)
        moment = f"2025-{1 + day * 12 // 365:02d}-{1 + day % 28:02d}"
        if any(line.startswith(moment) for line in lines):
            continue
        no2 = "" if day % 61 == 5 else f"{24 + 9 * season + day * 7 % 11:.1f}"
        lines.append(f"{moment},{no2},{15 + 5 * season + day * 3 % 7:.1f}")
    (folder / "luft.csv").write_text("\n".join(lines) + "\n")
    return _connection(
        "luftmessnetz", "Luftmessnetz", "environment", {"kind": "files"}, "luftguete",
        {
            "read": {"kind": "csv", "files": "luft*.csv"},
            "fields": [_field("tag", "date"), _field("no2", "number", unit="ug/m3"), _field("pm10", "number", unit="ug/m3")],
        },
        title={"de": "Luftgüte, Tagesmittel", "en": "Air quality, daily means"},
        description={"de": "Stickstoffdioxid und Feinstaub am Marktplatz, Mittel je Tag.", "en": "Nitrogen dioxide and particulate matter at the market place, mean per day."},
        purposes=["environmental_planning", "health_reporting"],
        **{"class": "internal", "visibility": "public"},
    )  # fmt: skip


def _energy(folder: Path) -> file.Connection:
    lines = [
        "strasse,kwh",
        *(f"{name}straße,{12000 + 900 * i}" for i, name in enumerate(("Bahnhof", "Linden", "Ufer"))),
    ]
    (folder / "energie.csv").write_text("\n".join(lines) + "\n")
    return _connection(
        "netzleitstelle", "Netzleitstelle der Stadtwerke", "utilities", {"kind": "files"}, "stromverbrauch",
        {
            "read": {"kind": "csv", "files": "energie.csv"},
            "fields": [_field("strasse"), _field("kwh", "number", unit="kW.h")],
        },
        title={"de": "Stromverbrauch je Straße", "en": "Electricity use by street"},
        description={"de": "Verbrauch der Stadtwerke-Kunden, je Straße zusammengefasst.", "en": "Use by the utilities’ customers, summed up by street."},
        **{"class": "restricted", "visibility": "administration", "ask": "Stadtwerke Auenstadt GmbH, daten@stadtwerke.example"},
    )  # fmt: skip


def _welfare(folder: Path) -> file.Connection:
    with sqlite3.connect(folder / "soziales.sqlite") as base:
        base.execute("create table leistung (name text, bezirk text, betrag real)")
        base.execute("insert into leistung values ('Erfunden', 'Altstadt', 312.5)")
    base.close()
    return _connection(
        "sozialverfahren", "Sozialverfahren", "youth", {"kind": "sqlite", "file": "soziales.sqlite"}, "leistungen",
        {
            "read": {"kind": "table", "table": "leistung"},
            "fields": [_field("name", personal=True), _field("bezirk"), _field("betrag", "number", unit="EUR")],
        },
        title={"de": "Leistungen der Jugendhilfe", "en": "Youth welfare benefits"},
        description={"de": "Bewilligte Leistungen.", "en": "Benefits granted."},
        legal_basis="§ 61 SGB VIII",
        **{"class": "personal", "secrets": ["social"], "visibility": "administration"},
    )  # fmt: skip


def furnish(folder: Path) -> None:
    """Set up the town with its systems, data sets, one grant, and people who can sign in."""
    from allmende.catalogue import door as catalogue
    from allmende.hub import door as hub
    from allmende.hub.terms import ConnectionDraft
    from allmende.organisations import door as organisations
    from allmende.organisations.models import Person, Tenant
    from allmende.rights import door as rights
    from tests.factories import PASSWORD, small_town
    from tests.hub.town import server_of_tests

    folder.mkdir(parents=True, exist_ok=True)
    town = small_town()
    Tenant.objects.filter(slug=town.slug).update(colour="#0b6e4f", practice=True, second_factor="nobody")
    for slug, title in PURPOSES.items():
        rights.define_purpose(OPERATOR, town.slug, slug=slug, title=title, concept="https://w3id.org/dpv#PublicBenefit")
    hub.allow_address(OPERATOR, tenant=town.slug, place=str(folder), reason="Ablage der Ämter")
    made: dict[str, str] = {}
    for write in (_districts, _trees, _air, _energy, _welfare):
        done = hub.connect(OPERATOR, ConnectionDraft(file=write(folder), root=str(folder)), tenant=town.slug)
        made |= {read.name.partition(".")[2]: read.dataset for read in done.reads}
    for slug in ("stadtteile", "baeume"):
        catalogue.release_dataset(OPERATOR, made[slug], reason="Beschluss der datenverantwortlichen Stelle")
    rights.give_grant(
        OPERATOR,
        rights.GrantDraft(
            resource=made["stromverbrauch"],
            grantee_kind=GranteeKind.UNIT,
            grantee=town.units["environment"],
            purposes=frozenset({"environmental_planning"}),
            obligations=(Coarsen("kwh", "1000"),),
            note="Wärmeplanung 2026",
        ),
    )
    organisations.give_role(
        OPERATOR, tenant=town.slug, person=town.people["it"], role="quality_assurer", unit=town.units["it_office"]
    )
    organisations.give_role(
        OPERATOR, tenant=town.slug, person=town.people["engineer"], role="data_owner", unit=town.units["utilities"]
    )
    organisations.give_role(
        OPERATOR, tenant=town.slug, person=town.people["engineer"], role="group_data_manager",
        unit=town.units["utilities"],
    )  # fmt: skip
    server = server_of_tests()
    hub.allow_address(
        OPERATOR, tenant=town.slug, place=server["host"] or "localhost", port=int(server["port"] or 5432),
        reason="Verkehrszählung",
    )  # fmt: skip
    for person in Person.objects.filter(tenant_id=town.slug):
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])


def main() -> None:
    """Furnish the installation of the environment: what ``tests.browser.live`` starts beside the server."""
    import django

    django.setup()
    from allmende.config import environment, wiring

    wiring.equip(environment.read())
    furnish(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
