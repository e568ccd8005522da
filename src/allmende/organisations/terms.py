# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of the room and the values its door hands out. No Django, no I/O."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from allmende.kernel.text import Text
from allmende.rights.terms import Action


class UnitKind(StrEnum):
    """What a unit of the Konzern Stadt is."""

    TOWN = "town"  # the root: the town with everything that belongs to it
    OFFICE = "office"  # core administration
    EIGENBETRIEB = "eigenbetrieb"  # run separately, legally part of the town
    COMPANY = "company"  # own legal person the town holds a share of
    PARTNER = "partner"  # another public body, a service provider, a university
    CIVIL_SOCIETY = "civil_society"  # clubs, initiatives
    COUNCIL = "council"  # council, committees, advisory boards

    @property
    def label(self) -> Text:
        """Return the kind's name."""
        return _KINDS[self]


_KINDS = {
    UnitKind.TOWN: Text("Stadt und Beteiligungen", "Town and holdings"),
    UnitKind.OFFICE: Text("Amt der Kernverwaltung", "Office of the core administration"),
    UnitKind.EIGENBETRIEB: Text("Eigenbetrieb", "Municipal undertaking (Eigenbetrieb)"),
    UnitKind.COMPANY: Text("Beteiligung", "Municipal company"),
    UnitKind.PARTNER: Text("Partner", "Partner"),
    UnitKind.CIVIL_SOCIETY: Text("Zivilgesellschaft", "Civil society"),
    UnitKind.COUNCIL: Text("Rat oder Ausschuss", "Council or committee"),
}

#: A unit belongs to the administration when it and every unit above it is one of these. An office *of a company*
#: is therefore not administration.
ADMINISTRATION = frozenset({UnitKind.TOWN, UnitKind.OFFICE, UnitKind.EIGENBETRIEB})


class LegalForm(StrEnum):
    """Legal form of a company or partner; later it decides by which route the town can instruct it."""

    NONE = ""
    GMBH = "gmbh"
    GGMBH = "ggmbh"
    GMBH_CO_KG = "gmbh_co_kg"
    AG = "ag"
    EG = "eg"
    ZWECKVERBAND = "zweckverband"
    AOER = "aoer"
    KOER = "koer"
    FOUNDATION = "foundation"
    ASSOCIATION = "association"
    OTHER = "other"

    @property
    def label(self) -> Text:
        """Return the form's name."""
        return _FORMS[self]


_FORMS = {
    LegalForm.NONE: Text("keine eigene Rechtsform", "no legal form of its own"),
    LegalForm.GMBH: Text("GmbH", "GmbH (limited company)"),
    LegalForm.GGMBH: Text("gGmbH", "gGmbH (non-profit limited company)"),
    LegalForm.GMBH_CO_KG: Text("GmbH & Co. KG", "GmbH & Co. KG (limited partnership)"),
    LegalForm.AG: Text("AG", "AG (stock corporation)"),
    LegalForm.EG: Text("eG", "eG (cooperative)"),
    LegalForm.ZWECKVERBAND: Text("Zweckverband", "Zweckverband (special-purpose association)"),
    LegalForm.AOER: Text("Anstalt des öffentlichen Rechts", "AöR (institution under public law)"),
    LegalForm.KOER: Text("Körperschaft des öffentlichen Rechts", "KdöR (corporation under public law)"),
    LegalForm.FOUNDATION: Text("Stiftung", "Foundation"),
    LegalForm.ASSOCIATION: Text("Verein", "Association"),
    LegalForm.OTHER: Text("andere", "other"),
}


class Level(StrEnum):
    """Where a role of the kit stands (001, table 6); ``platform`` are roles only the platform needs."""

    STRATEGIC = "strategic"
    TACTICAL = "tactical"
    OPERATIONAL = "operational"
    PLATFORM = "platform"

    @property
    def label(self) -> Text:
        """Return the level's name."""
        return _LEVELS[self]


_LEVELS = {
    Level.STRATEGIC: Text("Leitung", "Leadership"),
    Level.TACTICAL: Text("Unterstützung", "Support"),
    Level.OPERATIONAL: Text("Fachbereiche und Beteiligungen", "Departments and holdings"),
    Level.PLATFORM: Text("Plattform und Kontrolle", "Platform and oversight"),
}


