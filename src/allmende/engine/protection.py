# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Release tables: counts of persons, protected once per version, all linked tables together.

*Primary suppression* by minimum frequency: counts from 1 to ``minimum - 1`` are withheld. *Complementary suppression*
so that no withheld count comes back by adding and subtracting what is published: this is the cell suppression
problem (Cox 1980, JASA 75, 377-385; Cox 1995, JASA 90, 1453-1462). It is solved by the cutting planes of Fischetti and
Salazar-González (2001, Management Science 47, 1008-1027): a master integer programme chooses the cells to withhold,
an attacker's linear programmes find the least and greatest value each primary cell can have given the rest, and
each one found too narrow gives an inequality (from its dual) that the next choice must meet. Where rounding of
the linear programme hides something (tables of three and more dimensions) further cells are taken by integer
programmes, one primary cell at a time (in the spirit of Kelly, Golden and Assad 1992, Networks 22, 397-417). Linked
and hierarchical tables are kept in one system, not table by table as the heuristics HiTaS (de Wolf 2002) and
GHMITER (Repsilber 1994) do; blocks that share no sum are solved apart.

The promise, checked on the finished tables by :mod:`allmende.engine.disclosure`: whoever knows every published count
and total of every linked table, *which* withheld cells are primary (1 to ``minimum - 1``) and which complementary
(``minimum`` or more), still finds both 1 and ``minimum - 1`` possible for every primary cell, and at least two
values for every other withheld one. Under a total that is itself primary everything is withheld, zeros included, and
so is a block that cannot be protected otherwise. Elsewhere zeros are published: they say of no person that it was
counted.

Complementary cells are as few as possible; between equally few the choice does not look at the counts, so that it
tells nothing about them (against what Wong et al. 2007, VLDB, call a minimality attack; lessened, not excluded).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from allmende.engine import disclosure
from allmende.engine.lattice import Cell, Counts, Key, Lattice, Rollup, Unprotectable, kind_first
from allmende.engine.suppression import choose
from allmende.kernel.text import Text

__all__ = ["Counts", "Release", "Released", "Report", "Rollup", "Unprotectable", "protect", "read"]


class Released(msgspec.Struct, frozen=True):
    """A protected table: a count, or None where it is withheld; an absent key means zero."""

    name: str
    dimensions: tuple[str, ...]
    cells: dict[Key, int | None]

    def arrow(self, measure: str = "count") -> pa.Table:
        """Return the table with its dimensions, ``measure`` (null where withheld) and ``status``.

        ``status`` is ``published`` or ``suppressed``. Rows are sorted by the dimensions.
        """
        keys = sorted(self.cells, key=lambda key: [kind_first(v) for v in key])
        columns: dict[str, Any] = {d: [key[i] for key in keys] for i, d in enumerate(self.dimensions)}
        values = [self.cells[key] for key in keys]
        columns[measure] = pa.array(values, pa.int64())
        columns["status"] = ["suppressed" if value is None else "published" for value in values]
        return pa.table(columns)


class Report(msgspec.Struct, frozen=True):
    """What the protection cost. Cells are those that are not zero; persons are counted in the tables given."""

    minimum: int
    cells: int
    primary: int
    complementary: int
    withheld_blocks: int  # blocks of which nothing is published, zeros included
    persons: int
    persons_hidden: int
    concentrated: tuple[Cell, ...]  # published totals that consist of one single part: all of them share it


class Release(msgspec.Struct, frozen=True):
    """One version of the protected tables: those given, and the totals they have in common or that were declared.

    ``primary`` and ``blanked`` (withheld cells that may be zero) are for the audit and the office that holds
    the counts; they are not published.
    """

    tables: tuple[Released, ...]
    report: Report
    primary: frozenset[Cell]
    blanked: frozenset[Cell]


def read(table: pa.Table, *, name: str, dimensions: Sequence[str], measure: str) -> Counts:
    """Return an Arrow table with one row for each cell as :class:`Counts`.

    Raises :class:`Unprotectable` where a key stands twice or is missing: adding up would hide a fault of the source.
    """
    cells: dict[Key, int] = {}
    keys = zip(*(table.column(d).to_pylist() for d in dimensions), strict=True)
    for key, count in zip(keys, table.column(measure).to_pylist(), strict=True):
        if key in cells or None in key:
            raise Unprotectable(
                Text(
                    f"Tabelle „{name}“: der Schlüssel {key} fehlt oder steht zweimal da.",
                    f"Table “{name}”: the key {key} is missing or stands twice.",
                )
            )
        cells[key] = count
    return Counts(name=name, dimensions=tuple(dimensions), cells=cells)


