# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The decision point: class × subject × purpose with the exact rule, then each rule's fine print."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from allmende.kernel.text import Text
from allmende.rights.decide import decide, may, resolve
from allmende.rights.rules import RULES
from allmende.rights.snapshot import Granted, Organisations, Token, Unit, assemble
from allmende.rights.terms import (
    ANYONE,
    Action,
    Attribution,
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
    Secret,
    Visibility,
)
from tests.rights.town import EVERYBODY, NOW, SUBJECTS, person, subject, town

DAY = timedelta(days=1)


def dataset(**given: object) -> Resource:
    """A data set of the environment office for traffic planning; ``given`` changes it."""
    base = Resource(
        id="d", tenant="auenstadt", name="daten", unit="umwelt", cls=Class.INTERNAL, purposes=frozenset({"traffic"})
    )
    return msgspec.structs.replace(base, ask="Umweltamt", **given)


def allow(kind: GranteeKind = GranteeKind.PERSON, to: str = "gerd", **given: object) -> Grant:
    """An allowing grant for statistics; ``given`` changes it."""
    base = Grant(
        id="g", resource="d", effect=Effect.ALLOW, grantee_kind=kind, grantee=to, purposes=frozenset({"statistics"})
    )
    return msgspec.structs.replace(base, **given)


def deny(kind: GranteeKind = GranteeKind.ANYONE, to: str = "", **given: object) -> Grant:
    """A denial; ``given`` changes it."""
    base = Grant(id="n", resource="d", effect=Effect.DENY, grantee_kind=kind, grantee=to)
    return msgspec.structs.replace(base, **given)


def read(who: str, resource: Resource, *grants: Grant, purpose: str = "traffic") -> Decision:
    return decide(town([resource], grants), subject(who), Action.READ, ["d"], purpose, NOW).of["d"]


def know(who: str, resource: Resource, *grants: Grant) -> Decision:
    return decide(town([resource], grants), subject(who), Action.KNOW, ["d"], "", NOW).of["d"]


#: class → purpose → the rule for anyone, the command line, mayor, ulla (owner), lutz (below the owner), vera, gerd
#: (company), sensor_hub (bound to traffic), nina (neighbour town), nora. All know of it.
MATRIX: dict[str, dict[str, str]] = {
    "open-released": {
        "traffic": "open operator open open open open open open open open",
        "statistics": "open operator open open open open open token-purpose open open",
        "": "open operator open open open open open open open open",
    },
    "open": {
        "traffic": "no-rule operator internal internal internal internal no-rule internal no-rule no-rule",
        "statistics": "no-rule operator purpose purpose purpose purpose no-rule token-purpose no-rule no-rule",
        "": "no-purpose operator" + " no-purpose" * 8,
    },
    "internal": {
        "traffic": "no-rule operator internal internal internal internal no-rule internal no-rule no-rule",
        "statistics": "no-rule operator purpose purpose purpose purpose no-rule token-purpose no-rule no-rule",
        "": "no-purpose operator" + " no-purpose" * 8,
    },
    "restricted": {
        "traffic": "no-rule operator no-rule owner owner no-rule no-rule no-rule no-rule no-rule",
        "statistics": "no-rule operator no-rule purpose purpose no-rule no-rule token-purpose no-rule no-rule",
        "": "no-purpose operator" + " no-purpose" * 8,
    },
    "personal": {
        "traffic": "no-legal-basis operator" + " no-legal-basis" * 8,
        "statistics": "no-legal-basis operator" + " no-legal-basis" * 5 + " token-purpose" + " no-legal-basis" * 2,
        "": "no-purpose operator" + " no-purpose" * 8,
    },
}
MATRIX["internal-secret"] = MATRIX["open-secret"] = MATRIX["personal"]
CASES = {
    "open-released": dataset(cls=Class.OPEN, released=True),
    "open": dataset(cls=Class.OPEN),
    "internal": dataset(),
    "restricted": dataset(cls=Class.RESTRICTED),
    "personal": dataset(cls=Class.PERSONAL, released=True),
    "internal-secret": dataset(secrets=frozenset({Secret.TAX})),
    "open-secret": dataset(cls=Class.OPEN, released=True, secrets=frozenset({Secret.STATISTICAL})),
}


