# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on upload links: an office without an account delivers one list, and learns of nothing else.

A link is an unguessable address; only its hash is looked up. It is bound to one list, limited in size and number, ends
some days after its deadline and can be revoked. Reminders are sent before the deadline and after it.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from allmende.catalogue import door as catalogue
from allmende.hub.domain.changes import note
from allmende.hub.domain.deliveries import deliver
from allmende.hub.domain.incoming import list_row
from allmende.hub.models import Delivery, UploadLink
from allmende.hub.terms import DeliveryState, Way
from allmende.hub.tools import tools
from allmende.kernel.clock import now
from allmende.kernel.errors import Invalid, NotFound, TooMuch
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, Action, Subject

_log = logging.getLogger(__name__)
_ZONE = ZoneInfo("Europe/Berlin")

#: A late delivery is still taken so long after the deadline.
GRACE = timedelta(days=14)
#: A deadline lies at most so far ahead.
FARTHEST = timedelta(days=400)
#: Files one link takes in an hour, and in all.
IN_AN_HOUR, IN_ALL = 10, 200


def make_link(actor: Subject, dataset: str, *, tenant: str, whom: str, mail: str, deadline: date) -> str:
    """Make a link for a list and return its address, which is shown this once. Needs DESCRIBE in the list's unit."""
    row = list_row(tenant, dataset)
    rights.require(actor, Action.DESCRIBE, tenant, str(row.unit))
    if not whom.strip() or len(whom) > 200:
        raise Invalid(
            Text("Bitte angeben, wer liefert (höchstens 200 Zeichen).", "Please say who delivers (200 characters)."),
            field="whom",
        )
    if mail:
        try:
            validate_email(mail)
        except ValidationError:
            raise Invalid(Text("Das ist keine E-Mail-Adresse.", "This is no e-mail address."), field="mail") from None
    if not today() <= deadline <= today() + FARTHEST:
        raise Invalid(
            Text(
                f"Die Frist liegt zwischen heute und in {FARTHEST.days} Tagen.",
                f"The deadline lies between today and {FARTHEST.days} days ahead.",
            ),
            field="deadline",
        )
    secret = secrets.token_urlsafe(32)
    link = UploadLink(
        feed=row,
        sha256=_digest(secret),
        whom=whom.strip(),
        mail=mail,
        deadline=deadline,
        closes_at=datetime.combine(deadline, time.max, _ZONE) + GRACE,
        made_by=actor.id or actor.kind.value,
    )
    link.secret = tools().seal(secret, str(link.id))
    with transaction.atomic():
        link.save(force_insert=True)
        note(actor, "make_link", dataset, tenant=tenant, link=str(link.id), deadline=deadline.isoformat())
    return address(secret)


def revoke_link(actor: Subject, link: str, *, tenant: str) -> None:
    """End a link at once. Needs DESCRIBE in the list's unit."""
    with transaction.atomic():
        row = UploadLink.objects.select_for_update(of=("self",)).select_related("feed")
        found = row.filter(feed__tenant=tenant, id=link).first()
        if found is None:
            raise NotFound(Text("Diesen Link gibt es nicht.", "There is no such link."))
        rights.require(actor, Action.DESCRIBE, tenant, str(found.feed.unit))
        if found.revoked_at is None:
            found.revoked_at = now()
            found.save(update_fields=["revoked_at"])
            note(actor, "revoke_link", str(found.feed_id), tenant=tenant, link=link)


def open_link(secret: str) -> UploadLink:
    """Return the link with that secret, if it is open. What never was, was revoked or has ended answers alike."""
    rows = UploadLink.objects.select_related("feed__binding")
    found = rows.filter(sha256=_digest(secret), revoked_at=None, closes_at__gt=now()).first()
    if found is None:
        raise NotFound(
            Text(
                "Diesen Link gibt es nicht, oder er gilt nicht mehr. Fragen Sie bitte die Stelle, die ihn Ihnen geschickt hat.",
                "There is no such link, or it is no longer valid. Please ask the office that sent it to you.",
            )
        )
    return found


def may_send(secret: str) -> bool:
    """Return whether a file sent to that address is taken at all; before any of it is written to disk."""
    try:
        link = open_link(secret)
    except NotFound:
        return False
    return link.tries < IN_ALL and (_another_hour(link) or link.tries_in_hour < IN_AN_HOUR)


