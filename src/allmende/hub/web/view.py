# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An answer as people see it: a table always, a chart and a map where the columns give one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from allmende.catalogue.door import licences
from allmende.hub.door import Field, Provenance, Shown
from allmende.webkit import charts, maps
from allmende.webkit.charts import Chart, Series
from allmende.webkit.language import language, said
from allmende.webkit.templatetags.allmende import moment
from allmende.webkit.templatetags.allmende import unit as unit_words

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL", "REAL")
_TIMES = ("DATE", "TIMESTAMP")
_LONGITUDES = frozenset({"lon", "lng", "long", "longitude", "laenge", "x_wgs84"})
_LATITUDES = frozenset({"lat", "latitude", "breite", "y_wgs84"})

#: A column so called numbers the rows; a picture along it says nothing.
_KEYS = frozenset({"id", "nr", "nummer", "key", "schluessel", "kennung", "gid", "fid", "objectid"})

#: Beyond, a picture has more points than the screen has dots.
MOST_POINTS = 1_000


class Source(msgspec.Struct, frozen=True):
    """What stands under a picture for each data set it draws on."""

    attribution: str
    read_at: datetime
    licence: str
    limits: str


class Figure(msgspec.Struct, frozen=True):
    """A picture with everything that belongs to it."""

    kind: str
    title: str
    picture: SafeString
    explanation: str
    sources: tuple[Source, ...]
    key: tuple[str, ...] = ()
    features: dict[str, Any] | None = None  # GeoJSON, for the map one can move


def _licence(given: str) -> str:
    found = (one for one in licences().values() if given and given in {one.id, one.uri, one.text})
    return next((said(one.title) for one in found), given)


def is_number(field: Field) -> bool:
    """Return whether a column's values are numbers."""
    return field.type.upper().startswith((*_NUMBERS, *_FRACTIONS))


def is_time(field: Field) -> bool:
    """Return whether a column's values are days or moments."""
    return field.type.upper().startswith(_TIMES)


def sources_of(provenance: Sequence[Provenance]) -> tuple[Source, ...]:
    """Return the lines under a picture: one for each source and licence, with the oldest date of reading."""
    found: dict[tuple[str, str], Source] = {}
    for one in provenance:
        key = (one.attribution or said(one.title), _licence(one.licence))
        before = found.get(key)
        limits = dict.fromkeys(filter(None, (before.limits if before else "", said(one.limits))))
        read_at = min(before.read_at, one.read_at) if before else one.read_at
        found[key] = Source(key[0], read_at, key[1], " ".join(limits))
    return tuple(found.values())


def figures(shown: Shown) -> list[Figure]:
    """Return the pictures an answer gives: charts, a map, both or none."""
    if len(shown.rows) < 2:
        return []
    drawn = map_of(shown)
    return [*charts_of(shown), *([drawn] if drawn else [])]


def charts_of(shown: Shown) -> list[Figure]:
    """Return the charts of an answer: its first column across, its numbers upwards; lines over time, bars else.

    Numbers of one unit and size share a chart, others get their own. None where no number stands beside a first column
    that names or dates the rows.
    """
    if shown.fields[0].name.lower() in _KEYS:
        return []
    columns = [
        index
        for index, field in enumerate(shown.fields)
        if index and is_number(field) and field.name.lower() not in _LONGITUDES | _LATITUDES
    ][: charts.MOST_SERIES]
    shared: list[list[int]] = []
    for column in columns:
        for group in shared:
            if _alike(shown, group[0], column):
                group.append(column)
                break
        else:
            shared.append([column])
    found = [chart(shown, group, f"diagramm{number}") for number, group in enumerate(shared, 1)]
    return [figure for figure in found if figure is not None]


def _alike(shown: Shown, one: int, other: int) -> bool:
    """Return whether two columns can share an axis: one unit, and neither makes the other a flat line."""
    if shown.fields[one].unit != shown.fields[other].unit:
        return False
    largest = [max((abs(_number(row[i]) or 0.0) for row in shown.rows), default=0.0) for i in (one, other)]
    return max(largest) <= 8 * min(largest)


