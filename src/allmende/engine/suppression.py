# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which cells of one block of linked tables to withhold, so that its small counts stay unknown.

Cutting planes of Fischetti and Salazar-González (2001); see :mod:`allmende.engine.protection` for method and promise.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import msgspec

from allmende.engine.lattice import Block, Cell
from allmende.engine.polytope import Polytope, Row, cheapest

#: A total is worth as many single cells when something more must be withheld.
TOTAL_WEIGHT = 10

#: Rounds of cutting planes for one block; then what is missing is taken cell by cell.
ROUNDS = 40


class Gap(msgspec.Struct, frozen=True):
    """A primary cell that cannot have the value ``goal``, and what would have to be withheld: a cut of the master."""

    cell: int
    goal: int
    coefficients: dict[int, float]
    side: float


class Choice(msgspec.Struct, frozen=True):
    """Indices of a block's cells to withhold; ``blank`` are those of them that may also be zero."""

    hidden: frozenset[int]
    blank: frozenset[int]


def choose(block: Block, minimum: int) -> Choice:
    """Return which cells of ``block`` to withhold, as few as possible.

    Primary are the counts from 1 to ``minimum - 1``. Where a total is primary, everything under it is withheld too,
    zeros included: a handful of small parts of a small total would otherwise betray each other. Where even
    withholding all that is not zero would not do, the whole block is withheld, zeros included.
    """
    game = _Game(block, minimum)
    if not game.primary:
        return Choice(frozenset(), frozenset())
    hidden = _by_cuts(game)
    if hidden is not None:
        hidden = _cell_by_cell(game, hidden)
    if hidden is None:
        everything = frozenset(range(len(block.cells)))
        return Choice(everything, everything)
    kept = frozenset(game.cells[i] for i in hidden - game.pinned(hidden))
    return Choice(kept, kept & game.blank)


def _under_small_totals(block: Block, minimum: int) -> frozenset[int]:
    """Return the totals from 1 to ``minimum - 1`` and, again and again, their parts."""
    found: set[int] = set()
    waiting = {total for total, _ in block.rows if 0 < block.values[total] < minimum}
    while waiting:
        found |= waiting
        waiting = {part for total, parts in block.rows if total in waiting for part in parts} - found
    return frozenset(found)


def _by_cuts(game: _Game) -> frozenset[int] | None:
    """Return a cheapest choice that protects in real numbers; None: there is none.

    After :data:`ROUNDS` what there is by then is returned, a good start.
    """
    rows: list[Row] = []
    hidden = game.always
    for _ in range(ROUNDS):
        gaps = game.gaps(hidden, whole=False)
        if not gaps:
            break
        if any(not gap.coefficients for gap in gaps):
            return None
        rows += [(gap.coefficients, gap.side) for gap in gaps]
        size = len(game.values)
        point = cheapest([0] * size, [1] * size, rows, dict(enumerate(game.weights)))
        if point is None:
            return None
        hidden = game.always | {i for i, taken in enumerate(point) if taken}
    return hidden


def _cell_by_cell(game: _Game, hidden: frozenset[int]) -> frozenset[int] | None:
    """Return ``hidden`` with whatever is still needed in whole numbers; None: impossible."""
    while gaps := game.gaps(hidden, whole=True):
        more = game.witness(hidden, gaps[0].cell, gaps[0].goal)
        if more is None:
            return None
        hidden |= more
    return hidden


