# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From an address to its district by a town's own street list. Pure: values in, values out, nothing guessed.

A street list (Straßenverzeichnis) says for each street, or for a stretch of it, in which district it lies: by house
numbers from and to, and by side (even and odd numbers). What does not match is counted with its reason.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from allmende.kernel.text import Text


class Miss(StrEnum):
    """Why an address has no district."""

    EMPTY = "empty"
    STREET = "street"
    NUMBER = "number"
    RANGE = "range"
    SEVERAL = "several"

    @property
    def reason(self) -> Text:
        """The reason in words."""
        return _REASONS[self]


_REASONS = {
    Miss.EMPTY: Text("ohne Adresse", "without an address"),
    Miss.STREET: Text("Straße steht nicht im Straßenverzeichnis", "street not in the street list"),
    Miss.NUMBER: Text(
        "ohne Hausnummer, und die Straße liegt in mehreren Stadtteilen",
        "without a house number, and the street lies in several districts",
    ),
    Miss.RANGE: Text("Hausnummer liegt in keinem Abschnitt der Straße", "house number in no stretch of the street"),
    Miss.SEVERAL: Text("mehrere Abschnitte passen", "several stretches fit"),
}


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of a street in one district; ``first`` and ``last`` 0: no limit. ``side``: even, odd or both ("")."""

    district: str
    first: int = 0
    last: int = 0
    side: str = ""

    def holds(self, number: int) -> bool:
        """Return whether a house number lies in the stretch."""
        if self.side and (number % 2 == 0) != (self.side == "even"):
            return False
        return (not self.first or number >= self.first) and (not self.last or number <= self.last)

    @property
    def whole(self) -> bool:
        """Whether it is the whole street."""
        return not (self.first or self.last or self.side)


class Address(msgspec.Struct, frozen=True):
    """A street and its house number; 0 where none is written. ``last``: the end of ``12–16``."""

    street: str
    number: int = 0
    last: int = 0


class Hit(msgspec.Struct, frozen=True):
    """The district of an address, or why there is none; ``former`` if it was found under a former name."""

    district: str = ""
    miss: Miss | None = None
    former: bool = False


_ADDRESS = re.compile(
    r"^(?P<street>.*?[^\d\s,])[\s,]*(?P<number>\d{1,4})\s*[a-z]?\b"
    r"(?:\s*(?:-|–|—|/|\+|bis|und|u\.)\s*(?P<last>\d{1,4})?\s*[a-z]?\b)?(?:\s*(?:hinterhaus|hh|vorderhaus|vh))?\s*$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"[,;]\s*(?:d-?\s*)?\d{5}\b.*$|\s+\d{5}\s+\D*$|\s*\((?!.*\d).*\)\s*$", re.IGNORECASE)
_SHORT = (
    (re.compile(r"(?<=[a-z])str\.?(?=$|\s|-)"), "strasse"),
    (re.compile(r"\bstr\.?(?=$|\s|-)"), "strasse"),
    (re.compile(r"(?<=[a-z])pl\.(?=$|\s|-)"), "platz"),
    (re.compile(r"\bpl\.(?=$|\s|-)"), "platz"),
    (re.compile(r"(?<=[a-z])(w|g)\.$"), r"\1"),
    (re.compile(r"\bst\.\s*"), "sankt "),
    (re.compile(r"\bdr\.\s*"), "doktor "),
    (re.compile(r"\bprof\.\s*"), "professor "),
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_EVEN = frozenset({"g", "gerade", "even", "gerade nummern", "rechts g"})
_ODD = frozenset({"u", "ungerade", "odd", "ungerade nummern"})


def plain(street: str) -> str:
    """Return a street's name so that its spellings are alike: Hauptstr., Haupt-Straße and HAUPTSTRASSE are one."""
    name = unicodedata.normalize("NFC", street).casefold().translate(_UMLAUTS).strip()
    for pattern, written in _SHORT:
        name = pattern.sub(written, name)
    name = unicodedata.normalize("NFKD", name)
    return re.sub(r"[^a-z0-9]+", "", name)


def read(street: str, number: str = "") -> Address:
    """Return the parts of an address written in one cell or in two."""
    written = _AFTER.sub("", street.strip())
    if number.strip():
        found = re.match(r"\s*(\d{1,4})\D*?(?:[-–—/]\s*(\d{1,4}))?", number)
        if found:
            return Address(written, int(found[1]), int(found[2] or 0))
    found = _ADDRESS.match(written)
    if found:
        return Address(found["street"].strip(" ,"), int(found["number"]), int(found["last"] or 0))
    return Address(written.strip(" ,"))


def side_of(word: str) -> str:
    """Return ``even``, ``odd`` or "" (both) of what a street list says."""
    low = word.strip().casefold()
    return "even" if low in _EVEN else "odd" if low in _ODD else ""


class Streets:
    """A town's street list."""

    def __init__(self, rows: Iterable[tuple[str, Stretch, tuple[str, ...]]]) -> None:
        """``rows``: street, the stretch, former names."""
        self._by_name: dict[str, list[Stretch]] = {}
        self._former: dict[str, str] = {}
        self._written: dict[str, str] = {}
        for street, stretch, former in rows:
            key = plain(street)
            if not key or not stretch.district:
                continue
            self._by_name.setdefault(key, []).append(stretch)
            self._written.setdefault(key, street)
            for name in former:
                self._former.setdefault(plain(name), key)

    def __len__(self) -> int:
        return len(self._by_name)

    def find(self, address: Address) -> Hit:
        """Return the district of an address."""
        key = plain(address.street)
        if not key:
            return Hit(miss=Miss.EMPTY)
        former = key not in self._by_name and key in self._former
        stretches = self._by_name.get(self._former[key] if former else key)
        if stretches is None:
            return Hit(miss=Miss.STREET)
        districts = {stretch.district for stretch in stretches}
        if len(districts) == 1 and any(stretch.whole for stretch in stretches):
            return Hit(stretches[0].district, former=former)
        if not address.number:
            return Hit(stretches[0].district, former=former) if len(districts) == 1 else Hit(miss=Miss.NUMBER)
        limited = [one for one in stretches if not one.whole and one.holds(address.number)]
        fitting = limited or [one for one in stretches if one.whole]
        found = {stretch.district for stretch in fitting}
        if not found:
            return Hit(miss=Miss.RANGE)
        return Hit(found.pop(), former=former) if len(found) == 1 else Hit(miss=Miss.SEVERAL)

    def nearest(self, street: str) -> str:
        """Return the street of the list that is written most alike, to be named beside one not found; "" for none."""
        close = difflib.get_close_matches(plain(street), self._by_name, n=1, cutoff=0.85)
        return self._written[close[0]] if close else ""