@pytest.mark.parametrize(
    ("case", "purpose", "rules"),
    [(case, purpose, rules) for case, of in MATRIX.items() for purpose, rules in of.items()],
)
def test_matrix(case: str, purpose: str, rules: str) -> None:
    resource = msgspec.structs.replace(CASES[case], visibility=Visibility.PUBLIC)
    answers = [read(who, resource, purpose=purpose) for who in EVERYBODY]
    assert [answer.rule for answer in answers] == [f"read.{rule}" for rule in rules.split()]
    for answer in answers:
        assert answer.outcome is RULES[answer.rule].outcome
        assert answer.reason == RULES[answer.rule].text  # no grant to name
        assert (answer.outcome is Outcome.DENY) == (answer.ask == "Umweltamt")


@pytest.mark.parametrize(
    ("resource", "rules"),
    [
        (dataset(visibility=Visibility.PUBLIC), "public operator" + " public" * 8),
        (dataset(cls=Class.OPEN, released=True), "public operator" + " public" * 8),
        (dataset(), "absent operator administration owner owner administration absent administration absent absent"),
        (
            dataset(shared_with=frozenset({"bergstadt"})),
            "absent operator administration owner owner administration absent administration shared shared",
        ),
        (
            dataset(visibility=Visibility.UNITS, visible_to=frozenset({"verkehr", "stadtwerke", "nachbar"})),
            "absent operator absent owner owner units units units absent absent",
        ),
        (
            dataset(
                visibility=Visibility.UNITS,
                visible_to=frozenset({"rathaus", "nachbar_umwelt"}),
                shared_with=frozenset({"bergstadt"}),
            ),
            "absent operator units owner owner units absent units units absent",
        ),
        (
            dataset(unit="stadtwerke", visibility=Visibility.UNITS),
            "absent operator absent absent absent absent owner absent absent absent",
        ),
    ],
)
def test_who_may_know(resource: Resource, rules: str) -> None:
    answers = [know(who, resource) for who in EVERYBODY]
    expected = [rule if rule == "absent" else f"know.{rule}" for rule in rules.split()]
    assert [answer.rule for answer in answers] == expected
    snapshot = town([resource])
    for who, answer in zip(EVERYBODY, answers, strict=True):
        found = resolve(snapshot, subject(who), "auenstadt", "daten", NOW)
        assert found == (resource if answer.outcome is Outcome.ALLOW else None)


def test_a_companys_staff_do_not_belong_to_the_town_that_owns_it() -> None:
    till = dataset(
        name="kasse",
        unit="rathaus",
        cls=Class.RESTRICTED,
        visibility=Visibility.UNITS,
        visible_to=frozenset({"rathaus"}),
    )
    to_all = allow(GranteeKind.UNIT, "rathaus", purposes=frozenset({"statistics"}))
    to_them = allow(GranteeKind.UNIT, "stadtwerke", id="g2", purposes=frozenset({"statistics"}))
    for purpose in ("traffic", "statistics"):
        assert read("lutz", till, to_all, purpose=purpose).outcome is Outcome.ALLOW
        assert read("gerd", till, to_all, purpose=purpose).outcome is Outcome.ABSENT
    assert read("gerd", till, to_all, to_them, purpose="statistics").grants == ("g2",)
    against = deny(GranteeKind.UNIT, "rathaus")  # a denial reaches everyone below
    assert read("gerd", till, to_them, against, purpose="statistics").rule == "read.denied"


def test_what_one_may_not_know_of_is_answered_like_what_does_not_exist() -> None:
    snapshot = town([dataset(release_table="v", release_table_for=Visibility.PUBLIC)], [allow()])
    for action in (Action.KNOW, Action.READ):
        answer = decide(snapshot, subject("nina"), action, ["d", "nothing"], "traffic", NOW).of
        assert msgspec.structs.replace(answer["d"], resource="nothing") == answer["nothing"]
        assert answer["nothing"].outcome is Outcome.ABSENT
    assert resolve(snapshot, subject("nina"), "auenstadt", "nothing", NOW) is None


