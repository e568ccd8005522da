# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The council paper on a question: the reader's own answer, its gaps and refusals, on two pages."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from allmende.insight import door as insight
from allmende.insight.terms import Comparison, Function, Match, Part, Question, QuestionDraft, Visibility
from allmende.kernel.errors import NotFound
from allmende.portal.web import papers
from tests.engine.paper.judge import Look, text, verapdf
from tests.insight.town import AREAS, CHILDREN, DISTRICTS, PLAYGROUND, Asking

PER_CHILDREN = Question(what=PLAYGROUND, areas=AREAS, other=CHILDREN, compared=Comparison.RATIO, per=100)
METERS = Question(
    what=Part(dataset="auenstadt.zaehler", function=Function.SUM, field="kwh", match=Match.NUMBER, place="stadtteil"),
    areas=AREAS,
)


def carried(asking: Asking, who: str, question: Question, purpose: str = "statistics") -> HttpResponse:
    given = urlencode({"frage": insight.write_text(question), "zweck": purpose})
    request = RequestFactory(headers={"accept-language": "de"}).get(f"/auswertung/antwort/vorlage.pdf?{given}")
    request.subject = asking.subject(who)  # type: ignore[attr-defined]
    request.resolver_match = None
    made: HttpResponse = asking.run(papers.answer_paper, request)
    return made


def test_the_answer_with_its_map_gaps_and_sources(asking: Asking, tmp_path: Path) -> None:
    shown = asking("owner", PER_CHILDREN)
    made = carried(asking, "owner", PER_CHILDREN)
    assert made.status_code == 200
    look = Look(made.content)
    assert look.pages <= 2
    alternative, key = look.alternatives()
    assert key.startswith("Legende, von hell nach dunkel: ")
    assert alternative.startswith("Karte: ")
    verapdf(tmp_path, {"council": made.content})
    said = " ".join(text(made.content, tmp_path).split())
    for sentence in shown.sentences:
        assert sentence.de in said.replace("\N{NO-BREAK SPACE}", " ")
    for name in DISTRICTS:
        assert name in said
    gaps = [place for place in shown.places if place.value is None]
    for place in gaps:
        assert place.why is not None
        assert " ".join(place.why.de.split()) in said
    for source in shown.sources:
        assert source.title.de in said and source.owner.de in said
    assert "Klassen der Karte" in said
    assert "Datenlizenz Deutschland" in said


def test_what_the_reader_may_not_see_is_not_on_paper(asking: Asking, tmp_path: Path) -> None:
    allowed = text(carried(asking, "youth", METERS).content, tmp_path)
    refused = carried(asking, "gate", METERS)
    said = " ".join(text(refused.content, tmp_path).split())
    assert refused.status_code == 403
    assert "Zahlen" in allowed and "Nichts wurde gelesen." in said and "Die Frage wurde nicht beantwortet" in said
    assert "Was nicht gezeigt wird, und warum" in said and "auenstadt.zaehler" in said
    refusal = asking("gate", METERS).refusals[0]
    assert " ".join(refusal.reason.de.split()) in said
    assert "kWh" not in said.split("Was nicht gezeigt wird")[1]
    with pytest.raises(NotFound):
        carried(asking, "", PER_CHILDREN)  # the residents' data set is not there for the public


def test_a_saved_question_is_answered_under_the_readers_rights(asking: Asking, tmp_path: Path) -> None:
    draft = QuestionDraft(question=METERS, title="Strom je Stadtteil", purpose="statistics", visibility=Visibility.UNIT)
    id_ = asking.run(insight.save_question, asking.subject("youth"), draft)
    request = RequestFactory(headers={"accept-language": "de"}).get(f"/auswertung/frage/{id_}/vorlage.pdf")
    request.resolver_match = None
    request.subject = asking.subject("youth")  # type: ignore[attr-defined]
    made = asking.run(papers.question_paper, request, id_)
    assert "Strom je Stadtteil" in text(made.content, tmp_path)
    request.subject = asking.subject("owner")  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        asking.run(papers.question_paper, request, id_)
