# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every type of page: axe-core finds nothing, light and dark; nothing runs over the edge of a telephone."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page

from tests.browser.conftest import SILO, Visit
from tests.hub.sheets import month
from tests.hub.town import server_of_tests

pytestmark = pytest.mark.browser

BY_DISTRICT = (
    "SELECT s.name AS stadtteil, count(b.nr) AS baeume, any_value(s.flaeche) AS flaeche FROM auenstadt.stadtteile s "
    "LEFT JOIN auenstadt.baeume b ON b.stadtteil = s.name GROUP BY s.name ORDER BY s.name"
)
OVER_TIME = "SELECT tag, no2, pm10 FROM auenstadt.luftguete ORDER BY tag"
NAMES = ("Erika Mustermann", "Max Beispiel", "Sabine Schneider")
REFUSED = "SELECT * FROM auenstadt.leistungen"


def asked(sql: str, purpose: str = "") -> Any:
    """Return the step that asks a question on the query page."""

    def step(page: Page) -> None:
        page.fill("#id_sql", sql)
        page.select_option("#id_purpose", purpose)
        page.click("#frage .row .btn")

    return step


def clicked(selector: str) -> Any:
    """Return the step that follows a link or presses a button."""
    return lambda page: page.click(selector)


def followed(selector: str, step: Any) -> Any:
    """Return the step that follows a link and then takes another step."""

    def steps(page: Page) -> None:
        page.click(selector)
        step(page)

    return steps


def wrong_password(page: Page) -> None:
    page.fill("#id_login", "nobody@auenstadt.example")
    page.fill("#id_password", "falsch")
    page.click("main .btn >> nth=0")


def file_sent(page: Page) -> None:
    rows = "Nr;Name;Größe m²;Eröffnet\n1;Am Anger;1.200,5;01.05.1998\n2;Uferpark;k.A.;12.07.2004\n"
    sent = FilePayload(name="Spielplätze 2026.csv", mimeType="text/csv", buffer=rows.encode("cp1252"))
    page.set_input_files("#id_file", [sent])
    page.select_option("#id_unit", label="– – Amt für IT")
    page.click("main form .btn >> nth=0")
    page.wait_for_url("**/quellen/anbinden/*/")


def folds_opened(page: Page) -> None:
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")


def corrections_opened(page: Page) -> None:
    file_sent(page)
    folds_opened(page)


def wide_file_sent(page: Page) -> None:
    years = range(1986, 2026)
    rows = [["Stadtteil", *years], ["Nord", *(f"1.2{year % 100:02}" for year in years)], ["Süd", *years]]
    body = "\n".join(";".join(str(cell) for cell in row) for row in rows)
    page.set_input_files("#id_file", [FilePayload(name="Einwohner.csv", mimeType="text/csv", buffer=body.encode())])
    page.click("main form .btn >> nth=0")
    page.wait_for_url("**/quellen/anbinden/*/")
    folds_opened(page)


def wide_file_wrong(page: Page) -> None:
    wide_file_sent(page)
    page.select_option("[name=melt_1_first]", index=1)
    page.click("button[name=zeigen]")
    folds_opened(page)


def database_opened(page: Page) -> None:
    server = server_of_tests()
    given = {"host": server["host"] or "localhost", "port": server["port"] or 5432, "password": SILO}
    for name, value in (given | {"database": SILO, "user": SILO}).items():
        page.fill(f"#id_{name}", str(value))
    page.select_option("#id_sslmode", "disable")
    page.click("main form .btn >> nth=0")
    page.wait_for_url("**/tabelle/")


def table_chosen(page: Page) -> None:
    database_opened(page)
    page.check("label:has-text('public.zaehlung (') >> nth=0")
    page.click("main form .btn >> nth=0")
    page.wait_for_url("**/quellen/anbinden/*/")


def database_refused(page: Page) -> None:
    page.select_option("#id_kind", "mysql")
    page.click("main form .btn >> nth=0")


def file_described(page: Page) -> None:
    file_sent(page)
    page.click("button[name=weiter]")
    page.wait_for_url("**/eintrag/")


