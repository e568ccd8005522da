# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on grants and purposes, with the real registers behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import InternalError, connection, transaction

from allmende.kernel import clock
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from allmende.kernel.text import Text
from allmende.rights import door
from allmende.rights.models import Grant, LogEntry
from allmende.rights.terms import (
    OPERATOR,
    Action,
    Class,
    Coarsen,
    Effect,
    GranteeKind,
    HideColumn,
    RowFilter,
)
from tests.factories import Town, make_dataset, small_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    town = small_town()
    for slug, de, en in (
        ("environmental_planning", "Umweltplanung", "Environmental planning"),
        ("statistics", "Statistik", "Statistics"),
    ):
        door.define_purpose(
            OPERATOR, town.slug, slug=slug, title=Text(de, en), concept="https://w3id.org/dpv#PublicBenefit"
        )
    return town


def draft(resource: str, **given: object) -> door.GrantDraft:
    base = door.GrantDraft(resource=resource, grantee_kind=GranteeKind.TENANT, grantee="auenstadt")
    return msgspec.structs.replace(base, **{"purposes": frozenset({"statistics"}), **given})


def test_a_grant_opens_until_it_is_withdrawn(town: Town) -> None:
    trees = make_dataset(town, cls=Class.RESTRICTED)
    engineer = town.subject("engineer")
    assert door.explain(engineer, trees, "statistics").rule == "absent"
    given = door.give_grant(
        town.subject("owner"),
        draft(trees, grantee_kind=GranteeKind.UNIT, grantee=town.units["utilities"], obligations=(HideColumn("art"),)),
    )
    answer = door.explain(engineer, trees, "statistics")
    assert (answer.rule, answer.grants, answer.obligations[0]) == ("read.grant", (given,), HideColumn("art"))
    assert trees in door.known(engineer)
    denial = door.give_grant(
        town.subject("owner"),
        draft(
            trees,
            effect=Effect.DENY,
            grantee_kind=GranteeKind.PERSON,
            grantee=town.people["engineer"],
            purposes=frozenset(),
        ),
    )
    assert door.explain(engineer, trees, "statistics").rule == "read.denied"
    door.withdraw_grant(town.subject("owner"), denial)
    assert door.explain(engineer, trees, "statistics").rule == "read.grant"
    door.withdraw_grant(town.subject("owner"), given)
    assert door.explain(engineer, trees, "statistics").rule == "absent"
    with pytest.raises(Conflict):
        door.withdraw_grant(town.subject("owner"), given)
    assert Grant.objects.count() == 2
    assert list(LogEntry.objects.filter(action="grant").order_by("at").values_list("statement", "resources")) == [
        ("give_grant", [trees, given]),
        ("give_denial", [trees, denial]),
        ("withdraw_grant", [trees, denial]),
        ("withdraw_grant", [trees, given]),
    ]
    names = set(LogEntry.objects.filter(action="grant").values_list("pseudonym", "unit", "kind"))
    assert len(names) == 1
    ((name, unit, kind),) = names
    assert (len(name), unit, kind) == (24, town.units["environment"], "person")


def test_only_who_may_give_grants_in_the_owner_unit_does(town: Town) -> None:
    trees = make_dataset(town, cls=Class.RESTRICTED)
    given = door.give_grant(OPERATOR, draft(trees))
    for who in ("youth", "admin", "staff", "gate", "it", "protection"):
        with pytest.raises(Forbidden) as refusal:
            door.give_grant(town.subject(who), draft(trees))
        assert refusal.value.more["rule"] == "register.no-role"
        with pytest.raises(Forbidden):
            door.withdraw_grant(town.subject(who), given)
    neighbour = small_town("bergstadt", name="Bergstadt")
    for who in ("owner", "admin"):
        with pytest.raises(NotFound):
            door.give_grant(neighbour.subject(who), draft(trees))
        with pytest.raises(NotFound):
            door.withdraw_grant(neighbour.subject(who), given)
    for name in ("", "x", trees):
        with pytest.raises(NotFound):
            door.withdraw_grant(OPERATOR, name)
    with pytest.raises(NotFound):
        door.give_grant(OPERATOR, draft("nothing"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"purposes": frozenset()},
        {"purposes": frozenset({"unheard_of"})},
        {"actions": frozenset()},
        {"actions": frozenset({Action.READ, Action.GRANT})},
        {"grantee": "atlantis"},
        {"grantee_kind": GranteeKind.ROLE, "grantee": "king"},
        {"grantee_kind": GranteeKind.UNIT},
        {"grantee_kind": GranteeKind.PERSON},
        {"grantee_kind": GranteeKind.ANYONE},
        {"valid_from": clock.now(), "valid_until": clock.now() - timedelta(days=1)},
        {"valid_until": clock.now().replace(tzinfo=None)},
        {"effect": Effect.DENY, "obligations": (HideColumn("art"),)},
    ],
)
def test_a_grant_that_could_not_mean_what_it_says_is_refused(town: Town, wrong: dict[str, object]) -> None:
    trees = make_dataset(town)
    with pytest.raises(Invalid):
        door.give_grant(OPERATOR, draft(trees, **wrong))
    assert not Grant.objects.exists()


