# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Three sentences in correct German and English, whatever the values are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.insight.sentences import GROUPS, TIMES, Noun, Told, figure, three
from allmende.kernel.text import Text

DISTRICTS = Noun(Text("Stadtteil", "district"), Text("Stadtteile", "districts"))


def told(values: dict[str, float], **more: object) -> list[str]:
    return [one.de for one in three(Told(noun=DISTRICTS, values=tuple(values.items()), of=len(values), **more))]  # type: ignore[arg-type]


def test_largest_smallest_average_comparison() -> None:
    assert told({"Nord": 12, "Süd": 4, "Ost": 2}, total=18.0, added=True) == [
        "Den größten Wert hat Nord mit 12, den kleinsten Ost mit 2.",
        "Im Durchschnitt der 3 Stadtteile sind es 6; alle zusammen ergeben 18.",
        "Über dem Durchschnitt liegt 1 Stadtteil, darunter 2; der größte Wert ist das 6-Fache des kleinsten.",
    ]


def test_the_same_in_english() -> None:
    values = (("Nord", 12.5), ("Süd", 4.0), ("Ost", 4.0))
    assert [one.en for one in three(Told(noun=DISTRICTS, values=values, of=4, unit="cm", total=6.8))] == [
        "Nord has the largest value with 12.5 cm, Süd and Ost the smallest with 4 cm each.",
        "The average of the 3 districts that have a value is 6.83 cm; for all together the value is 6.8 cm.",
        "1 district is above the average, 2 below; the largest value is 3.13 times the smallest.",
    ]


def test_several_share_the_first_place() -> None:
    first, *_ = told({"Nord": 5, "Süd": 5, "Ost": 0, "West": 0, "Mitte": 0, "Hafen": 0, "Au": 0})
    assert first == "Den größten Wert haben Nord und Süd mit je 5, den kleinsten 5 Stadtteile mit je 0."


def test_all_alike_one_and_none() -> None:
    assert told({"Nord": 3, "Süd": 3}, total=6.0, added=True)[0] == (
        "In allen 2 Stadtteilen, die einen Wert haben, ist er gleich: 3."
    )
    assert told({"Nord": 3, "Süd": 3})[2] == "Kein Stadtteil weicht vom Durchschnitt ab."
    assert told({"Nord": 3}) == [
        "Nur Nord hat einen Wert: 3.",
        "Für alle zusammen lässt sich keine Zahl nennen.",
        "Zu vergleichen gibt es damit nichts.",
    ]
    nothing = [one.de for one in three(Told(noun=GROUPS, values=(), of=1))]
    assert nothing[0] == "Keine Gruppe hat einen Wert." and nothing[2] == "Gefragt wurde nach 1 Gruppe."


def test_over_time_the_change_is_told() -> None:
    values = (("2022", 40.0), ("2023", 44.0), ("2025", 50.0))
    last = three(Told(noun=TIMES, values=values, of=3, total=134.0, added=True, in_time=True))[2]
    assert last.de == "Von 2022 bis 2025 ist der Wert um 25 % gestiegen, von 40 auf 50."
    assert last.en == "From 2022 to 2025 the value rose by 25 %, from 40 to 50."


@pytest.mark.parametrize(
    ("value", "de", "en"),
    [
        (0.0, "0", "0"), (1234.0, "1.234", "1,234"), (1234.56, "1.235", "1,235"), (123.45, "123,5", "123.5"),
        (12.345, "12,3", "12.3"), (0.012345, "0,0123", "0.0123"), (-4.5, "-4,5", "-4.5"), (99.96, "100", "100"),
        (3.125, "3,13", "3.13"), (1e300, "1" + ".000" * 100, "1" + ",000" * 100),
    ],
)  # fmt: skip
def test_figures(value: float, de: str, en: str) -> None:
    assert figure(value) == Text(de, en)


@given(
    st.dictionaries(st.sampled_from("ABCDEFGH"), st.floats(-1e9, 1e9), max_size=8),
    st.sampled_from((DISTRICTS, TIMES, GROUPS)),
    st.one_of(st.none(), st.floats(-1e9, 1e9)),
    st.booleans(),
)
def test_there_are_always_three_whole_sentences(
    values: dict[str, float], noun: Noun, total: float | None, in_time: bool
) -> None:
    given = Told(noun=noun, values=tuple(values.items()), of=len(values) + 1, total=total, in_time=in_time)
    sentences = three(given)
    assert len(sentences) == 3
    for one in sentences:
        for words in (one.de, one.en):
            assert words.endswith(".") and not words[0].islower() and "  " not in words and "nan" not in words
