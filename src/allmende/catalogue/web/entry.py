# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages that change a data set's entry: its words, its release to the public, with whom it is shared."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from allmende.catalogue import door as catalogue
from allmende.catalogue.domain.release import release_checks
from allmende.catalogue.terms import LATE_WARNING, Anonymised
from allmende.catalogue.web.entryform import EntryForm
from allmende.kernel.errors import Problem
from allmende.organisations import door as organisations
from allmende.organisations.who import signed_in
from allmende.rights import door as rights
from allmende.rights.terms import Action
from allmende.webkit.forms import Form, explained, refused
from allmende.webkit.language import said

_PAGE = require_http_methods(["GET", "HEAD", "POST"])


@_PAGE
def edit(request: HttpRequest, tenant: str, slug: str) -> HttpResponse:
    """Write the entry anew. What opens data needs more than describing it: the verb says so."""
    subject = signed_in(request)
    shown = catalogue.dataset(subject, tenant, slug)
    rights.require(subject, Action.DESCRIBE, tenant, shown.unit)
    entry, version = catalogue.draft(subject, shown.id)
    form = EntryForm(request.POST if request.method == "POST" else None, subject=subject, entry=entry, version=version)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            catalogue.change_dataset(
                subject, shown.id, form.draft(), version=given["version"], reason=given["reason"].strip()
            )
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(request, gettext("Der Eintrag ist geändert."))
            return redirect("dataset", tenant, slug)
    context = {"form": form, "dataset": shown}
    return render(request, "catalogue/entry.html", context, status=400 if form.errors else 200)


class ReleaseForm(Form):
    """Why, and that the warning was read."""

    reason = explained(
        forms.CharField(
            label=_("Begründung"),
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Wer hat es wann beschlossen, und warum überwiegt das Interesse der Öffentlichkeit?"),
        ),
        _("Beschluss des Rates über offene Daten vom 12.02.2025; keine Rechte Dritter, geprüft am 3. März"),
    )


class WarnedForm(ReleaseForm):
    """The same for what was anonymised later."""

    warning_read = forms.BooleanField(label=_("Ich habe die Warnung gelesen und gebe trotzdem frei."))


class WithdrawForm(Form):
    """Why it is no longer public."""

    reason = explained(
        forms.CharField(
            label=_("Begründung"),
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Steht in der Geschichte des Eintrags. Was schon heruntergeladen wurde, bleibt draußen."),
        ),
        _("Im Datensatz wurden Namen gefunden"),
    )


@_PAGE
def release(request: HttpRequest, tenant: str, slug: str) -> HttpResponse:
    """Release a data set to the public, or withdraw the release: the gatekeeper's decision, with its reasons."""
    subject = signed_in(request)
    shown = catalogue.dataset(subject, tenant, slug)
    rights.require(subject, Action.RELEASE, tenant, shown.unit)
    kind = WithdrawForm if shown.released else ReleaseForm
    if not shown.released and shown.anonymised is Anonymised.LATER:
        kind = WarnedForm
    form = kind(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if shown.released:
                catalogue.withdraw_release(subject, shown.id, reason=given["reason"])
                done = gettext("Die Freigabe ist zurückgenommen. Die Daten sind verwaltungsintern.")
            else:
                catalogue.release_dataset(
                    subject, shown.id, reason=given["reason"], warning_read=given.get("warning_read", False)
                )
                done = gettext("Freigegeben: alle dürfen die Daten nutzen, zu jedem Zweck.")
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(request, done)
            return redirect("dataset", tenant, slug)
    checks = () if shown.released else release_checks(shown)
    context = {
        "form": form,
        "dataset": shown,
        "checks": checks,
        "blocked": any(check.bad for check in checks),
        "warning": LATE_WARNING if shown.anonymised is Anonymised.LATER else None,
    }
    return render(request, "catalogue/release.html", context, status=400 if form.errors else 200)


class ShareForm(Form):
    """With which towns."""

    towns = explained(
        forms.MultipleChoiceField(
            label=_("Geteilt mit"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Deren Verwaltung weiß dann von dem Datensatz; Zeilen gibt erst eine Nutzungserlaubnis."),
        ),
        _("Rieth"),
    )


@_PAGE
def share(request: HttpRequest, tenant: str, slug: str) -> HttpResponse:
    """Let other towns know of the data set, or no longer."""
    subject = signed_in(request)
    shown = catalogue.dataset(subject, tenant, slug)
    rights.require(subject, Action.GRANT, tenant, shown.unit)
    towns = [town for town in organisations.tenants() if town.slug != tenant]
    form = ShareForm(request.POST if request.method == "POST" else None, initial={"towns": sorted(shown.shared_with)})
    form.fields["towns"].choices = [(town.slug, town.name) for town in towns]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        wanted = frozenset(form.cleaned_data["towns"])
        try:
            catalogue.share_with_tenants(subject, shown.id, tenants=wanted)
        except Problem as problem:
            refused(form, problem)
        else:
            names = ", ".join(town.name for town in towns if town.slug in wanted)
            said_ = (
                gettext("Geteilt mit: %(towns)s.") % {"towns": names} if names else gettext("Mit niemandem geteilt.")
            )
            messages.success(request, said_)
            return redirect("dataset", tenant, slug)
    context = {"form": form, "dataset": shown, "towns": towns, "title": said(shown.title)}
    return render(request, "catalogue/share.html", context, status=400 if form.errors else 200)
