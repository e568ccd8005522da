# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Registers every town has, taken over: what would be made and changed is said before; nothing is replaced silently."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from allmende.hub import door
from allmende.hub.domain import incoming, inventory
from allmende.hub.models import SourceSystem
from allmende.hub.terms import SourceDraft
from allmende.kernel.errors import Forbidden, Invalid, NotFound
from allmende.rights.terms import OPERATOR, Subject
from tests.hub.live import Hub
from tests.hub.pages import client_of, sent
from tests.hub.test_lists import clerk

__all__ = ["clerk"]

VVT = (
    ("Nr.", "Verarbeitungstätigkeit", "Fachverfahren", "Fachamt", "Rechtsgrundlage", "Hersteller"),
    (1, "Führen des Melderegisters", "MESO", "Kernverwaltung", "§ 2 BMG", "Beispiel GmbH"),
    (2, "Wahlen", "MESO", "Kernverwaltung", "§ 17 BWahlG", "Beispiel GmbH"),
    (3, "Baumkontrolle", "Baumkataster", "67 Umweltamt", "§ 823 BGB", "Muster AG"),
    (4, "Kitaplätze", "KitaPlan; KitaGeld", "Jugendamt", "§ 24 SGB VIII", ""),
    (5, "Sonstiges", "Altverfahren", "Amt für Gedöns", "", ""),
)


def book(rows: tuple[tuple[object, ...], ...] = VVT) -> bytes:
    made = Workbook()
    page = made.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.fixture(scope="module", autouse=True)
def finished(hub: Hub) -> Iterator[None]:
    """Registers nobody took over to the end lie no longer in the way of the other tests."""
    yield
    shutil.rmtree(incoming.place_of(hub.town.slug), ignore_errors=True)


@pytest.fixture
def register(hub: Hub, clerk: Subject) -> inventory.Register:
    return inventory.receive_register(clerk, tenant=hub.town.slug, name="VVT.xlsx", pieces=[book()])


def test_a_record_of_processing_becomes_systems(hub: Hub, clerk: Subject, register: inventory.Register) -> None:
    assigned = register.guessed()
    assert assigned == {
        "name": "Fachverfahren", "unit": "Fachamt", "kind": "Verarbeitungstätigkeit", "vendor": "Hersteller",
        "legal_basis": "Rechtsgrundlage",
    }  # fmt: skip
    fallback = hub.town.units["it_office"]
    planned = inventory.plan(clerk, register, assigned, unit=fallback)
    assert [(one.name, one.what, one.rows) for one in planned] == [
        ("MESO", "new", (1, 2)),
        ("Baumkataster", "new", (3,)),
        ("KitaPlan", "new", (4,)),
        ("KitaGeld", "new", (4,)),
        ("Altverfahren", "new", (5,)),
    ]
    assert planned[1].unit == hub.town.units["environment"], "a number before the office's name is put aside"
    assert planned[4].problem is not None and "Amt für Gedöns" in planned[4].problem.de
    assert SourceSystem.objects.filter(name="MESO").count() == 0, "a plan does nothing"
    chosen = {one.slug for one in planned} - {"altverfahren"}
    assert inventory.carry_out(clerk, register, assigned, unit=fallback, chosen=chosen) == 4
    row = SourceSystem.objects.get(tenant=hub.town.slug, name="MESO")
    assert (row.legal_basis, row.vendor) == ("§ 2 BMG; § 17 BWahlG", "Beispiel GmbH")
    assert not SourceSystem.objects.filter(name="Altverfahren").exists()
    with pytest.raises(NotFound):
        inventory.find_register(clerk, register.id)
    assert not (incoming.place_of(hub.town.slug) / register.id).exists()


def test_what_stands_there_is_replaced_only_when_ticked(hub: Hub, clerk: Subject) -> None:
    unit = hub.town.units["environment"]
    door.register_source(
        OPERATOR, SourceDraft(slug="gruen", name="Grünkataster", unit=unit, vendor="Alt GmbH"), tenant=hub.town.slug
    )
    door.register_source(OPERATOR, SourceDraft(slug="spiel", name="Spielplatzbuch", unit=unit), tenant=hub.town.slug)
    rows = (
        ("Fachverfahren", "Fachamt", "Hersteller", "Vertrag"),
        ("grünkataster", "Umweltamt", "Neu GmbH", "V-1"),
        ("Spielplatzbuch", "Umweltamt", "Neu GmbH", ""),
    )
    register = inventory.receive_register(clerk, tenant=hub.town.slug, name="IT.xlsx", pieces=[book(rows)])
    planned = inventory.plan(clerk, register, register.guessed(), unit=unit)
    assert [(one.what, one.chosen) for one in planned] == [("overwrite", False), ("fill", True)]
    assert ("vendor", "Alt GmbH", "Neu GmbH") in planned[0].changes
    client = client_of(hub, "it")
    begun = client.post("/register/einlesen/", {"file": SimpleUploadedFile("IT.xlsx", book(rows))})
    page = client.get(begun["Location"]).content.decode()
    shown = client.post(begun["Location"], sent(page) | {"zeigen": "1"}).content.decode()
    assert "Angaben würden ersetzt" in shown and "<del>Alt GmbH</del>" in shown
    ticked = re.findall(r'name="system" value="([^"]+)" checked', shown)
    assert ticked == ["spiel"]
    done = client.post(begun["Location"], sent(page) | {"uebernehmen": "1", "system": ticked})
    assert done.status_code == 302
    assert SourceSystem.objects.get(slug="gruen").vendor == "Alt GmbH"
    assert SourceSystem.objects.get(slug="spiel").vendor == "Neu GmbH"
    inventory.carry_out(clerk, register, register.guessed(), unit=unit, chosen={"gruen"})
    assert SourceSystem.objects.get(slug="gruen").vendor == "Neu GmbH"


def test_who_may_not_take_over_a_register(hub: Hub, clerk: Subject, register: inventory.Register) -> None:
    for who in ("staff", "owner", "protection"):
        with pytest.raises(Forbidden):
            inventory.receive_register(hub.town.subject(who), tenant=hub.town.slug, name="V.xlsx", pieces=[book()])
    with pytest.raises(NotFound):
        inventory.find_register(hub.town.subject("admin"), register.id)
    with pytest.raises(Invalid):
        inventory.plan(clerk, register, {}, unit=hub.town.root)
    with pytest.raises(Invalid):
        inventory.receive_register(clerk, tenant=hub.town.slug, name="leer.xlsx", pieces=[b""])


def test_half_a_register_is_none(hub: Hub, clerk: Subject) -> None:
    rows = (("Fachverfahren", "Fachamt"), ("Erstes", "Umweltamt"), ("Zweites " + "x" * 250, "Umweltamt"))
    register = inventory.receive_register(clerk, tenant=hub.town.slug, name="IT.xlsx", pieces=[book(rows)])
    planned = inventory.plan(clerk, register, register.guessed(), unit=hub.town.root)
    assert [one.what for one in planned] == ["new", "wrong"]
    assert planned[1].problem is not None and "mehr als 200 Zeichen" in planned[1].problem.de
