# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Turns a paper into a PDF, in a process of its own with limits of time and memory."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unicodedata
from bisect import bisect_right
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from allmende.engine.paper import child
from allmende.engine.paper.model import Note, Paper, Picture, Table
from allmende.kernel.errors import Invalid, TooMuch, Unready
from allmende.kernel.text import Text

#: Seconds one paper may take, further bytes it may use, seconds it waits for its turn; how many are set at once in one
#: process.
SECONDS = 15.0
MEMORY = 1 << 30
PATIENCE = 10.0
AT_ONCE = 2
#: Greatest paper: rows of a table, bytes of everything together.
MOST_ROWS = 3_000
MOST_BYTES = 8 << 20

_WORDS = {
    "de": {"page": "Seite", "of": "von", "sources": "Quellen", "arms": "Wappen"},
    "en": {"page": "Page", "of": "of", "sources": "Sources", "arms": "Coat of arms"},
}
_MISSING = {
    "de": "Schriftzeichen, die unsere Schrift nicht hat, stehen in diesem Papier als \N{REPLACEMENT CHARACTER}.",
    "en": "Characters that our typeface lacks are shown in this paper as \N{REPLACEMENT CHARACTER}.",
}
_MONTHS = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
           "Dezember")  # fmt: skip
_ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December")  # fmt: skip

_turns = threading.BoundedSemaphore(AT_ONCE)


def render(paper: Paper) -> bytes:
    """Return the paper as a PDF that is PDF/UA-1 (ISO 14289-1) and PDF/A-2a (ISO 19005-2), A4.

    Raises Invalid for a paper that is too long or whose drawing cannot be read, TooMuch where setting it needs more
    time or memory than a paper may have, Unready where the machine cannot hold the process or all turns are taken.
    """
    given = content(paper)
    if not _turns.acquire(timeout=PATIENCE):
        raise Unready(
            Text(
                "Gerade werden schon mehrere Papiere gesetzt. Bitte versuchen Sie es gleich noch einmal.",
                "Several papers are being set already. Please try again in a moment.",
            )
        )
    try:
        return _press(given)
    finally:
        _turns.release()


