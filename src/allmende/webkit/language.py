# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The language of the present request, for values that carry both."""

from __future__ import annotations

from django.utils.translation import get_language

from allmende.kernel.text import Text


def language() -> str:
    """Return ``de`` or ``en``."""
    return "en" if (get_language() or "de").startswith("en") else "de"


def said(text: Text) -> str:
    """Return the text in the request's language; the German where the English is empty."""
    return text.in_(language()) or text.de
