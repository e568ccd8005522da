# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The way from the search to an answer, to a refusal and to whom to ask: by keyboard alone, and without JavaScript."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Visit
from tests.hub.sheets import ROWS, month

pytestmark = pytest.mark.browser


def test_without_javascript_from_search_to_how_to_ask(visit: Visit) -> None:
    page = visit("/", javascript=False, width=360)
    page.fill("#q", "Baum")
    page.click("form[role=search] button")
    page.click("main a:text-is('Straßenbäume')")
    page.click("main a:text-is('In SQL fragen')")
    expect(page.locator("#id_sql")).to_have_value("SELECT *\nFROM auenstadt.baeume\nLIMIT 100")
    page.fill("#id_sql", "SELECT art, count(*) AS zahl FROM auenstadt.baeume GROUP BY art ORDER BY art")
    page.click("text=Fragen >> nth=0")
    assert page.locator("#antwort tbody tr").first.inner_text().split("\t")[:2] == ["Ahorn", "45"]
    expect(page.locator("#antwort svg[role=img] title")).to_have_text("zahl nach art")
    page.fill("#id_sql", "SELECT * FROM auenstadt.luftguete")
    page.click("text=Fragen >> nth=0")
    refusal = page.locator("#ablehnung")
    expect(refusal).to_contain_text("Ohne Angabe eines Zwecks gibt es nur offene Daten.")
    expect(refusal).to_contain_text("umwelt@auenstadt.example")
    refusal.locator("text=So fragen Sie an").click()
    assert page.url.endswith("/auenstadt/dataset/luftguete#fragen")
    expect(page.locator("#fragen")).to_contain_text("wer Sie sind und für welche Stelle Sie fragen")


def test_what_one_may_not_know_of_is_answered_as_if_it_did_not_exist(visit: Visit) -> None:
    page = visit("/auswertung/sql/")
    for name in ("leistungen", "gibtesnicht"):
        page.fill("#id_sql", f"SELECT * FROM auenstadt.{name}")
        page.click("#frage .row .btn")
        expect(page.locator("#ablehnung")).to_contain_text(f"Einen solchen Datensatz gibt es nicht: auenstadt.{name}.")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.name || ''")).strip()