# --- grants -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "to", "readers"),
    [
        (GranteeKind.PERSON, "gerd", {"gerd"}),
        (GranteeKind.SYSTEM, "gerd", set()),
        (GranteeKind.SYSTEM, "sensor_hub", {"sensor_hub"}),
        (GranteeKind.UNIT, "umwelt", {"ulla", "lutz"}),
        (GranteeKind.UNIT, "rathaus", {"mayor", "ulla", "lutz", "vera", "sensor_hub"}),
        (GranteeKind.UNIT, "stadtwerke", {"gerd"}),
        (GranteeKind.ROLE, "staff", {"ulla", "lutz", "vera"}),
        (GranteeKind.ROLE, "tenant_administrator", {"mayor"}),
        (GranteeKind.TENANT, "bergstadt", {"nina", "nora"}),
        (GranteeKind.TENANT, "auenstadt", {"mayor", "ulla", "lutz", "vera", "sensor_hub"}),
        (GranteeKind.ANYONE, "", {"mayor", "ulla", "lutz", "vera", "gerd", "sensor_hub"}),
        (GranteeKind.PERSON, "nina", set()),
        (GranteeKind.UNIT, "nachbar", set()),
    ],
)
def test_whom_a_grant_reaches(kind: GranteeKind, to: str, readers: set[str]) -> None:
    grant = allow(kind, to, purposes=frozenset({"traffic"}))
    resource = dataset(cls=Class.RESTRICTED, unit="stadtwerke", purposes=frozenset())
    allowed = {who for who in EVERYBODY if read(who, resource, grant).outcome is Outcome.ALLOW}
    assert allowed == readers
    assert {who for who in EVERYBODY if know(who, resource, grant).rule == "know.grant"} >= readers - {
        s.id for s in SUBJECTS if s.administration and s.tenant == "auenstadt"
    } - {"gerd"}
    shared = msgspec.structs.replace(resource, shared_with=frozenset({"bergstadt"}))
    across = {who for who in EVERYBODY if read(who, shared, grant).outcome is Outcome.ALLOW} - readers
    assert across == ({to} if to == "nina" else {"nina", "nora"} if to in ("nachbar", "") else set())


def test_a_grant_names_itself_its_obligations_and_its_legal_basis() -> None:
    personal = dataset(cls=Class.PERSONAL, attribution="Stadt Auenstadt", obligations=(NoOnwardUse(),))
    grant = allow(legal_basis="§ 4 LStatG", obligations=(HideColumn("name"), NoOnwardUse()))
    answer = read("gerd", personal, grant, purpose="statistics")
    assert answer == Decision(
        resource="d",
        outcome=Outcome.ALLOW,
        rule="read.legal-basis",
        reason=answer.reason,
        obligations=(NoOnwardUse(), Attribution("Stadt Auenstadt"), HideColumn("name")),
        grants=("g",),
    )
    assert answer.reason.de.endswith(
        "Grundlage: Nutzungserlaubnis (Umweltamt) für statistics, Rechtsgrundlage: § 4 LStatG."
    )
    assert answer.reason.en.endswith("Resting on: grant (Environment office) for statistics, legal basis: § 4 LStatG.")


def test_a_reason_says_who_gave_it_when_for_what_and_until_when() -> None:
    """The unit and the day in the town's own time; no id, no person."""
    given = allow(
        given_at=datetime(2026, 3, 11, 23, 30, tzinfo=UTC),
        given_unit="luft",
        purposes=frozenset({"traffic"}),
        valid_until=datetime(2026, 12, 31, 23, tzinfo=UTC),  # the new year in the town: the last day is the old year's
    )
    answer = read("gerd", dataset(cls=Class.RESTRICTED), given)
    assert answer.reason == Text(
        "Eine Nutzungserlaubnis gilt für Sie und diesen Zweck. Grundlage: Nutzungserlaubnis vom 12.03.2026 "
        "(Sachgebiet Luft) für Verkehrsplanung, gilt bis 31.12.2026.",
        "A grant holds for you and this purpose. Resting on: grant of 12.03.2026 (Air section) for Traffic planning, "
        "valid until 31.12.2026.",
    )
    assert answer.grants == ("g",)
    against = deny(given_at=NOW, given_unit="a unit that is gone")
    refused = read("ulla", dataset(), against)
    assert refused.reason.de.endswith("Grundlage: Untersagung vom 20.11.2026 (Umweltamt).")  # the owner unit answers
    assert refused.reason.en.endswith("Resting on: denial of 20.11.2026 (Environment office).")


