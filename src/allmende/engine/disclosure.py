# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The attack on protected tables: what can be computed about each withheld count from all that is published.

The attacker's problem of Fischetti and Salazar-González (2001), built from the published tables alone and not from
what made them: for each withheld cell the least and the greatest whole number it can be.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from allmende.engine.lattice import Cell, Key, Rollup, Value
from allmende.engine.polytope import UNBOUNDED, Polytope

Published = Mapping[tuple[str, ...], Mapping[Key, int | None]]


def audit(
    tables: Published,
    *,
    minimum: int,
    rollups: Sequence[Rollup] = (),
    primary: AbstractSet[Cell] | None = None,
    blanked: AbstractSet[Cell] = frozenset(),
) -> dict[Cell, tuple[int, int | None]]:
    """Return the least and greatest value possible (None: no limit) of every withheld cell.

    ``tables`` are the published tables by their dimensions, None where a count is withheld, absent where it is zero.
    The attacker knows the rules; with ``primary`` also which cells are small (1 to ``minimum - 1``), all others then
    being at least ``minimum``; without it only that a withheld cell is at least 1. Cells in ``blanked`` may be
    anything from 0. Raises ValueError if no table at all fits what is published.
    """
    equations = _equations(tables, {r.finer: r for r in rollups})
    found: dict[Cell, tuple[int, int | None]] = {}
    for cells, rows in _groups(tables, equations):
        place = {cell: i for i, cell in enumerate(cells)}
        bounds = [_bounds(cell, minimum, primary, blanked) for cell in cells]
        polytope = Polytope(
            [low for low, _ in bounds],
            [high for _, high in bounds],
            [({place[c]: coefficient for c, coefficient in row.items()}, side) for row, side in rows],
        )
        for cell, i in place.items():
            least, greatest = polytope.whole(i, 1), polytope.whole(i, -1)
            if least is None or greatest is None:
                raise ValueError(f"Nothing fits the published tables at {cell}.")
            high = int(greatest[i])
            found[cell] = int(least[i]), None if high > UNBOUNDED // 2 else high
    return found


def _bounds(cell: Cell, minimum: int, primary: AbstractSet[Cell] | None, blanked: AbstractSet[Cell]) -> tuple[int, int]:
    if cell in blanked:
        return 0, UNBOUNDED
    if primary is None:
        return 1, UNBOUNDED
    return (1, minimum - 1) if cell in primary else (minimum, UNBOUNDED)


def _equations(tables: Published, up: Mapping[str, Rollup]) -> list[tuple[dict[Cell, int], int]]:
    """Return every sum between two published tables in which something is withheld."""
    equations = []
    for finer, coarser in itertools.permutations(tables, 2):
        ways = [_way(finer, dimension, up) for dimension in coarser]
        parts: dict[Key, list[Key]] = {key: [] for key in tables[coarser]}
        if any(way is None for way in ways):
            continue
        for key in tables[finer]:
            to = tuple(_follow(key[way[0]], way[1]) for way in ways if way is not None)
            parts.setdefault(to, []).append(key)
        for to, keys in parts.items():
            unknown: dict[Cell, int] = {}
            side = 0
            for node, key, sign in [*((finer, key, 1) for key in keys), (coarser, to, -1)]:
                count = tables[node].get(key, 0)
                if count is None:
                    unknown[Cell(node, key)] = sign
                else:
                    side -= sign * count
            if unknown:
                equations.append((unknown, side))
            elif side:
                raise ValueError(f"The published tables contradict each other at {coarser} {to}.")
    return equations


def _way(finer: tuple[str, ...], wanted: str, up: Mapping[str, Rollup]) -> tuple[int, list[Rollup]] | None:
    """Return which dimension of ``finer`` leads to ``wanted``, and over which coarser views."""
    for position, start in enumerate(finer):
        dimension, steps = start, list[Rollup]()
        while dimension != wanted and dimension in up:
            steps.append(up[dimension])
            dimension = up[dimension].coarser
        if dimension == wanted:
            return position, steps
    return None


def _follow(value: Value, steps: Sequence[Rollup]) -> Value:
    for rollup in steps:
        value = rollup.of[value]
    return value


def _groups(
    tables: Published, equations: Sequence[tuple[dict[Cell, int], int]]
) -> list[tuple[list[Cell], list[tuple[dict[Cell, int], int]]]]:
    """Return the withheld cells, with the equations between them, in groups that have nothing to do with each other."""
    group = {Cell(node, key): i for i, (node, key) in enumerate((n, k) for n, c in tables.items() for k in c)}
    members = {i: [cell] for cell, i in group.items()}
    for unknown, _ in equations:
        first, *others = {group[cell] for cell in unknown}
        for other in others:
            for cell in members[other]:
                group[cell] = first
            members[first] += members.pop(other)
    rows: dict[int, list[tuple[dict[Cell, int], int]]] = {}
    for unknown, side in equations:
        rows.setdefault(group[next(iter(unknown))], []).append((unknown, side))
    hidden = {Cell(node, key) for node, cells in tables.items() for key, count in cells.items() if count is None}
    return [(kept, rows.get(i, [])) for i, cells in members.items() if (kept := [c for c in cells if c in hidden])]
