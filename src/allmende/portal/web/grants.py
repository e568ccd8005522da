# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Giving and withdrawing grants and denials, from the data set's page. Who may is the verbs' own guard."""

from __future__ import annotations

import hashlib

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from allmende.catalogue import door as catalogue
from allmende.kernel.errors import NotFound, Problem
from allmende.kernel.text import Text
from allmende.organisations.who import signed_in
from allmende.portal import permission
from allmende.portal.web.grantforms import GrantForm
from allmende.rights import door as rights
from allmende.rights.terms import Action, Effect
from allmende.webkit.forms import refused


@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, tenant: str, slug: str, effect: Effect) -> HttpResponse:
    """Write down a grant or denial: filled in, then shown in words with whom it reaches, then given.

    What is given is what was shown: a changed form is shown again first.
    """
    subject = signed_in(request)
    shown = catalogue.dataset(subject, tenant, slug)
    rights.require(subject, Action.GRANT, shown.tenant, shown.unit)
    form = GrantForm(request.POST if request.method == "POST" else None, subject=subject, dataset=shown, effect=effect)
    preview, seen = None, ""
    if request.method == "POST" and form.is_valid():
        draft = form.draft()
        seen = hashlib.sha256(msgspec.json.encode(draft, order="deterministic")).hexdigest()
        try:
            if "erteilen" in request.POST and request.POST.get("gesehen") == seen:
                rights.give_grant(subject, draft)
                given = _("Die Nutzungserlaubnis ist erteilt und gilt.")
                messages.success(request, given if draft.effect is Effect.ALLOW else _("Die Untersagung gilt."))
                return redirect("dataset", tenant, slug)
            preview = rights.preview_grant(subject, draft)
        except Problem as problem:
            refused(form, problem)
    context = {
        "form": form,
        "dataset": shown,
        "allows": effect is Effect.ALLOW,
        "permit": permission.permit(shown, preview.grant, named=True) if preview else None,
        "preview": preview,
        "seen": seen,
    }
    return render(request, "portal/grant.html", context, status=400 if form.errors else 200)


@require_POST
def withdraw(request: HttpRequest, tenant: str, slug: str, grant: str) -> HttpResponse:
    """Take a grant or denial back; it acts on the next question."""
    subject = signed_in(request)
    shown = catalogue.dataset(subject, tenant, slug)
    if grant not in {view.grant.id for view in rights.grants_on(shown.id)}:
        raise NotFound(Text("Eine solche Nutzungserlaubnis gibt es nicht.", "There is no such grant."))
    rights.withdraw_grant(subject, grant)
    messages.success(request, _("Zurückgenommen. Das gilt von der nächsten Frage an."))
    return redirect("dataset", tenant, slug)
