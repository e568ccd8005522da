# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every question the builder can make passes the gate and runs on real rows; and comes back into the builder."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from allmende.insight.answer import compiled, seen
from allmende.insight.compile import COLUMNS, distinct_values
from allmende.insight.door import offers, read_text, write_text
from allmende.insight.offers import around
from allmende.insight.terms import Comparison, Function, Match, Question
from allmende.insight.web.forms import BuilderForm, first, written
from allmende.kernel.errors import Problem
from tests.insight.town import Asking

DATASETS = ("spielplaetze", "betriebe", "kontrollen", "einwohner", "zaehler", "stadtteile")
WORDS = ("Handel", "0-2; 3-5", "01", "12,5", 'O\'Brien; "x"', "'); DROP TABLE x; --", "85 und älter", "12")


def form(asking: Asking, who: str, data: dict[str, Any]) -> BuilderForm:
    subject = asking.subject(who)
    name = data["was"]
    known = seen(subject, [name], "statistics")[name]
    other = seen(subject, [data["andere"]], "statistics")[data["andere"]] if data.get("andere") else None
    names = [f"auenstadt.{slug}" for slug in DATASETS]
    return BuilderForm(
        data, datasets=[(n, n) for n in names], purposes=[("", "")], known=known,
        around=around(subject, "auenstadt", "statistics"), other=other, others=[(n, n) for n in names],
    )  # fmt: skip


def choices(made: BuilderForm, name: str) -> list[str]:
    return [str(value) for value, _ in made.fields[name].choices] if name in made.fields else [""]  # type: ignore[attr-defined]


def drawn(data: st.DataObject, asking: Asking, who: str) -> BuilderForm:
    """Choose at random among what the page offers, in the order in which it is offered."""
    start = {"was": f"auenstadt.{data.draw(st.sampled_from(DATASETS))}"}
    if data.draw(st.booleans()):
        start["andere"] = f"auenstadt.{data.draw(st.sampled_from(DATASETS))}"
    empty = asking.run(form, asking, who, start)
    chosen: dict[str, Any] = dict(start)
    careless = data.draw(st.integers(0, 9)) == 0  # now and then as somebody does who does not read
    for name in ("mass", "wo", "wann", "je", "nach", "vergleich", "andere_mass", "je_wie_viele", "klassen"):
        offered = choices(empty, name)
        if offered:
            chosen[name] = data.draw(st.sampled_from(offered), label=name)
    for field, value, measure in (("nur", "nur_wert", "mass"), ("andere_nur", "andere_wert", "andere_mass")):
        named = [one for one in choices(empty, field) if one]
        wanted = data.draw(st.booleans())
        if named and (wanted or "share" in chosen.get(measure, "")):
            chosen[field] = data.draw(st.sampled_from(named), label=field)
            chosen[value] = data.draw(st.sampled_from(WORDS))
    chosen["nur_wie"] = "is"
    if chosen.get("nur_wert") in {"12", "12,5"}:
        chosen["nur_wie"] = data.draw(st.sampled_from(("is", "under", "from")))
    if data.draw(st.booleans()):
        chosen["neueste"] = "on"
    if data.draw(st.booleans()):
        chosen |= {"von": "2024-06-01", "bis": "2025-12-31"}
    if not careless:
        if not chosen["wann"]:
            for name in ("je", "neueste", "von", "bis"):
                chosen.pop(name, None)
        if chosen["vergleich"] in {"ratio", "beside"} and "andere" not in chosen:
            chosen["vergleich"] = ""
        if chosen["vergleich"] in {"area", "average"} and not chosen["wo"].endswith("stadtteile"):
            chosen["vergleich"] = ""
    made: BuilderForm = asking.run(form, asking, who, chosen)
    return made


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data(), who=st.sampled_from(("owner", "quality", "youth")))
def test_every_question_of_the_builder_runs_or_is_refused_in_words(
    data: st.DataObject, who: str, asking: Asking
) -> None:
    made = drawn(data, asking, who)
    if not asking.run(made.is_valid):
        assert made.errors  # told at the form
        event("told at the form")
        return
    question = made.question
    assert read_text(write_text(question)) == question
    try:
        shown = asking(who, question)
    except Problem as problem:
        event(f"does not fit: {problem.more.get('field')}")
        assert problem.status == 400 and problem.more.get("field"), problem.detail.de
        return
    event("refused" if shown.refusals else "answered")
    if shown.refusals:
        assert shown.rows == ()
        return
    assert tuple(field.name for field in shown.fields) == COLUMNS
    assert len(shown.sentences) == 3 and all(one.de.endswith(".") and one.en.endswith(".") for one in shown.sentences)
    assert all(place.value is not None or place.why is not None for place in shown.places)
    assert {one.name for one in shown.sources} == set(question.datasets)
    if shown.classes is not None:
        assert sum(one.count for one in shown.classes.classes) == sum(p.value is not None for p in shown.places)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_a_question_comes_back_into_the_builder_as_it_was(data: st.DataObject, asking: Asking) -> None:
    made = drawn(data, asking, "quality")
    if not asking.run(made.is_valid):
        return
    back = asking.run(written, made.question, made.around)
    again = asking.run(form, asking, "quality", back)
    assert asking.run(again.is_valid), again.errors
    assert again.question == made.question


