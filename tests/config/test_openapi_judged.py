# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A judge nobody here wrote: schemathesis reads the OpenAPI document of the running practice town and tries it out.

All its checks, made valid and invalid input, the same at every run (fixed seed); once as nobody, once with a token.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.serving import Serving, serving

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "openapi"
MOST_SECONDS = 900


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("judged") / "var", ALLMENDE_DEMO="1") as running:
        yield running


def judge(town: Serving, folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], Counter[str]]:
    """Run it; return how it ended and how often which operation answered which status."""
    program = Path(sys.executable).with_name("schemathesis")
    judged = folder / "judged"
    given = [program, "--config-file", FOLDER / "schemathesis.toml", "run", f"{town.url}/api/openapi.json"]
    given += ["--seed=2", "--max-examples=25", "--continue-on-failure", *arguments]
    ended = subprocess.run(
        list(map(str, given)),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(FOLDER), "SCHEMATHESIS_HOOKS": "questions", "JUDGED": str(judged)},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    return ended, Counter(judged.read_text().splitlines())


def test_nobody_gets_what_the_document_says(town: Serving, tmp_path: Path) -> None:
    ended, answers = judge(town, tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert {f"POST /api/query {status}" for status in (200, 400, 406)} <= answers.keys()
    assert {f"GET /api/datasets {status}" for status in (200, 400)} <= answers.keys()
    assert {f"GET /api/datasets/{{name}} {status}" for status in (200, 404)} <= answers.keys()


def test_a_token_gets_what_the_document_says(town: Serving, tmp_path: Path) -> None:
    token = json.loads((town.data / "demo-tokens.json").read_bytes())["statistik"]["token"]
    ended, answers = judge(town, tmp_path, f"--header=Authorization: Bearer {token}")
    assert ended.returncode == 0, ended.stdout
    assert {f"POST /api/query {status}" for status in (200, 400, 403)} <= answers.keys()
    assert {f"GET /api/datasets/{{name}} {status}" for status in (200, 404)} <= answers.keys()


def test_the_judge_can_say_no(town: Serving, tmp_path: Path) -> None:
    """A wrong document is found: there is no data set without a title that is a number."""
    document = json.loads((Path(__file__).parents[2] / "src/allmende/hub/rest/openapi.json").read_bytes())
    document["components"]["schemas"]["Hit"]["properties"]["title"] = {"type": "integer"}
    (tmp_path / "wrong.json").write_text(json.dumps(document))
    program = Path(sys.executable).with_name("schemathesis")
    given = [program, "run", tmp_path / "wrong.json", "--url", town.url, "--seed=2", "--max-examples=5"]
    given += ["--phases=fuzzing", "--mode=positive", "--include-operation-id=datasets"]
    ended = subprocess.run(
        list(map(str, given)), cwd=tmp_path, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )
    assert ended.returncode == 1
    assert "Response violates schema" in ended.stdout
