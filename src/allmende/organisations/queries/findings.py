# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the organisation's set-up lacks: roles nobody holds (001 D1), strategy placed in IT (001 D3)."""

from __future__ import annotations

from allmende.kernel.text import Text
from allmende.organisations.models import HeldRole
from allmende.organisations.queries.people import roles
from allmende.organisations.queries.units import tree
from allmende.organisations.terms import Finding, Level


def findings(tenant: str) -> list[Finding]:
    """Return what to think over, unfilled roles first. A role counts as filled when a bundle of it is held."""
    kit = {role.slug: role for role in roles(tenant)}
    units = tree(tenant)
    held = list(
        HeldRole.objects.filter(person__tenant_id=tenant, person__is_active=True).values_list("role_id", "unit_id")
    )
    filled = {slug for role, _ in held for slug in (role, *kit[role].includes)}
    found = [
        Finding(
            kind="unfilled",
            role=role.slug,
            statement=Text(f"Niemand hat die Rolle „{role.title.de}“.", f"Nobody holds the role “{role.title.en}”."),
        )
        for role in kit.values()
        if role.essential and role.slug not in filled
    ]
    for slug, unit in sorted((role, str(unit)) for role, unit in held):
        strategic = [kit[part] for part in (slug, *kit[slug].includes) if kit[part].level is Level.STRATEGIC]
        place = next((units.view(up) for up in units.path(unit) if units.view(up).technical), None)
        if strategic and place is not None:
            found.append(
                Finding(
                    kind="too_operational",
                    role=slug,
                    unit=unit,
                    statement=Text(
                        f"„{strategic[0].title.de}“ ist in „{place.name.de}“ angesiedelt. Strategische Rollen gehören "
                        "an die Spitze, nicht in den technischen Betrieb.",
                        f"“{strategic[0].title.en}” is placed in “{place.name.en}”. Strategic roles belong at the top, "
                        "not in technical operation.",
                    ),
                )
            )
    return found
