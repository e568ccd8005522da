# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lists, their versions and deliveries, for whoever answers for them."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from allmende.hub import door as hub
from allmende.hub.asking import asker, purpose_choices
from allmende.hub.domain import deliveries, dropped, links, versions
from allmende.hub.queries import lists as reading
from allmende.hub.rowwise import Rowwise, rowwise
from allmende.hub.template import template
from allmende.hub.terms import ListView, VersionView
from allmende.hub.web.dropping import EVERY, worker
from allmende.kernel.errors import NotFound, Problem
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights.terms import Subject
from allmende.webkit.forms import Form, explained, refused
from allmende.webkit.language import language, said

#: Rows a version's page compares at most; larger lists show their counts.
ROWS = 1_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class LinkForm(Form):
    """Who delivers through a link, until when."""

    whom = explained(
        forms.CharField(
            label=gettext_lazy("Wer liefert"), max_length=200, help_text=gettext_lazy("Amt oder Person, in Worten.")
        ),
        gettext_lazy("Sportamt, Frau Beispiel"),
    )
    mail = explained(
        forms.EmailField(
            label=gettext_lazy("E-Mail-Adresse"),
            required=False,
            help_text=gettext_lazy(
                "Dorthin gehen Erinnerungen: eine Woche und einen Tag vor der Frist, und einmal danach."
            ),
        ),
        "sportamt@auenstadt.example",
    )
    deadline = explained(
        forms.DateField(
            label=gettext_lazy("Frist"),
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=gettext_lazy("Bis zu diesem Tag; zwei Wochen später führt der Link nirgends mehr hin."),
        ),
        "31.10.2026",
    )


class SettingsForm(Form):
    """How often the list comes, whether somebody looks each time, what tells rows apart."""

    every = explained(
        forms.ChoiceField(
            label=gettext_lazy("Nächste Datei"),
            required=False,
            choices=EVERY,
            help_text=gettext_lazy("Dann fällt auf, wenn zwei Dateien für denselben Monat kommen."),
        ),
        gettext_lazy("jeden Monat"),
    )
    always_ask = explained(
        forms.BooleanField(
            label=gettext_lazy("Jede Lieferung ansehen"),
            required=False,
            help_text=gettext_lazy("Sonst wird übernommen, was in allem passt."),
        ),
        "",
    )
    key = explained(
        forms.MultipleChoiceField(
            label=gettext_lazy("Daran wird eine Zeile wiedererkannt"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=gettext_lazy("Dann lässt sich sagen, welche Zeile neu ist, fehlt oder sich geändert hat."),
        ),
        gettext_lazy("Nummer"),
    )

    def __init__(self, *args: Any, shown: ListView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.name, one.heading or one.name) for one in shown.expected]
        self.fields["key"].choices = choices  # type: ignore[attr-defined]


class BackForm(Form):
    """Why another version holds."""

    reason = explained(
        forms.CharField(
            label=gettext_lazy("Begründung"),
            max_length=300,
            help_text=gettext_lazy("Warum dieser Stand gelten soll; steht im Register."),
        ),
        gettext_lazy("In der Oktober-Datei fehlte ein Stadtteil."),
    )


def lists(request: HttpRequest) -> HttpResponse:
    """List the lists the asker answers for, what waits first."""
    subject = worker(request)
    found = reading.lists(subject, tenant=subject.tenant)
    units = {unit.id: unit.name for unit in organisations.units(subject.tenant)}
    return render(request, "hub/lists.html", {"lists": [(one, units.get(one.unit)) for one in found]})


@never_cache
def one_list(request: HttpRequest, dataset: str) -> HttpResponse:
    """Show one list: the version in force, what was delivered, who may deliver."""
    subject = worker(request)
    shown = reading.one_list(subject, dataset, tenant=subject.tenant)
    return _list(request, subject, shown, LinkForm())


def _list(
    request: HttpRequest, subject: Subject, shown: ListView, form: LinkForm, *, address: str = "", status: int = 200
) -> HttpResponse:
    initial = {"every": shown.every, "always_ask": shown.always_ask, "key": list(shown.key)}
    context = {
        "list": shown,
        "unit": organisations.unit(subject.tenant, shown.unit),
        "every": dict(EVERY)[shown.every],
        "link_form": form,
        "settings": SettingsForm(shown=shown, initial=initial),
        "address": address,
        "open": [one for one in shown.deliveries if one.state in {"waiting", "aside"}],
        "rest": [one for one in shown.deliveries if one.state not in {"waiting", "aside"}],
    }
    return render(request, "hub/list.html", context, status=status)


@require_POST
def change(request: HttpRequest, dataset: str) -> HttpResponse:
    """Change a list's settings."""
    subject = worker(request)
    shown = reading.one_list(subject, dataset, tenant=subject.tenant)
    form = SettingsForm(request.POST, shown=shown)
    if form.is_valid():
        deliveries.change_list(
            subject,
            dataset,
            tenant=subject.tenant,
            every=form.cleaned_data["every"],
            always_ask=form.cleaned_data["always_ask"],
            key=tuple(form.cleaned_data["key"]),
        )
        messages.success(request, _("Gespeichert."))
    return redirect("list", dataset)


