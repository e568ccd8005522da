# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the town must say of itself: honest while it is missing, versioned when it is there, filled with true values."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings

from allmende.engine.paper.press import render
from allmende.kernel.errors import Forbidden, Invalid, NotFound
from allmende.organisations import door as organisations
from allmende.organisations.models import Change, Person, Tenant, TownStatement
from allmende.organisations.statements import QUESTIONS, Statement, StatementView
from allmende.portal.legal import statements, templates
from allmende.portal.legal.facts import facts
from allmende.rights.terms import OPERATOR
from tests.engine.paper.judge import text, verapdf
from tests.factories import Town, small_town
from tests.portal.papers import ENGLISH, GERMAN

pytestmark = pytest.mark.django_db

ANSWERS: dict[Statement, dict[str, str]] = {
    Statement.IMPRINT: {
        "body": "Stadt Auenstadt",
        "address": "Am Markt 1\n12345 Auenstadt",
        "represented": "Bürgermeisterin Maria Muster",
        "mail": "stadt@auenstadt.example",
        "phone": "01234 567-0",
    },
    Statement.PRIVACY: {
        "body": "Stadt Auenstadt",
        "address": "Am Markt 1, 12345 Auenstadt",
        "mail": "stadt@auenstadt.example",
        "officer": "datenschutz@auenstadt.example",
        "law": "§ 3 DSG NRW",
        "authority": "LDI NRW",
        "host": "Rechenzentrum Auental",
        "server_log": "IP-Adresse, sieben Tage",
    },
    Statement.ACCESSIBILITY: {
        "body": "Stadt Auenstadt",
        "status": "partly",
        "shortcomings": "- Karte nicht ohne Sehen\nAlte Pläne sind Bilder",
        "assessed": "Selbstbewertung am 1.11.2026",
        "feedback": "barrierefrei@auenstadt.example",
        "law": "BGG NRW",
        "enforcement": "Ombudsstelle",
    },
}


@pytest.fixture
def town() -> Town:
    town = small_town()
    Tenant.objects.filter(slug=town.slug).update(second_factor="nobody", practice=True, land="NW")
    return town


