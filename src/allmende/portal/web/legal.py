# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the town must say of itself, as page, form and paper, and the templates for those who run and watch Allmende."""

from __future__ import annotations

from typing import Any

import msgspec
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from allmende.engine.paper.model import Paper
from allmende.kernel.errors import Invalid, NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.statements import MOST_LONG, MOST_SHORT, QUESTIONS, Question, Statement
from allmende.organisations.terms import TenantView
from allmende.organisations.who import asking, of_the_administration
from allmende.portal.legal import statements, templates
from allmende.portal.legal.facts import facts
from allmende.portal.papers.common import answer, frame
from allmende.portal.site import tenant_of
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject
from allmende.webkit.forms import Form, explained, refused
from allmende.webkit.language import said

#: Where a filled in answer is carried over from, by statement and question.
_CARRIED = {
    Statement.PRIVACY: dict.fromkeys(("body", "address", "mail", "phone"), Statement.IMPRINT),
    Statement.ACCESSIBILITY: {"body": Statement.IMPRINT},
}
_WATCHERS = (Action.ADMINISTER, Action.INSPECT, Action.UNVEIL_COUNCIL)


def imprint(request: HttpRequest, tenant: str = "") -> HttpResponse:
    """Show the imprint (§ 5 DDG)."""
    return _page(request, Statement.IMPRINT, tenant)


def privacy(request: HttpRequest, tenant: str = "") -> HttpResponse:
    """Show the privacy notice (Art. 13 GDPR)."""
    return _page(request, Statement.PRIVACY, tenant)


def accessibility(request: HttpRequest, tenant: str = "") -> HttpResponse:
    """Show the accessibility statement (Directive (EU) 2016/2102, Art. 7)."""
    return _page(request, Statement.ACCESSIBILITY, tenant)


def _page(request: HttpRequest, kind: Statement, tenant: str) -> HttpResponse:
    town = _town(request, tenant)
    if town is None:
        return render(request, "portal/empty.html")
    shown = _statement(request, town, kind)
    subject = asking(request)
    return render(
        request,
        "portal/document.html",
        {
            **_shown(shown),
            "pdf": reverse("statement_paper", args=[town.slug, kind.value]),
            "edit": reverse("edit_statement", args=[kind.value])
            if subject.tenant == town.slug and rights.somewhere(subject, Action.ADMINISTER)
            else "",
        },
    )


def statement_paper(request: HttpRequest, tenant: str, kind: str) -> HttpResponse:
    """Return a statement as a PDF."""
    town = _town(request, tenant)
    if town is None:
        raise _no_such()
    found = _kind(kind)
    return answer(_statement(request, town, found), f"{found.value}-{town.slug}")


def edit(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for a statement's answers, and make a new version of it. Needs ADMINISTER for the town."""
    subject = of_the_administration(request)
    rights.require(subject, Action.ADMINISTER, subject.tenant)
    found = _kind(kind)
    town = organisations.tenant(subject.tenant)
    made = organisations.statements(town.slug)
    there = made.get(found)
    proposed = {} if there else organisations.suggested_answers(town.land, timezone.localdate()).get(found, {})
    carried = {
        name: made[source].answers[name]
        for name, source in _CARRIED.get(found, {}).items()
        if not there and source in made and name in made[source].answers
    }
    form = _form(found)(request.POST or None, initial=there.answers if there else {**proposed, **carried})
    if request.method == "POST" and form.is_valid():
        try:
            version = organisations.make_statement(subject, tenant=town.slug, kind=found, answers=form.cleaned_data)
        except Invalid as problem:
            refused(form, problem)
        else:
            messages.success(request, _("Gespeichert als Fassung %(n)s; sie gilt ab jetzt.") % {"n": version.version})
            return redirect(found.value, town.slug)
    return render(
        request,
        "portal/statement_form.html",
        {
            "title": found.label,
            "form": form,
            "there": there,
            "proposed": bool(proposed) and not there,
            "back": reverse(found.value, args=[town.slug]),
        },
        status=400 if form.is_bound and form.errors else 200,
    )


def overview(request: HttpRequest) -> HttpResponse:
    """List the statements with their state, and the templates. For who administers the town or watches over it."""
    subject = _watcher(request)
    made = organisations.statements(subject.tenant)
    return render(
        request,
        "portal/legal.html",
        {
            "statements": [
                (kind.label, made.get(kind), reverse(kind.value, args=[subject.tenant]), kind.value)
                for kind in Statement
            ],
            "templates": list(templates.TEMPLATES.values()),
            "may_edit": rights.somewhere(subject, Action.ADMINISTER),
        },
    )


def template(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a template, filled with this installation's values."""
    shown = _template(request, slug)
    return render(
        request,
        "portal/document.html",
        {
            **_shown(shown),
            "pdf": reverse("template_paper", args=[slug]),
            "above": (reverse("legal"), Text("Rechtliches", "Legal")),
        },
    )


def template_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """Return a template as a PDF."""
    return answer(_template(request, slug), f"muster-{slug}")


# --- parts ------------------------------------------------------------------------------------------------------------


def _template(request: HttpRequest, slug: str) -> Paper:
    subject = _watcher(request)
    found = templates.TEMPLATES.get(slug)
    if found is None:
        raise _no_such()
    made = {kind: view.answers for kind, view in organisations.statements(subject.tenant).items()}
    return templates.paper(found, facts(subject.tenant), made, frame(request, "de"))


def may_watch(subject: Subject) -> bool:
    """Return whether somebody administers the town, inspects the log or is of the staff council."""
    return any(rights.somewhere(subject, action) for action in _WATCHERS)


def _watcher(request: HttpRequest) -> Subject:
    subject = of_the_administration(request)
    if not may_watch(subject):
        rights.require(subject, Action.ADMINISTER, subject.tenant)
    return subject


def _statement(request: HttpRequest, town: TenantView, kind: Statement) -> Paper:
    return statements.paper(kind, organisations.statement(town.slug, kind), facts(town.slug), frame(request))


def _shown(paper: Paper) -> dict[str, Any]:
    return {"paper": paper, "blocks": [msgspec.to_builtins(block) for block in paper.blocks]}


def _town(request: HttpRequest, tenant: str) -> TenantView | None:
    town = tenant_of(request)
    if tenant and (town is None or town.slug != tenant):
        raise _no_such()
    return town


def _kind(value: str) -> Statement:
    try:
        return Statement(value)
    except ValueError:
        raise _no_such() from None


def _no_such() -> NotFound:
    return NotFound(Text("Diese Seite gibt es nicht.", "There is no such page."))


def _form(kind: Statement) -> type[Form]:
    fields = {question.name: _field(question) for question in QUESTIONS[kind]}
    return type("StatementForm", (Form,), fields)


def _field(question: Question) -> forms.Field:
    law = f" ({question.by_law})" if question.by_law else ""
    common: dict[str, Any] = {
        "label": said(question.label),
        "help_text": said(question.sentence) + law,
        "required": question.required,
    }
    field: forms.Field
    if question.choices:
        choices = [(value, said(title)) for value, title in question.choices]
        field = forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    elif question.long:
        field = forms.CharField(max_length=MOST_LONG, widget=forms.Textarea(attrs={"rows": 4}), **common)
    else:
        field = forms.CharField(max_length=MOST_SHORT, **common)
    return explained(field, question.example)
