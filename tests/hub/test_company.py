# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A company's data manager connects the company's own sources in the page, and only those."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pyarrow.parquet
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from allmende.engine.addresses import AddressRefused
from allmende.engine.connection import Fetch, Http
from allmende.hub import door
from allmende.hub.domain import uploads
from allmende.hub.domain.opened import open_interface
from allmende.hub.models import Binding, Connection, SourceSystem
from allmende.kernel.errors import Forbidden, NotFound
from allmende.kernel.ids import new_id
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, Action
from tests.hub import town
from tests.hub.live import Hub
from tests.hub.pages import client_of, entry, pages_of, sent, shown

MANAGER, ROLE = "engineer", "group_data_manager"  # who works at the Stadtwerke GmbH


def give(hub: Hub, who: str, unit: str, role: str = ROLE) -> None:
    organisations.give_role(
        OPERATOR, tenant=hub.town.slug, person=hub.town.people[who], role=role, unit=hub.town.units[unit]
    )


def take(hub: Hub, who: str, unit: str, role: str = ROLE) -> None:
    organisations.withdraw_role(
        OPERATOR, tenant=hub.town.slug, person=hub.town.people[who], role=role, unit=hub.town.units[unit]
    )


@pytest.fixture(scope="module")
def manager(hub: Hub) -> Iterator[Client]:
    give(hub, MANAGER, "utilities")
    with pages_of(hub):
        yield client_of(hub, MANAGER)
    take(hub, MANAGER, "utilities")


