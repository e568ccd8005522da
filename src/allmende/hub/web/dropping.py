# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dropping a list (Liste ablegen): take the file, look at the proposal beside the original, say what it is, store it."""

from __future__ import annotations

from typing import Any

import msgspec
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from allmende.engine.connection import Connection, Files
from allmende.engine.lists.model import Answer, Reaction
from allmende.engine.lists.propose import window
from allmende.engine.lists.window import Window
from allmende.engine.mapping import Mapping
from allmende.hub.domain import deliveries, incoming, versions
from allmende.hub.domain.incoming import Incoming
from allmende.hub.domain.uploads import Upload, write
from allmende.hub.queries import lists as reading
from allmende.hub.web.assistant import EntryForm
from allmende.hub.web.looking import LookForm, kept_rows
from allmende.kernel.errors import Conflict, Invalid, Problem
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import UnitView
from allmende.organisations.who import of_the_administration
from allmende.organisations.words import unit_choices
from allmende.rights.door import purpose_titles, require_somewhere
from allmende.rights.terms import Action, Class, Subject
from allmende.webkit.forms import Form, explained, refused

#: Rows of the original shown at once.
SHOWN = 30

EVERY = (
    ("", gettext_lazy("kein fester Rhythmus")),
    ("month", gettext_lazy("jeden Monat")),
    ("quarter", gettext_lazy("jedes Quartal")),
    ("year", gettext_lazy("jedes Jahr")),
)


