# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The documentation's examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hub import town
from tests.hub.live import Hub

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ask-from-python.md"


def test_ask_from_python(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"purposes": ["environmental_planning"], "ask": "Umweltamt, Zimmer 3"}
    town.connect(hub, town.trees(tmp_path, "baeume", **entry), root=tmp_path)
    purposes = ("environmental_planning", "crisis_management")
    monkeypatch.setenv("ALLMENDE_URL", hub.url.removesuffix("/api/query"))
    monkeypatch.setenv("ALLMENDE_TOKEN", hub.token("staff", purposes=purposes))
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == ["Linde 2", "Ahorn 1", "Eiche 1"]
    assert said[3].startswith("Source: Stadt Auenstadt, http://dcat-ap.de/def/licenses/dl-by-de/2.0, read 20")
    assert said[4].startswith("auenstadt.baeume: ")
    assert said[5:] == ["Missing: A grant for the purpose “Crisis management”.", "Ask: Umweltamt, Zimmer 3", "4 trees"]
