# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""docs/reference/roles.md says what the kit says."""

from __future__ import annotations

import re
from pathlib import Path

from allmende.organisations.kit import shipped
from allmende.organisations.terms import UnitKind
from allmende.rights.terms import Action

PAGE = (Path(__file__).parents[2] / "docs/reference/roles.md").read_text("utf-8")


def rows(columns: int) -> list[tuple[str, ...]]:
    cells = r" \| ".join(["(.+)"] * (columns - 1))
    return re.findall(rf"^\| `([a-z_]+)` \| {cells} \|$", PAGE, re.MULTILINE)


def test_roles() -> None:
    kit = shipped()
    expected = [
        (
            role.slug,
            role.title.de,
            role.title.en,
            role.level.label.en,
            ", ".join(f"`{name}`" for name in (role.includes or sorted(role.actions))) or "–",
        )
        for bundles in (False, True)
        for role in kit.role
        if bool(role.includes) is bundles
    ]
    assert [row for row in rows(5) if row[0] in kit.by_slug()] == expected


def test_purposes_and_kinds() -> None:
    listed = {row[0]: row[1:3] for row in (*rows(3), *rows(4))}
    for purpose in shipped().purpose:
        assert listed[purpose.slug] == (purpose.title.de, purpose.title.en)
    assert {kind.value for kind in UnitKind} <= {row[0] for row in rows(3)}


def test_every_action_a_role_can_give_is_explained() -> None:
    for action in set(Action) - {Action.KNOW, Action.READ}:
        assert re.search(rf"^\| .*`{action}`.* \| ", PAGE, re.MULTILINE), action
