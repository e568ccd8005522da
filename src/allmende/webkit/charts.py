# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Charts as SVG, made by the server: they need no script, carry title and description, and stand beside their table.

Colours and type come from the style sheet by class, so that dark and light, and print, are the style's business. Series
differ in their dashes too, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from allmende.webkit.scales import Scale, every, ticks
from allmende.webkit.templatetags.allmende import number

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 28, 44

#: More lines in one picture nobody can tell apart.
MOST_SERIES = 4
#: More bars nobody can read.
MOST_BARS = 40


class Series(msgspec.Struct, frozen=True):
    """One line, or the bars, or the points: a value for each label; ``None`` is a gap, never a zero."""

    label: str
    values: tuple[float | None, ...]


class Chart(msgspec.Struct, frozen=True):
    """What a picture shows. ``positions`` place the labels on a true axis (time, numbers); without, evenly."""

    title: str
    description: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    axis: str = ""
    positions: tuple[float, ...] = ()


def _frame(chart: Chart, body: SafeString, identity: str, height: int = HEIGHT) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>',
        WIDTH, height, identity, identity, identity, chart.title, identity, chart.description, body,
    )  # fmt: skip


def _values(chart: Chart) -> list[float]:
    return [value for series in chart.series for value in series.values if value is not None]


def _rules(marks: Sequence[float], scale: Scale, unit: str) -> SafeString:
    lines = format_html_join(
        "",
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            ("axis" if mark == 0 else "rule", LEFT, WIDTH - RIGHT, scale(mark), scale(mark), LEFT - 8, scale(mark) + 4,
             number(mark))
            for mark in marks
        ),
    )  # fmt: skip
    return format_html('{}<text class="tick" x="{}" y="{}">{}</text>', lines, LEFT - 48, 16, unit) if unit else lines


def _upright(chart: Chart, floor: bool) -> tuple[list[float], Scale]:
    """Return marks and scale of the upright axis; ``floor``: zero is part of it."""
    values = _values(chart) or [0.0, 1.0]
    low, high = min(values), max(values)
    if floor or 0 <= low <= (high - low) * 0.6:
        low, high = min(low, 0.0), max(high, 0.0)
    marks = ticks(low, high)
    return marks, Scale(marks[0], marks[-1], HEIGHT - BOTTOM, TOP)


def _places(chart: Chart) -> list[float]:
    """Return where the labels stand on the level axis."""
    if chart.positions:
        scale = Scale(min(chart.positions), max(chart.positions), LEFT + 4, WIDTH - RIGHT - 4)
        return [scale(position) for position in chart.positions]
    scale = Scale(0, max(len(chart.labels) - 1, 0), LEFT + 4, WIDTH - RIGHT - 4)
    return [scale(index) for index in range(len(chart.labels))]


def _level_labels(chart: Chart, places: Sequence[float]) -> SafeString:
    longest = max((len(label) for label in chart.labels), default=1)
    step = every(len(chart.labels), max(2, int((WIDTH - LEFT) / (longest * 8 + 24))))
    shown = list(range(0, len(chart.labels), step))
    return format_html_join(
        "",
        '<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (
                places[index],
                HEIGHT - BOTTOM + 22,
                "start" if index == 0 and len(shown) > 1 else "end" if index == len(chart.labels) - 1 else "middle",
                chart.labels[index],
            )
            for index in shown
        ),
    )


def _path(places: Sequence[float], values: Sequence[float | None], scale: Scale) -> str:
    """Return a path that is lifted over gaps; a value between two gaps becomes a dot of its own."""
    parts: list[str] = []
    down = False
    for index, value in enumerate(values):
        if value is None:
            down = False
            continue
        alone = not down and (index + 1 == len(values) or values[index + 1] is None)
        parts.append(f"{'L' if down else 'M'}{places[index]} {scale(value)}{'h0.1' if alone else ''}")
        down = True
    return "".join(parts)


def line(chart: Chart, identity: str = "chart") -> SafeString:
    """Return a line chart: change over time or along a number."""
    marks, scale = _upright(chart, floor=False)
    places = _places(chart)
    lines = format_html_join(
        "",
        '<path class="line s{}" d="{}"/>',
        ((index, _path(places, series.values, scale)) for index, series in enumerate(chart.series[:MOST_SERIES])),
    )
    body = format_html("{}{}{}", _rules(marks, scale, chart.unit), lines, _level_labels(chart, places))
    return _frame(chart, body, identity)


def bar(chart: Chart, identity: str = "chart") -> SafeString:
    """Return lying bars with their names and values beside them: amounts by category. The axis begins at zero."""
    series = chart.series[0]
    pairs = list(zip(chart.labels, series.values, strict=True))[:MOST_BARS]
    values = [value for _, value in pairs if value is not None] or [0.0]
    longest = max((len(label) for label, _ in pairs), default=1)
    left = min(280, 24 + round(longest * 7.6))
    scale = Scale(min(0.0, *values), max(0.0, *values) or 1.0, left, WIDTH - 90)
    step = 34
    rows = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="end">{}</text>'
        '<rect class="bar s0" x="{}" y="{}" width="{}" height="22" rx="2"/>'
        '<text class="tick" x="{}" y="{}">{}</text>',
        (
            (
                left - 10, 21 + index * step, label if len(label) <= 34 else f"{label[:33]}…",
                min(scale(0), scale(value or 0)), 5 + index * step, round(abs(scale(value or 0) - scale(0)), 1),
                max(scale(0), scale(value or 0)) + 8, 21 + index * step,
                "–" if value is None else f"{number(value)} {chart.unit}".strip(),
            )
            for index, (label, value) in enumerate(pairs)
        ),
    )  # fmt: skip
    height = len(pairs) * step + 8
    axis = format_html('<line class="axis" x1="{}" x2="{}" y1="0" y2="{}"/>', scale(0), scale(0), height)
    return _frame(chart, format_html("{}{}", rows, axis), identity, height)


def point(chart: Chart, identity: str = "chart") -> SafeString:
    """Return points: how two numbers go together. ``positions`` are the level values."""
    marks, scale = _upright(chart, floor=False)
    level = ticks(min(chart.positions), max(chart.positions), 7)
    across = Scale(level[0], level[-1], LEFT + 4, WIDTH - RIGHT - 4)
    under = format_html_join(
        "",
        '<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((across(mark), HEIGHT - BOTTOM + 22, number(mark)) for mark in level),
    )
    dots = format_html_join(
        "",
        '<circle class="dot s{}" cx="{}" cy="{}" r="4.5"/>',
        (
            (index, across(position), scale(value))
            for index, series in enumerate(chart.series[:MOST_SERIES])
            for position, value in zip(chart.positions, series.values, strict=True)
            if value is not None
        ),
    )
    name = format_html(
        '<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>', WIDTH - RIGHT, HEIGHT - 4, chart.axis
    )
    return _frame(chart, format_html("{}{}{}{}", _rules(marks, scale, chart.unit), dots, under, name), identity)
