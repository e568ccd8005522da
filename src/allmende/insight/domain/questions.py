# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on saved questions: save, change, copy, delete. Saving shows nobody anything: opening is what is decided on."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import transaction

from allmende.insight.answer import compiled
from allmende.insight.models import Change, SavedQuestion
from allmende.insight.queries.questions import NO_SUCH, may_change, visible_to
from allmende.insight.terms import Question, QuestionDraft, Visibility, read_question
from allmende.kernel.clock import now
from allmende.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind

MOST_TITLE, MOST_NOTE = 200, 1_000


def save_question(actor: Subject, draft: QuestionDraft, *, tenant: str = "", unit: str = "") -> str:
    """Keep a question and return its id. A person keeps it in their own unit; ``tenant`` and ``unit`` are the
    command line's.

    For the whole administration one has to be part of it; for everybody it takes ``release`` in the unit: the town
    speaks to the public. Raises Unauthenticated, Forbidden, NotFound (a data set the actor may not know of), Invalid.
    """
    if actor.kind is SubjectKind.PERSON:
        tenant, unit = actor.tenant, actor.unit
    elif actor.kind is not SubjectKind.OPERATOR:
        raise Unauthenticated(
            Text("Um eine Frage zu behalten, melden Sie sich bitte an.", "Please sign in to keep a question.")
        )
    _guard(actor, draft, tenant, unit)
    with transaction.atomic():
        row = SavedQuestion.objects.create(
            tenant=tenant,
            unit=unit,
            owner=actor.id if actor.kind is SubjectKind.PERSON else "",
            **_values(draft),
        )
        _note(actor, "save_question", row, visibility=draft.visibility.value)
    return str(row.id)


def change_question(actor: Subject, id_: str, draft: QuestionDraft) -> None:
    """Replace a saved question. Needs its owner, or ``describe`` in the unit that keeps it."""
    with transaction.atomic():
        row = _changeable(actor, id_)
        _guard(actor, draft, row.tenant, str(row.unit))
        if draft.visibility is Visibility.OWNER and row.owner != actor.id and actor.kind is not SubjectKind.OPERATOR:
            raise Forbidden(
                Text(
                    "Nur wer die Frage besitzt, kann sie für sich allein behalten.",
                    "Only who owns the question can keep it to themselves.",
                ),
                rule="question.owner",
                field="visibility",
            )
        SavedQuestion.objects.filter(id=row.id).update(changed_at=now(), **_values(draft))
        _note(actor, "change_question", row, visibility=draft.visibility.value)


def copy_question(actor: Subject, id_: str) -> str:
    """Copy a question one may see, for oneself alone, and return the copy's id."""
    with transaction.atomic():
        row = SavedQuestion.objects.filter(id=id_).first()
        if row is None or not visible_to(actor)(row):
            raise NotFound(NO_SUCH)
        title = f"Kopie: {row.title}"[:MOST_TITLE]
        draft = QuestionDraft(question=read_question(row.question), title=title, purpose=row.purpose, note=row.note)
        return save_question(actor, draft)


def delete_question(actor: Subject, id_: str) -> None:
    """Delete a saved question. Needs its owner, or ``describe`` in the unit that keeps it."""
    with transaction.atomic():
        row = _changeable(actor, id_)
        _note(actor, "delete_question", row, visibility=row.visibility)
        row.delete()


def read_text(text: str) -> Question:
    """Return the question of a link or a form: JSON, as it is stored. Raises Invalid."""
    try:
        return msgspec.json.decode(text.encode(), type=Question)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError, RecursionError):
        raise Invalid(
            Text(
                "Dieser Link ist keine Frage, die wir verstehen. Vielleicht ist er nicht vollständig kopiert.",
                "This link is not a question we understand. Perhaps it was not copied completely.",
            ),
            field="frage",
        ) from None


def write_text(question: Question) -> str:
    """Return the question as a link carries it."""
    return msgspec.json.encode(question).decode()


def _changeable(actor: Subject, id_: str) -> SavedQuestion:
    row = SavedQuestion.objects.select_for_update().filter(id=id_).first()
    if row is None or not visible_to(actor)(row):
        raise NotFound(NO_SUCH)
    if not may_change(actor, row):
        raise Forbidden(
            Text(
                "Ändern und löschen kann diese Frage nur, wer sie besitzt, oder wer die Daten der Stelle beschreibt.",
                "Only who owns this question, or who describes the unit’s data, can change or delete it.",
            ),
            rule="question.owner",
        )
    return row


def _guard(actor: Subject, draft: QuestionDraft, tenant: str, unit: str) -> None:
    if actor.purposes is not None:
        raise Forbidden(
            Text(
                "Ein an Zwecke gebundener Zugangsschlüssel behält keine Fragen.",
                "A token bound to purposes keeps no questions.",
            ),
            rule="register.token",
        )
    if not 3 <= len(draft.title.strip()) <= MOST_TITLE:
        raise Invalid(
            Text(f"Der Titel braucht 3 bis {MOST_TITLE} Zeichen.", f"A title takes 3 to {MOST_TITLE} characters."),
            field="title",
        )
    if len(draft.note) > MOST_NOTE:
        raise Invalid(Text(f"Höchstens {MOST_NOTE} Zeichen.", f"At most {MOST_NOTE} characters."), field="note")
    if draft.purpose and (tenant, draft.purpose) not in rights.snapshot().purposes:
        raise Invalid(Text("Diesen Zweck gibt es nicht.", "There is no such purpose."), field="purpose")
    if draft.visibility is Visibility.PUBLIC:
        rights.require(actor, Action.RELEASE, tenant, unit)
    if draft.visibility is Visibility.ADMINISTRATION and actor.kind is SubjectKind.PERSON and not actor.administration:
        raise Forbidden(
            Text(
                "Für die ganze Verwaltung kann eine Frage nur behalten, wer ihr angehört.",
                "Only who is part of the administration can keep a question for all of it.",
            ),
            rule="page.administration",
            field="visibility",
        )
    compiled(actor, draft.question, draft.purpose)


def _values(draft: QuestionDraft) -> dict[str, Any]:
    return {
        "title": draft.title.strip(),
        "note": draft.note.strip(),
        "purpose": draft.purpose,
        "visibility": draft.visibility.value,
        "question": msgspec.to_builtins(draft.question),
        "datasets": list(draft.question.datasets),
    }


def _note(actor: Subject, verb: str, row: SavedQuestion, **detail: Any) -> None:
    Change.objects.create(
        tenant=row.tenant,
        actor_kind=actor.kind.value,
        actor=actor.id,
        actor_unit=actor.unit,
        verb=verb,
        about=str(row.id),
        detail={"title": row.title, **detail},
    )
