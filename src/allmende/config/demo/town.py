# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What Auenstadt is like: districts, streets, people, the year 2025. Nothing in it is real.

Everything is drawn from :func:`dice`, which depends on words only: the same everywhere, every time, in any order.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

#: Centre of the map (longitude, latitude), an invented place; a degree in metres there.
CENTRE = (10.12, 51.83)
METRES = (68_900.0, 111_250.0)

ZONE = ZoneInfo("Europe/Berlin")
YEAR = 2025
#: From this day on Bahnhofstraße has a lane for bus and bicycle in the place of one for cars (T4: before and after).
MEASURE = datetime(2025, 7, 1, tzinfo=ZONE)


class District(msgspec.Struct, frozen=True):
    """A district: number, name, residents at the end of 2025, share of the old, cell of the map (column, row)."""

    number: str
    name: str
    residents: int
    age: float  # 0 young … 1 old
    cell: tuple[int, int]


DISTRICTS = (
    District("01", "Altstadt", 6_120, 0.5, (1, 1)),
    District("02", "Bahnhofsviertel", 7_480, 0.2, (2, 1)),
    District("03", "Nordstadt", 9_670, 0.3, (1, 2)),
    District("04", "Auenviertel", 5_940, 0.4, (0, 1)),
    District("05", "Südvorstadt", 8_870, 0.35, (1, 0)),
    District("06", "Lindenhof", 7_260, 0.6, (2, 2)),
    District("07", "Mühlenberg", 5_130, 0.65, (3, 2)),
    District("08", "Hochschulquartier", 4_450, 0.0, (2, 0)),
    District("09", "Ostfeld", 3_720, 0.55, (3, 1)),
    District("10", "Kleinrieden", 1_140, 0.8, (0, 2)),
    District("11", "Hafen und Gewerbe", 74, 0.3, (3, 0)),
    District("12", "Niederau", 146, 0.9, (0, 0)),
)

AGES = ("0-2", "3-5", "6-9", "10-14", "15-17", "18-24", "25-34", "35-49", "50-64", "65-74", "75-84", "85 und älter")
_YOUNG = (29, 28, 36, 42, 24, 118, 205, 218, 172, 70, 42, 16)
_OLD = (17, 18, 26, 36, 23, 48, 82, 165, 262, 158, 108, 57)

HOUSEHOLDS = ("allein", "zu zweit ohne Kinder", "mit Kindern", "allein mit Kindern", "in Einrichtungen")
_HOUSEHOLDS = (230, 290, 380, 70, 30)

_STREETS = (
    "Bahnhofstraße", "Marktplatz", "Auenweg", "Lindenallee", "Mühlgasse", "Schulstraße", "Gartenstraße", "Kirchgasse",
    "Brunnenstraße", "Uferstraße", "Am Stadtpark", "Rosenweg", "Ahornweg", "Birkenweg", "Eichendorffstraße",
    "Goethestraße", "Schillerstraße", "Lessingstraße", "Hafenstraße", "Industriestraße", "Gewerbering", "Am Wehr",
    "Fischergasse", "Töpfergasse", "Gerberstraße", "Wallstraße", "Nordring", "Südring", "Ostring", "Westring",
    "Hochschulallee", "Campusweg", "Bibliotheksplatz", "Am Mühlenberg", "Windmühlenweg", "Kornstraße", "Feldweg",
    "Wiesengrund", "Am Anger", "Dorfstraße", "Kleinriedener Straße", "Niederauer Straße", "Deichweg", "Weidendamm",
    "Pappelallee", "Kastanienallee", "Buchenhain", "Tannenweg", "Fliederweg", "Holunderweg", "Amselweg",
    "Drosselweg", "Finkenweg", "Lerchenstraße", "Storchengasse", "Poststraße", "Rathausplatz", "Theaterstraße",
    "Museumsufer", "Krankenhausstraße", "Feuerwehrgasse", "Ziegeleistraße", "Gaswerkstraße", "Schlachthofstraße",
    "Brückenstraße", "Neue Straße", "Lange Straße", "Kurze Straße", "Querstraße", "Breite Straße", "Bergstraße",
    "Talstraße", "Sonnenhang", "Quellenweg", "Am Bach", "Otterstieg", "Biberdamm", "Kranichweg", "Reiherweg",
    "Schwanenteich",
)  # fmt: skip


