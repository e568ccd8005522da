# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One's own account: roles, tokens for programs, second factor."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from allmende.kernel.clock import now
from allmende.kernel.errors import Problem
from allmende.organisations import door as organisations
from allmende.organisations.terms import IssuedToken
from allmende.organisations.web.forms import MailForm, TokenForm
from allmende.organisations.who import signed_in
from allmende.rights.door import purpose_titles
from allmende.rights.terms import Subject
from allmende.webkit.forms import refused
from allmende.webkit.language import said


def _purposes(subject: Subject) -> list[tuple[str, str]]:
    return [(slug, said(title)) for slug, title in purpose_titles(subject.tenant)]


@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Show one's account; a new token's secret is shown in the answer to the form that made it, and never again."""
    subject = signed_in(request)
    form = TokenForm(request.POST if request.method == "POST" else None, purposes=_purposes(subject))
    issued: IssuedToken | None = None
    if request.method == "POST" and form.is_valid():
        try:
            issued = organisations.issue_token(
                subject,
                tenant=subject.tenant,
                label=form.cleaned_data["label"],
                purposes=form.cleaned_data["purposes"],
                person=subject.id,
                lifetime=form.lifetime,
            )
        except Problem as problem:
            refused(form, problem)
        else:
            form = TokenForm(purposes=_purposes(subject))
    titles = dict(_purposes(subject))
    person = organisations.person(subject.tenant, subject.id)
    tokens = [
        (token, [titles.get(slug, slug) for slug in token.purposes], token.expires_at > now())
        for token in organisations.tokens_of_person(subject.tenant, subject.id)
    ]
    return render(
        request,
        "organisations/account.html",
        {
            "person": person,
            "mail": MailForm(initial={"language": person.language, "weekly": person.weekly_mail}),
            "tokens": tokens,
            "form": form,
            "issued": issued,
            "second_factor": is_mfa_enabled(request.user),
            "address": settings.PUBLIC_URL,
        },
        status=400 if form.errors else 200,
    )


@require_POST
def revoke(request: HttpRequest, token: str) -> HttpResponse:
    """End a token at once."""
    subject = signed_in(request)
    organisations.revoke_token(subject, tenant=subject.tenant, token=token)
    messages.success(request, _("Der Zugangsschlüssel gilt nicht mehr."))
    return redirect("account")


@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Say which mails one wants."""
    subject = signed_in(request)
    form = MailForm(request.POST)
    if form.is_valid():
        organisations.set_mail(subject, weekly=form.cleaned_data["weekly"], language=form.cleaned_data["language"])
        messages.success(request, _("Gespeichert."))
    return redirect("account")
