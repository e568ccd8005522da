# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads on people, programs, roles and tokens."""

from __future__ import annotations

from collections.abc import Iterable

from allmende.kernel.text import Text
from allmende.organisations.kit import shipped
from allmende.organisations.models import HeldRole, Person, Role, SystemAccount, Token
from allmende.organisations.queries.units import PERSON, SYSTEM, as_uuid, no_such, sort_key
from allmende.organisations.terms import HeldView, Level, PersonView, RoleView, SystemView, TokenView
from allmende.rights.terms import Action


def role_view(role: Role) -> RoleView:
    """Return a role as a value."""
    return RoleView(
        slug=role.slug,
        tenant=role.tenant_id or "",
        title=role.title,
        description=Text(role.description_de, role.description_en),
        level=Level(role.level),
        actions=frozenset(Action(action) for action in role.actions),
        includes=tuple(role.includes),
        excludes=tuple(role.excludes),
        essential=role.essential,
        second_factor=role.second_factor,
    )


def roles(tenant: str) -> list[RoleView]:
    """Return every role that can be given in the town: the kit's and its own."""
    return [role_view(role) for role in Role.objects.filter(tenant=None) | Role.objects.filter(tenant_id=tenant)]


def offered_roles(tenant: str, profile: str) -> list[RoleView]:
    """Return the roles the town's profile offers first, and the town's own."""
    wanted = shipped().profiles()[profile].roles
    return [role for role in roles(tenant) if role.slug in wanted or role.tenant]


def held_view(held: HeldRole) -> HeldView:
    """Return a held role as a value (``role`` and ``unit`` must be loaded)."""
    return HeldView(role=held.role_id, role_title=held.role.title, unit=str(held.unit_id), unit_name=held.unit.name)


def person_view(person: Person, held: Iterable[HeldRole] = ()) -> PersonView:
    """Return a person as a value."""
    return PersonView(
        id=str(person.id),
        tenant=person.tenant_id,
        unit=str(person.unit_id),
        unit_name=person.unit.name,
        name=person.name,
        email=person.email,
        active=person.is_active,
        invited=person.is_active and not person.has_usable_password(),
        language=person.language,
        weekly_mail=person.weekly_mail,
        since=person.created_at,
        roles=tuple(held_view(one) for one in held),
    )


def people(tenant: str, *, unit: str = "") -> list[PersonView]:
    """Return the town's people with their roles (two queries), those of one unit where asked."""
    rows = Person.objects.filter(tenant_id=tenant).select_related("unit")
    if unit:
        rows = rows.filter(unit_id=unit)
    held: dict[object, list[HeldRole]] = {}
    for one in HeldRole.objects.filter(person__tenant_id=tenant).select_related("role", "unit"):
        held.setdefault(one.person_id, []).append(one)
    found = [person_view(row, sorted(held.get(row.id, ()), key=lambda one: one.role.position)) for row in rows]
    return sorted(found, key=lambda view: sort_key(view.name))


def person_row(tenant: str, person: str) -> Person:
    """Return the town's person or raise NotFound; people of other towns do not exist here."""
    row = Person.objects.filter(tenant_id=tenant, id=as_uuid(person, PERSON)).select_related("unit").first()
    if row is None:
        raise no_such(PERSON)
    return row


def person(tenant: str, person: str) -> PersonView:
    """Return one person of the town with roles; raises NotFound."""
    row = person_row(tenant, person)
    return person_view(row, row.held.select_related("role", "unit").order_by("role__position"))


def system_view(system: SystemAccount) -> SystemView:
    """Return a program as a value."""
    return SystemView(
        id=str(system.id),
        tenant=system.tenant_id,
        unit=str(system.unit_id),
        slug=system.slug,
        name=system.name,
        keeper=str(system.keeper_id) if system.keeper_id else "",
        active=system.active,
    )


def systems(tenant: str) -> list[SystemView]:
    """Return the town's programs."""
    return sorted(
        (system_view(row) for row in SystemAccount.objects.filter(tenant_id=tenant)),
        key=lambda view: sort_key(view.name),
    )


def system_row(tenant: str, system: str) -> SystemAccount:
    """Return the town's program or raise NotFound."""
    row = SystemAccount.objects.filter(tenant_id=tenant, id=as_uuid(system, SYSTEM)).first()
    if row is None:
        raise no_such(SYSTEM)
    return row


def token_view(token: Token) -> TokenView:
    """Return a token as a value (``person`` or ``system`` must be loaded)."""
    bound_to = token.person.name if token.person else token.system.name if token.system else ""
    return TokenView(
        id=str(token.id),
        tenant=token.tenant_id,
        label=token.label,
        ending=token.ending,
        bound_to=bound_to,
        purposes=tuple(token.purposes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )


def tokens_of_person(tenant: str, person: str) -> list[TokenView]:
    """Return a person's own tokens."""
    rows = Token.objects.filter(tenant_id=tenant, person_id=as_uuid(person, PERSON))
    return [token_view(row) for row in rows.select_related("person", "system")]


def tokens_of_systems(tenant: str) -> list[TokenView]:
    """Return the tokens of the town's programs."""
    rows = Token.objects.filter(tenant_id=tenant, system__isnull=False)
    return [token_view(row) for row in rows.select_related("person", "system")]
