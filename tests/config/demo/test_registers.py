# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The practice town's registers: who gets what, asked over HTTP of the running hub."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest

from allmende.catalogue import door as catalogue
from allmende.config.demo.cast import cast
from allmende.config.demo.registers import dataset_id, people_of
from allmende.kernel.errors import Forbidden
from allmende.organisations import door as organisations
from allmende.rights.terms import OPERATOR, Class, Visibility
from tests.config.demo.conftest import Demo

MEASURE = """
select case when v.tag < date '2025-07-01' then 'vorher' else 'nachher' end as zeitraum,
       round(avg(l.no2), 1) as no2, round(avg(v.kfz)) as kfz, round(avg(v.raeder)) as raeder
from auenstadt.verkehr_stunden v
join auenstadt.luft_stunden l on l.beginn = v.beginn and l.station = 'Bahnhofstraße'
where v.zaehlstelle = 'Z01' and month(v.tag) between 4 and 9
group by zeitraum order by zeitraum desc
"""

#: persona ("": nobody), data set, purpose → what comes: a rule that allows, or one that refuses; "absent": 404.
MATRIX = [
    ("", "luft_stunden", "", "read.open"),
    ("buergerin", "luft_stunden", "public_information", "read.open"),
    ("buergerin", "verkehr_stunden", "traffic_planning", "absent"),
    ("", "verkehr_stunden", "", "absent"),
    ("verkehrsplanerin", "verkehr_stunden", "traffic_planning", "read.internal"),
    ("umwelt", "verkehr_stunden", "environmental_planning", "read.internal"),
    ("umwelt", "verkehr_stunden", "public_information", "read.purpose"),
    ("programm", "verkehr_stunden", "traffic_planning", "read.internal"),
    ("programm", "verkehr_stunden", "statistics", "read.token-purpose"),
    ("umwelt", "energie_verbrauch", "energy_planning", "read.grant"),
    ("verkehrsplanerin", "energie_verbrauch", "traffic_planning", "read.no-rule"),
    ("stadtwerke", "energie_verbrauch", "energy_planning", "read.owner"),
    ("stadtwerke", "verkehr_stunden", "energy_planning", "absent"),
    ("krisenstab", "klinikum_betten", "crisis_management", "read.grant"),
    ("buergermeisterin", "klinikum_betten", "crisis_management", "absent"),
    ("datenstrategin", "klinikum_betten", "statistics", "absent"),
    ("statistik", "einwohner_alter", "statistics", "read.legal-basis"),
    ("datenstrategin", "einwohner_alter", "statistics", "read.release-table"),
    ("buergermeisterin", "einwohner_alter", "statistics", "read.release-table"),
    ("buergerin", "einwohner_alter", "public_information", "absent"),
    ("verwaltung", "einwohner_haushalt", "statistics", "read.release-table"),
    ("nachbarin", "verkehr_stunden", "traffic_planning", "read.grant"),
    ("nachbarin", "strassen_unterhalt", "traffic_planning", "absent"),
    ("nachbarin", "einwohner_alter", "statistics", "absent"),
]


@pytest.mark.parametrize(("who", "dataset", "purpose", "rule"), MATRIX)
def test_who_gets_what(demo: Demo, who: str, dataset: str, purpose: str, rule: str) -> None:
    answer = demo.ask(f"select count(*) from auenstadt.{dataset}", who=who, purpose=purpose)
    if rule == "absent":
        assert answer.status_code == 404, answer.text
        nonsense = demo.ask("select count(*) from auenstadt.gibt_es_nicht", who=who, purpose=purpose)
        assert nonsense.status_code == 404
        same = answer.text.replace(dataset, "gibt_es_nicht")
        assert json.loads(same)["detail"] == nonsense.json()["detail"]
        return
    refuses = rule in {"read.purpose", "read.token-purpose", "read.no-rule"}
    assert answer.status_code == (403 if refuses else 200), answer.text
    assert rule in answer.text
    if refuses:
        document = answer.json()
        assert document["detail_de"]
        assert document["detail_en"]


def test_one_question_across_two_owners_shows_what_the_measure_did(demo: Demo) -> None:
    answer = demo.ask(MEASURE, who="verkehrsplanerin", purpose="environmental_planning")
    assert answer.status_code == 200, answer.text
    document = answer.json()
    (before, no2, cars, bicycles), (after, less, fewer, more) = document["rows"]
    assert (before, after) == ("vorher", "nachher")
    assert less < no2 - 2
    assert fewer < 0.8 * cars
    assert more > 1.2 * bicycles
    assert {p["dataset"].rsplit("/", 1)[-1] for p in document["provenance"]} == {"verkehr_stunden", "luft_stunden"}