@require_POST
@never_cache
def make_link(request: HttpRequest, dataset: str) -> HttpResponse:
    """Make an upload link; its address is shown on this one page."""
    subject = worker(request)
    shown = reading.one_list(subject, dataset, tenant=subject.tenant)
    form, address = LinkForm(request.POST), ""
    if form.is_valid():
        given = form.cleaned_data
        try:
            address = links.make_link(
                subject,
                dataset,
                tenant=subject.tenant,
                whom=given["whom"],
                mail=given["mail"],
                deadline=given["deadline"],
            )
        except Problem as problem:
            refused(form, problem)
        else:
            shown = reading.one_list(subject, dataset, tenant=subject.tenant)
    made = LinkForm() if address else form
    return _list(request, subject, shown, made, address=address, status=400 if form.errors else 200)


@require_POST
def revoke_link(request: HttpRequest, link: str) -> HttpResponse:
    """End an upload link."""
    subject = worker(request)
    links.revoke_link(subject, link, tenant=subject.tenant)
    messages.success(request, _("Der Link gilt nicht mehr."))
    return redirect("list", request.POST.get("liste", "")) if request.POST.get("liste") else redirect("lists")


@require_POST
def folder(request: HttpRequest, dataset: str) -> HttpResponse:
    """Give a list a drop folder, or take it away."""
    subject = worker(request)
    try:
        place = dropped.set_folder(
            subject,
            dataset,
            tenant=subject.tenant,
            place=request.POST.get("place", "").strip(),
            on="aus" not in request.POST,
        )
    except Problem as problem:
        messages.error(request, said(problem.detail))
    else:
        messages.success(
            request, _("Der Ablageordner ist eingerichtet.") if place else _("Der Ablageordner ist abgeschaltet.")
        )
    return redirect("list", dataset)


def empty(request: HttpRequest, dataset: str) -> HttpResponse:
    """Hand out the empty template (Vorlage)."""
    subject = worker(request)
    shown = reading.one_list(subject, dataset, tenant=subject.tenant)
    return template_answer(template(shown.title, shown.expected, shown.key), shown.slug)


def template_answer(content: bytes, name: str) -> HttpResponse:
    """Return the template as a file."""
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="vorlage-{name}.xlsx"'
    return answer


@require_POST
def dismiss(request: HttpRequest, delivery: str) -> HttpResponse:
    """Decide against a delivery."""
    subject = worker(request)
    try:
        deliveries.dismiss(subject, delivery, tenant=subject.tenant)
    except Problem as problem:
        messages.error(request, said(problem.detail))
    else:
        messages.success(request, _("Verworfen. Die Datei wurde gelöscht; dass sie kam, bleibt vermerkt."))
    return redirect("list", request.POST.get("liste", "")) if request.POST.get("liste") else redirect("lists")


@require_POST
def original(request: HttpRequest, delivery: str) -> HttpResponse:
    """Hand out a delivered file, unchanged, to whoever may read all of it for the purpose."""
    subject = worker(request)
    name, pieces = deliveries.original(subject, delivery, tenant=subject.tenant, purpose=request.POST.get("zweck", ""))
    answer = HttpResponse(b"".join(pieces), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    answer["Cache-Control"] = "no-store"
    return answer


@never_cache
def version(request: HttpRequest, dataset: str, number: int) -> HttpResponse:
    """Show one version: what came, went and changed, row by row for whoever may read the rows; and go back to it."""
    subject = worker(request)
    shown = reading.one_list(subject, dataset, tenant=subject.tenant)
    one = _version(shown, number)
    before = next((v for v in shown.versions if v.number == number - 1), None)
    form = BackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            versions.go_back(subject, dataset, number, tenant=subject.tenant, reason=form.cleaned_data["reason"])
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(request, _("Es gilt jetzt Fassung %(number)d.") % {"number": number})
            return redirect("list", dataset)
    context: dict[str, Any] = {
        "list": shown,
        "version": one,
        "before": before,
        "form": form,
        "purposes": purpose_choices(subject),
        "purpose": request.GET.get("zweck", ""),
    }
    if "zeilen" in request.GET:
        try:
            context["rows"] = _rows(subject, shown, one, before, request.GET.get("zweck", ""))
        except Problem as problem:
            context["problem"] = problem
    return render(request, "hub/version.html", context, status=400 if form.errors else 200)


def _version(shown: ListView, number: int) -> VersionView:
    for one in shown.versions:
        if one.number == number:
            return one
    raise NotFound(Text("Diesen Stand gibt es nicht.", "There is no such version."))


def _rows(subject: Subject, shown: ListView, one: VersionView, before: VersionView | None, purpose: str) -> Rowwise:
    """Ask for the rows of a version and the one before, as every question is asked, and set them side by side."""
    now = _asked(subject, shown, one, purpose)
    former = _asked(subject, shown, before, purpose) if before is not None else None
    found = one.difference.key if one.difference is not None else ()
    return rowwise(former, now, shown.key or found)


def _asked(subject: Subject, shown: ListView, one: VersionView, purpose: str) -> hub.Shown:
    return async_to_sync(hub.table)(
        hub.services(),
        asker(subject),
        sql=f"SELECT * FROM {shown.tenant}.{shown.slug}",  # noqa: S608 (checked names; the gate reads it)
        purpose=purpose,
        language=language(),
        rows=ROWS,
        stands={shown.dataset: one.copy},
    )
