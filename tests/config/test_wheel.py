# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The product as a wheel: complete, and at home in a fresh environment."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.config.serving import surroundings

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ROOM = REPOSITORY / "src" / "allmende"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (built,) = folder.glob("allmende-*.whl")
    return built


def test_it_holds_everything_but_the_sources_of_what_is_built(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    kept = (path for path in ROOM.rglob("*") if path.is_file() and path.suffix != ".pyc")
    lacking = {f"allmende/{path.relative_to(ROOM).as_posix()}" for path in kept} - inside
    assert lacking == set()
    assert not [name for name in inside if name.startswith(("tests/", "docs/", "frontend/"))]


def test_it_runs_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    site = home / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    install: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        home / "bin" / "python",
        "install",
        "--quiet",
        "--no-deps",
    ]
    subprocess.run([*install, "--no-index", wheel], check=True, capture_output=True)
    (site / "libraries.pth").write_text("\n".join(libraries) + "\n")  # the locked ones, as pip would bring them
    environment = surroundings(tmp_path / "var")
    environment.pop("PYTHONPATH")
    told = subprocess.run(
        [home / "bin" / "allmende", "doctor"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "postgres (PostgreSQL) 18.4" in told.stdout, told.stderr
    assert "DuckDB v1.5.5" in told.stdout
    assert "Traceback" not in told.stderr