@pytest.mark.parametrize("slug", DATASETS)
@pytest.mark.parametrize("who", ["owner", "quality", "youth", "admin"])
def test_every_ready_question_is_answered_or_refused(asking: Asking, slug: str, who: str) -> None:
    found = asking.run(offers, asking.subject(who), f"auenstadt.{slug}", "statistics")
    assert slug == "stadtteile" or found
    for offer in found:
        shown = asking(who, offer.question)
        assert shown.refusals or len(shown.sentences) == 3
        assert offer.title.de and offer.title.en


def test_ready_questions_come_from_the_fields_meaning(asking: Asking) -> None:
    def made(slug: str) -> list[Question]:
        return [
            one.question for one in asking.run(offers, asking.subject("quality"), f"auenstadt.{slug}", "statistics")
        ]

    playgrounds = made("spielplaetze")
    assert playgrounds[0].what.match is Match.POINT and playgrounds[0].what.function is Function.COUNT
    assert playgrounds[1].compared is Comparison.RATIO and playgrounds[1].other is not None
    assert playgrounds[1].other.dataset == "auenstadt.einwohner" and playgrounds[1].other.latest
    residents = made("einwohner")
    assert residents[0].what.function is Function.SUM and residents[0].what.latest  # stocks are not added over dates
    assert residents[0].what.match is Match.NAME
    meters = made("zaehler")
    assert meters[0].what.match is Match.NUMBER and meters[0].what.function is Function.SUM


def test_offers_name_nothing_one_may_not_know_of(asking: Asking) -> None:
    found = asking.run(offers, asking.subject(""), "auenstadt.spielplaetze")
    assert {name for one in found for name in one.question.datasets} <= {
        "auenstadt.spielplaetze",
        "auenstadt.stadtteile",
    }


def test_the_form_starts_with_what_one_would_ask_first(asking: Asking) -> None:
    subject = asking.subject("quality")
    known = asking.run(seen, subject, ["auenstadt.einwohner"], "statistics")["auenstadt.einwohner"]
    near = asking.run(around, subject, "auenstadt", "statistics")
    assert first(known, near) == {
        "was": "auenstadt.einwohner", "mass": "sum:anzahl", "wo": "name:stadtteil:auenstadt.stadtteile",
        "wann": "stichtag", "neueste": "on",
    }  # fmt: skip


def test_the_same_question_gives_the_same_sql(asking: Asking) -> None:
    from tests.insight.town import AREAS, CHILDREN

    question = Question(what=CHILDREN, areas=AREAS)
    one, _ = asking.run(compiled, asking.subject("quality"), question, "statistics")
    two, _ = asking.run(compiled, asking.subject("quality"), question, "statistics")
    protected, _ = asking.run(compiled, asking.subject("owner"), question, "statistics")
    assert one == two and one.sql != protected.sql and "gesperrt" in protected.sql


def test_values_to_tick_are_asked_of_the_hub(asking: Asking) -> None:
    known = asking.run(seen, asking.subject("owner"), ["auenstadt.betriebe"], "statistics")["auenstadt.betriebe"]
    from allmende.hub import door as hub

    sql = distinct_values(known, "branche", 2)
    shown = asking.run(hub.page_table, asking.subject("owner"), sql=sql, purpose="statistics", rows=10)
    assert shown.rows == [["Handel", 3], ["Handwerk", 3]]
