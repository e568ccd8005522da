# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a town gives when it uses a recipe: only what differs there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from allmende.engine.connection import Files, Http
from allmende.hub.door import allow_address
from allmende.recipes import door
from allmende.recipes.samples import sample
from allmende.rights.terms import OPERATOR
from tests.factories import Town
from tests.hub.town import Service


def given(
    town: Town, name: str, folder: Path, *, other: bool = False, service: Service | None = None, **more: Any
) -> door.Given:
    """Return what the town gives for a shipped recipe: its file, or its address."""
    recipe = door.by_name(OPERATOR, name, tenant=town.slug)
    plain: dict[str, Any] = {
        "digest": recipe.digest,
        "unit": town.units["environment"],
        "purposes": ("statistics",),
    } | more
    if name == "ratsvorlagen":
        assert service is not None
        allow_address(OPERATOR, tenant=town.slug, place="127.0.0.1", port=service.port, reason="Test")
        return door.Given(source=Http(url=f"{service.url}/{town.slug}/paper", every_seconds=60), **plain)
    path = sample(name, folder, other=other)
    allow_address(OPERATOR, tenant=town.slug, place=str(folder), reason="Test")
    files = plain.pop("files", {recipe.recipe.datasets[0].slug: path.name})
    return door.Given(source=Files(), root=str(folder), files=files, **plain)
