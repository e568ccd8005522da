# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Keeping a question: save, change, copy, delete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allmende.hub import door as hub
from allmende.insight import titles
from allmende.insight.answer import compiled
from allmende.insight.domain import questions as verbs
from allmende.insight.queries import questions as queries
from allmende.insight.terms import QuestionDraft, SavedView, Visibility
from allmende.insight.web.forms import KeepForm
from allmende.kernel.errors import Problem
from allmende.organisations.who import signed_in
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject
from allmende.webkit.forms import refused
from allmende.webkit.language import said


def visibilities(subject: Subject, unit: str = "") -> list[Visibility]:
    """Return for whom the subject may keep a question."""
    found = [Visibility.OWNER, Visibility.UNIT]
    if subject.administration:
        found.append(Visibility.ADMINISTRATION)
    if rights.may(subject, Action.RELEASE, subject.tenant, unit or subject.unit):
        found.append(Visibility.PUBLIC)
    return found


def keep(request: HttpRequest) -> HttpResponse:
    """Keep the question of the form or the link."""
    return _keep(request, signed_in(request), None)


def change(request: HttpRequest, question: str) -> HttpResponse:
    """Change a saved question: its title and audience, and, with a question from the builder, what it asks."""
    subject = signed_in(request)
    return _keep(request, subject, queries.question(subject, question))


def _keep(request: HttpRequest, subject: Subject, saved: SavedView | None) -> HttpResponse:
    purposes = hub.purpose_choices(subject)
    given = request.POST if request.method == "POST" else request.GET
    text = given.get("frage", "") or (verbs.write_text(saved.question) if saved is not None else "")
    question = verbs.read_text(text)
    made, known = compiled(subject, question, given.get("zweck", ""))
    initial: dict[str, Any] = {"frage": text, "visibility": Visibility.OWNER.value, "purpose": given.get("zweck", "")}
    initial["title"] = said(titles.title(question, known))[: verbs.MOST_TITLE]
    if saved is not None:
        initial |= {
            "title": saved.title,
            "note": saved.note,
            "purpose": saved.purpose,
            "visibility": saved.visibility.value,
        }
    offered = visibilities(subject, saved.unit if saved is not None else "")
    form = KeepForm(
        request.POST if request.method == "POST" else None, initial=initial, purposes=purposes, visibilities=offered
    )
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        draft = QuestionDraft(
            question=question,
            title=clean["title"],
            note=clean["note"],
            purpose=clean["purpose"],
            visibility=Visibility(clean["visibility"]),
        )
        try:
            if saved is None:
                id_ = verbs.save_question(subject, draft)
            else:
                verbs.change_question(subject, saved.id, draft)
                id_ = saved.id
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(request, _("Die Frage ist gespeichert."))
            return redirect("question", question=id_)
    context = {"form": form, "saved": saved, "sql": made.sql, "about": said(titles.title(question, known))}
    return render(request, "insight/keep.html", context, status=400 if request.method == "POST" else 200)


@require_POST
def copy(request: HttpRequest, question: str) -> HttpResponse:
    """Copy a question for oneself."""
    id_ = verbs.copy_question(signed_in(request), question)
    messages.success(request, _("Sie haben jetzt eine eigene Kopie. Nur Sie sehen sie."))
    return redirect("change_question", question=id_)


@require_POST
def delete(request: HttpRequest, question: str) -> HttpResponse:
    """Delete a saved question."""
    verbs.delete_question(signed_in(request), question)
    messages.success(request, _("Die Frage ist gelöscht."))
    return redirect("insight")
