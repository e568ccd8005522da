# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The connect assistant in the page: a database and an interface, from their address to an answered question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from allmende.hub import door
from allmende.hub.domain import uploads
from allmende.organisations import door as organisations
from allmende.rights.terms import OPERATOR
from tests.hub import town
from tests.hub.live import Hub
from tests.hub.pages import client_of, entry, pages_of, sent, shown

WORD = "GEHEIM-4715 'x"
FIRST = "/quellen/anbinden/datenbank/"


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, Any]]:
    with town.traffic_database("allmende_test_assistant", WORD) as at:
        yield at


@pytest.fixture(scope="module")
def technician(hub: Hub) -> Iterator[Client]:
    """Somebody who may connect and describe in every unit."""
    organisations.give_role(
        OPERATOR, tenant=hub.town.slug, person=hub.town.people["it"], role="quality_assurer", unit=hub.town.root
    )
    with pages_of(hub):
        yield client_of(hub, "it")


def place(hub: Hub, at: dict[str, Any]) -> dict[str, Any]:
    given = {name: at[name] for name in ("host", "port", "database", "user", "password")}
    return given | {"kind": "postgres", "sslmode": "disable", "unit": hub.town.units["environment"]}


def test_an_internal_address_is_refused_with_what_to_do(hub: Hub, technician: Client) -> None:
    at = {"host": "10.11.12.13", "port": 5432, "database": "d", "user": "u", "password": "GEHEIM-4712"}
    answer = technician.post(FIRST, place(hub, at))
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "„10.11.12.13“ liegt im internen Netz (Port 5432). Das muss die Verwaltung der Anlage erst erlauben." in page
    assert "Nennen Sie ihr Rechner und Port" in page
    assert "GEHEIM-4712" not in page


def test_a_database_from_its_address_to_an_answer(hub: Hub, technician: Client, database: dict[str, Any]) -> None:
    door.allow_address(OPERATOR, tenant=hub.town.slug, place=database["host"], port=database["port"], reason="Test")
    seen = []
    opened = technician.post(FIRST, place(hub, database))
    assert opened.status_code == 302, opened.content.decode()
    tables = technician.get(opened["Location"]).content.decode()
    seen.append(tables)
    number = re.search(r'value="(\d+)"[^>]*><span>public\.zaehlung \(id, bezirk, anzahl\)', tables)
    assert number is not None
    chosen = technician.post(opened["Location"], {"table": number[1]})
    correct = technician.get(chosen["Location"]).content.decode()
    seen.append(correct)
    assert "<td>Nord</td>" in correct
    again = technician.post(chosen["Location"], sent(correct) | {"name_2": "fahrten", "weiter": "1"})
    assert again.status_code == 302, again.content.decode()
    seen.append(technician.get(again["Location"]).content.decode())
    saved = technician.post(again["Location"], entry("fahrten"))
    assert saved.status_code == 302, saved.content.decode()
    assert saved["Location"] == "/auenstadt/dataset/fahrten"
    assert hub.rows("SELECT bezirk, sum(fahrten) AS n FROM auenstadt.fahrten GROUP BY 1 ORDER BY 1") == [
        ["Nord", 160],
        ["Süd", 80],
    ]
    assert not any("GEHEIM-4715" in page for page in seen), "the password is in no page"
    assert list(uploads.opened_of(hub.town.slug).iterdir()) == [], "nothing of it is left on the way"


