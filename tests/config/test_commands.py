# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The command line, its one-line refusals, and the doctor."""

from __future__ import annotations

from pathlib import Path

import pytest

from allmende.config import doctor, environment, keyfile
from allmende.config.doctor import Verdict
from allmende.config.environment import Misconfigured
from tests.config.serving import allmende

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def verdicts(data: Path) -> dict[str, tuple[Verdict, str]]:
    given = environment.read({"ALLMENDE_DATA": str(data), "PORT": "1"})
    return {f.about.en: (f.verdict, f.said) for f in doctor.examine(given)}


def test_help_names_every_command(tmp_path: Path) -> None:
    answer = allmende(tmp_path, "--help")
    assert answer.returncode == 0
    for name in ("serve", "migrate", "demo", "doctor", "backup", "restore"):
        assert f"    {name} " in answer.stdout


def test_the_doctor_finds_this_machine_able(tmp_path: Path) -> None:
    found = verdicts(tmp_path / "var")
    assert found["database"][0] is Verdict.GOOD, found
    assert found["database"][1] == "postgres (PostgreSQL) 18.4"
    assert found["DuckDB and extensions"] == (Verdict.GOOD, "DuckDB v1.5.5")
    assert found["key file"][0] is Verdict.NOTE
    assert not (tmp_path / "var").exists()


def test_the_doctor_names_a_lost_key_and_open_doors(tmp_path: Path) -> None:
    (tmp_path / "var" / "pg" / "data").mkdir(parents=True)
    (tmp_path / "var").chmod(0o755)
    found = verdicts(tmp_path / "var")
    assert found["key file"][0] is Verdict.BAD
    assert found["data folder"][0] is Verdict.NOTE
    (tmp_path / "var.key").write_text("11" * 32)
    (tmp_path / "var.key").chmod(0o644)
    assert verdicts(tmp_path / "var")["key file"][0] is Verdict.BAD


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "acht"), ("PORT", "70000"), ("ALLMENDE_URL", "daten.example"), ("ALLMENDE_KEY_FILE", "/d/var/key")],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        environment.read({"ALLMENDE_DATA": "/d/var", name: value})


def test_the_key_is_made_once_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "town.key"
    key = keyfile.read_or_make(path)
    assert keyfile.read_or_make(path) == key
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "not hex", "11" * 16])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "town.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(Misconfigured, match=r"town\.key"):
        keyfile.read(path)


def test_every_variable_stands_in_the_operators_contract() -> None:
    contract = (REPOSITORY / "docs" / "reference" / "operation.md").read_text()
    for name in ("PORT", "HOST", "ALLMENDE_DATA", "DATABASE_URL", "ALLMENDE_DEMO", "ALLMENDE_URL", "ALLMENDE_KEY_FILE"):
        assert f"`{name}`" in contract
    settings = (REPOSITORY / "src" / "allmende" / "config" / "settings.py").read_text()
    for name in {word.split('"')[0] for word in settings.split('environ.get("')[1:]}:
        assert f"`{name}`" in contract, name
