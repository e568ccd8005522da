# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""People, programs, roles and tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from allmende.kernel.clock import now
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from allmende.kernel.text import Text
from allmende.organisations import door
from allmende.organisations.models import Change, HeldRole, Person, Token
from allmende.organisations.terms import Level
from allmende.rights.terms import ANYONE, OPERATOR, Action, Held, Subject, SubjectKind
from tests.factories import make_person, small_town

pytestmark = pytest.mark.django_db


# --- people -----------------------------------------------------------------------------------------------------


def test_a_person_as_a_subject() -> None:
    town = small_town()
    owner = town.subject("owner")
    assert owner == Subject(
        kind=SubjectKind.PERSON,
        id=town.people["owner"],
        tenant="auenstadt",
        unit=town.units["environment"],
        units=frozenset({town.units["environment"], town.units["administration"], town.root}),
        roles=frozenset({Held("data_owner", town.units["environment"])}),
        administration=True,
    )
    assert not town.subject("engineer").administration
    assert door.subject_for(object()) is ANYONE


def test_an_email_address_has_one_account_whatever_its_case_and_town() -> None:
    town, other = small_town(), small_town("bergdorf", name="Bergdorf")
    for place in (town, other):
        with pytest.raises(Conflict) as taken:
            door.create_person(
                place.subject("admin"),
                tenant=place.slug,
                unit=place.units["youth"],
                name="Again",
                email=" Owner@AUENSTADT.example",
            )
        assert "auenstadt" not in taken.value.detail.de.lower()


@pytest.mark.parametrize("email", ["", "owner", "a@b@c", "owner@", "x" * 300 + "@a.example"])
def test_what_is_no_email_address_is_refused(email: str) -> None:
    town = small_town()
    with pytest.raises(Invalid):
        door.create_person(OPERATOR, tenant=town.slug, unit=town.units["youth"], name="N", email=email)


def test_nobody_but_the_operator_sets_another_ones_password() -> None:
    town = small_town()
    with pytest.raises(Forbidden):
        door.create_person(
            town.subject("admin"),
            tenant=town.slug,
            unit=town.units["youth"],
            name="New",
            email="new@auenstadt.example",
            password="known to two",
        )


def test_when_somebody_signed_in_last_is_not_stored() -> None:
    assert "last_login" not in {field.name for field in Person._meta.get_fields()}


