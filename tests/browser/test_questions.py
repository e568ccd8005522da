# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Questions without SQL in Chromium: every state is accessible, light and dark, at 360 and 1280; the map by keyboard;
and the way from the first page to a saved question without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_pages import RULES, RUN

pytestmark = pytest.mark.browser

BUILD = "/auswertung/bauen/"
TREES = f"{BUILD}?was=auenstadt.baeume"


def offered(page: Page) -> None:
    page.click("aside .results a >> nth=0")


def gone_on(purpose: str) -> Any:
    def step(page: Page) -> None:
        offered(page)
        page.select_option("#zweck", purpose)
        page.click("main form >> nth=0 >> button")

    return step


def kept(page: Page) -> None:
    offered(page)
    page.click("text=Frage speichern")


def wrong(page: Page) -> None:
    page.select_option("#id_nur", "art")
    page.click("text=Antwort zeigen")


def opened(page: Page) -> None:
    offered(page)
    for summary in page.locator("details > summary:visible").all():
        summary.click()


STATES: dict[str, tuple[str, str, Any]] = {
    "start": ("/auswertung/", "owner", None),
    "build": (BUILD, "", None),
    "build, data set": (TREES, "owner", None),
    "build, locked": (f"{BUILD}?was=auenstadt.leistungen", "owner", None),
    "build, values to tick": (
        f"{TREES}&nur=art&mass=count:&andere=auenstadt.luftguete&zuletzt=auenstadt.baeume",
        "owner",
        None,
    ),
    "build, wrong": (TREES, "owner", wrong),
    "answer, map": (TREES, "", opened),
    "answer, over time": (f"{BUILD}?was=auenstadt.luftguete", "owner", gone_on("environmental_planning")),
    "answer, for what?": (f"{BUILD}?was=auenstadt.luftguete", "owner", offered),
    "answer, refused": (f"{BUILD}?was=auenstadt.leistungen", "owner", gone_on("statistics")),
    "keep": (TREES, "owner", kept),
    "broken link": ("/auswertung/antwort/?frage=x", "", None),
    "changing nothing": (f"{TREES}&aendern=x", "owner", offered),
}


@pytest.mark.parametrize("name", STATES)
def test_state(name: str, visit: Visit, axe: str) -> None:
    path, who, step = STATES[name]
    page = visit(path, who=who)
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text) if "Content Security" in message.text else None)
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
    assert told == []


def test_without_javascript_from_the_first_page_to_a_saved_question(visit: Visit) -> None:
    page = visit("/auswertung/", who="owner", javascript=False, width=360)
    page.click("text=Neue Frage bauen")
    page.select_option("#id_was", "auenstadt.baeume")
    page.click("text=Weiter")
    expect(page.locator("#id_mass")).to_have_value("count:")
    expect(page.locator("#id_wo")).to_have_value("name:stadtteil:auenstadt.stadtteile")
    page.select_option("#id_nur", "art")
    page.click("text=Auswahl übernehmen")
    page.check("text=Linde")
    page.click("text=Antwort zeigen")
    expect(page.locator("h1")).to_have_text("Straßenbäume: Anzahl, Baumart: Linde, je Stadtteil")
    expect(page.locator("#saetze + p")).to_contain_text("Den größten Wert")
    assert page.locator("#karte ~ figure svg a").count() == 6
    expect(page.locator("figcaption").first).to_contain_text("Klassen nach dem Verfahren „Quantile“")
    expect(page.locator("figcaption").first).to_contain_text("Quelle: Stadt Auenstadt · Stand:")
    expect(page.locator("figcaption").first).to_contain_text("Bäume auf privatem Grund fehlen.")
    rows = page.locator("#tabelle ~ .table-box tbody tr")
    assert rows.count() == 6
    page.click("text=Frage speichern")
    page.fill("#id_title", "Linden je Stadtteil")
    page.select_option("#id_visibility", "administration")
    page.click("main form .btn >> nth=0")
    expect(page.locator("h1")).to_have_text("Linden je Stadtteil")
    expect(page.locator(".note--good").first).to_contain_text("Die Frage ist gespeichert.")
    address = page.url
    other = visit("/auswertung/", who="admin", javascript=False)
    other.click("text=Linden je Stadtteil")
    assert other.url == address and other.locator("#karte ~ figure svg a").count() == 6
    assert other.locator("text=Frage löschen").count() == 0  # it is not theirs
    assert visit(address).locator("h1").inner_text() == "Nicht gefunden"  # nor for the public
    page.click("text=Frage umbauen")
    page.select_option("#id_klassen", "natural")
    page.click("text=Antwort zeigen")
    expect(page.locator("figcaption").first).to_contain_text("natürliche Grenzen nach Jenks")
    page.click("text=Frage speichern")
    page.click("main form .btn >> nth=0")
    assert page.url == address
    page.click("text=Frage löschen")
    page.click("text=Endgültig löschen")
    expect(page.locator(".note--good").first).to_contain_text("Die Frage ist gelöscht.")


