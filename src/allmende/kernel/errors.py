# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Errors a caller can understand: what was wrong, where, and what to do (RFC 9457)."""

from __future__ import annotations

from typing import Any, ClassVar

from allmende.kernel.text import Text


class Problem(Exception):
    """An error with an answer for the person or program that caused it.

    ``status`` is the HTTP status, ``kind`` the last part of the problem type's URI, ``title`` the same for every
    error of the kind, ``detail`` about this one. ``more`` holds further members of the problem document.
    """

    status: ClassVar[int] = 500
    kind: ClassVar[str] = "internal"
    title: ClassVar[Text] = Text("Unerwarteter Fehler", "Unexpected error")

    def __init__(self, detail: Text, **more: Any) -> None:
        super().__init__(detail.en)
        self.detail = detail
        self.more = more

    def document(self, language: str = "de") -> dict[str, Any]:
        """Return the problem document (RFC 9457, section 3); the detail is given in both languages too."""
        return {
            "type": f"urn:allmende:problem:{self.kind}",
            "title": self.title.in_(language),
            "status": self.status,
            "detail": self.detail.in_(language),
            "detail_de": self.detail.de,
            "detail_en": self.detail.en,
            **self.more,
        }


class Invalid(Problem):
    """The input cannot be used as it is."""

    status = 400
    kind = "invalid"
    title = Text("Ungültige Eingabe", "Invalid input")


class Unauthenticated(Problem):
    """Nobody valid is asking."""

    status = 401
    kind = "unauthenticated"
    title = Text("Nicht angemeldet", "Not signed in")


class Forbidden(Problem):
    """The registers do not allow it: the detail names the rule, ``missing`` what is needed, ``ask`` whom to ask."""

    status = 403
    kind = "forbidden"
    title = Text("Nicht erlaubt", "Not allowed")


class NotFound(Problem):
    """There is no such thing, or none the asker may know of: the two answer alike."""

    status = 404
    kind = "not-found"
    title = Text("Nicht gefunden", "Not found")


class WrongMethod(Problem):
    """The address does not know the request's method (RFC 9110, 15.5.6: the answer names those it knows)."""

    status = 405
    kind = "method-not-allowed"
    title = Text("Diese Methode gibt es hier nicht", "Method not allowed")


class Conflict(Problem):
    """The change does not fit the present state."""

    status = 409
    kind = "conflict"
    title = Text("Widerspruch zum jetzigen Stand", "Conflict with the present state")


class TooMuch(Problem):
    """The question needs more time or memory than one question may have."""

    status = 422
    kind = "too-much"
    title = Text("Zu aufwendig", "Too much")


class SourceDown(Problem):
    """A source system does not answer; only its own data sets are affected."""

    status = 502
    kind = "source-down"
    title = Text("Quelle nicht erreichbar", "Source not reachable")


class Unready(Problem):
    """A part of Allmende is not ready, try again; without current rights nothing is permitted."""

    status = 503
    kind = "unready"
    title = Text("Noch nicht bereit", "Not ready")
