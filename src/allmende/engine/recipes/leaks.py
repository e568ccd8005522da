# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a file that travels must not carry: addresses of people and machines, names of persons, secrets, folders.

The form of a recipe has no place for them; people's own words do. So every string is looked at before it leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from allmende.kernel.text import Text


class Leak(msgspec.Struct, frozen=True):
    """Where something stands that must not travel, and what it seems to be. What it is, is not repeated."""

    where: str
    what: Text


_INSIDE = r"(?:local|localdomain|intern|internal|lan|corp|home\.arpa)"
_PATTERNS: tuple[tuple[re.Pattern[str], Text], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), Text("eine E-Mail-Adresse", "an e-mail address")),
    (
        re.compile(rf"(?i)\b[a-z0-9-]+(\.[a-z0-9-]+)*\.{_INSIDE}\b"),
        Text("ein Rechnername aus dem internen Netz", "a host name of the internal network"),
    ),
    (re.compile(r"(?i)\b[a-z]+://(?![\w-]+\.)[\w-]+"), Text("ein Rechnername", "a host name")),
    (
        re.compile(r"(?i)\b[a-z][a-z+]*://[^\s/@]*:[^\s/@]*@"),
        Text("eine Adresse mit Kennwort", "an address with password"),
    ),
    (
        re.compile(r"(?<![\d.])(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\d.])"),
        Text("eine Adresse im Netz (IP)", "a network address (IP)"),
    ),
    (re.compile(r"\\\\[\w.-]+\\[\w$.-]+|\b[A-Z]:\\\w"), Text("ein Ordner", "a folder")),
    (
        re.compile(r"(?:^|[\s\"'(])/(?:srv|home|mnt|var|opt|data|daten|media|etc|root|tmp)/\S"),
        Text("ein Ordner", "a folder"),
    ),
    (
        re.compile(r"(?:\+49[\s/(-]*\d|\b0\d{2,5}[\s/-]+\d)[\d\s/()-]{3,}\d"),
        Text("eine Telefonnummer", "a telephone number"),
    ),
    (
        re.compile(r"\b(?:Herrn?|Frau|Dr\.|Mr\.?|Mrs\.?|Ms\.?)\s+(?:Dr\.\s+)?[A-ZÄÖÜ][a-zäöüß]{2,}"),
        Text("der Name einer Person", "the name of a person"),
    ),
    (
        re.compile(r"(?i)\b(?:passwort|kennwort|password|passwd|pwd|token|api[_-]?key|secret)\s*[:=]\s*\S{3,}"),
        Text("ein Kennwort oder Schlüssel", "a password or key"),
    ),
)


def leaks(value: Any, forbidden: Iterable[str] = ()) -> tuple[Leak, ...]:
    """Return what must not travel in a value made of structs, lists and strings.

    ``forbidden`` are words of the town that may not stand in it either: its hosts, its database users, its people.
    """
    words = [re.compile(rf"(?i)(?<!\w){re.escape(word.strip())}(?!\w)") for word in forbidden if len(word.strip()) >= 4]
    own = Text(
        "ein Name aus dieser Kommune (Rechner, Benutzer oder Person)", "a name of this town (host, user, person)"
    )
    found: dict[tuple[str, str], Leak] = {}
    for where, text in _strings(msgspec.to_builtins(value, str_keys=True), ""):
        for pattern, what in (*_PATTERNS, *((word, own) for word in words)):
            if pattern.search(text):
                found.setdefault((where, what.de), Leak(where, what))
    return tuple(found.values())


def _strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            below = f"{where}.{key}".lstrip(".")
            yield below, str(key)
            yield from _strings(inner, below)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value, start=1):
            yield from _strings(inner, f"{where}[{place}]")
