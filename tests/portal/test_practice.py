# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The practice town beside the real one: who may enter it, and that nothing passes between the two."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Filters
from allmende.engine.connection import Http
from allmende.hub import door as hub
from allmende.hub.domain.addresses import stay_inside
from allmende.insight.models import SavedQuestion
from allmende.insight.queries import questions
from allmende.kernel.errors import Forbidden
from allmende.organisations import door as organisations
from allmende.organisations.models import Person, Tenant
from allmende.recipes import door as recipes
from allmende.rights.terms import ANYONE, OPERATOR, Class, Visibility
from tests.factories import PASSWORD, Town, make_dataset, small_town

pytestmark = pytest.mark.django_db

OPEN = {"cls": Class.OPEN, "visibility": Visibility.PUBLIC}


@pytest.fixture
def towns() -> tuple[Town, Town]:
    """A real town and an invented one, each with a public data set."""
    real, invented = small_town("talheim", name="Talheim"), small_town(name="Auenstadt (Übungsstadt)")
    Tenant.objects.filter(slug="auenstadt").update(practice=True, second_factor="nobody")
    for town in (real, invented):
        make_dataset(town, f"trees_{town.slug}", visibility=Visibility.PUBLIC, cls=Class.INTERNAL)
        for person in Person.objects.filter(tenant_id=town.slug):
            person.set_password(PASSWORD)
            person.save(update_fields=["password"])
    return real, invented


