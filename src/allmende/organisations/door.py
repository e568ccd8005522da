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
from allmende.organisations.domain.municipalities import load_municipalities
from allmende.organisations.domain.people import (
    create_person,
    create_system,
    deactivate_person,
    deactivate_system,
    move_person,
    set_mail,
    stop_weekly,
    weekly_token,
)
from allmende.organisations.domain.roles import create_role, give_role, withdraw_role
from allmende.organisations.domain.start import (
    Founder,
    TownAnswer,
    drafted_arms,
    enter_code,
    finish_start,
    found_town,
    holds_start,
    keep_looks,
    keep_town,
    load_municipalities_at_start,
    slug_of,
    start_code,
    step_done,
)
from allmende.organisations.domain.statements import make_statement
from allmende.organisations.domain.taken import unless_taken
from allmende.organisations.domain.tokens import PREFIX, digest, issue_token, revoke_token
from allmende.organisations.domain.town import TownChange, change_town, is_colour, practice_wanted, switch_practice
from allmende.organisations.domain.units import create_tenant, create_unit, land_of, move_unit
from allmende.organisations.kit import shipped
from allmende.organisations.laws import law
from allmende.organisations.laws import suggested as suggested_answers
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
from allmende.organisations.queries.start import arms, municipalities, municipality, start_state
from allmende.organisations.queries.statements import missing_statements, statement, statements
from allmende.organisations.queries.subjects import subject_by_token, subject_for, subject_of
from allmende.organisations.queries.units import (
    alongside,
    beside_a_real_town,
    practice_towns,
    sort_key,
    tenant,
    tenants,
    towns_alongside,
    tree,
)
from allmende.organisations.signin.entering import enter_founder, enter_persona
from allmende.organisations.signin.invitation import invite, send_invitation
from allmende.organisations.signin.readers import Reader, weekly_reader, weekly_readers
from allmende.organisations.terms import UnitView
from allmende.rights.terms import Subject

__all__ = [
    "PREFIX",
    "Founder",
    "Reader",
    "TownAnswer",
    "TownChange",
    "alongside",
    "arms",
    "beside_a_real_town",
    "change_town",
    "create_person",
    "create_role",
    "create_system",
    "create_tenant",
    "create_unit",
    "deactivate_person",
    "deactivate_system",
    "digest",
    "drafted_arms",
    "enter_code",
    "enter_founder",
    "enter_persona",
    "findings",
    "finish_start",
    "found_town",
    "give_role",
    "holds_start",
    "invite",
    "is_colour",
    "issue_token",
    "keep_looks",
    "keep_town",
    "land_of",
    "law",
    "load_municipalities",
    "load_municipalities_at_start",
    "make_statement",
    "missing_statements",
    "move_person",
    "move_unit",
    "municipalities",
    "municipality",
    "offered_roles",
    "people",
    "person",
    "practice_towns",
    "practice_wanted",
    "revoke_token",
    "roles",
    "send_invitation",
    "set_mail",
    "shipped",
    "slug_of",
    "sort_key",
    "start_code",
    "start_state",
    "statement",
    "statements",
    "step_done",
    "stop_weekly",
    "subject_by_token",
    "subject_for",
    "subject_of_person",
    "suggested_answers",
    "switch_practice",
    "systems",
    "tenant",
    "tenants",
    "tokens_of_person",
    "tokens_of_systems",
    "towns_alongside",
    "unit",
    "unit_names",
    "units",
    "unless_taken",
    "weekly_reader",
    "weekly_readers",
    "weekly_token",
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
