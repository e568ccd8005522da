# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A recipe's signature: any changed byte is refused, and who signed is told, never believed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from allmende.engine import recipes
from allmende.kernel.errors import Problem

SHELF = Path(__file__).parents[3] / "src" / "allmende" / "recipes" / "shelf"
MASTER = bytes(range(32))
MOMENT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def sealed(body: str, master: bytes = MASTER) -> str:
    return recipes.signed(body, by="Stadt Auenstadt", at=MOMENT, master=master)


def body(name: str = "zaehlstellen") -> str:
    return (SHELF / f"{name}.rezept.toml").read_text("utf-8")


def test_what_was_signed_opens_and_says_by_whom() -> None:
    opened = recipes.opened(sealed(body()))
    assert (opened.by, opened.key, opened.at) == ("Stadt Auenstadt", recipes.public_key(MASTER), "2026-11-28T12:00:00Z")
    assert recipes.load(opened.body) == recipes.load(recipes.opened(body()).body)
    assert recipes.digest(opened.body) == recipes.digest(body())


def test_line_ends_may_change_on_the_way() -> None:
    text = sealed(body())
    assert recipes.opened("\ufeff" + text.replace("\n", "\r\n")).signed


def test_any_changed_byte_is_refused() -> None:
    """Every byte of the file, in the text and in the signature: none passes as signed, none passes as unsigned."""
    raw = sealed(body("ratsvorlagen")).encode()
    passed = []
    for at in range(len(raw)):
        changed = bytearray(raw)
        changed[at] ^= 1
        try:
            text = bytes(changed).decode()
            opened = recipes.opened(text)
            recipes.load(opened.body)
        except (Problem, UnicodeDecodeError):
            continue
        passed.append((at, opened.signed))
    assert passed == []


@pytest.mark.parametrize("end", ["\n", "# Nachtrag\n", "[signature]\n"])
def test_what_stands_below_the_signature_is_refused(end: str) -> None:
    with pytest.raises(recipes.Altered):
        recipes.opened(sealed(body()) + end)


def test_a_signature_moved_to_another_recipe_is_refused() -> None:
    block = sealed(body()).split("[signature]")[1]
    with pytest.raises(recipes.Altered):
        recipes.opened(body("haushalt") + "\n[signature]" + block)


def test_another_installation_has_another_key() -> None:
    other = recipes.opened(sealed(body(), bytes(32)))
    assert other.key != recipes.public_key(MASTER)
    assert recipes.fingerprint(other.key) != recipes.fingerprint(recipes.public_key(MASTER))
    assert len(recipes.fingerprint(other.key).split()) == 8


def test_a_town_cannot_write_lines_into_the_signature() -> None:
    text = recipes.signed(body(), by='A"\nkey = "x', at=MOMENT, master=MASTER)
    assert recipes.opened(text).by == "A  key =  x"


def test_nobody_signed() -> None:
    opened = recipes.opened(body())
    assert not opened.signed and not opened.by
