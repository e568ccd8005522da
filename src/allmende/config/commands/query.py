# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende query``: asks one question of a running Allmende, with a token like anybody."""

from __future__ import annotations

import argparse
import json
import os
import sys

import httpx

from allmende.config import environment
from allmende.config.environment import Misconfigured

HELP = "Stellt eine Frage an ein laufendes Allmende / asks a question of a running Allmende"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("sql", help="eine SELECT-Anweisung, „-“ liest sie von der Eingabe / one SELECT, “-” reads it")
    parser.add_argument("--purpose", default="", help="Zweck (Kurzname) / purpose (its slug)")
    parser.add_argument("--format", choices=["json", "csv", "arrow", "parquet"], default="csv")
    parser.add_argument("--language", choices=["de", "en"], default="de")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--token", help="Zugangsschlüssel, sonst ALLMENDE_TOKEN / token, else ALLMENDE_TOKEN")
    who.add_argument("--as", dest="persona", help="Person der Demostadt / persona of the demo town")


def run(given: argparse.Namespace) -> int:
    """Ask and write the answer to standard output; a refusal's document goes to standard error, the code is 1."""
    found = environment.read()
    token = _token(given, found)
    body = {
        "sql": sys.stdin.read() if given.sql == "-" else given.sql,
        "purpose": given.purpose,
        "format": given.format,
    }
    headers = {"Accept-Language": given.language} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        with httpx.stream("POST", f"{found.url}/api/query", json=body, headers=headers, timeout=3600) as answer:
            if answer.status_code != httpx.codes.OK:
                answer.read()
                sys.stderr.write(answer.text + "\n")
                return 1
            for piece in answer.iter_raw():
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
    except httpx.RemoteProtocolError as error:
        raise Misconfigured(
            f"die Antwort brach ab und ist unvollständig / the answer broke off and is incomplete ({error})"
        ) from error
    except httpx.TransportError as error:
        raise Misconfigured(f"{found.url} antwortet nicht / does not answer ({error}): allmende serve") from error
    return 0


def _token(given: argparse.Namespace, found: environment.Environment) -> str:
    if not given.persona:
        return given.token or os.environ.get("ALLMENDE_TOKEN", "")
    path = found.data / "demo-tokens.json"
    try:
        tokens = json.loads(path.read_text())
    except OSError as error:
        raise Misconfigured(f"{path}: fehlt, es läuft keine Demostadt / missing, no demo town runs") from error
    if given.persona not in tokens:
        raise Misconfigured(f"--as: {', '.join(sorted(tokens))}")
    return str(tokens[given.persona]["token"])