def test_the_map_is_reached_by_keyboard_and_leads_to_the_row(visit: Visit) -> None:
    page = visit(TREES)
    offered(page)
    page.focus("text=Karte überspringen, zur Tabelle")
    names = []
    for _ in range(6):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        assert page.evaluate("getComputedStyle(document.activeElement.firstElementChild).stroke") == "rgb(255, 157, 0)"
    assert all(re.fullmatch(r".+: [\d.,]+, Klasse \d von \d", str(name)) for name in names) and len(set(names)) == 6
    page.keyboard.press("Enter")
    target = page.locator("tr:target")
    assert str(names[-1]).startswith(target.locator("th").inner_text())


def test_the_sql_of_a_question_can_be_taken_over(visit: Visit) -> None:
    page = visit(TREES)
    offered(page)
    page.click("text=So lautet die Frage in SQL")
    sql = page.input_value("#sql")
    page.click("text=In die SQL-Werkstatt übernehmen")
    assert page.url.endswith("/auswertung/sql/") and page.input_value("#id_sql").split() == sql.split()
    expect(page.locator("#antwort")).to_contain_text("Erlaubt")


def test_a_link_holds_the_question_and_shows_no_more_than_the_readers_rights(visit: Visit) -> None:
    page = visit(f"{BUILD}?was=auenstadt.luftguete", who="owner")
    gone_on("environmental_planning")(page)
    assert page.locator("#tabelle ~ .table-box tbody tr").count() > 0
    link = page.input_value("#link")
    assert "zweck" not in link
    public = visit(link)
    assert public.locator("tbody").count() == 0
    expect(public.locator("#ablehnung")).to_contain_text("Ohne Angabe eines Zwecks gibt es nur offene Daten.")
    expect(public.locator("#ablehnung")).to_contain_text("umwelt@auenstadt.example")
    hidden = visit(f"{BUILD}?was=auenstadt.leistungen", who="owner")
    offered(hidden)
    assert (
        visit(hidden.url.partition("&zweck")[0]).locator("#ablehnung").count() == 0
    )  # the public may not even know of it


def test_an_address_that_changes_a_question_which_is_none_keeps_a_new_one(visit: Visit) -> None:
    page = visit(TREES, who="owner")
    offered(page)
    for wrong in ("x", "01a22380-4ea3-76c2-ad9b-d34e563a546c"):
        page.goto(f"{page.url}&aendern={wrong}")
        assert page.locator("text=Frage speichern").get_attribute("href").startswith("/auswertung/behalten/")  # type: ignore[union-attr]


def test_in_english(visit: Visit) -> None:
    page = visit(
        f"{TREES}&nur=art&nur_wert=Linde&mass=count:&wo=name:stadtteil:auenstadt.stadtteile&zuletzt=auenstadt.baeume",
        locale="en-GB",
    )
    page.click("text=Show the answer")
    expect(page.locator("h1")).to_have_text("Street trees: number, Species: Linde, by district")
    expect(page.locator("#saetze + p")).to_contain_text("the largest value")
    body = page.locator("main").inner_text()
    for german in ("Stadtteil:", "Karte", "Einschränkungen", "Klassen", "Werkstatt", "Herkunft"):
        assert german not in body, german
