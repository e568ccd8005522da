# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What must hold for every combination of data sets, grants, people and purposes."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from allmende.rights.decide import decide, resolve
from allmende.rights.rules import RULES
from allmende.rights.terms import (
    OPERATOR,
    Action,
    Class,
    Coarsen,
    Decision,
    Effect,
    Grant,
    GranteeKind,
    HideColumn,
    NoOnwardUse,
    Outcome,
    ReleaseTableOnly,
    Resource,
    RowFilter,
    RowRange,
    Secret,
    Subject,
    Visibility,
)
from tests.rights.town import EVERYBODY, NOW, SUBJECTS, UNITS, subject, town

_UNITS = [unit.id for unit in UNITS]
_PURPOSES = ["traffic", "statistics", "planning"]
_OBLIGATIONS = [
    HideColumn("a"),
    RowFilter("b", ("1",)),
    RowRange("c", "1"),
    Coarsen("c", "10"),
    NoOnwardUse(),
    ReleaseTableOnly(),
    ReleaseTableOnly("v1"),
]

purposes = st.sampled_from(["", *_PURPOSES])
subjects = st.builds(
    lambda who, bound: subject(who) if bound is None or who == "anyone" else subject(who).bound_to(bound),
    st.sampled_from(EVERYBODY),
    st.none() | st.frozensets(st.sampled_from(_PURPOSES)),
)
moments = st.none() | st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)])
resources = st.builds(
    Resource,
    id=st.just("d"),
    tenant=st.just("auenstadt"),
    name=st.just("daten"),
    unit=st.sampled_from(_UNITS[:5]),
    cls=st.sampled_from(Class),
    secrets=st.frozensets(st.sampled_from(Secret), max_size=1),
    visibility=st.sampled_from(Visibility),
    visible_to=st.frozensets(st.sampled_from(_UNITS), max_size=2),
    purposes=st.frozensets(st.sampled_from(_PURPOSES), max_size=2),
    released=st.booleans(),
    release_table=st.sampled_from(["", "v1", "v2"]),
    release_table_for=st.sampled_from(Visibility),
    obligations=st.lists(st.sampled_from(_OBLIGATIONS), max_size=2).map(tuple),
    shared_with=st.sampled_from([frozenset[str](), frozenset({"bergstadt"})]),
)
_GRANTEES = {
    GranteeKind.PERSON: [s.id for s in SUBJECTS],
    GranteeKind.SYSTEM: ["sensor_hub"],
    GranteeKind.UNIT: _UNITS,
    GranteeKind.ROLE: ["staff", "data_owner", "tenant_administrator"],
    GranteeKind.TENANT: ["auenstadt", "bergstadt"],
    GranteeKind.ANYONE: [""],
}


@st.composite
def grants(draw: st.DrawFn, effect: Effect | None = None, id_: str = "") -> Grant:
    kind = draw(st.sampled_from(GranteeKind))
    return Grant(
        id=id_ or draw(st.uuids().map(str)),
        resource="d",
        effect=effect or draw(st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY])),
        grantee_kind=kind,
        grantee=draw(st.sampled_from(_GRANTEES[kind])),
        actions=draw(
            st.sampled_from([frozenset({Action.READ}), frozenset({Action.KNOW}), frozenset({Action.KNOW, Action.READ})])
        ),
        purposes=draw(st.frozensets(st.sampled_from(_PURPOSES), max_size=2)),
        valid_from=draw(moments),
        valid_until=draw(moments),
        obligations=tuple(draw(st.lists(st.sampled_from(_OBLIGATIONS), max_size=2))),
        legal_basis=draw(st.sampled_from(["", " ", "§ 3"])),
    )


several = st.lists(grants(), max_size=6, unique_by=lambda grant: grant.id)


def ask(resource: Resource, given_: list[Grant], who: Subject, purpose: str, action: Action = Action.READ) -> Decision:
    return decide(town([resource], given_), who, action, ["d"], purpose, NOW).of["d"]


def sees(answer: Decision) -> bool:
    return answer.outcome is Outcome.ALLOW


def holds(grant: Grant) -> bool:
    return (grant.valid_from is None or grant.valid_from <= NOW) and (
        grant.valid_until is None or grant.valid_until > NOW
    )


def reaches(grant: Grant, who: Subject) -> bool:
    """Told anew, from the words of the requirement."""
    match grant.grantee_kind:
        case GranteeKind.ANYONE:
            return True
        case GranteeKind.PERSON | GranteeKind.SYSTEM:
            return who.id == grant.grantee and who.kind.value == grant.grantee_kind.value
        case GranteeKind.UNIT:
            return grant.grantee in who.units
        case GranteeKind.ROLE:
            return who.tenant == "auenstadt" and grant.grantee in {held.role for held in who.roles}
        case GranteeKind.TENANT:
            return who.tenant == grant.grantee


@given(resources, several, grants(Effect.DENY, "denial"), subjects, purposes)
def test_no_combination_of_grants_widens_what_one_of_them_denies(
    resource: Resource, others: list[Grant], denial: Grant, who: Subject, purpose: str
) -> None:
    answer = ask(resource, [*others, denial], who, purpose)
    if reaches(denial, who) and holds(denial) and (not denial.purposes or purpose in denial.purposes):
        assert not sees(answer)
    without = ask(resource, others, who, purpose)
    assert sees(without) or not sees(answer)  # a denial never opens anything
    if sees(answer):
        assert answer.obligations == without.obligations