def test_personal_data_open_only_with_a_legal_basis_for_the_purpose() -> None:
    personal = dataset(cls=Class.PERSONAL, visibility=Visibility.PUBLIC)
    lawful = allow(legal_basis="Art. 6 DSGVO")
    assert read("gerd", personal, lawful, purpose="statistics").rule == "read.legal-basis"
    assert read("gerd", personal, lawful).rule == "read.no-legal-basis"  # the data set's own purpose is not enough
    assert read("gerd", personal, lawful, purpose="").rule == "read.no-purpose"
    assert read("gerd", personal, allow(legal_basis="  "), purpose="statistics").rule == "read.no-legal-basis"
    everybody = allow(GranteeKind.ANYONE, "", legal_basis="Art. 6 DSGVO")
    assert {read(who, personal, everybody, purpose="statistics").rule for who in EVERYBODY if who != "sensor_hub"} == {
        "read.operator",
        "read.no-legal-basis",
    }
    missing = read("gerd", personal).missing
    assert missing is not None
    assert "„Verkehrsplanung“" in missing.de
    assert "“Traffic planning”" in missing.en


def test_a_grant_holds_from_its_first_to_before_its_last_moment() -> None:
    restricted = dataset(cls=Class.RESTRICTED, visibility=Visibility.PUBLIC)
    for grant, rule in (
        (allow(valid_from=NOW), "read.grant"),
        (allow(valid_from=NOW + DAY), "read.expired"),
        (allow(valid_until=NOW + DAY), "read.grant"),
        (allow(valid_until=NOW), "read.expired"),
        (allow(valid_until=NOW, purposes=frozenset({"other"})), "read.no-rule"),
        (allow(purposes=frozenset({"other"})), "read.purpose"),
        (allow(purposes=frozenset()), "read.purpose"),
        (allow(actions=frozenset({Action.KNOW})), "read.no-rule"),
    ):
        assert read("gerd", restricted, grant, purpose="statistics").rule == rule
    hidden = dataset(visibility=Visibility.UNITS)
    assert know("gerd", hidden, allow(valid_until=NOW)).rule == "absent"
    assert know("gerd", hidden, allow(actions=frozenset({Action.KNOW}), purposes=frozenset())).rule == "know.grant"


def test_denial_beats_everything() -> None:
    for resource in CASES.values():
        for grantee, to, who in (
            (GranteeKind.ANYONE, "", "anyone"),
            (GranteeKind.UNIT, "rathaus", "ulla"),
            (GranteeKind.PERSON, "ulla", "ulla"),
            (GranteeKind.ROLE, "staff", "ulla"),
            (GranteeKind.TENANT, "auenstadt", "ulla"),
        ):
            shown = msgspec.structs.replace(
                resource, visibility=Visibility.PUBLIC, release_table="v", release_table_for=Visibility.PUBLIC
            )
            grants = (allow(to="ulla", legal_basis="§ 1", purposes=frozenset({"traffic"})), deny(grantee, to))
            answer = read(who, shown, *grants)
            assert (answer.outcome, answer.rule, answer.grants) == (Outcome.DENY, "read.denied", ("n",))
            assert know(who, shown, *grants).outcome is Outcome.ALLOW
            assert know(who, shown, deny(grantee, to, actions=frozenset({Action.KNOW}))).outcome is Outcome.ABSENT
            assert read(who, shown, deny(grantee, to, actions=frozenset({Action.KNOW}))).outcome is Outcome.ABSENT


def test_a_denial_for_a_purpose_hits_that_purpose_and_an_unstated_one() -> None:
    free = dataset(cls=Class.OPEN, released=True)
    denial = deny(purposes=frozenset({"advertising"}))
    assert read("anyone", free, denial, purpose="advertising").rule == "read.denied"
    assert read("anyone", free, denial, purpose="").rule == "read.denied"
    assert read("anyone", free, denial, purpose="traffic").rule == "read.open"
    assert read("anyone", free, deny(valid_until=NOW)).rule == "read.open"


# --- release tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who_for", "readers"),
    [
        (Visibility.PUBLIC, set(EVERYBODY) - {"operator"}),
        (Visibility.ADMINISTRATION, {"mayor", "ulla", "lutz", "vera", "sensor_hub"}),
        (Visibility.UNITS, {"ulla", "lutz", "gerd"}),
    ],
)
def test_the_release_table_is_for_those_without_the_right_to_the_rows(who_for: Visibility, readers: set[str]) -> None:
    resource = dataset(
        cls=Class.PERSONAL,
        visibility=Visibility.PUBLIC,
        visible_to=frozenset({"stadtwerke"}),
        release_table="v3",
        release_table_for=who_for,
        obligations=(NoOnwardUse(),),
    )
    answers = {who: read(who, resource) for who in EVERYBODY}
    assert {who for who, answer in answers.items() if answer.rule == "read.release-table"} == readers
    for who in readers:
        assert answers[who].obligations == (ReleaseTableOnly("v3"), NoOnwardUse())
    unstated = {who for who in EVERYBODY if read(who, resource, purpose="").outcome is Outcome.ALLOW}
    assert unstated == (readers if who_for is Visibility.PUBLIC else set())
    lawful = allow(to="ulla", purposes=frozenset({"traffic"}), legal_basis="§ 3")
    assert read("ulla", resource, lawful).obligations == (NoOnwardUse(),)
    for_another = {who for who in EVERYBODY if read(who, resource, purpose="statistics").outcome is Outcome.ALLOW}
    assert for_another == (readers - {"sensor_hub"} if who_for is Visibility.PUBLIC else set())


