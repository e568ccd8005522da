# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Axes: round steps, and where a value stands between two edges."""

from __future__ import annotations

import math

import msgspec

#: Steps an axis may have, times a power of ten.
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


_FARTHEST = 1e300


class Scale(msgspec.Struct, frozen=True):
    """Maps values from ``low … high`` to lengths from ``start … end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where the value stands, to a tenth of a unit."""
        share = (value - self.low) / (self.high - self.low) if self.high != self.low else 0.5
        return round(self.start + share * (self.end - self.start), 1)


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round values that enclose ``low … high``, about ``wanted`` steps; for one value a span around it.

    Values beyond ``±_FARTHEST`` stand at the edge, those nearer than its reciprocal are one: what lies between such
    values no float can say.
    """
    low, high = (min(max(value, -_FARTHEST), _FARTHEST) for value in (low, high))
    if high - low < 1 / _FARTHEST:
        low, high = (low - 1, high + 1) if abs(low) < 1 / _FARTHEST else (min(low, 0), max(high, 0))
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in _ROUND if power * factor >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(index * step, digits) for index in range(first, last + 1)]


def every(count: int, most: int) -> int:
    """Return the step at which at most ``most`` of ``count`` labels are written."""
    return max(1, math.ceil(count / most))
