# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Towns and units."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from allmende.kernel.text import Text
from allmende.organisations import door
from allmende.organisations.models import Change, Unit
from allmende.organisations.terms import LegalForm, SecondFactor, TenantDraft, UnitDraft, UnitKind
from allmende.rights.terms import OPERATOR
from tests.factories import small_town

pytestmark = pytest.mark.django_db


def test_a_town_starts_with_its_root_and_takes_its_land_from_the_key() -> None:
    town = door.create_tenant(OPERATOR, TenantDraft(slug="auenstadt", name="Auenstadt", ags="05515000"))
    assert (town.land, town.profile, town.practice) == ("NW", "kleinstadt", False)
    [root] = door.units("auenstadt")
    assert (root.id, root.kind, root.depth, root.administration) == (town.root, UnitKind.TOWN, 0, True)


def test_only_the_operator_sets_up_towns() -> None:
    town = small_town()
    with pytest.raises(Forbidden):
        door.create_tenant(town.subject("admin"), TenantDraft(slug="other", name="Other"))


@pytest.mark.parametrize(
    "draft",
    [
        TenantDraft(slug="main", name="Main"),
        TenantDraft(slug="Auen", name="Auen"),
        TenantDraft(slug="a" * 64, name="A"),
        TenantDraft(slug="auen", name=" "),
        TenantDraft(slug="auen", name="Auen", ags="123"),
        TenantDraft(slug="auen", name="Auen", colour="red"),
        TenantDraft(slug="auen", name="Auen", land="XX"),
        TenantDraft(slug="auen", name="Auen", profile="none"),
        TenantDraft(slug="auen", name="Auen", second_factor=SecondFactor.NOBODY),
    ],
)
def test_a_town_that_cannot_be_is_refused(draft: TenantDraft) -> None:
    with pytest.raises(Invalid):
        door.create_tenant(OPERATOR, draft)


def test_a_towns_name_is_taken_once() -> None:
    small_town()
    with pytest.raises(Conflict):
        door.create_tenant(OPERATOR, TenantDraft(slug="auenstadt", name="Another"))


def test_units_come_as_a_tree_in_german_order() -> None:
    small_town()
    assert [(unit.depth, unit.slug) for unit in door.units("auenstadt")] == [
        (0, "auenstadt"),
        (1, "baths"),  # Bäderbetrieb
        (1, "administration"),  # Kernverwaltung
        (2, "it_office"),
        (2, "youth"),  # Jugendamt
        (2, "environment"),  # Umweltamt
        (1, "council"),
        (1, "utilities"),
    ]


def test_offices_and_eigenbetriebe_are_administration_companies_and_councils_are_not() -> None:
    town = small_town()
    official = {unit.slug for unit in door.units(town.slug) if unit.administration}
    assert official == {"auenstadt", "administration", "environment", "youth", "it_office", "baths"}


def test_an_office_of_a_company_is_not_administration() -> None:
    town = small_town()
    office = door.create_unit(
        OPERATOR, UnitDraft(slug="grid", name=Text("Netz", "Grid"), parent=town.units["utilities"]), tenant=town.slug
    )
    assert (office.kind, office.administration, office.depth) == (UnitKind.OFFICE, False, 2)


def test_an_office_moved_below_a_company_stops_being_administration() -> None:
    town = small_town()
    moved = door.move_unit(OPERATOR, tenant=town.slug, unit=town.units["youth"], parent=town.units["utilities"])
    assert not moved.administration


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": UnitKind.COMPANY}, "legal_form"),
        ({"kind": UnitKind.TOWN}, "kind"),
        ({"legal_form": LegalForm.GMBH}, "legal_form"),
        ({"share": Decimal(50)}, "share"),
        ({"kind": UnitKind.COMPANY, "legal_form": LegalForm.AG, "share": Decimal("100.1")}, "share"),
        ({"kind": UnitKind.COMPANY, "legal_form": LegalForm.AG, "parent": "environment"}, "parent"),
    ],
)
def test_a_unit_that_cannot_be_is_refused(changes: dict, field: str) -> None:
    town = small_town()
    parent = town.units.get(changes.get("parent", ""), "")
    draft = UnitDraft(**({"slug": "new", "name": Text("Neu", "New")} | changes | {"parent": parent}))
    with pytest.raises(Invalid) as refused:
        door.create_unit(OPERATOR, draft, tenant=town.slug)
    assert refused.value.more["field"] == field


def test_a_unit_cannot_move_below_itself() -> None:
    town = small_town()
    with pytest.raises(Invalid):
        door.move_unit(OPERATOR, tenant=town.slug, unit=town.units["administration"], parent=town.units["youth"])
    with pytest.raises(Invalid):
        door.move_unit(OPERATOR, tenant=town.slug, unit=town.root, parent=town.units["youth"])


@pytest.mark.parametrize(("who", "allowed"), [("admin", True), ("owner", False), ("gate", False), ("staff", False)])
def test_units_are_set_up_by_the_tenants_administrator(who: str, allowed: bool) -> None:
    town = small_town()
    draft = UnitDraft(slug="sport", name=Text("Sportamt", "Sports office"), parent=town.units["administration"])
    if allowed:
        assert door.create_unit(town.subject(who), draft, tenant=town.slug).slug == "sport"
        [change] = Change.objects.filter(verb="create_unit", actor_kind="person")
        assert (change.tenant, change.actor_unit) == (town.slug, town.units["administration"])
    else:
        with pytest.raises(Forbidden):
            door.create_unit(town.subject(who), draft, tenant=town.slug)
        assert not Unit.objects.filter(slug="sport").exists()


def test_units_of_another_town_do_not_exist() -> None:
    town, other = small_town(), small_town("bergdorf", name="Bergdorf")
    admin = town.subject("admin")
    with pytest.raises(NotFound):
        door.unit(town.slug, other.units["youth"])
    with pytest.raises(NotFound):
        door.move_unit(admin, tenant=town.slug, unit=town.units["youth"], parent=other.units["administration"])
    with pytest.raises(NotFound):
        door.create_unit(admin, UnitDraft(slug="x", name=Text("X", "X"), parent=other.units["youth"]), tenant=town.slug)
    with pytest.raises(Forbidden):
        door.create_unit(admin, UnitDraft(slug="x", name=Text("X", "X")), tenant=other.slug)


@pytest.mark.parametrize("more", [0, 4])
def test_the_tree_takes_one_query_however_many_units(
    more: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    town = small_town()
    for number in range(more):
        door.create_unit(OPERATOR, UnitDraft(slug=f"u{number}", name=Text("U", "U")), tenant=town.slug)
    with django_assert_num_queries(1):
        assert len(door.units(town.slug)) == 8 + more
