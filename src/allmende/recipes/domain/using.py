# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Using a recipe: ask only what differs here, look at the town's own file, decide on deviations, connect.

The guards are the verbs' own: CONNECT and DESCRIBE in the unit that answers for the data. A recipe gives no right and
releases nothing.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec
from django.db import transaction

from allmende.engine import recipes
from allmende.engine.connection import Connection as ConnectionFile
from allmende.engine.connection import Files
from allmende.engine.mapping.files import find
from allmende.engine.recipes import Choice, Deviation, Fitted, Kind, Outcome, Recipe
from allmende.engine.recipes.fit import decided
from allmende.engine.recipes.model import Local, Question, connection_of, release_of
from allmende.hub import door as hub
from allmende.hub.terms import ConnectionDraft, ReleaseView
from allmende.insight import door as insight
from allmende.kernel.errors import Conflict, Invalid, NotFound, Problem
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.recipes.changes import by, note
from allmende.recipes.models import Use
from allmende.recipes.queries.shelf import on_shelf, use_view
from allmende.recipes.terms import Given, Tried, Used
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject


def try_recipe(
    actor: Subject, given: Given, *, tenant: str, choices: dict[str, Choice] | None = None, secret: str = ""
) -> Tried:
    """Look at the town's own files or tables through the recipe: what deviates, and whether the checks hold.

    Nothing is kept. Needs CONNECT and DESCRIBE in the unit. Raises Invalid, BadFile, NotFound, AddressRefused,
    SourceDown saying what to do.
    """
    recipe = on_shelf(actor, given.digest, tenant=tenant).recipe
    _require(actor, tenant, given.unit)
    if isinstance(given.source, Files):
        hub.require_folder(given.root, tenant=tenant, unit=given.unit)
    fitted = _fit(recipe, given, choices or {})
    deviations = [d for one in fitted.values() for d in one.deviations]
    blocked = tuple(f"{slug}: {column}" for slug, one in fitted.items() for column in one.blocked)
    outcomes: dict[str, tuple[Outcome, ...]] = {}
    if not blocked:
        outcomes = _check(actor, recipe, given, fitted, tenant=tenant, secret=secret)
        for slug, found in outcomes.items():
            deviations += [
                Deviation(dataset=slug, kind=Kind.CHECK, expected=one.name, found=str(one.rows)) for one in found
                if not one.passed
            ]  # fmt: skip
    return Tried(fitted=fitted, outcomes=outcomes, deviations=tuple(deviations), blocked=blocked)


def use_recipe(
    actor: Subject,
    given: Given,
    *,
    tenant: str,
    choices: dict[str, Choice] | None = None,
    accepted: dict[str, str] | None = None,
    secret: str = "",
) -> Used:
    """Connect with a recipe and remember in what it deviates. Needs CONNECT and DESCRIBE in the unit.

    ``accepted`` gives the reason for each failed check (by the deviation's key) under which it is connected anyway;
    raises Conflict where one has none, Invalid where a column that is needed is still missing.
    """
    chosen = on_shelf(actor, given.digest, tenant=tenant)
    recipe = chosen.recipe
    tried = try_recipe(actor, given, tenant=tenant, choices=choices, secret=secret)
    if tried.blocked:
        listed = ", ".join(tried.blocked)
        raise Invalid(
            Text(
                f"Ohne diese Spalten geht es nicht: {listed}. Bitte sagen, wie sie in Ihrer Datei heißen.",
                f"These columns are needed: {listed}. Please say what they are called in your file.",
            ),
            field="columns",
        )
    reasons = {key: why.strip()[:300] for key, why in (accepted or {}).items() if why.strip()}
    open_ = [d for d in tried.failed if d.key not in reasons]
    if open_:
        listed = ", ".join(f"{d.dataset}: {d.expected}" for d in open_)
        raise Conflict(
            Text(
                f"Diese Prüfungen sind nicht bestanden: {listed}. Entweder ist es die falsche Datei, oder jemand sagt, "
                "warum trotzdem angebunden wird.",
                f"These checks fail: {listed}. Either it is the wrong file, or somebody says why it is connected anyway.",
            ),
            field="accepted",
        )
    deviations = decided(tried.deviations, reasons)
    file = _file(recipe, given, tried.fitted, tenant=tenant)
    _check_names(file, recipe, given, tenant=tenant)
    with transaction.atomic():
        connected = hub.connect(actor, ConnectionDraft(file=file, root=given.root, secret=secret), tenant=tenant)
        names = {d.slug: given.names.get(d.slug, d.slug) for d in recipe.datasets}
        _, first = Use.objects.update_or_create(
            connection=connected.connection,
            defaults={
                "tenant": tenant,
                "unit": given.unit,
                "digest": chosen.digest,
                "body": chosen.body,
                "names": names,
                "deviations": [msgspec.to_builtins(d) for d in deviations],
                "made_by": by(actor),
            },
        )
        note(
            actor, "use_recipe", connected.connection, tenant=tenant, name=recipe.name, version=recipe.version,
            digest=given.digest, deviations=len(deviations),
        )  # fmt: skip
    questions = questions_of(recipe, names, tenant=tenant)
    kept = sum(_keep(actor, question, given, tenant=tenant) for question in questions) if first else 0
    for upload in given.uploads:
        hub.sent_file_used(actor, upload)
    ids = {read.name.split(".", 1)[1]: read.dataset for read in connected.reads}
    return Used(
        connection=connected.connection,
        datasets={slug: ids[name] for slug, name in names.items()},
        names=names,
        deviations=deviations,
        questions=questions,
        kept=kept,
    )