def protect(
    tables: Sequence[Counts],
    *,
    margins: Sequence[tuple[str, ...]] = (),
    rollups: Sequence[Rollup] = (),
    minimum: int = 5,
) -> Release:
    """Protect ``tables`` together and return what may be published; the same input gives the same output.

    ``margins`` are further totals to publish (``("year",)``); the totals that two tables have in common belong to the
    release anyway, since anyone can compute them. A total that is not declared is nobody's to publish beside it.
    Raises :class:`Unprotectable` for tables that contradict each other or of which nothing could be published.
    """
    if minimum < 3:
        raise Unprotectable(
            Text(
                "Die Mindestfallzahl muss mindestens 3 sein: sonst ist eine gesperrte kleine Zahl immer die 1.",
                "The minimum count must be at least 3: otherwise a small withheld count is always 1.",
            )
        )
    lattice = Lattice(tables, margins, rollups)
    hidden: set[Cell] = set()
    blanked: set[Cell] = set()
    withheld = 0
    blocks = lattice.blocks()
    for block in blocks:
        choice = choose(block, minimum)
        hidden.update(block.cells[i] for i in choice.hidden)
        blanked.update(block.cells[i] for i in choice.blank)
        withheld += len(choice.blank) == len(block.cells)
    if withheld == len(blocks):
        raise Unprotectable(
            Text(
                "Von diesen Tabellen könnte nichts veröffentlicht werden, ohne kleine Fallzahlen preiszugeben. "
                "Gröbere Gruppen oder längere Zeiträume wählen.",
                "Nothing of these tables could be published without giving small counts away. "
                "Choose coarser groups or longer periods.",
            )
        )
    released = tuple(
        Released(
            name=lattice.names[node],
            dimensions=node,
            cells={
                **{key: None if Cell(node, key) in hidden else count for key, count in counts.items()},
                **{cell.key: None for cell in blanked if cell.node == node},
            },
        )
        for node, counts in lattice.values.items()
    )
    primary = frozenset(c for c in hidden if 0 < lattice.values[c.node].get(c.key, 0) < minimum)
    release = Release(released, _report(lattice, hidden, withheld, minimum, tables), primary, frozenset(blanked))
    _confirm(release, minimum=minimum, rollups=rollups)
    return release


def _report(lattice: Lattice, hidden: set[Cell], withheld: int, minimum: int, tables: Sequence[Counts]) -> Report:
    given = {table.name for table in tables}
    counted = [(Cell(node, key), n) for node, counts in lattice.values.items() for key, n in counts.items()]
    own = [(cell, n) for cell, n in counted if lattice.names[cell.node] in given]
    return Report(
        minimum=minimum,
        cells=len(counted),
        primary=sum(1 for _, n in counted if n < minimum),
        complementary=sum(1 for cell, n in counted if n >= minimum and cell in hidden),
        withheld_blocks=withheld,
        persons=sum(n for _, n in own),
        persons_hidden=sum(n for cell, n in own if cell in hidden),
        concentrated=tuple(
            sorted(lattice.concentrated() - hidden, key=lambda c: (c.node, [kind_first(v) for v in c.key]))
        ),
    )


def _confirm(release: Release, *, minimum: int, rollups: Sequence[Rollup]) -> None:
    """Attack the finished tables; anything found is a fault here, and nothing leaves."""
    found = disclosure.audit(
        {t.dimensions: t.cells for t in release.tables},
        minimum=minimum,
        rollups=rollups,
        primary=release.primary,
        blanked=release.blanked,
    )
    for cell, (least, greatest) in found.items():
        full = least <= 1 and (greatest is None or greatest >= minimum - 1)
        if not (full if cell in release.primary else greatest is None or greatest > least):
            raise Unprotectable(
                Text(
                    f"Die Prüfung hat eine Lücke gefunden ({cell.node}, {cell.key}); nichts wird veröffentlicht.",
                    f"The audit found a gap ({cell.node}, {cell.key}); nothing is published.",
                )
            )