def test_keyboard_reaches_everything_and_shows_where_it_is(visit: Visit) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    assert focused(page) == "Zum Inhalt springen"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert focused(page) == "q"
    page.keyboard.type("Luft")
    page.keyboard.press("Enter")
    page.wait_for_url("**/daten/?q=Luft")
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page).startswith("Luftgüte"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/dataset/luftguete")


def test_the_editor_asks_with_control_and_enter_and_lets_the_tab_key_leave(visit: Visit) -> None:
    page = visit("/auswertung/sql/")
    page.focus("#id_sql")
    page.keyboard.type("SELECT count(*) AS n FROM auenstadt.baeume")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#antwort tbody td").first).to_have_text("180")
    page.focus("#id_sql")
    page.keyboard.press("Tab")
    assert focused(page) != "sql"


@pytest.mark.parametrize("form", ["CSV", "JSON", "Arrow", "Parquet"])
def test_downloads(form: str, visit: Visit) -> None:
    page = visit("/auswertung/sql/")
    page.fill("#id_sql", "SELECT nr, art FROM auenstadt.baeume ORDER BY nr")
    page.click("#frage .row .btn")
    with page.expect_download() as waiting:
        page.click(f"text={form} >> nth=0") if form != "CSV" else page.click("button:text-is('CSV')")
    content = waiting.value.path().read_bytes()
    if form == "CSV":
        rows = list(csv.reader(io.StringIO(content.decode())))
        assert rows[0] == ["nr", "art"] and len(rows) == 181
    elif form == "JSON":
        answer = json.loads(content)
        assert answer["row_count"] == 180 and answer["rows"][0] == [1, "Linde"]
    else:
        begin = {"Parquet": b"PAR1", "Arrow": b"\xff\xff\xff\xff"}[form]
        assert content.startswith(begin)


def test_the_map_can_be_moved_and_asks_nobody_else(visit: Visit, site: str) -> None:
    page = visit("/auswertung/sql/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.fill("#id_sql", "SELECT name, flaeche FROM auenstadt.stadtteile")
    page.click("#frage .row .btn")
    expect(page.locator("#karte-beweglich canvas")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []


def test_language_is_switched_without_javascript(visit: Visit) -> None:
    page = visit("/daten/", javascript=False)
    page.click("button[name=language]")
    expect(page.locator("h1")).to_have_text("Data catalogue")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_file_becomes_a_data_set_and_is_asked(visit: Visit) -> None:
    page = visit("/quellen/anbinden/", who="it", javascript=False)
    rows = "Nr;Name;Größe m²\n1;Am Anger;1.200,5\n2;Uferpark;k.A.\n3;Schulhof Süd;850,0\n"
    sent = FilePayload(name="Spielplätze.csv", mimeType="text/csv", buffer=rows.encode("cp1252"))
    page.set_input_files("#id_file", [sent])
    page.select_option("#id_unit", label="– – Amt für IT")
    page.click("main form .btn >> nth=0")
    expect(page.locator("main")).to_contain_text("Dezimalkomma")
    page.fill("input[name=title_2]", "Größe")
    page.fill("input[name=unit_2]", "m2")
    page.click("button[name=weiter]")
    for field, value in (
        ("title_de", "Spielplätze"),
        ("slug", "spielplaetze"),
        ("description", "Jeder städtische Spielplatz."),
        ("source", "Spielplatzliste"),
        ("source_slug", "spielplatzliste"),
    ):
        page.fill(f"#id_{field}", value)
    page.check("text=Statistik")
    page.click("main form .btn >> nth=0")
    expect(page.locator("h1")).to_have_text("Spielplätze")
    page.goto("/auswertung/sql/")
    page.fill("#id_sql", "SELECT sum(groesse_m) AS flaeche FROM auenstadt.spielplaetze")
    page.select_option("#id_purpose", "statistics")
    page.click("#frage .row .btn")
    expect(page.locator("#antwort tbody td").first).to_have_text("2.050,5")


def test_a_company_connects_its_own_parquet_file(visit: Visit, tmp_path: Path) -> None:
    years = {f"Verbrauch {year}": [100.5, None] for year in range(2016, 2026)}
    pyarrow.parquet.write_table(pa.table({"Stadtteil": ["Nord", "Süd"], **years}), tmp_path / "Verbrauch.parquet")
    page = visit("/", who="engineer", javascript=False, width=360)
    page.click("summary:has-text('Menü')")
    page.click("nav >> a:visible:text-is('Datenquellen')")
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody tr")).to_contain_text("Netzleitstelle der Stadtwerke")
    page.click("main >> text=Datenquelle anbinden")
    assert page.locator("#id_unit option").all_inner_texts() == ["– Stadtwerke"]
    page.set_input_files("#id_file", tmp_path / "Verbrauch.parquet")
    page.click("main form .btn >> nth=0")
    expect(page.locator("main")).to_contain_text("10 Spalten sind Jahre")
    page.uncheck("[name=melt_0_gaps]")
    page.click("button[name=zeigen]")
    expect(page.locator("main table").first.locator("tbody tr")).to_have_count(10)
    page.click("button[name=weiter]")
    for field, value in (
        ("title_de", "Stromverbrauch"),
        ("slug", "strom_jahre"),
        ("description", "Verbrauch je Stadtteil und Jahr."),
        ("source", "Abrechnung"),
        ("source_slug", "abrechnung"),
    ):
        page.fill(f"#id_{field}", value)
    page.check("text=Statistik")
    page.click("main form .btn >> nth=0")
    expect(page.locator("h1")).to_have_text("Stromverbrauch")
    page.goto("/auswertung/sql/")
    page.fill("#id_sql", "SELECT jahr, sum(verbrauch) AS summe FROM auenstadt.strom_jahre GROUP BY jahr ORDER BY jahr")
    page.select_option("#id_purpose", "statistics")
    page.click("#frage .row .btn")
    expect(page.locator("#antwort tbody tr").first).to_have_text("2016100,5")
    page.goto("/quellen/")
    expect(page.locator("main tbody tr")).to_have_count(2)


def test_a_token_is_shown_once(visit: Visit) -> None:
    page = visit("/konto/", who="owner")
    page.fill("#id_label", "Abfrage")
    page.check("text=Statistik")
    page.click("text=Ausstellen >> nth=-1")
    secret = page.locator("#secret").inner_text()
    assert secret.startswith("allm_")
    page.goto("/konto/")
    assert secret not in page.content()
    expect(page.locator("tbody")).to_contain_text(f"…{secret[-4:]}")
    page.click("button:has-text('Beenden')")
    expect(page.locator("tbody")).to_contain_text("beendet am")


def test_a_list_from_the_drop_to_next_months_delivery_without_an_account(visit: Visit, site: str) -> None:
    names = ("Erika Mustermann", "Max Beispiel", "Sabine Schneider")
    page = visit("/listen/ablegen/", who="it", javascript=False)
    page.set_input_files("#id_file", [xlsx("September.xlsx", month(9, hidden=names))])
    page.select_option("#id_unit", label="– – Amt für IT")
    page.click("main form .btn >> nth=0")
    expect(page.locator("main")).to_contain_text("Angehalten")
    assert not any(name in page.content() for name in names)
    for choice in page.locator("input[value=leave-out]").all():
        choice.check()
    page.check("input[name=key_0]")
    page.click("button[name=weiter]")
    for field, value in (
        ("title_de", "Spielplatzliste"),
        ("slug", "spielplatzliste_monat"),
        ("description", "Jeder städtische Spielplatz."),
        ("source", "Liste des Sportamts"),
        ("source_slug", "sportamt_liste"),
    ):
        page.fill(f"#id_{field}", value)
    page.select_option("#id_every", "month")
    page.check("text=Statistik")
    page.click("main form .btn >> nth=0")
    expect(page.locator("main")).to_contain_text("Es gilt Fassung 1 (Kopie, Stand 2026-09-30)")
    where = page.url
    page.click("summary:has-text('Neuen Link')")
    page.fill("#id_whom", "Sportamt")
    page.fill("#id_deadline", (date.today() + timedelta(days=9)).isoformat())
    page.click("button:has-text('Link ausstellen')")
    address = page.locator("#secret").inner_text()
    office = visit(address.removeprefix(site), javascript=False, width=360)
    office.set_input_files("#id_file", [xlsx("Oktober.xlsx", month(10, ROWS[:9], hidden=names))])
    office.click("main form .btn >> nth=0")
    expect(office.locator("[role=status]")).to_contain_text(
        "9 Zeilen, Stand 2026-10-31. Neu: 0, weggefallen: 1, geändert: 0."
    )
    page.goto(where)
    page.click("tbody a:has-text('Fassung 2')")
    page.select_option("#zweck", "statistics")
    page.click("text=Zeilen ansehen")
    expect(page.locator(".line--went")).to_contain_text("Spielplatz Am See")


def xlsx(name: str, content: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)


def test_a_grant_is_given_used_and_withdrawn_without_javascript(visit: Visit) -> None:
    path, asked = "/auenstadt/dataset/stromverbrauch", "SELECT count(*) AS n FROM auenstadt.stromverbrauch"

    def answer() -> str:
        page = visit("/auswertung/sql/", who="staff", javascript=False)
        page.fill("#id_sql", asked)
        page.select_option("#id_purpose", "statistics")
        page.click("#frage .row .btn")
        return page.locator("main").text_content() or ""

    assert "Nutzungserlaubnis vom" not in answer()
    page = visit(f"{path}/erlauben/", who="admin", javascript=False)
    expect(page.locator("h1")).to_have_text("Nicht erlaubt")  # not even who organises the town
    page = visit(f"{path}/erlauben/", who="engineer", javascript=False, width=360)
    page.select_option("#id_whom", label="– – Jugendamt")
    page.check("text=Statistik")
    page.fill("#id_ends", "2099-12-31")
    page.click("button[name=zeigen]")
    expect(page.locator("#vorschau")).to_contain_text("2 Konten dürfen, was sie vorher nicht durften")
    page.click("button[name=erteilen]")
    expect(page.locator(".note--good")).to_contain_text("Die Nutzungserlaubnis ist erteilt")
    allowed = answer()
    assert "(Stadtwerke) für Statistik, gilt bis 31.12.2099" in allowed
    page.click("li:has-text('Jugendamt') .btn--danger")
    expect(page.locator(".note--good")).to_contain_text("Zurückgenommen")
    assert "Nutzungserlaubnis vom" not in answer()
