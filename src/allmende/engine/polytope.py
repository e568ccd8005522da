# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whole-number tables that fit what is known: bounds on every unknown, sums that hold between them (solver: HiGHS)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import highspy
import numpy as np
from numpy.typing import NDArray

#: Stands for "no upper bound": far above any count of persons, small enough for exact arithmetic in doubles.
UNBOUNDED = 10_000_000

#: From here on integer programmes may stop two per cent above the optimum.
LARGE = 500

#: A sum that holds: coefficients by unknown, and the right-hand side.
Row = tuple[Mapping[int, float], float]

_EXACT = 1e-6


def solver() -> highspy.Highs:
    """Return a quiet HiGHS that gives the same answer every time."""
    highs: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.silent()
    for option, value in (("threads", 1), ("random_seed", 0), ("mip_abs_gap", 1e-7)):
        highs.setOptionValue(option, value)
    return highs


def load(
    highs: highspy.Highs, lower: Sequence[float], upper: Sequence[float], rows: Sequence[Row], *, at_least: bool = False
) -> None:
    """Load unknowns with bounds and rows (equalities, or ``>=`` with ``at_least``) into ``highs``."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(lower), len(rows)
    model.col_cost_ = np.zeros(len(lower))
    model.col_lower_, model.col_upper_ = np.array(lower, dtype=float), np.array(upper, dtype=float)
    sides = np.array([side for _, side in rows], dtype=float)
    model.row_lower_, model.row_upper_ = sides, np.full(len(rows), highspy.kHighsInf) if at_least else sides
    starts = np.cumsum([0, *(len(row) for row, _ in rows)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = starts.astype(np.int32)
    model.a_matrix_.index_ = np.array([i for row, _ in rows for i in row], dtype=np.int32)
    model.a_matrix_.value_ = np.array([c for row, _ in rows for c in row.values()], dtype=float)
    highs.passModel(model)


def solved(highs: highspy.Highs) -> bool:
    """Run ``highs``; True when an optimum was found, False when nothing fits."""
    highs.run()
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        return True
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return False
    raise ArithmeticError(f"HiGHS stopped with {highs.modelStatusToString(status)}")


class Polytope:
    """All whole-number values of ``len(lower)`` unknowns that keep their bounds and fulfil ``rows``."""

    def __init__(self, lower: Sequence[int], upper: Sequence[int], rows: Sequence[Row]) -> None:
        self._lower, self._upper, self._rows = lower, upper, rows
        self._highs = solver()
        self._highs.setOptionValue("presolve", "off")  # the simplex goes on from the last vertex
        load(self._highs, lower, upper, rows)
        self._objective: int | None = None

    def extreme(self, unknown: int, sign: int) -> NDArray[np.float64] | None:
        """Return a point with the least (``sign`` 1) or greatest (-1) value of ``unknown``, reals allowed.

        None when nothing fits. :meth:`duals` then belongs to this point.
        """
        if self._objective is not None and self._objective != unknown:
            self._highs.changeColCost(self._objective, 0.0)
        self._highs.changeColCost(unknown, float(sign))
        self._objective = unknown
        if not solved(self._highs):
            return None
        return np.array(self._highs.getSolution().col_value)

    def duals(self) -> NDArray[np.float64]:
        """Return one multiplier for each row, from the last :meth:`extreme`."""
        return np.array(self._highs.getSolution().row_dual)

    def whole(self, unknown: int, sign: int) -> NDArray[np.int64] | None:
        """Return a point of whole numbers with the least (1) or greatest (-1) value of ``unknown``; None: none fits.

        The vertex of the linear programme is taken where it is whole (always so for one- and two-way tables, whose
        matrix is totally unimodular); else the integer programme is solved.
        """
        point = self.extreme(unknown, sign)
        if point is None:
            return None
        if np.abs(point - np.rint(point)).max() > _EXACT:
            highs = solver()
            load(highs, self._lower, self._upper, self._rows)
            everything = np.arange(len(self._lower), dtype=np.int32)
            kinds = np.full(len(self._lower), highspy.HighsVarType.kInteger)
            highs.changeColsIntegrality(len(everything), everything, kinds)
            highs.changeColCost(unknown, float(sign))
            if not solved(highs):
                return None
            point = np.array(highs.getSolution().col_value)
        return np.rint(point).astype(np.int64)


def cheapest(
    lower: Sequence[float], upper: Sequence[float], rows: Sequence[Row], weights: Mapping[int, float]
) -> NDArray[np.int64] | None:
    """Return whole numbers within bounds, with every row ``>=`` its side, of least weight; None: nothing fits.

    Above :data:`LARGE` unknowns the weight may be two per cent above the least.
    """
    highs = solver()
    highs.setOptionValue("mip_rel_gap", 0.02 if len(lower) > LARGE else 0.0)
    load(highs, lower, upper, rows, at_least=True)
    everything = np.arange(len(lower), dtype=np.int32)
    highs.changeColsIntegrality(len(lower), everything, np.full(len(lower), highspy.HighsVarType.kInteger))
    for unknown, weight in weights.items():
        highs.changeColCost(unknown, weight)
    if not solved(highs):
        return None
    point: NDArray[np.int64] = np.rint(np.array(highs.getSolution().col_value)).astype(np.int64)
    return point
