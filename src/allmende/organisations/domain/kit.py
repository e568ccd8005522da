# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How the shipped roles come into the database."""

from __future__ import annotations

from allmende.organisations.kit import shipped
from allmende.organisations.models import Role


def ensure_kit(**_: object) -> None:
    """Bring the shipped roles into the database (after each migration); towns' own roles stay as they are."""
    kit = shipped()
    present = {role.slug: role for role in Role.objects.filter(tenant=None)}
    for position, shipped_role in enumerate(kit.role):
        values = {
            "title_de": shipped_role.title.de,
            "title_en": shipped_role.title.en,
            "description_de": shipped_role.description.de,
            "description_en": shipped_role.description.en,
            "level": shipped_role.level.value,
            "actions": sorted(action.value for action in kit.actions_of(shipped_role.slug)),
            "includes": list(shipped_role.includes),
            "excludes": list(shipped_role.excludes),
            "essential": shipped_role.essential,
            "second_factor": shipped_role.second_factor,
            "position": position,
        }
        role = present.get(shipped_role.slug)
        if role is None:
            Role.objects.create(slug=shipped_role.slug, tenant=None, **values)
        elif any(getattr(role, name) != value for name, value in values.items()):
            Role.objects.filter(slug=role.slug).update(**values)
