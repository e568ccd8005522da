# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Papers of what pages show, each under the reader's own rights: nothing on paper that the page would not show."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Filters, Hit
from allmende.hub import door as hub
from allmende.insight import door as insight
from allmende.insight.web.questions import legend
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.who import asking, of_the_administration
from allmende.portal import permission
from allmende.portal.papers.agreement import agreement
from allmende.portal.papers.answer import answered
from allmende.portal.papers.common import answer, frame
from allmende.portal.papers.council import Key, council
from allmende.portal.papers.note import note
from allmende.portal.papers.profile import profile
from allmende.portal.papers.register import register
from allmende.portal.site import tenant_of
from allmende.rights.door import purpose_titles
from allmende.rights.terms import Class, SubjectKind
from allmende.webkit.language import language

_PAGE = 200
_MOST = 1_000


def dataset_profile(request: HttpRequest, tenant: str, slug: str) -> HttpResponse:
    """Return the data set's profile; one the asker may not know of is answered as if there were none."""
    shown = catalogue.dataset(asking(request), tenant, slug)
    unit = organisations.unit(tenant, shown.unit)
    system, mode = hub.modes([shown.id]).get(shown.id, ("", shown.mode))
    paper = profile(shown, mode=mode, system=system, contact=shown.contact or unit.contact, frame=frame(request))
    return answer(paper, f"steckbrief-{shown.slug}")


def use_agreement(request: HttpRequest, tenant: str, slug: str, grant: str) -> HttpResponse:
    """Return the agreement for a grant in force; only for the administration of the town whose data set it is."""
    subject = of_the_administration(request)
    shown = catalogue.dataset(subject, tenant, slug)
    permits = permission.grants(shown) if subject.tenant == shown.tenant else []
    found = next((one for one in permits if one.id == grant), None)
    if found is None or not found.allows:
        raise NotFound(Text("Diese Nutzungserlaubnis gibt es nicht.", "There is no such grant."))
    unit = organisations.unit(tenant, shown.unit)
    paper = agreement(shown, found, number=grant, contact=shown.contact or unit.contact, frame=frame(request, "de"))
    return answer(paper, f"vereinbarung-{shown.slug}")


def import_note(request: HttpRequest, dataset: str) -> HttpResponse:
    """Return the note on the last reading of a data set, for those who work with its source (CONNECT)."""
    subject = of_the_administration(request)
    binding, _ = hub.binding(subject, dataset, tenant=subject.tenant)
    if binding.report is None:
        raise NotFound(Text("Dieser Datensatz wurde noch nicht gelesen.", "This data set was not read yet."))
    system, _mode = hub.modes([dataset])[dataset]
    entry = catalogue.dataset(subject, binding.tenant, binding.name)
    paper = note(
        binding,
        title=entry.title,
        system=system,
        unit=entry.unit_name,
        report=binding.report,
        samples=entry.cls is not Class.PERSONAL and not entry.secrets,
        frame=frame(request),
    )
    return answer(paper, f"vermerk-{binding.name}")


def unit_register(request: HttpRequest, unit: str) -> HttpResponse:
    """Return the register of a unit's data sets the asker may know of."""
    town = tenant_of(request)
    if town is None:
        raise NotFound(Text("Es ist noch keine Kommune eingerichtet.", "No town is set up yet."))
    return _register(
        request, Filters(tenant=town.slug, unit=frozenset({unit})), organisations.unit(town.slug, unit).name
    )


def town_register(request: HttpRequest) -> HttpResponse:
    """Return the register of the town's data sets the asker may know of."""
    town = tenant_of(request)
    if town is None:
        raise NotFound(Text("Es ist noch keine Kommune eingerichtet.", "No town is set up yet."))
    return _register(request, Filters(tenant=town.slug), None)


def question_paper(request: HttpRequest, question: str) -> HttpResponse:
    """Return the council paper on a saved question, answered under the rights of who asks for it."""
    saved = insight.question(asking(request), question)
    return _council(request, saved.question, title=saved.title, purpose=request.GET.get("zweck", saved.purpose))


def answer_paper(request: HttpRequest) -> HttpResponse:
    """Return the council paper on the question that the link carries, under the rights of who asks for it."""
    question = insight.read_text(request.GET.get("frage", ""))
    return _council(request, question, title="", purpose=request.GET.get("zweck", ""))


def _council(request: HttpRequest, question: insight.Question, *, title: str, purpose: str) -> HttpResponse:
    subject = asking(request)
    purposes = dict(purpose_titles(subject.tenant)) if subject.tenant else {}
    purpose = purpose if purpose in purposes else ""
    shown = insight.answer(subject, question, purpose=purpose)
    here = frame(request)
    values = answered(
        shown,
        title=title or here.said(shown.title),
        purpose=here.said(purposes[purpose]) if purpose else "",
        svg=str(insight.picture(shown) or ""),
        keys=[Key(key.fill if key.shade else "", key.words) for key in legend(shown)],
        frame=here,
    )
    made = answer(council(values, frame=here), "vorlage")
    if shown.refusals:
        made.status_code = 403  # the paper says what was refused, and why
    return made


def _register(request: HttpRequest, filters: Filters, unit: Text | None) -> HttpResponse:
    subject = asking(request)
    hits: list[Hit] = []
    while True:
        filters = Filters(tenant=filters.tenant, unit=filters.unit, offset=len(hits), limit=_PAGE)
        found = catalogue.known_datasets(subject, filters, language=language())
        hits += found.hits
        if not found.hits or len(hits) >= min(found.total, _MOST):
            break
    hits.sort(key=lambda hit: hit.title.de.casefold())
    public = subject.kind is SubjectKind.ANYONE
    return answer(
        register(hits, total=found.total, unit=unit, public=public, frame=frame(request)), "verzeichnis-der-datensaetze"
    )