class _Game:
    """One block as the attacker sees it: bounds by kind, and the sums. Zeros take part only where blank."""

    def __init__(self, block: Block, minimum: int) -> None:
        self.blank = _under_small_totals(block, minimum)
        self.cells = [i for i, value in enumerate(block.values) if value or i in self.blank]
        local = {i: n for n, i in enumerate(self.cells)}
        self.values = [block.values[i] for i in self.cells]
        self.primary = frozenset(n for n, value in enumerate(self.values) if 0 < value < minimum)
        self.always = self.primary | {n for n, i in enumerate(self.cells) if i in self.blank}
        #: What a primary cell must be able to be, at least.
        self.range = (1, minimum - 1)
        # A complementary cell is taken to be known within this much above its value: more than is ever needed.
        room = len(self.values) * minimum
        self.lower = [0 if i in self.blank else 1 if block.values[i] < minimum else minimum for i in self.cells]
        self.upper = [
            minimum - 1 if block.values[i] < minimum and i not in self.blank else block.values[i] + room
            for i in self.cells
        ]
        self.rows: list[dict[int, float]] = [
            {local[total]: -1, **{local[p]: 1 for p in parts if p in local}}
            for total, parts in block.rows
            if total in local
        ]
        totals = {local[total] for total, _ in block.rows if total in local}
        self.weights = [
            (TOTAL_WEIGHT if n in totals else 1) + _lot(block.cells[i]) / (len(self.cells) + 1)
            for n, i in enumerate(self.cells)
        ]

    def _polytope(self, hidden: Sequence[int]) -> tuple[Polytope, list[int]]:
        """Return what ``hidden`` can be given all else, and which rows that took."""
        local = {cell: n for n, cell in enumerate(hidden)}
        rows: list[Row] = []
        used: list[int] = []
        for number, row in enumerate(self.rows):
            unknown = {local[i]: c for i, c in row.items() if i in local}
            if unknown:
                rows.append((unknown, -sum(c * self.values[i] for i, c in row.items() if i not in local)))
                used.append(number)
        bounds = [self.lower[i] for i in hidden], [self.upper[i] for i in hidden]
        return Polytope(*bounds, rows), used

    def gaps(self, hidden: frozenset[int], *, whole: bool) -> list[Gap]:
        """Return what primary cells must be able to be, but cannot, when just ``hidden`` is withheld.

        With ``whole`` only whole numbers count, and the gaps carry no cuts.
        """
        order = sorted(hidden)
        place = {cell: at for at, cell in enumerate(order)}
        polytope, used = self._polytope(order)
        reached = {cell: [self.values[cell], self.values[cell]] for cell in self.primary}
        found = []
        for cell in sorted(self.primary):
            for side, sign in ((0, 1), (1, -1)):
                goal, at = self.range[side], place[cell]
                if sign * (reached[cell][side] - goal) <= 0:
                    continue
                point = polytope.whole(at, sign) if whole else polytope.extreme(at, sign)
                if point is None:
                    raise ArithmeticError("The true table must fit its own sums.")
                for other, value in zip(order, point, strict=True):
                    if other in reached:
                        low, high = reached[other]
                        reached[other] = [min(low, math.ceil(value - 1e-6)), max(high, math.floor(value + 1e-6))]
                if sign * (reached[cell][side] - goal) > 0:
                    cut = ({}, 0.0) if whole else self._cut(polytope, used, cell, goal - self.values[cell])
                    found.append(Gap(cell, goal, *cut))
        return found

    def pinned(self, hidden: frozenset[int]) -> frozenset[int]:
        """Return the cells of ``hidden``, not primary, with one value only: withholding them withholds nothing."""
        order = sorted(hidden)
        polytope, _ = self._polytope(order)
        found = set()
        for at, cell in enumerate(order):
            if cell not in self.primary:
                least, greatest = polytope.whole(at, 1), polytope.whole(at, -1)
                if least is not None and greatest is not None and least[at] == greatest[at]:
                    found.add(cell)
        return frozenset(found)

    def _cut(self, polytope: Polytope, used: list[int], cell: int, way: int) -> tuple[dict[int, float], float]:
        """Return the inequality of Fischetti and Salazar-González for the last vertex.

        For *any* multipliers of the sums, the cells withheld must together give ``cell`` the room to go as far as
        ``way``; those of the vertex show where it is missing.
        """
        reduced = [0.0] * len(self.values)
        reduced[cell] = -math.copysign(1.0, way)
        for number, multiplier in zip(used, polytope.duals(), strict=True):
            for i, c in self.rows[number].items():
                reduced[i] -= multiplier * c
        room = float(abs(way))
        coefficients: dict[int, float] = {}
        for i, d in enumerate(reduced):
            gain = d * (self.values[i] - self.lower[i]) if d > 0 else -d * (self.upper[i] - self.values[i])
            if i in self.always:
                room -= gain
            elif gain > 1e-9:
                coefficients[i] = gain
        return {i: min(gain, room) for i, gain in coefficients.items()}, room

    def witness(self, hidden: frozenset[int], cell: int, goal: int) -> frozenset[int] | None:
        """Return the cheapest further cells that, withheld too, let ``cell`` be ``goal`` in whole numbers."""
        size = len(self.values)
        free = [i for i in range(size) if i not in hidden]
        switch = {i: size + n for n, i in enumerate(free)}
        lower, upper = [*self.lower, *(0 for _ in free)], [*self.upper, *(1 for _ in free)]
        lower[cell] = upper[cell] = goal
        rows: list[Row] = []
        for row in self.rows:
            rows += [(row, 0), ({i: -c for i, c in row.items()}, 0)]
        for i in free:  # a published cell keeps its value, a withheld one moves within its bounds
            down, up = self.values[i] - self.lower[i], self.upper[i] - self.values[i]
            rows += [({i: 1, switch[i]: down}, self.values[i]), ({i: -1, switch[i]: up}, -self.values[i])]
        point = cheapest(lower, upper, rows, {switch[i]: self.weights[i] for i in free})
        return None if point is None else frozenset(i for i in free if point[switch[i]])


def _lot(cell: Cell) -> float:
    """Return a number in [0, 1) drawn from the cell's name alone, never from its count."""
    digest = hashlib.sha256(repr((cell.node, cell.key)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)