@pytest.fixture(scope="module")
def foreign(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Connection:
    """A source of the environment office, which is none of the company's business."""
    folder = tmp_path_factory.mktemp("foreign")
    made = town.connect(hub, town.trees(folder, "fremde_baeume"), root=folder)
    return Connection.objects.get(id=made.connection)


def parquet() -> SimpleUploadedFile:
    body = io.BytesIO()
    table = pa.table({"bezirk": ["Nord", "Süd"], "kwh": pa.array([1500, 900], pa.int64())})
    pyarrow.parquet.write_table(table, body)
    return SimpleUploadedFile("Verbrauch.parquet", body.getvalue())


def test_a_parquet_file_of_the_company_from_the_first_page_to_an_answer(hub: Hub, manager: Client) -> None:
    first = manager.get("/quellen/anbinden/")
    assert first.status_code == 200
    offered = re.findall(r'<option value="([^"]+)"', first.content.decode())
    assert offered == [hub.town.units["utilities"]], "the only unit in which the role is held"
    looked = manager.post("/quellen/anbinden/", {"file": parquet(), "unit": hub.town.units["utilities"]})
    assert looked.status_code == 302, looked.content.decode()
    correct = manager.get(looked["Location"]).content.decode()
    assert [row["kwh"] for row in shown(correct)] == ["1500", "900"]
    described = manager.post(looked["Location"], sent(correct) | {"weiter": "1"})
    saved = manager.post(described["Location"], entry("verbrauch"))
    assert saved.status_code == 302, saved.content.decode()
    assert hub.rows("SELECT sum(kwh) FROM auenstadt.verbrauch", who=MANAGER) == [[2400]]
    source = SourceSystem.objects.get(slug="verbrauch_quelle")
    assert str(source.unit) == hub.town.units["utilities"]
    page = manager.get(f"/quellen/{source.id}/")
    assert page.status_code == 200 and "verbrauch" in page.content.decode()
    binding = Binding.objects.get(name="verbrauch")
    for action in (f"anbindung/{binding.connection_id}/pruefen", f"datensatz/{binding.dataset}/lesen"):
        answer = manager.post(f"/quellen/{action}/", follow=True).content.decode()
        assert "Die Quelle antwortet." in answer or "Gelesen." in answer
    for said in ("abgeschaltet", "eingeschaltet"):
        switched = manager.post(f"/quellen/anbindung/{binding.connection_id}/schalten/", follow=True)
        assert f"Die Anbindung ist {said}." in switched.content.decode()


def test_another_units_source_is_neither_seen_nor_touched(hub: Hub, manager: Client, foreign: Connection) -> None:
    binding = foreign.bindings.get()
    listed = manager.get("/quellen/").content.decode()
    assert "fremde_baeume" not in listed and "Umweltamt" not in listed
    assert manager.get(f"/quellen/{foreign.source_id}/").status_code == 404
    for action in ("pruefen", "schalten"):
        assert manager.post(f"/quellen/anbindung/{foreign.id}/{action}/").status_code == 404
    answer = manager.post(f"/quellen/datensatz/{binding.dataset}/lesen/", follow=True).content.decode()
    assert "Gelesen." not in answer
    subject, slug = hub.town.subject(MANAGER), hub.town.slug
    with pytest.raises(Forbidden):
        door.change_secret(subject, str(foreign.id), "neu", tenant=slug)
    with pytest.raises(Forbidden):
        door.enable(subject, str(foreign.id), tenant=slug, enabled=False)
    with pytest.raises(Forbidden):
        door.read_again(subject, str(binding.dataset), tenant=slug)
    with pytest.raises(NotFound):
        door.connection(subject, str(foreign.id), tenant=slug)
    foreign.refresh_from_db()
    assert foreign.enabled and not foreign.secret


@pytest.mark.parametrize("unit", ["environment", "baths", "administration"])
def test_nothing_is_connected_in_another_units_name(hub: Hub, manager: Client, unit: str) -> None:
    place = hub.town.units[unit]
    answer = manager.post("/quellen/anbinden/", {"file": parquet(), "unit": place})
    assert answer.status_code == 400, "the form offers no such unit"
    with pytest.raises(Forbidden):
        uploads.keep(
            hub.town.subject(MANAGER), tenant=hub.town.slug, unit=place, name="a.csv", pieces=[b"a;b\n1;2\n3;4\n"]
        )
    for page in ("datenbank", "netz"):
        assert place not in manager.get(f"/quellen/anbinden/{page}/").content.decode()


def test_another_units_source_is_not_taken_over_by_its_short_name(
    hub: Hub, manager: Client, foreign: Connection
) -> None:
    looked = manager.post("/quellen/anbinden/", {"file": parquet(), "unit": hub.town.units["utilities"]})["Location"]
    described = manager.post(looked, sent(manager.get(looked).content.decode()) | {"weiter": "1"})["Location"]
    answer = manager.post(described, entry("fremde_baeume_2") | {"source_slug": "fremde_baeume"})
    assert answer.status_code == 400
    foreign.refresh_from_db()
    assert str(foreign.source.unit) == hub.town.units["environment"]
    assert not Binding.objects.filter(name="fremde_baeume_2").exists()


def test_what_is_on_its_way_ends_with_the_role(hub: Hub, manager: Client) -> None:
    give(hub, MANAGER, "baths")
    page = manager.get("/quellen/anbinden/").content.decode()
    assert {hub.town.units["baths"], hub.town.units["utilities"]} == set(re.findall(r'<option value="([^"]+)"', page))
    place = manager.post("/quellen/anbinden/", {"file": parquet(), "unit": hub.town.units["baths"]})["Location"]
    assert manager.get(place).status_code == 200
    take(hub, MANAGER, "baths")
    assert manager.get(place).status_code == 403
    assert manager.get(f"{place}eintrag/").status_code == 403


def test_allowed_addresses_stay_an_administrators_matter(hub: Hub, manager: Client) -> None:
    subject = hub.town.subject(MANAGER)
    with pytest.raises(Forbidden):
        door.allow_address(subject, tenant=hub.town.slug, place="10.0.0.9", port=5432, reason="meine")
    with pytest.raises(Forbidden):
        door.allowed_addresses(subject, tenant=hub.town.slug)


def test_an_offices_internal_service_is_not_the_companys(hub: Hub, manager: Client) -> None:
    """What is allowed for the administration, the company does not reach; what is allowed for it, nobody else does."""
    subject, slug, units = hub.town.subject(MANAGER), hub.town.slug, hub.town.units
    with town.Service() as service:
        service.answers["/events"] = {"items": [{"titel": "a", "bezirk": "x"}, {"titel": "b", "bezirk": "y"}]}

        def opened(unit: str) -> bool:
            leads_to, what = Http(url=service.url), Fetch(path="/events", records="/items")
            try:
                open_interface(OPERATOR, leads_to, what, tenant=slug, unit=units[unit], token="")
            except AddressRefused:
                return False
            return True

        def asked(unit: str) -> int:
            """Connect at a time when all is allowed to everybody, and ask now."""
            return hub.ask(f"SELECT count(*) FROM auenstadt.ort_{unit}", who="owner").status_code

        every = {
            unit: door.allow_address(
                OPERATOR, tenant=slug, place="127.0.0.1", port=service.port, unit=units[unit], reason="Test"
            )
            for unit in ("environment", "utilities")
        }
        for unit in every:
            file = town.events(service, f"ort_{unit}")
            changed = msgspec.structs.replace(file.system, unit=unit)
            door.connect(
                OPERATOR, door.ConnectionDraft(file=msgspec.structs.replace(file, system=changed)), tenant=slug
            )
        assert (asked("environment"), asked("utilities")) == (200, 200)
        for address in every.values():
            door.forbid_address(OPERATOR, tenant=slug, address=address)
        assert (asked("environment"), asked("utilities")) == (403, 403)  # at once, though the answer was just fetched
        whole = door.allow_address(OPERATOR, tenant=slug, place="127.0.0.1", port=service.port, reason="Test")
        assert (opened("environment"), opened("utilities")) == (True, False)
        with pytest.raises(AddressRefused):
            open_interface(
                subject, Http(url=service.url), Fetch(path="/events"), tenant=slug, unit=units["utilities"], token=""
            )
        assert (asked("environment"), asked("utilities")) == (200, 403)
        door.forbid_address(OPERATOR, tenant=slug, address=whole)
        door.allow_address(
            OPERATOR, tenant=slug, place="127.0.0.1", port=service.port, unit=units["utilities"], reason="Test"
        )
        assert (opened("environment"), opened("baths"), opened("utilities")) == (False, False, True)


def test_the_administrators_page(hub: Hub, manager: Client) -> None:
    assert manager.get("/quellen/adressen/").status_code == 403
    admin = client_of(hub, "admin")
    given = {"place": "gis.intern", "port": "5432", "unit": hub.town.units["utilities"], "reason": "GIS"}
    for wrong, field in (({"place": "/etc"}, "place"), ({"port": "70000"}, "port"), ({"reason": " "}, "reason")):
        answer = admin.post("/quellen/adressen/", given | wrong)
        assert answer.status_code == 400
        assert f'id="id_{field}_wrong"' in answer.content.decode()
    assert admin.post("/quellen/adressen/", given | {"unit": new_id()}).status_code == 400
    assert admin.post("/quellen/adressen/", given).status_code == 302
    (entry_,) = [each for each in door.allowed_addresses(OPERATOR, tenant=hub.town.slug) if each.place == "gis.intern"]
    assert (entry_.port, entry_.unit, entry_.reason) == (5432, hub.town.units["utilities"], "GIS")
    assert "gis.intern:5432" in admin.get("/quellen/adressen/").content.decode()
    assert manager.post(f"/quellen/adressen/{entry_.id}/entfernen/").status_code == 403
    assert admin.post(f"/quellen/adressen/{entry_.id}/entfernen/").status_code == 302
    assert "gis.intern:5432" not in admin.get("/quellen/adressen/").content.decode()


#: role, where it is held → the units in which a source may be connected and described with it
HELD = [
    (ROLE, "utilities", {"utilities"}),
    (ROLE, "administration", {"administration", "environment", "youth", "it_office"}),
    ("it", "utilities", set()),
    ("data_owner", "utilities", set()),
    ("staff", "utilities", set()),
    ("datenbeauftragte", "baths", {"baths"}),
]


@pytest.mark.parametrize(("role", "where", "units"), HELD)
def test_role_and_unit(hub: Hub, role: str, where: str, units: set[str]) -> None:
    who = "council"  # belongs to the administration, and holds nothing of the kind
    give(hub, who, where, role)
    try:
        may = rights.units_where(hub.town.subject(who), Action.CONNECT, Action.DESCRIBE)
        assert may == {hub.town.units[unit] for unit in units}
    finally:
        take(hub, who, where, role)
    assert rights.units_where(hub.town.subject(who), Action.CONNECT) == frozenset()
