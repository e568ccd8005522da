# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who asks, for each request; and the second factor where it is required."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from allmende.kernel.errors import Unauthenticated
from allmende.kernel.text import Text
from allmende.organisations.models import Person
from allmende.organisations.queries.subjects import subject_by_token, subject_for
from allmende.organisations.terms import SecondFactor
from allmende.rights.terms import Subject
from allmende.webkit.problems import answer

#: Where a person without the second factor they need may go: to set it up, to sign out, and what a page is made of. Not
#: their account's own page: a token issued there would do without the factor.
_OPEN = (
    "/konto/2fa/",
    "/konto/login/",
    "/konto/logout/",
    "/konto/password/",
    "/konto/reauthenticate/",
    "/farben/",
    "/wappen/",
    "/static/",
    "/i18n/",
    "/health",
)


def needs_second_factor(person: Person) -> bool:
    """Return whether the town or one of the person's roles asks for a second factor."""
    wanted = SecondFactor(person.tenant.second_factor)
    if wanted is SecondFactor.NOBODY and person.tenant.practice:
        return False
    return wanted is SecondFactor.EVERYONE or person.held.filter(role__second_factor=True).exists()


def who_asks(request: HttpRequest) -> Subject:
    """Return the person signed in, on ``/api/`` also whom a bearer token stands for.

    Raises Unauthenticated for a token that is not valid: whoever shows one wants to be somebody.
    """
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if not request.path.startswith("/api/") or kind.lower() != "bearer":
        return subject_for(request.user)
    subject = subject_by_token(secret.strip())
    if subject is None:
        raise Unauthenticated(
            Text(
                "Dieses Token gilt nicht, nicht mehr oder noch nie.",
                "This token is not valid, or no longer, or never was.",
            )
        )
    return subject


class SignInMiddleware:
    """Sets ``request.subject``; sends people who still need a second factor to where they set it up.

    Once set up, allauth asks for it at every sign-in.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        try:
            request.subject = who_asks(request)  # type: ignore[attr-defined]
        except Unauthenticated as problem:
            return answer(request, problem)
        user = request.user
        if (
            isinstance(user, Person)
            and not request.path.startswith(_OPEN)
            and needs_second_factor(user)
            and not is_mfa_enabled(user)
        ):
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return self.get_response(request)