def _press(given: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="allmende-paper-") as folder:
        limits = [str(os.getpid()), str(MEMORY), str(int(SECONDS) + 5)]
        command = [sys.executable, "-m", "allmende.engine.paper.child", folder, *limits]
        try:
            done = subprocess.run(
                command,
                input=given,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except subprocess.TimeoutExpired:
            raise _too_much() from None
    if done.returncode == 0 and done.stdout.startswith(b"%PDF-"):
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == child.NOT_LOCKED_IN:
        raise Unready(
            Text(
                f"Papiere sind auf diesem Rechner nicht sicher herzustellen: {said}. „allmende doctor“ sagt mehr.",
                f"Papers cannot be made safely on this machine: {said}. “allmende doctor” tells more.",
            )
        )
    if done.returncode == child.REFUSED:
        raise Invalid(
            Text(
                f"Das Papier ist so nicht herzustellen: {said}",
                f"The paper cannot be made like this: {said}",
            )
        )
    if done.returncode in {-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT, -signal.SIGSEGV} or "emory" in said:
        raise _too_much()
    raise Unready(
        Text(
            f"Das Setzen des Papiers ist abgebrochen (Code {done.returncode}). Bitte versuchen Sie es noch einmal.",
            f"Setting the paper ended unexpectedly (code {done.returncode}). Please try again.",
        ),
        said=said[-500:],
    )


def _too_much() -> TooMuch:
    return TooMuch(
        Text(
            "Das Papier braucht mehr Zeit oder Speicher, als ein Papier haben darf. Kürzen Sie die Tabelle oder "
            "vereinfachen Sie die Zeichnung.",
            "The paper needs more time or memory than a paper may have. Shorten the table or simplify the drawing.",
        )
    )


# --- what goes in -----------------------------------------------------------------------------------------------------


def content(paper: Paper) -> bytes:
    """Return the paper as the template reads it: checked, with letters the typefaces have."""
    for block in paper.blocks:
        if isinstance(block, Table):
            _check(block)
        if isinstance(block, Picture) and not block.alt.strip():
            raise Invalid(
                Text(
                    "Eine Zeichnung braucht Worte, die für sie stehen.",
                    "A picture needs words that stand for it.",
                )
            )
    shown = _Shown()
    built: dict[str, Any] = shown.of(msgspec.to_builtins(paper))
    if shown.missing:
        built["blocks"].append(msgspec.to_builtins(Note(text=_MISSING[paper.language])))
    moment = datetime.combine(paper.date, time(12), UTC)
    built |= {
        "words": _WORDS[paper.language],
        "date": written(paper),
        "day": [paper.date.year, paper.date.month, paper.date.day],
        "timestamp": int(moment.timestamp()),
    }
    given = json.dumps(built, ensure_ascii=False).encode()
    if len(given) > MOST_BYTES:
        raise _too_long()
    return given


def written(paper: Paper) -> str:
    """Return the paper's date as its language writes it."""
    if paper.language == "en":
        return f"{paper.date.day} {_ENGLISH[paper.date.month - 1]} {paper.date.year}"
    return f"{paper.date.day}. {_MONTHS[paper.date.month - 1]} {paper.date.year}"


def _check(table: Table) -> None:
    if len(table.rows) > MOST_ROWS:
        raise _too_long()
    if not table.columns or any(len(row) != len(table.columns) for row in table.rows):
        raise Invalid(
            Text(
                "Eine Zeile der Tabelle hat mehr oder weniger Zellen als die Kopfzeile.",
                "A row of the table has more or fewer cells than its header.",
            )
        )


def _too_long() -> Invalid:
    return Invalid(
        Text(
            f"Das ist zu lang für ein Papier (höchstens {MOST_ROWS} Zeilen je Tabelle). Grenzen Sie die Auswahl ein, "
            "oder laden Sie die Daten als Datei herunter.",
            f"This is too long for a paper (at most {MOST_ROWS} rows in a table). Narrow the selection, or download "
            "the data as a file.",
        )
    )


#: Strings of a paper that are not words to be set.
_NOT_WORDS = frozenset({"colour", "ink", "type", "language"})
#: Strings that are drawings: their words lie among their markup.
_DRAWINGS = frozenset({"svg", "arms"})
_KEPT = frozenset("\n\t")
#: What the next word belongs to: no line ends behind it.
_TOGETHER = re.compile(r"(§§?|\b(?:Art|Abs|Nr|lit)\.) (?=\S)")


class _Shown:
    """Replaces what the typefaces cannot show: a PDF/UA file must not hold a letter without a glyph (7.21.7)."""

    def __init__(self) -> None:
        self.missing = False

    def of(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self.of(one, key) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(one, name) for one in value]
        if isinstance(value, str) and name in _DRAWINGS:
            return value if value.isascii() else "".join(map(self._letter, value))
        if isinstance(value, str) and name not in _NOT_WORDS:
            return self._words(value)
        return value

    def _words(self, words: str) -> str:
        words = unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\r", "\n"))
        words = _TOGETHER.sub("\\1\N{NO-BREAK SPACE}", words)
        if words.isascii() and words.isprintable():
            return words
        return "".join(map(self._letter, words))

    def _letter(self, letter: str) -> str:
        if letter in _KEPT:
            return letter
        category = unicodedata.category(letter)
        if category in {"Cc", "Cf", "Zl", "Zp"} and letter != "\N{SOFT HYPHEN}":
            return "\n" if category in {"Zl", "Zp"} else ""  # directions and marks nobody sees
        if category in {"Co", "Cs", "Cn"} or not _has(ord(letter)):
            self.missing = True
            return "\N{REPLACEMENT CHARACTER}"
        return letter


@cache
def _letters() -> tuple[list[int], list[int]]:
    ranges = json.loads((Path(child.FONTS) / "letters.json").read_bytes())
    return [first for first, _ in ranges], [last for _, last in ranges]


def _has(point: int) -> bool:
    firsts, lasts = _letters()
    place = bisect_right(firsts, point) - 1
    return place >= 0 and point <= lasts[place]
