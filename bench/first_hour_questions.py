# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Questions without SQL: what opening one costs over the bare query, and how fast a map of 500 districts is drawn.

Starts the practice town on a new data folder, then asks, in turn and over HTTP: the SQL of a saved question with its
purpose (the floor), and the page of the question, which decides, asks, shapes and draws. Medians of the rounds and their
difference. Then the map of 500 districts, made by the server, and drawn by Chromium with its processor slowed four times.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

from allmende.webkit import maps
from allmende.webkit.classes import Method, classify

ROOT = Path(__file__).parents[1]
QUESTIONS = (
    ("Bäume je Quadratkilometer und Stadtteil", "", ""),
    ("Kinder unter zehn je Stadtteil", "statistik", "statistics"),
    ("Gasverbrauch 2025 je Quadratkilometer", "umwelt", "energy_planning"),
)
DISTRICTS, CORNERS, SLOWER = 500, 60, 4


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


@contextmanager
def town(folder: Path) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Serve the practice town; yield its address, the accounts and the tokens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    data = folder / "data"
    environment = os.environ | {
        "ALLMENDE_DATA": str(data), "ALLMENDE_DEMO": "1", "HOST": "127.0.0.1", "PORT": str(port),
        "ALLMENDE_KEY_FILE": str(folder / "key"), "ALLMENDE_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    environment.pop("DATABASE_URL", None)
    with (folder / "log").open("wb") as log:
        serving = subprocess.Popen(
            [sys.executable, "-m", "allmende.config", "serve"], env=environment, cwd=ROOT, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 180
            while True:
                try:
                    if (
                        "Gasverbrauch" in httpx.get(f"{address}/auswertung/").text
                        or (data / "demo-tokens.json").exists()
                    ):
                        break
                except httpx.TransportError:
                    pass
                if serving.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((folder / "log").read_text())
                time.sleep(0.2)
            yield (
                address,
                json.loads((data / "demo-accounts.json").read_bytes()),
                json.loads((data / "demo-tokens.json").read_bytes()),
            )
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(60)


def signed_in(address: str, accounts: dict[str, Any], who: str) -> httpx.Client:
    """Return a browser's session: of nobody, or of a persona."""
    client = httpx.Client(base_url=address, follow_redirects=True, timeout=60, headers={"Accept-Language": "de"})
    if who:
        page = client.get("/konto/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        client.post(
            "/konto/login/",
            data={
                "login": accounts["accounts"][who]["email"],
                "password": accounts["password"],
                "csrfmiddlewaretoken": token[1],
            },
            headers={"Referer": f"{address}/konto/login/"},
        )
    return client


def opening(address: str, accounts: dict[str, Any], tokens: dict[str, Any], rounds: int) -> None:
    """Measure pages of saved questions beside their bare SQL."""
    say("| saved question | bare query | page | over the bare query | in the best rounds |\n|---|---|---|---|---|")
    for title, who, purpose in QUESTIONS:
        client = signed_in(address, accounts, who)
        found = re.search(
            rf'href="(/auswertung/frage/[^"]+)"[^>]*><strong>{re.escape(title)}', client.get("/auswertung/").text
        )
        assert found is not None, title
        page = client.get(found[1])
        assert page.status_code == 200 and 'id="tabelle"' in page.text, title
        sql = re.search(r'<textarea[^>]*id="sql"[^>]*>\n?(.*?)</textarea>', page.text, re.DOTALL)
        assert sql is not None
        body = {"sql": unescape(sql[1]), "purpose": purpose}
        headers = {"Authorization": f"Bearer {tokens[who]['token']}"} if who else {}
        bare: list[float] = []
        pages: list[float] = []
        for number in range(rounds + 3):
            start = time.perf_counter()
            asked = client.post("/api/query", json=body, headers=headers)
            middle = time.perf_counter()
            shown = client.get(found[1])
            end = time.perf_counter()
            assert asked.status_code == 200 and shown.status_code == 200, asked.text
            if number >= 3:  # warm
                bare.append(middle - start)
                pages.append(end - middle)
        floor, whole = statistics.median(bare) * 1000, statistics.median(pages) * 1000
        best = (min(pages) - min(bare)) * 1000
        say(f"| {title} | {floor:.0f} ms | {whole:.0f} ms | {whole - floor:.0f} ms | {best:.0f} ms |")


def districts() -> list[tuple[str, dict[str, Any], float]]:
    """Return 500 neighbours with wavy borders: name, outline of 60 corners, value."""
    found = []
    across = 25
    for number in range(DISTRICTS):
        column, row = number % across, number // across
        ring = []
        for corner in range(CORNERS):
            angle = 2 * math.pi * corner / CORNERS
            reach = 0.0095 + 0.0008 * math.sin(7 * angle + number)
            ring.append([7 + column * 0.02 + reach * math.cos(angle), 51 + row * 0.02 + reach * math.sin(angle)])
        found.append(
            (f"Bezirk {number}", {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, math.sin(number) * 100)
        )
    return found


def drawing(rounds: int) -> None:
    """Measure the map of 500 districts: made, and drawn by a slowed Chromium."""
    made: list[float] = []
    worked: list[float] = []
    svg = ""
    for _ in range(rounds):
        given = districts()
        start, at_work = time.perf_counter(), time.process_time()
        classes = classify([value for *_rest, value in given], Method.NATURAL)
        areas = [
            maps.Area(name, outline, classes.level(value), f"{name}: {value:.1f}", f"#ort-{i}")
            for i, (name, outline, value) in enumerate(given)
        ]
        svg = str(maps.areas(areas, len(classes.classes), title="Karte", description="500 Bezirke"))
        made.append(time.perf_counter() - start)
        worked.append(time.process_time() - at_work)
    say(
        f"\nmap of {DISTRICTS} districts, {CORNERS} corners each: made in {statistics.median(made) * 1000:.0f} ms ({statistics.median(worked) * 1000:.0f} ms of processor time), {len(svg) / 1024:.0f} KiB"
    )
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        say("Chromium is not installed: drawing not measured")
        return
    styles = "".join(path.read_text() for path in (ROOT / "src/allmende/webkit/static/dist/assets").glob("*.css"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.set_content(f"<style>{styles}</style><main><figure class=chart><div id=here></div></figure></main>")
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        draw = """svg => new Promise(done => { const here = document.getElementById('here'); here.innerHTML = '';
          requestAnimationFrame(() => { const start = performance.now(); here.innerHTML = svg; here.getBoundingClientRect();
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0)); }); })"""
        times = sorted(page.evaluate(draw, svg) for _ in range(rounds))
        assert page.locator("#here a").count() == DISTRICTS
        browser.close()
    say(
        f"drawn by Chromium at 360 pixels, processor slowed {SLOWER} times: median {statistics.median(times):.0f} ms, longest {times[-1]:.0f} ms"
    )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, town(Path(folder)) as (address, accounts, tokens):
        opening(address, accounts, tokens, rounds)
    drawing(rounds)
    say(f"load average: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
