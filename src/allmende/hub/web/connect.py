# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The connect assistant: look, correct, save, one page each, without JavaScript."""

from __future__ import annotations

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allmende.engine.connection import Connection, Files
from allmende.hub import door as hub
from allmende.hub.domain import opened as opening
from allmende.hub.domain import uploads
from allmende.hub.domain.uploads import Upload
from allmende.hub.terms import ConnectionDraft
from allmende.hub.web.assistant import EntryForm, FileForm, ReadingForm
from allmende.hub.web.opening import DatabaseForm, InterfaceForm, TableForm
from allmende.hub.web.sources import worker
from allmende.kernel.errors import Invalid, Problem
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import UnitView
from allmende.rights.door import purpose_titles, units_where
from allmende.rights.terms import Action, Subject
from allmende.webkit.forms import Form, refused
from allmende.webkit.language import said

#: The first choice: from what kind of place the data come, by the page for it.
WAYS = (
    ("connect", gettext_lazy("Datei")),
    ("connect_database", gettext_lazy("Datenbank")),
    ("connect_interface", gettext_lazy("Adresse im Netz (HTTP)")),
)


def connect(request: HttpRequest) -> HttpResponse:
    """Step one, look: take a file and show what is in it."""
    subject = worker(request)
    form = FileForm(request.POST or None, request.FILES or None, units=_units(subject), initial={"unit": subject.unit})
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            upload = uploads.keep(
                subject, tenant=subject.tenant, unit=form.cleaned_data["unit"], name=sent.name, pieces=sent.chunks()
            )
        except Problem as problem:
            refused(form, problem)
        else:
            return redirect("correct", upload.id)
    return _first(request, form, "connect")


def database(request: HttpRequest) -> HttpResponse:
    """Step one for a database: open it and list its tables. The password is sealed here and in no later page."""
    subject = worker(request)
    form = DatabaseForm(request.POST or None, units=_units(subject), initial={"unit": subject.unit})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = opening.open_database(
                subject, form.leads_to(), tenant=subject.tenant, unit=given["unit"], password=given["password"]
            )
        except Problem as problem:
            refused(form, problem)
        else:
            return redirect("choose_table", found.id)
    return _first(request, form, "connect_database")


def table(request: HttpRequest, opened: str) -> HttpResponse:
    """Step one, still: choose one of the database's tables."""
    subject = worker(request)
    found = opening.find_opened(subject, opened)
    form = TableForm(request.POST or None, tables=found.tables)
    if request.method == "POST" and form.is_valid():
        try:
            upload = opening.choose_table(subject, found, form.cleaned_data["table"])
        except Problem as problem:
            refused(form, problem)
        else:
            return redirect("correct", upload.id)
    context = {"form": form, "opened": found, "step": 1}
    return render(request, "hub/table.html", context, status=400 if form.errors else 200)


def interface(request: HttpRequest) -> HttpResponse:
    """Step one for an address on the net: fetch from it and show what is in the answer."""
    subject = worker(request)
    form = InterfaceForm(request.POST or None, units=_units(subject), initial={"unit": subject.unit})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            upload = opening.open_interface(
                subject, form.leads_to(), form.what(), tenant=subject.tenant, unit=given["unit"], token=given["token"]
            )
        except Problem as problem:
            refused(form, problem)
        else:
            return redirect("correct", upload.id)
    return _first(request, form, "connect_interface")


def correct(request: HttpRequest, upload: str) -> HttpResponse:
    """Step two, correct: how the file is read; each sending shows the rows as they are read then."""
    subject = worker(request)
    found = uploads.find(subject, upload)
    form = ReadingForm(request.POST if request.method == "POST" else None, mapping=found.mapping)
    if request.method == "POST" and form.is_valid():
        try:
            found = uploads.correct(subject, found, form.corrected())
        except Problem as problem:
            refused(form, problem)
        else:
            if "weiter" in request.POST:
                return redirect("describe", found.id)
            messages.success(request, _("So wird jetzt gelesen."))
            return redirect("correct", found.id)
    context = {"form": form, "upload": found, "step": 2, "names": [field.name for field in found.mapping.fields]}
    return render(request, "hub/correct.html", context, status=400 if form.errors else 200)


def describe(request: HttpRequest, upload: str) -> HttpResponse:
    """Step three, save: what the data set is. Reading it once more comes before anything is saved."""
    subject = worker(request)
    found = uploads.find(subject, upload)
    form = EntryForm(request.POST if request.method == "POST" else None, purposes=purpose_titles(subject.tenant))
    if request.method == "POST" and form.is_valid():
        unit = organisations.unit(subject.tenant, found.unit)
        try:
            done = hub.connect(
                subject,
                ConnectionDraft(
                    file=_file(form, found, unit.slug),
                    root=str(uploads.root(found)) if isinstance(found.leads_to, Files) else "",
                    secret=uploads.secret_of(found),
                ),
                tenant=subject.tenant,
            )
        except Problem as problem:
            refused(form, problem)
        else:
            uploads.done(found)
            messages.success(request, _("Angebunden. %(summary)s") % {"summary": said(done.reads[0].report.summary())})
            return redirect("dataset", subject.tenant, form.cleaned_data["slug"])
    context = {"form": form, "upload": found, "step": 3}
    return render(request, "hub/describe.html", context, status=400 if form.errors else 200)


def _units(subject: Subject) -> list[UnitView]:
    """Return the units the subject may connect for. Who may describe in none of them is told so by the verb."""
    may = units_where(subject, Action.CONNECT, Action.DESCRIBE) or units_where(subject, Action.CONNECT)
    return [unit for unit in organisations.units(subject.tenant) if unit.active and unit.parent and unit.id in may]


def _first(request: HttpRequest, form: Form, way: str) -> HttpResponse:
    context = {"form": form, "step": 1, "way": way, "ways": WAYS}
    return render(request, "hub/connect.html", context, status=400 if form.errors else 200)


def _file(form: EntryForm, upload: Upload, unit: str) -> Connection:
    try:
        return msgspec.convert(form.plain(upload, unit=unit), Connection)
    except (msgspec.ValidationError, ValueError) as error:
        raise Invalid(Text(f"So geht es nicht: {error}", f"This does not fit: {error}")) from error
