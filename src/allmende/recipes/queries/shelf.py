# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The shelf: the recipes that come with the program and those a town took in; found by words and version."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec

from allmende.engine import recipes
from allmende.engine.recipes import Deviation, Recipe, Sealed
from allmende.engine.recipes.model import numbers
from allmende.kernel.errors import NotFound
from allmende.recipes.changes import NO_SUCH, require_reader
from allmende.recipes.models import KeptRecipe, Proposal, TrustedKey, Use
from allmende.recipes.terms import DeviationFile, OnShelf, ProposalView, Standing, TrustedView, UseView
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject

ENDING = ".rezept.toml"


@cache
def shipped() -> tuple[OnShelf, ...]:
    """Return the recipes that come with the program, by name. They are as good as the program is, so nobody signs
    them."""
    found = []
    for file in sorted(resources.files("allmende.recipes").joinpath("shelf").iterdir(), key=lambda f: f.name):
        if file.name.endswith(ENDING):
            sealed = recipes.opened(file.read_text("utf-8"))
            recipe = recipes.load(sealed.body, file=file.name)
            found.append(
                OnShelf(
                    digest=recipes.digest(sealed.body),
                    body=sealed.body,
                    recipe=recipe,
                    standing=Standing.SHIPPED,
                    signer=recipe.author,
                )
            )
    return tuple(found)


def shelf(subject: Subject, *, tenant: str, words: str = "", version: str = "") -> list[OnShelf]:
    """Return the recipes one can use in the town that fit the words and the version of the Fachverfahren, by title.

    For those who connect sources somewhere or administer the town; raises Forbidden for others.
    """
    require_reader(subject, tenant)
    names = _trusted(tenant)
    kept = [_kept(row, names) for row in KeptRecipe.objects.filter(tenant=tenant)]
    known = {one.digest for one in kept}
    listed = [*kept, *(one for one in shipped() if one.digest not in known)]
    asked = _folded(words).split()
    fitting = [
        one
        for one in listed
        if one.recipe.procedure.fits(version) and all(word in _words(one.recipe) for word in asked)
    ]
    return sorted(fitting, key=lambda one: (_folded(one.recipe.title.de), [-n for n in numbers(one.recipe.version)]))


def on_shelf(subject: Subject, digest: str, *, tenant: str) -> OnShelf:
    """Return one recipe by its digest or the beginning of it (12 characters at least); raises NotFound."""
    for one in shelf(subject, tenant=tenant):
        if len(digest) >= 12 and one.digest.startswith(digest):
            return one
    raise NotFound(NO_SUCH)


def by_name(subject: Subject, name: str, *, tenant: str) -> OnShelf:
    """Return the newest version of the recipe of that name; raises NotFound."""
    found = [one for one in shelf(subject, tenant=tenant) if one.recipe.name == name]
    if not found:
        raise NotFound(NO_SUCH)
    return max(found, key=lambda one: numbers(one.recipe.version))


def uses(subject: Subject, *, tenant: str, digest: str = "") -> list[UseView]:
    """Return the connections made with recipes whose units the subject connects for."""
    require_reader(subject, tenant)
    rows = Use.objects.filter(tenant=tenant)
    rows = rows.filter(digest=digest) if digest else rows
    return [use_view(row) for row in rows if rights.may(subject, Action.CONNECT, tenant, str(row.unit))]


def use(subject: Subject, connection: str, *, tenant: str) -> UseView | None:
    """Return which recipe a connection was made with, if any. Needs CONNECT in its owner unit."""
    row = Use.objects.filter(tenant=tenant, connection=connection).first()
    if row is None:
        return None
    rights.require(subject, Action.CONNECT, tenant, str(row.unit))
    return use_view(row)


def use_view(row: Use) -> UseView:
    """Return a use as a value."""
    return UseView(
        connection=str(row.connection),
        unit=str(row.unit),
        digest=row.digest,
        recipe=recipes.load(row.body),
        names=dict(row.names),
        deviations=tuple(msgspec.convert(one, Deviation) for one in row.deviations),
        made_at=row.made_at,
    )


def trusted_keys(subject: Subject, *, tenant: str) -> list[TrustedView]:
    """Return the keys the town trusts, by name."""
    require_reader(subject, tenant)
    return [
        TrustedView(
            id=str(row.id), name=row.name, key=row.key, fingerprint=recipes.fingerprint(row.key), made_at=row.made_at
        )
        for row in TrustedKey.objects.filter(tenant=tenant)
    ]


def proposals(subject: Subject, name: str, *, tenant: str) -> list[ProposalView]:
    """Return the deviations other towns sent for the recipe of that name, the open ones first."""
    require_reader(subject, tenant)
    names = _trusted(tenant)
    found = []
    for row in Proposal.objects.filter(tenant=tenant, recipe=name):
        sealed = recipes.opened(row.text)
        given = msgspec.toml.decode(sealed.body, type=DeviationFile)
        standing, signer, fingerprint = judged(sealed, names)
        found.append(
            ProposalView(
                id=str(row.id),
                town=given.town,
                version=given.recipe.version,
                deviations=given.deviations,
                standing=standing,
                signer=signer,
                fingerprint=fingerprint,
                made_at=row.made_at,
                settled_at=row.settled_at,
                settled=row.settled,
            )
        )
    return sorted(found, key=lambda one: one.settled_at is not None)


def judged(sealed: Sealed, names: dict[str, str]) -> tuple[Standing, str, str]:
    """Return who stands behind a signed text as the town sees it: standing, name, fingerprint."""
    if not sealed.signed:
        return Standing.UNSIGNED, "", ""
    fingerprint = recipes.fingerprint(sealed.key)
    if sealed.key == recipes.public_key(rights.master_key()):
        return Standing.OWN, sealed.by, fingerprint
    if sealed.key in names:
        return Standing.TRUSTED, names[sealed.key], fingerprint
    return Standing.UNKNOWN, sealed.by, fingerprint


def standing_of(text: str, *, tenant: str) -> tuple[Sealed, Standing, str, str]:
    """Open a file and return it with who stands behind it. Raises Altered."""
    sealed = recipes.opened(text)
    return (sealed, *judged(sealed, _trusted(tenant)))


def _kept(row: KeptRecipe, names: dict[str, str]) -> OnShelf:
    sealed = recipes.opened(row.text)
    standing, signer, fingerprint = judged(sealed, names)
    return OnShelf(
        digest=row.digest,
        body=sealed.body,
        recipe=recipes.load(sealed.body),
        standing=standing,
        signer=signer,
        fingerprint=fingerprint,
        key=sealed.key,
        signed_at=sealed.at,
        unsigned_because=row.unsigned_because,
    )


def _trusted(tenant: str) -> dict[str, str]:
    return dict(TrustedKey.objects.filter(tenant=tenant).values_list("key", "name"))


def _words(recipe: Recipe) -> str:
    said: Iterable[str] = (
        recipe.name,
        recipe.title.de,
        recipe.title.en,
        recipe.procedure.name,
        recipe.procedure.export.de,
        recipe.procedure.export.en,
        *recipe.procedure.known_as,
        *(word for dataset in recipe.datasets for word in dataset.entry.keywords),
        *(dataset.entry.title.de for dataset in recipe.datasets),
    )
    return _folded(" ".join(said))


def _folded(words: str) -> str:
    plain = words.casefold()
    for old, new in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        plain = plain.replace(old, new)
    return unicodedata.normalize("NFKD", plain)
