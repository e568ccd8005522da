# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The decision log for people: who may look into it, how a name comes out, how anchors leave and keys go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from procrastinate.contrib.django import app
from pytest_django.fixtures import Settings

from allmende.kernel import clock
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.organisations.door import deactivate_person
from allmende.rights import door, journal, tasks
from allmende.rights.anchors import parse, public_key
from allmende.rights.current import raw_connection
from allmende.rights.domain.anchoring import anchor_due, drop_anchor
from allmende.rights.domain.keys import destroy_keys
from allmende.rights.domain.work import master_key, sealer
from allmende.rights.models import AnchorSending, LogEntry, PseudonymKey
from allmende.rights.terms import OPERATOR, Action, Class, GranteeKind, Outcome
from allmende.rights.verify import examine
from tests.factories import Town, make_dataset, small_town

pytestmark = pytest.mark.django_db

REASON = "Verdacht auf Abruf ohne dienstlichen Anlass, Vorgang 17/2026."


@pytest.fixture
def town() -> Town:
    town = small_town()
    door.define_purpose(
        OPERATOR,
        town.slug,
        slug="statistics",
        title=Text("Statistik", "Statistics"),
        concept="https://w3id.org/dpv#PublicBenefit",
    )
    return town


def read(
    town: Town, who: str, *resources: str, purpose: str = "environmental_planning", at: datetime | None = None
) -> str:
    """Ask and write it down like the hot path; return the entry's id."""
    subject = town.subject(who)
    decisions = door.decide(subject, Action.READ, resources, purpose)
    use = journal.use_of(
        decision_id=new_id(),
        subject=subject,
        decisions=decisions,
        snapshot=door.snapshot(),
        statement="SELECT ? FROM auenstadt.trees",
        at=at or clock.now(),
    )
    journal.write(raw_connection(), sealer(), use)
    assert use.entry is not None
    return use.entry.id


# --- looking into it ----------------------------------------------------------------------------------------------


def test_only_who_may_inspect_sees_the_towns_entries(town: Town) -> None:
    trees = make_dataset(town)
    entry = read(town, "staff", trees)
    refused = read(town, "engineer", trees)
    for who in ("owner", "staff", "admin", "council", "gate"):
        with pytest.raises(Forbidden):
            door.entries(town.subject(who), town.slug)
    seen = door.entries(town.subject("protection"), town.slug, action=Action.READ, resource=trees)
    assert [(view.id, view.outcome, view.rules) for view in seen] == [
        (refused, Outcome.ABSENT, ("absent",)),
        (entry, Outcome.ALLOW, ("read.internal",)),
    ]
    assert seen[1].statement == "SELECT ? FROM auenstadt.trees"
    assert [
        view.id
        for view in door.entries(
            town.subject("protection"), town.slug, outcome=Outcome.ALLOW, action=Action.READ, resource=trees
        )
    ] == [entry]
    assert door.entries(town.subject("protection"), town.slug, since=clock.now()) == ()
    assert [v.action for v in door.entries(town.subject("protection"), town.slug, limit=1)] == ["read"]


def test_another_town_sees_of_a_question_only_what_was_about_its_data(town: Town) -> None:
    trees = make_dataset(town)
    neighbour = small_town("bergstadt", name="Bergstadt")
    waters = make_dataset(neighbour, "waters", cls=Class.RESTRICTED)
    door.define_purpose(
        OPERATOR,
        "bergstadt",
        slug="environmental_planning",
        title=Text("Umwelt", "Environment"),
        concept="https://w3id.org/dpv#PublicBenefit",
    )
    grant = door.GrantDraft(
        resource=waters,
        grantee_kind=GranteeKind.TENANT,
        grantee="auenstadt",
        purposes=frozenset({"environmental_planning"}),
    )
    with pytest.raises(Invalid):
        door.give_grant(
            OPERATOR,
            door.GrantDraft(
                resource=waters, grantee_kind=GranteeKind.PERSON, grantee=town.people["staff"], purposes=grant.purposes
            ),
        )
    given = door.give_grant(OPERATOR, grant)
    entry = read(town, "staff", trees, waters)
    (theirs,) = door.entries(
        neighbour.subject("protection"), "bergstadt", action=Action.READ, resource=waters, outcome=Outcome.ALLOW
    )[:1]
    assert (theirs.id, theirs.resources, theirs.rules, theirs.tenant) == (
        entry,
        (waters,),
        ("read.grant",),
        "auenstadt",
    )
    assert (theirs.statement, theirs.pseudonym, theirs.unit, theirs.grants) == ("", "", "", ())
    (ours,) = door.entries(town.subject("protection"), "auenstadt", action=Action.READ, resource=trees)
    assert (set(ours.resources), ours.grants) == ({trees, waters}, (given,))
    with pytest.raises(Forbidden):
        door.entries(town.subject("protection"), "bergstadt")


