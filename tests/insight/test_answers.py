# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Answers to questions without SQL, compared exactly with plain Python over the same rows."""

from __future__ import annotations

from collections import defaultdict

import pytest

from allmende.catalogue import door as catalogue
from allmende.insight.answer import seen
from allmende.insight.terms import (
    Check,
    Comparison,
    Filter,
    Function,
    Match,
    Part,
    Period,
    Question,
    Reason,
    ShownAnswer,
)
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, GranteeKind, Outcome, RowRange
from tests.insight.town import (
    AREAS,
    BUSINESSES,
    CHILDREN,
    DISTRICTS,
    PLAYGROUND,
    PLAYGROUNDS,
    YOUNG,
    Asking,
    but,
    meters,
    residents,
)


def by_place(shown: ShownAnswer) -> dict[str, float | None]:
    return {place.name: place.value for place in shown.places}


def inside(lon: float, lat: float) -> str:
    for name, (_, (west, south)) in DISTRICTS.items():
        if west < lon < west + 0.1 and south < lat < south + 0.1:
            return name
    return ""


def test_points_are_counted_by_the_district_they_lie_in(asking: Asking) -> None:
    shown = asking("", Question(what=PLAYGROUND, areas=AREAS))
    expected = dict.fromkeys(DISTRICTS, 0)
    for _, lon, lat, _size in PLAYGROUNDS:
        if home := inside(lon, lat):
            expected[home] += 1
    assert by_place(shown) == expected
    assert expected["Hafen"] == 0  # a district without one is a zero, not a gap
    assert [(one.count, one.of) for one in shown.unmatched] == [(2, len(PLAYGROUNDS))]
    assert shown.notes[0].de == f"2 von {len(PLAYGROUNDS)} Einträgen aus „Spielplätze“ liegen in keinem Stadtteil."
    assert shown.total == len(PLAYGROUNDS)
    assert all(place.geometry is not None for place in shown.places)
    assert {one.name for one in shown.sources} == {"auenstadt.spielplaetze", "auenstadt.stadtteile"}


def test_playgrounds_by_children_under_ten_with_the_right_to_the_rows(asking: Asking) -> None:
    question = Question(what=PLAYGROUND, areas=AREAS, compared=Comparison.RATIO, other=CHILDREN, per=1000)
    shown = asking("quality", question)
    children: dict[str, int] = defaultdict(int)
    for day, district, age, count in residents():
        if day == "2025-12-31" and age in YOUNG:
            children[district] += count
    grounds = dict.fromkeys(DISTRICTS, 0)
    for _, lon, lat, _size in PLAYGROUNDS:
        if home := inside(lon, lat):
            grounds[home] += 1
    assert by_place(shown) == {name: grounds[name] * 1000 / children[name] for name in DISTRICTS}
    assert [place.other for place in shown.places] == [children[place.name] for place in shown.places]


def test_small_numbers_are_left_out_for_who_gets_the_release_table_and_the_page_says_why(asking: Asking) -> None:
    question = Question(what=PLAYGROUND, areas=AREAS, compared=Comparison.RATIO, other=CHILDREN, per=1000)
    shown = asking("owner", question)
    withheld = next(place for place in shown.places if place.name == "Niederau")
    assert withheld.value is None and withheld.other is None and withheld.reason is Reason.SUPPRESSED
    assert withheld.why is not None and "Mindestfallzahl" in withheld.why.de
    full = by_place(asking("quality", question))
    assert {n: v for n, v in by_place(shown).items() if v is not None}.items() <= full.items()
    alone = asking("owner", Question(what=CHILDREN, areas=AREAS))
    assert next(p for p in alone.places if p.name == "Niederau").reason is Reason.SUPPRESSED
    assert alone.total is None  # the rest would tell what is withheld


