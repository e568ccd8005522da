# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stands in the menu: only what the asker may open."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from django.urls import reverse

from allmende.kernel.text import Text
from allmende.rights.door import somewhere
from allmende.rights.terms import Action, Subject

Allowed = Callable[[Subject], bool]


class Entry(msgspec.Struct, frozen=True):
    """A line of the menu: the page's name among the addresses, its title, and who may open it."""

    page: str
    title: Text
    allowed: Allowed


class Shown(msgspec.Struct, frozen=True):
    """A line as it is shown; ``here`` where the present page belongs to it."""

    address: str
    title: Text
    here: bool = False


def everybody(subject: Subject) -> bool:  # noqa: ARG001 (an Allowed)
    """Return yes."""
    return True


def whoever_may(action: Action) -> Allowed:
    """Return who holds the action somewhere in their town."""
    return lambda subject: somewhere(subject, action)


ENTRIES = (
    Entry("catalogue", Text("Datenkatalog", "Data catalogue"), everybody),
    Entry("insight", Text("Auswertung", "Questions"), everybody),
    Entry("rules", Text("Wer darf was?", "Who may do what?"), everybody),
    Entry("sources", Text("Datenquellen", "Data sources"), whoever_may(Action.CONNECT)),
    Entry("lists", Text("Listen", "Lists"), whoever_may(Action.DESCRIBE)),
    Entry("units", Text("Stadt und Beteiligungen", "Town and holdings"), everybody),
    Entry("unveilings", Text("Namen im Nachweis", "Names in the log"), whoever_may(Action.UNVEIL_COUNCIL)),
    Entry("log", Text("Nachweis der Zugriffe", "Decision log"), whoever_may(Action.INSPECT)),
)

FOOTER = (
    Entry("handbook", Text("Handbuch", "Handbook"), everybody),
    Entry("about", Text("Über diese Seiten", "About these pages"), everybody),
    Entry("accessibility", Text("Barrierefreiheit", "Accessibility"), everybody),
)


def shown(subject: Subject, path: str, entries: tuple[Entry, ...] = ENTRIES) -> list[Shown]:
    """Return the lines the subject may open."""
    lines = []
    for entry in entries:
        if entry.allowed(subject):
            address = reverse(entry.page)
            lines.append(Shown(address, entry.title, path.startswith(address)))
    return lines