@given(resources, several, grants(Effect.ALLOW, "more"), subjects, purposes)
def test_a_further_grant_never_shows_more_to_who_reads_already(
    resource: Resource, others: list[Grant], more: Grant, who: Subject, purpose: str
) -> None:
    before, after = ask(resource, others, who, purpose), ask(resource, [*others, more], who, purpose)
    if not sees(before) or before.rule == "read.release-table":
        return
    if sees(after):
        assert set(before.obligations) <= set(after.obligations)
    else:
        assert after.rule == "read.no-release-table"


@given(resources, several, grants(Effect.ALLOW, "more"), subjects, purposes)
def test_a_grant_opens_only_for_whom_and_what_it_names(
    resource: Resource, others: list[Grant], more: Grant, who: Subject, purpose: str
) -> None:
    before, after = ask(resource, others, who, purpose), ask(resource, [*others, more], who, purpose)
    if sees(after) and not sees(before) and after.rule != "read.release-table":
        assert reaches(more, who)
        assert holds(more)
        assert purpose in more.purposes
        assert Action.READ in more.actions
        assert set(more.obligations) - {ReleaseTableOnly(), ReleaseTableOnly("v1")} <= set(after.obligations)


@given(resources, several, purposes, st.sampled_from(["nina", "nora"]))
def test_towns_never_leak(resource: Resource, given_: list[Grant], purpose: str, who: str) -> None:
    shared = "bergstadt" in resource.shared_with or any(
        g.grantee_kind is GranteeKind.TENANT and g.grantee == "bergstadt" and g.effect is Effect.ALLOW for g in given_
    )
    if shared:
        return
    stranger, public = subject(who), subject("anyone")
    for action in (Action.KNOW, Action.READ):
        answer = ask(resource, given_, stranger, purpose, action)
        assert not sees(answer) or sees(ask(resource, given_, public, purpose, action))
    if resource.visibility is not Visibility.PUBLIC and not (resource.cls is Class.OPEN and resource.released):
        assert ask(resource, given_, stranger, purpose).outcome is Outcome.ABSENT


@given(resources, several, subjects, purposes)
def test_who_may_not_know_gets_the_answer_for_what_does_not_exist(
    resource: Resource, given_: list[Grant], who: Subject, purpose: str
) -> None:
    known, read = ask(resource, given_, who, purpose, Action.KNOW), ask(resource, given_, who, purpose)
    assert known.outcome is not Outcome.DENY
    assert (known.outcome is Outcome.ABSENT) == (read.outcome is Outcome.ABSENT)
    snapshot = town([resource], given_)
    assert (resolve(snapshot, who, "auenstadt", "daten", NOW) is None) == (known.outcome is Outcome.ABSENT)
    if read.outcome is Outcome.ABSENT:
        nothing = decide(snapshot, who, Action.READ, ["nothing"], purpose, NOW).of["nothing"]
        assert msgspec.structs.replace(nothing, resource="d") == read


@given(resources, several, subjects, purposes)
def test_personal_data_and_secrets_open_only_by_a_legal_basis_for_the_purpose(
    resource: Resource, given_: list[Grant], who: Subject, purpose: str
) -> None:
    if resource.cls is not Class.PERSONAL and not resource.secrets:
        return
    answer = ask(resource, given_, who, purpose)
    if sees(answer) and not any(isinstance(o, ReleaseTableOnly) for o in answer.obligations):
        assert answer.rule == "read.legal-basis"
        assert any(
            reaches(g, who)
            and g.effect is Effect.ALLOW
            and g.grantee_kind is not GranteeKind.ANYONE
            and g.legal_basis.strip()
            and purpose in g.purposes
            and Action.READ in g.actions
            and holds(g)
            and g.id in answer.grants
            for g in given_
        )


@given(resources, several, subjects, purposes)
def test_nothing_goes_beyond_a_tokens_purposes_and_little_without_one(
    resource: Resource, given_: list[Grant], who: Subject, purpose: str
) -> None:
    answer = ask(resource, given_, who, purpose)
    if purpose and who.purposes is not None and purpose not in who.purposes:
        assert not sees(answer)
    if not purpose and sees(answer):
        free = resource.cls is Class.OPEN and resource.released and not resource.secrets
        assert free or (answer.rule == "read.release-table" and resource.release_table_for is Visibility.PUBLIC)
    wider = msgspec.structs.replace(who, purposes=None)
    assert sees(ask(resource, given_, wider, purpose)) or not sees(answer)


@given(resources, several, purposes)
def test_the_operator_gets_no_rows_and_the_public_only_what_was_released(
    resource: Resource, given_: list[Grant], purpose: str
) -> None:
    assert not sees(ask(resource, given_, OPERATOR, purpose))
    public = ask(resource, given_, subject("anyone"), purpose)
    if sees(public):
        assert public.rule in ("read.open", "read.release-table")
        if public.rule == "read.release-table":
            assert ReleaseTableOnly(resource.release_table) in public.obligations


@given(resources, several, subjects, purposes, st.randoms())
def test_the_answer_depends_on_no_order(
    resource: Resource, given_: list[Grant], who: Subject, purpose: str, random: st.DataObject
) -> None:
    other = msgspec.structs.replace(resource, id="e", name="andere")
    shuffled = list(given_)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = decide(town([resource, other], given_), who, Action.READ, ["d", "e", "f"], purpose, NOW)
    again = decide(town([other, resource], shuffled), who, Action.READ, ["f", "e", "d"], purpose, NOW)
    assert first == again
    assert all(RULES[answer.rule].outcome is answer.outcome for answer in first.of.values())