def as_(town: Town, who: str = "", language: str = "de") -> Client:
    client = Client(headers={"accept-language": language})
    if who:
        client.force_login(
            Person.objects.get(id=town.people[who]), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
    return client


def make(town: Town, kind: Statement, **more: str) -> StatementView:
    return organisations.make_statement(
        town.subject("admin"), tenant=town.slug, kind=kind, answers=ANSWERS[kind] | more
    )


def test_until_it_is_filled_in_the_page_says_what_is_missing(town: Town) -> None:
    for path, kind in (("impressum", Statement.IMPRINT), ("datenschutz", Statement.PRIVACY),
                       ("barrierefreiheit", Statement.ACCESSIBILITY)):  # fmt: skip
        page = as_(town).get(f"/auenstadt/{path}/").content.decode()
        assert "Diese Angaben fehlen noch" in page
        for question in QUESTIONS[kind]:
            assert (question.label.de in page) or not question.required, question.name
    assert organisations.missing_statements(town.slug) == tuple(Statement)
    make(town, Statement.IMPRINT)
    assert organisations.missing_statements(town.slug) == (Statement.PRIVACY, Statement.ACCESSIBILITY)
    page = as_(town).get("/impressum/").content.decode()
    assert "Diese Angaben fehlen noch" not in page
    assert "Am Markt 1<br>12345 Auenstadt" in page


def test_a_form_makes_a_version_that_everybody_reads(town: Town, tmp_path: Path) -> None:
    client = as_(town, "admin")
    address = "/rechtliches/imprint/bearbeiten/"
    assert client.post(address, {"body": "Stadt"}).status_code == 400
    assert TownStatement.objects.count() == 0
    assert client.post(address, ANSWERS[Statement.IMPRINT], follow=True).status_code == 200
    client.post(address, ANSWERS[Statement.IMPRINT])  # the same again is no new version
    client.post(address, ANSWERS[Statement.IMPRINT] | {"phone": "01234 99"})
    now = organisations.statement(town.slug, Statement.IMPRINT)
    first = organisations.statement(town.slug, Statement.IMPRINT, 1)
    assert now and first
    assert (now.version, now.answers["phone"], first.answers["phone"]) == (2, "01234 99", "01234 567-0")
    page = as_(town).get("/impressum/").content.decode()
    assert "Fassung 2 vom" in page and "01234 99" in page
    said = text(as_(town).get("/auenstadt/rechtliches/imprint.pdf").content, tmp_path)
    assert "01234 99" in said and "DDG" in said


def test_the_register_tells_what_changed_and_the_rows_stay(town: Town) -> None:
    Tenant.objects.filter(slug=town.slug).update(practice=False)  # what a practice town said is forgotten with it
    make(town, Statement.IMPRINT)
    make(town, Statement.IMPRINT, phone="1")
    entries = Change.objects.filter(verb="make_statement")
    assert next((entry.about, entry.detail["version"], entry.detail["changed"]) for entry in entries) == (
        "imprint", 2, ["phone"],
    )  # fmt: skip
    Tenant.objects.filter(slug=town.slug).update(practice=False)  # a practice town is made anew every night
    for statement in ("UPDATE organisations_townstatement SET version = 9", "DELETE FROM organisations_townstatement"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("who", ["owner", "staff", "it", "protection", "council", "engineer"])
def test_only_the_towns_administration_makes_statements(who: str, town: Town) -> None:
    with pytest.raises(Forbidden):
        organisations.make_statement(
            town.subject(who), tenant=town.slug, kind=Statement.IMPRINT, answers=ANSWERS[Statement.IMPRINT]
        )
    answer = as_(town, who).post("/rechtliches/imprint/bearbeiten/", ANSWERS[Statement.IMPRINT])
    assert answer.status_code == 403
    assert TownStatement.objects.count() == 0


def test_nobody_makes_another_towns_statement(town: Town) -> None:
    small_town("brueck", name="Brück")
    with pytest.raises(Forbidden):
        organisations.make_statement(
            town.subject("admin"), tenant="brueck", kind=Statement.IMPRINT, answers=ANSWERS[Statement.IMPRINT]
        )
    with pytest.raises(NotFound):
        organisations.make_statement(
            OPERATOR, tenant="nowhere", kind=Statement.IMPRINT, answers=ANSWERS[Statement.IMPRINT]
        )
    make(town, Statement.IMPRINT)
    assert "Am Markt" not in as_(town).get("/brueck/impressum/").content.decode()
    assert as_(town).get("/nowhere/impressum/").status_code == 404
    assert as_(town).get("/auenstadt/rechtliches/nothing.pdf").status_code == 404


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"body": " "}, "body"),
        ({"body": "x" * 301}, "body"),
        ({"address": "x\0"}, "address"),
        ({"status": "perhaps"}, "status"),
        ({"status": "not", "shortcomings": ""}, "shortcomings"),
        ({"unasked": "x"}, ""),
    ],
)
def test_unfit_answers_are_named_and_nothing_is_stored(more: dict[str, str], field: str, town: Town) -> None:
    kind = Statement.ACCESSIBILITY if {"status", "shortcomings"} & more.keys() else Statement.IMPRINT
    with pytest.raises(Invalid) as refused:
        make(town, kind, **more)
    assert refused.value.more.get("field", "") == field
    assert TownStatement.objects.count() == 0


def test_hostile_answers_are_shown_as_they_are(town: Town, tmp_path: Path) -> None:
    make(town, Statement.IMPRINT, represented="<script>alert(1)</script> #panic()")
    assert "<script>alert" not in as_(town).get("/impressum/").content.decode()
    said = text(as_(town).get("/auenstadt/rechtliches/imprint.pdf").content, tmp_path)
    assert "<script>alert(1)</script> #panic()" in said


def test_the_lands_words_are_proposed_and_marked_as_such(town: Town) -> None:
    client = as_(town, "admin")
    page = client.get("/rechtliches/accessibility/bearbeiten/").content.decode()
    assert "Ombudsstelle für barrierefreie Informationstechnik" in page
    assert "nach dem Land vorgeschlagen" in page and 'href="/recht/"' in page
    shown = client.get("/recht/").content.decode()  # the same words, with their sources
    assert "Ombudsstelle für barrierefreie Informationstechnik" in shown and "lbbp.nrw.de" in shown
    make(town, Statement.IMPRINT)
    page = client.get("/rechtliches/privacy/bearbeiten/").content.decode()
    assert "DSG NRW" in page and "stadt@auenstadt.example" in page  # carried over from the imprint
    Tenant.objects.filter(slug=town.slug).update(land="")
    assert "nach dem Land vorgeschlagen" not in client.get("/rechtliches/privacy/bearbeiten/").content.decode()


def test_the_privacy_notice_tells_the_installations_own_times(town: Town) -> None:
    make(town, Statement.PRIVACY)
    with override_settings(RIGHTS_KEY_MONTHS=4, SESSION_COOKIE_AGE=3 * 3600):
        page = as_(town).get("/datenschutz/").content.decode()
    assert "nach 4 ganzen Monaten vernichtet" in page
    assert "höchstens 3 Stunden" in page


