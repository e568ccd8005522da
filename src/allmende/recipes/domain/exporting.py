# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Making a recipe of a connection, and the deviations of one that was used: what leaves the town is looked at first."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec
import tomli_w

from allmende.engine import connection as file
from allmende.engine import recipes
from allmende.engine.mapping import Mapping
from allmende.engine.mapping.fields import Type
from allmende.engine.recipes import Kind, Recipe
from allmende.engine.recipes.checks import Checks, Range
from allmende.engine.recipes.model import Entry, Personal, Privacy, Question, RecipeDataset, access_of, clean
from allmende.hub import door as hub
from allmende.kernel.clock import now
from allmende.kernel.errors import Invalid, NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.recipes.changes import note, require_real, require_worker
from allmende.recipes.queries.shelf import on_shelf, use
from allmende.recipes.terms import About, DeviationFile, Referred, UseView
from allmende.rights import door as rights
from allmende.rights.terms import Subject

_NONE = Text("", "")


def export_recipe(actor: Subject, connection: str, about: About, *, tenant: str) -> str:
    """Return the signed recipe file of a connection. Needs CONNECT in the owner unit, like any export of a connection.

    Leaves out where the source stands, secrets, contact, place and units. Raises Invalid, naming the places, where the
    words still carry an address, a host, a person's name or a secret.
    """
    require_real(tenant)
    given = file.load(hub.export_connection(actor, connection, tenant=tenant))
    before = use(actor, connection, tenant=tenant)
    recipe = _recipe(given, about, before, tenant=tenant)
    _refuse_leaks(recipe, given, tenant=tenant)
    body = recipes.dump(recipe)
    text = recipes.signed(body, by=recipe.author, at=now(), master=rights.master_key())
    note(actor, "export_recipe", connection, tenant=tenant, name=recipe.name, version=recipe.version)
    return text


def export_shelf(actor: Subject, digest: str, *, tenant: str) -> str:
    """Return a recipe of the shelf signed by this installation, its text unchanged: to pass it on.

    Needs CONNECT somewhere in the town; raises NotFound.
    """
    require_worker(actor, tenant)
    require_real(tenant)
    found = on_shelf(actor, digest, tenant=tenant)
    town = organisations.tenant(tenant).name
    text = recipes.signed(found.body, by=town, at=now(), master=rights.master_key())
    note(actor, "pass_on", found.digest, tenant=tenant, name=found.recipe.name, version=found.recipe.version)
    return text


def export_deviations(actor: Subject, connection: str, *, tenant: str) -> str:
    """Return the signed file that says in what a connection deviates from its recipe. Needs CONNECT in the owner unit.

    It holds names of columns and decisions, no values. Raises NotFound where no recipe was used, Invalid where a name
    of a column or a reason carries what must not travel.
    """
    require_real(tenant)
    found = use(actor, connection, tenant=tenant)
    if found is None:
        raise NotFound(
            Text(
                "Diese Anbindung ist nicht mit einem Rezept entstanden.", "This connection was not made with a recipe."
            )
        )
    town = organisations.tenant(tenant).name
    recipe = found.recipe
    counted = [
        msgspec.structs.replace(d, found="") if d.kind is Kind.CHECK else d for d in found.deviations
    ]  # how many rows fail is the town's own affair
    given = DeviationFile(
        town=town,
        recipe=Referred(name=recipe.name, version=recipe.version, digest=found.digest),
        deviations=tuple(counted),
    )
    _refuse(given, _people(tenant))
    body = tomli_w.dumps(clean(msgspec.to_builtins(given)), multiline_strings=True)
    note(actor, "export_deviations", connection, tenant=tenant, name=recipe.name, deviations=len(counted))
    return recipes.signed(body, by=town, at=now(), master=rights.master_key())


def _recipe(given: file.Connection, about: About, before: UseView | None, *, tenant: str) -> Recipe:
    old = {before.names[d.slug]: d for d in before.recipe.datasets if d.slug in before.names} if before else {}
    kept = [d for d in given.datasets if not about.keep or d.slug in about.keep]
    if not kept:
        raise Invalid(
            Text("Bitte mindestens einen Datensatz wählen.", "Please choose one data set at least."), field="keep"
        )
    slugs = {d.slug for d in kept}
    tables = about.release.tables
    if tables is not None and {t.dataset for t in tables.tables} - slugs:
        raise Invalid(
            Text(
                "Eine Freigabetabelle gehört zu keinem der Datensätze.",
                "A release table belongs to none of the data sets.",
            ),
            field="release",
        )
    try:
        return Recipe(
            name=about.name,
            version=about.version,
            title=about.title,
            text=about.text,
            author=organisations.tenant(tenant).name,
            licence=about.licence,
            procedure=about.procedure,
            access=access_of(given.source),
            system=given.system.title,
            datasets=tuple(_dataset(d, about, old.get(d.slug)) for d in kept),
            questions=_questions(before, slugs) if before else (),
            release=about.release,
        )
    except (msgspec.ValidationError, ValueError) as error:
        raise Invalid(Text(f"So geht es nicht: {error}", f"This does not fit: {error}")) from error


