# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Classes of values for maps: by quantiles, natural breaks, or equal intervals. The method is always named."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from allmende.kernel.text import Text

#: More shades nobody can tell apart (Brewer, *Color use guidelines for mapping and visualization*, 1994).
MOST_CLASSES = 5


class Method(StrEnum):
    """How values are cut into classes."""

    QUANTILES = "quantiles"
    NATURAL = "natural"
    EQUAL = "equal"

    @property
    def label(self) -> Text:
        """Return the method's name."""
        return _LABELS[self]

    @property
    def words(self) -> Text:
        """Return in a sentence what the method does."""
        return _WORDS[self]


_LABELS = {
    Method.QUANTILES: Text("Quantile", "quantiles"),
    Method.NATURAL: Text("natürliche Grenzen nach Jenks", "natural breaks by Jenks"),
    Method.EQUAL: Text("gleiche Abstände", "equal intervals"),
}
_WORDS = {
    Method.QUANTILES: Text(
        "in jeder Klasse liegen möglichst gleich viele Gebiete",
        "each class holds as nearly as possible the same number of areas",
    ),
    Method.NATURAL: Text(
        "die Grenzen liegen dort, wo die Werte innerhalb einer Klasse am wenigsten streuen",
        "the bounds lie where values vary least within the classes",
    ),
    Method.EQUAL: Text("jede Klasse ist gleich breit", "each class has the same width"),
}


class Class(msgspec.Struct, frozen=True):
    """One class: the smallest and greatest value in it, and how many values it holds."""

    low: float
    high: float
    count: int


class Classes(msgspec.Struct, frozen=True):
    """The classes of some values, from the lowest up. No two values that are equal are in different classes."""

    method: Method
    classes: tuple[Class, ...]
    uppers: tuple[float, ...]  # a value belongs to the first class whose upper bound it does not exceed

    def level(self, value: float | None) -> int:
        """Return which class a value is in, from 1; 0 for none."""
        if value is None:
            return 0
        return next((i for i, upper in enumerate(self.uppers, 1) if value <= upper), len(self.uppers))


def classify(values: Sequence[float], method: Method = Method.QUANTILES, wanted: int = MOST_CLASSES) -> Classes:
    """Cut values into at most ``wanted`` classes, fewer where there are fewer different values; none of them empty."""
    ordered = sorted(values)
    distinct = sorted(set(ordered))
    wanted = min(wanted, MOST_CLASSES, len(distinct))
    if wanted < 1:
        return Classes(method, (), ())
    cut = {Method.QUANTILES: _quantiles, Method.NATURAL: _natural, Method.EQUAL: _equal}[method]
    uppers = sorted({*cut(ordered, wanted), distinct[-1]})
    found: list[Class] = []
    kept: list[float] = []
    rest = ordered
    for upper in uppers:
        inside = [value for value in rest if value <= upper]
        rest = rest[len(inside) :]
        if inside:
            found.append(Class(inside[0], inside[-1], len(inside)))
            kept.append(upper)
    return Classes(method, tuple(found), tuple(kept))


def _quantiles(ordered: list[float], wanted: int) -> list[float]:
    return [ordered[-(-len(ordered) * k // wanted) - 1] for k in range(1, wanted + 1)]


def _equal(ordered: list[float], wanted: int) -> list[float]:
    low, high = ordered[0], ordered[-1]
    return [low + (high - low) * k / wanted for k in range(1, wanted)]


def _natural(ordered: list[float], wanted: int) -> list[float]:
    """Fisher's exact optimum (W. D. Fisher, *On grouping for maximum homogeneity*, JASA 53, 1958): least sum of
    squared deviations. Values in one dimension: the best cut moves only upwards, so halves are solved on their own."""
    distinct = sorted(set(ordered))
    counts = dict.fromkeys(distinct, 0)
    for value in ordered:
        counts[value] += 1
    middle = distinct[len(distinct) // 2]  # sums of squares around it lose fewer digits
    weights, sums, squares = [0.0], [0.0], [0.0]
    for value in distinct:
        weights.append(weights[-1] + counts[value])
        sums.append(sums[-1] + counts[value] * (value - middle))
        squares.append(squares[-1] + counts[value] * (value - middle) ** 2)

    def spread(first: int, last: int) -> float:
        """Squared deviation of distinct[first:last]."""
        weight, total = weights[last] - weights[first], sums[last] - sums[first]
        return squares[last] - squares[first] - total * total / weight

    size = len(distinct)
    best = [0.0] + [spread(0, last) for last in range(1, size + 1)]
    cuts: list[list[int]] = []
    for layer in range(2, wanted + 1):
        following, cut = [float("inf")] * (size + 1), [0] * (size + 1)
        pending = [(layer, size, layer - 1, size - 1)]
        while pending:
            low, high, first, last = pending.pop()
            if low > high:
                continue
            here = (low + high) // 2
            cost, at = min(
                (best[k] + spread(k, here), k) for k in range(max(first, layer - 1), min(last, here - 1) + 1)
            )
            following[here], cut[here] = cost, at
            pending += [(low, here - 1, first, at), (here + 1, high, at, last)]
        best = following
        cuts.append(cut)
    uppers, end = [], size
    for cut in reversed(cuts):
        end = cut[end]
        uppers.append(distinct[end - 1])
    return uppers
