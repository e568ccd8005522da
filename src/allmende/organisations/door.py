# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The entrance for other rooms: verbs and reads of organisations. Values out, never models.

Each verb takes the actor first (a :class:`~allmende.rights.terms.Subject`, for the command line ``OPERATOR``), asks the
decision point, and is one transaction with one entry in the register of changes. Everything is within one town:
what belongs to another one is answered with NotFound.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from allmende.kernel.text import Text
from allmende.organisations.domain.people import (
    create_person,
    create_system,
    deactivate_person,
    deactivate_system,
    move_person,
)
from allmende.organisations.domain.roles import create_role, give_role, withdraw_role
from allmende.organisations.domain.statements import make_statement
from allmende.organisations.domain.taken import unless_taken
from allmende.organisations.domain.tokens import PREFIX, digest, issue_token, revoke_token
from allmende.organisations.domain.units import create_tenant, create_unit, move_unit
from allmende.organisations.kit import shipped
from allmende.organisations.models import Unit
from allmende.organisations.queries.findings import findings
from allmende.organisations.queries.people import (
    offered_roles,
    people,
    person,
    person_row,
    roles,
    systems,
    tokens_of_person,
    tokens_of_systems,
)
from allmende.organisations.queries.statements import missing_statements, statement, statements
from allmende.organisations.queries.subjects import subject_by_token, subject_for, subject_of
from allmende.organisations.queries.units import sort_key, tenant, tenants, tree
from allmende.organisations.signin.invitation import invite
from allmende.organisations.terms import UnitView
from allmende.rights.terms import Subject

__all__ = [
    "PREFIX",
    "create_person",
    "create_role",
    "create_system",
    "create_tenant",
    "create_unit",
    "deactivate_person",
    "deactivate_system",
    "digest",
    "findings",
    "give_role",
    "invite",
    "issue_token",
    "make_statement",
    "missing_statements",
    "move_person",
    "move_unit",
    "offered_roles",
    "people",
    "person",
    "revoke_token",
    "roles",
    "shipped",
    "sort_key",
    "statement",
    "statements",
    "subject_by_token",
    "subject_for",
    "subject_of_person",
    "systems",
    "tenant",
    "tenants",
    "tokens_of_person",
    "tokens_of_systems",
    "unit",
    "unit_names",
    "units",
    "unless_taken",
    "withdraw_role",
]


def subject_of_person(tenant_slug: str, person_id: str) -> Subject:
    """Return the town's person as a subject; raises NotFound."""
    return subject_of(person_row(tenant_slug, person_id))


def units(tenant_slug: str) -> list[UnitView]:
    """Return the town's units, each below its parent (one query)."""
    return list(tree(tenant_slug).views())


def unit_names(ids: Collection[UUID]) -> dict[str, Text]:
    """Return the names of units of any town (one query)."""
    return {str(row.id): row.name for row in Unit.objects.filter(id__in=ids)}


def unit(tenant_slug: str, unit_id: str) -> UnitView:
    """Return one unit of the town; raises NotFound."""
    return tree(tenant_slug).view(unit_id)
