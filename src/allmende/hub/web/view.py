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
from allmende.webkit.language import said
from allmende.webkit.templatetags.allmende import day, moment
from allmende.webkit.templatetags.allmende import unit as unit_words

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL", "REAL")
_TIMES = ("DATE", "TIMESTAMP")
_LONGITUDES = frozenset({"lon", "lng", "long", "longitude", "laenge", "x_wgs84"})
_LATITUDES = frozenset({"lat", "latitude", "breite", "y_wgs84"})

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
    """Return the lines under a picture."""
    return tuple(
        dict.fromkeys(
            Source(p.attribution or said(p.title), p.read_at, _licence(p.licence), said(p.limits)) for p in provenance
        )
    )


def figures(shown: Shown) -> list[Figure]:
    """Return the pictures an answer gives: a chart, a map, both or none."""
    if len(shown.rows) < 2:
        return []
    return [figure for figure in (chart(shown), map_of(shown)) if figure is not None]


def chart(shown: Shown) -> Figure | None:
    """Return the chart of an answer: its first column across, its numbers upwards; lines over time, bars else.

    None where no number stands beside a first column that names or dates the rows.
    """
    first, rows = shown.fields[0], shown.rows[:MOST_POINTS]
    columns = [
        index
        for index, field in enumerate(shown.fields)
        if index and is_number(field) and field.name.lower() not in _LONGITUDES | _LATITUDES
    ][: charts.MOST_SERIES]
    if not columns:
        return None
    series = tuple(Series(_named(shown.fields[i]), tuple(_number(row[i]) for row in rows)) for i in columns)
    units = {shown.fields[i].unit for i in columns}
    unit = unit_words(units.pop()) if len(units) == 1 else ""
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
        picture, kind = charts.line(drawn, "diagramm"), "line"
    elif is_number(first):
        level = [_number(row[0]) for row in rows]
        if any(value is None for value in level):
            return None
        drawn = msgspec.structs.replace(drawn, positions=tuple(value or 0.0 for value in level))
        increasing = all(a < b for a, b in zip(drawn.positions, drawn.positions[1:], strict=False))
        picture = charts.line(drawn, "diagramm") if increasing else charts.point(drawn, "diagramm")
        kind = "line" if increasing else "point"
    else:
        if len(rows) > charts.MOST_BARS or len(set(drawn.labels)) < len(rows) or maps.geometry(rows[0][0]):
            return None
        drawn = msgspec.structs.replace(drawn, series=series[:1], unit=unit_words(shown.fields[columns[0]].unit))
        picture, kind = charts.bar(drawn, "diagramm"), "bar"
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
                },
            }
            for row, geometry in found
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
        labels=tuple(day(datetime.fromisoformat(chart.labels[index])) for index in order),
        positions=tuple(positions),
        series=tuple(Series(one.label, tuple(one.values[index] for index in order)) for one in chart.series),
    )


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
