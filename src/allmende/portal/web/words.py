# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages that only say something: about these pages, the rules of the decision point."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from allmende.kernel.text import Text
from allmende.rights.rules import RULES
from allmende.rights.terms import Outcome

_CHAPTERS = (
    ("know.", Text("Wer darf wissen, dass es einen Datensatz gibt?", "Who may know that a data set exists?")),
    ("read.", Text("Wer darf die Zeilen lesen?", "Who may read the rows?")),
    ("register.", Text("Wer darf die Register ändern?", "Who may change the registers?")),
)


def about(request: HttpRequest) -> HttpResponse:
    """Say what these pages are."""
    return render(request, "portal/about.html")


def rules(request: HttpRequest) -> HttpResponse:
    """Show every rule by which the decision point decides, as it stands in the program."""
    chapters = []
    for prefix, title in _CHAPTERS:
        chapter = [rule for rule in RULES.values() if rule.id.startswith(prefix)]
        chapters.append(
            (
                title,
                [rule for rule in chapter if rule.outcome is Outcome.ALLOW],
                [rule for rule in chapter if rule.outcome is not Outcome.ALLOW],
            )
        )
    return render(request, "portal/rules.html", {"chapters": chapters, "deepest": RULES["absent"]})
