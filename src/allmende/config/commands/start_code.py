# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende start-code``: shows the code with which an empty installation is set up in the page."""

from __future__ import annotations

import argparse
import os

from allmende.config import backup, environment, keyfile

HELP = "Zeigt den Startcode einer leeren Installation / shows an empty installation's start code"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--new",
        action="store_true",
        help="macht einen neuen; der alte gilt nicht mehr / makes another one, which ends the old",
    )


def run(given: argparse.Namespace) -> int:
    """Print the code."""
    found = environment.read()
    keyfile.read_or_make(found.key_file)
    with backup.database(found) as url:
        os.environ["DATABASE_URL"] = url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "allmende.config.settings")
        import django

        django.setup()
        from allmende.config.commands.migrate import bring_up_to_date

        bring_up_to_date()
        from allmende.organisations import door as organisations
        from allmende.rights.terms import OPERATOR

        print(organisations.start_code(OPERATOR, new=given.new))
    return 0