def test_verbs_are_entries_too(town: Town) -> None:
    (view,) = door.entries(town.subject("protection"), town.slug)
    assert (view.action, view.statement, view.resources, view.rules) == (
        "organise", "define_purpose", ("statistics",), ("register.operator",),
    )  # fmt: skip


# --- a name -------------------------------------------------------------------------------------------------------


def test_a_name_takes_both_offices_and_a_reason_and_leaves_its_own_entries(town: Town) -> None:
    entry = read(town, "staff", make_dataset(town))
    asker, council = town.subject("protection"), town.subject("council")
    request = door.ask_unveiling(asker, town.slug, entry=entry, reason=REASON)
    with pytest.raises(Conflict, match="missing"):
        door.unveil(asker, request)
    door.approve_unveiling(asker, request, door.Office.PROTECTION)
    with pytest.raises(Conflict, match="missing"):
        door.unveil(asker, request)
    with pytest.raises(Forbidden):
        door.approve_unveiling(asker, request, door.Office.COUNCIL)
    with pytest.raises(Forbidden):
        door.approve_unveiling(council, request, door.Office.PROTECTION)
    door.approve_unveiling(council, request, door.Office.COUNCIL)
    with pytest.raises(Conflict, match="decided"):
        door.approve_unveiling(council, request, door.Office.COUNCIL)
    with pytest.raises(Forbidden):
        door.unveil(council, request)
    assert door.unveil(asker, request) == town.people["staff"]
    with pytest.raises(Conflict, match="used up"):
        door.unveil(asker, request)
    (view,) = door.unveilings(council, town.slug)
    assert (view.id, view.entry, view.reason, view.opened_at is not None) == (request, entry, REASON, True)
    logged = LogEntry.objects.filter(resources__contains=[request]).order_by("at").values_list("action", "statement")
    assert list(logged) == [
        ("unveil", "ask_unveiling"),
        ("unveil_protection", "approve_unveiling"),
        ("unveil_council", "approve_unveiling"),
        ("unveil", "unveil"),
    ]


def test_nobody_else_gets_near_a_name(town: Town) -> None:
    entry = read(town, "staff", make_dataset(town))
    for who in ("admin", "owner", "staff", "council", "it", "gate"):
        with pytest.raises(Forbidden):
            door.ask_unveiling(town.subject(who), town.slug, entry=entry, reason=REASON)
    with pytest.raises(Forbidden):
        door.ask_unveiling(OPERATOR, town.slug, entry=entry, reason=REASON)
    with pytest.raises(Forbidden):
        door.unveilings(town.subject("admin"), town.slug)
    neighbour = small_town("bergstadt", name="Bergstadt")
    with pytest.raises(NotFound):
        door.ask_unveiling(neighbour.subject("protection"), "bergstadt", entry=entry, reason=REASON)
    with pytest.raises(Invalid):
        door.ask_unveiling(town.subject("protection"), town.slug, entry=entry, reason="darum")
    for name in ("x", "0" * 32):
        with pytest.raises(NotFound):
            door.ask_unveiling(town.subject("protection"), town.slug, entry=name, reason=REASON)
        with pytest.raises(NotFound):
            door.unveil(town.subject("protection"), name)


def test_who_is_gone_is_found_among_the_candidates(town: Town) -> None:
    entry = read(town, "staff", make_dataset(town))
    asker = town.subject("protection")
    request = door.ask_unveiling(asker, town.slug, entry=entry, reason=REASON)
    door.approve_unveiling(asker, request, door.Office.PROTECTION)
    door.approve_unveiling(town.subject("council"), request, door.Office.COUNCIL)
    deactivate_person(OPERATOR, tenant=town.slug, person=town.people["staff"])
    with pytest.raises(Conflict, match="cannot be found"):
        door.unveil(asker, request)
    assert door.unveil(asker, request, [town.people["staff"]]) == town.people["staff"]


# --- keys and anchors ---------------------------------------------------------------------------------------------


