# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Chromium, and the pages on a real server; one of each for all tests here."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.live import pages
from tests.hub.town import traffic_database

#: The password of everybody in the town (tests.factories).
PASSWORD = "gemeinsam nutzen nach Regeln"

#: The database that is opened in the page, its reader, and the reader's password.
SILO = "allmende_pages_silo"

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), "")


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[str]:
    """The address of the pages over a furnished town."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with pages(tmp_path_factory.mktemp("pages"), server=postgres_url, port=port) as address:
        yield address


@pytest.fixture(scope="package")
def silo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of another system, to be opened in the page."""
    with django_db_blocker.unblock(), traffic_database(SILO, SILO):
        yield


@pytest.fixture(scope="package")
def browser(site: str) -> Iterator[Browser]:
    """Chromium without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


Visit = Callable[..., Page]


@pytest.fixture(scope="package")
def signed_in(browser: Browser, site: str) -> Callable[[str], Any]:
    """Return the cookies of a person, who signs in once."""
    known: dict[str, Any] = {}

    def state(who: str) -> Any:
        if who not in known:
            context = browser.new_context(base_url=site, locale="de-DE")
            page = context.new_page()
            page.goto("/konto/login/")
            page.fill("#id_login", f"{who}@auenstadt.example")
            page.fill("#id_password", PASSWORD)
            page.click("main .btn >> nth=0")
            page.wait_for_url("**/")
            known[who] = context.storage_state()
            context.close()
        return known[who]

    return state


@pytest.fixture
def visit(browser: Browser, site: str, signed_in: Callable[[str], Any]) -> Iterator[Visit]:
    """Return a new visitor's page: ``visit("/", who="owner", width=360, javascript=False)``."""
    contexts = []

    def open_(path: str = "/", *, who: str = "", width: int = 1280, javascript: bool = True, **more: Any) -> Page:
        context = browser.new_context(
            base_url=site,
            locale=more.pop("locale", "de-DE"),
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            storage_state=signed_in(who) if who else None,
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, from the lock file's copy."""
    source = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
    if not source.exists():
        pytest.skip("axe-core is not installed: script/setup")
    return source.read_text()
