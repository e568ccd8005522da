# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ids, names and stable URIs."""

from __future__ import annotations

import os
import re
import time
import uuid

from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

#: Names the SQL engine or PostgreSQL give a meaning of their own; a town or data set cannot be called so.
RESERVED = frozenset({"main", "temp", "memory", "system", "pg_catalog", "information_schema", "public", "allmende"})

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


def new_id() -> str:
    """Return a new UUID, version 7 (RFC 9562, 5.7): sortable by the time it was made."""
    moment = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (moment << 80) | (0x7 << 76) | ((random >> 62 & 0xFFF) << 64) | (0b10 << 62) | (random & ((1 << 62) - 1))
    return str(uuid.UUID(int=value))


def check_slug(slug: str) -> str:
    """Return ``slug`` if it can name a tenant or data set in SQL and URIs.

    Raises :class:`~allmende.kernel.errors.Invalid` otherwise: lower-case ASCII letters, digits and underscores,
    starting with a letter, at most 63 characters, none of :data:`RESERVED`.
    """
    if not _SLUG.match(slug) or slug in RESERVED:
        raise Invalid(
            Text(
                f"„{slug}“ kann kein Kurzname sein: Kleinbuchstaben a–z, Ziffern und Unterstriche, am Anfang ein "
                "Buchstabe, höchstens 63 Zeichen, kein Name des Systems.",
                f"“{slug}” cannot be a short name: lower-case letters a–z, digits and underscores, a letter first, "
                "at most 63 characters, none of the system's own names.",
            )
        )
    return slug


def uri(base: str, tenant: str, kind: str, slug: str) -> str:
    """Return the stable URI of a thing, for example ``https://daten.auenstadt.de/auenstadt/dataset/baeume``."""
    return f"{base.rstrip('/')}/{tenant}/{kind}/{slug}"