def test_old_keys_are_destroyed_and_the_chain_stays_valid(town: Town, settings: Settings) -> None:
    settings.RIGHTS_KEY_MONTHS = 2
    trees = make_dataset(town)
    now = clock.now()
    first = now.replace(day=1)
    months = [first]
    for _ in range(3):
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    names = [f"{month:%Y-%m}" for month in months]
    old = [read(town, "staff", trees, at=month) for month in months]
    anchor = drop_anchor()
    assert destroy_keys() == (names[3],)
    assert destroy_keys() == ()
    kept = PseudonymKey.objects.filter(sealed__isnull=False).values_list("month", flat=True)
    assert sorted(kept) == sorted(names[:3])
    report = examine(raw_connection(), [anchor])
    assert [finding for finding in report.findings if finding.seq] == []
    asker = town.subject("protection")
    door.ask_unveiling(asker, town.slug, entry=old[2], reason=REASON)
    with pytest.raises(Conflict, match="destroyed"):
        door.ask_unveiling(asker, town.slug, entry=old[3], reason=REASON)
    assert LogEntry.objects.get(statement="destroy_keys").resources == [names[3]]


def test_an_anchor_leaves_as_file_and_by_mail(town: Town, settings: Settings, tmp_path: Path) -> None:
    settings.RIGHTS_ANCHOR_FOLDER = tmp_path / "out of reach"
    settings.RIGHTS_ANCHOR_MAIL = ["", "datenschutz@auenstadt.example"]
    read(town, "staff", make_dataset(town))
    anchor = drop_anchor()
    assert anchor.seq == LogEntry.objects.count()
    assert anchor.public_key == public_key(master_key())
    (file,) = (tmp_path / "out of reach").iterdir()
    assert file.name == f"anchor-{anchor.at.astimezone(UTC):%Y-%m-%d}.txt"
    (message,) = mail.outbox
    assert message.to == ["datenschutz@auenstadt.example"]
    for text in (file.read_text(), str(message.body)):
        assert parse(text) == (anchor,)
    assert [view.statement for view in door.anchors(town.subject("protection"), town.slug)] == [anchor.text]
    assert door.check_log(town.subject("protection"), town.slug, [anchor]).anchors == 1
    with pytest.raises(Forbidden):
        door.check_log(town.subject("admin"), town.slug)
    settings.RIGHTS_ANCHOR_FOLDER = Path("/proc/nowhere")
    with pytest.raises(OSError, match="nowhere"):
        drop_anchor()
    assert len(mail.outbox) == 2  # the other way was gone all the same


def test_the_nightly_tasks_are_registered_and_do_it(town: Town, settings: Settings, tmp_path: Path) -> None:
    settings.RIGHTS_ANCHOR_FOLDER = tmp_path
    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert (schedule["rights.anchor"], schedule["rights.keys"]) == ("17 * * * *", "47 2 * * *")
    tasks.anchor(timestamp=0)
    tasks.keys(timestamp=0)
    assert len(list(tmp_path.iterdir())) == 1


def test_an_anchor_that_failed_is_tried_each_hour_until_one_went_out(town: Town, settings: Settings) -> None:
    night = datetime(2026, 11, 20, 2, 17, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert anchor_due(night)

    def noted(at: datetime, failure: str = "") -> None:
        AnchorSending.objects.create(at=at, seq=1, failure=failure)

    noted(night - hour * 24)
    assert not anchor_due(night - hour)  # the night before it went out
    assert anchor_due(night)
    noted(night, "SMTPConnectError: down")
    assert anchor_due(night + hour)
    noted(night + hour)
    assert not anchor_due(night + hour * 2)
    assert not anchor_due(night + hour * 22)
    assert anchor_due(night + hour * 24)


def test_what_came_of_sending_an_anchor_is_noted(town: Town, settings: Settings, tmp_path: Path) -> None:
    settings.RIGHTS_ANCHOR_FOLDER = Path("/proc/nowhere")
    before = len(mail.outbox)
    with pytest.raises(OSError, match="nowhere"):
        tasks.anchor(timestamp=0)
    settings.RIGHTS_ANCHOR_FOLDER = tmp_path
    tasks.anchor(timestamp=0)
    tasks.anchor(timestamp=0)  # it went out: nothing to do
    tried = list(AnchorSending.objects.order_by("at").values_list("failure", flat=True))
    assert len(tried) == 2
    assert "nowhere" in tried[0]
    assert tried[1] == ""
    assert len(list(tmp_path.iterdir())) == 1
    assert len(mail.outbox) == before


def test_a_page_is_of_use_to_whom_a_role_anywhere_in_the_town_gives_it(town: Town) -> None:
    assert door.somewhere(town.subject("youth"), Action.GRANT)
    assert not door.somewhere(town.subject("staff"), Action.GRANT)
    door.require_somewhere(town.subject("youth"), Action.GRANT)
    with pytest.raises(Forbidden):
        door.require_somewhere(town.subject("staff"), Action.GRANT)
