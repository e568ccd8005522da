# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on the internal places that connections may use."""

from __future__ import annotations

import re
from pathlib import Path

from django.db import transaction

from allmende.hub.domain.changes import note
from allmende.hub.models import AllowedAddress
from allmende.hub.places import as_network
from allmende.kernel.errors import Forbidden, Invalid, NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\Z")


def allow_address(
    actor: Subject, *, tenant: str, place: str, port: int | None = None, unit: str = "", reason: str
) -> str:
    """Allow an internal host, network (CIDR) or folder to a unit's connections and those below; return the entry's id.

    ``unit`` "" is the whole administration; a company is named. Folders hold for all and are the machine's own: only
    the command line on it allows them. Needs ADMINISTER. Raises Invalid, naming the field.
    """
    rights.require(actor, Action.ADMINISTER, tenant, "")
    stay_inside(actor, tenant)
    if place.startswith("/"):
        if actor.kind is not SubjectKind.OPERATOR:
            raise Invalid(
                Text(
                    "Ordner erlaubt nur die Befehlszeile des Rechners, auf dem Allmende läuft.",
                    "Only the command line on the machine that runs Allmende allows folders.",
                ),
                field="place",
            )
        place, port = str(Path(place).resolve()), None
    elif (network := as_network(place)) is not None:
        place = str(network)
    elif _HOST.match(place):
        place = place.lower()
    else:
        raise Invalid(
            Text(
                "Bitte einen Rechnernamen, ein Netz (10.1.0.0/16) oder einen Ordner (/srv/daten) angeben.",
                "Please give a host name, a network (10.1.0.0/16) or a folder (/srv/data).",
            ),
            field="place",
        )
    if port is not None and not 0 < port < 65536:
        raise Invalid(Text("Ein Port liegt zwischen 1 und 65535.", "A port is between 1 and 65535."), field="port")
    known = rights.snapshot().units.get(unit)
    if unit and (known is None or known.tenant != tenant):
        raise Invalid(Text("Diese Stelle gibt es hier nicht.", "There is no such unit here."), field="unit")
    if not reason.strip():
        raise Invalid(Text("Bitte begründen.", "Please give a reason."), field="reason")
    with transaction.atomic():
        row, made = AllowedAddress.objects.get_or_create(
            tenant=tenant,
            place=place,
            port=port,
            unit=None if place.startswith("/") else unit or None,
            defaults={"reason": reason.strip()[:300], "made_by": _by(actor)},
        )
        if made:
            note(actor, "allow_address", str(row.id), tenant=tenant, place=place, port=port, unit=unit, reason=reason)
    return str(row.id)


def forbid_address(actor: Subject, *, tenant: str, address: str) -> None:
    """Take an allowed place back; connections that use it fail from the next question on. Needs ADMINISTER."""
    rights.require(actor, Action.ADMINISTER, tenant, "")
    with transaction.atomic():
        row = AllowedAddress.objects.select_for_update().filter(tenant=tenant, id=address).first()
        if row is None:
            raise NotFound(Text("Diese Adresse ist nicht eingetragen.", "This address is not entered."))
        note(actor, "forbid_address", address, tenant=tenant, place=row.place, port=row.port)
        row.delete()


def stay_inside(actor: Subject, tenant: str) -> None:
    """Raise Forbidden where somebody in a practice town beside a real one wants to reach something outside it.

    Personas are entered without a password: through them nobody must come to the real town's systems.
    """
    if actor.kind is not SubjectKind.OPERATOR and organisations.beside_a_real_town(tenant):
        raise Forbidden(
            Text(
                "Die Übungsstadt erreicht nichts außerhalb ihrer selbst. Dateien können Sie hier hochladen.",
                "The practice town reaches nothing but itself. Files can be uploaded here.",
            ),
            missing="real_town",
        )


def _by(actor: Subject) -> str:
    return actor.id or actor.kind.value
