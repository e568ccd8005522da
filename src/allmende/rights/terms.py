# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of the decision point. Values only: no I/O, no Django, no other room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from allmende.kernel.text import Text


class Class(StrEnum):
    """Protection class of a data set (Schutzklasse)."""

    OPEN = "open"
    INTERNAL = "internal"
    RESTRICTED = "restricted"
    PERSONAL = "personal"


class Secret(StrEnum):
    """A special secret of law. No instruction opens it, only a legal basis."""

    SOCIAL = "social"  # Sozialgeheimnis, § 35 SGB I
    TAX = "tax"  # Steuergeheimnis, § 30 AO
    STATISTICAL = "statistical"  # Statistikgeheimnis, § 16 BStatG


class Visibility(StrEnum):
    """Who may know that a data set exists; its content is another question."""

    PUBLIC = "public"
    ADMINISTRATION = "administration"
    UNITS = "units"


class Action(StrEnum):
    """Everything that can be asked of the decision point.

    ``know`` and ``read`` are about data. The others are about the registers and are given by roles, each
    role held in a unit and valid for that unit and the units below it. No role gives ``know`` or ``read``.
    """

    KNOW = "know"  # that the data set exists, its description
    READ = "read"  # its rows
    DESCRIBE = "describe"  # write the catalogue entry
    CONNECT = "connect"  # source systems, connections, mappings
    GRANT = "grant"  # grants and denials on data sets of the unit
    RELEASE = "release"  # open data by decision, release tables
    ORGANISE = "organise"  # units, persons, roles, tokens of the tenant
    INSPECT = "inspect"  # the decision log (pseudonymous)
    UNVEIL = "unveil"  # ask for a name in the decision log; it takes both of the next two to see it
    UNVEIL_PROTECTION = "unveil_protection"  # approve as data protection officer
    UNVEIL_COUNCIL = "unveil_council"  # approve as staff council
    ADMINISTER = "administer"  # the tenant itself; internal addresses for connections


class SubjectKind(StrEnum):
    """Who asks."""

    ANYONE = "anyone"  # nobody signed in
    PERSON = "person"
    SYSTEM = "system"  # a program with a token of its own
    OPERATOR = "operator"  # the command line on the machine; registers only, never data


class Held(msgspec.Struct, frozen=True, order=True):
    """A role held in a unit."""

    role: str
    unit: str


class Subject(msgspec.Struct, frozen=True):
    """Who asks, as the decision point sees it.

    ``units`` are the ids of the subject's own units and all units above them. ``administration`` is true for staff
    of the core administration and its Eigenbetriebe, false for companies, partners and civil society.
    ``purposes`` bounds a token: ``None`` means not bound, an empty set means no purpose at all.
    """

    kind: SubjectKind
    id: str = ""
    tenant: str = ""
    unit: str = ""
    units: frozenset[str] = frozenset()
    roles: frozenset[Held] = frozenset()
    administration: bool = False
    purposes: frozenset[str] | None = None

    def bound_to(self, purposes: frozenset[str]) -> Subject:
        """Return the subject bound to ``purposes``, never to more than it is bound to already."""
        bound = purposes if self.purposes is None else purposes & self.purposes
        return msgspec.structs.replace(self, purposes=bound)


ANYONE = Subject(kind=SubjectKind.ANYONE)
OPERATOR = Subject(kind=SubjectKind.OPERATOR)


class Column(msgspec.Struct, frozen=True):
    """A column of a data set as far as rights care."""

    name: str
    type: str = "text"
    personal: bool = False


# --- obligations (Auflagen): a closed set -------------------------------------------------------------------


class RowFilter(msgspec.Struct, frozen=True, tag="row_filter"):
    """Only rows whose ``column`` has one of ``values`` (compared as text)."""

    column: str
    values: tuple[str, ...]


class RowRange(msgspec.Struct, frozen=True, tag="row_range"):
    """Only rows whose ``column``, of numbers or times, lies from ``least`` to ``most``, both included.

    Numbers are written plainly (``-12.5``), times as days (``2026-03-01``) in the town's time; "" is no bound.
    """

    column: str
    least: str = ""
    most: str = ""


class HideColumn(msgspec.Struct, frozen=True, tag="hide_column"):
    """The column is absent."""

    column: str


