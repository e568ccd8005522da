# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende propose``: reads an office's list and says what it seems to be, before anything is stored."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from allmende.engine.lists.model import Decisions, Reaction
from allmende.engine.lists.propose import propose
from allmende.engine.lists.shown import as_json, as_text
from allmende.kernel.errors import Invalid, Problem
from allmende.kernel.text import Text

HELP = "Liest eine Liste und macht einen Vorschlag mit Gründen / reads a list and makes a proposal with reasons"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="als JSON / as JSON")
    parser.add_argument("--language", choices=("de", "en"), default="de", help="Sprache des Textes / of the text")
    parser.add_argument(
        "--decisions",
        type=Path,
        default=None,
        help="Entscheidungen als JSON / decisions as JSON (docs/reference/lists.md)",
    )


def run(given: argparse.Namespace) -> int:
    """Propose; print it. A file that cannot be read gives one sentence, with ``--json`` as reaction "stop"."""
    try:
        proposal = propose(given.file, _decisions(given.decisions))
    except Problem as problem:
        if not given.json:
            print(problem.detail.in_(given.language), file=sys.stderr)
            return 1
        empty: dict[str, Any] = {"file": given.file.name, "reaction": Reaction.STOP.value, "tables": [], "personal": []}
        reason = problem.detail.in_(given.language)
        print(_dumped({**empty, "hidden": [], "reasons": [reason], "problem": problem.document(given.language)}))
        return 1
    if given.json:
        print(_dumped(as_json(proposal, given.language)))
    else:
        for line in as_text(proposal, given.language):
            print(line)
    return 0


def _dumped(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _decisions(path: Path | None) -> Decisions | None:
    if path is None:
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Decisions)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(
            Text(
                f"„{path.name}“ enthält keine lesbaren Entscheidungen: {error}.",
                f"“{path.name}” holds no readable decisions: {error}.",
            )
        ) from error
