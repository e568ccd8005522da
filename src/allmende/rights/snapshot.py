# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the registers say at one moment, as one immutable value that every decision is made on.

Providers read the registers' own tables with plain SQL over the psycopg connection they are given, inside one
``REPEATABLE READ`` transaction: ``organisations.snapshot.load_subjects(conn) -> Organisations``,
``catalogue.snapshot.load_resources(conn) -> Iterable[Resource]`` and :func:`load_grants`. ``config.wiring``
composes them with :func:`assemble`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import psycopg

from allmende.kernel.text import Text
from allmende.rights.terms import (
    Action,
    Effect,
    Grant,
    GranteeKind,
    Obligation,
    Resource,
    Subject,
)

logger = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")

#: The channel on which a changed register is announced; the payload is the new version.
CHANNEL = "allmende_rights"


class Token(msgspec.Struct, frozen=True):
    """A token of a program: only its SHA-256 is known."""

    sha256: bytes
    subject: str  # id of the person or system it stands for
    purposes: frozenset[str] | None = None  # the purposes it is bound to; None: not bound
    expires: datetime | None = None


class Unit(msgspec.Struct, frozen=True):
    """A unit of a tenant; the tenant's root has no parent.

    ``administration`` is false for companies, partners and civil society, and for all below them.
    """

    id: str
    tenant: str
    parent: str = ""
    administration: bool = True
    name: Text = Text("", "")


class Organisations(msgspec.Struct, frozen=True):
    """What the organisations' register says. Only active persons, systems and tokens are listed.

    ``subjects`` need not carry ``units``: they are filled in from ``units``. ``roles`` are the actions of each
    role by tenant and role slug.
    """

    subjects: tuple[Subject, ...] = ()
    tokens: tuple[Token, ...] = ()
    units: tuple[Unit, ...] = ()
    roles: Mapping[tuple[str, str], frozenset[Action]] = {}


class Granted(msgspec.Struct, frozen=True):
    """What this room's own registers say."""

    grants: tuple[Grant, ...] = ()
    purposes: Mapping[tuple[str, str], Text] = {}  # title by tenant and slug


#: The grants of one resource by whom they are given to.
GrantIndex = Mapping[tuple[GranteeKind, str], tuple[Grant, ...]]


class Snapshot(msgspec.Struct, frozen=True):
    """The registers at one moment. Made by :func:`assemble`; never changed."""

    version: int
    built_at: datetime
    subjects: Mapping[str, Subject]
    tokens: Mapping[bytes, Token]
    resources: Mapping[str, Resource]
    names: Mapping[tuple[str, str], str]  # (tenant, name) → id of the resource
    grants: Mapping[str, GrantIndex]  # by id of the resource
    roles: Mapping[tuple[str, str], frozenset[Action]]
    units: Mapping[str, Unit]
    above: Mapping[str, frozenset[str]]  # a unit → itself and all units above it
    roots: Mapping[str, str]  # tenant → its topmost unit
    purposes: Mapping[tuple[str, str], Text]

    def find(self, tenant: str, name: str) -> Resource | None:
        """Return the data set of that name, known to the asker or not; see :func:`allmende.rights.decide.resolve`."""
        return self.resources.get(self.names.get((tenant, name), ""))

    def bearer(self, token: str, now: datetime) -> Subject | None:
        """Return the subject a token stands for, bound to the token's purposes; None if it is not valid at ``now``."""
        known = self.tokens.get(hashlib.sha256(token.encode(errors="surrogatepass")).digest())
        if known is None or (known.expires is not None and known.expires <= now):
            return None
        subject = self.subjects.get(known.subject)
        if subject is None or known.purposes is None:
            return subject
        return subject.bound_to(known.purposes)

    def purpose_title(self, tenant: str, purpose: str) -> Text:
        """Return how the tenant calls the purpose; its slug if the tenant has no such purpose."""
        return self.purposes.get((tenant, purpose)) or Text(purpose, purpose)


