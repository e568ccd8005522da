# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words in the product's two languages."""

from __future__ import annotations

import msgspec


class Text(msgspec.Struct, frozen=True, order=True):
    """One statement in German and English; German is what is shown where no language was asked for."""

    de: str
    en: str

    def in_(self, language: str) -> str:
        """Return the statement in ``language`` (``de``, ``en``, also ``en-GB``)."""
        return self.en if language.lower().startswith("en") else self.de

    def __str__(self) -> str:
        return self.de
