# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on the town itself: its name, looks, and who needs a second factor."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import cast

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from allmende.kernel.errors import Forbidden, Invalid
from allmende.kernel.text import Text
from allmende.organisations.domain.changes import note
from allmende.organisations.domain.units import words
from allmende.organisations.models import Arms, Tenant, Unit
from allmende.organisations.queries.units import no_such
from allmende.organisations.queries.units import tenant as read_tenant
from allmende.organisations.terms import SecondFactor, TenantView
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject
from allmende.webkit.pictures import Picture

COLOUR = re.compile(r"#[0-9a-f]{6}\Z")

#: No municipality has more; a number above it is a slip of the hand.
MOST_PEOPLE = 5_000_000


class TownChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed of a town; None leaves it. ``arms``: None leaves them, False takes them away."""

    name: str | None = None
    inhabitants: int | None = None
    colour: str | None = None
    second_factor: SecondFactor | None = None
    arms: Picture | bool | None = None


def change_town(actor: Subject, change: TownChange, *, tenant: str) -> TenantView:
    """Change what the town is called and looks like, and who needs a second factor. Needs ADMINISTER.

    The key, the Land and the short name stay: addresses and the law package hang on them.
    """
    decision = rights.require(actor, Action.ADMINISTER, tenant)
    with transaction.atomic():
        row = Tenant.objects.select_for_update().filter(slug=tenant).first()
        if row is None:
            raise no_such(Text("Diese Kommune", "town"))
        changed: dict[str, object] = {}
        if change.name is not None:
            name = words(change.name, Text("Name der Kommune", "Name of the town"))
            Unit.objects.filter(tenant=row, parent=None, name_de=row.name).update(name_de=name, name_en=name)
            changed["name"] = row.name = name
        if change.inhabitants is not None:
            changed["inhabitants"] = row.inhabitants = people(change.inhabitants)
        if change.colour is not None:
            changed["colour"] = row.colour = colour(change.colour)
        if change.second_factor is not None:
            _check_factor(change.second_factor, practice=row.practice)
            row.second_factor = change.second_factor.value
            changed["second_factor"] = row.second_factor
        row.save()
        if isinstance(change.arms, Picture):
            changed["arms"] = keep_arms(row, change.arms)
        elif change.arms is False:
            Arms.objects.filter(tenant=row).delete()
            changed["arms"] = ""
        if changed:
            note(actor, "change_town", tenant, tenant=tenant, decision=decision, action=Action.ADMINISTER, **changed)
    return read_tenant(tenant)


def switch_practice(actor: Subject, *, on: bool) -> None:
    """Want a practice town beside the real one, or no longer. Needs ADMINISTER in a real town."""
    decision = rights.require(actor, Action.ADMINISTER, actor.tenant)
    if actor.tenant and read_tenant(actor.tenant).practice:
        raise Forbidden(
            Text("Die Übungsstadt schaltet niemand aus ihr selbst.", "Nobody switches the practice town from within."),
            missing="real_town",
        )
    with transaction.atomic():
        note(actor, "practice_on" if on else "practice_off", "practice", tenant=actor.tenant, decision=decision,
             action=Action.ADMINISTER)  # fmt: skip
        cast("Callable[[bool], None]", import_string(settings.PRACTICE_SWITCH))(on)


def practice_wanted() -> bool:
    """Return whether a practice town is wanted; it may still be on its way."""
    return cast("Callable[[], bool]", import_string(settings.PRACTICE_WANTED))()


def keep_arms(row: Tenant, picture: Picture) -> str:
    """Put a cleaned picture in the place of the town's arms; return its mark."""
    mark = hashlib.sha256(picture.content).hexdigest()[:16]
    values = {"media_type": picture.media_type, "content": picture.content, "mark": mark}
    Arms.objects.update_or_create(tenant=row, defaults=values)
    return mark


def colour(given: str) -> str:
    """Return the colour in lower case; raises Invalid."""
    if not COLOUR.match(given.lower()):
        raise Invalid(
            Text("Die Farbe ist wie #1a2b3c anzugeben.", "The colour is to be given like #1a2b3c."), field="colour"
        )
    return given.lower()


def is_colour(given: str) -> bool:
    """Return whether it is a colour as we write it, ``#rrggbb``."""
    return bool(COLOUR.match(given))


def people(number: int) -> int:
    """Return the number of inhabitants; raises Invalid where no town has so many."""
    if not 0 < number <= MOST_PEOPLE:
        raise Invalid(
            Text("Bitte die Zahl der Einwohnerinnen und Einwohner angeben.", "Please give the number of inhabitants."),
            field="inhabitants",
        )
    return number


def _check_factor(wanted: SecondFactor, *, practice: bool) -> None:
    if wanted is SecondFactor.NOBODY and not practice:
        raise Invalid(
            Text(
                "Auf den zweiten Faktor kann nur eine Übungsstadt verzichten.",
                "Only a practice town can do without a second factor.",
            ),
            field="second_factor",
        )
