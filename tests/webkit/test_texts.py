# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every text of our pages has an English one, with the same places to fill in; none is left over."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

SOURCE = Path(__file__).parents[2] / "src/allmende"
ROOMS = ("webkit", "rights", "organisations", "catalogue", "hub", "insight", "recipes", "portal")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
Words = str | tuple[str, ...]


def said(room: str) -> Iterator[tuple[Words, str]]:
    """Yield every text of a room's templates and code, with where it stands."""
    for path in sorted((SOURCE / room).rglob("*")):
        if path.suffix not in {".html", ".py"}:
            continue
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            source = templatize(source, origin=str(path))
        for line, words, _comments, _context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            yield words, f"{path.relative_to(SOURCE)}:{line}"


def translated() -> dict[Words, Words]:
    """Return all rooms' English texts by the German ones."""
    found: dict[Words, Words] = {}
    for room in ROOMS:
        path = SOURCE / room / "locale/en/LC_MESSAGES/django.po"
        if path.exists():
            with path.open("rb") as stream:
                found |= {m.id: m.string for m in read_po(stream) if m.id}  # type: ignore[misc]
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_has_an_english_one(room: str) -> None:
    english = translated()
    missing = [f"{where}: {words!r}" for words, where in said(room) if not english.get(words)]
    assert missing == []


def test_no_english_text_is_left_over() -> None:
    german = {words for room in ROOMS for words, _ in said(room)}
    assert sorted(map(str, translated().keys() - german)) == []


def test_places_to_fill_in_are_the_same() -> None:
    def places(words: Words) -> set[str]:
        return set(re.findall(r"%\([a-z_]+\)[a-z]|%%", " ".join([words] if isinstance(words, str) else words)))

    assert [german for german, english in translated().items() if places(german) != places(english)] == []


def test_the_screen_says_the_terms_of_the_glossary() -> None:
    banned = re.compile(r"\b(Hub|Grant|Dataset|Gatekeeper|Owner|Dashboard|Tenant|Mapping)s?\b")
    spoken = [words for room in ROOMS for words, _ in said(room)]
    assert [words for words in spoken if banned.search(str(words))] == []