class DropForm(Form):
    """The file, and which list it belongs to or who answers for a new one."""

    file = explained(
        forms.FileField(
            label=gettext_lazy("Datei"),
            help_text=gettext_lazy("Excel, CSV, ODS oder XML, so wie sie ist, höchstens 200 MB."),
            allow_empty_file=True,
        ),
        "Spielplaetze_2026.xlsx",
    )
    dataset = explained(
        forms.ChoiceField(
            label=gettext_lazy("Liste"),
            required=False,
            help_text=gettext_lazy("Die nächste Datei einer Liste, die es schon gibt, oder eine neue."),
        ),
        gettext_lazy("neue Liste"),
    )
    unit = explained(
        forms.ChoiceField(
            label=gettext_lazy("Verantwortliche Stelle"),
            required=False,
            help_text=gettext_lazy("Nur bei einer neuen Liste: wer für diese Daten einsteht."),
        ),
        gettext_lazy("Umweltamt"),
    )

    def __init__(self, *args: Any, units: list[UnitView], known: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = unit_choices(units)  # type: ignore[attr-defined]
        self.fields["dataset"].choices = [("", _("neue Liste")), *known]  # type: ignore[attr-defined]


class StoreForm(EntryForm):
    """What the list is; and how often its next file comes."""

    every = explained(
        forms.ChoiceField(
            label=gettext_lazy("Nächste Datei"),
            choices=EVERY,
            required=False,
            help_text=gettext_lazy("Dann fällt auf, wenn zwei Dateien für denselben Monat kommen."),
        ),
        gettext_lazy("jeden Monat"),
    )


def worker(request: HttpRequest) -> Subject:
    """Return who asks, if they answer for data somewhere: DESCRIBE in some unit."""
    subject = of_the_administration(request)
    require_somewhere(subject, Action.DESCRIBE)
    return subject


def drop(request: HttpRequest) -> HttpResponse:
    """Step one: take a file into a passing place and see what it is. Nothing is stored."""
    subject = worker(request)
    known = [(one.dataset, one.title.de) for one in reading.lists(subject, tenant=subject.tenant)]
    units = [unit for unit in organisations.units(subject.tenant) if unit.active and unit.parent]
    form = DropForm(
        request.POST or None,
        request.FILES or None,
        units=units,
        known=known,
        initial={"unit": subject.unit, "dataset": request.GET.get("liste", "")},
    )
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            taken = incoming.receive(
                subject,
                tenant=subject.tenant,
                unit=form.cleaned_data["unit"],
                name=sent.name,
                pieces=sent.chunks(),
                dataset=form.cleaned_data["dataset"],
            )
        except Problem as problem:
            refused(form, problem)
        else:
            return redirect("look_list", taken.id)
    return render(request, "hub/drop.html", {"form": form, "step": 1}, status=400 if form.errors else 200)


@never_cache
def look(request: HttpRequest, arrived: str) -> HttpResponse:
    """Step two: the proposal beside the original; each sending shows what the list is with what was decided."""
    subject = worker(request)
    found = incoming.find(subject, arrived)
    if not any(table.use for table in found.proposal.tables):
        return render(request, "hub/nothing.html", {"incoming": found}, status=400)
    if request.method == "GET" and (table := request.GET.get("tabelle", "")):
        found = incoming.choose(subject, found, table)
    shown = _window(found, request.GET.get("ab", ""))
    reasons = kept_rows(found.found, shown.first, shown.first + len(shown.rows) - 1)
    form = LookForm(
        request.POST if request.method == "POST" else None,
        incoming=found,
        districts=incoming.districts_named(subject.tenant),
    )
    form.offer_rows((row.number, row.number not in reasons) for row in shown.rows if _offered(found, row.number))
    row = incoming.list_row(found.tenant, found.dataset) if found.dataset else None
    context: dict[str, Any] = {"step": 2, "incoming": found, "verdict": deliveries.against(row, found) if row else None}
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                answer = _decided(request, subject, found, form)
            except Conflict as problem:
                context["conflict"] = problem
                found = incoming.find(subject, arrived)
            except Problem as problem:
                refused(form, problem)
                found = incoming.find(subject, arrived)
            else:
                return answer
    return render(request, "hub/look.html", context | _shown(found, form, shown, reasons), status=status)


def _decided(request: HttpRequest, subject: Subject, found: Incoming, form: LookForm) -> HttpResponse:
    """Keep what was decided; then show it again, or go on."""
    onward = "weiter" in request.POST
    if (table := form.cleaned_data.get("table", "")) and table != form.table.key:
        return redirect(f"{request.path}?tabelle={table}")
    changed = incoming.decide(
        subject,
        found,
        form.decisions(looked=onward),
        table=form.table.key,
        key=form.key(),
        coarser=form.coarser(),
        personal=form.about_people(),
        districts=form.districts(),
    )
    again = f"{request.path}?ab={request.GET['ab']}" if request.GET.get("ab", "").isdigit() else request.path
    if not onward:
        messages.success(request, _("So wird die Liste jetzt gelesen. Gespeichert ist noch nichts."))
        return redirect(again)
    if changed.proposal.reaction is not Reaction.IMPORT:
        messages.warning(
            request, _("Bevor es weitergeht, ist noch über das Verborgene oder Personenbezogene zu entscheiden.")
        )
        return redirect(again)
    if not changed.dataset:
        return redirect("store_list", changed.id)
    number = deliveries.accept(subject, changed, insist="trotzdem" in request.POST)
    messages.success(request, _("Übernommen als Fassung %(number)d.") % {"number": number})
    return redirect("list", changed.dataset)


def _offered(found: Incoming, number: int) -> bool:
    """Whether a row can be taken or left out by hand: not the headings, nor what lies in another table."""
    return found.found.area.top <= number <= found.found.height and number not in found.found.header_rows


def _shown(found: Incoming, form: LookForm, shown: Window, reasons: dict[int, str]) -> dict[str, Any]:
    proposal, table = found.proposal, found.found
    boxes = {name.removeprefix("row_"): form[name] for name in form.at_rows}
    masked = {column.place for column in table.columns if column.personal}
    masked |= {one.place for one in proposal.personal if one.place}
    lines = [
        {
            "row": row,
            "why": reasons.get(row.number, ""),
            "header": row.number in table.header_rows,
            "box": boxes.get(str(row.number)),
            "cells": [
                {
                    "cell": cell,
                    "masked": bool(cell.text) and shown.left + index in masked and row.number not in table.header_rows
                    and row.number not in reasons,
                }
                for index, cell in enumerate(row.cells)
            ],
        }
        for row in shown.rows
    ]  # fmt: skip
    columns = {column.place: column for column in table.columns if column.place}
    return {
        "form": form,
        "table": table,
        "proposal": proposal,
        "window": shown,
        "lines": lines,
        "letters": [(shown.letter(index), columns.get(shown.left + index), shown.left + index in shown.hidden_columns)
                    for index in range(shown.width)],
        "stop": proposal.reaction is Reaction.STOP,
        "before": shown.first - SHOWN if shown.first > 1 else None,
        "after": shown.first + SHOWN if shown.first + SHOWN <= shown.height else None,
        "preview": [[form_value(value) for value in row] for row in table.preview[:10]],
    }  # fmt: skip


def form_value(value: str) -> str:
    """Return a value of the preview, a dash where there is none."""
    return value or "–"


@require_POST
def stop(request: HttpRequest, arrived: str) -> HttpResponse:
    """Break off: nothing remains of the file."""
    subject = worker(request)
    incoming.stop(subject, incoming.find(subject, arrived))
    messages.success(request, _("Abgebrochen. Die Datei wurde gelöscht, gespeichert wurde nichts."))
    return redirect("lists")


@never_cache
def store(request: HttpRequest, arrived: str) -> HttpResponse:
    """Step three: what the list is for the catalogue; then it is stored."""
    subject = worker(request)
    found = incoming.find(subject, arrived)
    if found.dataset:
        return redirect("look_list", found.id)
    initial = {"cls": Class.PERSONAL.value if _personal(found) else Class.INTERNAL.value, "title_de": found.found.title}
    form = StoreForm(
        request.POST if request.method == "POST" else None,
        purposes=purpose_titles(subject.tenant),
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        unit = organisations.unit(subject.tenant, found.unit)
        upload = Upload(
            id=found.id,
            tenant=found.tenant,
            person=found.person,
            unit=found.unit,
            file=found.file,
            mapping=_no_mapping(),
            leads_to=Files(),
        )

        def entry(mapping: Mapping) -> Connection:
            given = form.plain(msgspec.structs.replace(upload, mapping=mapping), unit=unit.slug)
            try:
                return msgspec.convert(given, Connection)
            except (msgspec.ValidationError, ValueError) as error:
                raise Invalid(Text(f"So geht es nicht: {error}", f"This does not fit: {error}")) from error

        try:
            dataset = versions.store_first(subject, found, entry, every=form.cleaned_data["every"])
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(request, _("Gespeichert. Das ist die erste Fassung dieser Liste."))
            return redirect("list", dataset)
    context = {"form": form, "incoming": found, "step": 3, "personal": _personal(found)}
    return render(request, "hub/store.html", context, status=400 if form.errors else 200)


@require_POST
def take_up(request: HttpRequest, delivery: str) -> HttpResponse:
    """Look at a delivery that waits or was laid aside, as at a file dropped now."""
    subject = worker(request)
    return redirect("look_list", incoming.take_up(subject, delivery, tenant=subject.tenant).id)


def _personal(found: Incoming) -> bool:
    """Return whether columns about people would be stored as they are."""
    columns = {column.heading: column for column in found.found.columns}
    kept = any(
        one.decided == Answer.KEEP.value and (column := columns.get(one.column)) is not None
        and not column.drop and column.name not in found.coarser
        for one in found.proposal.personal
    )  # fmt: skip
    stored = {column.name for column in found.found.columns if not column.drop}
    return kept or any(name in stored and name not in found.coarser for name in found.personal)


def _window(found: Incoming, first: str) -> Window:
    """Return the part of the original shown beside; kept in the passing place, so that it is read once."""
    table = found.found
    begin = max(1, int(first)) if first.isdigit() else 1
    kept = found.place / f"window-{abs(hash(table.sheet)) % 10_000_000}-{begin}.json"
    if kept.is_file():
        read = msgspec.json.decode(kept.read_bytes(), type=Window)
        if read.sheet == table.sheet:
            return read
    read = window(found.path, table.sheet, first=begin, rows=SHOWN, decisions=found.decisions)
    write(kept, read)
    return read


def _no_mapping() -> Mapping:
    """Return a mapping that stands for the one made when the rows are stored."""
    plain = {"read": {"kind": "parquet", "files": "x.parquet"}, "fields": [{"name": "x"}]}
    return msgspec.convert(plain, Mapping)
