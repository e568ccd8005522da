# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stands in the menu: only what the asker may open."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from django.conf import settings
from django.urls import reverse

from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights.door import somewhere
from allmende.rights.terms import Action, Subject, SubjectKind

Allowed = Callable[[Subject], bool]


class Entry(msgspec.Struct, frozen=True):
    """A line of the menu: the page's name among the addresses, its title, who may open it, and whether it is a town's."""

    page: str
    title: Text
    allowed: Allowed
    of_town: bool = False


class Shown(msgspec.Struct, frozen=True):
    """A line as it is shown; ``here`` where the present page belongs to it."""

    address: str
    title: Text
    here: bool = False


def everybody(subject: Subject) -> bool:  # noqa: ARG001 (an Allowed)
    """Return yes."""
    return True


def whoever_may(*actions: Action) -> Allowed:
    """Return who holds one of the actions somewhere in their town."""
    return lambda subject: any(somewhere(subject, action) for action in actions)


def whoever_sets_up(subject: Subject) -> bool:
    """Return who administers a real town; a practice town is set up by the program."""
    return somewhere(subject, Action.ADMINISTER) and not organisations.tenant(subject.tenant).practice


def whoever_only_unveils(subject: Subject) -> bool:
    """Return who decides on names in the log without looking into it; the others find them on the log's page."""
    return somewhere(subject, Action.UNVEIL_COUNCIL) and not somewhere(subject, Action.INSPECT)


def whoever_signed_in(subject: Subject) -> bool:
    """Return whether a person is signed in."""
    return subject.kind is SubjectKind.PERSON


def whoever_may_practise(subject: Subject) -> bool:
    """Return who may enter the practice town: people of the towns here; where nothing else runs, everybody."""
    return bool(settings.DEMO) or whoever_signed_in(subject)


ENTRIES = (
    Entry("today", Text("Heute", "Today"), whoever_signed_in),
    Entry("catalogue", Text("Datenkatalog", "Data catalogue"), everybody),
    Entry("insight", Text("Auswertung", "Questions"), everybody),
    Entry("rules", Text("Wer darf was?", "Who may do what?"), everybody),
    Entry("sources", Text("Datenquellen", "Data sources"), whoever_may(Action.CONNECT)),
    Entry("lists", Text("Listen", "Lists"), whoever_may(Action.DESCRIBE)),
    Entry("recipes", Text("Rezepte", "Recipes"), whoever_may(Action.CONNECT, Action.ADMINISTER)),
    Entry("units", Text("Stadt und Beteiligungen", "Town and holdings"), everybody),
    Entry("unveilings", Text("Namen im Nachweis", "Names in the log"), whoever_only_unveils),
    Entry("log", Text("Nachweis", "Log"), whoever_may(Action.INSPECT)),
)

FOOTER = (
    Entry("handbook", Text("Handbuch", "Handbook"), everybody),
    Entry("laws", Text("Recht in unserem Land", "The law in our Land"), everybody),
    Entry("start", Text("Einrichtung der Kommune", "Set-up of the town"), whoever_sets_up),
    Entry("practice", Text("Übungsstadt", "Practice town"), whoever_may_practise),
    Entry("about", Text("Über diese Seiten", "About these pages"), everybody),
    Entry("imprint", Text("Impressum", "Imprint"), everybody, of_town=True),
    Entry("privacy", Text("Datenschutz", "Privacy"), everybody, of_town=True),
    Entry("accessibility", Text("Barrierefreiheit", "Accessibility"), everybody, of_town=True),
    Entry("legal", Text("Rechtliches", "Legal"), whoever_may(Action.ADMINISTER, Action.INSPECT, Action.UNVEIL_COUNCIL)),
)


def shown(subject: Subject, path: str, entries: tuple[Entry, ...] = ENTRIES, town: str = "") -> list[Shown]:
    """Return the lines the subject may open; ``town`` is the slug of the one whose pages are shown."""
    lines = []
    for entry in entries:
        if entry.allowed(subject):
            address = reverse(entry.page, args=[town] if entry.of_town and town else [])
            lines.append(Shown(address, entry.title, path.startswith(address)))
    return lines
