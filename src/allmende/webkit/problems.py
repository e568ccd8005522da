# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Errors as answers: a page for people, problem+json (RFC 9457) for programs."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from allmende.kernel.errors import Forbidden, Invalid, NotFound, Problem, Unauthenticated, WrongMethod
from allmende.kernel.text import Text
from allmende.webkit.language import language

_log = logging.getLogger(__name__)

NO_SUCH_PAGE = Text(
    "Unter dieser Adresse gibt es nichts, oder nichts, was Ihnen gezeigt werden darf. Beides antwortet gleich.",
    "There is nothing at this address, or nothing that may be shown to you. Both answer alike.",
)


def wants_page(request: HttpRequest) -> bool:
    """Return whether a person reads the answer: a browser says so, and nothing under ``/api/`` is for people."""
    return not request.path.startswith("/api/") and bool(request.accepts("text/html"))


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return the problem as the asker can read it."""
    if not wants_page(request):
        body = json.dumps(problem.document(language()), ensure_ascii=False, default=str)
        response = HttpResponse(body, status=problem.status, content_type="application/problem+json")
        if problem.status == Unauthenticated.status:  # RFC 9110, 15.5.2
            response["WWW-Authenticate"] = 'Bearer realm="Allmende", error="invalid_token"'
        return response
    context = {"problem": problem, "more": problem.more}
    response = HttpResponse(render_to_string("webkit/problem.html", context, request), status=problem.status)
    response["Cache-Control"] = "no-store"
    return response


class ProblemMiddleware:
    """Turns what a view raised into an answer; nothing is told of an unforeseen error but that it is in the log."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        if response.status_code == WrongMethod.status and not wants_page(request):
            known = response.headers.get("Allow", "")
            words = Text(f"Diese Adresse kennt: {known}.", f"This address knows: {known}.")
            response = answer(request, WrongMethod(words))
            response["Allow"] = known
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """Answer for a view that did not."""
        if isinstance(error, Problem):
            return answer(request, error)
        if isinstance(error, Http404):
            return answer(request, NotFound(NO_SUCH_PAGE))
        if isinstance(error, PermissionDenied):
            return forbidden(request)
        if isinstance(error, SuspiciousOperation):
            return bad_request(request)
        _log.exception("%s %s", request.method, request.path)
        return server_error(request)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer for an address there is none of (Django's ``handler404``)."""
    return answer(request, NotFound(NO_SUCH_PAGE))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer what Django itself refuses (``handler403``)."""
    return answer(
        request,
        Forbidden(
            Text(
                "Das ist hier nicht erlaubt.",
                "This is not allowed here.",
            )
        ),
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer a form that did not come from a page of ours, or from one too old (``CSRF_FAILURE_VIEW``)."""
    return answer(
        request,
        Forbidden(
            Text(
                "Dieses Formular ist zu alt oder kam nicht von unserer Seite. Gehen Sie zurück, laden Sie die Seite "
                "neu und senden Sie es noch einmal. Cookies müssen erlaubt sein.",
                "This form is too old or did not come from our page. Go back, load the page again and send it once "
                "more. Cookies must be allowed.",
            )
        ),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer a request that cannot be read (``handler400``)."""
    return answer(request, Invalid(Text("Diese Anfrage war nicht lesbar.", "This request could not be read.")))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for an error nobody foresaw (``handler500``)."""
    return answer(
        request,
        Problem(
            Text(
                "Hier ist uns ein Fehler unterlaufen. Er steht im Protokoll des Betriebs. Ihre Daten sind nicht "
                "verloren; versuchen Sie es bitte noch einmal.",
                "We made a mistake here. It stands in the operator’s log. Your data are not lost; please try again.",
            )
        ),
    )
