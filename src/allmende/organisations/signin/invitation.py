# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Invitation: the link by which a person sets the first password, handed over or sent."""

from __future__ import annotations

import logging
import smtplib
from typing import NamedTuple

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from allmende.kernel.errors import Conflict
from allmende.kernel.text import Text
from allmende.organisations.domain.changes import note
from allmende.organisations.queries.people import person_row
from allmende.organisations.queries.units import beside_a_real_town
from allmende.organisations.signin.links import password_link
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind

_log = logging.getLogger(__name__)

#: Days an invitation is good for (``PASSWORD_RESET_TIMEOUT``).
DAYS = 3


class Sent(NamedTuple):
    """An invitation: its link, and whether it is on its way by mail."""

    link: str
    mailed: bool


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


def send_invitation(actor: Subject, *, tenant: str, person: str) -> Sent:
    """Make the link (:func:`invite`) and send it to the person. Where the mail does not go out, the link is still good."""
    link = invite(actor, tenant=tenant, person=person)
    row = person_row(tenant, person)
    if not settings.EMAIL_HOST or beside_a_real_town(tenant):  # nobody gets mail from an invented town
        return Sent(link, mailed=False)
    with override(row.language):
        context = {"name": row.name, "town": row.tenant.name, "link": link, "days": DAYS, "language": row.language}
        mail = EmailMultiAlternatives(
            subject=_("Einladung: Daten.%(town)s") % {"town": row.tenant.name},
            body=render_to_string("organisations/mail/invitation.txt", context),
            to=[row.email],
        )
        mail.attach_alternative(render_to_string("organisations/mail/invitation.html", context), "text/html")
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        _log.warning("an invitation did not go out: %s", error)
        return Sent(link, mailed=False)
    return Sent(link, mailed=True)