def list_sent(page: Page) -> None:
    sent = FilePayload(
        name="Spielplätze.xlsx", mimeType="application/octet-stream", buffer=month(9, hidden=NAMES, coloured=True)
    )
    page.set_input_files("#id_file", [sent])
    page.select_option("#id_unit", label="– – Amt für IT")
    page.click("main form .btn >> nth=0")
    page.wait_for_url("**/listen/ablegen/*/")


def list_decided(page: Page) -> None:
    list_sent(page)
    for choice in page.locator("input[value=leave-out]").all():
        choice.check()
    page.click("button[name=weiter]")
    page.wait_for_url("**/eintrag/")


def list_stored(page: Page) -> None:
    list_decided(page)
    slug = f"plaetze_{time.time_ns()}"
    for field, value in (
        ("title_de", "Spielplätze"),
        ("slug", slug),
        ("description", "Jeder Platz."),
        ("source", "Liste"),
        ("source_slug", f"{slug}_quelle"),
    ):
        page.fill(f"#id_{field}", value)
    page.click("main form .btn >> nth=0")
    page.wait_for_url("**/listen/*-*/")


def list_version(page: Page) -> None:
    list_stored(page)
    page.click("tbody a:has-text('Fassung 1')")


def link_made(page: Page) -> None:
    list_stored(page)
    page.click("summary:has-text('Neuen Link')")
    page.fill("#id_whom", "Sportamt")
    page.fill("#id_deadline", (date.today() + timedelta(days=9)).isoformat())
    page.click("button:has-text('Link ausstellen')")


def link_followed(page: Page) -> None:
    link_made(page)
    page.goto(page.locator("#secret").inner_text())


def link_used(page: Page) -> None:
    link_followed(page)
    page.set_input_files(
        "#id_file",
        [FilePayload(name="Oktober.xlsx", mimeType="application/octet-stream", buffer=month(10, hidden=NAMES))],
    )
    page.click("main form .btn >> nth=0")


def register_sent(page: Page) -> None:
    rows = "Fachverfahren;Fachamt;Rechtsgrundlage\nMESO;Amt für IT;§ 2 BMG\nKitaPlan;Jugendamt;§ 24 SGB VIII\n"
    page.set_input_files("#id_file", [FilePayload(name="VVT.csv", mimeType="text/csv", buffer=rows.encode())])
    page.click("main form .btn >> nth=0")
    page.click("button[name=zeigen]")


def grant_shown(page: Page) -> None:
    page.select_option("#id_whom", label="– – Jugendamt")
    page.check("input[name=purposes] >> nth=0")
    page.click("summary:has-text('welche Spalten')")
    page.select_option("#id_column_1", "hide")
    page.click("button[name=zeigen]")
    page.wait_for_selector("#vorschau")


def entry_opened(page: Page) -> None:
    page.click("main form summary >> nth=0")


def name_asked(page: Page) -> None:
    asked(REFUSED, "statistics")(page)
    page.goto("/nachweis/")
    page.click("a:has-text('Namen beantragen') >> nth=0")


def name_requested(page: Page) -> None:
    name_asked(page)
    page.fill("#id_reason", "Nachts 40 Abrufe von Sozialdaten; Hinweis der Revision, Az. 14-2026/3.")
    page.click("main form .btn >> nth=0")
    page.wait_for_url("**/nachweis/namen/")


def recipe_applied(page: Page) -> None:
    """Use the recipe of counters on a file in which two columns are called otherwise."""
    page.click("a:has-text('Bei uns anwenden')")
    rows = "Zählstellen\nDatum,Uhrzeit,Messstelle,Richtung,Fahrzeugart,Anzahl,Wetter\n"
    rows += "".join(
        f"2026-05-{day:02d},{hour:02d}:00,Ring,Nord,Roller,{hour},klar\n" for day in (4, 5) for hour in range(24)
    )
    sent = FilePayload(name="Zaehlstellen.csv", mimeType="text/csv", buffer=rows.encode())
    page.set_input_files("#id_file_zaehlstellen", [sent])
    page.select_option("#id_unit", label="– – Amt für IT")
    page.click("main form .btn >> nth=0")
    page.wait_for_url("**/rezepte/vorgang/*/")


def recipe_decided(page: Page) -> None:
    recipe_applied(page)
    page.select_option("#id_column_0", "Messstelle")
    page.click("button[name=zeigen]")


