# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
""" "Heute": what waits for a person, told by the rooms (``kernel.waiting``), on one page and by weekly mail."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import cast

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.module_loading import import_string

from allmende.kernel.text import Text
from allmende.kernel.waiting import Provider, Waiting
from allmende.organisations import door as organisations
from allmende.rights.door import somewhere
from allmende.rights.terms import Action, Subject

_log = logging.getLogger(__name__)
_NEVER = datetime.max.replace(tzinfo=UTC)


def providers() -> list[Provider[Subject]]:
    """Return the providers the composition root registered."""
    return cast("Callable[[], list[Provider[Subject]]]", import_string(settings.WAITING))()


def today(subject: Subject, moment: datetime) -> tuple[list[Waiting], bool]:
    """Return what waits for a person, urgent first, then by when it is due; and whether a room could not say.

    One room that fails keeps the others from nothing.
    """
    found: list[Waiting] = []
    whole = True
    for provider in providers():
        try:
            with transaction.atomic():
                found.extend(provider(subject, moment))
        except Exception:  # noqa: BLE001 (whatever a room meets, the others are shown; it is in the log)
            _log.exception("a room could not say what waits")
            whole = False
    return sorted(found, key=lambda one: (not one.urgent, one.due or _NEVER, one.title.de)), whole


def unfinished_start(asker: Subject, moment: datetime) -> Iterator[Waiting]:  # noqa: ARG001 (a Provider)
    """Tell the administrator that the guided start is not finished."""
    if not somewhere(asker, Action.ADMINISTER):
        return
    view = organisations.start_state()
    if view.tenant == asker.tenant and not view.finished:
        yield Waiting(
            kind="portal.start",
            title=Text("Die Einrichtung ist noch nicht abgeschlossen", "The set-up is not finished yet"),
            action=Text("Weiter einrichten", "Go on"),
            address=reverse("start"),
        )


def missing_statements(asker: Subject, moment: datetime) -> Iterator[Waiting]:  # noqa: ARG001 (a Provider)
    """Tell the administrator which statements the law asks of the town are not made; an invented town owes none."""
    if not somewhere(asker, Action.ADMINISTER) or organisations.tenant(asker.tenant).practice:
        return
    for kind in organisations.missing_statements(asker.tenant):
        yield Waiting(
            kind="portal.statement",
            title=Text(f"Es fehlt: {kind.label.de}", f"Missing: {kind.label.en}"),
            detail=Text("Das Gesetz verlangt diese Angaben.", "The law asks for this."),
            action=Text("Ausfüllen", "Fill in"),
            address=reverse("edit_statement", args=[kind.value]),
        )
