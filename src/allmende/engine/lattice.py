# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Linked frequency tables as one system of cells and sums.

Every table, every declared margin and every margin two tables have in common is a *node*: a set of dimensions, each
at one level (``district`` or its coarser ``borough``). A cell of a coarser node is the sum of cells of a finer one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from allmende.kernel.errors import Problem
from allmende.kernel.text import Text

Value = str | int | date
Key = tuple[Value, ...]

#: More cells (with zeros) than this are not protected in one go.
MOST_CELLS = 500_000


class Unprotectable(Problem):
    """Tables that cannot be protected as they are; the detail says which cells and what to do."""

    status = 422
    kind = "unprotectable"
    title = Text("Tabellen nicht schützbar", "Tables cannot be protected")


class Counts(msgspec.Struct, frozen=True):
    """A table that counts persons: one whole number for each key; an absent key means zero."""

    name: str
    dimensions: tuple[str, ...]
    cells: dict[Key, int]


class Rollup(msgspec.Struct, frozen=True):
    """A dimension that is a coarser view of another: ``of`` gives the coarser value of each finer one."""

    finer: str
    coarser: str
    of: dict[Value, Value]


class Cell(msgspec.Struct, frozen=True, order=True):
    """Where a count stands: the node's dimensions and the key."""

    node: tuple[str, ...]
    key: Key


class Block(msgspec.Struct, frozen=True):
    """Cells that hang together by sums and with no others. Each row is (total, parts): total = sum of parts."""

    cells: tuple[Cell, ...]
    values: tuple[int, ...]
    rows: tuple[tuple[int, tuple[int, ...]], ...]


