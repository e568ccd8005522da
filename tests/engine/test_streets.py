# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses and the town's own street list: spellings, stretches, sides, former names; what does not match says why."""

from __future__ import annotations

import pytest

from allmende.engine.streets import Miss, Streets, Stretch, plain, read, side_of

LIST = Streets(
    [
        ("Hauptstraße", Stretch("Mitte", 1, 21, "odd"), ()),
        ("Hauptstraße", Stretch("Nord", 2, 40, "even"), ()),
        ("Hauptstraße", Stretch("Süd", 23, 99, "odd"), ()),
        ("Mühlenweg", Stretch("West"), ("Ernst-Thälmann-Straße",)),
        ("Sankt-Florian-Straße", Stretch("Ost"), ()),
        ("Platz der Einheit", Stretch("Mitte"), ()),
        ("Straße des 17. Juni", Stretch("Mitte"), ()),
        ("Ringstraße", Stretch("Nord", 1, 50), ()),
        ("Ringstraße", Stretch("Süd", 51, 0), ()),
    ]
)


@pytest.mark.parametrize(
    ("written", "district"),
    [
        ("Hauptstr. 12 a", "Nord"),
        ("Hauptstraße 12A", "Nord"),
        ("HAUPTSTRASSE 11", "Mitte"),
        ("Haupt-Str. 23", "Süd"),
        ("Hauptstrasse 12-16", "Nord"),
        ("Hauptstraße 12, 99999 Auenstadt", "Nord"),
        ("Hauptstraße 12 99999 Auenstadt", "Nord"),
        ("Muehlenweg 3", "West"),
        ("Mühlenweg", "West"),
        ("Ernst-Thälmann-Str. 3", "West"),
        ("St. Florian Straße 1", "Ost"),
        ("Pl. der Einheit 4", "Mitte"),
        ("Straße des 17. Juni 135", "Mitte"),
        ("Ringstr. 50", "Nord"),
        ("Ringstr. 51b", "Süd"),
        ("Mu\u0308hlenweg 3", "West"),
    ],
)
def test_an_address_is_found_however_it_is_written(written: str, district: str) -> None:
    hit = LIST.find(read(written))
    assert (hit.district, hit.miss) == (district, None)


@pytest.mark.parametrize(
    ("written", "miss"),
    [
        ("", Miss.EMPTY),
        ("Hauptstraße", Miss.NUMBER),
        ("Hauptstraße 101", Miss.RANGE),
        ("Hauptstraße 42", Miss.RANGE),
        ("Unbekannte Gasse 3", Miss.STREET),
    ],
)
def test_what_does_not_match_says_why(written: str, miss: Miss) -> None:
    hit = LIST.find(read(written))
    assert (hit.district, hit.miss) == ("", miss)
    assert miss.reason.de and miss.reason.en


def test_house_numbers_of_their_own_column_and_former_names() -> None:
    assert LIST.find(read("Hauptstr.", "12 a")).district == "Nord"
    assert LIST.find(read("Hauptstr.", "11-15")).district == "Mitte"
    assert LIST.find(read("Ernst-Thälmann-Straße 3")).former
    assert not LIST.find(read("Mühlenweg 3")).former


def test_nothing_is_guessed_but_the_nearest_is_named() -> None:
    assert LIST.find(read("Mühlnweg 3")).miss is Miss.STREET
    assert LIST.nearest("Mühlnweg") == "Mühlenweg"
    assert LIST.nearest("Xyz") == ""


def test_two_stretches_that_overlap_in_two_districts_give_none() -> None:
    both = Streets([("Weg", Stretch("A", 1, 10), ()), ("Weg", Stretch("B", 5, 20), ())])
    assert both.find(read("Weg 3")).district == "A"
    assert both.find(read("Weg 7")).miss is Miss.SEVERAL


def test_sides_and_spellings() -> None:
    assert [side_of(word) for word in ("g", "Ungerade", "", "beide")] == ["even", "odd", "", ""]
    assert plain("Dr.-Külz-Str.") == plain("Doktor-Külz-Straße")
    assert plain("Groß Straße") == plain("GROSS STRASSE")
