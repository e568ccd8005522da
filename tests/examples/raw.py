# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The Münster files read by hand, with Python's standard library only, to check what the mappings make of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def air(data: Path) -> Iterator[tuple[str, datetime, date, float | None]]:
    """Yield station, moment the hour begins, day it belongs to, NO₂."""
    for file in sorted((data / "luft").glob("*.csv")):
        seen: set[datetime] = set()
        with file.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.reader(stream, delimiter=";"):
                if len(row) < 7 or row[0] == "Station code":
                    continue
                day, clock = row[1].strip("'").split(" ")
                hour = int(clock[:2])
                end = datetime.strptime(day, "%Y-%m-%d") + timedelta(hours=hour)
                begin = end - timedelta(hours=1)
                local = begin.replace(tzinfo=BERLIN, fold=1 if begin in seen else 0)
                seen.add(begin)
                yield row[0], local.astimezone(UTC), begin.date(), None if row[4] == "-" else float(row[4])


def bicycles(data: Path) -> Iterator[tuple[str, str, date, int | None]]:
    """Yield site, channel, day, count; only channels, as the site list names them."""
    sites = {s["directory"]: s for s in json.loads((data / "radverkehr/site_min.json").read_text("utf-8"))}
    for file in sorted((data / "radverkehr").glob("*/*.csv")):
        site = file.parent.name
        assert site in sites
        with file.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream)
            header = next(rows)
            wanted = [
                (i, h.split(" ")[0])
                for i, h in enumerate(header)
                if " (" in h and h.split(" ")[0] != site and "Car" not in h
            ]
            for row in rows:
                day = date.fromisoformat(row[0][:10])
                for i, channel in wanted:
                    yield site, channel, day, int(row[i]) if row[i] else None


def car_parks(data: Path) -> Iterator[tuple[str, datetime, int | None, int]]:
    """Yield car park, local time, free spaces (None: closed or not given), capacity."""
    for file in sorted((data / "parken").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream)
            names, capacities = next(rows), next(rows)
            for row in rows:
                local = datetime.strptime(row[0], "%Y-%m-%d %H:%M")
                for name, capacity, cell in zip(names[1:], capacities[1:], row[1:], strict=True):
                    free = {"ges": None, "kei": None, "bes": 0}[cell] if cell.isalpha() else int(cell)
                    yield name, local, free, int(capacity.strip("()"))


def playgrounds(data: Path) -> Iterator[tuple[int, float, float]]:
    """Yield number, longitude, latitude."""
    text = (data / "sport/spielplaetze.csv").read_bytes().decode("latin-1")
    for row in csv.DictReader(text.splitlines(), delimiter=";"):
        if row["ID"]:
            yield int(row["ID"]), float(row["Latitude"]), float(row["Longitude"])


def districts(data: Path) -> dict[str, list[list[list[tuple[float, float]]]]]:
    """Return the polygons (rings) of each city district."""
    found: dict[str, Any] = {}
    for feature in json.loads((data / "raum/stadtbezirke.geojson").read_text("utf-8"))["features"]:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        found[feature["properties"]["NAME_STADT"]] = polygons
    return found


def inside(polygons: list[list[list[tuple[float, float]]]], x: float, y: float) -> bool:
    """Return whether a point lies in one of the polygons (even-odd rule, holes counted)."""
    odd = False
    for polygon in polygons:
        for ring in polygon:
            for (ax, ay), (bx, by) in pairwise(ring):
                if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                    odd = not odd
    return odd


def mean(values: list[float]) -> float:
    """Return the mean."""
    return sum(values) / len(values)