def test_names_are_matched_whatever_their_spelling_and_what_is_not_is_said(asking: Asking) -> None:
    part = Part(dataset="auenstadt.betriebe", match=Match.NAME, place="stadtteil")
    shown = asking("owner", Question(what=part, areas=AREAS))
    assert by_place(shown) == {"Altstadt": 3, "Südvorstadt": 2, "Nord-West": 1, "Hafen": None, "Niederau": None}
    assert {place.reason for place in shown.places if place.value is None} == {Reason.NOT_MATCHED}
    assert shown.notes[0].de == "1 von 7 Einträgen aus „Betriebe“ gehört zu keinem Stadtteil: Nordwest."


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (Function.SUM, {"Altstadt": 17, "Südvorstadt": 47, "Nord-West": None}),
        (Function.MEAN, {"Altstadt": 17 / 3, "Südvorstadt": 23.5, "Nord-West": None}),
        (Function.MIN, {"Altstadt": 2, "Südvorstadt": 7, "Nord-West": None}),
        (Function.MAX, {"Altstadt": 12, "Südvorstadt": 40, "Nord-West": None}),
    ],
)
def test_measures(asking: Asking, function: Function, expected: dict[str, float]) -> None:
    part = Part(
        dataset="auenstadt.betriebe", function=function, field="beschaeftigte", match=Match.NAME, place="stadtteil"
    )
    found = by_place(asking("owner", Question(what=part, areas=AREAS)))
    assert {name: found[name] for name in expected} == expected


def test_a_share_in_per_cent(asking: Asking) -> None:
    part = Part(
        dataset="auenstadt.betriebe",
        function=Function.SHARE,
        share=Filter(field="branche", values=("Handwerk",)),
        match=Match.NAME,
        place="stadtteil",
    )
    shown = asking("owner", Question(what=part, areas=AREAS))
    assert by_place(shown)["Altstadt"] == pytest.approx(100 / 3) and by_place(shown)["Südvorstadt"] == 50
    assert shown.total == pytest.approx(300 / 7) and shown.unit == "%"


def test_by_number_and_month_with_an_obligation_that_hides_rows(asking: Asking) -> None:
    part = Part(
        dataset="auenstadt.zaehler",
        function=Function.SUM,
        field="kwh",
        match=Match.NUMBER,
        place="stadtteil",
        time="tag",
    )
    shown = asking("youth", Question(what=part, areas=AREAS, every=Period.MONTH))
    expected: dict[str, float] = defaultdict(float)
    months: dict[str, float] = defaultdict(float)
    names = {number: name for name, (number, _) in DISTRICTS.items()}
    for number, day, kwh in meters():
        if number in {"01", "02"}:
            expected[names[number]] += kwh
            months[f"{day:%m/%Y}"] += kwh
    assert {n: v for n, v in by_place(shown).items() if v is not None} == pytest.approx(expected)
    assert {p.reason for p in shown.places if p.value is None} == {Reason.LIMITED}
    assert {one.label: one.value for one in shown.splits} == pytest.approx(months)
    assert [one.label for one in shown.splits][:2] == ["01/2024", "02/2024"]
    assert any("nicht alle Zeilen" in note.de for note in shown.notes)
    assert len(shown.rows) == 2 * 24


def test_addresses_of_two_offices_meet(asking: Asking) -> None:
    what = Part(dataset="auenstadt.betriebe", match=Match.ADDRESS, place="adresse")
    other = Part(
        dataset="auenstadt.kontrollen", function=Function.SUM, field="anzahl", match=Match.ADDRESS, place="anschrift"
    )
    shown = asking("owner", Question(what=what, compared=Comparison.BESIDE, other=other))
    found = {place.name: (place.value, place.other) for place in shown.places}
    assert found == {
        "Hauptstr. 5 a": (2, 2), "Südring 1": (1, 1), "Südring 2": (1, 0), "Am Kai 9": (2, 4), "Feldweg 8": (0, 3),
        "Dorfplatz 3": (1, 0),
    }  # fmt: skip


