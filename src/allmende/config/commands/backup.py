# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende backup FILE``: one file with everything but the key, also while Allmende serves."""

from __future__ import annotations

import argparse
from pathlib import Path

from allmende.config import backup, environment, keyfile

HELP = "Sichert Datenbank und Dateien, auch im Betrieb / backs up database and files, also while serving"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="DATEI/FILE")


def run(given: argparse.Namespace) -> int:
    """Back up."""
    found = environment.read()
    key = keyfile.read(found.key_file)
    if key is None:
        raise environment.Misconfigured(f"{found.key_file}: Schlüsseldatei fehlt / key file is missing")
    manifest = backup.backup(found, given.file.resolve(), key=key)
    print(f"{given.file}: {len(manifest.sums)} Teile / parts, Schlüssel / key {manifest.key}: {found.key_file}")
    print("Der Schlüssel ist nicht dabei, getrennt aufbewahren. / The key is not inside, keep it elsewhere.")
    return 0
