# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende municipalities``: reads the official directory of municipalities (GV100AD), for looking up keys."""

from __future__ import annotations

import argparse
from pathlib import Path

from allmende.config import environment
from allmende.config.commands.connect import say

HELP = "Liest das amtliche Gemeindeverzeichnis GV100AD / reads the official directory of municipalities GV100AD"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, help="Textdatei GV100AD / text file GV100AD")


def run(given: argparse.Namespace) -> int:
    """Read it; print how many municipalities it has."""
    try:
        content = given.file.read_bytes()
    except OSError as error:
        raise environment.Misconfigured(f"{given.file}: nicht lesbar / not readable ({error.strerror})") from error
    from allmende.config.local import installation

    with installation(environment.read()):
        from allmende.organisations import door as organisations
        from allmende.rights.terms import OPERATOR

        count = organisations.load_municipalities(OPERATOR, content)
    say(f"{count} Gemeinden gelesen / municipalities read")
    return 0
