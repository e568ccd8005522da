# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parts of addresses."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import UUIDConverter


class Id(UUIDConverter):
    """A thing's id, as text; an address with anything else in its place leads nowhere (404)."""

    def to_python(self, value: str) -> str:  # type: ignore[override] # the doors take ids as text
        """Return the id as the doors take it."""
        return value

    def to_url(self, value: object) -> str:
        """Return the id as it stands in an address."""
        return str(value)


def register() -> None:
    """Let addresses say ``<id:…>``."""
    register_converter(Id, "id")
