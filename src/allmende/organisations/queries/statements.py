# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads on what towns say of themselves. It is said to everybody, so nobody is asked who they are."""

from __future__ import annotations

from allmende.organisations.models import TownStatement
from allmende.organisations.statements import Statement, StatementView


def view(row: TownStatement) -> StatementView:
    """Return a version as a value."""
    return StatementView(
        tenant=row.tenant_id, kind=Statement(row.kind), version=row.version, at=row.at, answers=dict(row.answers)
    )


def statement(tenant: str, kind: Statement, version: int = 0) -> StatementView | None:
    """Return the statement as it is valid now, or one version of it; None where there is none."""
    rows = TownStatement.objects.filter(tenant_id=tenant, kind=kind.value)
    row = rows.filter(version=version).first() if version else rows.order_by("-version").first()
    return view(row) if row else None


def statements(tenant: str) -> dict[Statement, StatementView]:
    """Return the valid version of each statement there is (one query)."""
    rows = TownStatement.objects.filter(tenant_id=tenant).order_by("kind", "-version").distinct("kind")
    return {Statement(row.kind): view(row) for row in rows}


def missing_statements(tenant: str) -> tuple[Statement, ...]:
    """Return the kinds the town has not made yet, in the order of the law's weight."""
    there = statements(tenant)
    return tuple(kind for kind in Statement if kind not in there)
