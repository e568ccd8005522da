# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The drill: the practice town is backed up while it serves and restored elsewhere, equal row by row."""

from __future__ import annotations

import hashlib
import shutil
import signal
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from allmende.config.postgres import Postgres
from tests.config.serving import Serving, allmende, serving

pytestmark = pytest.mark.slow


def rows(data: Path) -> dict[str, str]:
    """Return a hash of each table's rows, read from the server that runs on the folder."""
    with psycopg.connect(Postgres(data).running_url()) as connection:
        names = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        return {
            name: str(connection.execute(_ROWS.format(sql.Identifier(name))).fetchone())
            for (name,) in names
            if not name.startswith("procrastinate_")  # jobs go on while we look
        }


_ROWS = sql.SQL("select count(*), md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) from {} t")


def files(folder: Path) -> dict[str, str]:
    """Return each file's checksum."""
    found = (path for path in (folder / "files").rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, Path, dict[str, str]]]:
    """Give the practice town, serving, the backup taken of it, and its rows at that moment."""
    folder = tmp_path_factory.mktemp("town")
    with serving(folder / "var", ALLMENDE_DEMO="1") as running:
        (running.data / "files" / "kept").mkdir(exist_ok=True)
        (running.data / "files" / "kept" / "Straßenliste.csv").write_bytes(b"\xff\x00 any bytes")
        for _ in range(5):  # the town works on: a source's last contact may be noted meanwhile
            before = rows(running.data)
            done = allmende(running.data, "backup", folder / "town.allmende")
            assert done.returncode == 0, done.stderr
            if rows(running.data) == before:
                break
        else:
            raise AssertionError("the town never stood still")
        assert running.health()[0] == 200
        yield running, folder / "town.allmende", before


def test_the_restored_town_is_equal(town: tuple[Serving, Path, dict[str, str]], tmp_path: Path) -> None:
    running, backup, before = town
    elsewhere = tmp_path / "elsewhere"
    shutil.copy(running.data.with_name("var.key"), elsewhere.with_name("elsewhere.key"))
    done = allmende(elsewhere, "restore", backup)
    assert done.returncode == 0, done.stderr
    assert files(elsewhere) == files(running.data)
    with Postgres(elsewhere, durable=False):
        restored = rows(elsewhere)
    assert restored == before
    assert {"catalogue_dataset", "organisations_person", "rights_grant", "hub_connection"} <= set(restored)
    with serving(elsewhere) as again:
        assert again.health()[0] == 200
        assert again.stop(signal.SIGTERM) == 0


def test_no_key_and_no_other_town_is_inside(town: tuple[Serving, Path, dict[str, str]]) -> None:
    running, backup, _ = town
    with tarfile.open(backup) as tar:
        names = tar.getnames()
    assert [n for n in names if not n.startswith("files/")] == ["database.dump", "manifest.json"]
    assert running.data.with_name("var.key").read_bytes().strip() not in backup.read_bytes()
    assert backup.stat().st_mode & 0o077 == 0


def test_without_the_right_key_nothing_is_restored(town: tuple[Serving, Path, dict[str, str]], tmp_path: Path) -> None:
    _, backup, _ = town
    missing = allmende(tmp_path / "var", "restore", backup)
    (tmp_path / "var.key").write_text("11" * 32 + "\n")
    (tmp_path / "var.key").chmod(0o600)
    wrong = allmende(tmp_path / "var", "restore", backup)
    for answer in (missing, wrong):
        assert answer.returncode == 1
        assert "var.key" in answer.stderr
        assert "Traceback" not in answer.stderr


def test_an_altered_backup_is_refused(town: tuple[Serving, Path, dict[str, str]], tmp_path: Path) -> None:
    running, backup, _ = town
    shutil.copy(running.data.with_name("var.key"), tmp_path / "var.key")
    content = bytearray(backup.read_bytes())
    content[len(content) // 3] ^= 1
    (tmp_path / "altered").write_bytes(content)
    (tmp_path / "torn").write_bytes(backup.read_bytes()[: len(content) // 2])
    for name in ("altered", "torn"):
        answer = allmende(tmp_path / "var", "restore", tmp_path / name)
        assert answer.returncode == 1, name
        assert name in answer.stderr
        assert not (tmp_path / "var" / "pg").exists()


def test_a_filled_installation_is_not_overwritten(town: tuple[Serving, Path, dict[str, str]]) -> None:
    running, backup, _ = town
    before = rows(running.data)["catalogue_dataset"]
    answer = allmende(running.data, "restore", backup)
    assert answer.returncode == 1
    assert "nicht leer" in answer.stderr
    assert rows(running.data)["catalogue_dataset"] == before