def test_a_refusal_says_whom_to_ask(demo: Demo) -> None:
    answer = demo.ask(
        "select sum(verbrauch) from auenstadt.energie_verbrauch", who="verkehrsplanerin", purpose="traffic_planning"
    )
    assert answer.status_code == 403
    assert "daten@stadtwerke-auenstadt.example" in answer.text


def test_the_contract_coarsens_the_utilitys_figures(demo: Demo) -> None:
    rows = demo.rows("select * from auenstadt.energie_verbrauch", who="umwelt", purpose="energy_planning")
    names = demo.ask("select * from auenstadt.energie_verbrauch", who="umwelt", purpose="energy_planning").json()
    columns = [c["name"] for c in names["columns"]]
    assert "anschluesse" not in columns
    assert all(row[columns.index("verbrauch")] % 1000 == 0 for row in rows)


def test_residents_come_protected(demo: Demo) -> None:
    sql = "select stichtag, stadtteil, altersgruppe, anzahl, status from auenstadt.einwohner_alter"
    rows = demo.rows(sql, who="datenstrategin", purpose="statistics")
    assert all((n is None) == (status == "suppressed") and (n is None or n >= 5) for *_, n, status in rows)
    hidden = {row[1] for row in rows if row[3] is None}
    assert {"Hafen und Gewerbe", "Niederau"} <= hidden
    whole = demo.rows(
        "select min(anzahl), sum(anzahl) from auenstadt.einwohner_alter where stichtag = date '2025-12-31'",
        who="statistik",
        purpose="statistics",
    )
    assert whole[0][0] < 5
    assert whole[0][1] == 60_000


def test_the_neighbour_sees_its_own_and_what_is_shared(demo: Demo, django_db_blocker: Any) -> None:
    assert demo.rows("select count(*) from rieth.pegel", who="nachbarin", purpose="crisis_management") == [[365]]
    assert demo.ask("select 1 from rieth.pegel", who="verkehrsplanerin", purpose="statistics").status_code == 404
    with django_db_blocker.unblock():
        subject = organisations.subject_of_person("rieth", people_of("rieth")["nachbarin@rieth.example"])
        known = {(hit.tenant, hit.slug) for hit in catalogue.known_datasets(subject).hits}
    public = {("auenstadt", name) for decision in cast().open for name in decision.datasets}
    assert known == public | {("rieth", "pegel"), ("auenstadt", "verkehr_stunden")}


def test_personal_data_cannot_be_released_and_late_anonymised_only_with_the_warning_read(
    demo: Demo, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        residents, trips = dataset_id("auenstadt", "einwohner_alter"), dataset_id("auenstadt", "radwege_app")
        with pytest.raises(Forbidden) as personal:
            catalogue.release_dataset(OPERATOR, residents, reason="Test")
        assert personal.value.more["missing"] == "anonymised_at_collection"
        with pytest.raises(Forbidden) as late:
            catalogue.release_dataset(OPERATOR, trips, reason="Test")
        assert late.value.more["missing"] == "warning_read"


def test_events_are_read_from_their_service(demo: Demo) -> None:
    rows = demo.rows("select count(*), count(distinct id), min(tag) from auenstadt.veranstaltungen")
    assert rows[0][0] == rows[0][1] > 150


def test_street_lists_in_conflict_are_found(demo: Demo) -> None:
    rows = demo.rows(
        "select s.schluessel, s.name, t.name from auenstadt.strassen s "
        "full join auenstadt.strassen_unterhalt t on cast(s.schluessel as integer) = t.schluessel "
        "where s.name is distinct from t.name or s.stadtteil is distinct from t.stadtteil "
        "or abs(s.laenge - t.laenge) > 1",
        who="verkehrsplanerin",
        purpose="statistics",
    )
    assert len(rows) == 11


def test_tokens_and_accounts_are_private_files(demo: Demo) -> None:
    for name in ("demo-tokens.json", "demo-accounts.json"):
        assert stat.S_IMODE((demo.data / name).stat().st_mode) == 0o600
    for persona in demo.personas.values():
        assert {"token", "name", "unit", "role", "purposes"} <= persona.keys()
        assert persona["token"].startswith("allm_")


def test_a_second_start_changes_nothing(demo: Demo, django_db_blocker: Any) -> None:
    def state() -> Any:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "select (select count(*) from organisations_change), (select count(*) from hub_change), "
                "(select count(*) from catalogue_entry), (select count(*) from rights_grant)"
            )
            changes = cursor.fetchone()
        return (
            changes,
            (demo.data / "demo-tokens.json").read_bytes(),
            (demo.data / "demo" / "counting.json").read_bytes(),
        )

    with django_db_blocker.unblock():
        before = state()
        demo.ensure()
        assert state() == before
        entry, _ = catalogue.draft(OPERATOR, dataset_id("auenstadt", "energie_verbrauch"))
    assert (entry.cls, entry.visibility) == (Class.RESTRICTED, Visibility.ADMINISTRATION)