class Street(msgspec.Struct, frozen=True):
    """A street: key, name, district, length in metres."""

    key: str
    name: str
    district: str
    length: int


class Station(msgspec.Struct, frozen=True):
    """A counting station: motor vehicles and bicycles of an average hour."""

    id: str
    name: str
    street: str
    district: str
    cars: float
    bicycles: float
    measure: bool  # whether it stands where the measure is


STATIONS = (
    Station("Z01", "Bahnhofstraße, Höhe Post", "Bahnhofstraße", "02", 620, 95, True),
    Station("Z02", "Nordring, Brücke", "Nordring", "03", 810, 60, False),
    Station("Z03", "Südring, Tankstelle", "Südring", "05", 760, 55, False),
    Station("Z04", "Lindenallee, Schule", "Lindenallee", "06", 240, 80, False),
    Station("Z05", "Hochschulallee", "Hochschulallee", "08", 190, 210, False),
    Station("Z06", "Uferstraße, Radweg", "Uferstraße", "04", 0, 160, False),
)


def dice(*words: object) -> random.Random:
    """Return dice of their own for what ``words`` name."""
    return random.Random(" ".join(map(str, ("auenstadt", *words))))  # noqa: S311 - a demonstration, no secret


def place(east: float, north: float) -> tuple[float, float]:
    """Return longitude and latitude of a point given in metres from the centre."""
    return round(CENTRE[0] + east / METRES[0], 6), round(CENTRE[1] + north / METRES[1], 6)


def _corner(column: int, row: int) -> tuple[float, float]:
    """Return a corner of the crooked grid of districts, in metres from the centre."""
    roll = dice("corner", column, row)
    return (column - 2) * 1_500 + roll.uniform(-260, 260), (row - 1.5) * 1_400 + roll.uniform(-240, 240)


def outline(district: District) -> list[tuple[float, float]]:
    """Return the district's outline in metres, counter-clockwise and closed; neighbours share their corners."""
    c, r = district.cell
    ring = []
    for (c1, r1), (c2, r2) in zip(
        ((c, r), (c + 1, r), (c + 1, r + 1), (c, r + 1)), ((c + 1, r), (c + 1, r + 1), (c, r + 1), (c, r)), strict=True
    ):
        ring += [_corner(c1, r1), _between((c1, r1), (c2, r2))]
    return [*ring, ring[0]]


def _between(a: tuple[int, int], b: tuple[int, int]) -> tuple[float, float]:
    """Return a bend in the border between two corners, the same seen from both sides."""
    (x1, y1), (x2, y2) = _corner(*a), _corner(*b)
    roll = dice("bend", *sorted((a, b)))
    return (x1 + x2) / 2 + roll.uniform(-120, 120), (y1 + y2) / 2 + roll.uniform(-120, 120)


def inside(district: District, roll: random.Random) -> tuple[float, float]:
    """Return a point of the district in metres."""
    ring = outline(district)
    while True:
        x = roll.uniform(min(p[0] for p in ring), max(p[0] for p in ring))
        y = roll.uniform(min(p[1] for p in ring), max(p[1] for p in ring))
        within = False
        for (x1, y1), (x2, y2) in itertools.pairwise(ring):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                within = not within
        if within:
            return round(x, 1), round(y, 1)


