# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The first page of Auswertung, and a question with its answer: saved, or carried by the link itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from allmende.hub import door as hub
from allmende.insight import drawn, titles
from allmende.insight.answer import answer, compiled
from allmende.insight.domain.questions import read_text, write_text
from allmende.insight.queries import questions as queries
from allmende.insight.sentences import figure
from allmende.insight.terms import Place, Question, SavedView, ShownAnswer
from allmende.kernel.errors import Problem
from allmende.organisations.who import asking
from allmende.rights import words
from allmende.rights.terms import Outcome, SubjectKind
from allmende.webkit import maps
from allmende.webkit.language import said


class Key(msgspec.Struct, frozen=True):
    """A line of the legend."""

    shade: int
    fill: str
    words: str


class Cell(msgspec.Struct, frozen=True):
    """A cell of the answer's table."""

    text: str
    numeric: bool


@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Show what one can do here: the saved questions one may open, the builder, and SQL below."""
    subject = asking(request)
    found = queries.saved(subject)
    return render(
        request,
        "insight/start.html",
        {
            "mine": [one for one in found if one.mine],
            "others": [one for one in found if not one.mine],
            "may_keep": subject.kind is SubjectKind.PERSON,
        },
    )


@never_cache
def question(request: HttpRequest, question: str) -> HttpResponse:
    """Show a saved question with its answer under the reader's own rights."""
    saved = queries.question(asking(request), question)
    return _shown(request, saved.question, saved)


@never_cache
def answered(request: HttpRequest) -> HttpResponse:
    """Show the question that the link carries, with its answer under the reader's own rights."""
    return _shown(request, read_text(request.GET.get("frage", "")), None)


def _shown(request: HttpRequest, question: Question, saved: SavedView | None) -> HttpResponse:
    subject = asking(request)
    purposes = hub.purpose_choices(subject)
    known_purposes = {slug for slug, _title in purposes}
    proposed = saved.purpose if saved is not None else ""
    stated = "zweck" in request.GET
    purpose = request.GET.get("zweck", "") if stated else proposed
    purpose = purpose if purpose in known_purposes else ""
    made, known = compiled(subject, question, purpose)
    open_to_all = all(one.decision is not None and one.decision.outcome is Outcome.ALLOW for one in known.values())
    context: dict[str, Any] = {
        "saved": saved,
        "changing": queries.changing(subject, request.GET.get("aendern", "")) if saved is None else None,
        "purposes": purposes,
        "purpose": purpose,
        "text": write_text(question),
        "sql": made.sql,
        "signed_in": subject.kind is SubjectKind.PERSON,
    }
    status = 200
    if not (stated or purpose or open_to_all or subject.kind is not SubjectKind.PERSON):
        context["wants_purpose"] = True  # nobody is refused, and nothing logged, before they could say what for
        context["title"] = saved.title if saved is not None else said(titles.title(question, known))
        return render(request, "insight/answer.html", context)
    try:
        shown = answer(subject, question, purpose=purpose, made=(made, known))
    except Problem as problem:
        status, context["problem"] = problem.status, problem
        context["title"] = saved.title if saved is not None else said(titles.title(question, known))
        context["refused"] = hub.refusals(problem)
    else:
        context |= page_of(shown, saved)
        if shown.refusals:
            status = 403
    context["link"] = _link(request, question, saved)
    return render(request, "insight/answer.html", context, status=status)


def _link(request: HttpRequest, question: Question, saved: SavedView | None) -> str:
    """Return the address to hand on: the question's id or the question itself, never data and no purpose."""
    if saved is not None:
        return request.build_absolute_uri(reverse("question", args=[saved.id]))
    return request.build_absolute_uri(f"{reverse('answer')}?{urlencode({'frage': write_text(question)})}")


def page_of(shown: ShownAnswer, saved: SavedView | None = None) -> dict[str, Any]:
    """Return what the page shows of an answer."""
    return {
        "answer": shown,
        "title": saved.title if saved is not None else said(shown.title),
        "map": drawn.picture(shown),
        "chart": drawn.chart(shown),
        "legend": legend(shown),
        "without": [(number_, place) for number_, place in enumerate(shown.places, 1) if place.value is None],
        "rows": list(_rows(shown)),
        "obligations": [words.obligation(one) for one in shown.permission.obligations] if shown.permission else [],
        "figures": _figures(shown),
        "heads": sum(
            (shown.question.what.match is not None, shown.question.every is not None, bool(shown.question.by))
        ),
    }


def _figures(shown: ShownAnswer) -> list[tuple[str, str]]:
    found = []
    if shown.total is not None:
        found.append((_("für alle zusammen"), said(figure(shown.total, shown.unit))))
    if shown.average is not None:
        found.append((_("im Durchschnitt"), said(figure(shown.average))))
    return found


def legend(shown: ShownAnswer) -> list[Key]:
    """Return the map's key: bounds of each class and how many areas are in it, and what hatching means."""
    if shown.classes is None and not any(place.geometry for place in shown.places):
        return []
    levels = shown.classes.classes if shown.classes is not None else ()
    found = []
    for level, one in enumerate(levels, 1):
        shade = maps.shade_of(level, len(levels))
        low, high = said(figure(one.low)), said(figure(one.high, shown.unit))
        bounds = high if one.low == one.high else f"{low} – {high}"
        found.append(Key(shade, maps.PALETTE[shade - 1], f"{bounds} ({_many(one.count, shown)})"))
    missing = sum(place.value is None for place in shown.places)
    if missing:
        nothing = _("kein Wert")  # by itself: what gathers the words does not look into braces
        found.append(Key(0, "url(#gebiete-schraffur)", f"{nothing} ({_many(missing, shown)})"))
    return found


def _many(count: int, shown: ShownAnswer) -> str:
    return f"{count} {said(shown.areas_one if count == 1 else shown.areas_many)}"


def _rows(shown: ShownAnswer) -> Iterator[tuple[str, list[Cell], Place | None]]:
    """Yield the table's rows, each with the anchor the map leads to."""
    split = shown.question.every is not None or shown.question.by
    for index, row in enumerate(shown.rows, 1):
        place = shown.places[index - 1] if shown.places and not split and index <= len(shown.places) else None
        cells = [_cell(value) for value in row]
        yield (f"ort-{index}" if place is not None else "", cells, place)


def _cell(value: object) -> Cell:
    if value is None:
        return Cell("–", True)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(said(figure(value)), True)
    return Cell(str(value), False)
