# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A database with nothing but this room's log in it, for tests that need real commits and several processes."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from hypothesis import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

settings.register_profile("no deadline", deadline=None)  # a busy machine is no finding
settings.load_profile("no deadline")

_SECOND = "0002_grant_unit_anchor_sending"
MASTER = bytes(range(32))
#: End all connections of a program to the present database, as a restart does.
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = %s AND datname = current_database()"
)


@pytest.fixture
def log_dsn(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """Connection string of a fresh database with the tables of the decision log."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        parameters = connection.get_connection_params()
    server = {name: parameters[name] for name in ("host", "port", "user", "password") if name in parameters}
    name = f"test_log_{secrets.token_hex(6)}"
    with psycopg.connect(make_conninfo(dbname="postgres", **server), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            dsn = make_conninfo(dbname=name, **server)
            with psycopg.connect(dsn) as conn:
                conn.execute(importlib.import_module("allmende.rights.migrations.0001_initial").LOG)
                conn.execute(importlib.import_module(f"allmende.rights.migrations.{_SECOND}").SENDING)
            yield dsn
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
