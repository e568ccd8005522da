# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The history of an entry stays as it was written, except of practice towns, which are made anew every night."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_append_only"), ("organisations", "0009_practice")]

    operations = [
        migrations.RunSQL(
            """
            DROP TRIGGER rights_append_only ON catalogue_entry;
            CREATE TRIGGER rights_append_only BEFORE UPDATE OR DELETE ON catalogue_entry FOR EACH ROW
                EXECUTE FUNCTION organisations_append_only(
                    'SELECT d.tenant_id FROM catalogue_dataset d WHERE d.id = ($1).dataset_id');
            """,
            """
            DROP TRIGGER rights_append_only ON catalogue_entry;
            CREATE TRIGGER rights_append_only BEFORE UPDATE OR DELETE ON catalogue_entry
                FOR EACH STATEMENT EXECUTE FUNCTION rights_append_only();
            """,
        )
    ]
