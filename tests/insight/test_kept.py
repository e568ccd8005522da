# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Saved questions: who may keep, see, change them; and that none ever shows more than the reader's own rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from allmende.insight import door as insight
from allmende.insight.models import Change, SavedQuestion
from allmende.insight.terms import Part, Question, QuestionDraft, Visibility
from allmende.kernel.errors import Forbidden, Invalid, NotFound, Problem, Unauthenticated
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR
from tests.insight.town import AREAS, CHILDREN, PLAYGROUND, Asking

OPEN = Question(what=PLAYGROUND, areas=AREAS)
PERSONAL = Question(what=CHILDREN, areas=AREAS)
HIDDEN = Question(what=Part(dataset="auenstadt.betten"))
EVERYBODY = ("", "owner", "youth", "staff", "gate", "admin", "engineer")


@pytest.fixture(autouse=True)
def emptied(asking: Asking) -> Iterator[None]:
    yield
    asking.run(lambda: SavedQuestion.objects.all().delete())


def draft(question: Question = OPEN, visibility: Visibility = Visibility.OWNER, **more: Any) -> QuestionDraft:
    return QuestionDraft(question=question, visibility=visibility, **({"title": "Spielplätze"} | more))


def keep(asking: Asking, who: str, given: QuestionDraft) -> str:
    if who == "operator":
        unit = asking.hub.town.units["environment"]
        kept: str = asking.run(insight.save_question, OPERATOR, given, tenant="auenstadt", unit=unit)
    else:
        kept = asking.run(insight.save_question, asking.subject(who), given)
    return kept


def sees(asking: Asking, who: str, id_: str) -> bool:
    listed = any(one.id == id_ for one in asking.run(insight.saved, asking.subject(who)))
    try:
        asking.run(insight.question, asking.subject(who), id_)
    except NotFound:
        assert not listed
        return False
    assert listed
    return True


@pytest.mark.parametrize(
    ("visibility", "readers"),
    [
        (Visibility.OWNER, {"youth"}),
        (Visibility.UNIT, {"youth", "staff"}),  # both of the youth office
        (
            Visibility.ADMINISTRATION,
            {"owner", "youth", "staff", "gate", "admin"},
        ),  # the engineer's company is not part of it
    ],
)
def test_who_may_open_a_question_an_office_keeps(asking: Asking, visibility: Visibility, readers: set[str]) -> None:
    kept = keep(asking, "youth", draft(visibility=visibility))
    assert {who for who in EVERYBODY if sees(asking, who, kept)} == readers


def test_public_questions_are_for_everybody_and_take_the_right_to_release(asking: Asking) -> None:
    for who in ("owner", "youth", "staff", "admin", "engineer"):
        with pytest.raises(Forbidden):
            keep(asking, who, draft(visibility=Visibility.PUBLIC))
    kept = keep(asking, "gate", draft(visibility=Visibility.PUBLIC))
    assert all(sees(asking, who, kept) for who in EVERYBODY)


def test_a_company_keeps_questions_for_itself_only(asking: Asking) -> None:
    kept = keep(asking, "engineer", draft(visibility=Visibility.UNIT))
    assert {who for who in EVERYBODY if sees(asking, who, kept)} == {"engineer"}
    with pytest.raises(Forbidden):
        keep(asking, "engineer", draft(visibility=Visibility.ADMINISTRATION))


def test_nobody_keeps_a_question_without_signing_in(asking: Asking) -> None:
    with pytest.raises(Unauthenticated):
        keep(asking, "", draft())
    bound = asking.subject("owner").bound_to(frozenset({"statistics"}))
    with pytest.raises(Forbidden):
        asking.run(insight.save_question, bound, draft())


def test_a_question_on_a_data_set_one_may_not_know_of_is_not_there(asking: Asking) -> None:
    """Its title and its very existence would tell: whoever made it public."""
    kept = keep(asking, "operator", draft(HIDDEN, Visibility.PUBLIC, title="Betten der Klinik"))
    assert {who for who in EVERYBODY if sees(asking, who, kept)} == {"owner"}  # of the unit that answers for it
    for who in ("youth", ""):
        with pytest.raises(NotFound) as hidden:
            asking(who, HIDDEN)
        with pytest.raises(NotFound) as absent:
            asking(who, Question(what=Part(dataset="auenstadt.nichts")))
        assert hidden.value.detail.de.replace("betten", "nichts") == absent.value.detail.de
    with pytest.raises(NotFound):
        keep(asking, "youth", draft(HIDDEN))


