# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the rights snapshot reads is watched: a change of it is a new version of the registers."""

from django.db import migrations

from allmende.organisations.snapshot import TABLES
from allmende.rights.watch import watch_table


class Migration(migrations.Migration):
    dependencies = [("organisations", "0002_cache"), ("rights", "0001_initial")]

    operations = [watch_table(table) for table in TABLES]
