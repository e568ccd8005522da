# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Errors of the room."""

from __future__ import annotations

from allmende.kernel.errors import Problem
from allmende.kernel.text import Text


class NotAcceptable(Problem):
    """None of the formats asked for can be given."""

    status = 406
    kind = "not-acceptable"
    title = Text("Dieses Format gibt es nicht", "Not acceptable")


class TooLarge(Problem):
    """The request's body is longer than allowed."""

    status = 413
    kind = "too-large"
    title = Text("Anfrage zu groß", "Request too large")


class NotJson(Problem):
    """The request's body is not sent as JSON."""

    status = 415
    kind = "unsupported-media-type"
    title = Text("Dieses Eingabeformat gibt es nicht", "Unsupported media type")


class Busy(Problem):
    """One asker asks more at once, or faster, than one asker may."""

    status = 429
    kind = "busy"
    title = Text("Zu viele Fragen auf einmal", "Too many questions at once")
