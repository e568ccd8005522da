# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The guided start of an empty installation: from the start code to the first administrator.

Whoever holds the start code speaks for the operator: it is shown on the machine only (``allmende serve``, ``allmende
start-code``). It follows from the installation's key and a random part in the database, so that every process knows it and
nobody who has only one of the two. It serves one start: when the first administrator is there, it is worth nothing, and what
is left to do is done by that person, signed in.
"""

from __future__ import annotations

import base64
import re
import secrets

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from allmende.kernel.clock import now
from allmende.kernel.errors import Conflict, Forbidden, Invalid
from allmende.kernel.text import Text
from allmende.organisations.domain.changes import note
from allmende.organisations.domain.municipalities import load_municipalities
from allmende.organisations.domain.people import create_person
from allmende.organisations.domain.roles import give_role
from allmende.organisations.domain.town import colour, keep_arms, people
from allmende.organisations.domain.units import LAND_BY_AGS, create_tenant, create_unit, only_operator, words
from allmende.organisations.models import Start, Tenant
from allmende.organisations.queries.start import start_state
from allmende.organisations.terms import PersonView, TenantDraft, UnitDraft
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, Action, Subject
from allmende.webkit.pictures import Picture

#: Letters and digits that cannot be taken for each other; twelve of them are 60 random bits.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 12

#: What the first administrator of a small town becomes.
FIRST_ROLE = "datenbeauftragte"

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class TownAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The first answer: which municipality. ``slug`` "" is made from the name; ``ags`` may be unknown."""

    name: str
    land: str
    inhabitants: int
    ags: str = ""
    slug: str = ""


class Founder(msgspec.Struct, frozen=True, kw_only=True):
    """The third answer: the first administrator, and the office they work in ("" for the town itself)."""

    name: str
    email: str
    password: str
    office: str = ""


# --- the code -------------------------------------------------------------------------------------------------------


def start_code(actor: Subject, *, new: bool = False) -> str:
    """Return the start code, ``XXXX-XXXX-XXXX``; with ``new`` another one, which ends the old. For the operator.

    Raises Conflict where there is nothing to start: the practice town runs alone, or a town is set up.
    """
    only_operator(actor)
    if not start_state().open:
        raise _over()
    with transaction.atomic():
        row = _row()
        if new:
            row.nonce = secrets.token_hex(32)
            row.save(update_fields=["nonce"])
    return _code(row.nonce)


def enter_code(code: str) -> str:
    """Return what is put into the session of whoever gave the right code. Raises Forbidden, Conflict."""
    if not start_state().open:
        raise _over()
    given = re.sub(r"[^0-9A-Z]", "", code.upper())
    row = _row()
    if not constant_time_compare(given, _code(row.nonce).replace("-", "")):
        raise Forbidden(
            Text(
                "Das ist nicht der Startcode dieser Installation. Er steht dort, wo Allmende gestartet wurde; „allmende "
                "start-code“ zeigt ihn noch einmal.",
                "This is not this installation's start code. It stands where Allmende was started; “allmende start-code” "
                "shows it once more.",
            ),
            field="code",
        )
    return _mark(row.nonce)


def holds_start(mark: str) -> bool:
    """Return whether a session's mark is that of the start which is open now."""
    if not mark or not start_state().open:
        return False
    row = Start.objects.filter(id=1).first()
    return row is not None and constant_time_compare(mark, _mark(row.nonce))


def _row() -> Start:
    return Start.objects.get_or_create(id=1, defaults={"nonce": secrets.token_hex(32)})[0]


def _code(nonce: str) -> str:
    number = int.from_bytes(salted_hmac("allmende.start.code", nonce, algorithm="sha256").digest(), "big")
    letters = "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(_LENGTH))
    return "-".join(letters[place : place + 4] for place in range(0, _LENGTH, 4))


def _mark(nonce: str) -> str:
    return salted_hmac("allmende.start.mark", nonce, algorithm="sha256").hexdigest()


def _over() -> Conflict:
    return Conflict(
        Text(
            "Hier ist nichts einzurichten: Es gibt schon eine Kommune, oder es läuft nur die Übungsstadt. Melden Sie sich an.",
            "There is nothing to set up here: there is a town already, or only the practice town runs. Sign in.",
        )
    )


def _held(mark: str) -> Start:
    """Return the row, locked, for whoever holds the start; raises Forbidden."""
    if not holds_start(mark):
        raise Forbidden(
            Text(
                "Einrichten kann nur, wer den Startcode dieser Installation eingegeben hat.",
                "Only whoever entered this installation's start code can set it up.",
            ),
            missing="start_code",
        )
    return Start.objects.select_for_update().get(id=1)


# --- answers before there is a town ---------------------------------------------------------------------------------


def keep_town(mark: str, answer: TownAnswer) -> None:
    """Keep the first answer. Raises Forbidden without the start, Invalid naming the field."""
    with transaction.atomic():
        row = _held(mark)
        checked = _checked(answer)
        row.draft = row.draft | {"town": msgspec.to_builtins(checked)}
        _done(row, "town")


def keep_looks(mark: str, *, colour_given: str, arms: Picture | bool | None) -> None:
    """Keep the second answer; ``arms`` False takes them away, None leaves them. Raises Forbidden, Invalid."""
    with transaction.atomic():
        row = _held(mark)
        draft = row.draft | {"colour": colour(colour_given)}
        if isinstance(arms, Picture):
            draft["arms"] = [arms.media_type, base64.b64encode(arms.content).decode()]
        elif arms is False:
            draft.pop("arms", None)
        row.draft = draft
        _done(row, "looks")


