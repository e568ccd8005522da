# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of the built style, fonts and enhancements: each file's name holds the hash of its content."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec
from django.templatetags.static import static

DIST = Path(__file__).parent / "static" / "dist"


class Built(msgspec.Struct, frozen=True):
    """What the manifest says of one source file."""

    file: str


@lru_cache(maxsize=1)
def manifest() -> dict[str, Built]:
    """Return what ``frontend/`` was built into; empty where it was not built (pages then come without style)."""
    path = DIST / "manifest.json"
    if not path.exists():
        return {}
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Built])


def address(source: str) -> str:
    """Return the address of the file built from ``frontend/src/<source>``, "" where nothing was built."""
    built = manifest().get(f"src/{source}")
    return static(f"dist/{built.file}") if built else ""
