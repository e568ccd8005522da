# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Deviations that travel back to the author of a recipe: received as a proposal, settled by hand."""

from __future__ import annotations

import msgspec
from django.db import transaction

from allmende.engine import recipes
from allmende.kernel.clock import now
from allmende.kernel.errors import Invalid, NotFound
from allmende.kernel.text import Text
from allmende.recipes.changes import by, note, require_worker
from allmende.recipes.domain.keeping import Unsigned
from allmende.recipes.models import Proposal
from allmende.recipes.queries.shelf import by_name
from allmende.recipes.terms import DeviationFile
from allmende.rights.terms import Subject


def receive_deviations(actor: Subject, text: str, *, tenant: str, unsigned: bool = False) -> str:
    """Keep a deviation file as a proposal for the recipe it names and return the recipe's name.

    Needs CONNECT somewhere in the town. Raises Altered, Unsigned unless ``unsigned``, Invalid, NotFound where the town
    does not have the recipe. Nothing of it changes a recipe: somebody merges it into a next version.
    """
    require_worker(actor, tenant)
    sealed = recipes.opened(text)
    try:
        given = msgspec.toml.decode(sealed.body, type=DeviationFile)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Invalid(
            Text(f"Die Datei enthält keine Abweichungen: {error}", f"The file holds no deviations: {error}"),
            field="file",
        ) from error
    if recipes.leaks(given):
        raise Invalid(
            Text(
                "Diese Datei trägt, was nicht reisen darf (eine Adresse, einen Rechner oder eine Person). Bitte den Absender "
                "um eine andere.",
                "This file carries what must not travel (an address, a host or a person). Ask the sender for another.",
            ),
            field="file",
        )
    if not sealed.signed and not unsigned:
        raise Unsigned(
            Text(
                "Diese Abweichungen hat niemand unterschrieben. Bitte bestätigen, dass Sie wissen, von wem sie sind.",
                "Nobody signed these deviations. Please confirm that you know whom they are from.",
            ),
            field="unsigned",
        )
    name = by_name(actor, given.recipe.name, tenant=tenant).recipe.name
    with transaction.atomic():
        _, made = Proposal.objects.get_or_create(
            tenant=tenant,
            digest=recipes.digest(sealed.body),
            defaults={"recipe": name, "text": text, "made_by": by(actor)},
        )
        if made:
            note(actor, "receive_deviations", name, tenant=tenant, town=given.town, deviations=len(given.deviations))
    return name


def settle_proposal(actor: Subject, proposal: str, *, tenant: str, how: str) -> str:
    """Say what became of a proposal and return the recipe's name. Needs CONNECT somewhere; raises NotFound, Invalid."""
    require_worker(actor, tenant)
    if not how.strip():
        raise Invalid(Text("Bitte sagen, was daraus wurde.", "Please say what became of it."), field="how")
    with transaction.atomic():
        row = Proposal.objects.select_for_update().filter(tenant=tenant, id=proposal, settled_at=None).first()
        if row is None:
            raise NotFound(Text("Diesen offenen Vorschlag gibt es nicht.", "There is no such open proposal."))
        row.settled_at, row.settled = now(), how.strip()[:300]
        row.save(update_fields=["settled_at", "settled"])
        note(actor, "settle_proposal", row.recipe, tenant=tenant, how=row.settled)
    return row.recipe
