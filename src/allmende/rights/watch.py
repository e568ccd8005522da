# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""For migrations: tables whose changes make a new version of the registers."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations.operations.special import RunSQL


def watch_table(table: str, columns: Sequence[str] = ()) -> RunSQL:
    """Return the operation after which every statement that changes ``table`` raises the registers' version.

    A table is watched if a snapshot provider reads it. ``columns`` limits updates to those that set one of them. The
    migration must depend on ``("rights", "0001_initial")``. One statement is one new version, however many rows it
    changes; the version becomes visible with the transaction that made it.
    """
    update = "UPDATE" + (" OF " + ", ".join(map(_quoted, columns)) if columns else "")
    return RunSQL(
        f"CREATE TRIGGER rights_watch AFTER INSERT OR {update} OR DELETE OR TRUNCATE ON {_quoted(table)}"
        " FOR EACH STATEMENT EXECUTE FUNCTION rights_registers_changed()",
        f"DROP TRIGGER rights_watch ON {_quoted(table)}",
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