class Coarsen(msgspec.Struct, frozen=True, tag="coarsen"):
    """The column is shown coarser (Vergröberung).

    ``to``: ``year month week day hour`` for dates; ``10 100 1000`` … for numbers (rounded down to multiples, so
    that two coarsenings never tell more together than each alone); ``prefix:3`` for text (the first three
    characters).
    """

    column: str
    to: str


class ReleaseTableOnly(msgspec.Struct, frozen=True, tag="release_table_only"):
    """Only the protected release table is readable, never the rows behind it."""

    table: str = ""  # id of the release table's version; "" is the version in force


class Delay(msgspec.Struct, frozen=True, tag="delay"):
    """Rows appear only ``days`` after the time in ``column``."""

    column: str
    days: int


class Attribution(msgspec.Struct, frozen=True, tag="attribution"):
    """The source must be named so (Quellenvermerk)."""

    text: str


class NoOnwardUse(msgspec.Struct, frozen=True, tag="no_onward_use"):
    """Not to be passed on, not to be used for another purpose (Zweckbindung)."""


Obligation = RowFilter | RowRange | HideColumn | Coarsen | ReleaseTableOnly | Delay | Attribution | NoOnwardUse


# --- what the registers say ---------------------------------------------------------------------------------


class Resource(msgspec.Struct, frozen=True):
    """A data set as the decision point sees it."""

    id: str
    tenant: str  # slug
    name: str  # slug, unique in the tenant
    unit: str  # owner unit
    cls: Class
    secrets: frozenset[Secret] = frozenset()
    visibility: Visibility = Visibility.ADMINISTRATION
    visible_to: frozenset[str] = frozenset()  # units, with Visibility.UNITS
    purposes: frozenset[str] = frozenset()  # purposes allowed (Zwecke)
    released: bool = False  # open data by decision
    release_table: str = ""  # id of the protected version, "" if there is none
    release_table_for: Visibility = Visibility.ADMINISTRATION  # who may read the release table
    columns: tuple[Column, ...] = ()
    obligations: tuple[Obligation, ...] = ()  # hold for every reader
    attribution: str = ""
    ask: str = ""  # where to ask, in words: unit and address
    shared_with: frozenset[str] = frozenset()  # slugs of other tenants for whom it exists like for the administration


class Effect(StrEnum):
    """What a grant says."""

    ALLOW = "allow"
    DENY = "deny"


class GranteeKind(StrEnum):
    """To whom a grant is given."""

    PERSON = "person"
    SYSTEM = "system"
    UNIT = "unit"  # and the units below it
    ROLE = "role"  # holders of the role in the resource's tenant
    TENANT = "tenant"  # the whole administration of another town
    ANYONE = "anyone"


class Grant(msgspec.Struct, frozen=True):
    """A permission or denial somebody wrote down (Nutzungserlaubnis)."""

    id: str
    resource: str
    effect: Effect
    grantee_kind: GranteeKind
    grantee: str = ""
    actions: frozenset[Action] = frozenset({Action.READ})
    purposes: frozenset[str] = frozenset()  # allowing without purposes allows none; denying without denies all
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    obligations: tuple[Obligation, ...] = ()
    legal_basis: str = ""  # needed where the class is personal or a secret holds
    note: str = ""
    given_at: datetime | None = None
    given_unit: str = ""  # the unit of who gave it; reasons name the unit, never the person


class Outcome(StrEnum):
    """What the decision point says of one resource."""

    ALLOW = "allow"
    DENY = "deny"
    ABSENT = "absent"  # the subject may not know of it: answer as if it did not exist


class Decision(msgspec.Struct, frozen=True):
    """The answer for one resource: what, under which obligations, and why."""

    resource: str
    outcome: Outcome
    rule: str  # id of the rule, documented in docs/reference/rights.md
    reason: Text
    obligations: tuple[Obligation, ...] = ()
    grants: tuple[str, ...] = ()  # ids of the grants it rests on
    missing: Text | None = None  # what would be needed
    ask: str = ""  # whom to ask


class Decisions(msgspec.Struct, frozen=True):
    """The permitted set: one decision for each resource asked about, under one version of the registers."""

    action: Action
    purpose: str
    version: int
    of: dict[str, Decision]

    @property
    def permitted(self) -> frozenset[str]:
        """Ids of the resources allowed."""
        return frozenset(i for i, d in self.of.items() if d.outcome is Outcome.ALLOW)
