# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What was written down stays as it was written."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_watch"), ("rights", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER rights_append_only BEFORE UPDATE OR DELETE ON catalogue_entry"
            " FOR EACH STATEMENT EXECUTE FUNCTION rights_append_only()",
            "DROP TRIGGER rights_append_only ON catalogue_entry",
        )
    ]