def _questions(before: UseView, slugs: set[str]) -> tuple[Question, ...]:
    """Return the questions of the recipe it was made with, under the short names the data sets have here."""
    kept = []
    for question in before.recipe.questions:
        text = question.question
        for slug, name in before.names.items():
            text = text.replace(f'"{{town}}.{slug}"', f'"{{town}}.{name}"')
        if set(re.findall(r'"\{town\}\.([a-z0-9_]+)"', text)) <= slugs:
            kept.append(msgspec.structs.replace(question, question=text))
    return tuple(kept)


def _dataset(given: file.Dataset, about: About, old: RecipeDataset | None) -> RecipeDataset:
    entry, mapping = given.catalogue, _mapping(given.mapping)
    names = {f.name for f in mapping.fields}
    screened = about.fields.get(given.slug) or (tuple(p for p in old.privacy.fields if p.field in names) if old else ())
    said = {p.field for p in screened}
    screened += tuple(
        Personal(field=f.name, why=Text("als personenbezogen gekennzeichnet", "marked as personal"))
        for f in mapping.fields
        if f.personal and f.name not in said
    )
    checks = _checks(mapping)
    if old is not None:
        gone = {name for name in old.checks.fields() if name not in names}
        checks = old.checks.without(gone)
    why = about.why.get(given.slug) or (old.privacy.why if old else _NONE)
    if not why.de.strip():
        raise Invalid(
            Text(
                f"Bitte zu „{given.slug}“ sagen, warum diese Schutzklasse vorgeschlagen wird.",
                f"Please say for “{given.slug}” why this class is proposed.",
            ),
            field="why",
        )
    return RecipeDataset(
        slug=given.slug,
        wanted=old.wanted if old else entry.title,
        entry=Entry(
            title=entry.title,
            description=entry.description,
            cls=entry.cls,
            visibility="public" if entry.visibility == "public" else "administration",
            secrets=entry.secrets,
            legal_basis=entry.legal_basis,
            purposes=entry.purposes,
            licence=entry.licence,
            source=entry.source,
            rhythm=entry.rhythm,
            limits=entry.limits,
            keywords=entry.keywords or (old.entry.keywords if old else ()),
        ),
        mapping=mapping,
        privacy=Privacy(why=why, fields=screened, checked=old.privacy.checked if old else ()),
        checks=checks,
        not_read=old.not_read if old else (),
        fetch=given.fetch,
    )


def _mapping(mapping: Mapping) -> Mapping:
    """Return the mapping with a pattern of files another town can have: no folder, years and dates as ``*``."""
    files = getattr(mapping.read, "files", None)
    if files is None:
        return mapping
    name = re.sub(r"\[(.)\]", r"\1", PurePosixPath(files).name)
    general = re.sub(r"(?:19|20)\d\d(?:[-_.]?\d\d){0,2}", "*", name)
    general = re.sub(r"\*+", "*", general)
    return msgspec.structs.replace(mapping, read=msgspec.structs.replace(mapping.read, files=general))


def _checks(mapping: Mapping) -> Checks:
    """Return the checks a mapping itself implies, as a beginning."""
    numeric = {Type.INTEGER, Type.NUMBER, Type.DECIMAL}
    return Checks(
        required=tuple(f.name for f in mapping.fields if f.required),
        ranges=tuple(
            Range(field=f.name, minimum=f.minimum, maximum=f.maximum)
            for f in mapping.fields
            if f.type in numeric and (f.minimum is not None or f.maximum is not None)
        ),
    )


def _people(tenant: str) -> list[str]:
    return [word for person in organisations.people(tenant) for word in (person.name, person.email) if word]


def _refuse_leaks(recipe: Recipe, given: file.Connection, *, tenant: str) -> None:
    own = _people(tenant)
    match given.source:
        case file.Postgres() | file.MySQL():
            own += [given.source.host, given.source.database, given.source.user]
        case file.Http():
            own += [urlsplit(given.source.url).hostname or ""]
        case file.SQLite():
            own += [given.source.file]
        case file.Files():
            own += [given.source.folder]
    _refuse(recipe, own)


def _refuse(value: Recipe | DeviationFile, own: list[str]) -> None:
    found = recipes.leaks(value, own)
    if found:
        de = "; ".join(f"{leak.where}: {leak.what.de}" for leak in found[:8])
        en = "; ".join(f"{leak.where}: {leak.what.en}" for leak in found[:8])
        raise Invalid(
            Text(
                f"So kann die Datei die Stadt nicht verlassen. Bitte ändern Sie den Text an diesen Stellen: {de}.",
                f"The file cannot leave the town like this. Please change the text in these places: {en}.",
            ),
            field="leaks",
            places=[leak.where for leak in found],
        )
