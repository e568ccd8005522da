# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende demo``: the practice town, in a folder of its own."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from allmende.config import environment
from allmende.config.commands.migrate import bring_up_to_date

HELP = "Startet die Übungsstadt Auenstadt / starts the practice town Auenstadt"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="ORDNER/FOLDER",
        help="bleibt erhalten; sonst ALLMENDE_DATA, sonst ein Ordner, der mit dem Ende verschwindet / is kept; else "
        "ALLMENDE_DATA, else a folder that vanishes at the end",
    )
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)  # a step of ``allmende serve``


def run(given: argparse.Namespace) -> int:
    """Serve the practice town until asked to stop."""
    if given.prepare:
        return _prepare()
    folder = given.data or os.environ.get("ALLMENDE_DATA")
    if folder:
        return _serve(Path(folder))
    with tempfile.TemporaryDirectory(prefix="allmende-demo-") as temporary:
        return _serve(Path(temporary) / "var")


def _serve(data: Path) -> int:
    from allmende.config.supervise import Family

    found = environment.read({**os.environ, "ALLMENDE_DATA": str(data), "ALLMENDE_DEMO": "1"})
    return Family(found).run()


def _prepare() -> int:
    """Migrate, and see to it that the town's systems, registers and tokens are there.

    One process for both, because each start of Django takes a second. ``serve`` has started what else it needs.
    """
    import django

    django.setup()
    from allmende.config import wiring
    from allmende.config.demo import start

    bring_up_to_date()
    found = environment.read()
    wiring.equip(found)
    port = int((found.data / "demo" / "events.port").read_text())
    start.ensure(found.data, admin=os.environ["ALLMENDE_DEMO_ADMIN"], events_port=port)
    return 0
