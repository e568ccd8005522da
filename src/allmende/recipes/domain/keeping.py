# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on the shelf: take a recipe in, take it off, trust a key."""

from __future__ import annotations

import re

from django.db import transaction

from allmende.engine import recipes
from allmende.engine.recipes.seal import LARGEST
from allmende.kernel.errors import Conflict, Invalid, NotFound
from allmende.kernel.text import Text
from allmende.recipes.changes import NO_SUCH, by, note, require_worker
from allmende.recipes.models import KeptRecipe, TrustedKey
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject


class Unsigned(Conflict):
    """A file nobody signed: it is taken only by somebody who says why."""

    kind = "unsigned"
    title = Text("Ohne Unterschrift", "Not signed")


def decoded(raw: bytes) -> str:
    """Return the text of a file that was sent; raises Invalid."""
    if len(raw) > 4 * LARGEST:
        raise Invalid(
            Text("Die Datei ist zu groß für ein Rezept.", "The file is too large for a recipe."), field="file"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            Text(
                "Die Datei ist kein Rezept: Sie ist nicht in UTF-8 geschrieben.",
                "The file is no recipe: it is not UTF-8.",
            ),
            field="file",
        ) from error


def take_in(actor: Subject, text: str, *, tenant: str, unsigned_because: str = "") -> str:
    """Put a recipe file on the town's shelf and return its digest. Needs CONNECT somewhere in the town.

    Raises Altered for a file changed after it was signed, BadRecipe for one that is none, Unsigned for one without a
    signature unless ``unsigned_because`` says why it is taken anyway, Invalid for one that carries what it must not.
    """
    require_worker(actor, tenant)
    sealed = recipes.opened(text)
    recipe = recipes.load(sealed.body)
    if found := recipes.leaks(recipe):
        listed = "; ".join(f"{leak.where}: {leak.what.de}" for leak in found[:5])
        english = "; ".join(f"{leak.where}: {leak.what.en}" for leak in found[:5])
        raise Invalid(
            Text(
                f"Dieses Rezept trägt, was nicht reisen darf, und wird nicht übernommen ({listed}).",
                f"This recipe carries what must not travel and is not taken ({english}).",
            ),
            field="file",
        )
    if not sealed.signed and not unsigned_because.strip():
        raise Unsigned(
            Text(
                "Dieses Rezept hat niemand unterschrieben: Wer es verfasst oder verändert hat, lässt sich nicht prüfen. "
                "Wenn Sie es trotzdem übernehmen wollen, sagen Sie bitte, warum.",
                "Nobody signed this recipe: who wrote or changed it cannot be checked. If you want to take it anyway, "
                "please say why.",
            ),
            field="unsigned_because",
        )
    digest = recipes.digest(sealed.body)
    with transaction.atomic():
        row, made = KeptRecipe.objects.get_or_create(
            tenant=tenant,
            digest=digest,
            defaults={
                "text": text,
                "unsigned_because": "" if sealed.signed else unsigned_because.strip()[:300],
                "made_by": by(actor),
            },
        )
        if not made and sealed.signed and not recipes.opened(row.text).signed:
            row.text, row.unsigned_because = text, ""
            row.save(update_fields=["text", "unsigned_because"])
        if made:
            note(
                actor, "take_in", digest, tenant=tenant, name=recipe.name, version=recipe.version, key=sealed.key,
                unsigned_because=row.unsigned_because,
            )  # fmt: skip
    return digest


def take_off(actor: Subject, digest: str, *, tenant: str) -> None:
    """Take a recipe off the shelf; connections made with it stay. Needs CONNECT somewhere; raises NotFound."""
    require_worker(actor, tenant)
    with transaction.atomic():
        gone, _ = KeptRecipe.objects.filter(tenant=tenant, digest=digest).delete()
        if not gone:
            raise NotFound(NO_SUCH)
        note(actor, "take_off", digest, tenant=tenant)


def trust_key(actor: Subject, key: str, *, name: str, tenant: str) -> None:
    """Trust a key (hex) under a name. Needs ADMINISTER: whose word counts is the town's decision, not one office's."""
    rights.require(actor, Action.ADMINISTER, tenant, "")
    key = key.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", key):
        raise Invalid(
            Text("Ein Schlüssel hat 64 Zeichen aus 0–9 und a–f.", "A key has 64 characters of 0–9 and a–f."),
            field="key",
        )
    if not name.strip():
        raise Invalid(Text("Bitte sagen, wessen Schlüssel es ist.", "Please say whose key it is."), field="name")
    with transaction.atomic():
        TrustedKey.objects.update_or_create(
            tenant=tenant, key=key, defaults={"name": name.strip()[:200], "made_by": by(actor)}
        )
        note(actor, "trust_key", key, tenant=tenant, name=name)


def distrust_key(actor: Subject, key: str, *, tenant: str) -> None:
    """Trust a key no longer. Needs ADMINISTER; raises NotFound."""
    rights.require(actor, Action.ADMINISTER, tenant, "")
    with transaction.atomic():
        gone, _ = TrustedKey.objects.filter(tenant=tenant, key=key).delete()
        if not gone:
            raise NotFound(Text("Diesem Schlüssel wurde nicht vertraut.", "This key was not trusted."))
        note(actor, "distrust_key", key, tenant=tenant)
