# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Recipes in the page: found, applied to the town's own file, deviations decided, sent back; and on the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from allmende.engine import recipes
from allmende.hub.door import connection_names
from allmende.kernel.clock import now
from allmende.organisations.models import Person
from allmende.recipes import door
from allmende.recipes.models import Trial
from allmende.recipes.samples import sample
from allmende.rights.terms import OPERATOR
from tests.hub import town as silos
from tests.hub.live import Hub
from tests.hub.town import Service

MASTER = bytes(reversed(range(32)))


def client_of(hub: Hub, who: str) -> Client:
    client = Client(headers={"accept-language": "de"})
    client.force_login(
        Person.objects.get(id=hub.town.people[who]), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.fixture
def technician(hub: Hub) -> Client:
    return client_of(hub, "it")


def sent(path: Path) -> SimpleUploadedFile:
    return SimpleUploadedFile(path.name, path.read_bytes())


def apply(client: Client, hub: Hub, name: str, path: Path, **more: Any) -> Any:
    one = door.by_name(OPERATOR, name, tenant="auenstadt")
    slug = one.recipe.datasets[0].slug
    given = {
        "unit": hub.town.units["environment"], "purposes": ["statistics"], "contact": "Zimmer 3", "legal_basis": "",
        f"class_{slug}": one.recipe.datasets[0].entry.cls, f"name_{slug}": slug, "connection": name, f"file_{slug}": sent(path),
    } | more  # fmt: skip
    return client.post(f"/rezepte/anwenden/?rezept={one.digest}", given)


def test_the_shelf_finds_by_word_and_version(technician: Client, hub: Hub) -> None:
    page = technician.get("/rezepte/").content.decode()
    assert page.count('class="hit"') >= 10 and "Teil des Programms" in page
    found = technician.get("/rezepte/?q=oparl&version=1.1").content.decode()
    assert "Vorlagen des Rates" in found and "Baumkataster" not in found
    assert "Dazu liegt hier kein Rezept" in technician.get("/rezepte/?q=oparl&version=9").content.decode()


def test_applied_to_the_towns_own_file(technician: Client, hub: Hub, tmp_path: Path) -> None:
    answer = apply(technician, hub, "zaehlstellen", sample("zaehlstellen", tmp_path, other=True))
    assert answer.status_code == 302, answer.content.decode()
    page = technician.get(answer.url).content.decode()
    assert "Spalte fehlt: erwartet „Zählstelle“ – zu entscheiden" in page
    assert "Geprüft wird, sobald die fehlenden Spalten genannt sind." in page
    refused = technician.post(answer.url, {"column_0": "", "weiter": "1"})
    assert refused.status_code == 400 and "zaehlstellen" not in connection_names(tenant="auenstadt")
    again = technician.post(answer.url, {"column_0": "Messstelle", "zeigen": "1"})
    assert again.status_code == 302
    page = technician.get(answer.url).content.decode()
    assert "erwartet „Zählstelle“, gefunden „Messstelle“ – angepasst" in page and "nicht bestanden" not in page
    done = technician.post(answer.url, {"column_0": "Messstelle", "weiter": "1"})
    assert (done.status_code, done["Location"]) == (302, "/auenstadt/dataset/zaehlstellen")
    assert hub.rows("SELECT count(DISTINCT zaehlstelle) FROM auenstadt.zaehlstellen") == [[2]]
    assert not Trial.objects.exists()
    shown = technician.get(
        f"/rezepte/{door.by_name(OPERATOR, 'zaehlstellen', tenant='auenstadt').digest}/"
    ).content.decode()
    assert "Das weicht bei Ihnen ab:" in shown

    connection = connection_names(tenant="auenstadt")["zaehlstellen"]
    file = technician.post(f"/rezepte/abweichungen/{connection}/")
    assert file["Content-Disposition"].endswith('.abweichung.toml"')
    assert recipes.opened(file.content.decode()).by == "Auenstadt"


def test_what_was_given_is_nobody_elses(technician: Client, hub: Hub, tmp_path: Path) -> None:
    answer = apply(
        technician, hub, "haushalt", sample("haushalt", tmp_path), name_haushalt="haushalt_b", connection="haushalt_b"
    )
    assert answer.status_code == 302, answer.content.decode()
    other = client_of(hub, "owner")
    assert other.get(answer.url).status_code in {403, 404}
    assert technician.get("/rezepte/vorgang/01a2239b-3003-75fd-b0eb-93b78dfb7d0b/").status_code == 404


def test_a_failed_check_wants_a_reason(technician: Client, hub: Hub, oparl: Service, tmp_path: Path) -> None:
    path = sample("kita_plaetze", tmp_path)
    raw = path.read_bytes().decode("cp1252")
    path.write_bytes(re.sub(r";(\d+);(\d+);(\d+);", r";\1;\2;999;", raw, count=1).encode("cp1252"))
    answer = apply(technician, hub, "kita_plaetze", path)
    page = technician.get(answer.url).content.decode()
    assert "nicht bestanden: 1 Zeile" in page
    refused = technician.post(answer.url, {"check_0": "", "check_1": "", "weiter": "1"})
    assert refused.status_code == 400 and "sind nicht bestanden" in refused.content.decode()
    given = {"check_0": "Eine Einrichtung im Umbau.", "check_1": "Eine Einrichtung im Umbau.", "weiter": "1"}
    assert technician.post(answer.url, given)["Location"] == "/auenstadt/dataset/kita_plaetze"


def test_an_interface_is_asked_for_by_its_address(technician: Client, hub: Hub, oparl: Service) -> None:
    from allmende.hub.door import allow_address

    one = door.by_name(OPERATOR, "ratsvorlagen", tenant="auenstadt")
    given = {
        "unit": hub.town.units["environment"], "purposes": ["statistics"], "url": f"{oparl.url}/auenstadt/paper",
        "class_ratsvorlagen": "internal", "name_ratsvorlagen": "ratsvorlagen", "connection": "ratsvorlagen",
    }  # fmt: skip
    address = f"/rezepte/anwenden/?rezept={one.digest}"
    assert technician.post(address, given | {"url": "gopher://x"}).status_code == 400
    allow_address(OPERATOR, tenant="auenstadt", place="127.0.0.1", port=oparl.port, reason="Test")
    answer = technician.post(address, given)
    assert answer.status_code == 302, answer.content.decode()
    assert technician.post(answer["Location"], {"weiter": "1"})["Location"] == "/auenstadt/dataset/ratsvorlagen"
    assert hub.rows("SELECT count(*) FROM auenstadt.ratsvorlagen") == [[24]]


@pytest.mark.parametrize("name", ["einwohner", "haushalt"])
def test_the_wrong_file_is_refused_at_the_field(name: str, technician: Client, hub: Hub, tmp_path: Path) -> None:
    answer = apply(technician, hub, name, sample("zaehlstellen", tmp_path))
    assert answer.status_code == 400 and "Ist es die richtige Datei?" in answer.content.decode()


def test_taken_in_from_elsewhere(technician: Client, hub: Hub, tmp_path: Path) -> None:
    body = door.shipped()[3].body + "# aus Rieth\n"
    path = tmp_path / "x.rezept.toml"

    def take(text: str, why: str = "") -> Any:
        path.write_text(text, "utf-8")
        return technician.post("/rezepte/einlesen/", {"file": sent(path), "unsigned_because": why})

    unsigned = take(body)
    assert unsigned.status_code == 400 and "hat niemand unterschrieben" in unsigned.content.decode()
    text = recipes.signed(body, by="Rieth", at=now(), master=MASTER)
    altered = take(text.replace("Rieth\n", "Riehl\n"))
    assert altered.status_code == 400 and "nach der Unterschrift verändert" in altered.content.decode()
    page = technician.get(take(text).url).content.decode()
    assert "Ihre Stadt kennt diesen Schlüssel nicht" in page
    assert recipes.fingerprint(recipes.public_key(MASTER)) in page
    for raw in (b"\xff\xfe\x00", b"PK\x03\x04", b"", b"a = 1"):
        wrong = technician.post("/rezepte/einlesen/", {"file": SimpleUploadedFile("x.toml", raw)})
        assert wrong.status_code == 400


def test_made_from_a_connection_and_passed_on(technician: Client, hub: Hub, tmp_path: Path) -> None:
    made = silos.connect(hub, silos.trees(tmp_path / "b", "seitenbaum"), root=tmp_path / "b").connection
    page = technician.get(f"/rezepte/aus/{made}/").content.decode()
    assert "Unterschreiben und herunterladen" in page
    given = {
        "name": "seitenbaum", "version": "1.0", "title_de": "Bäume", "text": "Bäume der Stadt.", "procedure": "Baumkataster",
        "export": "CSV", "licence": "http://dcat-ap.de/def/licenses/cc-zero", "why": "Bäume.", "proposal": "open",
        "release_why": "Bäume.",
    }  # fmt: skip
    leak = technician.post(f"/rezepte/aus/{made}/", given | {"text": "Fragen an gruen@auenstadt.example"})
    assert leak.status_code == 400 and "kann die Datei die Stadt nicht verlassen" in leak.content.decode()
    file = technician.post(f"/rezepte/aus/{made}/", given)
    assert file["Content-Disposition"] == 'attachment; filename="seitenbaum-1.0.rezept.toml"'
    assert recipes.load(recipes.opened(file.content.decode()).body).name == "seitenbaum"
    shipped = door.shipped()[0]
    passed = technician.post(f"/rezepte/{shipped.digest}/datei/").content.decode()
    assert recipes.digest(recipes.opened(passed).body) == shipped.digest


@pytest.mark.parametrize("who", ["", "staff", "owner", "protection"])
def test_who_may_not_open(who: str, hub: Hub) -> None:
    client = client_of(hub, who) if who else Client()
    one = door.shipped()[0]
    for path in (
        "/rezepte/",
        "/rezepte/einlesen/",
        f"/rezepte/{one.digest}/",
        f"/rezepte/anwenden/?rezept={one.digest}",
        "/rezepte/schluessel/",
    ):
        assert client.get(path).status_code == (403 if who else 401), path
    assert client.post(f"/rezepte/{one.digest}/datei/").status_code == (403 if who else 401)


def test_keys_are_the_administrators(hub: Hub, technician: Client) -> None:
    admin = client_of(hub, "admin")
    key = recipes.public_key(MASTER)
    assert "Einem Schlüssel vertrauen" not in technician.get("/rezepte/schluessel/").content.decode()
    refused = technician.post("/rezepte/schluessel/", {"name": "Rieth", "key": key})
    assert key not in technician.get("/rezepte/schluessel/").content.decode() and refused.status_code == 400
    assert admin.post("/rezepte/schluessel/", {"name": "Rieth", "key": key}).status_code == 302
    assert recipes.fingerprint(key) in admin.get("/rezepte/schluessel/").content.decode()
    assert admin.post("/rezepte/schluessel/", {"remove": key}).status_code == 302
    assert recipes.fingerprint(key) not in admin.get("/rezepte/schluessel/").content.decode()
