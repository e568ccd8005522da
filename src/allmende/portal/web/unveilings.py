# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A name behind a pseudonym of the decision log: asked for with a reason, approved by two offices, shown once."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from allmende.kernel.errors import Problem
from allmende.organisations import door as organisations
from allmende.organisations.who import signed_in
from allmende.rights import door as rights
from allmende.rights.door import Office
from allmende.rights.terms import Action, Subject
from allmende.webkit.forms import Form, explained, refused
from allmende.webkit.language import said

_OFFICES = {Office.PROTECTION: Action.UNVEIL_PROTECTION, Office.COUNCIL: Action.UNVEIL_COUNCIL}


class AskForm(Form):
    """Why a name is needed."""

    reason = explained(
        forms.CharField(
            label=_("Begründung"),
            max_length=4000,
            min_length=20,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_("Welcher Verdacht besteht, und warum reicht das Pseudonym nicht? Beide Stellen lesen das."),
        ),
        _("Am 3. März wurden nachts 40-mal Sozialdaten abgefragt; Hinweis der Revision, Az. 14-2026/3"),
    )


@require_safe
def unveilings(request: HttpRequest) -> HttpResponse:
    """List the requests, for those who ask and the two offices that approve."""
    return _page(request, signed_in(request))


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, entry: str) -> HttpResponse:
    """Ask to see who stands behind one entry."""
    subject = signed_in(request)
    rights.require(subject, Action.UNVEIL, subject.tenant)
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            rights.ask_unveiling(subject, subject.tenant, entry=entry, reason=form.cleaned_data["reason"])
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(request, gettext("Beantragt. Jetzt müssen Datenschutz und Personalrat zustimmen."))
            return redirect("unveilings")
    return render(request, "portal/ask_unveiling.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
def approve(request: HttpRequest, unveiling: str) -> HttpResponse:
    """Approve for one office; the verb asks whether the person holds it."""
    subject = signed_in(request)
    try:
        office = Office(request.POST.get("stelle", ""))
    except ValueError:
        office = Office.PROTECTION
    try:
        rights.approve_unveiling(subject, unveiling, office)
    except Problem as problem:
        messages.error(request, said(problem.detail))
        return _page(request, subject, status=problem.status)
    messages.success(request, gettext("Zugestimmt. Das ist nachgewiesen."))
    return redirect("unveilings")


@require_POST
def open_(request: HttpRequest, unveiling: str) -> HttpResponse:
    """Show the name, once, to the person who asked for it; it is kept nowhere."""
    subject = signed_in(request)
    accounts = {one.id: one.name for one in organisations.people(subject.tenant)}
    accounts |= {one.id: one.name for one in organisations.systems(subject.tenant)}
    try:
        found = rights.unveil(subject, unveiling, accounts)
    except Problem as problem:
        messages.error(request, said(problem.detail))
        return _page(request, subject, status=problem.status)
    return _page(request, subject, name=accounts.get(found, found))


def _page(request: HttpRequest, subject: Subject, *, name: str = "", status: int = 200) -> HttpResponse:
    listed = rights.unveilings(subject, subject.tenant)
    offices = {office for office, action in _OFFICES.items() if rights.may(subject, action, subject.tenant)}
    asks = rights.may(subject, Action.UNVEIL, subject.tenant)
    requests = []
    for one in listed:
        protects = Office.PROTECTION in offices and not one.protection_at and subject.id != one.council_by
        represents = Office.COUNCIL in offices and not one.council_at and subject.id != one.protection_by
        both = one.protection_at and one.council_at
        requests.append(
            {
                "it": one,
                "protects": protects and not one.opened_at,
                "represents": represents and not one.opened_at,
                "opens": asks and subject.id == one.asked_by and both and not one.opened_at,
            }
        )
    context = {"requests": requests, "name": name, "inspects": rights.may(subject, Action.INSPECT, subject.tenant)}
    response = render(request, "portal/unveilings.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
