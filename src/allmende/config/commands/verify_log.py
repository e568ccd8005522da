# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende verify-log``: recomputes the decision log's chain and holds it against anchors."""

from __future__ import annotations

import argparse
from pathlib import Path

import psycopg

from allmende.config import backup, environment, keyfile
from allmende.rights.anchors import Anchor, parse, public_key
from allmende.rights.verify import Report, verify

HELP = "Prüft den Nachweis der Zugriffe gegen seine Anker / checks the decision log against its anchors"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--anchor",
        action="append",
        default=[],
        type=Path,
        metavar="DATEI/FILE",
        help="Text mit Ankern, etwa eine E-Mail; auch mehrfach / a text with anchors, such as an e-mail; repeatable",
    )


def run(given: argparse.Namespace) -> int:
    """Verify; 0 if everything is as it was, 1 if not."""
    found = environment.read()
    anchors = [anchor for path in given.anchor for anchor in _read(path)]
    key = keyfile.read(found.key_file)
    trusted = public_key(key) if key is not None else None
    with backup.database(found) as url, psycopg.connect(url, autocommit=True) as conn:
        report = verify(conn, anchors, trusted=trusted)
    _say(report, trusted)
    return 0 if report.sound else 1


def _read(path: Path) -> tuple[Anchor, ...]:
    try:
        return parse(path.read_text("utf-8", errors="replace"))
    except OSError as error:
        raise environment.Misconfigured(f"{path}: nicht lesbar / not readable ({error.strerror})") from error


def _say(report: Report, trusted: bytes | None) -> None:
    print(
        f"Einträge / entries: {report.entries}, wartend / waiting: {report.waiting}, Anker / anchors: {report.anchors}"
    )
    print(f"Letzter / last: {report.head.seq} {report.head.hash.hex()}")
    if trusted is not None:
        print(f"Schlüssel der Anker / anchors' key: {trusted.hex()}")
    else:
        print("Ohne Schlüsseldatei: wessen Unterschrift die Anker tragen, bitte selbst vergleichen.")
        print("Without the key file: please compare yourself whose signature the anchors bear.")
    for finding in report.findings:
        print(f"! {finding.text.de}\n  {finding.text.en}")
    if report.found > len(report.findings):
        print(f"! … {report.found - len(report.findings)} weitere / more")
    if report.sound:
        print("Unverändert. / Unchanged.")
