# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who is asking, for views: the subject of the request, and what a page needs of it."""

from __future__ import annotations

from django.http import HttpRequest

from allmende.kernel.errors import Forbidden, Unauthenticated
from allmende.kernel.text import Text
from allmende.organisations.queries.subjects import subject_for
from allmende.rights.terms import Subject, SubjectKind


def asking(request: HttpRequest) -> Subject:
    """Return who asks; nobody signed in is ``ANYONE``."""
    return getattr(request, "subject", None) or subject_for(request.user)


def signed_in(request: HttpRequest) -> Subject:
    """Return the person who asks. Raises Unauthenticated if nobody is signed in."""
    subject = asking(request)
    if subject.kind is not SubjectKind.PERSON:
        raise Unauthenticated(
            Text("Diese Seite ist für Beschäftigte der Stadt.", "This page is for people who work for the town.")
        )
    return subject


def of_the_administration(request: HttpRequest) -> Subject:
    """Return the person who asks. Raises Unauthenticated, or Forbidden for who is not of the administration."""
    subject = signed_in(request)
    if not subject.administration:
        raise Forbidden(
            Text(
                "Diese Seite ist der Verwaltung der Stadt vorbehalten; Ihre Stelle gehört nicht dazu.",
                "This page is for the town’s administration; your unit is not part of it.",
            ),
            rule="page.administration",
        )
    return subject
