# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The events calendar of Auenstadt: a small HTTP service of its own, JSON in pages.

``python -m allmende.config.demo.events --port-file FILE`` serves ``/veranstaltungen?seite=1`` on a loopback port, the one
that FILE names if it is free, and writes the port there when it is ready to answer.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from allmende.config.demo.town import DISTRICTS, YEAR, dice, inside, place

HOST = "127.0.0.1"
PAGE = 50

_WHAT = (
    "Konzert",
    "Lesung",
    "Wochenmarkt",
    "Stadtführung",
    "Theater",
    "Flohmarkt",
    "Vortrag",
    "Kinderfest",
    "Lauftreff",
)
_WHERE = ("Bürgerhaus", "Stadtpark", "Alte Mühle", "Theater am Wehr", "Bibliothek", "Marktplatz", "Hochschule")


def events() -> list[dict[str, object]]:
    """Return the year's events."""
    found: list[dict[str, object]] = []
    for day in range(365):
        roll = dice("events", day)
        for number in range(roll.choice((0, 0, 1, 1, 2))):
            what, where, district = roll.choice(_WHAT), roll.choice(_WHERE), roll.choice(DISTRICTS)
            longitude, latitude = place(*inside(district, roll))
            found.append(
                {
                    "id": f"v{day:03d}{number}",
                    "titel": f"{what} – {where}",
                    "art": what,
                    "beginn": f"{date(YEAR, 1, 1) + timedelta(days=day)}T{roll.randrange(9, 21):02d}:00:00",
                    "ort": {"name": where, "stadtteil": district.number, "lon": longitude, "lat": latitude},
                    "eintritt_euro": roll.choice((None, 0, 5, 8.5, 12)),
                }
            )
    return found


class _Handler(BaseHTTPRequestHandler):
    """Answers one page, with the address of the next."""

    all = events()
    server_version, sys_version = "Veranstaltungskalender", ""

    def do_GET(self) -> None:
        """Answer ``/veranstaltungen?seite=N``."""
        address = urlsplit(self.path)
        page = parse_qs(address.query).get("seite", ["1"])[0]
        if address.path != "/veranstaltungen" or not page.isascii() or not page.isdigit() or not 0 < int(page) < 10_000:
            self.send_error(404)
            return
        first = (int(page) - 1) * PAGE
        body: dict[str, object] = {"anzahl": len(self.all), "veranstaltungen": self.all[first : first + PAGE]}
        if first + PAGE < len(self.all):
            body["weiter"] = f"/veranstaltungen?seite={int(page) + 1}"
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep silent: what is asked here is the hub's business."""


def serve(port_file: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    try:
        wanted = int(port_file.read_text())
    except (OSError, ValueError):
        wanted = 0
    try:
        server = ThreadingHTTPServer((HOST, wanted), _Handler)
    except (OSError, OverflowError):
        server = ThreadingHTTPServer((HOST, 0), _Handler)
    server.daemon_threads = True
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    port_file.parent.mkdir(parents=True, exist_ok=True)
    new = port_file.with_name(f"{port_file.name}.{os.getpid()}")
    new.write_text(str(server.server_port))
    new.replace(port_file)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port-file", type=Path, required=True)
    serve(parser.parse_args().port_file)


if __name__ == "__main__":
    main()