def test_a_closed_account_loses_roles_tokens_and_password() -> None:
    town = small_town()
    owner = town.people["owner"]
    issued = door.issue_token(
        town.subject("owner"), tenant=town.slug, person=owner, label="Skript", purposes={"statistics"}
    )
    door.deactivate_person(town.subject("admin"), tenant=town.slug, person=owner)
    assert town.subject("owner") == ANYONE
    assert not HeldRole.objects.filter(person_id=owner).exists()
    assert Token.objects.get(id=issued.token.id).revoked_at is not None
    row = Person.objects.get(id=owner)
    assert (row.is_active, row.has_usable_password()) == (False, False)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_people_takes_two_queries(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    town = small_town()
    for number in range(count):
        make_person(town, f"extra{number}")
    with django_assert_num_queries(2):
        assert len(door.people(town.slug)) == 10 + count


# --- roles ------------------------------------------------------------------------------------------------------


def test_a_role_is_given_and_taken_back() -> None:
    town = small_town()
    admin, staff, youth = town.subject("admin"), town.people["staff"], town.units["youth"]
    given = door.give_role(admin, tenant=town.slug, person=staff, role="data_owner", unit=youth)
    assert [(held.role, held.unit) for held in given.roles] == [("data_owner", youth)]
    door.give_role(admin, tenant=town.slug, person=staff, role="data_owner", unit=youth)
    [change] = Change.objects.filter(verb="give_role", actor_kind="person")
    assert change.actor_unit == town.units["administration"]
    assert (change.about, change.detail) == (staff, {"role": "data_owner", "unit": youth})
    assert admin.id not in repr(list(Change.objects.filter(verb="give_role", actor_kind="person").values()))
    taken = door.withdraw_role(admin, tenant=town.slug, person=staff, role="data_owner", unit=youth)
    assert taken.roles == ()


def test_nobody_gives_a_role_to_themselves() -> None:
    town = small_town()
    with pytest.raises(Forbidden) as refused:
        door.give_role(
            town.subject("admin"),
            tenant=town.slug,
            person=town.people["admin"],
            role="data_owner",
            unit=town.units["youth"],
        )
    assert refused.value.more["missing"] == "second_person"


def test_everybody_may_lay_down_a_role() -> None:
    town = small_town()
    owner = town.subject("owner")
    door.withdraw_role(owner, tenant=town.slug, person=owner.id, role="data_owner", unit=town.units["environment"])
    assert town.subject("owner").roles == frozenset()


@pytest.mark.parametrize("role", ["tenant_administrator", "data_protection", "ethics_ombudsperson"])
def test_who_organises_one_unit_makes_no_administrator_and_opens_no_log(role: str) -> None:
    town = small_town()
    door.create_role(
        OPERATOR,
        tenant=town.slug,
        slug="organiser",
        title=Text("Stellenverwaltung", "Organiser"),
        description=Text("", ""),
        level=Level.PLATFORM,
        actions={Action.ORGANISE},
    )
    door.give_role(
        OPERATOR,
        tenant=town.slug,
        person=town.people["owner"],
        role="auenstadt.organiser",
        unit=town.units["environment"],
    )
    organiser = town.subject("owner")
    helper = make_person(town, "helper")
    door.give_role(organiser, tenant=town.slug, person=helper.id, role="data_owner", unit=town.units["environment"])
    for place in (town.units["environment"], town.root):
        with pytest.raises(Forbidden):
            door.give_role(organiser, tenant=town.slug, person=helper.id, role=role, unit=place)
    with pytest.raises(Forbidden):
        door.give_role(organiser, tenant=town.slug, person=helper.id, role="data_owner", unit=town.units["youth"])


def test_data_protection_and_staff_council_do_not_lie_in_one_hand() -> None:
    town = small_town()
    for who, role in (
        ("protection", "staff_council"),
        ("council", "data_protection"),
        ("council", "datenschutz_it_sicherheit"),
    ):
        with pytest.raises(Conflict):
            door.give_role(OPERATOR, tenant=town.slug, person=town.people[who], role=role, unit=town.root)


def test_no_role_gives_data() -> None:
    town = small_town()
    for action in (Action.KNOW, Action.READ):
        with pytest.raises(Invalid):
            door.create_role(
                OPERATOR,
                tenant=town.slug,
                slug="reader",
                title=Text("Leser", "Reader"),
                description=Text("", ""),
                level=Level.OPERATIONAL,
                actions={action},
            )
    assert not any({Action.KNOW, Action.READ} & role.actions for role in door.roles(town.slug))


def test_across_towns_nothing_is_given_taken_or_seen() -> None:
    town, other = small_town(), small_town("bergdorf", name="Bergdorf")
    admin = town.subject("admin")
    door.create_role(
        OPERATOR,
        tenant=other.slug,
        slug="own",
        title=Text("Eigene", "Own"),
        description=Text("", ""),
        level=Level.OPERATIONAL,
        actions=set(),
    )
    attempts: list[Callable[[], object]] = [
        lambda: door.person(town.slug, other.people["staff"]),
        lambda: door.give_role(
            admin, tenant=town.slug, person=other.people["staff"], role="it", unit=town.units["youth"]
        ),
        lambda: door.give_role(
            admin, tenant=town.slug, person=town.people["staff"], role="it", unit=other.units["youth"]
        ),
        lambda: door.give_role(
            admin, tenant=town.slug, person=town.people["staff"], role="bergdorf.own", unit=town.units["youth"]
        ),
        lambda: door.give_role(
            admin, tenant=other.slug, person=other.people["staff"], role="it", unit=other.units["youth"]
        ),
        lambda: door.deactivate_person(admin, tenant=other.slug, person=other.people["staff"]),
        lambda: door.deactivate_person(admin, tenant=town.slug, person=other.people["staff"]),
        lambda: door.move_person(admin, tenant=town.slug, person=town.people["staff"], unit=other.units["youth"]),
    ]
    for attempt in attempts:
        with pytest.raises((NotFound, Forbidden)):
            attempt()
    assert {person.tenant for person in door.people(town.slug)} == {"auenstadt"}
    assert "bergdorf.own" not in {role.slug for role in door.roles(town.slug)}


# --- what is lacking ----------------------------------------------------------------------------------------------


def test_unfilled_roles_are_named_and_a_bundle_fills_what_it_includes() -> None:
    town = small_town()
    unfilled = {finding.role for finding in door.findings(town.slug) if finding.kind == "unfilled"}
    assert unfilled == {
        "data_strategist",
        "group_data_manager",
        "use_case_adviser",
        "stakeholder_manager",
        "communication_manager",
        "ethics_ombudsperson",
        "multiplier",
    }
    door.give_role(OPERATOR, tenant=town.slug, person=town.people["staff"], role="datenbeauftragte", unit=town.root)
    unfilled = {finding.role for finding in door.findings(town.slug) if finding.kind == "unfilled"}
    assert unfilled == {"data_strategist", "ethics_ombudsperson", "multiplier"}


def test_a_strategic_role_placed_in_it_is_warned_about() -> None:
    town = small_town()
    door.give_role(
        OPERATOR,
        tenant=town.slug,
        person=town.people["it"],
        role="data_strategist",
        unit=town.units["it_office"],
    )
    [finding] = [finding for finding in door.findings(town.slug) if finding.kind == "too_operational"]
    assert (finding.role, finding.unit) == ("data_strategist", town.units["it_office"])
    assert "Amt für IT" in finding.statement.de


# --- tokens -------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_only_its_digest_is_stored() -> None:
    town = small_town()
    owner = town.subject("owner")
    issued = door.issue_token(owner, tenant=town.slug, person=owner.id, label="R-Skript", purposes=["statistics"])
    assert issued.secret.startswith("allm_")
    assert len(issued.secret) == 5 + 43  # 256 bits in base64
    row = Token.objects.get(id=issued.token.id)
    assert bytes(row.sha256) == hashlib.sha256(issued.secret.encode()).digest()
    assert (row.ending, row.purposes) == (issued.secret[-4:], ["statistics"])
    assert row.expires_at - row.created_at == timedelta(days=365)
    [seen] = door.tokens_of_person(town.slug, owner.id)
    assert (seen, seen.bound_to) == (issued.token, "Owner")
    assert issued.secret not in repr(list(Change.objects.values()))


@pytest.mark.parametrize("who", ["admin", "staff", "protection"])
def test_nobody_issues_another_ones_token(who: str) -> None:
    town = small_town()
    with pytest.raises(Forbidden):
        door.issue_token(
            town.subject(who), tenant=town.slug, person=town.people["owner"], label="X", purposes=["statistics"]
        )


def test_a_token_issues_no_token() -> None:
    town = small_town()
    owner = town.subject("owner").__class__(
        kind=SubjectKind.PERSON, id=town.people["owner"], tenant=town.slug, purposes=frozenset({"statistics"})
    )
    with pytest.raises(Forbidden):
        door.issue_token(owner, tenant=town.slug, person=owner.id, label="X", purposes=["health_reporting"])


def test_a_programs_tokens_come_from_its_keeper_alone() -> None:
    town = small_town()
    admin = town.subject("admin")
    with pytest.raises(Forbidden):
        door.create_system(admin, tenant=town.slug, unit=town.units["youth"], slug="kita", name="Kita", keeper=admin.id)
    system = door.create_system(
        admin, tenant=town.slug, unit=town.units["youth"], slug="kita", name="Kita", keeper=town.people["youth"]
    )
    with pytest.raises(Forbidden):
        door.issue_token(admin, tenant=town.slug, system=system.id, label="X", purposes=["statistics"])
    issued = door.issue_token(
        town.subject("youth"), tenant=town.slug, system=system.id, label="X", purposes=["statistics"]
    )
    assert issued.token.bound_to == "Kita"


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes": []},
        {"lifetime": timedelta(0)},
        {"lifetime": timedelta(days=731)},
        {"label": ""},
        {"system": "also"},
        {"person": ""},
    ],
)
def test_a_token_that_cannot_be_is_refused(changes: dict) -> None:
    town = small_town()
    values = {"person": town.people["owner"], "label": "X", "purposes": ["statistics"]}
    with pytest.raises(Invalid):
        door.issue_token(OPERATOR, tenant=town.slug, **(values | changes))


def test_a_token_ends_by_its_person_or_the_administrator_not_by_others() -> None:
    town, other = small_town(), small_town("bergdorf", name="Bergdorf")
    for who in ("owner", "admin"):
        issued = door.issue_token(
            OPERATOR, tenant=town.slug, person=town.people["owner"], label="X", purposes=["statistics"]
        )
        for stranger, tenant in (
            (town.subject("staff"), town.slug),
            (other.subject("admin"), town.slug),
            (other.subject("admin"), other.slug),
        ):
            with pytest.raises((Forbidden, NotFound)):
                door.revoke_token(stranger, tenant=tenant, token=issued.token.id)
        door.revoke_token(town.subject(who), tenant=town.slug, token=issued.token.id)
        revoked = Token.objects.get(id=issued.token.id).revoked_at
        assert revoked is not None
        assert revoked <= now()


def test_what_is_no_id_is_answered_like_what_does_not_exist() -> None:
    town = small_town()
    answers = set()
    for key in ("", "x", "01a1fae4-7137-7e89-8501-150bdd151d13"):
        with pytest.raises(Problem) as answer:
            door.person(town.slug, key)
        answers.add((type(answer.value), answer.value.detail))
    assert len(answers) == 1