def test_a_refused_reader_of_a_release_table_learns_that_the_purpose_is_missing() -> None:
    resource = dataset(cls=Class.PERSONAL, visibility=Visibility.PUBLIC, release_table="v3")
    refused = read("vera", resource, purpose="statistics")
    assert refused.rule == "read.no-legal-basis"
    assert refused.missing is not None
    assert "unter die Zwecke des Datensatzes aufgenommen" in refused.missing.de
    stranger = read("gerd", resource, purpose="statistics")  # the table is not for them whatever the purpose
    assert stranger.missing is not None
    assert "aufgenommen" not in stranger.missing.de
    assert read("vera", msgspec.structs.replace(resource, purposes=frozenset())).outcome is Outcome.DENY


def test_a_release_table_that_is_not_in_force_opens_nothing() -> None:
    only = allow(obligations=(ReleaseTableOnly(),))
    plain = dataset(cls=Class.RESTRICTED)
    assert read("gerd", plain, only, purpose="statistics").rule == "read.no-release-table"
    protected = msgspec.structs.replace(plain, release_table="v2", release_table_for=Visibility.UNITS)
    assert read("gerd", protected, only, purpose="statistics").obligations == (ReleaseTableOnly("v2"),)
    old = allow(obligations=(ReleaseTableOnly("v1"), HideColumn("x")))
    assert read("gerd", protected, old, purpose="statistics").rule == "read.no-release-table"


def test_obligations_of_all_that_applies_accumulate_whatever_opened_the_door() -> None:
    resource = dataset(obligations=(HideColumn("a"),))
    grants = (
        allow(
            GranteeKind.UNIT, "verkehr", id="g1", purposes=frozenset({"traffic"}), obligations=(RowFilter("b", ("1",)),)
        ),
        allow(GranteeKind.ROLE, "staff", id="g2", purposes=frozenset({"traffic"}), obligations=(Coarsen("c", "10"),)),
        allow(GranteeKind.PERSON, "vera", id="g3", purposes=frozenset({"other"}), obligations=(HideColumn("d"),)),
    )
    answer = read("vera", resource, *grants)
    assert answer.rule == "read.internal"
    assert answer.obligations == (HideColumn("a"), RowFilter("b", ("1",)), Coarsen("c", "10"))
    assert answer.grants == ("g1", "g2")


# --- tokens -------------------------------------------------------------------------------------------------------


def test_a_token_stands_for_its_subject_within_its_purposes_and_time() -> None:
    def token(secret: str, who: str, **given: object) -> Token:
        return msgspec.structs.replace(Token(hashlib.sha256(secret.encode()).digest(), who), **given)

    snapshot = town(
        [dataset()],
        tokens=(
            token("plain", "vera"),
            token("bound", "vera", purposes=frozenset({"traffic"})),
            token("wider", "sensor_hub", purposes=frozenset({"traffic", "statistics"})),
            token("none", "vera", purposes=frozenset()),
            token("old", "vera", expires=NOW),
            token("gone", "somebody who left"),
        ),
    )
    purposes = {
        name: snapshot.bearer(name, NOW) for name in ("plain", "bound", "wider", "none", "old", "gone", "", "x")
    }
    assert {name: who and (who.id, who.purposes) for name, who in purposes.items()} == {
        "plain": ("vera", None),
        "bound": ("vera", frozenset({"traffic"})),
        "wider": ("sensor_hub", frozenset({"traffic"})),
        "none": ("vera", frozenset()),
        "old": None,
        "gone": None,
        "": None,
        "x": None,
    }
    nothing = snapshot.bearer("none", NOW)
    assert nothing is not None
    assert decide(snapshot, nothing, Action.READ, ["d"], "traffic", NOW).of["d"].rule == "read.token-purpose"


