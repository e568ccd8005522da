# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What towns say of themselves; what was said stays as it was said."""

import allmende.organisations.models.units
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisations', '0004_append_only'),
        ('rights', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='TownStatement',
            fields=[
                ('id', models.UUIDField(default=allmende.organisations.models.units.new_uuid, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('version', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('answers', models.JSONField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='organisations.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'kind', 'version'), name='organisations_statement_version')],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER rights_append_only BEFORE UPDATE OR DELETE ON organisations_townstatement"
            " FOR EACH STATEMENT EXECUTE FUNCTION rights_append_only()",
            "DROP TRIGGER rights_append_only ON organisations_townstatement",
        ),
    ]
