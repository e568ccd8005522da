# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The register of organisations for the rights snapshot. Plain SQL, no Django."""

from __future__ import annotations

from typing import Any

import psycopg

from allmende.kernel.text import Text
from allmende.organisations.terms import ADMINISTRATION, UnitKind
from allmende.rights.snapshot import Organisations, Token, Unit
from allmende.rights.terms import Action, Held, Subject, SubjectKind

#: The tables read here: each change of one of them makes a new version of the snapshot.
TABLES = (
    "organisations_tenant",
    "organisations_unit",
    "organisations_person",
    "organisations_systemaccount",
    "organisations_role",
    "organisations_heldrole",
    "organisations_token",
)

_DATA = frozenset({Action.KNOW, Action.READ})


def load_subjects(conn: psycopg.Connection[Any]) -> Organisations:
    """Read open accounts, valid tokens, units and what roles give; expiry is judged when a token is used."""
    listed = conn.execute(_UNITS).fetchall()
    rows = {unit: (tenant, parent or "", UnitKind(kind)) for unit, tenant, parent, kind, _, _ in listed}
    names = {unit: Text(de, en) for unit, _, _, _, de, en in listed}
    held: dict[str, set[Held]] = {}
    for person, role, unit in conn.execute(_HELD):
        held.setdefault(person, set()).add(Held(role, unit))
    official = {unit: _official(unit, rows) for unit in rows}
    return Organisations(
        subjects=tuple(
            Subject(
                kind=SubjectKind(kind),
                id=key,
                tenant=tenant,
                unit=unit,
                roles=frozenset(held.get(key, ())),
                administration=official[unit],
            )
            for kind, key, tenant, unit in conn.execute(_ACCOUNTS)
        ),
        tokens=tuple(
            Token(sha256=bytes(sha256), subject=subject, purposes=frozenset(purposes), expires=expires)
            for sha256, subject, purposes, expires in conn.execute(_TOKENS)
        ),
        units=tuple(
            Unit(id=unit, tenant=tenant, parent=parent, administration=official[unit], name=names[unit])
            for unit, (tenant, parent, _) in rows.items()
        ),
        roles={
            (tenant, slug): frozenset(map(Action, actions)) - _DATA for tenant, slug, actions in conn.execute(_ROLES)
        },
    )


_UNITS = "SELECT id::text, tenant_id, parent_id::text, kind, name_de, name_en FROM organisations_unit"
_HELD = "SELECT person_id::text, role_id, unit_id::text FROM organisations_heldrole"
_ACCOUNTS = (
    "SELECT 'person', id::text, tenant_id, unit_id::text FROM organisations_person WHERE is_active"
    " UNION ALL SELECT 'system', id::text, tenant_id, unit_id::text FROM organisations_systemaccount WHERE active"
)
_TOKENS = (
    "SELECT t.sha256, coalesce(t.person_id, t.system_id)::text, t.purposes, t.expires_at"
    " FROM organisations_token t"
    " LEFT JOIN organisations_person p ON p.id = t.person_id"
    " LEFT JOIN organisations_systemaccount s ON s.id = t.system_id"
    " WHERE t.revoked_at IS NULL AND t.expires_at > now() AND coalesce(p.is_active, s.active)"
)
_ROLES = (
    "SELECT t.slug, r.slug, r.actions FROM organisations_role r"
    " JOIN organisations_tenant t ON r.tenant_id IS NULL OR r.tenant_id = t.slug"
)


def _official(unit: str, rows: dict[str, tuple[str, str, UnitKind]]) -> bool:
    """Return whether the unit and all above it are the administration; a line that runs in a circle is not."""
    seen: set[str] = set()
    while unit:
        _, parent, kind = rows[unit]
        if kind not in ADMINISTRATION or unit in seen:
            return False
        seen.add(unit)
        unit = parent
    return True
