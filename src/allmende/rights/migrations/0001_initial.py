# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The registers of the room, and the decision log with what keeps it append-only."""

import allmende.kernel.ids
import django.contrib.postgres.fields
from django.db import migrations, models

from allmende.rights.watch import watch_table

LOG = """
CREATE TABLE rights_registerversion (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    version bigint NOT NULL
);
INSERT INTO rights_registerversion (version) VALUES (1);

CREATE FUNCTION rights_registers_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present bigint;
BEGIN
    UPDATE rights_registerversion SET version = version + 1 RETURNING version INTO present;
    PERFORM pg_notify('allmende_rights', present::text);
    RETURN NULL;
END $$;

CREATE TABLE rights_logentry (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    tenant text NOT NULL,
    about text[] NOT NULL,
    unit text NOT NULL,
    kind text NOT NULL,
    pseudonym text NOT NULL,
    month text NOT NULL,
    action text NOT NULL,
    resources text[] NOT NULL,
    purpose text NOT NULL,
    outcome text NOT NULL,
    rules text[] NOT NULL,
    grants text[] NOT NULL,
    statement text NOT NULL,
    registers bigint NOT NULL,
    seq bigint UNIQUE CHECK (seq > 0),
    hash bytea CHECK (length(hash) = 32),
    CHECK ((seq IS NULL) = (hash IS NULL))
);
CREATE INDEX rights_logentry_pending ON rights_logentry (at, id) WHERE seq IS NULL;
CREATE INDEX rights_logentry_tenant ON rights_logentry (tenant, at DESC);
CREATE INDEX rights_logentry_about ON rights_logentry USING gin (about);

CREATE FUNCTION rights_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION rights_link_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    content rights_logentry;
BEGIN
    content := NEW;
    content.seq := OLD.seq;
    content.hash := OLD.hash;
    IF OLD.seq IS NOT NULL OR NEW.seq IS NULL OR content IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an entry of the decision log is linked once and never changed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER rights_link_once BEFORE UPDATE ON rights_logentry
    FOR EACH ROW EXECUTE FUNCTION rights_link_once();
CREATE TRIGGER rights_append_only BEFORE DELETE OR TRUNCATE ON rights_logentry
    FOR EACH STATEMENT EXECUTE FUNCTION rights_append_only();

CREATE TABLE rights_openuse (
    resource text NOT NULL,
    day date NOT NULL,
    tenant text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (resource, day)
);

CREATE TABLE rights_pseudonymkey (
    month text PRIMARY KEY CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
    sealed bytea,
    made_at timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    CHECK ((sealed IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE FUNCTION rights_destroy_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.month <> OLD.month OR NEW.made_at <> OLD.made_at OR OLD.sealed IS NULL OR NEW.sealed IS NOT NULL THEN
        RAISE EXCEPTION 'a key is made once and destroyed once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER rights_destroy_only BEFORE UPDATE ON rights_pseudonymkey
    FOR EACH ROW EXECUTE FUNCTION rights_destroy_only();
CREATE TRIGGER rights_append_only BEFORE DELETE OR TRUNCATE ON rights_pseudonymkey
    FOR EACH STATEMENT EXECUTE FUNCTION rights_append_only();

CREATE TABLE rights_anchor (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    statement text NOT NULL
);
CREATE TRIGGER rights_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rights_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION rights_append_only();
"""

NO_LOG = """
DROP TABLE rights_anchor, rights_pseudonymkey, rights_openuse, rights_logentry, rights_registerversion;
DROP FUNCTION rights_registers_changed(), rights_append_only(), rights_link_once(), rights_destroy_only();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.RunSQL(LOG, NO_LOG),
        migrations.CreateModel(
            name='Anchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('seq', models.BigIntegerField()),
                ('hash', models.BinaryField()),
                ('statement', models.TextField()),
            ],
            options={
                'db_table': 'rights_anchor',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='LogEntry',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('tenant', models.TextField()),
                ('about', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('unit', models.TextField()),
                ('kind', models.TextField()),
                ('pseudonym', models.TextField()),
                ('month', models.TextField()),
                ('action', models.TextField()),
                ('resources', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('purpose', models.TextField()),
                ('outcome', models.TextField()),
                ('rules', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('grants', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('statement', models.TextField()),
                ('registers', models.BigIntegerField()),
                ('seq', models.BigIntegerField(null=True)),
                ('hash', models.BinaryField(null=True)),
            ],
            options={
                'db_table': 'rights_logentry',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='OpenUse',
            fields=[
                ('pk', models.CompositePrimaryKey('resource', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('resource', models.TextField()),
                ('day', models.DateField()),
                ('tenant', models.TextField()),
                ('count', models.BigIntegerField()),
            ],
            options={
                'db_table': 'rights_openuse',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='PseudonymKey',
            fields=[
                ('month', models.TextField(primary_key=True, serialize=False)),
                ('sealed', models.BinaryField(null=True)),
                ('made_at', models.DateTimeField()),
                ('destroyed_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'rights_pseudonymkey',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='RegisterVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField()),
            ],
            options={
                'db_table': 'rights_registerversion',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.UUIDField(default=allmende.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.CharField(max_length=63)),
                ('resource', models.CharField(db_index=True, max_length=64)),
                ('effect', models.CharField(choices=[('allow', 'allow'), ('deny', 'deny')], max_length=5)),
                ('grantee_kind', models.CharField(choices=[('person', 'person'), ('system', 'system'), ('unit', 'unit'), ('role', 'role'), ('tenant', 'tenant'), ('anyone', 'anyone')], max_length=6)),
                ('grantee', models.CharField(blank=True, max_length=64)),
                ('actions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None)),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=63), blank=True, default=list, size=None)),
                ('valid_from', models.DateTimeField(blank=True, null=True)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('obligations', models.JSONField(blank=True, default=list)),
                ('legal_basis', models.TextField(blank=True)),
                ('note', models.TextField(blank=True)),
                ('given_at', models.DateTimeField()),
                ('given_by', models.CharField(max_length=64)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_by', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Unveiling',
            fields=[
                ('id', models.UUIDField(default=allmende.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant', models.CharField(max_length=63)),
                ('entry', models.UUIDField()),
                ('reason', models.TextField()),
                ('asked_by', models.CharField(max_length=64)),
                ('asked_at', models.DateTimeField()),
                ('protection_by', models.CharField(blank=True, max_length=64)),
                ('protection_at', models.DateTimeField(blank=True, null=True)),
                ('council_by', models.CharField(blank=True, max_length=64)),
                ('council_at', models.DateTimeField(blank=True, null=True)),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Purpose',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tenant', models.CharField(max_length=63)),
                ('slug', models.CharField(max_length=63)),
                ('title_de', models.CharField(max_length=200)),
                ('title_en', models.CharField(max_length=200)),
                ('concept', models.URLField(max_length=300)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'slug'), name='rights_purpose_slug')],
            },
        ),
        watch_table("rights_grant"),
        watch_table("rights_purpose"),
    ]