class Lattice:
    """All nodes of a set of linked tables, with the value of every cell."""

    def __init__(
        self, tables: Sequence[Counts], margins: Sequence[tuple[str, ...]] = (), rollups: Sequence[Rollup] = ()
    ) -> None:
        """Check ``tables`` against each other and compute every margin.

        Raises :class:`Unprotectable` for negative counts, keys that do not fit, unknown dimensions, tables that
        contradict each other in a common margin, and more than :data:`MOST_CELLS` cells.
        """
        self._up = {r.finer: r for r in rollups}
        self._order = list(dict.fromkeys([*(d for t in tables for d in t.dimensions), *(r.coarser for r in rollups)]))
        self._level: dict[str, tuple[str, int]] = {}
        for dimension in self._order:
            self._level[dimension] = self._place(dimension, rollups)
        self.names: dict[tuple[str, ...], str] = {}
        self.values: dict[tuple[str, ...], dict[Key, int]] = {}
        for table in tables:
            self._add(table)
        self._close(margins)
        self.categories = self._categories()
        self._agree()

    # --- building ------------------------------------------------------------------------------------------

    def _place(self, dimension: str, rollups: Sequence[Rollup]) -> tuple[str, int]:
        """Return the finest dimension of the family ``dimension`` belongs to, and its level above that."""
        below = {r.coarser: r.finer for r in rollups}
        level = 0
        while dimension in below and level <= len(rollups):
            dimension, level = below[dimension], level + 1
        if level > len(rollups) or len(below) < len(rollups) or len(self._up) < len(rollups):
            raise _no(
                "Gröbere Merkmale müssen eine Kette bilden: jedes Merkmal hat höchstens ein gröberes und ein feineres.",
                "Coarser dimensions must form a chain: each has at most one coarser and one finer dimension.",
            )
        return dimension, level

    def _add(self, table: Counts) -> None:
        node = tuple(sorted(table.dimensions, key=self._order.index))
        if node in self.values or len({self._level[d][0] for d in node}) < len(table.dimensions):
            raise _no(
                f"Tabelle „{table.name}“ wiederholt Merkmale oder eine andere Tabelle.",
                f"Table “{table.name}” repeats dimensions or another table.",
            )
        turn = [table.dimensions.index(d) for d in node]
        cells: dict[Key, int] = {}
        for key, count in table.cells.items():
            if len(key) != len(node) or type(count) is not int or count < 0:
                raise _no(
                    f"Tabelle „{table.name}“, Zelle {key}: {count!r} ist keine Fallzahl.",
                    f"Table “{table.name}”, cell {key}: {count!r} is not a count.",
                )
            if count:
                cells[tuple(key[i] for i in turn)] = count
        self.names[node], self.values[node] = table.name, cells

    def _close(self, margins: Sequence[tuple[str, ...]]) -> None:
        """Add declared margins and, again and again, the margin each pair of nodes has in common."""
        wanted = {tuple(sorted(m, key=self._index)) for m in margins}
        while wanted := (wanted | self._meets()) - self.values.keys():
            for node in sorted(wanted):
                finer = next((n for n in self.values if self.covers(n, node)), None)
                if finer is None:
                    raise _no(
                        f"Keine Tabelle enthält die Randsumme nach {', '.join(node) or 'allem'}.",
                        f"No table contains the margin by {', '.join(node) or 'everything'}.",
                    )
                if len({self._level[d][0] for d in node}) < len(node):
                    raise _no(
                        f"Die Randsumme nach {', '.join(node)} nennt ein Merkmal auf zwei Stufen.",
                        f"The margin by {', '.join(node)} names one dimension at two levels.",
                    )
                self.names[node] = "total_by_" + "_".join(node) if node else "total"
                self.values[node] = self._sum(finer, node)

    def _index(self, dimension: str) -> int:
        if dimension not in self._level:
            raise _no(f"Das Merkmal „{dimension}“ gibt es nicht.", f"There is no dimension “{dimension}”.")
        return self._order.index(dimension)

    def _meets(self) -> set[tuple[str, ...]]:
        return {self._meet(a, b) for a, b in itertools.combinations(self.values, 2)}

    def _meet(self, a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
        families = {self._level[d][0]: d for d in a}
        both = []
        for d in b:
            family, level = self._level[d]
            if family in families:
                other = families[family]
                both.append(d if level > self._level[other][1] else other)
        return tuple(sorted(both, key=self._order.index))

    def _categories(self) -> dict[str, list[Value]]:
        found: dict[str, set[Value]] = {d: set() for d in self._order}
        for node, cells in self.values.items():
            for position, dimension in enumerate(node):
                found[dimension].update(key[position] for key in cells)
        for dimension in sorted(self._up, key=lambda d: self._level[d][1]):
            found[self._up[dimension].coarser].update(self._lift(dimension, v) for v in found[dimension])
        count = sum(math.prod(len(found[d]) for d in node) for node in self.values)
        if count > MOST_CELLS:
            raise _no(
                f"Zu viele Zellen ({count:,}); höchstens {MOST_CELLS:,}. Merkmale zusammenfassen oder Zeitraum teilen.",
                f"Too many cells ({count:,}); at most {MOST_CELLS:,}. Merge categories or split the period.",
            )
        return {d: sorted(values, key=kind_first) for d, values in found.items()}

    def _lift(self, dimension: str, value: Value) -> Value:
        rollup = self._up[dimension]
        if value not in rollup.of:
            raise _no(
                f"„{value}“ ({dimension}) hat keinen Wert in „{rollup.coarser}“.",
                f"“{value}” ({dimension}) has no value in “{rollup.coarser}”.",
            )
        return rollup.of[value]

    def _agree(self) -> None:
        for finer, coarser in self._steps():
            sums = self._sum(finer, coarser)
            stated = self.values[coarser]
            for key in sums.keys() | stated.keys():
                if sums.get(key, 0) != stated.get(key, 0):
                    raise _no(
                        f"„{self.names[finer]}“ und „{self.names[coarser]}“ widersprechen sich bei {key}: "
                        "gemeinsam zu schützende Tabellen müssen dieselben Summen haben.",
                        f"“{self.names[finer]}” and “{self.names[coarser]}” contradict each other at {key}: "
                        "tables protected together must have the same totals.",
                    )

    # --- asking --------------------------------------------------------------------------------------------

    def covers(self, finer: tuple[str, ...], coarser: tuple[str, ...]) -> bool:
        """Return whether ``coarser`` is a margin of ``finer`` (or ``finer`` itself)."""
        families = {self._level[d][0]: self._level[d][1] for d in finer}
        return all(families.get(self._level[d][0], self._level[d][1] + 1) <= self._level[d][1] for d in coarser)

    def project(self, key: Key, finer: tuple[str, ...], coarser: tuple[str, ...]) -> Key:
        """Return the key in node ``coarser`` to whose sum the cell ``key`` of node ``finer`` belongs."""
        at = {self._level[d][0]: (d, key[i]) for i, d in enumerate(finer)}
        lifted = []
        for dimension in coarser:
            family, level = self._level[dimension]
            name, value = at[family]
            for _ in range(level - self._level[name][1]):
                name, value = self._up[name].coarser, self._lift(name, value)
            lifted.append(value)
        return tuple(lifted)

    def _sum(self, finer: tuple[str, ...], coarser: tuple[str, ...]) -> dict[Key, int]:
        sums: dict[Key, int] = {}
        for key, count in self.values[finer].items():
            to = self.project(key, finer, coarser)
            sums[to] = sums.get(to, 0) + count
        return sums

    def concentrated(self) -> set[Cell]:
        """Return the totals, not zero, that consist of one single part in some finer node."""
        found: set[Cell] = set()
        for finer, coarser in self._steps():
            parts: dict[Key, int] = {}
            for key in self.values[finer]:
                to = self.project(key, finer, coarser)
                parts[to] = parts.get(to, 0) + 1
            found.update(Cell(coarser, key) for key, n in parts.items() if n == 1)
        return found

    def _steps(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return the pairs (finer, coarser) with no node between them; all other sums follow from these."""
        pairs = [(a, b) for a in self.values for b in self.values if a != b and self.covers(a, b)]
        return [(a, b) for a, b in pairs if not any((a, c) in pairs and (c, b) in pairs for c in self.values)]

    def blocks(self) -> list[Block]:
        """Return the cells, zeros included, in groups that share no sum; the order is that of the categories."""
        place: dict[Cell, int] = {}
        for node in self.values:
            for key in itertools.product(*(self.categories[d] for d in node)):
                place[Cell(node, key)] = len(place)
        cells = list(place)
        root = list(range(len(cells)))

        def find(i: int) -> int:
            while root[i] != i:
                root[i] = root[root[i]]
                i = root[i]
            return i

        parts: dict[tuple[int, tuple[str, ...]], list[int]] = {}
        for finer, coarser in self._steps():
            for key in itertools.product(*(self.categories[d] for d in finer)):
                part, total = place[Cell(finer, key)], place[Cell(coarser, self.project(key, finer, coarser))]
                parts.setdefault((total, finer), []).append(part)
                root[find(part)] = find(total)
        members: dict[int, list[int]] = {}
        for i in range(len(cells)):
            members.setdefault(find(i), []).append(i)
        rows: dict[int, list[tuple[int, list[int]]]] = {}
        for (total, _), some in parts.items():
            rows.setdefault(find(total), []).append((total, some))
        found = []
        for block, inside in members.items():
            local = {i: n for n, i in enumerate(inside)}
            found.append(
                Block(
                    cells=tuple(cells[i] for i in inside),
                    values=tuple(self.values[cells[i].node].get(cells[i].key, 0) for i in inside),
                    rows=tuple((local[t], tuple(local[p] for p in some)) for t, some in rows.get(block, [])),
                )
            )
        return found


def _no(de: str, en: str) -> Unprotectable:
    return Unprotectable(Text(de, en))


def kind_first(value: Value) -> tuple[str, Any]:
    """Return what to sort values of one dimension by, whatever their types."""
    return type(value).__name__, value
