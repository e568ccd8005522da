# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A recipe on its way to become a connection, in the page: what was given is kept for the person until it is decided."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from django.db import transaction

from allmende.engine.recipes import Choice
from allmende.hub.tools import tools
from allmende.kernel.clock import now
from allmende.kernel.errors import NotFound
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.recipes.domain.using import try_recipe
from allmende.recipes.models import Trial
from allmende.recipes.terms import Given, Tried
from allmende.rights.terms import Subject

#: How long what was given waits for a decision.
WAITS = timedelta(days=3)


class OnTrial(msgspec.Struct, frozen=True, kw_only=True):
    """What was given, what was decided so far, and the secret in the clear, for the verbs only."""

    id: str
    given: Given
    choices: dict[str, Choice]
    secret: str


def begin(actor: Subject, given: Given, *, tenant: str, secret: str = "") -> str:
    """Look at the town's own data through a recipe and keep what was given; return its id. Raises what looking raises.

    Needs CONNECT and DESCRIBE in the unit. The secret is sealed, and gone with the decision or after some days.
    """
    try_recipe(actor, given, tenant=tenant, secret=secret)
    id_ = new_id()
    with transaction.atomic():
        Trial.objects.filter(made_at__lt=now() - WAITS).delete()
        Trial.objects.create(
            id=id_,
            tenant=tenant,
            person=actor.id,
            digest=given.digest,
            given=msgspec.to_builtins(given),
            secret=tools().seal(secret, id_) if secret else "",
        )
    return id_


def find(actor: Subject, trial: str, *, tenant: str) -> OnTrial:
    """Return what the actor gave; raises NotFound, also for what somebody else gave."""
    row = Trial.objects.filter(tenant=tenant, id=trial, person=actor.id, made_at__gte=now() - WAITS).first()
    if row is None:
        raise NotFound(
            Text(
                "Diesen Vorgang gibt es nicht (mehr). Bitte beginnen Sie noch einmal.",
                "There is nothing like this (any more). Please begin again.",
            )
        )
    return OnTrial(
        id=str(row.id),
        given=msgspec.convert(row.given, Given),
        choices={slug: msgspec.convert(one, Choice) for slug, one in row.choices.items()},
        secret=tools().unseal(row.secret, str(row.id)) if row.secret else "",
    )


def decide(actor: Subject, trial: OnTrial, choices: dict[str, Choice], *, tenant: str) -> Tried:
    """Look again with other choices, keep them and return what deviates now."""
    tried = try_recipe(actor, trial.given, tenant=tenant, choices=choices, secret=trial.secret)
    Trial.objects.filter(id=trial.id, person=actor.id).update(
        choices={slug: msgspec.to_builtins(one) for slug, one in choices.items()}
    )
    return tried


def done(actor: Subject, trial: OnTrial) -> None:
    """Forget what was given: it is a connection now."""
    Trial.objects.filter(id=trial.id, person=actor.id).delete()
