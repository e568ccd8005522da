# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Colours as meaning: which rows an office has painted, and what a legend says about it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from allmende.engine.lists import paint
from allmende.engine.lists.grid import Grid, shown
from allmende.engine.lists.model import Colour, Colours, TableDecision
from allmende.kernel.text import Text

_MOST = 8  # more colours are a chart, not a meaning
_TEXT_LEGEND = re.compile(
    r"(?i)((?:hell|dunkel)?(?:gelb|rot|grün|blau|orange|grau|violett|rosa|türkis))\w*\s*[=:–-]\s*([^;,|]{2,60})"
)


def of_rows(grid: Grid, data: Sequence[int], columns: Sequence[int]) -> dict[int, str]:
    """Return the colour of each painted row: that of most of its cells, or of the only column ever painted."""
    rows: dict[int, list[str]] = defaultdict(list)
    wanted, inside = set(data), set(columns)
    per_column: dict[int, Counter[str]] = defaultdict(Counter)
    for (row, column), fill in grid.looks.fills.items():
        if row in wanted and column in inside:
            rows[row].append(fill)
            per_column[column][fill] += 1
    dull = {c for c, n in per_column.items() if len(n) == 1 and next(iter(n.values())) >= 0.95 * len(data) > 1}
    if dull:
        rows.clear()
        for (row, column), fill in grid.looks.fills.items():
            if row in wanted and column in inside and column not in dull:
                rows[row].append(fill)
    return {row: Counter(fills).most_common(1)[0][0] for row, fills in rows.items()}


def meaning(
    grid: Grid, data: Sequence[int], columns: Sequence[int], outside: Sequence[int], decision: TableDecision | None
) -> tuple[Colours | None, dict[int, str]]:
    """Return what colours say, if anything, and each row's colour. ``outside``: rows where a legend may stand."""
    painted = of_rows(grid, data, columns) if grid.looks.fills else {}
    wanted = decision.colours if decision else None
    if not painted or wanted is False:
        return None, {}
    counts = Counter(painted.values())
    legend = _legend(grid, set(counts), set(data), set(columns), outside)
    if wanted is None and not legend and _decoration(painted, counts, data):
        return None, {}
    given = decision.meanings if decision else {}
    found = []
    for rgb, rows in counts.most_common():
        said = given.get(rgb) or legend.get(rgb)
        found.append(Colour(rgb, said or paint.name(rgb), rows, from_legend=rgb in legend and rgb not in given))
    listed = ", ".join(f"{paint.name(c.rgb)} ({c.rows})" for c in found)
    reasons = [Text(f"Zeilen sind gefärbt: {listed}.", f"Rows are coloured: {listed}.")]
    if legend:
        said = "; ".join(f"{paint.name(r)} = {m}" for r, m in legend.items())
        reasons.append(Text(f"Die Legende sagt: {said}.", f"The legend says: {said}."))
    elif not given:
        reasons.append(
            Text(
                "Eine Legende fehlt: bitte benennen, was die Farben heißen.",
                "There is no legend: please name what the colours mean.",
            )
        )
    place = _only_column(grid, set(data), set(columns))
    return Colours("farbe", tuple(found), place, tuple(reasons)), painted


def _only_column(grid: Grid, data: set[int], columns: set[int]) -> int:
    used = {c for r, c in grid.looks.fills if r in data and c in columns}
    return next(iter(used)) + 1 if len(used) == 1 else 0


def _decoration(painted: dict[int, str], counts: Counter[str], data: Sequence[int]) -> bool:
    """Every second row, all rows alike, or a rainbow: no meaning."""
    if len(counts) > _MOST or (len(counts) == 1 and len(painted) >= 0.95 * len(data)):
        return True
    places = [i for i, row in enumerate(data) if row in painted]
    even = [i for i in places if i % 2 == 0]
    striped = len(places) > 2 and (not even or len(even) == len(places)) and len(places) >= 0.4 * len(data)
    if striped and len(counts) == 1:
        return True
    by_parity = [{painted.get(row) for row in data[parity::2]} for parity in (0, 1)]
    return len(data) > 3 and all(len(s) == 1 for s in by_parity) and by_parity[0] != by_parity[1]


def _legend(grid: Grid, colours: set[str], data: set[int], columns: set[int], outside: Sequence[int]) -> dict[str, str]:
    found: dict[str, str] = {}
    for (row, column), fill in sorted(grid.looks.fills.items()):
        if fill not in colours or (row in data and column in columns) or row >= grid.height or fill in found:
            continue
        if row not in data and row not in outside:
            continue
        near = [grid.columns[c][row] for c in range(column, min(column + 4, grid.width))]
        text = next((shown(v).strip(" =:–-") for v in near if isinstance(v, str)), "")
        if text and not (row in data and column + 1 in columns and grid.columns[column][row] is None):
            found[fill] = text[:60]
    names = {paint.name(c): c for c in colours}
    for row in outside:
        for cell in grid.row(row):
            if isinstance(cell, str):
                for word, said in _TEXT_LEGEND.findall(cell):
                    rgb = names.get(word.lower()) or next((c for n, c in names.items() if n.endswith(word.lower())), "")
                    if rgb:
                        found.setdefault(rgb, said.strip())
    return found
