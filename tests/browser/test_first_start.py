# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From the empty installation to the signed-in administrator, in Chromium: without JavaScript, and every page is accessible."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.test_pages import RULES, RUN
from tests.config.serving import Serving, allmende
from tests.organisations.test_start import directory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "gemeinsam und nach Regeln"
ARMS = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 48"><script>alert(1)</script>'
    b'<path fill="#0b6e4f" d="M2 2h36v24c0 12-18 20-18 20S2 38 2 26z"/><circle cx="20" cy="18" r="8" fill="#ffcc00"/></svg>'
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An empty installation, as an operator starts it."""
    running = Serving(tmp_path_factory.mktemp("empty") / "var", ALLMENDE_DEMO="0")
    try:
        running.until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def one_time_code(secret: str) -> str:
    """Return the six digits of now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    place = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, place)[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Walk:
    """A person at the page: counts what they press, and looks at each page with axe-core at both widths."""

    def __init__(self, page: Page, axe: str, folder: Path) -> None:
        self.page, self.clicks, self._axe, self._folder, self.watching = page, 0, axe, folder, 0.0

    def press(self, selector: str) -> None:
        self.clicks += 1
        self.page.click(selector)
        self.page.wait_for_load_state("load")

    def look(self, name: str) -> None:
        began = time.monotonic()
        self.page.evaluate(self._axe)
        for scheme, width in (("dark", 1280), ("light", 360)):
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.page.set_viewport_size({"width": width, "height": 900})
            assert self.page.evaluate(RUN, RULES) == [], f"{name}, {width} px"
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, (
                f"{name} is wider than {width} px"
            )
            self.page.screenshot(path=self._folder / f"{name}-{width}.png", full_page=True)
        self.watching += time.monotonic() - began


def code_of(empty: Serving) -> str:
    found = re.search(r"start code of the set-up: (\S+)", empty.said())
    assert found is not None
    return found[1]


def test_the_machine_shows_its_code_again(empty: Serving) -> None:
    shown = allmende(empty.data, "start-code")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.strip() == code_of(empty)


def test_who_comes_from_the_net_without_the_code_gets_nowhere(empty: Serving, chromium: Browser) -> None:
    context = chromium.new_context(base_url=empty.url, locale="de-DE")
    page = context.new_page()
    for path in ("start/", "start/kommune/", "start/wappen/", "start/ich/", "start/anmeldung/", "start/liste/",
                 "start/einladen/", "start/fertig/", "start/wappen/bild"):  # fmt: skip
        answer = page.goto(f"/{path}")
        assert answer is not None and answer.status == 403, path
    page.goto("/")
    page.fill("#id_code", "AAAA-BBBB-CCCC")
    page.click("main form .btn")
    expect(page.locator(".errors")).to_contain_text("nicht der Startcode")
    answer = page.goto("/start/ich/")
    assert answer is not None and answer.status == 403
    context.close()


def test_from_the_empty_installation_to_the_administrator(
    empty: Serving, chromium: Browser, axe: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = chromium.new_context(base_url=empty.url, locale="de-DE", java_script_enabled=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    walk = Walk(page, axe, tmp_path)
    began = time.monotonic()

    page.goto("/")
    walk.look("0-welcome")
    page.fill("#id_code", code_of(empty))
    walk.press("main form .btn")

    # 1: the key is looked up in the directory the operator brings in
    walk.look("1-town")
    page.fill("#id_ags", "06531005")
    walk.press("button[name=look]")
    expect(page.locator("main")).to_contain_text("noch kein Gemeindeverzeichnis")
    walk.press("summary:has-text('Gemeindeverzeichnis')")
    content = directory(("06531005", "Neuenstadt, Universitätsstadt", 61_240), ("05515000", "Münster, Stadt", 322_904))
    page.set_input_files("#id_directory", [FilePayload(name="GV100AD.txt", mimeType="text/plain", buffer=content)])
    walk.press("text=Verzeichnis lesen")
    expect(page.locator("main")).to_contain_text("2 Gemeinden gelesen")
    page.fill("#id_ags", "06531005")
    walk.press("button[name=look]")
    walk.look("1-town-found")
    expect(page.locator("#id_name")).to_have_value("Neuenstadt")
    expect(page.locator("#id_land")).to_have_value("HE")
    walk.press("text=Speichern und weiter")

    # 2: a colour nobody could read is darkened, and said so
    page.fill("#id_colour", "#ffcc00")
    page.set_input_files("#id_arms", [FilePayload(name="wappen.svg", mimeType="image/svg+xml", buffer=ARMS)])
    walk.look("2-looks")
    walk.press("text=Speichern und weiter")
    expect(page.locator("main")).to_contain_text("zu hell zum Lesen")

    # back and forth: nothing is lost
    walk.press("text=Zurück")
    expect(page.locator("main img.arms")).to_be_visible()
    walk.press("text=Speichern und weiter")

    # 3: the first administrator, with a second factor
    page.fill("#id_name", "Ayşe Yıldız")
    page.fill("#id_email", "a.yildiz@neuenstadt.example")
    page.fill("#id_password", PASSWORD)
    page.fill("#id_again", "anders")
    walk.press("text=Kommune einrichten")
    expect(page.locator(".errors")).to_contain_text("verschieden")
    walk.look("3-founder-wrong")
    page.fill("#id_password", PASSWORD)
    page.fill("#id_again", PASSWORD)
    walk.press("text=Kommune einrichten")
    page.wait_for_url("**/konto/2fa/totp/activate/")
    walk.look("3-factor")
    page.fill("#id_code", one_time_code(page.locator("code.secret").inner_text()))
    walk.press("main form .btn")
    walk.look("3-recovery")
    walk.press("a.btn:has-text('Weiter einrichten')")

    # 4, 5, 6: signed in
    walk.look("4-signin")
    walk.press("text=Speichern und weiter")
    walk.look("5-list")
    walk.press("text=Später, weiter")
    page.fill("#id_name", "Jens Okafor")
    page.fill("#id_email", "j.okafor@neuenstadt.example")
    page.check("text=Fachamt:")
    page.fill("#id_office", "Umweltamt")
    walk.press("main form .btn >> nth=0")
    expect(page.locator("main")).to_contain_text("Jens Okafor ist eingeladen")
    walk.look("6-invited")
    link = page.locator("#link").inner_text()
    walk.press("button:text-is('Weiter')")
    walk.look("7-ready")
    walk.press("text=Einrichtung abschließen")

    seconds = time.monotonic() - began - walk.watching
    expect(page.locator(".brand__name")).to_have_text("Daten.Neuenstadt")
    expect(page.locator("img.brand__arms")).to_be_visible()
    colours = page.request.get(page.get_attribute("link[href*=farben]", "href") or "").text()
    assert "--town:#" in colours and "#ffcc00" not in colours
    walk.look("8-home")
    page.goto("/recht/")
    walk.look("9-laws")
    expect(page.locator("main")).to_contain_text("Hessen")
    context.close()

    # the arms, opened by themselves, do nothing
    other = chromium.new_context(base_url=empty.url, locale="de-DE")
    visitor = other.new_page()
    visitor.goto("/")
    expect(visitor.locator(".brand__name")).to_have_text("Daten.Neuenstadt")
    arms = visitor.request.get(visitor.get_attribute("img.brand__arms", "src") or "")
    assert "script" not in arms.text() and "default-src 'none'" in arms.headers["content-security-policy"]

    # the invited person sets a password with the link, once; the code is worth nothing any more
    visitor.goto(link)
    visitor.fill("#id_password1", PASSWORD + " auch")
    visitor.fill("#id_password2", PASSWORD + " auch")
    visitor.click("main form .btn >> nth=0")
    visitor.goto(link)
    expect(visitor.locator("#id_password1")).to_have_count(0)
    answer = visitor.goto("/start/")
    assert answer is not None and answer.status == 403
    assert allmende(empty.data, "start-code").returncode == 1
    other.close()

    assert wrong == []
    with capsys.disabled():
        print(
            f"\nfirst start: {seconds:.1f} s and {walk.clicks} clicks from the first page to ready; pictures in {tmp_path}"
        )
    assert walk.clicks <= 25 and seconds < 60


def test_the_start_is_left_and_taken_up_again_without_javascript(chromium: Browser, tmp_path: Path) -> None:
    running = Serving(tmp_path / "var", ALLMENDE_DEMO="0")
    try:
        running.until_ready()
        context = chromium.new_context(base_url=running.url, locale="de-DE", java_script_enabled=False)
        page = context.new_page()
        page.goto("/")
        page.fill("#id_code", code_of(running))
        page.click("main form .btn")
        page.fill("#id_name", "Neuenstadt")
        page.select_option("#id_land", "HE")
        page.fill("#id_inhabitants", "61.240")
        page.click("text=Speichern und später weiter")
        expect(page.locator("h1")).to_have_text("Willkommen bei Allmende")
        context.close()

        again = chromium.new_context(base_url=running.url, locale="de-DE", java_script_enabled=False)
        page = again.new_page()
        page.goto("/")
        page.fill("#id_code", code_of(running))
        page.click("main form .btn")
        expect(page.locator("h1")).to_have_text("Woran erkennt man Ihre Stadt?")
        page.click("text=Zurück")
        expect(page.locator("#id_name")).to_have_value("Neuenstadt")
        expect(page.locator("#id_inhabitants")).to_have_value(re.compile("61.?240"))
        again.close()
    finally:
        running.stop()
