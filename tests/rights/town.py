# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small town of units and people for the tests of the decision point, and a neighbour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from allmende.kernel.text import Text
from allmende.rights.snapshot import Granted, Organisations, Snapshot, Token, Unit, assemble
from allmende.rights.terms import (
    ANYONE,
    OPERATOR,
    Action,
    Grant,
    Held,
    Resource,
    Subject,
    SubjectKind,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

UNITS = (
    Unit("rathaus", "auenstadt"),
    Unit("umwelt", "auenstadt", "rathaus", name=Text("Umweltamt", "Environment office")),
    Unit("luft", "auenstadt", "umwelt", name=Text("Sachgebiet Luft", "Air section")),
    Unit("verkehr", "auenstadt", "rathaus"),
    Unit("stadtwerke", "auenstadt", "rathaus", administration=False),
    Unit("nachbar", "bergstadt"),
    Unit("nachbar_umwelt", "bergstadt", "nachbar"),
)

REGISTERS = frozenset(Action) - {Action.KNOW, Action.READ}

ROLES = {
    ("auenstadt", "staff"): frozenset[Action](),
    ("auenstadt", "data_owner"): frozenset({Action.DESCRIBE, Action.GRANT}),
    ("auenstadt", "tenant_administrator"): REGISTERS,
    ("bergstadt", "tenant_administrator"): REGISTERS,
}


def person(name: str, unit: str, *roles: str, tenant: str = "auenstadt", administration: bool = True) -> Subject:
    """A person with roles held in her own unit."""
    return Subject(
        kind=SubjectKind.PERSON,
        id=name,
        tenant=tenant,
        unit=unit,
        roles=frozenset(Held(role, unit) for role in roles),
        administration=administration,
    )


SUBJECTS = (
    person("mayor", "rathaus", "tenant_administrator"),
    person("ulla", "umwelt", "data_owner", "staff"),
    person("lutz", "luft", "staff"),
    person("vera", "verkehr", "staff"),
    person("gerd", "stadtwerke", administration=False),
    Subject(
        kind=SubjectKind.SYSTEM,
        id="sensor_hub",
        tenant="auenstadt",
        unit="verkehr",
        administration=True,
        purposes=frozenset({"traffic"}),
    ),
    person("nina", "nachbar_umwelt", "tenant_administrator", tenant="bergstadt"),
    person("nora", "nachbar", "tenant_administrator", tenant="bergstadt"),
)

PURPOSES = {("auenstadt", "traffic"): Text("Verkehrsplanung", "Traffic planning")}


def town(resources: Iterable[Resource], grants: Iterable[Grant] = (), tokens: Iterable[Token] = ()) -> Snapshot:
    """The two towns with these data sets, grants and tokens."""
    return assemble(
        version=7,
        built_at=NOW,
        organisations=Organisations(subjects=SUBJECTS, tokens=tuple(tokens), units=UNITS, roles=ROLES),
        resources=resources,
        granted=Granted(grants=tuple(grants), purposes=PURPOSES),
    )


def subject(name: str) -> Subject:
    """Somebody of the towns, or the public, or the command line."""
    return {"anyone": ANYONE, "operator": OPERATOR}.get(name) or town(()).subjects[name]


EVERYBODY = ("anyone", "operator", *(s.id for s in SUBJECTS))
