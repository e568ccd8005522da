# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Axes have round marks that enclose their values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.webkit.scales import Scale, every, ticks


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (3.2, 47.9, [0, 10, 20, 30, 40, 50]),
        (0, 0, [-1, -0.5, 0, 0.5, 1]),
        (0.001, 0.0042, [0.001, 0.002, 0.003, 0.004, 0.005]),
        (-5, 5, [-6, -4, -2, 0, 2, 4, 6]),
    ],
)
def test_marks_are_round(low: float, high: float, marks: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(marks)


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_marks_enclose_and_are_few(low: float, span: float) -> None:
    marks = ticks(low, low + span)
    assert marks[0] <= low + span * 1e-6 and marks[-1] >= (low + span) - span * 1e-6
    assert 2 <= len(marks) <= 9


def test_scale_maps_ends_to_ends() -> None:
    scale = Scale(10, 20, 100, 300)
    assert (scale(10), scale(15), scale(20)) == (100, 200, 300)
    assert Scale(5, 5, 0, 10)(5) == 5


@pytest.mark.parametrize(("count", "most", "step"), [(1, 5, 1), (3, 5, 1), (11, 5, 3)])
def test_every(count: int, most: int, step: int) -> None:
    assert every(count, most) == step


@pytest.mark.parametrize(
    ("low", "high"), [(-1e308, 1e308), (0.0, 5e-324), (1e17, 1e17 + 16), (1.7e308, 1.7e308), (-1e308, -1e307)]
)
def test_any_two_numbers_give_an_axis_with_a_handful_of_marks(low: float, high: float) -> None:
    marks = ticks(low, high)
    assert 2 <= len(marks) <= 12
    assert all(map(math.isfinite, marks))