def recipe_named_wrong(page: Page) -> None:
    sent = FilePayload(name="x.toml", mimeType="text/plain", buffer=b"a = 1")
    page.set_input_files("#id_file", [sent])
    page.click("main form .btn >> nth=0")


PAGES: dict[str, tuple[str, str, Any]] = {
    "home": ("/", "", None),
    "catalogue": ("/daten/", "", None),
    "catalogue, nothing found": ("/daten/?q=einhorn", "", None),
    "data set, open": ("/auenstadt/dataset/baeume", "", None),
    "data set, preview": ("/auenstadt/dataset/baeume?vorschau=1", "", None),
    "data set, restricted": ("/auenstadt/dataset/stromverbrauch", "owner", None),
    "data set, kept": ("/auenstadt/dataset/luftguete", "owner", None),
    "grant, new": ("/auenstadt/dataset/luftguete/erlauben/", "owner", None),
    "grant, shown": ("/auenstadt/dataset/luftguete/erlauben/", "owner", grant_shown),
    "grant, wrong": ("/auenstadt/dataset/luftguete/erlauben/", "owner", clicked("button[name=zeigen]")),
    "denial": ("/auenstadt/dataset/luftguete/untersagen/", "owner", None),
    "entry": ("/auenstadt/dataset/luftguete/eintrag/", "owner", entry_opened),
    "release, blocked": ("/auenstadt/dataset/luftguete/freigabe/", "gate", None),
    "release, withdrawn": ("/auenstadt/dataset/baeume/freigabe/", "gate", None),
    "sharing": ("/auenstadt/dataset/luftguete/teilen/", "owner", None),
    "name, asked for": ("/auswertung/sql/", "protection", name_asked),
    "names": ("/auswertung/sql/", "protection", name_requested),
    "names, council": ("/nachweis/namen/", "council", None),
    "query": ("/auswertung/sql/", "", None),
    "query, chart and map": ("/auswertung/sql/", "", asked(BY_DISTRICT)),
    "query, lines": ("/auswertung/sql/", "owner", asked(OVER_TIME, "environmental_planning")),
    "query, refused": ("/auswertung/sql/", "owner", asked(REFUSED, "statistics")),
    "query, not understood": ("/auswertung/sql/", "", asked("SELECT FROM WHERE")),
    "rules": ("/regeln/", "", None),
    "units": ("/stadt/", "", None),
    "units, organised": ("/stadt/", "admin", None),
    "unit": ("/stadt/", "admin", clicked(".tree__unit a >> nth=2")),
    "unit, new": ("/stadt/stelle/neu/", "admin", None),
    "people": ("/stadt/menschen/", "admin", None),
    "person": ("/stadt/menschen/", "admin", clicked("tbody a >> nth=3")),
    "person, new": ("/stadt/menschen/neu/", "admin", None),
    "person, wrong": ("/stadt/menschen/neu/", "admin", clicked("main form .btn >> nth=0")),
    "roles": ("/stadt/rollen/", "admin", None),
    "account": ("/konto/", "owner", None),
    "sign-in": ("/konto/login/", "", None),
    "sign-in, wrong": ("/konto/login/", "", wrong_password),
    "password forgotten": ("/konto/password/reset/", "", None),
    "second factor": ("/konto/2fa/", "owner", None),
    "log": ("/nachweis/", "protection", None),
    "log, verified": ("/nachweis/", "protection", clicked("main form .btn >> nth=0")),
    "sources": ("/quellen/", "it", None),
    "addresses": ("/quellen/adressen/", "admin", None),
    "addresses, refused": ("/quellen/adressen/", "admin", clicked("main form.form .btn")),
    "source": ("/quellen/", "it", clicked("tbody a >> nth=0")),
    "connect, look": ("/quellen/anbinden/", "it", None),
    "connect, database": ("/quellen/anbinden/datenbank/", "it", None),
    "connect, database, refused": ("/quellen/anbinden/datenbank/", "it", database_refused),
    "connect, table": ("/quellen/anbinden/datenbank/", "it", database_opened),
    "connect, table, correct": ("/quellen/anbinden/datenbank/", "it", table_chosen),
    "connect, address": ("/quellen/anbinden/netz/", "it", None),
    "connect, correct": ("/quellen/anbinden/", "it", file_sent),
    "connect, corrections": ("/quellen/anbinden/", "it", corrections_opened),
    "connect, wide": ("/quellen/anbinden/", "engineer", wide_file_sent),
    "connect, wide, wrong": ("/quellen/anbinden/", "engineer", wide_file_wrong),
    "sources, company": ("/quellen/", "engineer", None),
    "connect, save": ("/quellen/anbinden/", "it", file_described),
    "today": ("/heute/", "it", None),
    "today, nothing": ("/heute/", "staff", None),
    "today, mail stopped": ("/heute/abbestellen/x/", "", None),
    "laws": ("/recht/", "", None),
    "data set, before its release": ("/auenstadt/dataset/luftguete", "gate", None),
    "practice": ("/uebungsstadt/", "owner", None),
    "lists": ("/listen/", "it", None),
    "list, drop": ("/listen/ablegen/", "it", None),
    "list, look": ("/listen/ablegen/", "it", list_sent),
    "list, save": ("/listen/ablegen/", "it", list_decided),
    "list": ("/listen/ablegen/", "it", list_stored),
    "list, version": ("/listen/ablegen/", "it", list_version),
    "list, link": ("/listen/ablegen/", "it", link_made),
    "delivery": ("/listen/ablegen/", "it", link_followed),
    "delivery, refused": ("/listen/ablegen/", "it", link_used),
    "districts": ("/listen/stadtteile/", "admin", None),
    "register": ("/register/einlesen/", "it", None),
    "register, planned": ("/register/einlesen/", "it", register_sent),
    "recipes": ("/rezepte/", "it", None),
    "recipes, nothing found": ("/rezepte/?q=einhorn", "it", None),
    "recipe": ("/rezepte/?q=melderegister", "it", clicked(".hit a")),
    "recipe, apply": (
        "/rezepte/?q=oparl",
        "it",
        followed(".hit a", clicked("a:has-text('anwenden')")),
    ),
    "recipe, deviations": (
        "/rezepte/?q=radzählstelle",
        "it",
        followed(".hit a", recipe_applied),
    ),
    "recipe, decided": ("/rezepte/?q=radzählstelle", "it", followed(".hit a", recipe_decided)),
    "recipe, read a file": ("/rezepte/einlesen/", "it", None),
    "recipe, no recipe": ("/rezepte/einlesen/", "it", recipe_named_wrong),
    "recipe, made": (
        "/quellen/",
        "it",
        followed("tbody a >> nth=0", clicked("a:has-text('Rezept daraus')")),
    ),
    "keys": ("/rezepte/schluessel/", "admin", None),
    "about": ("/ueber/", "", None),
    "accessibility": ("/barrierefreiheit/", "", None),
    "imprint": ("/impressum/", "", None),
    "privacy": ("/datenschutz/", "", None),
    "legal": ("/rechtliches/", "admin", None),
    "statement": ("/rechtliches/accessibility/bearbeiten/", "admin", None),
    "statement, wrong": ("/rechtliches/privacy/bearbeiten/", "admin", clicked("main form .btn >> nth=0")),
    "template, tables": ("/rechtliches/muster/rechenzentrum/", "admin", None),
    "template, signatures": ("/rechtliches/muster/personalrat/", "admin", None),
    "not found": ("/gibt/es/nicht", "", None),
    "not signed in": ("/nachweis/", "", None),
    "not allowed": ("/nachweis/", "owner", None),
}

RUN = """async (rules) => (await axe.run(document, {runOnly: rules})).violations.map(
  violation => violation.id + ': ' + violation.nodes.map(node => node.target.join(' ')).join(' | ').slice(0, 300))"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("silo")
def test_page(name: str, visit: Visit, axe: str) -> None:
    path, who, step = PAGES[name]
    page = visit(path, who=who)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    if step is not None:
        step(page)
    page.wait_for_load_state("load")
    assert "Unerwarteter Fehler" not in page.title()
    page.evaluate(axe)
    for scheme, width in (("light", 360), ("dark", 1280)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(RUN, RULES) == [], f"{name}, {scheme}, {width} px"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} px"
    assert wrong == []
