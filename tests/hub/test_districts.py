# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Districts of a list's rows, by the town's own street list and its own areas; what does not match is counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allmende.engine.lists.model import Decisions
from allmende.hub.domain import incoming, versions
from allmende.hub.domain.districts import set_districts
from allmende.hub.models import ListVersion, TownDistricts
from allmende.hub.terms import DistrictRule
from allmende.kernel.errors import Conflict, Forbidden, Invalid
from allmende.rights.terms import Subject
from tests.hub import town
from tests.hub.live import Hub
from tests.hub.sheets import HEADINGS, ROWS, month
from tests.hub.test_lists import clerk, entry_for, taken

__all__ = ["clerk"]

STREETS = """strasse;stadtteil;von;bis;seite;frueher
Hauptstraße;Mitte;1;21;u;
Hauptstraße;Nord;2;40;g;
Hauptstraße;Süd;23;99;u;
Mühlenweg;West;;;;Ernst-Thälmann-Straße
Ringstraße;Nord;1;50;;
Ringstraße;Süd;51;;;
Platz der Einheit;Mitte;;;;
"""
AREAS = {"West": 7.0, "Ost": 7.5}


def read_csv(folder: Path, slug: str, text: str, **fields: str) -> dict[str, object]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{slug}.csv").write_text(text, "utf-8")
    return {"read": {"kind": "csv", "files": f"{slug}.csv", "separator": ";"}, "fields": town.fields(**fields)}


@pytest.fixture(scope="module")
def places(hub: Hub, clerk: Subject, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("places")
    names = dict.fromkeys(("strasse", "stadtteil", "von", "bis", "seite", "frueher"), "text")
    given = read_csv(folder, "strassen", STREETS, **names)
    streets = town.connect(hub, town.connection_file("strassen", {"kind": "files"}, {"strassen": given}), root=folder)
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [[[x, 51], [x + 0.5, 51], [x + 0.5, 52], [x, 52], [x, 51]]]},
        }
        for name, x in AREAS.items()
    ]
    (folder / "raum.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    areas = town.connect(
        hub,
        town.connection_file(
            "raum",
            {"kind": "files"},
            {
                "raum": {
                    "read": {"kind": "geojson", "files": "raum.geojson"},
                    "steps": [{"do": "geometry", "column": "geometry", "written": "geojson", "to": "flaeche"}],
                    "fields": [{"name": "name"}, {"name": "flaeche", "type": "geometry"}],
                }
            },
        ),
        root=folder,
    )
    return {"streets": streets.reads[0].dataset, "areas": areas.reads[0].dataset}


def name_places(who: Subject, hub: Hub, places: dict[str, str]) -> None:
    set_districts(
        who,
        tenant=hub.town.slug,
        streets=places["streets"],
        street_columns={
            "street": "strasse", "district": "stadtteil", "first": "von", "last": "bis", "side": "seite",
            "former": "frueher",
        },
        areas=places["areas"],
        area_columns={"district": "name", "geometry": "flaeche"},
    )  # fmt: skip


def test_a_list_without_the_towns_places_says_what_is_missing(hub: Hub, clerk: Subject) -> None:
    TownDistricts.objects.all().delete()
    rule = DistrictRule(street="adresse")
    arrived = incoming.decide(clerk, taken(hub, clerk, month(9)), Decisions(looked=True), districts=rule)
    with pytest.raises(Conflict) as refused:
        versions.store_first(clerk, arrived, entry_for("ohne_orte"))
    assert "hat die Verwaltung der Kommune noch nicht benannt" in refused.value.detail.de
    incoming.stop(clerk, arrived)


def test_districts_by_address(hub: Hub, clerk: Subject, places: dict[str, str]) -> None:
    name_places(hub.town.subject("admin"), hub, places)
    rows = [list(row) for row in ROWS]
    rows[8][2] = "Ernst-Thälmann-Str. 9"
    rule = DistrictRule(street="adresse")
    arrived = incoming.decide(
        clerk, taken(hub, clerk, month(9, rows)), Decisions(looked=True), key=("nr",), districts=rule
    )
    dataset = versions.store_first(clerk, arrived, entry_for("verortet"))
    assert hub.rows("SELECT nr, stadtteil FROM auenstadt.verortet ORDER BY nr") == [
        [1, "Nord"], [2, "Mitte"], [3, "Süd"], [4, "West"], [5, "Nord"], [6, "Süd"], [7, "Mitte"], [8, None], [9, "West"],
        [10, "Nord"],
    ]  # fmt: skip
    notes = [one["de"] for one in ListVersion.objects.get(feed__binding_id=dataset).notes]
    assert "Stadtteile nach Straße und Hausnummer, aus dem Straßenverzeichnis „strassen“ (4 Straßen)." in notes
    assert "Zugeordnet: 9 von 10 Zeilen." in notes
    assert "1 ohne Stadtteil: Straße steht nicht im Straßenverzeichnis." in notes
    assert "Über einen früheren Straßennamen zugeordnet: 1." in notes


def test_districts_by_place(hub: Hub, clerk: Subject, places: dict[str, str]) -> None:
    name_places(hub.town.subject("admin"), hub, places)
    rows = [(n, f"Pegel {n}", x, 51.5) for n, x in enumerate((7.1, 7.6, 7.2, 7.7, 9.0, 7.3, 7.8, 7.5), 1)]
    content = month(9, rows, headings=("Nr.", "Name", "Länge", "Breite"), total=False, title="Pegel")
    rule = DistrictRule(longitude="laenge", latitude="breite")
    arrived = incoming.decide(clerk, taken(hub, clerk, content), Decisions(looked=True), districts=rule)
    dataset = versions.store_first(clerk, arrived, entry_for("pegelorte"))
    assert hub.rows("SELECT nr, stadtteil FROM auenstadt.pegelorte ORDER BY nr") == [
        [1, "West"], [2, "Ost"], [3, "West"], [4, "Ost"], [5, None], [6, "West"], [7, "Ost"], [8, None],
    ]  # fmt: skip
    notes = [one["de"] for one in ListVersion.objects.get(feed__binding_id=dataset).notes]
    assert "1 ohne Stadtteil: Ort liegt in keinem Stadtteil." in notes
    assert "1 ohne Stadtteil: Ort liegt auf der Grenze zweier Stadtteile." in notes


def test_who_may_name_the_towns_places_and_which(
    hub: Hub, clerk: Subject, places: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(Forbidden):
        name_places(clerk, hub, places)
    given = read_csv(tmp_path, "melder", STREETS, strasse="text", stadtteil="text") | {"class": "restricted"}
    secret = town.connect(hub, town.connection_file("melder", {"kind": "files"}, {"melder": given}), root=tmp_path)
    with pytest.raises(Invalid):
        set_districts(
            hub.town.subject("admin"),
            tenant=hub.town.slug,
            streets=secret.reads[0].dataset,
            street_columns={"street": "strasse", "district": "stadtteil"},
        )
    assert HEADINGS
