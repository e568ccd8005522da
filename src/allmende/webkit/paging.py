# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages of a list."""

from __future__ import annotations

import math

import msgspec
from django.http import HttpRequest


class Pager(msgspec.Struct, frozen=True):
    """The page shown and how many there are."""

    page: int
    pages: int

    @property
    def previous(self) -> int:
        """The page before, 0 if there is none."""
        return self.page - 1

    @property
    def next(self) -> int:
        """The page after, 0 if there is none."""
        return self.page + 1 if self.page < self.pages else 0


def page_asked(request: HttpRequest) -> int:
    """Return the page asked for (``?seite=``), 1 where it is none."""
    asked = request.GET.get("seite", "1")
    return max(1, min(int(asked), 100_000)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def pager(page: int, total: int, size: int) -> Pager:
    """Return the pager of ``total`` things, ``size`` on a page."""
    return Pager(page, max(1, math.ceil(total / size)))
