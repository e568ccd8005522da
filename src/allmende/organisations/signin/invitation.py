# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Invitation: the link by which a person sets the first password."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction

from allmende.kernel.errors import Conflict
from allmende.kernel.text import Text
from allmende.organisations.domain.changes import note
from allmende.organisations.queries.people import person_row
from allmende.organisations.signin.links import password_link
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind


def invite(actor: Subject, *, tenant: str, person: str) -> str:
    """Return the link by which the person sets a password; it works once and for three days.

    Needs ORGANISE in the person's unit. Only for accounts without a password: who has one gets a new link by e-mail
    and nobody else sees it. The operator can make a link for everyone.
    """
    with transaction.atomic():
        row = person_row(tenant, person)
        decision = rights.require(actor, Action.ORGANISE, tenant, str(row.unit_id))
        if not row.is_active or (row.has_usable_password() and actor.kind is not SubjectKind.OPERATOR):
            raise Conflict(
                Text(
                    "Dieses Konto hat schon ein Kennwort oder ist geschlossen.",
                    "This account has a password already or is closed.",
                )
            )
        note(actor, "invite", person, tenant=tenant, decision=decision)
    return password_link(f"{user_pk_to_url_str(row)}-{default_token_generator.make_token(row)}")
