# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The guided start's steps: in which order, what was done, who may go on with which."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest
from django.urls import reverse

from allmende.kernel.errors import Forbidden
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import StartView
from allmende.organisations.who import asking
from allmende.rights import door as rights
from allmende.rights.door import somewhere
from allmende.rights.terms import Action, Subject, SubjectKind

#: Where the session keeps the mark of whoever entered the start code.
MARK = "start"


class Step(msgspec.Struct, frozen=True):
    """A question of the start: its name in the register, its page, what it asks."""

    name: str
    page: str
    title: Text


STEPS = (
    Step("town", "start_town", Text("Welche Kommune?", "Which municipality?")),
    Step("looks", "start_looks", Text("Wappen und Farbe", "Arms and colour")),
    Step("founder", "start_founder", Text("Wer sind Sie?", "Who are you?")),
    Step("signin", "start_signin", Text("Wie melden wir uns an?", "How do we sign in?")),
    Step("list", "start_list", Text("Die erste Liste", "The first list")),
    Step("invite", "start_invite", Text("Wen laden wir ein?", "Whom do we invite?")),
)

#: The questions somebody without an account answers, with the start code.
BEFORE = 3


class Place(msgspec.Struct, frozen=True):
    """A step as the list of steps shows it."""

    step: Step
    address: str
    done: bool
    here: bool
    reachable: bool


class Asker(msgspec.Struct, frozen=True):
    """Who goes through the start: with the mark of the code, or signed in and administering the town it led to."""

    view: StartView
    mark: str = ""
    subject: Subject | None = None

    @property
    def founding(self) -> bool:
        """Whether there is no town yet."""
        return self.subject is None


def asker(request: HttpRequest) -> Asker:
    """Return who goes through the start. Raises Forbidden for everybody else."""
    view = organisations.start_state()
    subject = asking(request)
    if subject.kind is SubjectKind.PERSON:
        rights.require(subject, Action.ADMINISTER, subject.tenant)
        if organisations.tenant(subject.tenant).practice:
            raise Forbidden(
                Text(
                    "Die Übungsstadt ist schon eingerichtet; hier gibt es nichts zu tun.",
                    "The practice town is set up already; there is nothing to do here.",
                )
            )
        return Asker(view, subject=subject)
    mark = str(request.session.get(MARK, ""))
    if not organisations.holds_start(mark):
        raise Forbidden(
            Text(
                "Einrichten kann nur, wer den Startcode dieser Installation eingegeben hat.",
                "Only whoever entered this installation's start code can set it up.",
            ),
            missing={
                "de": "Den Startcode geben Sie auf der Startseite ein." if view.open else "Melden Sie sich an.",
                "en": "Enter the start code on the home page." if view.open else "Sign in.",
            },
        )
    return Asker(view, mark=mark)


def places(who: Asker, here: str = "") -> list[Place]:
    """Return the steps for the list of steps."""
    return [
        Place(
            step,
            reverse(step.page),
            done=step.name in who.view.done,
            here=step.name == here,
            reachable=who.founding == (number < BEFORE) or (not who.founding and step.name != "founder"),
        )
        for number, step in enumerate(STEPS)
    ]


def next_page(who: Asker) -> str:
    """Return the name of the page of the first step that is not done; the last one when all are."""
    return next((place.step.page for place in places(who) if not place.done and place.reachable), "start_ready")


def beside(name: str) -> tuple[str, str]:
    """Return the pages before and after a step."""
    number = next(i for i, step in enumerate(STEPS) if step.name == name)
    before = STEPS[number - 1].page if number else ""
    return before, STEPS[number + 1].page if number + 1 < len(STEPS) else "start_ready"


def unfinished(subject: Subject, path: str) -> str:
    """Return where the administrator goes on with the start of their town; "" if it is finished or none of theirs."""
    if path.startswith("/start/") or not somewhere(subject, Action.ADMINISTER):
        return ""
    view = organisations.start_state()
    return "" if view.finished or view.tenant != subject.tenant else reverse("start")