def test_an_answer_rests_on_the_readers_rights_never_the_authors(asking: Asking) -> None:
    """The author has the right to the rows; who opens the question gets the release table, or the refusal."""
    kept = keep(asking, "quality", draft(PERSONAL, Visibility.ADMINISTRATION, purpose="statistics"))
    as_kept = asking.run(insight.question, asking.subject("owner"), kept)
    author, reader = asking("quality", as_kept.question), asking("owner", as_kept.question)
    assert all(place.value is not None for place in author.places)
    assert [place.name for place in reader.places if place.value is None] == ["Niederau"]
    small = next(place.value for place in author.places if place.name == "Niederau")
    assert small is not None and all(small not in row for row in reader.rows)
    refused = asking("owner", as_kept.question, purpose="environmental_planning")  # not a purpose of the data set
    assert refused.rows == () and [one.dataset for one in refused.refusals] == ["auenstadt.einwohner"]
    with pytest.raises(NotFound):  # the public may not even know of the data set
        asking("", as_kept.question)


def test_what_may_be_known_but_not_read_is_refused_in_words_without_a_row(asking: Asking) -> None:
    question = Question(what=Part(dataset="auenstadt.zaehler"))
    shown = asking("staff", question)  # the youth office has a grant, the others none
    assert shown.refusals == () and shown.total is not None
    shown = asking("admin", question)
    assert shown.rows == () and shown.places == () and shown.sentences == () and shown.permission is None
    (refusal,) = shown.refusals
    assert refusal.dataset == "auenstadt.zaehler" and refusal.reason.de and refusal.missing.de and refusal.ask
    last = asking.run(rights.entries, asking.subject("protection"), "auenstadt", limit=1)[0]
    assert last.outcome.value == "deny" and "auenstadt.zaehler" in last.statement  # logged, like any question


def test_every_opening_is_in_the_decision_log(asking: Asking) -> None:
    subject = asking.subject("protection")

    def logged() -> int:
        return len(asking.run(rights.entries, subject, "auenstadt", limit=1000))

    before = logged()
    asking("owner", PERSONAL)
    asking("owner", PERSONAL)
    assert logged() == before + 2


def test_changing_and_deleting_is_for_the_owner_and_who_describes_the_units_data(asking: Asking) -> None:
    kept = keep(asking, "staff", draft(visibility=Visibility.ADMINISTRATION))
    for who in ("owner", "gate", "admin"):  # may see it
        with pytest.raises(Forbidden):
            asking.run(insight.change_question, asking.subject(who), kept, draft(title="Fremd"))
        with pytest.raises(Forbidden):
            asking.run(insight.delete_question, asking.subject(who), kept)
    asking.run(insight.change_question, asking.subject("youth"), kept, draft(visibility=Visibility.UNIT, title="Neu"))
    assert asking.run(insight.question, asking.subject("staff"), kept).title == "Neu"
    with pytest.raises(Forbidden):  # who does not own it cannot take it away from its owner
        asking.run(insight.change_question, asking.subject("youth"), kept, draft(visibility=Visibility.OWNER))
    with pytest.raises(Forbidden):
        asking.run(insight.change_question, asking.subject("staff"), kept, draft(visibility=Visibility.PUBLIC))
    with pytest.raises(NotFound):  # not to be told from one that does not exist
        asking.run(insight.delete_question, asking.subject("admin"), kept)
    asking.run(insight.delete_question, asking.subject("staff"), kept)
    assert not sees(asking, "staff", kept)
    verbs = asking.run(lambda: list(Change.objects.filter(about=kept).order_by("at").values_list("verb", flat=True)))
    assert verbs == ["save_question", "change_question", "delete_question"]


def test_a_copy_is_ones_own_and_private(asking: Asking) -> None:
    kept = keep(asking, "youth", draft(visibility=Visibility.ADMINISTRATION))
    copy = asking.run(insight.copy_question, asking.subject("owner"), kept)
    found = asking.run(insight.question, asking.subject("owner"), copy)
    assert found.mine and found.visibility is Visibility.OWNER and found.question == OPEN
    assert not sees(asking, "youth", copy)
    private = keep(asking, "youth", draft())
    with pytest.raises(NotFound):
        asking.run(insight.copy_question, asking.subject("owner"), private)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "x"},
        {"title": "x" * 201},
        {"note": "x" * 1001},
        {"purpose": "weltherrschaft"},
    ],
)
def test_what_is_wrong_with_a_draft_is_said_at_its_field(asking: Asking, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as raised:
        keep(asking, "owner", draft(**wrong))
    assert raised.value.more["field"] in wrong


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"what": 1}', '{"what":{"dataset":"a.b"},"more":1}', "\ud800", "[" * 5000,
     '{"what":{"dataset":"a.b","function":"drop"}}'],
)  # fmt: skip
def test_a_broken_link_is_one_clear_sentence(text: str) -> None:
    with pytest.raises(Problem) as raised:
        insight.read_text(text)
    assert raised.value.status == 400 and "Link" in raised.value.detail.de


def test_lists_take_as_many_queries_for_one_as_for_three(asking: Asking) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            insight.saved(asking.subject("owner"))
        return len(captured)

    counts = []
    for number in range(3):
        keep(asking, "owner", draft(title=f"Frage {number}", visibility=Visibility.UNIT))
        counts.append(asking.run(queries))
    assert counts[0] == counts[2]
