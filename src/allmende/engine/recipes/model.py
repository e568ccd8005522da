# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The recipe: what it says, in TOML. It names no town's places: no host, no folder, no secret, no person, no row.

It travels, so it is read as untrusted input like a connection file; nothing in it becomes SQL, code or a path outside
the folder the importing town names. What the town adds is :class:`Local`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
import tomli_w

from allmende.engine.connection import Catalogue, Connection, Coverage, Dataset, Fetch, Http, Release, Source, System
from allmende.engine.mapping.fields import FieldName
from allmende.engine.mapping.model import Mapping, Table
from allmende.engine.recipes.checks import Checks
from allmende.kernel.errors import Invalid, Problem
from allmende.kernel.ids import check_slug
from allmende.kernel.text import Text

FORMAT = 1

_Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
_Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6}){0,3}$")]
_Line = Annotated[str, msgspec.Meta(max_length=200)]


class BadRecipe(Invalid):
    """A file is no recipe; the sentence says which key is wrong and why."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all tables of the file share: closed to unknown keys, so that a misspelt one is an error."""


class Procedure(_Part, frozen=True, kw_only=True, rename={"since": "from"}):
    """The Fachverfahren, by which other towns find the recipe, and which export of it is meant."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    export: Text  # "Bestandsliste als CSV"
    since: str = ""  # the first version it is known to fit; "": any
    until: str = ""  # the last one
    known_as: tuple[_Line, ...] = ()  # other words people look for

    def __post_init__(self) -> None:
        for version in (self.since, self.until):
            if version and not _VERSION.match(version):
                raise ValueError("from and until are versions: numbers with dots")

    def fits(self, version: str) -> bool:
        """Return whether a version of the Fachverfahren is in the range; every one is where none is given."""
        asked = numbers(version)
        if not asked:
            return True
        return (not self.since or numbers(self.since) <= asked) and (
            not self.until or asked[: len(numbers(self.until))] <= numbers(self.until)
        )


_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*\Z")


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, to compare; none if it has none."""
    return tuple(int(part) for part in re.findall(r"[0-9]{1,9}", version))


class Access(_Part, frozen=True, kw_only=True):
    """In what way the source is reached; where it stands the importing town says."""

    kind: Literal["files", "sqlite", "postgres", "mysql", "http"] = "files"
    header: str = "Authorization"  # http: the header that carries the token
    token: bool = False  # http: whether a token is needed
    every_seconds: Annotated[int, msgspec.Meta(ge=60)] = 3600


Class = Literal["open", "internal", "restricted", "personal"]


class Entry(_Part, frozen=True, kw_only=True, rename={"cls": "class"}):
    """Proposal for the catalogue entry, without what is the town's own (owner, contact, place, attribution)."""

    title: Text
    description: Text
    cls: Class
    visibility: Literal["public", "administration"] = "administration"
    secrets: tuple[Literal["social", "tax", "statistical"], ...] = ()
    legal_basis: str = ""
    purposes: tuple[_Slug, ...] = ()
    licence: str = ""
    source: Text | None = None
    rhythm: str = ""
    limits: Text | None = None
    keywords: tuple[_Line, ...] = ()


class Personal(_Part, frozen=True, kw_only=True):
    """A field that says something about persons, and why."""

    field: FieldName
    why: Text


class Privacy(_Part, frozen=True, kw_only=True):
    """The screening: which fields concern persons, and why the class is proposed. ``checked`` says what was looked at."""

    why: Text  # why this class
    fields: tuple[Personal, ...] = ()
    checked: tuple[Text, ...] = ()  # what the importing town looks at again


class RecipeDataset(_Part, frozen=True, kw_only=True):
    """A data set: what to ask for, its entry, its mapping, what must hold, what concerns persons."""

    slug: _Slug
    wanted: Text  # which file, table or address it needs, in words
    entry: Entry
    mapping: Mapping
    privacy: Privacy
    checks: Checks = Checks()
    not_read: tuple[_Line, ...] = ()  # columns such files have and the recipe leaves alone: names, totals
    fetch: Fetch | None = None


class Question(_Part, frozen=True, kw_only=True):
    """A saved question as plain value: JSON as the room of questions keeps it; ``{town}.name`` names a data set."""

    title: Text
    question: Annotated[str, msgspec.Meta(max_length=20_000)]
    note: Text | None = None


class Decision(_Part, frozen=True, kw_only=True):
    """Draft of the decision on release (Freigabe). Nothing is released by an import; somebody decides."""

    proposal: Literal["open", "table", "closed"]
    why: Text
    before: tuple[Text, ...] = ()  # what to settle before
    tables: Release | None = None


