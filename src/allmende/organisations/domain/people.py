# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on people and programs."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.core.validators import validate_email
from django.db import transaction

from allmende.kernel.clock import now
from allmende.kernel.errors import Forbidden, Invalid
from allmende.kernel.ids import check_slug
from allmende.kernel.text import Text
from allmende.organisations.domain.changes import note
from allmende.organisations.domain.taken import unless_taken
from allmende.organisations.domain.units import words
from allmende.organisations.models import Person, SystemAccount, Token
from allmende.organisations.queries.people import person as read_person
from allmende.organisations.queries.people import person_row, person_view, system_row, system_view
from allmende.organisations.queries.units import PERSON, no_such, tree
from allmende.organisations.terms import PersonView, SystemView
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind

#: The languages mails are written in.
LANGUAGES = ("de", "en")
_WEEKLY = "allmende.weekly"

#: The same words whether the account is in this town or another one.
_EMAIL_TAKEN = Text(
    "Mit dieser E-Mail-Adresse kann kein weiteres Konto angelegt werden.",
    "No further account can be made with this e-mail address.",
)


def create_person(
    actor: Subject, *, tenant: str, unit: str, name: str, email: str, password: str | None = None
) -> PersonView:
    """Set up an account in a unit. Needs ORGANISE there.

    Without ``password`` the person sets one by the invitation's link; only the operator can set it.
    """
    place = tree(tenant).view(unit)
    decision = rights.require(actor, Action.ORGANISE, tenant, place.id)
    if password is not None and actor.kind is not SubjectKind.OPERATOR:
        raise Forbidden(
            Text("Ihr Kennwort legen die Menschen selbst fest.", "People set their passwords themselves."),
            missing="operator",
        )
    address = email.strip().lower()
    try:
        if len(address) > 254:
            raise ValidationError("too long")
        validate_email(address)
    except ValidationError:
        raise Invalid(
            Text(f"„{email}“ ist keine E-Mail-Adresse.", f"“{email}” is no e-mail address."), field="email"
        ) from None
    with transaction.atomic():
        person = Person(
            tenant_id=tenant,
            unit_id=place.id,
            email=address,
            name=words(name, Text("Name der Person", "Name of the person")),
            created_at=now(),
        )
        person.set_password(password)
        with unless_taken(_EMAIL_TAKEN, field="email"):
            person.save(force_insert=True)
        note(actor, "create_person", str(person.id), tenant=tenant, decision=decision, unit=place.id)
    return person_view(person)


def move_person(actor: Subject, *, tenant: str, person: str, unit: str) -> PersonView:
    """Put a person into another unit. Needs ORGANISE in both; roles stay until they are withdrawn."""
    place = tree(tenant).view(unit)
    with transaction.atomic():
        row = person_row(tenant, person)
        decision = rights.require(actor, Action.ORGANISE, tenant, str(row.unit_id))
        rights.require(actor, Action.ORGANISE, tenant, place.id)
        old = str(row.unit_id)
        Person.objects.filter(id=row.id).update(unit_id=place.id)
        note(actor, "move_person", person, tenant=tenant, decision=decision, old=old, new=place.id)
    return read_person(tenant, person)


def deactivate_person(actor: Subject, *, tenant: str, person: str) -> None:
    """Close an account: no sign-in, no session, no token, no role any more. Needs ORGANISE in the person's unit."""
    with transaction.atomic():
        row = person_row(tenant, person)
        decision = rights.require(actor, Action.ORGANISE, tenant, str(row.unit_id))
        row.is_active = False
        row.set_unusable_password()  # changes the session's hash as well: open sessions end
        row.save(update_fields=["is_active", "password"])
        row.held.all().delete()
        Token.objects.filter(person=row, revoked_at=None).update(revoked_at=now())
        note(actor, "deactivate_person", person, tenant=tenant, decision=decision)


def set_mail(actor: Subject, *, weekly: bool, language: str) -> None:
    """Say whether one wants the weekly mail, and in which language mails are: everybody for themselves."""
    if language not in LANGUAGES:
        raise Invalid(
            Text("Mails gibt es auf Deutsch oder Englisch.", "Mails are in German or English."), field="language"
        )
    if actor.kind is not SubjectKind.PERSON:
        raise Forbidden(Text("Das stellt jede Person für sich ein.", "Everybody sets this for themselves."))
    Person.objects.filter(id=actor.id).update(weekly_mail=weekly, language=language)


def weekly_token(person: str) -> str:
    """Return what a mail's link for stopping the weekly mail ends with."""
    return Signer(salt=_WEEKLY).sign(person)


def stop_weekly(token: str) -> None:
    """Stop the weekly mail of whom the token of a mail names; it can do nothing else. Raises NotFound."""
    try:
        person = Signer(salt=_WEEKLY).unsign(token)
    except BadSignature:
        raise no_such(PERSON) from None
    Person.objects.filter(id=person).update(weekly_mail=False)


def create_system(actor: Subject, *, tenant: str, unit: str, slug: str, name: str, keeper: str = "") -> SystemView:
    """Set up an account for a program. Needs ORGANISE in the unit that answers for it.

    ``keeper`` is the person who will issue its tokens: somebody else than whoever sets up the account, for otherwise
    setting up accounts would be a way to data.
    """
    place = tree(tenant).view(unit)
    decision = rights.require(actor, Action.ORGANISE, tenant, place.id)
    check_slug(slug)
    if keeper and keeper == actor.id:
        raise Forbidden(
            Text(
                "Wer das Konto eines Programms einrichtet, kann nicht selbst dessen Token ausstellen.",
                "Who sets up a program's account cannot be the one to issue its tokens.",
            ),
            missing="second_person",
        )
    with transaction.atomic():
        kept_by = person_row(tenant, keeper) if keeper else None
        system = SystemAccount(
            tenant_id=tenant,
            unit_id=place.id,
            slug=slug,
            name=words(name, Text("Name des Programms", "Name of the program")),
            keeper=kept_by,
            created_at=now(),
        )
        said = Text(f"Ein Programm „{slug}“ gibt es schon.", f"There is a program “{slug}” already.")
        with unless_taken(said, field="slug"):
            system.save(force_insert=True)
        note(actor, "create_system", str(system.id), tenant=tenant, decision=decision, slug=slug, unit=place.id)
    return system_view(system)


def deactivate_system(actor: Subject, *, tenant: str, system: str) -> None:
    """Close a program's account and revoke its tokens. Needs ORGANISE in its unit."""
    with transaction.atomic():
        row = system_row(tenant, system)
        decision = rights.require(actor, Action.ORGANISE, tenant, str(row.unit_id))
        SystemAccount.objects.filter(id=row.id).update(active=False)
        Token.objects.filter(system=row, revoked_at=None).update(revoked_at=now())
        note(actor, "deactivate_system", system, tenant=tenant, decision=decision)
