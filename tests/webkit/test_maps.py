# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Geometries in cells: what is one is drawn, whatever else a stranger writes is a text like any other, at once."""

from __future__ import annotations

import time
from itertools import pairwise

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


# --- maps by classes ------------------------------------------------------------------------------------------------


def area(name: str, level: int, west: float = 7.0) -> maps.Area:
    ring = [[west, 51.0], [west + 0.5, 51.0], [west + 0.5, 51.5], [west, 51.0]]
    return maps.Area(name, {"type": "Polygon", "coordinates": [ring]}, level, f"{name}: Wert", f"#ort-{name}")


def test_each_area_of_a_map_by_classes_is_a_link_with_its_name() -> None:
    drawn = maps.areas([area("a", 1), area("b", 3, 7.5), area("c", 0, 8.0)], 3, title="t", description="d")
    assert drawn.count('<a href="#ort-') == 3 and 'aria-label="b: Wert"' in drawn
    assert f'class="area c1" fill="{maps.PALETTE[0]}"' in drawn and f'class="area c5" fill="{maps.PALETTE[4]}"' in drawn
    assert 'class="area c0" fill="url(#gebiete-schraffur)"' in drawn  # hatched, not merely pale
    assert 'role="group"' in drawn and 'role="img"' not in drawn  # an image would hide the links


def test_what_strangers_call_their_districts_is_text() -> None:
    drawn = maps.areas([area('"><script>x</script>', 1)], 1, title="<b>", description="<i>")
    assert "<script>" not in drawn and "<b>" not in drawn and "&lt;script&gt;" in drawn


def test_a_map_without_outlines_is_not_drawn() -> None:
    point = maps.Area("p", {"type": "Point", "coordinates": [7, 51]}, 1, "p", "#p")
    with pytest.raises(ValueError, match="outline"):
        maps.areas([point], 1, title="t", description="d")


@pytest.mark.parametrize("levels", [1, 2, 3, 4, 5])
def test_shades_grow_darker_with_the_class(levels: int) -> None:
    shades = [maps.shade_of(level, levels) for level in range(1, levels + 1)]
    assert shades == sorted(set(shades)) and maps.shade_of(0, levels) == 0

    def light(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lights = [light(maps.PALETTE[shade - 1]) for shade in shades]
    assert all(one - other > 20 for one, other in pairwise(lights))  # also in grey
