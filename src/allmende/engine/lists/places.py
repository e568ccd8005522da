# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Coordinates under the wrong heading: longitude and latitude exchanged, provable where the place is Germany."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from allmende.engine.lists.grid import Cell
from allmende.engine.lists.model import Column, Meaning
from allmende.engine.lists.values import UNREADABLE, reader
from allmende.kernel.text import Text

_EAST, _NORTH = (5.5, 15.5), (47.0, 55.5)  # Germany, degrees


def swapped(columns: list[Column], cells: Sequence[Sequence[Cell]], rows: Sequence[int]) -> list[Column]:
    """Return the columns, longitude and latitude taken for what their values are."""
    x = next((c for c in columns if c.meaning is Meaning.LONGITUDE), None)
    y = next((c for c in columns if c.meaning is Meaning.LATITUDE), None)
    if x is None or y is None or not _lie(x, cells, rows, _NORTH) or not _lie(y, cells, rows, _EAST):
        return columns
    why = Text(
        f"„{x.heading}“ und „{y.heading}“ sind vertauscht: wie überschrieben lägen die Punkte nicht in Deutschland.",
        f"“{x.heading}” and “{y.heading}” are exchanged: as headed, the points would not lie in Germany.",
    )
    turned = {x.name: Meaning.LATITUDE, y.name: Meaning.LONGITUDE}
    return [
        msgspec.structs.replace(c, meaning=turned[c.name], reasons=(*c.reasons, why)) if c.name in turned else c
        for c in columns
    ]


def _lie(column: Column, cells: Sequence[Sequence[Cell]], rows: Sequence[int], between: tuple[float, float]) -> bool:
    read = reader(column)
    found = [v for r in rows[:500] if (v := read(cells[column.place - 1][r])) is not None and v is not UNREADABLE]
    return bool(found) and sum(between[0] <= v <= between[1] for v in found) >= 0.9 * len(found)
