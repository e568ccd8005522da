# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of the pages, each explained in one sentence: ``glossary.toml``, shown where a word stands. Django-free."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from allmende.kernel.text import Text


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word and its meaning; ``id`` is the term of code and standard."""

    id: str
    term: Text
    meaning: Text

    @property
    def anchor(self) -> str:
        """Its place on the glossary's page."""
        return f"wort-{self.id}"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    entry: tuple[Entry, ...]


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """Return all entries, by their German word."""
    found = msgspec.toml.decode((Path(__file__).parent / "glossary.toml").read_bytes(), type=_File)
    return tuple(sorted(found.entry, key=lambda entry: entry.term.de.lower()))


def entry(id_: str) -> Entry:
    """Return one entry. Raises :class:`KeyError` for a word the glossary does not have."""
    return next((each for each in entries() if each.id == id_), None) or _missing(id_)


def _missing(id_: str) -> Entry:
    raise KeyError(f"the glossary has no word {id_!r}")