def load_municipalities_at_start(mark: str, content: bytes) -> int:
    """Read the directory of municipalities for whoever holds the start; return how many it has."""
    with transaction.atomic():
        _held(mark)
        return load_municipalities(OPERATOR, content)


def drafted_arms(mark: str) -> Picture | None:
    """Return the arms of the draft, for whoever holds the start; raises Forbidden."""
    with transaction.atomic():
        kept = _held(mark).draft.get("arms")
    return Picture(kept[0], base64.b64decode(kept[1])) if kept else None


def found_town(mark: str, founder: Founder) -> PersonView:
    """Set up the town that was answered, with its first administrator; the start code is worth nothing from then on.

    All or nothing. Raises Forbidden without the start, Conflict where no municipality was named yet, Invalid.
    """
    with transaction.atomic():
        row = _held(mark)
        if "town" not in row.draft:
            raise Conflict(Text("Zuerst: um welche Kommune geht es?", "First: which municipality is it?"))
        town = msgspec.convert(row.draft["town"], TownAnswer)
        made = create_tenant(
            OPERATOR,
            TenantDraft(
                slug=town.slug,
                name=town.name,
                ags=town.ags,
                land=town.land,
                inhabitants=town.inhabitants,
                colour=row.draft.get("colour", ""),
            ),
        )
        if arms := row.draft.get("arms"):
            keep_arms(Tenant.objects.get(slug=made.slug), Picture(arms[0], base64.b64decode(arms[1])))
        unit = made.root
        if founder.office.strip():
            office = words(founder.office, Text("Name der Stelle", "Name of the unit"))
            draft = UnitDraft(slug=slug_of(office), name=Text(office, office))
            unit = create_unit(OPERATOR, draft, tenant=made.slug).id
        person = create_person(
            OPERATOR, tenant=made.slug, unit=unit, name=founder.name, email=founder.email, password=founder.password
        )
        give_role(OPERATOR, tenant=made.slug, person=person.id, role=FIRST_ROLE, unit=made.root)
        row.tenant = made.slug
        row.draft = {}
        _done(row, "founder")
    return person


# --- answers of the first administrator ------------------------------------------------------------------------------


def step_done(actor: Subject, step: str) -> None:
    """Write down that a step of the start was answered. Needs ADMINISTER in the town it led to."""
    with transaction.atomic():
        row = _own(actor)
        _done(row, step)


def finish_start(actor: Subject) -> None:
    """End the guided start. Needs ADMINISTER in the town it led to."""
    with transaction.atomic():
        row = _own(actor)
        if row.finished_at is None:
            row.finished_at = now()
            row.save(update_fields=["finished_at"])
            note(actor, "finish_start", row.tenant, tenant=row.tenant, decision=None)


def _own(actor: Subject) -> Start:
    row = Start.objects.select_for_update().filter(id=1).first()
    if row is None or not row.tenant or row.tenant != actor.tenant:
        raise _over()
    rights.require(actor, Action.ADMINISTER, row.tenant)
    return row


def _done(row: Start, step: str) -> None:
    if step not in row.done:
        row.done = [*row.done, step]
    row.save()


def _checked(answer: TownAnswer) -> TownAnswer:
    name = words(answer.name, Text("Name der Kommune", "Name of the town"))
    if answer.ags and not re.fullmatch(r"[0-9]{8}", answer.ags):
        raise Invalid(
            Text("Der Gemeindeschlüssel hat acht Ziffern.", "A municipality's key (AGS) has eight digits."), field="ags"
        )
    land = answer.land or LAND_BY_AGS.get(answer.ags[:2], "")
    if land not in LAND_BY_AGS.values():
        raise Invalid(Text("Bitte das Land wählen.", "Please choose the Land."), field="land")
    if answer.ags and LAND_BY_AGS.get(answer.ags[:2]) != land:
        raise Invalid(
            Text(
                f"Der Schlüssel {answer.ags} gehört nicht zu diesem Land: seine ersten zwei Ziffern nennen es.",
                f"The key {answer.ags} does not belong to this Land: its first two digits name it.",
            ),
            field="land",
        )
    slug = answer.slug.strip() or slug_of(name)
    if slug in set(settings.PRACTICE_TOWNS):
        raise Invalid(
            Text(
                f"„{slug}“ heißt die Übungsstadt. Bitte einen anderen Kurznamen wählen, etwa „{slug}_stadt“.",
                f"“{slug}” is the practice town. Please choose another short name, like “{slug}_stadt”.",
            ),
            field="slug",
        )
    return msgspec.structs.replace(answer, name=name, land=land, slug=slug, inhabitants=people(answer.inhabitants))


def slug_of(name: str) -> str:
    """Return a short name made from a name: lower-case ASCII letters, digits, underscores; raises Invalid if none."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower().translate(_UMLAUTS)).strip("_")[:63]
    if not re.match(r"[a-z]", plain):
        raise Invalid(
            Text("Bitte einen Kurznamen angeben (a–z, Ziffern, _).", "Please give a short name (a–z, digits, _)."),
            field="slug",
        )
    return plain
