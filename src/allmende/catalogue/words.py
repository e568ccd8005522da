# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words as the search sees them: folded, so that ``Baum`` finds ``Straßenbäume`` and ``Strassenbaeume`` does too.

German writes compounds as one word and turns vowels in the plural; PostgreSQL's stemmer splits no compounds. Here
every text is folded to plain letters (umlauts and their spelling with e to the base letter), and a query's word is
cut to its stem and looked for *inside* the folded text; a compound in the query is also looked for as its two parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_LETTERS = str.maketrans({"ß": "ss", "æ": "a", "œ": "o", "ø": "o", "ł": "l"})
_DIGRAPHS = re.compile(r"ae|oe|ue")
_WORD = re.compile(r"[a-z0-9]+")
_ENDINGS = ("ern", "em", "en", "er", "es", "e", "n", "s")

#: What joins the parts of a compound (Fugenelement).
_JOINTS = ("s", "es", "n", "en", "er", "e", "")

#: A stem is never cut shorter, a compound's part never is.
_SHORTEST = 4

#: A query has at most so many words; more are left out.
MOST_WORDS = 8


def fold(text: str) -> str:
    """Return the text in plain lower-case letters and digits, words divided by single blanks."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _DIGRAPHS.sub(lambda pair: pair[0][0], plain)
    return " ".join(_WORD.findall(plain))


def folded(texts: Iterable[str]) -> str:
    """Return several texts folded into one, with a blank before and after."""
    return f" {' '.join(filter(None, map(fold, texts)))} "


def stem(word: str) -> str:
    """Return a folded word without its ending, if enough is left of it."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word


def stems(query: str) -> tuple[str, ...]:
    """Return the stems of a query's words."""
    return tuple(dict.fromkeys(stem(word) for word in fold(query).split()[:MOST_WORDS]))


def parts(word: str) -> tuple[tuple[str, str], ...]:
    """Return the ways a stem can be a compound of two, the joint between them left out."""
    ways: dict[tuple[str, str], None] = {}
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        head, tail = word[:cut], word[cut:]
        for joint in _JOINTS:
            if head.endswith(joint) and len(head) - len(joint) >= _SHORTEST:
                ways[(head[: len(head) - len(joint)], tail)] = None
    return tuple(ways)
