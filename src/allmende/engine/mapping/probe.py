# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whether a spreadsheet can be opened at all, tried in a process of its own.

The library that reads spreadsheets reserves room for the whole rectangle a file claims to fill. One cell in the last
corner of a sheet is enough to ask for hundreds of gigabytes, and where there is not so much it ends the process: here
that is a process nobody misses. This file is run as a program too, so it imports nothing of ours.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

#: What opening one sheet may use: bytes of address space, seconds of processor time.
MEMORY_BYTES = 1536 << 20
SECONDS = 60


@lru_cache(maxsize=512)
def opens(path: Path, sheet: str, _mtime: int, _size: int) -> bool:
    """Return whether the sheet (the first one, if "") can be opened within the limits; False also for what is none."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__, str(path), sheet],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=4 * SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _try(path: str, sheet: str) -> None:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 (in the child alone)

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    workbook = CalamineWorkbook.from_path(path)
    names = workbook.sheet_names
    if names and (not sheet or sheet in names):  # a sheet that is not there is said by who asked for it
        workbook.get_sheet_by_name(sheet or names[0])


if __name__ == "__main__":
    _try(sys.argv[1], sys.argv[2])