def test_obligations_are_checked_against_the_data_sets_columns(town: Town) -> None:
    trees = make_dataset(town)
    for obligation in (RowFilter("nirgends", ("x",)), Coarsen("art", "year"), Coarsen("id", "sometimes")):
        with pytest.raises(Forbidden):
            door.give_grant(OPERATOR, draft(trees, obligations=(obligation,)))


def test_personal_data_need_a_legal_basis_and_are_not_for_everyone(town: Town) -> None:
    people = make_dataset(town, "people", cls=Class.PERSONAL, legal_basis="§ 3 BMG")
    with pytest.raises(Invalid, match="legal basis"):
        door.give_grant(OPERATOR, draft(people))
    with pytest.raises(Invalid, match="everyone"):
        door.give_grant(OPERATOR, draft(people, grantee_kind=GranteeKind.ANYONE, grantee="", legal_basis="§ 1"))
    door.give_grant(OPERATOR, draft(people, legal_basis="§ 10 LStatG"))
    assert door.explain(town.subject("staff"), people, "statistics").rule == "read.legal-basis"
    for who in town.people:
        assert door.explain(town.subject(who), people, "environmental_planning").outcome != "allow"


def test_the_actor_is_who_the_registers_say_he_is_now(town: Town) -> None:
    trees = make_dataset(town)
    owner = town.subject("owner")
    forged = msgspec.structs.replace(town.subject("staff"), roles=owner.roles, units=owner.units)
    with pytest.raises(Forbidden):
        door.give_grant(forged, draft(trees))
    with pytest.raises(Forbidden):
        door.give_grant(msgspec.structs.replace(owner, roles=frozenset()), draft(trees))
    with pytest.raises(Forbidden):
        door.give_grant(owner.bound_to(frozenset({"statistics"})), draft(trees))
    door.give_grant(owner, draft(trees))


def test_purposes_belong_to_a_town_and_name_a_concept(town: Town) -> None:
    kit: dict[str, Any] = {"title": Text("Krisenstab", "Crisis staff"), "concept": "https://w3id.org/dpv#PublicBenefit"}
    door.define_purpose(town.subject("admin"), town.slug, slug="crisis_management", **kit)
    assert door.snapshot().purposes[town.slug, "crisis_management"] == Text("Krisenstab", "Crisis staff")
    for wrong in (
        {"slug": "Crisis!"},
        {"slug": "x", "title": Text("", "x")},
        {"slug": "x", "concept": "https://evil.example"},
    ):
        with pytest.raises(Invalid):
            door.define_purpose(town.subject("admin"), town.slug, **{**kit, **wrong})
    with pytest.raises(Forbidden):
        door.define_purpose(town.subject("owner"), town.slug, slug="y", **kit)
    with pytest.raises(Forbidden):
        door.define_purpose(town.subject("admin"), "bergstadt", slug="y", **kit)


def test_the_snapshot_follows_every_change_and_every_rollback(town: Town) -> None:
    before = door.snapshot()
    assert door.snapshot() is before
    with pytest.raises(RuntimeError), transaction.atomic():
        trees = make_dataset(town)
        assert trees in door.snapshot().resources
        raise RuntimeError
    assert trees not in door.snapshot().resources
    again = make_dataset(town, "again")
    assert again in door.snapshot().resources
    assert trees not in door.snapshot().resources


@pytest.mark.parametrize("column", ['obligations = \'[{"type": "new"}]\'', "actions = '{fly}'", "effect = 'maybe'"])
def test_a_grant_that_cannot_be_read_closes_its_data_set_and_nothing_else(
    town: Town, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    trees, other = make_dataset(town), make_dataset(town, "other")
    given = door.give_grant(OPERATOR, draft(trees))
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE rights_grant SET {column}")
    staff = town.subject("staff")
    assert door.explain(staff, trees, "environmental_planning").rule == "read.denied"
    assert door.explain(staff, other, "environmental_planning").rule == "read.internal"
    assert "cannot be read" in caplog.text
    door.withdraw_grant(town.subject("owner"), given)
    assert door.explain(staff, trees, "environmental_planning").rule == "read.internal"


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE rights_logentry SET unit = 'x'",
        "UPDATE rights_logentry SET seq = 1, hash = sha256('x'), rules = '{}'",
        "DELETE FROM rights_logentry",
        "TRUNCATE rights_logentry",
        "UPDATE rights_pseudonymkey SET sealed = 'x'",
        "DELETE FROM rights_pseudonymkey",
        "DELETE FROM rights_anchor",
        "UPDATE rights_anchor SET seq = 7",
    ],
)
def test_the_log_is_append_only(town: Town, attempt: str) -> None:
    door.give_grant(town.subject("owner"), draft(make_dataset(town)))
    with (
        pytest.raises(Exception, match=r"append-only|never changed|destroyed once") as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attempt)
    assert not isinstance(refusal.value, InternalError)
