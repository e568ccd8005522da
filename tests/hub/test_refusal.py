# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Refusals say why and where to ask; what may not be known is answered as if it did not exist; all is logged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from allmende.catalogue import door as catalogue
from allmende.hub import door
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, GranteeKind
from tests.hub import town
from tests.hub.live import Hub


@pytest.fixture(scope="module")
def known(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An internal data set and one that only the environment office knows of; ids by name."""
    folder = tmp_path_factory.mktemp("refusal")
    made = {}
    entries: dict[str, dict[str, Any]] = {
        "plain": {"ask": "Umweltamt, Zimmer 3"},
        "closed": {"class": "restricted"},
        "hidden": {"class": "restricted", "visibility": "units", "visible_to": ["environment"]},
    }
    for slug, entry in entries.items():
        (read,) = town.connect(hub, town.trees(folder / slug, slug, **entry), root=folder / slug).reads
        made[slug] = read.dataset
    return made


def entries(hub: Hub) -> list[tuple[Any, ...]]:
    with psycopg.connect(hub.dsn) as conn:
        return conn.execute(
            "select id::text, outcome, rules, resources, pseudonym, unit, statement from rights_logentry"
            " order by at, id"
        ).fetchall()


def test_a_refusal_says_the_rule_the_reason_what_is_missing_and_where_to_ask(hub: Hub, known: dict[str, str]) -> None:
    answer = hub.ask("SELECT art FROM auenstadt.plain WHERE art = 'Linde'", who="staff", purpose="traffic_planning")
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:allmende:problem:forbidden"
    assert (problem["rule"], problem["ask"]) == ("read.purpose", "Umweltamt, Zimmer 3")
    assert "Verkehrsplanung" in problem["missing"]["de"]
    (refused,) = problem["refused"]
    assert refused["dataset"] == "auenstadt.plain"
    assert refused["reason_en"] and refused["reason_de"] and problem["detail"].startswith("auenstadt.plain: ")
    last = entries(hub)[-1]
    assert last[0] == problem["decision"]
    assert last[1:4] == ("deny", ["read.purpose"], [known["plain"]])
    assert last[4] and hub.town.people["staff"] not in str(last)  # a pseudonym, not the person
    assert last[5] == hub.town.units["youth"]
    assert "Linde" not in last[6] and "art" in last[6]


def test_what_may_not_be_known_is_answered_like_what_does_not_exist(hub: Hub, known: dict[str, str]) -> None:
    before = len(entries(hub))
    answers = [
        hub.ask(f"SELECT * FROM auenstadt.{name}", who="staff", headers={"Accept-Language": "en"})
        for name in ("hidden", "absent", "hidden", "absent")
    ]
    assert {answer.status_code for answer in answers} == {404}
    texts = {answer.text.replace("hidden", "X").replace("absent", "X") for answer in answers}
    assert len(texts) == 1
    assert "There is no such data set: auenstadt.X." in texts.pop()
    heads = [{k: v for k, v in answer.headers.items() if k != "date"} for answer in answers]
    assert heads.count(heads[0]) == 4
    assert [entry[1] for entry in entries(hub)[before:]] == ["absent"] * 4
    assert hub.ask("SELECT count(*) FROM auenstadt.hidden", who="owner").status_code == 200


def test_another_town_is_absent_too(hub: Hub, known: dict[str, str]) -> None:
    for name in ("bergstadt.plain", "auenstadt.absent"):
        assert hub.ask(f"SELECT * FROM {name}", who="owner").status_code == 404


def test_each_permitted_question_leaves_an_entry_before_its_answer(hub: Hub, known: dict[str, str]) -> None:
    before = len(entries(hub))
    answer = hub.ask("SELECT count(*) FROM auenstadt.plain", who="owner")
    (entry,) = entries(hub)[before:]
    assert (entry[0], entry[1], entry[2]) == (answer.json()["decision"]["id"], "allow", ["read.internal"])
    assert answer.headers["allmende-decision"] == entry[0]


def test_a_revoked_token_is_refused_on_the_very_next_call(hub: Hub, known: dict[str, str]) -> None:
    person = hub.town.people["quality"]
    issued = organisations.issue_token(
        hub.town.subject("quality"), tenant="auenstadt", label="short", purposes=("statistics",), person=person
    )
    headers = {"Authorization": f"Bearer {issued.secret}"}
    assert hub.ask("SELECT count(*) FROM auenstadt.plain", headers=headers).status_code == 200
    organisations.revoke_token(hub.town.subject("quality"), tenant="auenstadt", token=issued.token.id)
    answer = hub.ask("SELECT count(*) FROM auenstadt.plain", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="Allmende", error="invalid_token"'


def test_a_withdrawn_grant_is_missed_on_the_very_next_call(hub: Hub, known: dict[str, str]) -> None:
    question = "SELECT count(*) FROM auenstadt.closed"
    assert hub.ask(question, who="staff").status_code == 403
    for _ in range(5):
        grant = rights.give_grant(
            OPERATOR,
            rights.GrantDraft(
                resource=known["closed"],
                grantee_kind=GranteeKind.PERSON,
                grantee=hub.town.people["staff"],
                purposes=frozenset({"statistics"}),
            ),
        )
        answer = hub.ask(question, who="staff")
        assert (answer.status_code, answer.json()["decision"]["rule"]) == (200, "read.grant")
        rights.withdraw_grant(OPERATOR, grant)
        assert hub.ask(question, who="staff").status_code == 403


def test_the_operator_connects_but_never_reads(hub: Hub, known: dict[str, str]) -> None:
    question = door.Question(sql="SELECT * FROM auenstadt.plain", purpose="statistics")

    async def ask() -> None:
        async with door.ask(hub.services, lambda _snapshot, _now: OPERATOR, question):
            pass

    with pytest.raises(Exception, match="never gets data") as refused:
        hub.web.run(ask())
    assert refused.value.more["rule"] == "read.operator"  # type: ignore[attr-defined]


def test_anybody_may_ask_over_what_was_released(hub: Hub, known: dict[str, str], tmp_path: Path) -> None:
    (read,) = town.connect(hub, town.trees(tmp_path, "free", visibility="public"), root=tmp_path).reads
    assert hub.ask("SELECT * FROM auenstadt.free", purpose="").status_code == 403
    catalogue.release_dataset(OPERATOR, read.dataset, reason="Test")
    before = len(entries(hub))
    answer = hub.ask("SELECT count(*) FROM auenstadt.free", purpose="")
    assert (answer.status_code, answer.json()["rows"]) == (200, [[4]])
    assert len(entries(hub)) == before  # open data are only counted
    with psycopg.connect(hub.dsn) as conn:
        assert conn.execute("select count from rights_openuse where resource = %s", [read.dataset]).fetchall() == [(1,)]
    assert hub.ask("SELECT * FROM auenstadt.plain", purpose="").status_code == 404