def questions_of(recipe: Recipe, names: dict[str, str], *, tenant: str) -> tuple[Question, ...]:
    """Return the recipe's questions with the town and its short names filled in."""
    filled = []
    for question in recipe.questions:
        text = question.question
        for slug, name in names.items():
            text = text.replace(f'"{{town}}.{slug}"', f'"{tenant}.{name}"')
        filled.append(msgspec.structs.replace(question, question=text))
    return tuple(filled)


def _keep(actor: Subject, question: Question, given: Given, *, tenant: str) -> bool:
    """Keep a question of the recipe for the actor's unit; return whether it could be.

    A question on a column that the town does not have is none here; the data set stands without it.
    """
    note_ = question.note.de if question.note else ""
    try:
        draft = insight.QuestionDraft(
            question=insight.read_text(question.question),
            title=question.title.de,
            visibility=insight.Visibility.UNIT,
            note=note_,
        )
        insight.save_question(actor, draft, tenant=tenant, unit=given.unit)
    except Problem:
        return False
    return True


def make_release(actor: Subject, connection: str, *, tenant: str) -> ReleaseView:
    """Make the release tables a recipe proposes for the connection. Needs RELEASE in the owner unit, like any release.

    Raises NotFound where the connection was made with no recipe, or the recipe proposes no tables.
    """
    row = Use.objects.filter(tenant=tenant, connection=connection).first()
    release = release_of(use_view(row).recipe, dict(row.names)) if row is not None else None
    if row is None or release is None:
        raise NotFound(
            Text(
                "Für diese Anbindung schlägt kein Rezept Freigabetabellen vor.",
                "No recipe proposes release tables here.",
            )
        )
    rights.require(actor, Action.RELEASE, tenant, str(row.unit))
    made = hub.make_release_version(actor, release, tenant=tenant)
    with transaction.atomic():
        note(actor, "make_release", connection, tenant=tenant, version=made.number)
    return made


def _require(actor: Subject, tenant: str, unit: str) -> None:
    rights.require(actor, Action.CONNECT, tenant, unit)
    rights.require(actor, Action.DESCRIBE, tenant, unit)


def _fit(recipe: Recipe, given: Given, choices: dict[str, Choice]) -> dict[str, Fitted]:
    fitted = {}
    for dataset in recipe.datasets:
        if not isinstance(given.source, Files):
            fitted[dataset.slug] = Fitted(mapping=dataset.mapping)
            continue
        root = Path(given.root)
        pattern = given.files.get(dataset.slug) or str(getattr(dataset.mapping.read, "files", ""))
        newest = find(root / given.source.folder, pattern)[-1]
        fitted[dataset.slug] = recipes.fit(
            dataset.slug,
            dataset.mapping,
            newest,
            root=root / given.source.folder,
            pattern=pattern,
            choice=choices.get(dataset.slug),
            not_read=dataset.not_read,
        )
    return fitted


def _check(
    actor: Subject, recipe: Recipe, given: Given, fitted: dict[str, Fitted], *, tenant: str, secret: str
) -> dict[str, tuple[Outcome, ...]]:
    file = _file(recipe, given, fitted, tenant=tenant)
    checks = {given.names.get(d.slug, d.slug): d.checks.without(set(fitted[d.slug].dropped)) for d in recipe.datasets}
    counting = {name: partial(recipes.select, one) for name, one in checks.items()}
    counted = hub.try_connection(
        actor, ConnectionDraft(file=file, root=given.root, secret=secret), counting, tenant=tenant
    )
    return {
        d.slug: recipes.judge(checks[name], counted[name][0])
        for d in recipe.datasets
        for name in [given.names.get(d.slug, d.slug)]
    }


def _file(recipe: Recipe, given: Given, fitted: dict[str, Fitted], *, tenant: str) -> ConnectionFile:
    unit = organisations.unit(tenant, given.unit)
    town = organisations.tenant(tenant).name
    known = {slug for slug, _ in rights.purpose_titles(tenant)}
    purposes = {d.slug: given.purposes or tuple(p for p in d.entry.purposes if p in known) for d in recipe.datasets}
    basis = {d.slug: given.legal_basis for d in recipe.datasets if given.legal_basis}
    local = Local(
        unit=unit.slug,
        source=given.source,
        contact=given.contact,
        attribution=town,
        place=town,
        purposes=purposes,
        legal_basis=basis,
        names=given.names,
        classes=given.classes,
        mappings={slug: one.mapping for slug, one in fitted.items()},
        connection=given.connection,
    )
    return connection_of(recipe, local)


def _check_names(file: ConnectionFile, recipe: Recipe, given: Given, *, tenant: str) -> None:
    """Raise Conflict where the connection's short name belongs to one that this recipe did not make."""
    known = hub.connection_names(tenant=tenant)
    if file.slug not in known:
        return
    row = Use.objects.filter(tenant=tenant, connection=known[file.slug]).first()
    if row is None or use_view(row).recipe.name != recipe.name or str(row.unit) != given.unit:
        raise Conflict(
            Text(
                f"Eine Anbindung „{file.slug}“ gibt es hier schon. Bitte einen anderen Kurznamen geben.",
                f"There is a connection “{file.slug}” here already. Please give another short name.",
            ),
            field="connection",
        )
