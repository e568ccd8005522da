# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Geometries in cells: what is one is drawn, whatever else a stranger writes is a text like any other, at once."""

from __future__ import annotations

import time

import pytest

from allmende.webkit import maps

SQUARE = [[7.0, 51.0], [8.0, 51.0], [8.0, 52.0], [7.0, 51.0]]


@pytest.mark.parametrize(
    ("written", "kind", "coordinates"),
    [
        ('{"type":"Point","coordinates":[7.5,51.25]}', "Point", [7.5, 51.25]),
        ("POINT (7.5 51.25)", "Point", [7.5, 51.25]),
        ("POINT Z (7.5 51.25 60)", "Point", [7.5, 51.25]),
        ("MULTIPOINT ((7 51), (8 52))", "MultiPoint", [[7, 51], [8, 52]]),
        ("MULTIPOINT (7 51, 8 52)", "MultiPoint", [[7, 51], [8, 52]]),
        ("LINESTRING (7 51, -8 5.2e1)", "LineString", [[7, 51], [-8, 52.0]]),
        ("POLYGON ((7 51, 8 51, 8 52, 7 51))", "Polygon", [SQUARE]),
        ("multipolygon (((7 51, 8 51, 8 52, 7 51)))", "MultiPolygon", [[SQUARE]]),
    ],
)
def test_a_geometry_is_read_and_drawn(written: str, kind: str, coordinates: object) -> None:
    found = maps.geometry(written)
    assert found == {"type": kind, "coordinates": coordinates}
    assert "<svg" in maps.draw([maps.Feature("here", found)], title="t", description="d")


@pytest.mark.parametrize(
    "written",
    [
        '{"type":"Polygon","coordinates":[[["a","b"]]]}',
        '{"type":"Polygon","coordinates":"abc"}',
        '{"type":"Polygon","coordinates":[7,51]}',
        '{"type":"Polygon","coordinates":[[[7,51]],[]]}',
        '{"type":"Point","coordinates":[7]}',
        '{"type":"Point","coordinates":[true,false]}',
        '{"type":"Point","coordinates":[1e308,51]}',
        '{"type":"MultiPoint","coordinates":[[7,51],["x","y"]]}',
        '{"type":["Point"],"coordinates":[7,51]}',
        '{"type":"\\"><script>","coordinates":[7,51]}',
        '{"type":"GeometryCollection","geometries":[]}',
        '{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[7,51]},{"type":"Point"}]}',
        '{"type":"GeometryCollection","geometries":[' * 2000 + "]}" * 2000,
        "POINT ((7 51))",
        "POINT ()",
        "MULTIPOINT ()",
        "MULTIPOINT (7, 51)",
        "POLYGON (7 51, 8 52)",
        "POLYGON " + "(" * 5000 + "7 51" + ")" * 5000,
        "POINT (" + "1" * 300_000,
        "POINT (" + "1 " * 300_000,
        "POINT (1" + " " * 300_000,
    ],
    ids=lambda written: written[:40],
)
def test_what_is_none_is_a_text_and_takes_no_time(written: str) -> None:
    began = time.process_time()
    assert maps.geometry(written) is None
    assert time.process_time() - began < 1
