# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The builder: a question in choices, step by step, without a script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Filters, Hit
from allmende.hub import door as hub
from allmende.insight import meaning
from allmende.insight.answer import compiled, may_read, seen
from allmende.insight.compile import distinct_values
from allmende.insight.domain.questions import read_text, write_text
from allmende.insight.meaning import Kind, Known
from allmende.insight.offers import around, offers
from allmende.insight.queries import questions as queries
from allmende.insight.web.forms import BuilderForm, DatasetForm, first, written
from allmende.kernel.errors import Problem
from allmende.organisations.who import asking
from allmende.rights.terms import Outcome, Subject
from allmende.webkit.forms import refused
from allmende.webkit.language import language, said

#: So many values of a field are offered to be ticked.
MOST_TICKED = 40


@never_cache
def build(request: HttpRequest) -> HttpResponse:
    """Show the builder; a complete question leads on to its answer, where the reader's rights decide."""
    subject = asking(request)
    given = request.GET
    data: dict[str, Any] = {name: given.getlist(name) if name == "werte" else given[name] for name in given}
    purposes = hub.purpose_choices(subject)
    purpose = data.get("zweck", "")
    hits = catalogue.known_datasets(subject, Filters(limit=200), language=language()).hits
    context: dict[str, Any] = {"saved": queries.changing(subject, given.get("aendern", ""))}
    datasets = _datasets(subject, hits, [slug for slug, _title in purposes])
    start = read_text(given["frage"]) if "frage" in given else None
    if start is not None:
        tenant = start.what.dataset.partition(".")[0]
        data |= written(start, around(subject, tenant, purpose))
    name = data.get("was", "")
    if name not in {f"{hit.tenant}.{hit.slug}" for hit in hits}:
        form = DatasetForm(initial=data, datasets=datasets, purposes=purposes)
        return render(request, "insight/build.html", context | {"form": form})
    known = seen(subject, [name], purpose)[name]
    near = around(subject, known.name.partition(".")[0], purpose)
    other = _other(subject, data, hits, purpose)
    moved = data.get("zuletzt", name) != name  # another data set was chosen: the old one's fields mean nothing here
    if moved or "mass" not in data:
        data = {"zweck": purpose} | first(known, near)
        other = None
    data["zuletzt"] = name
    asked = "zeigen" in given and not moved
    form = BuilderForm(
        data,
        datasets=datasets,
        purposes=purposes,
        known=known,
        around=near,
        other=other,
        values=_values(subject, known, data, purpose),
        others=[(f"{hit.tenant}.{hit.slug}", said(hit.title)) for hit in hits if f"{hit.tenant}.{hit.slug}" != name],
    )
    form.is_bound = True
    if asked and form.is_valid():
        try:
            compiled(subject, form.question, purpose)
        except Problem as problem:
            refused(form, problem)
        else:
            address = {"frage": write_text(form.question), "zweck": purpose}
            if context["saved"] is not None:
                address["aendern"] = context["saved"].id
            return redirect(f"{reverse('answer')}?{urlencode(address)}")
    if not asked:
        form.errors.clear()  # between two steps nothing is wrong yet
    context |= {
        "form": form,
        "known": known,
        "groups": form.groups(),
        "hidden": form["zuletzt"],
        "locked": known.decision
        if known.decision is not None and known.decision.outcome is not Outcome.ALLOW
        else None,
        "offers": [
            (one, urlencode({"frage": write_text(one.question), "zweck": purpose}))
            for one in offers(subject, name, purpose)
        ],
        "simplified": start is not None
        and (len(start.what.filters) > 1 or (start.other is not None and len(start.other.filters) > 1)),
    }
    return render(request, "insight/build.html", context, status=400 if asked else 200)


def _datasets(subject: Subject, hits: tuple[Hit, ...], purposes: list[str]) -> list[tuple[str, Any]]:
    """Return what one may know of: first what one may read for some purpose, then what is locked."""
    readable = may_read(subject, [hit.id for hit in hits], purposes)
    open_ = [(f"{hit.tenant}.{hit.slug}", said(hit.title)) for hit in hits if hit.id in readable]
    locked = [
        (f"{hit.tenant}.{hit.slug}", _("%(title)s (gesperrt)") % {"title": said(hit.title)})
        for hit in hits
        if hit.id not in readable
    ]
    groups: list[tuple[str, Any]] = []
    if open_:
        groups.append((_("Das dürfen Sie auswerten"), open_))
    if locked:
        groups.append((_("Gesperrt: dafür brauchen Sie erst eine Erlaubnis"), locked))
    return groups


def _other(subject: Subject, data: dict[str, Any], hits: tuple[Hit, ...], purpose: str) -> Known | None:
    name = data.get("andere", "")
    if name not in {f"{hit.tenant}.{hit.slug}" for hit in hits}:
        return None
    return seen(subject, [name], purpose)[name]


def _values(subject: Subject, known: Known, data: dict[str, Any], purpose: str) -> list[str]:
    """Return the values of the field that is selected by, asked of the hub like every question; empty if refused."""
    field = known.field(data.get("nur", ""))
    if field is None or meaning.kind(field) not in {Kind.TEXT, Kind.BOOLEAN}:
        return []
    if known.decision is None or known.decision.outcome is not Outcome.ALLOW:
        return []
    try:
        shown = hub.page_table(
            subject, sql=distinct_values(known, field.name, MOST_TICKED), purpose=purpose, rows=MOST_TICKED
        )
    except Problem:
        return []
    return sorted(str(row[0]) for row in shown.rows)
