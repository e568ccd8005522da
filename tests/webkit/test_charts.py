# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Charts say in words what they show, leave gaps where nothing was measured, and escape what they are given."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.utils import translation

from allmende.webkit import charts, maps
from allmende.webkit.charts import Chart, Series

SVG = "{http://www.w3.org/2000/svg}"


def chart(**changes: object) -> Chart:
    given = {
        "title": "NO₂ & Rad",
        "description": "Tagesmittel <2021>",
        "labels": ("1.", "2.", "3."),
        "series": (Series("NO₂", (10.0, 20.0, 15.0)),),
        "unit": "µg/m³",
    }
    return Chart(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("draw", [charts.line, charts.bar])
def test_title_and_description_name_the_picture(draw: object) -> None:
    root = ElementTree.fromstring(draw(chart(), "c1"))  # type: ignore[operator]
    assert root.get("role") == "img"
    named = {element.get("id"): element.text for element in root if element.tag in {f"{SVG}title", f"{SVG}desc"}}
    assert root.get("aria-labelledby") == " ".join(str(key) for key in named)
    assert list(named.values()) == ["NO₂ & Rad", "Tagesmittel <2021>"]


def test_a_gap_is_not_a_zero() -> None:
    root = ElementTree.fromstring(charts.line(chart(series=(Series("a", (10.0, None, 15.0)),))))
    path = root.find(f"{SVG}path[@class='line s0']")
    assert path is not None
    assert (path.get("d") or "").count("M") == 2 and "L" not in (path.get("d") or "")


@pytest.mark.parametrize("rows", [1, 3])
def test_bars(rows: int) -> None:
    labels = tuple(f"Bezirk {index}" for index in range(rows))
    drawn = charts.bar(chart(labels=labels, series=(Series("n", tuple(float(n) for n in range(rows))),)))
    assert len(ElementTree.fromstring(drawn).findall(f"{SVG}rect")) == rows


def test_nothing_inline_that_the_policy_forbids() -> None:
    for drawn in (charts.line(chart()), charts.bar(chart()), charts.point(chart(positions=(1.0, 2.0, 3.0)))):
        assert "style=" not in drawn and "<script" not in drawn and "onload" not in drawn


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    big = chart(series=(Series("n", (1000.0, 2500.5, 0.0)),))
    with translation.override("de"):
        assert "2.500,5" in charts.bar(big)
    with translation.override("en"):
        assert "2,500.5" in charts.bar(big)


SQUARE = {"type": "Polygon", "coordinates": [[[7.0, 51.0], [7.1, 51.0], [7.1, 51.1], [7.0, 51.1], [7.0, 51.0]]]}


def test_map_draws_areas_below_points() -> None:
    here = maps.Feature("Platz", {"type": "Point", "coordinates": [7.05, 51.05]})
    drawn = maps.draw([here, maps.Feature("Mitte", SQUARE, 3.0)], title="Karte", description="Zwei")
    kinds = [element.tag.removeprefix(SVG) for element in ElementTree.fromstring(drawn)]
    assert kinds == ["title", "desc", "path", "circle", "text"]


def test_map_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing has a place"):
        maps.draw([], title="", description="")


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ('{"type":"Point","coordinates":[7.6,51.9]}', {"type": "Point", "coordinates": [7.6, 51.9]}),
        ("POINT (7.6 51.9)", {"type": "Point", "coordinates": [7.6, 51.9]}),
        ("POINT Z (7.6 51.9 60)", {"type": "Point", "coordinates": [7.6, 51.9]}),
        (
            "POLYGON ((7 51, 7.1 51, 7.1 51.1, 7 51))",
            {"type": "Polygon", "coordinates": [[[7, 51], [7.1, 51], [7.1, 51.1], [7, 51]]]},
        ),
        (
            "MULTIPOLYGON (((7 51, 7.1 51, 7 51)), ((8 51, 8.1 51, 8 51)))",
            {
                "type": "MultiPolygon",
                "coordinates": [[[[7, 51], [7.1, 51], [7, 51]]], [[[8, 51], [8.1, 51], [8, 51]]]],
            },
        ),
        ("MULTIPOINT ((7 51), (8 52))", {"type": "MultiPoint", "coordinates": [[7, 51], [8, 52]]}),
        ("Pointe Street", None),
        ('{"type":"Point"}', None),
        ("POINT (abc", None),
        (3, None),
    ],
)
def test_geometry_of_a_cell(cell: object, found: object) -> None:
    assert maps.geometry(cell) == found