def client_of(town: Town, who: str) -> Client:
    client = Client(headers={"accept-language": "de"})
    client.force_login(
        Person.objects.get(id=town.people[who]), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def whose(client: Client) -> str:
    """Return whose session it is: the e-mail address on the account's page, "" for nobody's."""
    page = client.get("/konto/")
    return str(page.context["person"].email) if page.status_code == 200 else ""


def test_people_of_the_real_town_enter_without_a_password(towns: tuple[Town, Town]) -> None:
    real, invented = towns
    client = client_of(real, "staff")
    page = client.get("/uebungsstadt/").content.decode()
    assert f"auenstadt/{invented.people['admin']}" in page and real.people["admin"] not in page
    before = client.session.session_key
    assert (
        client.post("/uebungsstadt/betreten/", {"person": f"auenstadt/{invented.people['admin']}"}).status_code == 302
    )
    assert whose(client) == "admin@auenstadt.example"
    assert client.session.session_key != before
    home = client.get("/").content.decode()
    assert "Übungsstadt." in home and "Daten.Auenstadt" in home and "Talheim" not in home
    client.post("/uebungsstadt/betreten/", {"person": f"auenstadt/{invented.people['owner']}"})
    assert whose(client) == "owner@auenstadt.example"


def test_nobody_from_the_net_enters_beside_a_real_town(towns: tuple[Town, Town]) -> None:
    _, invented = towns
    client = Client()
    assert client.get("/uebungsstadt/").status_code == 401
    assert (
        client.post("/uebungsstadt/betreten/", {"person": f"auenstadt/{invented.people['admin']}"}).status_code == 401
    )
    assert whose(client) == ""


@pytest.mark.parametrize("demo", [True, False])
def test_no_real_person_is_entered_without_a_password(towns: tuple[Town, Town], demo: bool, settings: Any) -> None:
    settings.DEMO = demo
    real, invented = towns
    for client in (client_of(invented, "admin"), client_of(real, "staff")):
        was = whose(client)
        for name, status in (
            (f"talheim/{real.people['admin']}", 403),
            (f"auenstadt/{real.people['admin']}", 404),
            (real.people["admin"], 404),
            ("", 404),
        ):
            assert client.post("/uebungsstadt/betreten/", {"person": name}).status_code == status
        assert whose(client) == was


def test_in_the_demo_everybody_enters(towns: tuple[Town, Town], settings: Any) -> None:
    settings.DEMO = True
    _, invented = towns
    client = Client()
    assert client.get("/uebungsstadt/").status_code == 200
    client.post("/uebungsstadt/betreten/", {"person": f"auenstadt/{invented.people['owner']}"})
    assert whose(client) == "owner@auenstadt.example"
    organisations.deactivate_person(OPERATOR, tenant="auenstadt", person=invented.people["staff"])
    assert (
        client.post("/uebungsstadt/betreten/", {"person": f"auenstadt/{invented.people['staff']}"}).status_code == 403
    )


def test_the_administrator_of_the_real_town_switches_it(
    towns: tuple[Town, Town], settings: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("ALLMENDE_DATA", str(tmp_path / "var"))
    real, invented = towns
    with pytest.raises(Forbidden):
        organisations.switch_practice(real.subject("owner"), on=True)
    with pytest.raises(Forbidden):
        organisations.switch_practice(invented.subject("admin"), on=False)
    with pytest.raises(Forbidden):
        organisations.switch_practice(ANYONE, on=True)
    assert not organisations.practice_wanted()
    Tenant.objects.filter(slug="talheim").update(practice=False, second_factor="roles")
    organisations.switch_practice(real.subject("admin"), on=True)
    assert organisations.practice_wanted() and (tmp_path / "var" / "practice.wanted").exists()
    organisations.switch_practice(real.subject("admin"), on=False)
    assert not organisations.practice_wanted()


def test_neither_town_shows_the_other(towns: tuple[Town, Town], settings: Any) -> None:
    real, invented = towns

    def seen(subject: Any) -> set[str]:
        return {hit.tenant for hit in catalogue.known_datasets(subject, Filters()).hits}

    assert seen(ANYONE) == {"talheim"}
    assert seen(real.subject("owner")) == {"talheim"}
    assert seen(invented.subject("owner")) == {"auenstadt"}
    page = Client(headers={"accept-language": "de"}).get("/")
    assert "Daten.Talheim" in page.content.decode() and "Übungsstadt." not in page.content.decode()
    assert "trees_auenstadt" not in Client().get("/daten/").content.decode()
    settings.DEMO = True
    assert seen(ANYONE) == {"auenstadt"}
    assert "Daten.Auenstadt" in Client().get("/").content.decode()


def test_nothing_is_shared_between_them(towns: tuple[Town, Town]) -> None:
    real, invented = towns
    third = small_town("bergdorf", name="Bergdorf")
    mine, theirs = make_dataset(real, "mine"), make_dataset(invented, "theirs")
    for actor, dataset, other in (
        (OPERATOR, mine, "auenstadt"), (real.subject("owner"), mine, "auenstadt"),
        (OPERATOR, theirs, "talheim"), (invented.subject("owner"), theirs, "talheim"),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            catalogue.share_with_tenant(actor, dataset, tenant=other)
    catalogue.share_with_tenant(real.subject("owner"), mine, tenant=third.slug)


def test_the_practice_town_reaches_nothing_outside_itself(towns: tuple[Town, Town]) -> None:
    real, invented = towns
    for place in ("10.0.0.0/8", "127.0.0.1", "db.talheim.example", "/srv"):
        with pytest.raises(Forbidden):
            hub.allow_address(invented.subject("admin"), tenant="auenstadt", place=place, reason="x")
    with pytest.raises(Forbidden):
        stay_inside(invented.subject("it"), "auenstadt")
    stay_inside(real.subject("it"), "talheim")
    stay_inside(OPERATOR, "auenstadt")
    hub.allow_address(real.subject("admin"), tenant="talheim", place="10.0.0.0/8", reason="x")
    client = client_of(invented, "it")
    for path in ("/quellen/anbinden/datenbank/", "/quellen/anbinden/netz/"):
        answer = client.post(path, {"unit": invented.units["it_office"], "kind": "postgres", "host": "127.0.0.1",
                                    "port": "5432", "database": "x", "user": "x", "password": "x", "url": "http://127.0.0.1/",
                                    "format": "json"})  # fmt: skip
        assert answer.status_code in {400, 403}


def test_the_practice_town_neither_signs_nor_changes_what_is_the_installations(towns: tuple[Town, Town]) -> None:
    _, invented = towns
    digest = recipes.by_name(OPERATOR, "ratsvorlagen", tenant="auenstadt").digest
    with pytest.raises(Forbidden, match="Nothing is signed"):
        recipes.export_shelf(OPERATOR, digest, tenant="auenstadt")
    assert recipes.export_shelf(OPERATOR, digest, tenant="talheim")
    with pytest.raises(Forbidden, match="practice town"):
        organisations.load_municipalities(invented.subject("admin"), b"")


def test_no_recipe_leads_out_of_the_practice_town(towns: tuple[Town, Town]) -> None:
    _, invented = towns
    organisations.give_role(
        OPERATOR, tenant="auenstadt", person=invented.people["it"], role="quality_assurer", unit=invented.root
    )
    found = recipes.by_name(OPERATOR, "ratsvorlagen", tenant="auenstadt")
    given = recipes.Given(
        digest=found.digest,
        unit=invented.units["environment"],
        purposes=("statistics",),
        source=Http(url="https://203.0.113.5/paper", every_seconds=60),
    )
    with pytest.raises(Forbidden, match="nothing but itself"):
        recipes.try_recipe(invented.subject("it"), given, tenant="auenstadt")


def test_no_question_of_the_practice_town_stands_on_the_real_ones_pages(
    towns: tuple[Town, Town], settings: Any
) -> None:
    real, invented = towns
    for town in towns:
        name = f"{town.slug}.trees_{town.slug}"
        SavedQuestion.objects.create(
            tenant=town.slug,
            unit=town.units["environment"],
            owner=town.people["owner"],
            title=f"Frage aus {town.slug}",
            visibility="public",
            question={"what": {"dataset": name}},
            datasets=[name],
        )

    def titles(subject: Any) -> set[str]:
        return {one.title for one in questions.saved(subject)}

    assert titles(ANYONE) == titles(real.subject("staff")) == {"Frage aus talheim"}
    assert titles(invented.subject("staff")) == {"Frage aus auenstadt"}
    settings.DEMO = True
    assert titles(ANYONE) == {"Frage aus auenstadt"}


def test_its_papers_bear_a_mark(towns: tuple[Town, Town]) -> None:
    mark = organisations.tenant("auenstadt").paper_mark
    assert mark is not None and "ÜBUNGSSTADT" in mark.de
    assert organisations.tenant("talheim").paper_mark is None
