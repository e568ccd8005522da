# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking from a page's thread: who asks, for which purposes they can, and what a refusal says."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.utils.translation import gettext_lazy as _

from allmende.hub.ask import Asker, nobody, signed_in
from allmende.hub.services import services
from allmende.hub.shown import ROWS, Shown
from allmende.hub.shown import table as _table
from allmende.kernel.errors import Problem
from allmende.rights.door import purpose_titles
from allmende.rights.terms import Subject, SubjectKind
from allmende.webkit.language import language, said


def purpose_choices(subject: Subject) -> list[tuple[str, Any]]:
    """Return the purposes the asker can state; nobody signed in has none: open data need none."""
    own = [(slug, said(title)) for slug, title in purpose_titles(subject.tenant)] if subject.tenant else []
    if subject.purposes is not None:
        own = [purpose for purpose in own if purpose[0] in subject.purposes]
    return [("", _("kein Zweck: nur offene Daten")), *own]


def asker(subject: Subject) -> Asker:
    """Return who asks, as the hub wants it."""
    return signed_in(subject) if subject.kind is SubjectKind.PERSON else nobody


def table(subject: Subject, *, sql: str, purpose: str, rows: int = ROWS) -> Shown:
    """Ask the hub from a page's thread; raises what it raises."""
    return async_to_sync(_table)(services(), asker(subject), sql=sql, purpose=purpose, language=language(), rows=rows)


def refusals(problem: Problem) -> list[dict[str, Any]]:
    """Return what the refusal says of each data set, with the parts of its name."""
    found = []
    for entry in problem.more.get("refused", []):
        tenant, _dot, slug = str(entry["dataset"]).partition(".")
        found.append({**entry, "tenant": tenant, "slug": slug})
    return found
