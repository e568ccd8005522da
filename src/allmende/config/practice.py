# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whether a practice town is wanted beside the real one: a mark in the data folder, which ``allmende serve`` looks at.

The supervisor makes the town and takes it away, because that takes what no other process has: the databases'
administrator and a child process of its own for the town's event service.
"""

from __future__ import annotations

import os
from pathlib import Path

from allmende.config import environment


def _mark(data: Path) -> Path:
    return data / "practice.wanted"


def wanted(data: Path | None = None) -> bool:
    """Return whether a practice town is wanted."""
    return _mark(data or environment.read().data).exists()


def switch(on: bool, data: Path | None = None) -> None:
    """Want a practice town, or no longer; ``allmende serve`` sees to it within seconds, or with its next start."""
    mark = _mark(data or environment.read().data)
    if on:
        mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600))
    else:
        mark.unlink(missing_ok=True)