@pytest.fixture(scope="module")
def mariadb(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    try:
        with town.mariadb(tmp_path_factory.mktemp("mariadb")) as at:
            door.allow_address(OPERATOR, tenant=hub.town.slug, place=at["host"], port=at["port"], reason="Test")
            yield at
    except FileNotFoundError:
        pytest.skip("MariaDB is not installed")


def in_mariadb(hub: Hub, at: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return place(hub, at) | {"kind": "mysql", "sslmode": "disable"} | changed


def test_a_mariadb_from_its_address_to_an_answer(hub: Hub, technician: Client, mariadb: dict[str, Any]) -> None:
    given = in_mariadb(hub, mariadb, user="sicher", sslmode="verify-full", ca=mariadb["ca"])
    opened = technician.post(FIRST, given)
    assert opened.status_code == 302, opened.content.decode()
    tables = technician.get(opened["Location"]).content.decode()
    number = re.search(r'value="(\d+)"[^>]*><span>silo\.baustellen \(id, bezirk, tage\)', tables)
    assert number is not None, tables
    chosen = technician.post(opened["Location"], {"table": number[1]})
    correct = technician.get(chosen["Location"]).content.decode()
    assert [row["bezirk"] for row in shown(correct)] == ["Nord", "Süd"]
    described = technician.post(chosen["Location"], sent(correct) | {"name_2": "dauer", "unit_2": "d", "weiter": "1"})
    assert described.status_code == 302, described.content.decode()
    saved = technician.post(described["Location"], entry("baustellen"))
    assert saved.status_code == 302, saved.content.decode()
    assert hub.rows("SELECT bezirk, dauer FROM auenstadt.baustellen ORDER BY 1") == [["Nord", 10], ["Süd", 30]]


#: user, encryption, whether the certificate is given → whether the server is spoken to
TLS = [
    ("leser", "disable", "", True),
    ("leser", "require", "", True),
    ("sicher", "disable", "", False),
    ("sicher", "require", "", True),
    ("sicher", "verify-full", "its", True),
    ("sicher", "verify-full", "another", False),
]


@pytest.mark.parametrize(("user", "sslmode", "ca", "spoken_to"), TLS)
def test_mariadb_is_spoken_to_as_safely_as_was_said(
    hub: Hub, technician: Client, mariadb: dict[str, Any], tmp_path: Path,
    user: str, sslmode: str, ca: str, spoken_to: bool,
) -> None:  # fmt: skip
    trusted = {"": "", "its": mariadb["ca"], "another": town.certificate(tmp_path)}[ca]
    answer = technician.post(FIRST, in_mariadb(hub, mariadb, user=user, sslmode=sslmode, ca=trusted))
    assert answer.status_code == (302 if spoken_to else 400), answer.content.decode()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "mysql", "sslmode": "verify-full"}, "MySQL prüft nur gegen ein Zertifikat, das Sie nennen"),
        ({"kind": "mysql", "sslmode": "require", "ca": "x"}, "Das gehört nur zu MySQL mit geprüftem Zertifikat"),
        ({"kind": "postgres", "sslmode": "verify-full", "ca": "x"}, "Das gehört nur zu MySQL"),
        ({"kind": "mysql", "sslmode": "verify-full", "ca": "kein Zertifikat"}, "ca holds no certificate (PEM)"),
    ],
)
def test_a_certificate_that_says_nothing_is_said(
    hub: Hub, technician: Client, changed: dict[str, str], said: str
) -> None:
    at = {"host": "db.auenstadt.example", "port": 3306, "database": "d", "user": "u", "password": "p"}
    answer = technician.post(FIRST, place(hub, at) | changed)
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_a_table_that_may_not_be_read_is_refused_in_words(
    hub: Hub, technician: Client, database: dict[str, Any]
) -> None:
    door.allow_address(OPERATOR, tenant=hub.town.slug, place=database["host"], port=database["port"], reason="Test")
    opened = technician.post(FIRST, place(hub, database))
    tables = technician.get(opened["Location"]).content.decode()
    number = re.search(r'value="(\d+)"[^>]*><span>public\.geheim ', tables)
    assert number is not None
    answer = technician.post(opened["Location"], {"table": number[1]})
    assert answer.status_code == 400
    assert "planted" not in answer.content.decode()


def test_a_wrong_password_is_said_and_not_shown(hub: Hub, technician: Client, database: dict[str, Any]) -> None:
    door.allow_address(OPERATOR, tenant=hub.town.slug, place=database["host"], port=database["port"], reason="Test")
    answer = technician.post(FIRST, place(hub, database | {"password": "FALSCH-4713"}))
    assert answer.status_code == 400
    assert "FALSCH-4713" not in answer.content.decode()


