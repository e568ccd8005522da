# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The law package: a file for each Land, dated, with its source; what is not known says so."""

from __future__ import annotations

from datetime import date

import pytest

from allmende.organisations.domain.units import LAND_BY_AGS
from allmende.organisations.laws import Duty, Kind, law, packages, suggested
from allmende.organisations.statements import QUESTIONS, Statement

TODAY = date(2026, 11, 28)


def test_every_land_has_a_package_and_nothing_else_does() -> None:
    assert set(packages()) == {land.lower() for land in LAND_BY_AGS.values()} | {"bund", "eu", "kommune"}


@pytest.mark.parametrize("name", sorted(packages()))
def test_what_is_said_has_a_source_and_what_is_not_known_says_so(name: str) -> None:
    for rule in packages()[name].rule:
        if rule.duty is not Duty.UNKNOWN:
            assert rule.source is not None and rule.effect is not None, rule
        if rule.effect is not None:
            assert rule.source is not None, rule
            assert rule.effect.de and rule.effect.en


@pytest.mark.parametrize("land", sorted(LAND_BY_AGS.values()))
def test_every_land_names_its_authority_and_speaks_of_every_kind(land: str) -> None:
    package = packages()[land.lower()]
    assert package.authority is not None
    assert "@" in package.authority.email and package.authority.web.startswith("https://")
    kinds = {rule.kind for rule in package.rule}
    assert {Kind.TRANSPARENCY, Kind.OPEN_DATA, Kind.E_GOVERNMENT, Kind.DATA_PROTECTION} <= kinds


def test_the_table_of_2021() -> None:
    """Deutscher Städtetag 2021, table 2."""
    then = date(2021, 6, 1)
    duties = {land: law(land, then).duty for land in LAND_BY_AGS.values()}
    assert {land for land, duty in duties.items() if duty is Duty.PUBLISH} == {"HB", "HH", "RP"}
    assert {land for land, duty in duties.items() if duty is Duty.NONE} == {"SN", "NI", "BY"}
    assert len([duty for duty in duties.values() if duty is Duty.REQUEST]) == 10


def test_law_is_dated() -> None:
    assert law("SN", date(2022, 12, 31)).duty is Duty.NONE
    saxony = law("SN", date(2023, 1, 1))
    assert saxony.duty is Duty.UNKNOWN
    assert [rule.short for rule in saxony.land.rule if rule.kind is Kind.TRANSPARENCY] == ["SächsTranspG"]
    assert "DNG" not in [rule.short for rule in law("SN", date(2021, 7, 15)).everywhere[1].rule]
    assert "DNG" in [rule.short for rule in law("SN", TODAY).everywhere[1].rule]


def test_of_no_land_nothing_is_concluded() -> None:
    nowhere = law("", TODAY)
    assert nowhere.duty is Duty.UNKNOWN and nowhere.land.rule == () and nowhere.land.authority is None
    assert "sagen unsere Quellen nicht" in nowhere.on_release().de


@pytest.mark.parametrize("land", sorted(LAND_BY_AGS.values()))
def test_what_it_proposes_answers_questions_of_the_statements(land: str) -> None:
    found = suggested(land, TODAY)
    assert set(found[Statement.PRIVACY]) == {"law", "authority"}
    for kind, answers in found.items():
        assert set(answers) <= {question.name for question in QUESTIONS[kind]} and all(answers.values())


def test_an_enforcement_body_that_is_not_known_is_not_proposed() -> None:
    known = {land for land in LAND_BY_AGS.values() if suggested(land, TODAY)[Statement.ACCESSIBILITY]}
    assert known == {"HB", "NI", "NW"}
    assert not any(suggested("", TODAY).values())
