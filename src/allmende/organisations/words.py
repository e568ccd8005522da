# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How units are called on pages."""

from __future__ import annotations

from collections.abc import Iterable

from allmende.organisations.terms import UnitView
from allmende.webkit.language import said


def unit_choices(units: Iterable[UnitView]) -> list[tuple[str, str]]:
    """Return units for a choice, indented by their place."""
    return [(unit.id, f"{'– ' * unit.depth}{said(unit.name)}") for unit in units]