class Recipe(_Part, frozen=True, kw_only=True):
    """A recipe file."""

    rezept: Literal[1] = 1
    name: _Slug
    version: _Version
    title: Text
    text: Text  # for the page, in plain words
    author: _Line  # a town or project, no person
    licence: _Line  # of the recipe itself: URI
    procedure: Procedure
    access: Access = Access()
    system: Text  # what the data source is called in the register
    datasets: Annotated[tuple[RecipeDataset, ...], msgspec.Meta(min_length=1, max_length=50)]
    questions: tuple[Question, ...] = ()
    release: Decision

    def __post_init__(self) -> None:
        slugs = [d.slug for d in self.datasets]
        if len(set(slugs)) != len(slugs):
            raise ValueError("two data sets have the same slug")
        database = self.access.kind in {"sqlite", "postgres", "mysql"}
        for dataset in self.datasets:
            if isinstance(dataset.mapping.read, Table) != database:
                raise ValueError(f"data set {dataset.slug}: tables are read from databases, files from elsewhere")
            if (dataset.fetch is not None) != (self.access.kind == "http"):
                raise ValueError(f"data set {dataset.slug}: fetch belongs to access of kind http, and only there")
            if dataset.fetch is not None and "//" in dataset.fetch.path:
                raise ValueError(f"data set {dataset.slug}: the path of fetch names no host")
            names = {f.name for f in dataset.mapping.fields}
            personal = {f.name for f in dataset.mapping.fields if f.personal}
            screened = {p.field for p in dataset.privacy.fields}
            if unknown := sorted((dataset.checks.fields() | screened) - names):
                raise ValueError(f"data set {dataset.slug} has no field {', '.join(unknown)}")
            if forgotten := sorted(personal - screened):
                raise ValueError(f"data set {dataset.slug}: privacy says nothing on {', '.join(forgotten)}")
        for table in self.release.tables.tables if self.release.tables else ():
            known = {f.name for d in self.datasets if d.slug == table.dataset for f in d.mapping.fields}
            if missing := sorted({*table.dimensions, table.count} - known):
                raise ValueError(f"release: data set {table.dataset} has no field {', '.join(missing)}")
        for question in self.questions:
            try:
                plain = msgspec.json.decode(question.question.encode(), type=dict[str, Any])
            except msgspec.DecodeError as error:
                raise ValueError(f"question {question.title.de}: {error}") from error
            if not plain:
                raise ValueError(f"question {question.title.de} is empty")


class Local(msgspec.Struct, frozen=True, kw_only=True):
    """What only the importing town knows."""

    unit: str  # owner, slug
    source: Source
    contact: str = ""
    attribution: str = ""
    place: str = ""
    purposes: dict[str, tuple[str, ...]] = {}  # by data set: in place of the recipe's
    legal_basis: dict[str, str] = {}
    names: dict[str, str] = {}  # by data set: another short name, where it is taken here
    classes: dict[str, str] = {}  # by data set: in place of the recipe's
    mappings: dict[str, Mapping] = {}  # by data set: adapted
    connection: str = ""  # short name of connection and source, if not the recipe's


def load(body: str, *, file: str = "") -> Recipe:
    """Return the recipe a TOML text (without signature) describes; raises BadRecipe saying which key is wrong."""
    shown = file or "TOML"
    try:
        recipe = msgspec.toml.decode(body, type=Recipe)
    except Problem as problem:
        reason = problem.detail
        raise BadRecipe(Text(f"„{shown}“: {reason.de}", f"“{shown}”: {reason.en}"), field="file") from problem
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        why = str(error) or type(error).__name__
        raise BadRecipe(
            Text(f"„{shown}“ ist kein Rezept: {why}", f"“{shown}” is no recipe: {why}"), field="file"
        ) from error
    for slug in (recipe.name, *(d.slug for d in recipe.datasets)):
        check_slug(slug)
    return recipe


def dump(recipe: Recipe) -> str:
    """Return the TOML text of a recipe; :func:`load` gives back an equal one."""
    plain = msgspec.to_builtins(recipe, str_keys=True)
    return tomli_w.dumps({"rezept": FORMAT, **clean(plain)}, multiline_strings=True)


def clean(value: Any) -> Any:
    """Return a plain value without nulls, which TOML does not have."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    return value


def connection_of(recipe: Recipe, local: Local) -> Connection:
    """Return the connection file the recipe makes in a town."""
    datasets = []
    for given in recipe.datasets:
        mapping = local.mappings.get(given.slug, given.mapping)
        entry = given.entry
        catalogue = Catalogue(
            title=entry.title,
            description=entry.description,
            unit=local.unit,
            cls=msgspec.convert(local.classes.get(given.slug, entry.cls), Class),
            visibility=entry.visibility,
            secrets=entry.secrets,
            legal_basis=local.legal_basis.get(given.slug, entry.legal_basis),
            purposes=local.purposes.get(given.slug, entry.purposes),
            licence=entry.licence,
            attribution=local.attribution if entry.licence else "",
            source=entry.source,
            rhythm=entry.rhythm,
            limits=entry.limits,
            keywords=entry.keywords,
            coverage=Coverage(place=local.place),
            ask=local.contact,
        )
        slug = local.names.get(given.slug, given.slug)
        datasets.append(Dataset(slug=slug, catalogue=catalogue, mapping=mapping, fetch=given.fetch))
    slug = local.connection or recipe.name
    name = recipe.procedure.name
    product = f"{name} {recipe.procedure.since}–{recipe.procedure.until}".rstrip(" –")
    return Connection(
        slug=slug,
        version=recipe.version,
        system=System(slug=slug, title=recipe.system, unit=local.unit, product=product, contact=local.contact),
        source=local.source,
        datasets=tuple(datasets),
    )


def release_of(recipe: Recipe, names: dict[str, str]) -> Release | None:
    """Return the release tables the recipe proposes, under the town's short names."""
    tables = recipe.release.tables
    if tables is None:
        return None
    renamed = [msgspec.structs.replace(t, dataset=names.get(t.dataset, t.dataset)) for t in tables.tables]
    return msgspec.structs.replace(tables, tables=tuple(renamed))


def access_of(source: Source) -> Access:
    """Return in what way a source is reached, without where."""
    kind = msgspec.to_builtins(source)["kind"]
    if isinstance(source, Http):
        return Access(kind=kind, header=source.header, token=bool(source.secret), every_seconds=source.every_seconds)
    return Access(kind=kind)
