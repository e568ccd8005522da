# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on roles."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from allmende.kernel.clock import now
from allmende.kernel.errors import Conflict, Forbidden, Invalid
from allmende.kernel.ids import check_slug
from allmende.kernel.text import Text
from allmende.organisations.domain.changes import note
from allmende.organisations.domain.taken import unless_taken
from allmende.organisations.domain.units import note_of, words
from allmende.organisations.models import HeldRole, Role
from allmende.organisations.queries.people import person as read_person
from allmende.organisations.queries.people import person_row, role_view
from allmende.organisations.queries.units import ROLE, no_such, tree
from allmende.organisations.terms import Level, PersonView, RoleView
from allmende.rights import door as rights
from allmende.rights.terms import Action, Decision, Subject, SubjectKind

#: What a role can give. To know or read data takes a grant on the data set, never a role.
GIVABLE = frozenset(Action) - {Action.KNOW, Action.READ}

#: Giving a role with one of these takes more than ORGANISE: nobody makes their equal from below.
_HIGH = frozenset(
    {Action.ORGANISE, Action.ADMINISTER, Action.INSPECT, Action.UNVEIL, Action.UNVEIL_PROTECTION, Action.UNVEIL_COUNCIL}
)


def give_role(actor: Subject, *, tenant: str, person: str, role: str, unit: str) -> PersonView:
    """Give a person a role in a unit of the same town; it is valid there and below.

    Needs ORGANISE in that unit, ADMINISTER too for roles that organise or look into the decision log. Nobody gives
    a role to themselves, the operator excepted; roles that exclude each other are not given to one person.
    """
    with transaction.atomic():
        row = person_row(tenant, person)
        place = tree(tenant).view(unit)
        given = _role(tenant, role)
        decision = _require(actor, given, tenant, place.id)
        if actor.kind is SubjectKind.PERSON and actor.id == str(row.id):
            raise Forbidden(
                Text(
                    "Sich selbst kann niemand eine Rolle geben. Bitten Sie eine zweite Person oder die Technik.",
                    "Nobody can give a role to themselves. Ask a second person or the machine's operator.",
                ),
                missing="second_person",
            )
        if not row.is_active:
            raise Invalid(Text("Dieses Konto ist geschlossen.", "This account is closed."), field="person")
        _check_excluded(row.id, given)
        _, new = HeldRole.objects.get_or_create(person=row, role=given, unit_id=place.id, defaults={"since": now()})
        if new:
            note(actor, "give_role", person, tenant=tenant, decision=decision, role=given.slug, unit=place.id)
        return read_person(tenant, person)


def withdraw_role(actor: Subject, *, tenant: str, person: str, role: str, unit: str) -> PersonView:
    """Take a role back. Needs what giving it needs; everybody may lay down a role of their own."""
    with transaction.atomic():
        row = person_row(tenant, person)
        place = tree(tenant).view(unit)
        taken = _role(tenant, role)
        own = actor.kind is SubjectKind.PERSON and actor.id == str(row.id)
        decision = None if own else _require(actor, taken, tenant, place.id)
        gone, _ = HeldRole.objects.filter(person=row, role=taken, unit_id=place.id).delete()
        if gone:
            note(actor, "withdraw_role", person, tenant=tenant, decision=decision, role=taken.slug, unit=place.id)
        return read_person(tenant, person)


def create_role(
    actor: Subject,
    *,
    tenant: str,
    slug: str,
    title: Text,
    description: Text,
    level: Level,
    actions: Collection[Action],
    second_factor: bool = False,
) -> RoleView:
    """Add a role of the town's own beside the kit, called ``tenant.slug``. Needs ADMINISTER of the town."""
    decision = rights.require(actor, Action.ADMINISTER, tenant, tree(tenant).root)
    if not set(actions) <= GIVABLE:
        raise Invalid(
            Text(
                "Eine Rolle gibt keinen Zugang zu Daten; dafür gibt es Nutzungserlaubnisse.",
                "A role gives no access to data; that takes a grant.",
            ),
            field="actions",
        )
    full = f"{tenant}.{check_slug(slug)}"
    with transaction.atomic():
        role = Role(
            slug=full,
            tenant_id=tenant,
            title_de=words(title.de, Text("Bezeichnung der Rolle", "Title of the role")),
            title_en=words(title.en or title.de, Text("Englische Bezeichnung", "English title")),
            description_de=note_of(description.de),
            description_en=note_of(description.en or description.de),
            level=level.value,
            actions=sorted(action.value for action in actions),
            second_factor=second_factor or bool(set(actions)),
            position=1000,
        )
        said = Text(f"Eine Rolle „{slug}“ gibt es schon.", f"There is a role “{slug}” already.")
        with unless_taken(said, field="slug"):
            role.save(force_insert=True)
        note(
            actor, "create_role", full, tenant=tenant, decision=decision, action=Action.ADMINISTER, actions=role.actions
        )
    return role_view(role)


def _require(actor: Subject, role: Role, tenant: str, unit: str) -> Decision:
    decision = rights.require(actor, Action.ORGANISE, tenant, unit)
    if _HIGH & {Action(action) for action in role.actions}:
        rights.require(actor, Action.ADMINISTER, tenant, unit)
    return decision


def _role(tenant: str, slug: str) -> Role:
    role = Role.objects.filter(slug=slug).first()
    if role is None or role.tenant_id not in (None, tenant):
        raise no_such(ROLE)
    return role


def _check_excluded(person: UUID, given: Role) -> None:
    for held in HeldRole.objects.filter(person_id=person).select_related("role"):
        if held.role_id in given.excludes or given.slug in held.role.excludes:
            raise Conflict(
                Text(
                    f"„{given.title_de}“ und „{held.role.title_de}“ dürfen nicht in einer Hand liegen.",
                    f"“{given.title_en}” and “{held.role.title_en}” must not lie in one hand.",
                ),
                field="role",
            )
