# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Changes of what the rights snapshot reads make a new version of the registers."""

from django.db import migrations

from allmende.rights.watch import watch_table
from allmende.catalogue.snapshot import TABLES


class Migration(migrations.Migration):

    dependencies = [
        ("catalogue", "0001_initial"),
        ("rights", "0001_initial"),
    ]

    operations = [watch_table(table) for table in TABLES]
