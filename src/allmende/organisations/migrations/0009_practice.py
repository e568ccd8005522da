# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What was written down stays as it was written, except of practice towns, which are made anew every night."""

from django.db import migrations

# TG_ARGV[0] is an expression that gives the town of the row ``OLD``.
FUNCTION = """
CREATE FUNCTION organisations_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    invented boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE format('SELECT practice FROM organisations_tenant WHERE slug = (%s)', TG_ARGV[0])
            INTO invented USING OLD;
        IF invented THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

DROP TRIGGER rights_append_only ON organisations_change;
CREATE TRIGGER rights_append_only BEFORE UPDATE OR DELETE ON organisations_change
    FOR EACH ROW EXECUTE FUNCTION organisations_append_only('($1).tenant');

DROP TRIGGER rights_append_only ON organisations_townstatement;
CREATE TRIGGER rights_append_only BEFORE UPDATE OR DELETE ON organisations_townstatement
    FOR EACH ROW EXECUTE FUNCTION organisations_append_only('($1).tenant_id');
"""

BACK = """
DROP TRIGGER rights_append_only ON organisations_townstatement;
CREATE TRIGGER rights_append_only BEFORE UPDATE OR DELETE ON organisations_townstatement
    FOR EACH STATEMENT EXECUTE FUNCTION rights_append_only();
DROP TRIGGER rights_append_only ON organisations_change;
CREATE TRIGGER rights_append_only BEFORE UPDATE OR DELETE ON organisations_change
    FOR EACH STATEMENT EXECUTE FUNCTION rights_append_only();
DROP FUNCTION organisations_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("organisations", "0008_start"), ("rights", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTION, BACK)]