def chart(shown: Shown, columns: list[int], identity: str) -> Figure | None:
    """Return the chart of some columns by the first one; None where the first one gives no axis."""
    first, rows = shown.fields[0], shown.rows[:MOST_POINTS]
    series = tuple(Series(_named(shown.fields[i]), tuple(_number(row[i]) for row in rows)) for i in columns)
    unit = unit_words(shown.fields[columns[0]].unit)
    title = _("%(what)s nach %(by)s") % {"what": ", ".join(one.label for one in series), "by": _named(first)}
    drawn = Chart(
        title=title,
        description=_described(shown, series),
        labels=tuple("–" if row[0] is None else str(row[0]) for row in rows),
        series=series,
        unit=unit,
        axis=_named(first),
    )
    explanation = _("Die Tabelle darunter enthält dieselben Zahlen. Wo kein Wert vorliegt, ist eine Lücke.")
    if is_time(first):
        moments = [_seconds(row[0]) for row in rows]
        if any(value is None for value in moments) or len(set(moments)) < len(moments):
            return None
        order = sorted(range(len(rows)), key=lambda index: moments[index] or 0.0)
        drawn = _ordered(drawn, order, [moments[index] or 0.0 for index in order])
        picture, kind = charts.line(drawn, identity), "line"
    elif is_number(first):
        level = [_number(row[0]) for row in rows]
        if any(value is None for value in level):
            return None
        drawn = msgspec.structs.replace(drawn, positions=tuple(value or 0.0 for value in level))
        increasing = all(a < b for a, b in zip(drawn.positions, drawn.positions[1:], strict=False))
        picture = charts.line(drawn, identity) if increasing else charts.point(drawn, identity)
        kind = "line" if increasing else "point"
    else:
        if len(rows) > charts.MOST_BARS or len(set(drawn.labels)) < len(rows) or maps.geometry(rows[0][0]):
            return None
        drawn = msgspec.structs.replace(drawn, series=series[:1])
        picture, kind = charts.bar(drawn, identity), "bar"
    key = tuple(one.label for one in drawn.series) if len(drawn.series) > 1 else ()
    return Figure(kind, title, picture, explanation, sources_of(shown.provenance), key)


def map_of(shown: Shown) -> Figure | None:
    """Return the map of an answer with a column of geometries (GeoJSON or WKT) or a pair of longitude and latitude."""
    found = [(row, geometry) for row in shown.rows for geometry in (_place(shown.fields, row),) if geometry]
    if not found:
        return None
    names = [i for i, field in enumerate(shown.fields) if not is_number(field) and not _geometric(shown.rows, i)]
    values = [
        i
        for i, field in enumerate(shown.fields)
        if is_number(field) and field.name.lower() not in _LONGITUDES | _LATITUDES
    ]
    name, value = next(iter(names), None), next(iter(values), None)
    features = [
        maps.Feature(
            label="" if name is None or row[name] is None else str(row[name]),
            geometry=geometry,
            value=None if value is None else _number(row[value]),
        )
        for row, geometry in found
    ]
    title = _("Karte: %(what)s") % {"what": _named(shown.fields[name]) if name is not None else _("Orte der Antwort")}
    description = _("%(count)d Orte, Norden ist oben. Alle Angaben stehen in der Tabelle.") % {"count": len(features)}
    explanation = description
    if value is not None and any("Polygon" in feature.geometry["type"] for feature in features):
        explanation += " " + _("Je dunkler eine Fläche, desto größer der Wert „%(value)s“, in vier gleich großen Gruppen.") % {
            "value": _named(shown.fields[value])
        }  # fmt: skip
    values_there = [feature.value for feature in features if feature.value is not None]
    collection = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": geometry,
                "properties": {
                    field.name: row[i]
                    for i, field in enumerate(shown.fields)
                    if maps.geometry(row[i]) is None and not isinstance(row[i], dict | list)
                }
                | {"_shade": maps.shade(feature.value, values_there)},
            }
            for (row, geometry), feature in zip(found, features, strict=True)
        ],
    }
    return Figure(
        "map",
        title,
        maps.draw(features, title=title, description=description, identity="karte"),
        explanation,
        sources_of(shown.provenance),
        features=collection,
    )


def _place(fields: Sequence[Field], row: list[object]) -> dict[str, Any] | None:
    for value in row:
        if isinstance(value, str | dict) and (found := maps.geometry(value)):
            return found
    at = {field.name.lower(): value for field, value in zip(fields, row, strict=True)}
    longitude = next((_number(at[name]) for name in _LONGITUDES if name in at), None)
    latitude = next((_number(at[name]) for name in _LATITUDES if name in at), None)
    if longitude is None or latitude is None or abs(longitude) > 180 or abs(latitude) > 90:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _geometric(rows: Sequence[list[object]], column: int) -> bool:
    return any(maps.geometry(row[column]) for row in rows[:20])


def _named(field: Field) -> str:
    return field.name.replace("_", " ")


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _seconds(value: object) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _ordered(chart: Chart, order: list[int], positions: list[float]) -> Chart:
    return msgspec.structs.replace(
        chart,
        labels=tuple(_moment(chart.labels[index]) for index in order),
        positions=tuple(positions),
        series=tuple(Series(one.label, tuple(one.values[index] for index in order)) for one in chart.series),
    )


def _moment(written: str) -> str:
    """Return a day or moment short enough for an axis: 1.7.2025, with the time of day where there is one."""
    found = datetime.fromisoformat(written)
    date = f"{found.day}.{found.month}.{found.year}" if language() == "de" else f"{found:%d %b %Y}"
    return f"{date} {found:%H:%M}" if (found.hour, found.minute) != (0, 0) else date


def _described(shown: Shown, series: tuple[Series, ...]) -> str:
    parts = []
    for one in series:
        values = [value for value in one.values if value is not None]
        if values:
            parts.append(
                _("%(name)s: %(count)d Werte, kleinster %(low)g, größter %(high)g.")
                % {"name": one.label, "count": len(values), "low": min(values), "high": max(values)}
            )
    stamp = shown.provenance[0].read_at if shown.provenance else None
    return " ".join(parts) + (" " + _("Stand: %(when)s.") % {"when": moment(stamp)} if stamp else "")
