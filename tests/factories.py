# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small town for tests, made through the real verbs.

town = small_town()                      # slug "auenstadt", units, people with roles
town.subject("owner")                    # that person as a subject
trees = make_dataset(town, "trees")      # a data set of the environment office
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import msgspec
import psycopg
from django.db import connection

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import DatasetDraft, FieldDraft
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import LegalForm, PersonView, TenantDraft, UnitDraft, UnitKind
from allmende.rights.terms import OPERATOR, Subject

PASSWORD = "gemeinsam nutzen nach Regeln"


@dataclass
class Town:
    """A town's slug, and the ids of its units and people by short names."""

    slug: str
    root: str
    units: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    def subject(self, who: str) -> Subject:
        """Return the person as the register has it now."""
        return organisations.subject_of_person(self.slug, self.people[who])

    def email(self, who: str) -> str:
        """Return what the person signs in with."""
        return f"{who}@{self.slug}.example"


UNITS = (
    UnitDraft(slug="administration", name=Text("Kernverwaltung", "Core administration")),
    UnitDraft(slug="environment", name=Text("Umweltamt", "Environment office"), parent="administration"),
    UnitDraft(slug="youth", name=Text("Jugendamt", "Youth office"), parent="administration"),
    UnitDraft(slug="it_office", name=Text("Amt für IT", "IT office"), parent="administration", technical=True),
    UnitDraft(slug="baths", name=Text("Bäderbetrieb", "Public baths"), kind=UnitKind.EIGENBETRIEB),
    UnitDraft(
        slug="utilities",
        name=Text("Stadtwerke", "Municipal utilities"),
        kind=UnitKind.COMPANY,
        legal_form=LegalForm.GMBH,
        share=Decimal("74.9"),
    ),
    UnitDraft(slug="council", name=Text("Stadtrat", "Council"), kind=UnitKind.COUNCIL),
)

#: short name: unit, roles with the unit each is held in
PEOPLE: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "admin": ("administration", (("tenant_administrator", ""),)),
    "owner": ("environment", (("data_owner", "environment"),)),
    "youth": ("youth", (("data_owner", "youth"),)),
    "gate": ("administration", (("gatekeeper", ""),)),
    "quality": ("administration", (("quality_assurer", ""),)),
    "protection": ("administration", (("data_protection", ""),)),
    "council": ("administration", (("staff_council", ""),)),
    "it": ("it_office", (("it", ""),)),
    "staff": ("youth", ()),
    "engineer": ("utilities", ()),
}


def small_town(slug: str = "auenstadt", *, name: str = "Auenstadt", profile: str = "full") -> Town:
    """Set up a town with its units and people, none of whom has a password yet.

    The first time it is made by the verbs; its rows are then kept for the rest of the run and copied in. Another
    database gets a town of its own: its counters know nothing of rows copied in from elsewhere.
    """
    key = (str(connection.settings_dict["NAME"]), slug, name, profile)
    if key not in _MADE:
        _MADE[key] = (_made(slug, name=name, profile=profile), _rows(slug))
        return copy.deepcopy(_MADE[key][0])
    town, rows = _MADE[key]
    with _cursor() as cursor:
        for table, content in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as into:
                into.write(content)
    return copy.deepcopy(town)


_MADE: dict[tuple[str, str, str, str], tuple[Town, dict[str, bytes]]] = {}

#: Whose rows make a town, in the order in which they refer to each other, and which of them are a town's.
_TABLES = {
    "organisations_tenant": "slug = %s",
    "organisations_unit": "tenant_id = %s",
    "organisations_person": "tenant_id = %s",
    "organisations_heldrole": "person_id IN (SELECT id FROM organisations_person WHERE tenant_id = %s)",
    "organisations_change": "tenant = %s",
    "rights_purpose": "tenant = %s",
}


def _cursor() -> psycopg.Cursor[Any]:
    connection.ensure_connection()
    raw = cast("psycopg.Connection[Any]", connection.connection)
    return psycopg.Cursor(raw)


def _rows(slug: str) -> dict[str, bytes]:
    kept = {}
    with _cursor() as cursor:
        for table, whose in _TABLES.items():
            with cursor.copy(f"COPY (SELECT * FROM {table} WHERE {whose}) TO STDOUT", (slug,)) as out:
                kept[table] = b"".join(bytes(part) for part in out)
    return kept


def _made(slug: str, *, name: str, profile: str) -> Town:
    made = organisations.create_tenant(OPERATOR, TenantDraft(slug=slug, name=name, ags="05515000", profile=profile))
    town = Town(slug=slug, root=made.root)
    for draft in UNITS:
        placed = msgspec.structs.replace(draft, parent=town.units.get(draft.parent, ""))
        town.units[draft.slug] = organisations.create_unit(OPERATOR, placed, tenant=slug).id
    for who, (unit, roles) in PEOPLE.items():
        town.people[who] = make_person(town, who, unit=unit).id
        for role, where in roles:
            organisations.give_role(
                OPERATOR, tenant=slug, person=town.people[who], role=role, unit=town.units.get(where, town.root)
            )
    return town


def make_person(town: Town, who: str, *, unit: str = "environment", password: str | None = None) -> PersonView:
    """Set up one more account."""
    return organisations.create_person(
        OPERATOR,
        tenant=town.slug,
        unit=town.units[unit],
        name=who.title(),
        email=town.email(who),
        password=password,
    )


def dataset_draft(town: Town, slug: str = "trees", *, unit: str = "environment", **more: Any) -> DatasetDraft:
    """Return a sound entry; ``more`` replaces what a test is about."""
    values: dict[str, Any] = {
        "title": Text("Straßenbäume", "Street trees"),
        "description": Text("Standort und Art der Bäume an Straßen.", "Place and kind of the trees along streets."),
        "purposes": frozenset({"environmental_planning"}),
        "licence": "dl-zero-de/2.0",
        "fields": (
            FieldDraft(name="id", type="BIGINT"),
            FieldDraft(name="art", type="VARCHAR", title=Text("Baumart", "Species")),
        ),
    }
    return DatasetDraft(tenant=town.slug, slug=slug, unit=town.units[unit], **(values | more))


def make_dataset(town: Town, slug: str = "trees", *, unit: str = "environment", **more: Any) -> str:
    """Register a data set as the operator and return its id."""
    return catalogue.register_dataset(OPERATOR, dataset_draft(town, slug, unit=unit, **more))
