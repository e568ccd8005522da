# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende migrate``: brings the database to this version's form."""

from __future__ import annotations

import argparse
import os

HELP = "Bringt die Datenbank auf den Stand dieser Version / brings the database to this version's form"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--announce", action="store_true", help=argparse.SUPPRESS)  # a step of ``allmende serve``


def run(given: argparse.Namespace) -> int:
    """Migrate."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "allmende.config.settings")
    import django

    django.setup()
    bring_up_to_date()
    if given.announce:
        _announce()
    return 0


def _announce() -> None:
    """Tell the operator of an empty installation the code with which it is set up in the page."""
    from allmende.kernel.errors import Conflict
    from allmende.organisations import door as organisations
    from allmende.rights.terms import OPERATOR

    try:
        found = organisations.start_code(OPERATOR)
    except Conflict:  # there is a town already
        return
    print(
        f"Noch keine Kommune. Startcode für die Einrichtung / no town yet, start code of the set-up: {found}",
        flush=True,
    )


def bring_up_to_date() -> None:
    """Migrate, with Django set up; two at once wait for each other."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('allmende migrate'))")
    call_command("migrate", verbosity=0, interactive=False)
