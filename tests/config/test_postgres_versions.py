# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Behind ``DATABASE_URL`` stands any PostgreSQL from 15: each one that is found here is tried.

Debian's packages are found by themselves; ``ALLMENDE_TEST_POSTGRES`` names further folders of programs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests import servers
from tests.config.serving import allmende, serving

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
#: What speaks most to the database: the log's chain, search, knowing, people, a question with its obligations.
REPRESENTATIVE = (
    "tests/rights/test_rights_log_verbs.py",
    "tests/catalogue/test_knowing.py",
    "tests/catalogue/test_rest.py",
    "tests/hub/test_obligations.py",
)
FOUND = servers.found()
VERSIONS = [version for version in ("15", "16", "17") if version in FOUND]

if not VERSIONS:
    pytest.skip(f"no other PostgreSQL here ({servers.VARIABLE})", allow_module_level=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_rooms_work_on_it(version: str) -> None:
    with servers.server(FOUND[version]) as url:
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *REPRESENTATIVE],
            cwd=REPOSITORY,
            env=os.environ | {"DATABASE_URL": url},
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout[-6000:]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_town_moves_there_and_is_backed_up_there(version: str, tmp_path: Path) -> None:
    """The practice town moves from the embedded server to this one, serves, and moves on within it."""
    with serving(tmp_path / "var", ALLMENDE_DEMO="1") as embedded:
        done = allmende(embedded.data, "backup", tmp_path / "embedded.allmende")
        assert done.returncode == 0, done.stderr
    for name in ("moved", "again"):
        shutil.copy(tmp_path / "var.key", tmp_path / f"{name}.key")
    with servers.server(FOUND[version]) as url:
        done = allmende(tmp_path / "moved", "restore", tmp_path / "embedded.allmende", DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        with serving(tmp_path / "moved", DATABASE_URL=url) as moved:
            assert moved.health()[0] == 200
            done = allmende(moved.data, "backup", tmp_path / "moved.allmende", DATABASE_URL=url)
            assert done.returncode == 0, done.stderr
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create database elsewhere")
        again = url.removesuffix("allmende") + "elsewhere"
        done = allmende(tmp_path / "again", "restore", tmp_path / "moved.allmende", DATABASE_URL=again)
        assert done.returncode == 0, done.stderr
        counted = "SELECT count(*), (SELECT count(*) FROM rights_grant) FROM catalogue_dataset"
        with psycopg.connect(url) as one, psycopg.connect(again) as other:
            assert one.execute(counted).fetchone() == other.execute(counted).fetchone() != (0, 0)
