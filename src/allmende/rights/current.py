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

from allmende.kernel.errors import Unready
from allmende.kernel.text import Text
from allmende.rights.snapshot import Snapshot

_ATTEMPTS = 5

_held: tuple[tuple[str, int, str], Snapshot] | None = None


def snapshot() -> Snapshot:
    """Return the registers as they are, the present transaction's own changes included.

    Built anew only when they changed: version and writing transaction (``xmin``) together name a state, also where a
    transaction is rolled back and its version number comes again.
    """
    global _held
    conn = raw_connection()
    for _ in range(_ATTEMPTS):
        state = _state(conn)
        if _held is not None and _held[0] == state:
            return _held[1]
        built = _builder()(conn)
        if _state(conn) == state:  # all registers were read in one state, whatever the transaction's isolation
            _held = (state, built)
            return built
    raise Unready(
        Text(
            "Die Register ändern sich gerade zu schnell. Bitte gleich noch einmal.",
            "The registers are changing too fast just now. Please try again shortly.",
        )
    )


def _state(conn: psycopg.Connection[Any]) -> tuple[str, int, str]:
    row = conn.execute("SELECT version, xmin::text FROM rights_registerversion").fetchone()
    if row is None:
        raise LookupError("rights_registerversion has no row: the migrations did not run to their end")
    return (conn.info.dsn, *row)


def raw_connection() -> psycopg.Connection[Any]:
    """Return Django's own connection to the database, in its present transaction if there is one."""
    connection.ensure_connection()
    return cast("psycopg.Connection[Any]", connection.connection)


@cache
def _builder() -> Callable[[psycopg.Connection[Any]], Snapshot]:
    """The composition root says which function reads all registers; this room stands below those that own them."""
    return cast("Callable[[psycopg.Connection[Any]], Snapshot]", import_string(settings.RIGHTS_SNAPSHOT))