def streets() -> list[Street]:
    """Return the town's streets."""
    found = []
    for number, name in enumerate(_STREETS, start=1):
        roll = dice("street", name)
        known = {s.street: s.district for s in STATIONS}
        district = known.get(name) or roll.choices(DISTRICTS, [math.sqrt(d.residents) for d in DISTRICTS])[0].number
        found.append(Street(f"{number * 10:05d}", name, district, roll.randrange(80, 2_400, 5)))
    return found


def residents(year: int) -> Iterator[tuple[District, dict[str, int], dict[str, int]]]:
    """Yield each district with its residents at the end of ``year`` by age and by household; both have the same sum."""
    for district in DISTRICTS:
        total = round(district.residents * (1 - 0.006 * (YEAR - year)))
        mix = [y * (1 - district.age) + o * district.age for y, o in zip(_YOUNG, _OLD, strict=True)]
        ages = _spread(total, mix, dice("age", district.number))
        homes = _spread(total, list(_HOUSEHOLDS), dice("household", district.number))
        yield district, dict(zip(AGES, ages, strict=True)), dict(zip(HOUSEHOLDS, homes, strict=True))


def _spread(total: int, weights: list[float], roll: random.Random) -> list[int]:
    """Return whole numbers of the given sum in about the proportion of ``weights``."""
    wanted = [w * roll.uniform(0.85, 1.15) for w in weights]
    exact = [total * w / sum(wanted) for w in wanted]
    counts = [int(e) for e in exact]
    for i in sorted(range(len(counts)), key=lambda i: counts[i] - exact[i])[: total - sum(counts)]:
        counts[i] += 1
    return counts


def hours() -> Iterator[datetime]:
    """Yield the beginning of each hour of the year, in UTC."""
    moment = datetime(YEAR, 1, 1, tzinfo=ZONE).astimezone(UTC)
    end = datetime(YEAR + 1, 1, 1, tzinfo=ZONE).astimezone(UTC)
    while moment < end:
        yield moment
        moment += timedelta(hours=1)


# fmt: off
#: Share of a day's traffic in each hour, in twenty-fourths: working days and weekends.
_DAY = (
    (0.2, 0.1, 0.1, 0.1, 0.2, 0.6, 1.3, 2.1, 1.9, 1.3, 1.2, 1.3, 1.4, 1.4, 1.5, 1.9, 2.2, 2.0, 1.5, 1.1, 0.8, 0.6, 0.5, 0.3),
    (0.4, 0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1.2, 1.6, 1.8, 1.8, 1.7, 1.7, 1.7, 1.7, 1.6, 1.4, 1.2, 0.9, 0.7, 0.6, 0.5),
)
# fmt: on


def flow(local: datetime) -> float:
    """Return how much traffic an hour has, 1.0 being an average one."""
    weekend = local.weekday() >= 5
    return _DAY[weekend][local.hour] * (0.72 if weekend else 1.1)


@cache
def _weather(day: int) -> float:
    return dice("weather", day // 4).uniform(-5, 5) + dice("weather", day).uniform(-2, 2)


def warmth(local: datetime) -> float:
    """Return the temperature in °C that hour: year, day, and a weather that lasts some days."""
    day = local.timetuple().tm_yday
    season = -9.5 * math.cos((day - 18) / 365 * 2 * math.pi)
    return 10.0 + season - 4 * math.cos((local.hour - 3) / 24 * 2 * math.pi) + _weather(day)


def traffic(station: Station, local: datetime, roll: random.Random) -> tuple[int, int]:
    """Return motor vehicles and bicycles counted in the hour that begins at ``local``."""
    after = station.measure and local >= MEASURE
    cars = station.cars * flow(local) * roll.uniform(0.88, 1.12) * (0.74 if after else 1)
    warm = min(1.6, max(0.25, 0.45 + warmth(local) / 22))
    bicycles = station.bicycles * flow(local) * warm * roll.uniform(0.7, 1.3) * (1.35 if after else 1)
    return round(cars), round(bicycles)
