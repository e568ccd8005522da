# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende serve`` sets the practice town up beside what is there, and takes it away again, while it runs."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.config.serving import allmende, eventually, serving

pytestmark = pytest.mark.slow


def test_it_comes_and_goes_while_everything_else_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "var"
    with serving(data, ALLMENDE_DEMO="0") as running:
        assert not running.pids_of("demo.events")
        assert allmende(data, "practice", "on").returncode == 0
        tokens = data / "demo-tokens.json"
        assert eventually(tokens.exists, seconds=240), running.said()
        assert running.pids_of("demo.events")
        token = json.loads(tokens.read_text())["verkehrsplanerin"]["token"]
        question = {"sql": "SELECT count(*) > 0 AS da FROM auenstadt.verkehr_stunden", "purpose": "traffic_planning"}
        asked = urllib.request.Request(
            f"{running.url}/api/query",
            data=json.dumps(question).encode(),
            headers={"content-type": "application/json", "authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            assert json.loads(answer.read())["rows"] == [[True]]
        with urllib.request.urlopen(f"{running.url}/", timeout=30) as answer:  # the set-up still waits for its code
            assert "Startcode" in answer.read().decode()

        assert allmende(data, "practice", "off").returncode == 0
        assert eventually(lambda: not tokens.exists() and not running.pids_of("demo.events"), seconds=120), (
            running.said()
        )
        assert running.health()[0] == 200
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=60)
        with refused.value as gone:
            assert gone.code == 401
