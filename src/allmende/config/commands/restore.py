# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende restore FILE``: a backup into an empty installation."""

from __future__ import annotations

import argparse
from pathlib import Path

from allmende.config import backup, environment, keyfile

HELP = "Stellt eine Sicherung in einer leeren Installation wieder her / restores a backup into an empty installation"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="DATEI/FILE")


def run(given: argparse.Namespace) -> int:
    """Restore."""
    found = environment.read()
    key = keyfile.read(found.key_file)
    if key is None:
        raise environment.Misconfigured(
            f"{found.key_file}: erst die Schlüsseldatei der Sicherung dorthin legen / put the backup's key file there first"
        )
    manifest = backup.restore(found, given.file.resolve(), key=key)
    print(f"{manifest.taken_at}: wiederhergestellt / restored, {len(manifest.sums)} Teile / parts")
    return 0
