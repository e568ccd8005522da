# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The PostgreSQL of the tests: the one of ``DATABASE_URL``, else an embedded one that lives as long as the run.

``ALLMENDE_TEST_ON=15`` starts PostgreSQL 15 instead, where its programs are found (:mod:`tests.servers`).

It starts when the first test wants it. ``postgres_url`` gives a role that may create databases and roles, for tests
that need a database of their own; tests with pytest-django's ``db`` get theirs in the same server.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from allmende.config.postgres import ROLE, SUPERUSER, Postgres
from tests import servers

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a PostgreSQL whose role may create databases and roles."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    named = os.environ.get("ALLMENDE_TEST_ON")
    if named:
        with servers.server(servers.found()[named]) as url:
            yield url
        return
    data = tmp_path_factory.mktemp("postgres")
    with (data / "log").open("wb") as log, Postgres(data, durable=False, log=log) as server:
        with psycopg.connect(server.url("postgres", role=SUPERUSER), autocommit=True) as connection:
            connection.execute(f"alter role {ROLE} createdb createrole")
        yield server.url()
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_url: str) -> None:
    """Point Django at the tests' PostgreSQL before pytest-django makes its test database."""
    from django.db import connections

    from allmende.config.settings import database

    connections.databases["default"].update(database(postgres_url))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the folder of real public files, or skip."""
    folder = Path(os.environ.get("ALLMENDE_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder} (ALLMENDE_REAL_DATA)")
    return folder