def send(secret: str, *, name: str, pieces: Iterable[bytes]) -> tuple[Delivery, Text]:
    """Deliver a file through a link; return what became of it and what is told. Raises NotFound, TooMuch, Invalid."""
    with transaction.atomic():
        link = UploadLink.objects.select_for_update(of=("self",)).get(id=open_link(secret).id)
        if not may_send(secret):
            raise TooMuch(
                Text(
                    "Über diesen Link kamen gerade zu viele Dateien. Bitte versuchen Sie es in einer Stunde noch einmal.",
                    "Too many files came through this link just now. Please try again in an hour.",
                )
            )
        if _another_hour(link):
            link.hour, link.tries_in_hour = now(), 0
        link.tries, link.tries_in_hour = F("tries") + 1, F("tries_in_hour") + 1
        link.save(update_fields=["tries", "tries_in_hour", "hour"])
    link = open_link(secret)
    return deliver(list_row(link.feed.tenant, str(link.feed_id)), way=Way.LINK, name=name, pieces=pieces, link=link)


def remind() -> int:
    """Send the reminders that are due and return how many; each once, none where the file came.

    One that cannot be sent keeps the others from nothing. Nobody gets mail from a practice town beside a
    real one.
    """
    count = 0
    open_ = UploadLink.objects.filter(revoked_at=None, closes_at__gt=now()).exclude(mail="")
    towns = set(open_.values_list("feed__tenant", flat=True))
    silent = [town for town in towns if organisations.beside_a_real_town(town)]
    for id_ in open_.exclude(feed__tenant__in=silent).values_list("id", flat=True):
        try:
            count += _remind(id_)
        except Exception:  # noqa: BLE001 (whatever is wrong with one town's letter, the others' go out)
            _log.exception("a reminder could not be sent")
    return count


@transaction.atomic
def _remind(id_: UUID) -> bool:
    rows = UploadLink.objects.select_for_update(of=("self",), skip_locked=True)
    link = rows.select_related("feed__binding").filter(id=id_, revoked_at=None).first()
    kind = _due(link) if link is not None else ""
    if link is None or not kind:
        return False
    _send_reminder(link, late=kind == "late")
    link.reminded = [*link.reminded, kind]
    link.save(update_fields=["reminded"])
    return True


def address(secret: str) -> str:
    """Return the address of a link; always the installation's own."""
    return f"{settings.PUBLIC_URL}{reverse('deliver', args=[secret])}"


def today() -> date:
    """Return the day it is in the town."""
    return now().astimezone(_ZONE).date()


def _due(link: UploadLink) -> str:
    """Return which reminder is due: ``week`` and ``day`` before the deadline, ``late`` after it; "" for none."""
    good = (DeliveryState.TAKEN, DeliveryState.WAITING)
    if Delivery.objects.filter(link=link, state__in=good).exists():
        return ""
    left = (link.deadline - today()).days
    kind = "late" if left < 0 else "day" if left <= 1 else "week" if left <= 7 else ""
    return "" if kind in link.reminded else kind


def _send_reminder(link: UploadLink, *, late: bool) -> None:
    entry, _ = catalogue.draft(OPERATOR, str(link.feed_id))
    unit = organisations.unit(link.feed.tenant, str(link.feed.unit))
    town = organisations.tenant(link.feed.tenant)
    day = f"{link.deadline:%d.%m.%Y}"
    where = address(tools().unseal(link.secret, str(link.id)))
    subject = f"{town.name}: {entry.title.de} – " + (f"war bis {day} erbeten" if late else f"bitte bis {day} liefern")
    said = (
        f"Die Datei war bis {day} erbeten und ist noch nicht da."
        if late
        else f"Die nächste Datei wird bis {day} erbeten."
    )
    body = (
        f"Guten Tag,\n\nan: {link.whom}\nListe: {entry.title.de}\nfür: {unit.name.de}, {town.name}\n\n{said}\n"
        f"Sie können sie ohne Anmeldung hier ablegen; die Seite sagt sofort, ob sie passt:\n\n{where}\n\n"
        "Geben Sie diese Adresse nicht weiter: wer sie hat, kann in Ihrem Namen liefern. Genauso gut ist ein Anruf oder "
        f"eine Datei auf einem Datenträger.\n{unit.contact}\n"
    )
    subject = " ".join(subject.split())  # a title may hold a line's end, a letter's subject may not
    send_mail(subject, body, None, [link.mail])


def _another_hour(link: UploadLink) -> bool:
    return link.hour is None or link.hour < now() - timedelta(hours=1)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
