# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The registers as Django's present transaction sees them, for verbs and pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

import psycopg
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from allmende.rights.snapshot import Snapshot

_held: tuple[tuple[str, int, str], Snapshot] | None = None


def snapshot() -> Snapshot:
    """Return the registers as they are, the present transaction's own changes included.

    Built anew only when they changed: version and writing transaction (``xmin``) together name a state, also where a
    transaction is rolled back and its version number comes again.
    """
    global _held
    conn = raw_connection()
    row = conn.execute("SELECT version, xmin::text FROM rights_registerversion").fetchone()
    if row is None:
        raise LookupError("rights_registerversion has no row: the migrations did not run to their end")
    state = (conn.info.dsn, *row)
    if _held is None or _held[0] != state:
        _held = (state, _builder()(conn))
    return _held[1]


def raw_connection() -> psycopg.Connection[Any]:
    """Return Django's own connection to the database, in its present transaction if there is one."""
    connection.ensure_connection()
    return cast("psycopg.Connection[Any]", connection.connection)


@cache
def _builder() -> Callable[[psycopg.Connection[Any]], Snapshot]:
    """The composition root says which function reads all registers; this room stands below those that own them."""
    return cast("Callable[[psycopg.Connection[Any]], Snapshot]", import_string(settings.RIGHTS_SNAPSHOT))
