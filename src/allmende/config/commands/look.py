# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende look``: shows what is in a file and a first mapping for it, with the reason for each guess."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from allmende.config import environment

HELP = "Schaut in eine Datei und schlägt eine Zuordnung vor / looks into a file and proposes a mapping"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--sheet", default="", help="Blatt einer Tabelle / sheet of a spreadsheet")
    parser.add_argument("--rows", type=int, default=5, help="Zeilen der Vorschau / rows of the preview")


def run(given: argparse.Namespace) -> int:
    """Look; print columns, reasons, a preview and the mapping as TOML."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "allmende.config.settings")
    import django

    django.setup()
    from allmende.config.local import query_process
    from allmende.config.wiring import equip
    from allmende.engine.look import look_at_file
    from allmende.hub.door import Reading, reading_text

    found = environment.read()
    path = given.file.resolve()
    with query_process(found):
        tools = equip(found)
        look = look_at_file(path, root=path.parent, run=tools.rows, cache=tools.located.cache, sheet=given.sheet)
    for reason in look.reasons:
        say(f"# {reason.de}\n# {reason.en}")
    for column in look.columns:
        why = "; ".join(f"{reason.de} / {reason.en}" for reason in column.reasons)
        say(f"# {column.name} → {column.field}: {column.type}" + (f" ({why})" if why else ""))
    for row in look.preview[: given.rows]:
        say("#   " + " | ".join(row))
    say("")
    say(reading_text(Reading(mapping=look.mapping)))
    return 0


def say(words: str) -> None:
    """Print words for the person at the terminal."""
    sys.stdout.write(words + "\n")
