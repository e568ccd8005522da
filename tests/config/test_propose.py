# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende propose`` without a server: JSON for programs, text in both languages, one sentence for a bad file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allmende.config.cli import main
from tests.engine.lists.messy import FILES


def test_json_says_tables_rows_personal_and_reaction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "vereine.xlsx"
    FILES[path.name](path)
    assert main(["propose", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["reaction"] == "stop"
    table = said["tables"][0]
    assert (table["sheet"], table["rows_kept"], table["rows_in_sheet"]) == ("Vereine", 4, 5)
    assert [(c["heading"], c["type"]) for c in table["columns"]][:2] == [("Verein", "text"), ("Mitglieder", "integer")]
    assert table["rows_left_out"] == [
        {"first": 1, "last": 1, "why": "header", "reason": "Spaltenköpfe", "text": "Verein"}
    ]
    found = {(p["kind"], p["column"], p["hidden"]) for p in said["personal"]}
    assert ("phone", "Telefon", True) in found
    assert said["personal"][-1]["where"] == "Blatt „Konten“, Spalte B („IBAN“), Zeilen 2–2"


def test_text_speaks_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "einwohner.xlsx"
    FILES[path.name](path)
    assert main(["propose", str(path)]) == 0
    german = capsys.readouterr().out
    assert "8 Zeilen übernommen, 8 weggelassen, 16 im Blatt" in german
    assert "Zeile 14 „Insgesamt“: „Insgesamt“: die Summe von 8 Zeilen darüber, nachgerechnet." in german
    assert main(["propose", str(path), "--language", "en"]) == 0
    assert "8 rows kept, 8 left out, 16 in the sheet" in capsys.readouterr().out


def test_decisions_are_read_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, decisions = tmp_path / "spielgeraete.csv", tmp_path / "d.json"
    FILES[path.name](path)
    decisions.write_text('{"looked": true}', encoding="utf-8")
    assert main(["propose", str(path), "--json", "--decisions", str(decisions)]) == 0
    assert json.loads(capsys.readouterr().out)["reaction"] == "import"
    decisions.write_text('{"loked": true}', encoding="utf-8")
    assert main(["propose", str(path), "--decisions", str(decisions)]) == 1
    assert "keine lesbaren Entscheidungen" in capsys.readouterr().err


def test_a_bad_file_gives_one_sentence_and_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 torn")
    assert main(["propose", str(path)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert main(["propose", str(path), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["reaction"], said["tables"], said["problem"]["type"]) == ("stop", [], "urn:allmende:problem:bad-file")
