# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages of the recipes: find, read, take in, use, make, send back. Who connects sources somewhere sees them."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allmende.engine import recipes
from allmende.engine.recipes import Kind
from allmende.engine.recipes.checks import described, words
from allmende.engine.recipes.fit import WORDS
from allmende.hub import door as hub
from allmende.kernel.errors import Problem
from allmende.organisations import door as organisations
from allmende.organisations.terms import UnitView
from allmende.organisations.who import of_the_administration
from allmende.recipes import door
from allmende.recipes.domain import trials
from allmende.recipes.terms import STANDINGS, Deviation, Given, Standing
from allmende.recipes.web.forms import AboutForm, DecisionForm, GivenForm, KeyForm, SettleForm, TakeInForm
from allmende.rights.door import master_key, purpose_titles, require_somewhere, somewhere
from allmende.rights.terms import Action, Subject
from allmende.webkit.forms import refused
from allmende.webkit.language import said

_TONES = {
    Standing.SHIPPED: "good",
    Standing.OWN: "good",
    Standing.TRUSTED: "good",
    Standing.UNKNOWN: "warn",
    Standing.UNSIGNED: "bad",
}


def worker(request: HttpRequest) -> Subject:
    """Return who asks, if they work with sources somewhere."""
    subject = of_the_administration(request)
    require_somewhere(subject, Action.CONNECT)
    return subject


def reader(request: HttpRequest) -> Subject:
    """Return who asks, if they work with sources somewhere or administer the town."""
    subject = of_the_administration(request)
    if not somewhere(subject, Action.ADMINISTER):
        require_somewhere(subject, Action.CONNECT)
    return subject


def shelf(request: HttpRequest) -> HttpResponse:
    """List and find recipes."""
    subject = reader(request)
    asked, version = request.GET.get("q", "")[:200], request.GET.get("version", "")[:40]
    found = door.shelf(subject, tenant=subject.tenant, words=asked, version=version)
    used = [(one, _unit_name(subject, one.unit)) for one in door.uses(subject, tenant=subject.tenant)]
    context = {
        "found": [(one, *_standing(one.standing)) for one in found],
        "words": asked,
        "version": version,
        "used": used,
        "works": somewhere(subject, Action.CONNECT),
    }
    return render(request, "recipes/shelf.html", context)


def take_in(request: HttpRequest) -> HttpResponse:
    """Take in a recipe, or deviations that come back: what it is, the file says."""
    subject = worker(request)
    form = TakeInForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent, why = form.cleaned_data["file"], form.cleaned_data["unsigned_because"]
        try:
            text = door.decoded(b"".join(sent.chunks()))
            if _is_deviations(text):
                name = door.receive_deviations(subject, text, tenant=subject.tenant, unsigned=bool(why.strip()))
                messages.success(request, _("Als Vorschlag angenommen. Am Rezept ändert sich nichts von selbst."))
                return redirect("recipe", door.by_name(subject, name, tenant=subject.tenant).digest)
            digest = door.take_in(subject, text, tenant=subject.tenant, unsigned_because=why)
        except Problem as problem:
            if problem.more.get("field") == "unsigned":
                problem.more["field"] = "unsigned_because"
            refused(form, problem)
        else:
            messages.success(request, _("Das Rezept liegt jetzt bei den anderen. Benutzt ist es damit noch nicht."))
            return redirect("recipe", digest)
    return render(request, "recipes/take_in.html", {"form": form}, status=400 if form.errors else 200)


def recipe(request: HttpRequest, digest: str) -> HttpResponse:
    """Show one recipe: what it does, who stands behind it, what it checks, what concerns persons."""
    subject = reader(request)
    one = door.on_shelf(subject, digest, tenant=subject.tenant)
    word, tone = _standing(one.standing)
    context = {
        "one": one,
        "works": somewhere(subject, Action.CONNECT),
        "recipe": one.recipe,
        "standing": word,
        "tone": tone,
        "datasets": [(dataset, described(dataset.checks)) for dataset in one.recipe.datasets],
        "proposals": [
            (found, *_standing(found.standing), _lines(found.deviations), SettleForm(prefix=found.id))
            for found in door.proposals(subject, one.recipe.name, tenant=subject.tenant)
        ],
        "used": [
            (use, _unit_name(subject, use.unit), _lines(use.deviations))
            for use in door.uses(subject, tenant=subject.tenant, digest=one.digest)
        ],
    }
    return render(request, "recipes/recipe.html", context)


@require_POST
def download(request: HttpRequest, digest: str) -> HttpResponse:
    """Hand out a recipe, signed by this installation."""
    subject = worker(request)
    text = door.export_shelf(subject, digest, tenant=subject.tenant)
    one = door.on_shelf(subject, digest, tenant=subject.tenant).recipe
    return _file(text, f"{one.name}-{one.version}.rezept.toml")