def test_time_is_a_way_to_put_two_data_sets_together(asking: Asking) -> None:
    what = Part(dataset="auenstadt.betriebe", time="gegruendet")
    other = Part(dataset="auenstadt.zaehler", function=Function.MEAN, field="kwh", time="tag")
    shown = asking("youth", Question(what=what, every=Period.YEAR, compared=Comparison.RATIO, other=other, per=100))
    kwh: dict[int, list[float]] = defaultdict(list)
    for number, day, value in meters():
        if number in {"01", "02"}:
            kwh[day.year].append(value)
    founded = {year: sum(b[4].year == year for b in BUSINESSES) for year in (2024, 2025)}
    assert {one.label: one.value for one in shown.splits} == pytest.approx(
        {str(year): founded[year] * 100 / (sum(kwh[year]) / len(kwh[year])) for year in founded}
    )


def test_dimension_window_of_time_and_numbers(asking: Asking) -> None:
    from datetime import date

    part = Part(
        dataset="auenstadt.betriebe",
        time="gegruendet",
        filters=(Filter(field="beschaeftigte", check=Check.UNDER, values=("12,5",)),),
    )
    question = Question(what=part, by="branche", since=date(2024, 3, 1), until=date(2025, 12, 29))
    shown = asking("owner", question)
    assert {one.label: one.value for one in shown.splits} == {"Handwerk": 3, "Gastronomie": 1}
    assert asking("owner", but(question, what=but(part, filters=()))).total == 6


def test_per_square_kilometre(asking: Asking) -> None:
    shown = asking("", Question(what=PLAYGROUND, areas=AREAS, compared=Comparison.AREA))
    import math

    a, f = 6378137.0, 1 / 298.257223563
    e2 = f * (2 - f)

    def zone(latitude: float) -> float:  # area between equator and latitude over the ellipsoid, per radian
        s = math.sin(math.radians(latitude))
        e = math.sqrt(e2)
        return a * a * (1 - e2) / 2 * (s / (1 - e2 * s * s) + math.log((1 + e * s) / (1 - e * s)) / (2 * e))

    for place in shown.places:
        _, (_west, south) = DISTRICTS[place.name]
        km2 = math.radians(0.1) * (zone(south + 0.1) - zone(south)) / 1e6
        assert place.other == pytest.approx(km2, rel=1e-4)  # edges are geodesics there, parallels here
        assert place.measured is not None and place.other is not None
        assert place.value == pytest.approx(place.measured / place.other)


def test_against_the_average(asking: Asking) -> None:
    shown = asking("", Question(what=PLAYGROUND, areas=AREAS, compared=Comparison.AVERAGE))
    mean = sum(place.measured or 0 for place in shown.places) / len(DISTRICTS)
    assert shown.average == mean
    assert {p.name: p.value for p in shown.places} == pytest.approx(
        {p.name: ((p.measured or 0) / mean - 1) * 100 for p in shown.places}
    )


def test_a_number_that_stands_alone(asking: Asking) -> None:
    shown = asking("", Question(what=Part(dataset="auenstadt.spielplaetze", function=Function.SUM, field="groesse")))
    assert shown.total == sum(size or 0 for *_, size in PLAYGROUNDS)
    assert len(shown.sentences) == 3 and shown.places == () and shown.splits == ()


def test_rows_kept_back_by_a_range_are_no_zero(asking: Asking) -> None:
    subject = asking.subject("youth")
    (view,) = catalogue.datasets(OPERATOR, ["auenstadt.zaehler"]).values()
    grant = rights.give_grant(
        OPERATOR,
        rights.GrantDraft(
            resource=view.id,
            grantee_kind=GranteeKind.PERSON,
            grantee=subject.id,
            purposes=frozenset({"environmental_planning"}),
            obligations=(RowRange("kwh", "1", "2"),),
            legal_basis="Satzung",
        ),
    )
    try:
        known = asking.run(seen, subject, ["auenstadt.zaehler"], "environmental_planning")["auenstadt.zaehler"]
    finally:
        rights.withdraw_grant(OPERATOR, grant)
    assert known.decision is not None and known.decision.outcome is Outcome.ALLOW and not known.complete