def test_the_cookies_are_those_the_notice_names_and_none_outlives_the_visit(town: Town) -> None:
    client = as_(town)
    client.get("/")
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    named = {"csrftoken", settings.LANGUAGE_COOKIE_NAME, "sessionid"}
    assert set(client.cookies) <= named
    assert {"csrftoken", settings.LANGUAGE_COOKIE_NAME} <= set(client.cookies)
    for name in set(client.cookies) - {"sessionid"}:
        assert client.cookies[name]["max-age"] == "", name
    notice = as_(town).get("/datenschutz/").content.decode()
    assert all(f"„{name}“" in notice for name in named)


def test_templates_hold_the_installations_true_values(town: Town, tmp_path: Path) -> None:
    make(town, Statement.PRIVACY)
    with override_settings(
        RIGHTS_KEY_MONTHS=9, PUBLIC_URL="https://daten.auenstadt.example", EMAIL_HOST="mail.auenstadt.example",
        RIGHTS_ANCHOR_FOLDER=tmp_path / "elsewhere", RIGHTS_ANCHOR_MAIL=["a@b.example", "c@d.example", ""],
    ):  # fmt: skip
        pages = {slug: as_(town, "protection").get(f"/rechtliches/muster/{slug}/").content.decode() for slug in
                 templates.TEMPLATES}  # fmt: skip
    assert all("Muster" in page and "Rechtsstelle" in page for page in pages.values())
    assert "9 ganze Monate" in pages["personalrat"]
    assert "außerhalb des Datenordners" in pages["personalrat"] and "an 2 Adressen" in pages["personalrat"]
    assert "Datenschutzbeauftragte" in pages["personalrat"] and "derzeit eine Person" in pages["personalrat"]
    assert "mail.auenstadt.example:25" in pages["rechenzentrum"]
    assert "https://daten.auenstadt.example" in pages["rechenzentrum"]
    assert "nicht mit https://" not in pages["rechenzentrum"]
    assert "Rechenzentrum Auental" in pages["vvt"] and "§ 3 DSG NRW" in pages["vvt"]
    assert "9 ganze Monate" in pages["schwellwertanalyse"]
    with override_settings(RIGHTS_KEY_MONTHS=1, PUBLIC_URL="http://127.0.0.1:8080"):
        page = as_(town, "protection").get("/rechtliches/muster/rechenzentrum/").content.decode()
    assert "nicht mit https://" in page and "nach einem ganzen Monat" in page


def test_the_agreement_says_when_nobody_is_of_the_staff_council(town: Town) -> None:
    assert facts(town.slug).approves_council.people == 1
    organisations.withdraw_role(
        OPERATOR, tenant=town.slug, person=town.people["council"], role="staff_council", unit=town.root
    )
    assert facts(town.slug).approves_council.people == 0
    page = as_(town, "admin").get("/rechtliches/muster/personalrat/").content.decode()
    assert "kann kein Name aufgedeckt werden" in page


@pytest.mark.parametrize(
    ("who", "code"),
    [("", 401), ("engineer", 403), ("staff", 403), ("owner", 403), ("it", 403), ("admin", 200), ("protection", 200), ("council", 200)],
)  # fmt: skip
def test_who_may_see_the_templates(who: str, code: int, town: Town) -> None:
    client = as_(town, who)
    for address in ("/rechtliches/", "/rechtliches/muster/vvt/", "/rechtliches/muster/vvt.pdf"):
        assert client.get(address).status_code == code, address
    assert ("/rechtliches/" in client.get("/").content.decode()) is (code == 200)
    if code == 200:
        assert client.get("/rechtliches/muster/nothing/").status_code == 404


def test_the_footer_leads_to_the_statements_of_the_town_that_is_shown(town: Town) -> None:
    small_town("brueck", name="Brück")
    page = as_(town).get("/brueck/impressum/").content.decode()
    for path in ("impressum", "datenschutz", "barrierefreiheit"):
        assert f'href="/brueck/{path}/"' in page


def test_every_statement_and_template_is_an_accessible_paper(town: Town, tmp_path: Path) -> None:
    installation = facts(town.slug)
    files = {}
    for kind in Statement:
        made = make(town, kind)
        files[f"{kind.value}-de"] = render(statements.paper(kind, made, installation, GERMAN))
        files[f"{kind.value}-en"] = render(statements.paper(kind, made, installation, ENGLISH))
        files[f"{kind.value}-missing"] = render(statements.paper(kind, None, installation, GERMAN))
    for slug, template in templates.TEMPLATES.items():
        files[slug] = render(templates.paper(template, installation, ANSWERS, GERMAN))
    verapdf(tmp_path, files)
