# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a page may show of the registers: asked of the decision point, as everything is."""

from __future__ import annotations

from allmende.kernel.text import Text
from allmende.rights import door
from allmende.rights.door import require_somewhere, somewhere

__all__ = ["purposes", "require_somewhere", "somewhere"]


def purposes(tenant: str) -> list[tuple[str, Text]]:
    """Return the purposes the town has laid down, by their German titles."""
    found = [(slug, title) for (of, slug), title in door.snapshot().purposes.items() if of == tenant]
    return sorted(found, key=lambda purpose: purpose[1].de.casefold())
