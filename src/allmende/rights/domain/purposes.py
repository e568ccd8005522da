# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on purposes."""

from __future__ import annotations

from django.db import transaction

from allmende.kernel.errors import Invalid
from allmende.kernel.ids import check_slug
from allmende.kernel.text import Text
from allmende.rights.domain.work import log, require
from allmende.rights.models import Purpose
from allmende.rights.terms import Action, Subject

#: Where the concepts of the W3C Data Privacy Vocabulary and its extensions have their names.
DPV = "https://w3id.org/dpv"


@transaction.atomic
def define_purpose(actor: Subject, tenant: str, *, slug: str, title: Text, concept: str) -> None:
    """Define a purpose of a town or change its title and concept; a slug never changes its name.

    ``concept`` is the IRI of the purpose in the W3C Data Privacy Vocabulary that comes nearest.
    Raises Forbidden without the right to organise the town, Invalid for bad names.
    """
    decision = require(actor, Action.ORGANISE, tenant)
    check_slug(slug)
    if not title.de.strip() or not title.en.strip() or max(len(title.de), len(title.en)) > 200:
        raise Invalid(
            Text("Ein Zweck braucht einen Titel in beiden Sprachen.", "A purpose needs a title in both languages.")
        )
    if not concept.startswith((f"{DPV}#", f"{DPV}/")) or len(concept) > 300:
        raise Invalid(Text(f"Der Begriff muss mit {DPV} beginnen.", f"The concept's name has to begin with {DPV}."))
    Purpose.objects.update_or_create(
        tenant=tenant,
        slug=slug,
        defaults={"title_de": title.de.strip(), "title_en": title.en.strip(), "concept": concept},
    )
    log(actor, Action.ORGANISE, tenant, decision, what="define_purpose", about=(slug,))
