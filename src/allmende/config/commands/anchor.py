# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende anchor``: signs the decision log's head now, sends it on its ways and prints the page for the file."""

from __future__ import annotations

import argparse
import os

from allmende.config import backup, environment

HELP = "Setzt einen Anker für den Nachweis der Zugriffe und druckt ihn / anchors the decision log and prints the page"


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(given: argparse.Namespace) -> int:
    """Drop an anchor."""
    del given
    with backup.database(environment.read()) as url:
        os.environ["DATABASE_URL"] = url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "allmende.config.settings")
        import django

        django.setup()
        from allmende.rights.domain.anchoring import drop_anchor, page

        print(page(drop_anchor()), end="")
    return 0
