# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The table of Django's cache, in which the rate limits of sign-in count. Losing it loses nothing: UNLOGGED."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE organisations_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX organisations_cache_expires ON organisations_cache (expires);
            """,
            "DROP TABLE organisations_cache",
        )
    ]
