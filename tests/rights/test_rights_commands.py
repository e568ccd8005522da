# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende verify-log`` and ``allmende anchor`` as somebody types them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.rights.conftest import MASTER
from tests.rights.test_rights_log import ask, fill, tampering


@pytest.fixture
def surroundings(log_dsn: str, tmp_path: Path) -> dict[str, str]:
    key = tmp_path / "key"
    key.write_text(MASTER.hex())
    key.chmod(0o600)
    parts = {name: str(value) for name, value in conninfo_to_dict(log_dsn).items()}
    where: dict[str, str] = {name: parts[name] for name in ("host", "port") if name in parts}
    who = f"{quote(parts['user'])}:{quote(parts.get('password', ''))}"
    address = f"postgresql://{who}@/{parts['dbname']}?{urlencode(where)}"
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "DATABASE_URL": address,
        "ALLMENDE_DATA": str(tmp_path / "data"),
        "ALLMENDE_KEY_FILE": str(key),
        "ALLMENDE_URL": "https://daten.auenstadt.de",
        "ALLMENDE_ANCHOR_FOLDER": str(tmp_path / "away"),
    }


def allmende(surroundings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "allmende.config", *words],
        check=False,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_anchor_is_printed_and_kept_and_verifies_the_log(
    log_dsn: str, surroundings: dict[str, str], tmp_path: Path
) -> None:
    with psycopg.connect(log_dsn, autocommit=True) as conn:
        fill(conn, 3)
        ask(conn, "inner")
    printed = allmende(surroundings, "anchor")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert "entries: 4\n" in printed.stdout
    (kept,) = (tmp_path / "away").iterdir()
    assert kept.read_text() == printed.stdout
    sound = allmende(surroundings, "verify-log", "--anchor", str(kept))
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout.endswith("Unverändert. / Unchanged.\n")
    assert "Einträge / entries: 4, wartend / waiting: 0, Anker / anchors: 1" in sound.stdout
    with psycopg.connect(log_dsn, autocommit=True) as conn, tampering(conn):
        conn.execute("DELETE FROM rights_logentry WHERE seq > 2")
    cut = allmende(surroundings, "verify-log", "--anchor", str(kept))
    assert cut.returncode == 1
    assert "the entries 3 to 4 are missing at the end" in cut.stdout


def test_without_the_key_file_it_still_verifies_and_says_so(log_dsn: str, surroundings: dict[str, str]) -> None:
    Path(surroundings["ALLMENDE_KEY_FILE"]).unlink()
    answer = allmende(surroundings, "verify-log")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "Without the key file" in answer.stdout


def test_a_file_that_is_no_anchor_is_one_clear_line(surroundings: dict[str, str], tmp_path: Path) -> None:
    absent = allmende(surroundings, "verify-log", "--anchor", str(tmp_path / "absent"))
    assert (absent.returncode, "not readable" in absent.stderr) == (1, True)
    (tmp_path / "letter").write_text("Sehr geehrte Damen und Herren")
    empty = allmende(surroundings, "verify-log", "--anchor", str(tmp_path / "letter"))
    assert (empty.returncode, "Of 0 anchors 0 can be read." in empty.stderr) == (1, True)