def test_what_was_opened_belongs_to_one_person_and_one_hour(
    hub: Hub, technician: Client, database: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    door.allow_address(OPERATOR, tenant=hub.town.slug, place=database["host"], port=database["port"], reason="Test")
    opened = technician.post(FIRST, place(hub, database))["Location"]
    assert client_of(hub, "owner").get(opened).status_code == 403
    kept = next(uploads.opened_of(hub.town.slug).glob(f"{opened.split('/')[3]}.*"))
    assert b"GEHEIM-4715" not in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(uploads, "HELD_S", -1)
    assert technician.get(opened).status_code == 404
    uploads.forget_opened()
    assert not kept.exists()


def test_an_interface_from_its_address_to_an_answer(hub: Hub, technician: Client) -> None:
    with town.Service() as service:
        service.answers["/v1"] = {"items": [{"titel": "Markt", "ort": "Nord"}], "next": "/v1?p=2"}
        service.answers["/v1?p=2"] = {"items": [{"titel": "Lauf", "ort": "Süd"}]}
        given = {
            "url": f"{service.url}/v1", "format": "json", "records": "/items", "paging": "next_link", "next": "/next",
            "token": "GEHEIM-4714", "unit": hub.town.units["environment"],
        }  # fmt: skip
        refused = technician.post("/quellen/anbinden/netz/", given)
        assert refused.status_code == 400
        assert "liegt im internen Netz" in refused.content.decode()
        assert service.asked == []
        door.allow_address(OPERATOR, tenant=hub.town.slug, place="127.0.0.1", port=service.port, reason="Test")
        looked = technician.post("/quellen/anbinden/netz/", given)
        assert looked.status_code == 302, looked.content.decode()
        correct = technician.get(looked["Location"]).content.decode()
        assert "<td>Lauf</td>" in correct and "GEHEIM-4714" not in correct
        described = technician.post(looked["Location"], sent(correct) | {"weiter": "1"})
        assert described.status_code == 302, described.content.decode()
        saved = technician.post(described["Location"], entry("veranstaltungen"))
        assert saved.status_code == 302, saved.content.decode()
        assert hub.rows("SELECT titel FROM auenstadt.veranstaltungen ORDER BY 1") == [["Lauf"], ["Markt"]]
        assert {token for _, token in service.asked} == {"Bearer GEHEIM-4714"}


def test_paging_says_what_it_needs(hub: Hub, technician: Client) -> None:
    given = {"url": "https://a.example/", "format": "json", "paging": "page", "unit": hub.town.units["environment"]}
    answer = technician.post("/quellen/anbinden/netz/", given)
    assert answer.status_code == 400
    assert "Für diese Art von Seiten wird das gebraucht." in answer.content.decode()


@pytest.mark.parametrize("who", ["owner", "staff"])
def test_who_may_not_connect_opens_none_of_it(hub: Hub, technician: Client, who: str) -> None:
    client = client_of(hub, who)
    for path in (FIRST, "/quellen/anbinden/netz/"):
        assert client.get(path).status_code == client.post(path, {}).status_code == 403


COUNTS = """messzeit;rechts;hoch;frei
25.10.2026 01:00;405000;5757000;12
25.10.2026 24:00;405100;5757100;ges
"""


def test_times_places_and_words_are_corrected_before_anything_is_saved(hub: Hub, technician: Client) -> None:
    file = SimpleUploadedFile("Parken.txt", COUNTS.encode())
    place = technician.post("/quellen/anbinden/", {"file": file, "unit": hub.town.units["environment"]})["Location"]
    changed = {
        "time_0_column": "messzeit", "time_0_zone": "Europe/Berlin", "time_0_length": "3600", "time_0_end": "on",
        "point_0_x": "rechts", "point_0_y": "hoch", "point_0_crs": "EPSG:25832",
        "status_0_column": "frei", "status_0_words": "ges = geschlossen\nbes = besetzt",
    }  # fmt: skip
    answer = technician.post(place, sent(technician.get(place).content.decode()) | changed)
    assert answer.status_code == 302, answer.content.decode()
    first, second = shown(technician.get(place).content.decode())
    assert (first["zeitpunkt"], second["zeitpunkt"]) == ("2026-10-24 22:00:00+00", "2026-10-25 22:00:00+00")
    assert (first["tag"], second["tag"]) == ("2026-10-25", "2026-10-25")
    assert re.match(r"POINT \(7\.6\d+ 51\.9\d+\)", first["geometrie"])
    words = next(name for name in second if name in {"zustand", "frei_status"})
    assert (first["frei"], second["frei"], second[words]) == ("12", "–", "geschlossen")
    swapped = technician.post(place, sent(technician.get(place).content.decode()) | {"point_0_swapped": "on"})
    assert swapped.status_code == 302, swapped.content.decode()
    assert shown(technician.get(place).content.decode())[0]["geometrie"] != first["geometrie"]
    without = {"point_0_gone": "on", "status_0_gone": "on"}
    removed = technician.post(place, sent(technician.get(place).content.decode()) | without)
    assert removed.status_code == 302, removed.content.decode()
    assert not {"geometrie", words} & set(shown(technician.get(place).content.decode())[0])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"time_0_column": "messzeit", "time_0_end": "on", "time_0_length": "0"}, "muss der Zeitraum eine Länge haben"),
        ({"point_0_x": "rechts", "point_0_y": "rechts"}, "Ein Punkt braucht zwei verschiedene Spalten."),
        ({"status_0_column": "frei", "status_0_words": "ges"}, "Bitte in jeder Zeile ein Wort = Bedeutung."),
    ],
)
def test_a_correction_that_says_too_little_is_said(
    hub: Hub, technician: Client, given: dict[str, str], said: str
) -> None:
    file = SimpleUploadedFile("Parken.txt", COUNTS.encode())
    place = technician.post("/quellen/anbinden/", {"file": file, "unit": hub.town.units["environment"]})["Location"]
    answer = technician.post(place, sent(technician.get(place).content.decode()) | given)
    assert answer.status_code == 400
    assert said in answer.content.decode()
