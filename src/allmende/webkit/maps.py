# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Maps as SVG, made by the server: areas and points as they are, north up, no base map from anywhere.

Coordinates are WGS 84 longitude and latitude (RFC 7946), drawn in an equirectangular projection true at the middle
latitude: for a town the error is below a line's width.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH = 760
#: A map shows at most so many features; more would be a grey cloud.
MOST_FEATURES = 2_000
#: Shades a value can have, from pale to strong.
SHADES = 4

Point = tuple[float, float]


class Feature(msgspec.Struct, frozen=True):
    """A thing with a place: a label, a GeoJSON geometry, and a value to shade an area by."""

    label: str
    geometry: dict[str, Any]
    value: float | None = None


def points(geometry: dict[str, Any]) -> Iterator[Point]:
    """Yield every position of a GeoJSON geometry."""
    if geometry["type"] == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from points(part)
        return
    pending = [geometry["coordinates"]]
    while pending:
        here = pending.pop()
        if here and isinstance(here[0], int | float):
            yield float(here[0]), float(here[1])
        else:
            pending.extend(here)


class _Sheet:
    """The paper: which place stands where on it."""

    def __init__(self, features: Sequence[Feature]) -> None:
        every = [position for feature in features for position in points(feature.geometry)]
        west, east = min(x for x, _ in every), max(x for x, _ in every)
        south, north = min(y for _, y in every), max(y for _, y in every)
        self.shrink = math.cos(math.radians((south + north) / 2))
        wide = max((east - west) * self.shrink, 1e-4)
        tall = max(north - south, 1e-4)
        self.scale = min((WIDTH - 32) / wide, 620 / tall)
        self.height = round(tall * self.scale + 32)
        self.west, self.north = west - (WIDTH / self.scale - wide) / 2 / self.shrink, north + 16 / self.scale

    def at(self, position: Sequence[float]) -> tuple[float, float]:
        return (
            round((position[0] - self.west) * self.shrink * self.scale, 1),
            round((self.north - position[1]) * self.scale, 1),
        )

    def ring(self, positions: Sequence[Sequence[float]]) -> str:
        return "M" + "L".join(f"{x} {y}" for x, y in dict.fromkeys(self.at(p) for p in positions)) + "Z"


def shade(value: float | None, values: Sequence[float]) -> int:
    """Return how dark an area is, 1 … 4: by quarters of the values there are; 0 without a value, 2 without any."""
    if not values:
        return 2
    if value is None:
        return 0
    rank = sum(other < value for other in values) / len(values)
    return min(SHADES, int(rank * SHADES) + 1)


def _drawn(sheet: _Sheet, feature: Feature, values: Sequence[float]) -> Iterator[SafeString]:
    geometry = feature.geometry
    kind = geometry["type"]
    title = feature.label if feature.value is None else f"{feature.label}: {feature.value:g}"
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _drawn(sheet, Feature(feature.label, part, feature.value), values)
    elif kind in {"Polygon", "MultiPolygon"}:
        areas = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
        path = "".join(sheet.ring(ring) for area in areas for ring in area)
        yield format_html(
            '<path class="area q{}" fill-rule="evenodd" d="{}"><title>{}</title></path>',
            shade(feature.value, values), path, title,
        )  # fmt: skip
    elif kind in {"LineString", "MultiLineString"}:
        lines = [geometry["coordinates"]] if kind == "LineString" else geometry["coordinates"]
        for one in lines:
            path = "M" + "L".join(f"{x} {y}" for x, y in map(sheet.at, one))
            yield format_html('<path class="line s0" d="{}"><title>{}</title></path>', path, title)
    else:
        for position in points(geometry):
            x, y = sheet.at(position)
            yield format_html('<circle class="point" cx="{}" cy="{}" r="5"><title>{}</title></circle>', x, y, title)


def draw(features: Sequence[Feature], *, title: str, description: str, identity: str = "map") -> SafeString:
    """Return the map; areas lie below lines and points. Raises ValueError where there is nothing to draw."""
    shown = [feature for feature in features if next(points(feature.geometry), None) is not None][:MOST_FEATURES]
    if not shown:
        raise ValueError("nothing has a place")
    shown.sort(key=lambda feature: "Polygon" not in feature.geometry["type"])
    sheet = _Sheet(shown)
    values = sorted(feature.value for feature in shown if feature.value is not None)
    body = mark_safe("".join(part for feature in shown for part in _drawn(sheet, feature, values)))  # noqa: S308 (safe parts)
    areas = [feature for feature in shown if "Polygon" in feature.geometry["type"]]
    names = format_html_join(
        "",
        '<text class="halo" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((*sheet.at(_middle(feature.geometry)), feature.label) for feature in areas if len(areas) <= 20),
    )
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}{}</svg>',
        WIDTH, sheet.height, identity, identity, identity, title, identity, description, body, names,
    )  # fmt: skip


#: Five shades of one hue from pale to strong, told apart with every kind of colour vision and on a grey print: "Blues"
#: of ColorBrewer (Cynthia Brewer, colorbrewer2.org). They stand in the picture itself; the style sheet may change them.
PALETTE = ("#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c")
#: Which of them so many classes take.
_SPREAD = {0: (), 1: (3,), 2: (2, 4), 3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}


class Area(msgspec.Struct, frozen=True):
    """An area of a map by classes: its name, outline (GeoJSON), class (0: no value) and what it says when it is read.

    ``target`` is the address it leads to, of its row in the table for example.
    """

    name: str
    geometry: dict[str, Any]
    level: int
    words: str
    target: str


