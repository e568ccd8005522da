# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may open which page; what one may not open is not in the menu either."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from allmende.organisations.models import Person
from tests.factories import Town, make_dataset, small_town

pytestmark = pytest.mark.django_db

ANYONE, EVERYBODY = "", ("", "owner", "engineer", "staff", "it", "admin", "protection")
INSIDE = ("owner", "staff", "it", "admin", "protection")

#: page: who may open it, of EVERYBODY
PAGES = {
    "/": EVERYBODY,
    "/daten/": EVERYBODY,
    "/auswertung/": EVERYBODY,
    "/auswertung/bauen/": EVERYBODY,
    "/auswertung/sql/": EVERYBODY,
    "/regeln/": EVERYBODY,
    "/recht/": EVERYBODY,
    "/heute/": EVERYBODY[1:],
    "/stadt/": EVERYBODY,
    "/ueber/": EVERYBODY,
    "/barrierefreiheit/": EVERYBODY,
    "/impressum/": EVERYBODY,
    "/datenschutz/": EVERYBODY,
    "/auenstadt/datenschutz/": EVERYBODY,
    "/rechtliches/": ("admin", "protection"),
    "/rechtliches/imprint/bearbeiten/": ("admin",),
    "/rechtliches/muster/personalrat/": ("admin", "protection"),
    "/stadt/menschen/": INSIDE,
    "/stadt/rollen/": INSIDE,
    "/stadt/menschen/neu/": ("admin",),
    "/stadt/stelle/neu/": ("admin",),
    "/quellen/": ("it",),
    "/quellen/anbinden/": ("it",),
    "/quellen/anbinden/datenbank/": ("it",),
    "/quellen/anbinden/netz/": ("it",),
    "/listen/": ("owner",),
    "/listen/ablegen/": ("owner",),
    "/listen/stadtteile/": ("admin",),
    "/register/einlesen/": ("it",),
    "/rezepte/": ("it", "admin"),
    "/rezepte/schluessel/": ("it", "admin"),
    "/rezepte/einlesen/": ("it",),
    "/nachweis/": ("protection",),
    "/konto/": EVERYBODY[1:],
}


@pytest.fixture
def town() -> Town:
    from allmende.organisations.models import Start, Tenant

    town = small_town()
    Start.objects.create(id=1, nonce="", tenant=town.slug)  # the guided start led to this town
    Tenant.objects.filter(slug=town.slug).update(second_factor="nobody", practice=True)
    return town


def as_(town: Town, who: str) -> Client:
    client = Client(headers={"accept-language": "de"})
    if who:
        client.force_login(
            Person.objects.get(id=town.people[who]), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
    return client


@pytest.mark.parametrize("who", EVERYBODY)
def test_pages_open_to_whom_they_are_for(who: str, town: Town) -> None:
    client = as_(town, who)
    for path, allowed in PAGES.items():
        expected = 200 if who in allowed else 403 if who else 401
        assert client.get(path).status_code == expected, path


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_menu_leads_only_where_one_may_go(who: str, town: Town) -> None:
    client = as_(town, who)
    menu = re.search(r'<ul class="nav__wide">(.*?)</ul>', client.get("/").content.decode(), re.DOTALL)
    assert menu is not None
    shown = set(re.findall(r'href="([^"]+)"', menu[1]))
    known = {"/heute/", "/daten/", "/auswertung/", "/regeln/", "/stadt/", "/quellen/", "/listen/", "/rezepte/"}
    known |= {"/nachweis/"}
    assert shown == {path for path in known if who in PAGES[path]}


def test_a_data_set_one_may_not_know_of_is_answered_as_if_there_were_none(town: Town) -> None:
    make_dataset(town, "trees")
    client = as_(town, "")
    hidden, absent = client.get("/auenstadt/dataset/trees"), client.get("/auenstadt/dataset/nothing")
    assert hidden.status_code == absent.status_code == 404

    def said(response: object) -> str:
        return re.sub(r"csrfmiddlewaretoken[^>]*>|trees|nothing", "", response.content.decode())  # type: ignore[attr-defined]

    assert said(hidden) == said(absent)
    assert as_(town, "owner").get("/auenstadt/dataset/trees").status_code == 200


def test_counts_and_facets_speak_of_nothing_hidden(town: Town) -> None:
    make_dataset(town, "trees")
    page = as_(town, "").get("/daten/").content.decode()
    assert "0 Datensätze" in page and "Umweltamt" not in page
    assert "1 Datensatz" in as_(town, "owner").get("/daten/").content.decode()


def test_people_of_the_town_are_not_shown_to_the_public(town: Town) -> None:
    unit = town.units["environment"]
    assert "owner@auenstadt.example" not in as_(town, "").get(f"/stadt/stelle/{unit}/").content.decode()
    assert "<h2>Menschen</h2>" not in as_(town, "engineer").get(f"/stadt/stelle/{unit}/").content.decode()
    assert "<h2>Menschen</h2>" in as_(town, "staff").get(f"/stadt/stelle/{unit}/").content.decode()


@pytest.mark.parametrize(
    ("accept", "kind"), [("text/html", "text/html"), ("application/json", "application/problem+json")]
)
def test_errors_are_pages_for_people_and_documents_for_programs(accept: str, kind: str, town: Town) -> None:
    answer = as_(town, "").get("/nachweis/", headers={"accept": accept})
    assert answer.status_code == 401
    assert answer["Content-Type"].startswith(kind)


def test_nothing_unforeseen_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from allmende.portal.web import home

    def fail(*_: object) -> None:
        raise RuntimeError("geheim")

    monkeypatch.setattr(home, "tenant_of", fail)
    client = as_(town, "")
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "geheim" not in answer.content.decode() and "Unerwarteter Fehler" in answer.content.decode()


def test_the_policy_forbids_what_is_not_ours(town: Town) -> None:
    policy = as_(town, "").get("/")["Content-Security-Policy"]
    assert "unsafe" not in policy and "http" not in policy and "default-src 'none'" in policy


def test_the_town_shows_its_name_and_colour(town: Town) -> None:
    from allmende.organisations.models import Tenant

    Tenant.objects.filter(slug=town.slug).update(colour="#ffdd00")
    client = as_(town, "")
    assert "Daten.Auenstadt" in client.get("/").content.decode()
    assert client.get("/farben/auenstadt.css").content.decode().startswith(":root{--town:#ffdd00;--town-ink:#000000;")
    assert "Übungsstadt" in client.get("/").content.decode()
