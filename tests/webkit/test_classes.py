# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Classes of values: every value in one, no class empty, equals together; natural breaks are the true optimum."""

from __future__ import annotations

import itertools
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.webkit.classes import MOST_CLASSES, Method, classify

VALUES = st.lists(st.one_of(st.integers(-50, 50).map(float), st.floats(-1e6, 1e6)), min_size=1, max_size=60)


@given(VALUES, st.sampled_from(Method), st.integers(1, 7))
def test_every_value_is_in_one_class_and_none_is_empty(values: list[float], method: Method, wanted: int) -> None:
    made = classify(values, method, wanted)
    assert 1 <= len(made.classes) <= min(wanted, MOST_CLASSES, len(set(values)))
    assert sum(one.count for one in made.classes) == len(values)
    for level, one in enumerate(made.classes, 1):
        inside = [value for value in values if made.level(value) == level]
        assert (min(inside), max(inside), len(inside)) == (one.low, one.high, one.count)
    bounds = [edge for one in made.classes for edge in (one.low, one.high)]
    assert bounds == sorted(bounds)


def spread(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values)


@given(st.lists(st.integers(0, 40).map(float), min_size=2, max_size=14), st.integers(2, 5))
def test_natural_breaks_are_the_best_of_all_cuts(values: list[float], wanted: int) -> None:
    distinct = sorted(set(values))
    made = classify(values, Method.NATURAL, wanted)
    groups = [[v for v in values if made.level(v) == level] for level in range(1, len(made.classes) + 1)]
    best = min(
        math.fsum(
            spread([v for v in values if low <= v < high])
            for low, high in itertools.pairwise((distinct[0], *cuts, math.inf))
        )
        for cuts in itertools.combinations(distinct[1:], min(wanted, len(distinct)) - 1)
    )
    assert math.fsum(spread(group) for group in groups) == pytest.approx(best, abs=1e-6)


def test_quantiles_hold_equally_many_and_intervals_are_equally_wide() -> None:
    values = [float(i * i) for i in range(20)]
    assert [one.count for one in classify(values, Method.QUANTILES).classes] == [4, 4, 4, 4, 4]
    widths = classify(values, Method.EQUAL).uppers
    assert [pytest.approx(upper) for upper in widths] == [361 * k / 5 for k in range(1, 6)]


def test_no_values_make_no_classes_and_one_value_makes_one() -> None:
    assert classify([]).classes == ()
    (only,) = classify([3.0, 3.0]).classes
    assert (only.low, only.high, only.count) == (3.0, 3.0, 2)


def test_five_hundred_values_take_no_time() -> None:
    values = [math.sin(i) * i for i in range(500)]
    start = time.perf_counter()
    classify(values, Method.NATURAL)
    assert time.perf_counter() - start < 0.5