# --- registers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "action", "tenant", "unit", "rule"),
    [
        ("ulla", Action.GRANT, "auenstadt", "umwelt", "role"),
        ("ulla", Action.GRANT, "auenstadt", "luft", "role"),
        ("ulla", Action.GRANT, "auenstadt", "rathaus", "no-role"),
        ("ulla", Action.GRANT, "auenstadt", "verkehr", "no-role"),
        ("ulla", Action.GRANT, "auenstadt", "", "no-role"),
        ("ulla", Action.RELEASE, "auenstadt", "umwelt", "no-role"),
        ("lutz", Action.DESCRIBE, "auenstadt", "luft", "no-role"),
        ("mayor", Action.ORGANISE, "auenstadt", "", "role"),
        ("mayor", Action.ORGANISE, "auenstadt", "stadtwerke", "role"),
        ("mayor", Action.ORGANISE, "bergstadt", "", "tenant"),
        ("mayor", Action.ORGANISE, "auenstadt", "nachbar", "tenant"),
        ("mayor", Action.ORGANISE, "bergstadt", "rathaus", "tenant"),
        ("mayor", Action.ORGANISE, "auenstadt", "nirgends", "tenant"),
        ("mayor", Action.READ, "auenstadt", "", "not-data"),
        ("mayor", Action.KNOW, "auenstadt", "", "not-data"),
        ("anyone", Action.DESCRIBE, "auenstadt", "", "tenant"),
        ("sensor_hub", Action.DESCRIBE, "auenstadt", "verkehr", "token"),
        ("operator", Action.ORGANISE, "auenstadt", "", "operator"),
        ("operator", Action.READ, "auenstadt", "", "not-data"),
        ("operator", Action.UNVEIL, "auenstadt", "", "no-names"),
        ("operator", Action.UNVEIL_COUNCIL, "auenstadt", "", "no-names"),
        ("nora", Action.ADMINISTER, "bergstadt", "", "role"),
        ("nina", Action.ADMINISTER, "bergstadt", "", "no-role"),
    ],
)
def test_register_actions_come_from_roles(who: str, action: Action, tenant: str, unit: str, rule: str) -> None:
    answer = may(town(()), subject(who), action, tenant, unit)
    assert answer.rule == f"register.{rule}"
    assert answer.outcome is RULES[answer.rule].outcome


def test_a_refused_register_action_names_the_roles_that_would_allow_it() -> None:
    answer = may(town(()), subject("lutz"), Action.GRANT, "auenstadt", "luft")
    assert answer.missing is not None
    assert answer.missing.en == "One of these roles in the unit or one above it: data_owner, tenant_administrator."


def test_decide_answers_only_about_data() -> None:
    with pytest.raises(ValueError, match="ask may"):
        decide(town(()), ANYONE, Action.GRANT, [], "", NOW)


# --- snapshots ----------------------------------------------------------------------------------------------------


def test_units_that_run_in_circles_have_nothing_above_them() -> None:
    units = (
        Unit("a", "t", "b"),
        Unit("b", "t", "a"),
        Unit("c", "t", "a"),
        Unit("d", "t", "gone"),
        Unit("e", "t"),
        Unit("f", "u", "e"),
    )
    snapshot = assemble(
        version=1, built_at=NOW, organisations=Organisations(units=units), resources=(), granted=Granted()
    )
    assert snapshot.above == {unit.id: frozenset({unit.id}) for unit in units}
    assert snapshot.roots == {"t": "e"}


def test_two_entries_for_one_identity_are_refused() -> None:
    twice = Organisations(subjects=(person("a", "x"), person("a", "y")))
    with pytest.raises(ValueError, match="same subject: 'a'"):
        assemble(version=1, built_at=NOW, organisations=twice, resources=(), granted=Granted())
    with pytest.raises(ValueError, match="resource name"):
        town([dataset(), dataset(id="e")])


# --- documentation ------------------------------------------------------------------------------------------------


def test_the_reference_page_lists_exactly_the_rules() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/rights.md").read_text()
    listed = re.findall(r"^\| `([a-z.-]+)` \| (\w+) \| (.*) \| (.*) \|$", page, re.MULTILINE)
    assert listed == [(rule.id, rule.outcome.value, rule.text.de, rule.text.en) for rule in RULES.values()]