class SecondFactor(StrEnum):
    """Who in a town must have a second factor."""

    ROLES = "roles"  # holders of a role that asks for one
    EVERYONE = "everyone"
    NOBODY = "nobody"  # practice towns only


# --- drafts: what a verb is given ---------------------------------------------------------------------------


class TenantDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A town to be set up. ``slug`` names it in SQL and URIs and never changes; ``ags`` is the municipality's key."""

    slug: str
    name: str
    ags: str = ""
    land: str = ""
    inhabitants: int | None = None
    colour: str = ""
    practice: bool = False
    profile: str = "kleinstadt"
    second_factor: SecondFactor = SecondFactor.ROLES


class UnitDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A unit to be set up below ``parent`` (the tenant's root when empty)."""

    slug: str
    name: Text
    kind: UnitKind = UnitKind.OFFICE
    parent: str = ""
    legal_form: LegalForm = LegalForm.NONE
    share: Decimal | None = None
    contact: str = ""
    technical: bool = False


# --- views: what the door hands out -------------------------------------------------------------------------


class TenantView(msgspec.Struct, frozen=True, kw_only=True):
    """A town on this installation."""

    slug: str
    name: str
    ags: str
    land: str
    colour: str
    practice: bool
    profile: str
    second_factor: SecondFactor
    root: str  # id of the root unit
    inhabitants: int | None = None
    arms: str = ""  # mark of its arms, "" if it has none

    @property
    def paper_mark(self) -> Text | None:
        """What its papers bear across each page; None for a real town."""
        return PRACTICE_MARK if self.practice else None


class StartView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the guided start stands. ``town``, ``colour`` and ``has_arms`` are of the draft, until there is a town."""

    open: bool
    tenant: str
    done: tuple[str, ...]
    finished: bool
    town: dict[str, Any]
    colour: str
    has_arms: bool


class MunicipalityView(msgspec.Struct, frozen=True, kw_only=True):
    """What the official directory says of a municipality; ``as_of`` is the day of its territory."""

    ags: str
    name: str
    inhabitants: int
    as_of: date


#: What every paper of a practice town bears, as every page bears a band: none may be taken for a real one.
PRACTICE_MARK = Text("ÜBUNGSSTADT – alles erfunden, nicht verwenden", "PRACTICE TOWN – all invented, not for use")


class UnitView(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with what follows from its place. ``depth`` is 0 for the root; ``share`` in percent."""

    id: str
    tenant: str
    parent: str
    slug: str
    name: Text
    kind: UnitKind
    legal_form: LegalForm
    share: Decimal | None
    contact: str
    technical: bool
    administration: bool
    depth: int
    path: tuple[str, ...]  # ids from the root down to the unit itself
    active: bool


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """A role that can be given in a town. ``includes`` are the kit roles a bundled role stands for."""

    slug: str
    tenant: str  # "" for the shipped kit
    title: Text
    description: Text
    level: Level
    actions: frozenset[Action]
    includes: tuple[str, ...]
    excludes: tuple[str, ...]
    essential: bool
    second_factor: bool


class HeldView(msgspec.Struct, frozen=True, kw_only=True):
    """A role somebody holds in a unit."""

    role: str
    role_title: Text
    unit: str
    unit_name: Text


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account."""

    id: str
    tenant: str
    unit: str
    unit_name: Text
    name: str
    email: str
    active: bool
    invited: bool  # has an account but has not yet set a password
    language: str = "de"  # of mails
    weekly_mail: bool = True
    since: datetime | None = None
    roles: tuple[HeldView, ...] = ()


class SystemView(msgspec.Struct, frozen=True, kw_only=True):
    """A program with an account."""

    id: str
    tenant: str
    unit: str
    slug: str
    name: str
    keeper: str  # id of the person who issues its tokens, "" if only the operator does
    active: bool


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it may be shown: never the secret, only its last four characters."""

    id: str
    tenant: str
    label: str
    ending: str
    bound_to: str  # name of the person or program
    purposes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class IssuedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token just issued. ``secret`` exists only here: it is shown once and not stored."""

    token: TokenView
    secret: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something the organisation's set-up lacks or should think over."""

    kind: str  # "unfilled", "too_operational", "bundled"
    role: str
    statement: Text
    unit: str = ""
