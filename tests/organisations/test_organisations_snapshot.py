# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The register as the rights snapshot gets it, and the kit behind its roles."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from allmende.kernel.clock import now
from allmende.organisations import door
from allmende.organisations.domain.kit import ensure_kit
from allmende.organisations.kit import shipped
from allmende.organisations.models import Role, Token
from allmende.organisations.snapshot import TABLES, load_subjects
from allmende.organisations.terms import Level
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, Action
from tests.factories import small_town

pytestmark = pytest.mark.django_db

#: The thirteen the issue names, and the two oversight roles without which no name in the decision log is shown.
KIT = {
    "data_strategist", "group_data_manager", "use_case_adviser", "quality_assurer", "stakeholder_manager",
    "communication_manager", "ethics_ombudsperson", "it", "multiplier", "data_owner", "staff",
    "tenant_administrator", "gatekeeper", "data_protection", "staff_council",
}  # fmt: skip


def raw() -> psycopg.Connection:
    connection.ensure_connection()
    conn: psycopg.Connection = connection.connection
    return conn


def test_the_snapshot_has_each_person_as_sign_in_has_them() -> None:
    town = small_town()
    small_town("bergdorf", name="Bergdorf")
    subjects = rights.snapshot().subjects
    for who, id_ in town.people.items():
        assert subjects[id_] == town.subject(who), who


def test_programs_and_their_tokens_are_subjects() -> None:
    town = small_town()
    system = door.create_system(OPERATOR, tenant=town.slug, unit=town.units["utilities"], slug="grid", name="Netz")
    issued = door.issue_token(OPERATOR, tenant=town.slug, system=system.id, label="X", purposes=["statistics"])
    seen = rights.snapshot().bearer(issued.secret, now())
    assert seen is not None
    assert seen == door.subject_by_token(issued.secret)
    assert (seen.id, seen.administration, seen.purposes) == (system.id, False, frozenset({"statistics"}))
    assert rights.snapshot().bearer(issued.secret, now() + timedelta(days=366)) is None
    door.deactivate_system(OPERATOR, tenant=town.slug, system=system.id)
    assert rights.snapshot().bearer(issued.secret, now()) is None
    assert door.subject_by_token(issued.secret) is None


@pytest.mark.parametrize("end", ["revoked", "closed", "expired"])
def test_a_token_that_ended_is_in_no_snapshot(end: str) -> None:
    town = small_town()
    issued = door.issue_token(
        OPERATOR, tenant=town.slug, person=town.people["owner"], label="X", purposes=["statistics"]
    )
    assert rights.snapshot().bearer(issued.secret, now()) is not None
    if end == "revoked":
        door.revoke_token(town.subject("owner"), tenant=town.slug, token=issued.token.id)
    elif end == "closed":
        door.deactivate_person(OPERATOR, tenant=town.slug, person=town.people["owner"])
    else:
        Token.objects.update(expires_at=now() - timedelta(days=1))
    assert rights.snapshot().bearer(issued.secret, now()) is None
    assert door.subject_by_token(issued.secret) is None
    assert load_subjects(raw()).tokens == ()


@pytest.mark.parametrize("table", TABLES)
def test_each_table_read_is_watched(table: str) -> None:
    triggers = raw().execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", (table,)
    )
    assert ("rights_watch",) in triggers.fetchall()


def test_a_role_given_is_a_new_version() -> None:
    town = small_town()
    before = rights.snapshot().version
    door.give_role(OPERATOR, tenant=town.slug, person=town.people["staff"], role="it", unit=town.root)
    assert rights.snapshot().version > before
    assert rights.snapshot().subjects[town.people["staff"]] == town.subject("staff")


# --- the kit ------------------------------------------------------------------------------------------------------


def test_the_kit_has_the_roles_of_the_source_and_its_profiles_name_only_them() -> None:
    kit = shipped()
    bundles = {role.slug for role in kit.role if role.includes}
    assert set(kit.by_slug()) - bundles == KIT
    assert bundles == {"datenbeauftragte", "fachamt", "datenschutz_it_sicherheit", "leitung"}
    assert bundles <= set(kit.profiles()["kleinstadt"].roles)
    assert set(kit.profiles()["full"].roles) == KIT
    for role in kit.role:
        assert {*role.includes, *role.excludes} <= set(kit.by_slug())


def test_no_role_of_the_kit_gives_data_and_power_asks_for_a_second_factor() -> None:
    kit = shipped()
    for role in kit.role:
        actions = kit.actions_of(role.slug)
        assert not {Action.KNOW, Action.READ} & actions
        powerful = {Action.GRANT, Action.RELEASE, Action.CONNECT, Action.ORGANISE, Action.ADMINISTER, Action.UNVEIL}
        assert role.second_factor or not powerful & actions, role.slug


def test_the_bundles_of_a_small_town_cover_every_essential_role() -> None:
    kit = shipped()
    covered = {part for role in kit.role for part in role.includes}
    assert {role.slug for role in kit.role if role.essential} <= covered


def test_the_kit_is_brought_up_to_date_and_a_towns_own_roles_stay() -> None:
    town = small_town()
    own = door.create_role(
        OPERATOR,
        tenant=town.slug,
        slug="data_owner",  # the same word as in the kit, but another role
        title=shipped().by_slug()["staff"].title,
        description=shipped().by_slug()["staff"].description,
        level=Level.OPERATIONAL,
        actions=[],
    )
    Role.objects.filter(slug="it").update(title_de="EDV", actions=["administer"])
    Role.objects.filter(slug="staff").delete()
    ensure_kit()
    roles = {role.slug: role for role in door.roles(town.slug)}
    assert (roles["it"].title.de, roles["it"].actions) == ("IT", frozenset({Action.CONNECT}))
    assert "staff" in roles
    assert roles[own.slug] == own
    assert rights.snapshot().roles[(town.slug, "data_owner")] == frozenset({Action.DESCRIBE, Action.GRANT})


def test_a_new_town_has_purposes() -> None:
    town = small_town()
    assert {slug for tenant, slug in rights.snapshot().purposes if tenant == town.slug} == {
        purpose.slug for purpose in shipped().purpose
    }
