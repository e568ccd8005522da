# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The guided start, arms, the directory of municipalities; what the weekly mail needs of a person."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisations', '0007_statements'),
    ]

    operations = [
        migrations.CreateModel(
            name='Arms',
            fields=[
                ('tenant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='arms', serialize=False, to='organisations.tenant')),
                ('media_type', models.CharField(max_length=20)),
                ('content', models.BinaryField()),
                ('mark', models.CharField(max_length=16)),
            ],
        ),
        migrations.CreateModel(
            name='Municipality',
            fields=[
                ('ags', models.CharField(max_length=8, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('inhabitants', models.PositiveIntegerField()),
                ('as_of', models.DateField()),
            ],
        ),
        migrations.AddField(
            model_name='person',
            name='language',
            field=models.CharField(db_default='de', default='de', max_length=2),
        ),
        migrations.AddField(
            model_name='person',
            name='weekly_mail',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name='tenant',
            name='inhabitants',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='Start',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('nonce', models.CharField(max_length=64)),
                ('draft', models.JSONField(default=dict)),
                ('tenant', models.CharField(blank=True, max_length=63)),
                ('done', models.JSONField(default=list)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='organisations_start_one')],
            },
        ),
    ]
