# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words of the search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.catalogue.words import MOST_WORDS, fold, folded, parts, stem, stems


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Straßenbäume", "strassenbaume"),
        ("STRASSENBAEUME", "strassenbaume"),
        ("Müll & Öl", "mull ol"),
        ("Café-Betriebe", "cafe betriebe"),
        ("NO₂ (µg/m³)", "no2 μg m3".replace("μ", "")),
        ("", ""),
        ("%_\\", ""),
    ],
)
def test_folding(text: str, plain: str) -> None:
    assert fold(text) == plain


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once_and_leaves_nothing_like_knows(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


@pytest.mark.parametrize(
    ("word", "root"),
    [("baume", "baum"), ("baum", "baum"), ("kindern", "kind"), ("strassen", "strass"), ("amt", "amt"), ("see", "see")],
)
def test_stems(word: str, root: str) -> None:
    assert stem(word) == root


def test_a_query_is_bounded() -> None:
    assert len(stems(" ".join(f"wort{number}" for number in range(100)))) == MOST_WORDS


def test_the_two_parts_of_a_compound() -> None:
    assert ("strassen", "baum") in parts("strassenbaum")
    assert ("verwaltung", "gebuhr") in parts("verwaltungsgebuhr")
    assert parts("baum") == ()


def test_texts_are_divided_by_blanks() -> None:
    assert folded(["Ä", "", "b c"]) == " a b c "