@require_POST
def take_off(request: HttpRequest, digest: str) -> HttpResponse:
    """Take a recipe off the shelf."""
    subject = worker(request)
    door.take_off(subject, door.on_shelf(subject, digest, tenant=subject.tenant).digest, tenant=subject.tenant)
    messages.success(request, _("Das Rezept liegt hier nicht mehr. Anbindungen damit bleiben."))
    return redirect("recipes")


def apply(request: HttpRequest) -> HttpResponse:
    """Use a recipe, step one: ask only what differs here."""
    subject = worker(request)
    one = door.on_shelf(subject, request.GET.get("rezept", ""), tenant=subject.tenant)
    units = [unit for unit in organisations.units(subject.tenant) if unit.active and unit.parent]
    form = GivenForm(
        request.POST or None,
        request.FILES or None,
        recipe=one.recipe,
        units=units,
        purposes=purpose_titles(subject.tenant),
        initial={"unit": subject.unit},
    )
    if request.method == "POST" and form.is_valid():
        try:
            trial = trials.begin(
                subject,
                _given(subject, form, one.digest),
                tenant=subject.tenant,
                secret=form.cleaned_data.get("secret", ""),
            )
        except Problem as problem:
            refused(form, problem)
        else:
            return redirect("recipe_trial", trial)
    return render(
        request, "recipes/apply.html", {"form": form, "one": one, "step": 1}, status=400 if form.errors else 200
    )


def trial(request: HttpRequest, trial: str) -> HttpResponse:
    """Use a recipe, step two: show what deviates and decide; then connect."""
    subject = worker(request)
    found = trials.find(subject, trial, tenant=subject.tenant)
    one = door.on_shelf(subject, found.given.digest, tenant=subject.tenant)
    tried = door.try_recipe(subject, found.given, tenant=subject.tenant, choices=found.choices, secret=found.secret)
    form = DecisionForm(request.POST if request.method == "POST" else None, tried=tried)
    if request.method == "POST" and form.is_valid():
        try:
            choices = form.choices()
            if "weiter" not in request.POST:
                trials.decide(subject, found, choices, tenant=subject.tenant)
                messages.success(request, _("Noch einmal angesehen."))
                return redirect("recipe_trial", found.id)
            used = door.use_recipe(
                subject,
                found.given,
                tenant=subject.tenant,
                choices=choices,
                accepted=form.accepted(),
                secret=found.secret,
            )
        except Problem as problem:
            refused(form, problem)
        else:
            trials.done(subject, found)
            messages.success(
                request, _("Angebunden. Freigegeben ist damit nichts; das entscheidet die Freigabestelle.")
            )
            return redirect("dataset", subject.tenant, next(iter(used.names.values())))
    context = {
        "form": form,
        "one": one,
        "tried": tried,
        "lines": _lines(tried.deviations),
        "outcomes": [(slug, outcomes) for slug, outcomes in tried.outcomes.items()],
        "step": 2,
        "trial": found.id,
    }
    return render(request, "recipes/trial.html", context, status=400 if form.errors else 200)


def make(request: HttpRequest, connection: str) -> HttpResponse:
    """Make a recipe of a connection: say what only its author knows, then the signed file comes."""
    subject = worker(request)
    shown = hub.connection(subject, connection, tenant=subject.tenant)
    before = door.use(subject, connection, tenant=subject.tenant)
    first = {"name": shown.slug, "title_de": shown.source_name, "procedure": shown.source_name}
    if before is not None:
        old = before.recipe
        first |= {
            "title_de": old.title.de, "title_en": old.title.en, "text": said(old.text), "procedure": old.procedure.name,
            "export": said(old.procedure.export), "since": old.procedure.since, "until": old.procedure.until,
            "release_why": said(old.release.why),
        }  # fmt: skip
    form = AboutForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            about = form.about([dataset.name for dataset in shown.datasets])
            text = door.export_recipe(subject, connection, about, tenant=subject.tenant)
        except Problem as problem:
            refused(form, problem)
        else:
            return _file(text, f"{about.name}-{about.version}.rezept.toml")
    context = {"form": form, "connection": shown, "before": before}
    return render(request, "recipes/make.html", context, status=400 if form.errors else 200)


@require_POST
def deviations(request: HttpRequest, connection: str) -> HttpResponse:
    """Hand out the signed file with what deviates, to send back to the recipe's author."""
    subject = worker(request)
    text = door.export_deviations(subject, connection, tenant=subject.tenant)
    return _file(text, f"{connection}-{subject.tenant}.abweichung.toml")


@require_POST
def settle(request: HttpRequest, proposal: str) -> HttpResponse:
    """Say what became of a proposal."""
    subject = worker(request)
    try:
        how = request.POST.get(f"{proposal}-how", "")
        name = door.settle_proposal(subject, proposal, tenant=subject.tenant, how=how)
    except Problem as problem:
        messages.error(request, said(problem.detail))
        return redirect("recipes")
    messages.success(request, _("Vermerkt."))
    return redirect("recipe", door.by_name(subject, name, tenant=subject.tenant).digest)