def assemble(
    *,
    version: int,
    built_at: datetime,
    organisations: Organisations,
    resources: Iterable[Resource],
    granted: Granted,
) -> Snapshot:
    """Put what the registers say into one snapshot, independent of the order in which it was read.

    A unit whose line upwards ends nowhere or runs in a circle has nothing above it, so that no right comes
    down to it. Raises ValueError if two subjects, tokens, units or resources claim the same identity.
    """
    units = _unique(((unit.id, unit) for unit in organisations.units), "unit")
    above = {unit: _line(unit, units) for unit in units}
    subjects = _unique(
        (
            (s.id, s if s.units else msgspec.structs.replace(s, units=above.get(s.unit, frozenset())))
            for s in organisations.subjects
        ),
        "subject",
    )
    ordered = sorted(resources, key=lambda resource: resource.id)
    by_resource: dict[str, dict[tuple[GranteeKind, str], tuple[Grant, ...]]] = {}
    for grant in sorted(granted.grants, key=lambda grant: grant.id):
        index = by_resource.setdefault(grant.resource, {})
        whom = (grant.grantee_kind, grant.grantee)
        index[whom] = (*index.get(whom, ()), grant)
    return Snapshot(
        version=version,
        built_at=built_at,
        subjects=subjects,
        tokens=_unique(((token.sha256, token) for token in organisations.tokens), "token"),
        resources=_unique(((resource.id, resource) for resource in ordered), "resource"),
        names=_unique((((resource.tenant, resource.name), resource.id) for resource in ordered), "resource name"),
        grants=by_resource,
        roles=dict(organisations.roles),
        units=units,
        above=above,
        roots={unit.tenant: unit.id for unit in sorted(units.values(), key=lambda u: u.id) if not unit.parent},
        purposes=dict(granted.purposes),
    )


def _unique(pairs: Iterable[tuple[K, V]], what: str) -> dict[K, V]:
    into: dict[K, V] = {}
    for key, value in pairs:
        if key in into:
            raise ValueError(f"two entries for the same {what}: {key!r}")
        into[key] = value
    return into


def _line(unit: str, units: Mapping[str, Unit]) -> frozenset[str]:
    """Return the unit and all units above it in its tenant."""
    tenant = units[unit].tenant
    seen: set[str] = set()
    at = unit
    while at:
        here = units.get(at)
        if here is None or at in seen or here.tenant != tenant:
            return frozenset({unit})
        seen.add(at)
        at = here.parent
    return frozenset(seen)


def read_version(conn: psycopg.Connection[Any]) -> int:
    """Return the version of the registers as the connection's transaction sees it."""
    row = conn.execute("SELECT version FROM rights_registerversion").fetchone()
    if row is None:
        raise LookupError("rights_registerversion has no row: the migrations did not run to their end")
    return int(row[0])


def load_grants(conn: psycopg.Connection[Any]) -> Granted:
    """Read the grants that were not withdrawn, and the titles of the purposes.

    A grant that cannot be read (written by another version, or past the verbs) closes its own data set to everyone
    until somebody withdraws it: what it was meant to narrow must not be wider without it, and nothing else stops.
    """
    purposes = {
        (tenant, slug): Text(de, en)
        for tenant, slug, de, en in conn.execute("SELECT tenant, slug, title_de, title_en FROM rights_purpose")
    }
    return Granted(grants=tuple(map(_grant, conn.execute(_GRANTS))), purposes=purposes)


_GRANTS = (
    "SELECT id::text, resource, effect, grantee_kind, grantee, actions, purposes, valid_from, valid_until,"
    " obligations::text, legal_basis, note, given_at, given_unit FROM rights_grant WHERE withdrawn_at IS NULL"
)


def _grant(row: tuple[Any, ...]) -> Grant:
    (id_, resource, effect, kind, grantee, actions, purposes, valid_from, valid_until,
     obligations, legal_basis, note, given_at, given_unit) = row  # fmt: skip
    try:
        return Grant(
            id=id_,
            resource=resource,
            effect=Effect(effect),
            grantee_kind=GranteeKind(kind),
            grantee=grantee,
            actions=frozenset(map(Action, actions)),
            purposes=frozenset(purposes),
            valid_from=valid_from,
            valid_until=valid_until,
            obligations=msgspec.json.decode(obligations, type=tuple[Obligation, ...]),
            legal_basis=legal_basis,
            note=note,
            given_at=given_at,
            given_unit=given_unit,
        )
    except (ValueError, msgspec.MsgspecError):
        logger.exception("grant %s cannot be read; its data set stays closed", id_)
        return Grant(id=id_, resource=resource, effect=Effect.DENY, grantee_kind=GranteeKind.ANYONE)
