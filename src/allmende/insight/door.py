# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The entrance for other rooms: verbs and reads on saved questions, and answers. Values out, never models.

A paper on an answer is made from :class:`~allmende.insight.terms.ShownAnswer`::

    saved = question(subject, id_)
    shown = answer(subject, saved.question, purpose="statistics")   # under the subject's own rights
    shown.title, shown.sentences, shown.places, shown.classes, shown.sources, shown.limits, shown.refusals
    picture(shown)                                                  # the map as SVG, or None
"""

from __future__ import annotations

from allmende.insight.answer import answer, compiled
from allmende.insight.domain.questions import (
    change_question,
    copy_question,
    delete_question,
    read_text,
    save_question,
    write_text,
)
from allmende.insight.drawn import chart, picture
from allmende.insight.offers import Offer, offers
from allmende.insight.queries.questions import question, saved
from allmende.insight.terms import (
    Question,
    QuestionDraft,
    SavedView,
    ShownAnswer,
    Visibility,
)

__all__ = [
    "Offer",
    "Question",
    "QuestionDraft",
    "SavedView",
    "ShownAnswer",
    "Visibility",
    "answer",
    "change_question",
    "chart",
    "compiled",
    "copy_question",
    "delete_question",
    "offers",
    "picture",
    "question",
    "read_text",
    "save_question",
    "saved",
    "write_text",
]
