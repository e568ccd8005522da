# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The demonstration on the town's own files: Münster's playgrounds, swapped coordinates and all, by children under ten
of a table of residents in the shape of a registry's export (generated: Münster publishes none by single office)."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from allmende.catalogue import door as catalogue
from allmende.engine import connection
from allmende.hub.door import connect_folder, prepare_town
from allmende.insight.terms import (
    Areas,
    Check,
    Comparison,
    Filter,
    Function,
    Match,
    Part,
    Question,
)
from allmende.organisations import door as organisations
from allmende.rights.terms import OPERATOR
from tests.examples import raw
from tests.hub.live import Hub
from tests.hub.town import connection_file
from tests.insight.town import Asking

pytestmark = [pytest.mark.real]
ROOT = Path(__file__).parents[2]


def test_playgrounds_by_children_under_ten_per_district(asking: Asking, hub: Hub, tmp_path: Path) -> None:
    data = Path(os.environ.get("ALLMENDE_REAL_DATA", ROOT.parent / "shared" / "data")) / "muenster"
    if not data.is_dir():
        pytest.skip("the real public files are not beside the project")
    districts = raw.districts(data)
    residents = [(name, age, 300 + 41 * d + 7 * age) for d, name in enumerate(districts) for age in range(100)]
    with (tmp_path / "einwohner.csv").open("w", encoding="utf-8") as out:
        csv.writer(out, delimiter=";").writerows([("stadtbezirk", "lebensalter", "anzahl"), *residents])
    export = connection_file(
        "muenster_einwohner", {"kind": "files"},
        {
            "einwohner": {
                "title": {"de": "Einwohner", "en": "Residents"},
                "read": {"kind": "csv", "files": "einwohner.csv", "separator": ";"},
                "fields": [
                    {"name": "stadtbezirk"}, {"name": "lebensalter", "type": "integer"},
                    {"name": "anzahl", "type": "integer", "unit": "1"},
                ],
            }
        },
        unit="jugend",
    )  # fmt: skip
    examples = [connection.read(ROOT / "examples" / "muenster" / f"{name}.toml") for name in ("spielplaetze", "raum")]
    prepare_town(OPERATOR, [*examples, export], tenant="muenster", name="Münster")
    list(connect_folder(OPERATOR, examples, tenant="muenster", data=data, secrets={}))
    list(connect_folder(OPERATOR, [export], tenant="muenster", data=tmp_path, secrets={}))
    for slug in ("spielplaetze", "stadtbezirke"):
        catalogue.release_dataset(OPERATOR, catalogue.dataset(OPERATOR, "muenster", slug).id, reason="Beschluss")
    units = {unit.slug: unit.id for unit in organisations.units("muenster")}
    person = organisations.create_person(
        OPERATOR, tenant="muenster", unit=units["jugend"], name="J", email="j@muenster.example"
    )
    children = Part(
        dataset="muenster.einwohner", function=Function.SUM, field="anzahl", match=Match.NAME, place="stadtbezirk",
        filters=(Filter(field="lebensalter", check=Check.UNDER, values=("10",)),),
    )  # fmt: skip
    question = Question(
        what=Part(dataset="muenster.spielplaetze", match=Match.POINT, place="geometrie"),
        areas=Areas(dataset="muenster.stadtbezirke", name="name", number="nummer", geometry="geometrie"),
        compared=Comparison.RATIO,
        other=children,
        per=1000,
    )
    from allmende.insight.answer import answer

    reader = organisations.subject_of_person("muenster", person.id)
    shown = asking.run(answer, reader, question, purpose="statistics")
    grounds = dict.fromkeys(districts, 0)
    for _, x, y in raw.playgrounds(data):
        (home,) = (name for name, polygons in districts.items() if raw.inside(polygons, x, y))
        grounds[home] += 1
    young = {
        name: sum(count for district, age, count in residents if district == name and age < 10) for name in districts
    }
    assert {place.name: place.value for place in shown.places} == {
        name: grounds[name] * 1000 / young[name] for name in districts
    }
    assert sum(grounds.values()) == 291 and shown.unmatched == ()
    assert all(place.geometry is not None for place in shown.places)
    assert shown.title.de == ("Spielplätze: Anzahl je 1.000 anzahl, lebensalter unter 10, je Stadtbezirk")
