# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende migrate``: brings the database to this version's form."""

from __future__ import annotations

import argparse
import os

HELP = "Bringt die Datenbank auf den Stand dieser Version / brings the database to this version's form"


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(given: argparse.Namespace) -> int:
    """Migrate."""
    del given
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "allmende.config.settings")
    import django

    django.setup()
    bring_up_to_date()
    return 0


def bring_up_to_date() -> None:
    """Migrate, with Django set up; two at once wait for each other."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('allmende migrate'))")
    call_command("migrate", verbosity=0, interactive=False)
