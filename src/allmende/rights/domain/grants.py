# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on grants. None of them overrides a rule: a grant is a word the decision point weighs, not a key."""

from __future__ import annotations

import uuid
from datetime import datetime

import msgspec
from django.db import transaction

from allmende.kernel import clock
from allmende.kernel.errors import Conflict, Invalid, NotFound
from allmende.kernel.text import Text
from allmende.rights import obligations as keeping
from allmende.rights.current import snapshot
from allmende.rights.decide import decide
from allmende.rights.domain.work import log, present, require
from allmende.rights.models import Grant
from allmende.rights.snapshot import Snapshot
from allmende.rights.terms import (
    ANYONE,
    Action,
    Class,
    Decision,
    Effect,
    GranteeKind,
    Obligation,
    Outcome,
    Resource,
    Subject,
    SubjectKind,
)
from allmende.rights.terms import Grant as Grant_


class GrantDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A grant or denial to be written down."""

    resource: str
    effect: Effect = Effect.ALLOW
    grantee_kind: GranteeKind
    grantee: str = ""
    actions: frozenset[Action] = frozenset({Action.READ})
    purposes: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    obligations: tuple[Obligation, ...] = ()
    legal_basis: str = ""
    note: str = ""


@transaction.atomic
def give_grant(actor: Subject, draft: GrantDraft) -> str:
    """Write down a permission or denial; return its id.

    Raises Forbidden if the actor may not give grants in the owner unit, NotFound for a data set he may not know of,
    Invalid if the grant could never take effect or would need a legal basis it does not name.
    """
    registers = snapshot()
    resource, decision = _guard(actor, draft.resource, registers)
    _check(draft, resource, registers)
    row = Grant.objects.create(
        tenant=resource.tenant,
        resource=resource.id,
        effect=draft.effect.value,
        grantee_kind=draft.grantee_kind.value,
        grantee=draft.grantee,
        actions=sorted(action.value for action in draft.actions),
        purposes=sorted(draft.purposes),
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        obligations=msgspec.to_builtins(draft.obligations),
        legal_basis=draft.legal_basis.strip(),
        note=draft.note.strip(),
        given_at=clock.now(),
        given_by=actor.id,
        given_unit=actor.unit,
    )
    what = "give_grant" if draft.effect is Effect.ALLOW else "give_denial"
    log(actor, Action.GRANT, resource.tenant, decision, what=what, about=(resource.id, str(row.id)))
    return str(row.id)


class Reached(msgspec.Struct, frozen=True):
    """For how many accounts of a unit a grant or denial changes something. Accounts, not names."""

    tenant: str
    unit: Text
    opened: int  # may now, could not before
    closed: int  # could before, may no more
    narrowed: int  # may as before, with more obligations: they accumulate


class Preview(msgspec.Struct, frozen=True):
    """What a grant or denial would do, were it written down."""

    grant: Grant_
    reached: tuple[Reached, ...]
    public: bool  # whether it closes the data set to everyone who is not signed in


def preview_grant(actor: Subject, draft: GrantDraft) -> Preview:
    """Return whom the grant or denial would reach, decided for every account as if it were in force; writes nothing.

    Raises what :func:`give_grant` would raise.
    """
    registers = snapshot()
    resource, _ = _guard(actor, draft.resource, registers)
    _check(draft, resource, registers)
    given = {name: getattr(draft, name) for name in GrantDraft.__struct_fields__}
    grant = Grant_(id="", given_at=clock.now(), given_unit=actor.unit, **given)
    index = dict(registers.grants.get(resource.id, {}))
    whom = (grant.grantee_kind, grant.grantee)
    index[whom] = (*index.get(whom, ()), grant)
    after = msgspec.structs.replace(registers, grants={**registers.grants, resource.id: index})
    purposes = sorted(draft.purposes) or sorted(slug for town, slug in registers.purposes if town == resource.tenant)
    action = Action.READ if Action.READ in draft.actions else Action.KNOW
    moment = max(filter(None, (clock.now(), draft.valid_from)))

    def decided(state: Snapshot, subject: Subject) -> list[Decision]:
        asked = purposes if action is Action.READ else [""]
        return [decide(state, subject, action, [resource.id], purpose, moment).of[resource.id] for purpose in asked]

    counted: dict[tuple[str, str], list[int]] = {}
    towns = {resource.tenant, *resource.shared_with, *([draft.grantee] if draft.grantee in registers.roots else [])}
    for subject in registers.subjects.values():
        if subject.tenant not in towns:
            continue
        change = _change(decided(registers, subject), decided(after, subject))
        if change is not None:
            counted.setdefault((subject.tenant, subject.unit), [0, 0, 0])[change] += 1
    reached = tuple(
        Reached(tenant, registers.units[unit].name, *numbers)
        for (tenant, unit), numbers in sorted(counted.items())
        if unit in registers.units
    )
    public = _change(decided(registers, ANYONE), decided(after, ANYONE)) == _CLOSED
    return Preview(grant, reached, public)


_OPENED, _CLOSED, _NARROWED = 0, 1, 2


def _change(before: list[Decision], after: list[Decision]) -> int | None:
    """Return what changed for one subject over all purposes: what was opened goes before what was closed."""
    pairs = list(zip(before, after, strict=True))
    allow = Outcome.ALLOW
    if any(old.outcome is not allow and new.outcome is allow for old, new in pairs):
        return _OPENED
    if any(old.outcome is allow and new.outcome is not allow for old, new in pairs):
        return _CLOSED
    if any(old.outcome is allow and set(old.obligations) < set(new.obligations) for old, new in pairs):
        return _NARROWED
    return None


@transaction.atomic
def withdraw_grant(actor: Subject, grant: str) -> None:
    """Withdraw a permission or denial from now on. Raises Forbidden, NotFound, or Conflict if it is withdrawn."""
    row = _row(grant)
    try:
        resource, decision = _guard(actor, row.resource, snapshot())
    except NotFound:
        raise _no_grant() from None
    if row.withdrawn_at is not None:
        raise Conflict(Text("Das wurde schon zurückgenommen.", "This was withdrawn already."))
    row.withdrawn_at = clock.now()
    row.withdrawn_by = actor.id
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    log(actor, Action.GRANT, resource.tenant, decision, what="withdraw_grant", about=(resource.id, str(row.id)))


def _guard(actor: Subject, resource: str, registers: Snapshot) -> tuple[Resource, Decision]:
    """Return the data set and why the actor may give grants on it."""
    known = registers.resources.get(resource)
    who = present(actor, registers)
    if known is None or (
        who.tenant != known.tenant and not decide(registers, who, Action.KNOW, [resource], "", clock.now()).permitted
    ):
        raise NotFound(Text("Einen solchen Datensatz gibt es nicht.", "There is no such data set."))
    return known, require(actor, Action.GRANT, known.tenant, known.unit)


def _check(draft: GrantDraft, resource: Resource, registers: Snapshot) -> None:
    """Raise Invalid where the grant could not mean what its author thinks."""
    if not draft.actions or not draft.actions <= {Action.KNOW, Action.READ}:
        raise Invalid(
            Text(
                "Eine Nutzungserlaubnis betrifft das Wissen um den Datensatz oder das Lesen.",
                "A grant is about knowing of the data set or reading it.",
            )
        )
    if draft.valid_from is not None and draft.valid_until is not None and draft.valid_from >= draft.valid_until:
        raise Invalid(Text("Das Ende liegt nicht nach dem Anfang.", "The end is not after the beginning."))
    for moment in (draft.valid_from, draft.valid_until):
        if moment is not None and moment.tzinfo is None:
            raise Invalid(Text("Zeitpunkte brauchen eine Zeitzone.", "Moments need a time zone."))
    _check_grantee(draft, resource, registers)
    unknown = sorted(p for p in draft.purposes if (resource.tenant, p) not in registers.purposes)
    if unknown:
        raise Invalid(Text(f"Unbekannte Zwecke: {', '.join(unknown)}.", f"Unknown purposes: {', '.join(unknown)}."))
    for obligation in draft.obligations:
        keeping.check(obligation, resource.columns or None)
    if draft.effect is Effect.DENY:
        if draft.obligations:
            raise Invalid(Text("Eine Untersagung hat keine Auflagen.", "A denial has no obligations."))
        return
    if Action.READ in draft.actions:
        _check_reading(draft, resource)


def _check_reading(draft: GrantDraft, resource: Resource) -> None:
    if not draft.purposes:
        raise Invalid(
            Text("Eine Nutzungserlaubnis nennt mindestens einen Zweck.", "A grant names at least one purpose.")
        )
    if resource.cls is Class.PERSONAL or resource.secrets:
        if not draft.legal_basis.strip():
            raise Invalid(
                Text(
                    "Personenbezogene Daten und besondere Geheimnisse brauchen eine Rechtsgrundlage.",
                    "Personal data and special secrets need a legal basis.",
                )
            )
        if draft.grantee_kind is GranteeKind.ANYONE:
            raise Invalid(
                Text(
                    "Personenbezogene Daten und besondere Geheimnisse werden nicht für alle erlaubt.",
                    "Personal data and special secrets are not granted to everyone.",
                )
            )


def _check_grantee(draft: GrantDraft, resource: Resource, registers: Snapshot) -> None:
    kind, to = draft.grantee_kind, draft.grantee
    tenant: str | None = None
    if kind in (GranteeKind.PERSON, GranteeKind.SYSTEM):
        subject = registers.subjects.get(to)
        wanted = SubjectKind.PERSON if kind is GranteeKind.PERSON else SubjectKind.SYSTEM
        tenant = subject.tenant if subject is not None and subject.kind is wanted else None
    elif kind is GranteeKind.UNIT:
        tenant = registers.units[to].tenant if to in registers.units else None
    elif kind is GranteeKind.ROLE:
        tenant = resource.tenant if (resource.tenant, to) in registers.roles else None
    elif kind is GranteeKind.TENANT:
        tenant = resource.tenant if to in registers.roots else None
    elif not to:
        tenant = resource.tenant
    if tenant is None or (tenant != resource.tenant and tenant not in resource.shared_with):
        raise Invalid(
            Text(
                "Den Empfänger gibt es nicht, oder der Datensatz wird mit seiner Kommune nicht geteilt.",
                "There is no such grantee, or the data set is not shared with his municipality.",
            )
        )


def _row(grant: str) -> Grant:
    try:
        return Grant.objects.select_for_update().get(pk=uuid.UUID(grant))
    except (ValueError, Grant.DoesNotExist):
        raise _no_grant() from None


def _no_grant() -> NotFound:
    return NotFound(Text("Eine solche Nutzungserlaubnis gibt es nicht.", "There is no such grant."))