@require_POST
def release(request: HttpRequest, connection: str) -> HttpResponse:
    """Make the release tables a recipe proposes; only who may release."""
    subject = worker(request)
    try:
        door.make_release(subject, connection, tenant=subject.tenant)
    except Problem as problem:
        messages.error(request, said(problem.detail))
    else:
        messages.success(request, _("Die Freigabetabellen sind gemacht."))
    return redirect("recipes")


def keys(request: HttpRequest) -> HttpResponse:
    """Show this installation's key and those the town trusts; an administrator adds and removes."""
    subject = reader(request)
    form = KeyForm(request.POST if request.method == "POST" and "key" in request.POST else None)
    if request.method == "POST":
        try:
            if "remove" in request.POST:
                door.distrust_key(subject, request.POST["remove"], tenant=subject.tenant)
                return redirect("recipe_keys")
            if form.is_valid():
                given = form.cleaned_data
                door.trust_key(subject, given["key"], name=given["name"], tenant=subject.tenant)
                messages.success(request, _("Diesem Schlüssel wird jetzt vertraut."))
                return redirect("recipe_keys")
        except Problem as problem:
            refused(form, problem)
    own = recipes.public_key(master_key())
    context = {
        "own": own,
        "fingerprint": recipes.fingerprint(own),
        "keys": door.trusted_keys(subject, tenant=subject.tenant),
        "form": form if somewhere(subject, Action.ADMINISTER) else None,
    }
    return render(request, "recipes/keys.html", context, status=400 if form.errors else 200)


def _given(subject: Subject, form: GivenForm, digest: str) -> Given:
    given, sent = form.cleaned_data, {}
    for dataset in form.recipe.datasets:
        file = given.get(f"file_{dataset.slug}")
        if file is not None:
            kept = hub.keep_file(
                subject, tenant=subject.tenant, unit=given["unit"], name=file.name, pieces=file.chunks()
            )
            sent[dataset.slug] = kept.id
    places = {slug: hub.sent_file(subject, upload) for slug, upload in sent.items()}
    root = str(next(iter(places.values()))[0]) if places else ""
    files = {slug: path for slug, (_root, path) in places.items()}
    if len(files) == 1:  # its own folder: what others send is not in its reach
        ((slug, path),) = files.items()
        folder, _slash, name = path.partition("/")
        root, files = f"{root}/{folder}", {slug: name}
    return Given(
        digest=digest,
        unit=given["unit"],
        source=form.source(),
        root=root,
        files={slug: _exactly(path) for slug, path in files.items()},
        uploads=tuple(sent.values()),
        contact=given["contact"],
        purposes=tuple(given["purposes"]),
        legal_basis=given["legal_basis"],
        names={d.slug: given[f"name_{d.slug}"] for d in form.recipe.datasets if given[f"name_{d.slug}"] != d.slug},
        classes={d.slug: given[f"class_{d.slug}"] for d in form.recipe.datasets},
        connection="" if given["connection"] == form.recipe.name else given["connection"],
    )


def _exactly(path: str) -> str:
    """Return the pattern that matches just this path."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in path)


def _is_deviations(text: str) -> bool:
    return any(line.strip().startswith("abweichung") for line in text.splitlines()[:40] if not line.startswith("#"))


def _standing(standing: Standing) -> tuple[str, str]:
    return said(STANDINGS[standing]), _TONES[standing]


def _lines(found: tuple[Deviation, ...]) -> list[tuple[str, Deviation, str, str]]:
    """Return each deviation with its kind, what was expected and what was found, in words."""
    return [(said(WORDS[one.kind]), one, _shown(one.kind, one.expected), _shown(one.kind, one.found)) for one in found]


#: How dates are written, in words: 31.12.2026 for %d.%m.%Y.
_WRITTEN = {"%d": "31", "%m": "12", "%Y": "2026", "%y": "26", "%H": "14", "%M": "30", "%S": "00"}
_FORM = re.compile(r"%[dmYyHMS]|[./: -]")


def _shown(kind: Kind, value: str) -> str:
    if kind is Kind.CHECK:
        return said(words(value)) if ":" in value or value == "rows" else ""
    if kind is Kind.DATES:
        return value if _FORM.sub("", value) else _FORM.sub(lambda found: _WRITTEN.get(found[0], found[0]), value)
    return _("Tabulator") if value == "\t" else value


def _unit_name(subject: Subject, unit: str) -> str:
    units: dict[str, UnitView] = {one.id: one for one in organisations.units(subject.tenant)}
    return said(units[unit].name) if unit in units else "–"


def _file(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