def shade_of(level: int, levels: int) -> int:
    """Return which of the five shades a class has, 1 … 5; 0 for no value, which is hatched."""
    return _SPREAD[levels][level - 1] if level else 0


def areas(shown: Sequence[Area], levels: int, *, title: str, description: str, identity: str = "gebiete") -> SafeString:
    """Return a map by classes (choropleth). Each area is a link with a name of its own: keyboard and screen reader reach
    it, and it leads to its row. Without a value it is hatched, never just pale. Raises ValueError without areas.
    """
    drawn = [area for area in shown if "Polygon" in area.geometry["type"] and any(True for _ in points(area.geometry))]
    if not drawn:
        raise ValueError("no area has an outline")
    sheet = _Sheet([Feature(area.name, area.geometry) for area in drawn])
    body = format_html_join(
        "",
        '<a href="{}" aria-label="{}"><path class="area c{}" fill="{}" fill-rule="evenodd" d="{}"><title>{}</title></path></a>',
        ((area.target, area.words, *_filled(area, levels, identity), _outline(sheet, area.geometry), area.words) for area in drawn),
    )  # fmt: skip
    names = format_html_join(
        "",
        '<text class="halo" x="{}" y="{}" text-anchor="middle" aria-hidden="true">{}</text>',
        ((*sheet.at(_middle(area.geometry)), area.name) for area in drawn if len(drawn) <= 20),
    )
    hatch = format_html(
        '<defs><pattern id="{}-schraffur" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="7" height="7" class="hatch__ground" fill="#ffffff"/>'
        '<path class="hatch__line" d="M0 0V7" stroke="#5f6674" stroke-width="2.5"/></pattern></defs>',
        identity,
    )
    return format_html(
        '<svg viewBox="0 0 {} {}" role="group" aria-labelledby="{}-t" aria-describedby="{}-d" '
        'xmlns="http://www.w3.org/2000/svg"><title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}{}{}</svg>',
        WIDTH, sheet.height, identity, identity, identity, title, identity, description, hatch, body, names,
    )  # fmt: skip


def _filled(area: Area, levels: int, identity: str) -> tuple[int, str]:
    shade = shade_of(area.level, levels)
    return shade, PALETTE[shade - 1] if shade else f"url(#{identity}-schraffur)"


def _outline(sheet: _Sheet, geometry: dict[str, Any]) -> str:
    if geometry["type"] == "GeometryCollection":
        return "".join(_outline(sheet, part) for part in geometry["geometries"] if "Polygon" in part["type"])
    many = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return "".join(sheet.ring(ring) for one in many for ring in one)


def _middle(geometry: dict[str, Any]) -> Point:
    every = list(points(geometry))
    return (
        (min(x for x, _ in every) + max(x for x, _ in every)) / 2,
        (min(y for _, y in every) + max(y for _, y in every)) / 2,
    )


#: How deep the coordinates of each type are nested (RFC 7946, 3.1), and collections in each other.
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_MOST_NESTED = 4


def _is_geometry(value: Any, nested: int = 0) -> bool:
    """Whether a cell's value is a geometry through and through, and no part of it is empty: strangers write cells."""
    if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
        return False
    if kind == "GeometryCollection":
        parts = value.get("geometries")
        below = nested + 1
        return (
            isinstance(parts, list)
            and len(parts) > 0
            and below <= _MOST_NESTED
            and all(_is_geometry(part, below) for part in parts)
        )
    return kind in _DEPTHS and _fits(value.get("coordinates"), _DEPTHS[kind])


def _fits(coordinates: Any, depth: int) -> bool:
    if not isinstance(coordinates, list):
        return False
    if depth:
        return bool(coordinates) and all(_fits(part, depth - 1) for part in coordinates)
    return len(coordinates) >= 2 and all(
        isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < _FARTHEST for one in coordinates
    )


#: Whatever coordinates are meant, none is greater (and none infinite).
_FARTHEST = 1e9


_WKT = re.compile(r"\s*(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON)\s*(?:Z\s*)?\(", re.IGNORECASE)
#: Two or three numbers. Begins where a number begins and never steps back: the time does not grow with the square.
_POSITION = re.compile(r"(?<![\d.eE+-])([\d.eE+-]++)\s++([\d.eE+-]++)(?:\s++[\d.eE+-]++)?")
_NAMES = {
    "POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon",
}  # fmt: skip


def geometry(value: object) -> dict[str, Any] | None:
    """Return what a cell holds as GeoJSON geometry: from GeoJSON or well-known text; None if it holds neither."""
    if isinstance(value, dict):
        return value if _is_geometry(value) else None
    if not isinstance(value, str):
        return None
    if value.lstrip().startswith("{"):
        try:
            found = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return None
        return found if _is_geometry(found) else None
    head = _WKT.match(value)
    if head is None:
        return None
    nested = _POSITION.sub(r"[\1,\2]", value[head.end() - 1 :])
    try:
        coordinates = msgspec.json.decode(nested.replace("(", "[").replace(")", "]"))
    except (msgspec.DecodeError, RecursionError):
        return None
    name = _NAMES[head[1].upper()]
    if name == "MultiPoint":
        coordinates = [
            one[0] if one and isinstance(one, list) and isinstance(one[0], list) else one for one in coordinates
        ]
    if name == "Point":
        coordinates = next(iter(coordinates), None)
    written = {"type": name, "coordinates": coordinates}
    return written if _is_geometry(written) else None
