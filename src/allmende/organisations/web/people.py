# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""People with accounts, and the roles they hold."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allmende.kernel.errors import Problem
from allmende.organisations import door as organisations
from allmende.organisations.terms import PersonView
from allmende.organisations.web.forms import PersonForm, RoleForm
from allmende.organisations.who import of_the_administration
from allmende.rights.door import require_somewhere, somewhere
from allmende.rights.terms import Action, Subject
from allmende.webkit.forms import refused


def people(request: HttpRequest) -> HttpResponse:
    """List the town's people with their roles, for the administration."""
    subject = of_the_administration(request)
    return render(
        request,
        "organisations/people.html",
        {
            "people": organisations.people(subject.tenant),
            "organises": somewhere(subject, Action.ORGANISE),
        },
    )


def new_person(request: HttpRequest) -> HttpResponse:
    """Set up an account and show the link by which its person sets a password."""
    subject = of_the_administration(request)
    require_somewhere(subject, Action.ORGANISE)
    form = PersonForm(request.POST or None, units=[u for u in organisations.units(subject.tenant) if u.active])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = organisations.create_person(
                subject, tenant=subject.tenant, unit=given["unit"], name=given["name"], email=given["email"]
            )
            link = organisations.invite(subject, tenant=subject.tenant, person=made.id)
        except Problem as problem:
            refused(form, problem)
        else:
            return _page(request, subject, made, link=link)
    return render(request, "organisations/new_person.html", {"form": form}, status=400 if form.errors else 200)


def person(request: HttpRequest, person: str) -> HttpResponse:
    """Show one person; those who organise give roles here."""
    subject = of_the_administration(request)
    shown = organisations.person(subject.tenant, person)
    if request.method == "POST":
        require_somewhere(subject, Action.ORGANISE)
        form = _role_form(subject, request.POST)
        if form.is_valid():
            try:
                organisations.give_role(
                    subject,
                    tenant=subject.tenant,
                    person=person,
                    role=form.cleaned_data["role"],
                    unit=form.cleaned_data["unit"],
                )
            except Problem as problem:
                refused(form, problem)
            else:
                messages.success(request, _("Die Rolle ist vergeben."))
                return redirect("person", person)
        return _page(request, subject, shown, form=form, status=400)
    return _page(request, subject, shown)


@require_POST
def withdraw(request: HttpRequest, person: str) -> HttpResponse:
    """Take a role back."""
    subject = of_the_administration(request)
    organisations.withdraw_role(
        subject,
        tenant=subject.tenant,
        person=person,
        role=request.POST.get("role", ""),
        unit=request.POST.get("unit", ""),
    )
    messages.success(request, _("Die Rolle ist zurückgenommen."))
    return redirect("person", person)


@require_POST
def invite(request: HttpRequest, person: str) -> HttpResponse:
    """Make a new link by which the person sets the first password."""
    subject = of_the_administration(request)
    link = organisations.invite(subject, tenant=subject.tenant, person=person)
    return _page(request, subject, organisations.person(subject.tenant, person), link=link)


def _role_form(subject: Subject, data: QueryDict | None = None) -> RoleForm:
    profile = organisations.tenant(subject.tenant).profile
    return RoleForm(
        data,
        roles=organisations.offered_roles(subject.tenant, profile),
        units=[unit for unit in organisations.units(subject.tenant) if unit.active],
    )


def _page(
    request: HttpRequest,
    subject: Subject,
    shown: PersonView,
    *,
    form: RoleForm | None = None,
    link: str = "",
    status: int = 200,
) -> HttpResponse:
    organises = somewhere(subject, Action.ORGANISE)
    if form is None and organises:
        form = _role_form(subject)
    return render(
        request,
        "organisations/person.html",
        {"person": shown, "form": form, "link": link, "organises": organises, "own": shown.id == subject.id},
        status=status,
    )
