# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The tutorial's commands, run in the practice town as they stand there; their output must be what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.demo.conftest import Demo

PAGE = Path(__file__).resolve().parents[3] / "docs" / "tutorial" / "first-answer.md"
_STEP = re.compile(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
STEPS = _STEP.findall(PAGE.read_text("utf-8"))


def test_every_command_shows_its_output() -> None:
    assert len(STEPS) == PAGE.read_text("utf-8").count("```sh\n") > 5


@pytest.mark.parametrize(("command", "expected"), STEPS, ids=[str(n) for n in range(1, len(STEPS) + 1)])
def test_the_page_shows_what_happens(demo: Demo, tmp_path: Path, command: str, expected: str) -> None:
    (tmp_path / "var").symlink_to(demo.data)
    program = tmp_path / ".venv" / "bin" / "allmende"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m allmende.config "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("127.0.0.1:8080", f"127.0.0.1:{demo.web.port}")],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PORT": str(demo.web.port),
            "PYTHONUTF8": "1",
            "HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    wanted = ".*".join(re.escape(part) for part in expected.split("…"))
    assert re.fullmatch(wanted, done.stdout.replace("\r\n", "\n"), re.DOTALL), done.stdout
