# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A source that is down takes its own data sets with it, and nothing else."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.db.models import F

from allmende.catalogue.terms import Mode
from allmende.hub import door
from allmende.hub.breaker import THRESHOLD
from allmende.hub.domain.connections import check_all
from allmende.hub.domain.copies import KEPT, LINGERS
from allmende.hub.models import Connection, Copy
from allmende.hub.terms import Reachable
from allmende.kernel.errors import SourceDown
from allmende.rights.terms import OPERATOR
from tests.hub import town
from tests.hub.live import Hub


@pytest.fixture(scope="module")
def database(hub: Hub) -> Iterator[dict[str, Any]]:
    with town.traffic_database("allmende_test_down") as at:
        door.allow_address(OPERATOR, tenant=hub.town.slug, place=at["host"], port=at["port"], reason="Test")
        yield at


@pytest.fixture(scope="module")
def counts(hub: Hub, database: dict[str, Any]) -> str:
    return town.connect(hub, town.traffic(database, "down_counts"), secret=database["password"]).connection


@pytest.fixture(scope="module")
def works(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("works")
    town.connect(hub, town.trees(folder, "down_trees"), root=folder)
    return "SELECT count(*) FROM auenstadt.down_trees"


def health(slug: str) -> Connection:
    return Connection.objects.get(slug=slug)


def shut(database: dict[str, Any], *, out: bool) -> None:
    """Take the source away from its role, and end its sessions; or give it back."""
    with psycopg.connect(**town.server_of_tests(), dbname="postgres", autocommit=True) as admin:
        admin.execute(f"alter role {database['user']} {'nologin' if out else 'login'}")
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [database["user"]])


def test_it_answers_502_naming_itself_while_all_others_work(
    hub: Hub, database: dict[str, Any], counts: str, works: str
) -> None:
    question = "SELECT sum(anzahl) FROM auenstadt.down_counts"
    assert hub.rows(question) == [[240]]
    assert health("down_counts").breaker.failures == 0
    shut(database, out=True)
    try:
        for number in range(1, THRESHOLD + 1):
            answer = hub.ask(question, who="owner")
            assert answer.status_code == 502
            problem = answer.json()
            assert (problem["source"], problem["datasets"]) == ("down_counts", ["auenstadt.down_counts"])
            assert health("down_counts").failures == number
            assert hub.rows(works) == [[4]]
        row = health("down_counts")
        assert row.error_de
        assert row.failed_at is not None
        began = time.monotonic()  # open: refused at once, the source is not asked
        assert (
            hub.ask(question, who="owner")
            .json()["detail_en"]
            .startswith("down_counts: The source did not answer several")
        )
        assert time.monotonic() - began < 0.5
        both = hub.ask("SELECT 1 FROM auenstadt.down_trees, auenstadt.down_counts", who="owner")
        assert both.json()["datasets"] == ["auenstadt.down_counts"]
    finally:
        shut(database, out=False)
    Connection.objects.filter(slug="down_counts").update(open_until=row.made_at)  # the pause is over
    assert hub.rows(question) == [[240]]
    row = health("down_counts")
    assert (row.failures, row.open_until, row.error_de) == (0, None, "")


def test_the_next_question_finds_its_database_open(hub: Hub, database: dict[str, Any], counts: str) -> None:
    question = "SELECT sum(anzahl) FROM auenstadt.down_counts"

    def sessions() -> set[int]:
        with psycopg.connect(**town.server_of_tests(), dbname="postgres", autocommit=True) as admin:
            named = admin.execute("select pid from pg_stat_activity where usename = %s", [database["user"]])
            return {pid for (pid,) in named.fetchall()}

    def opened(before: set[int]) -> set[int]:
        for _ in range(200):
            if (now := sessions()) and not now & before:
                return now
            time.sleep(0.05)
        raise AssertionError("no database was opened for the next question")

    assert hub.rows(question) == [[240]]
    first = opened(set())
    assert hub.rows(question) == [[240]]
    assert opened(first)
    assert hub.ask(question, who="").status_code in {403, 404}  # who may not gets nothing of it


def test_only_one_question_tries_a_half_open_breaker(hub: Hub, counts: str) -> None:
    row = health("down_counts")
    Connection.objects.filter(id=row.id).update(failures=THRESHOLD, open_until=row.made_at)
    assert health("down_counts").breaker.state(row.made_at) is Reachable.HALF_OPEN
    answers: list[int] = []
    question = "SELECT sum(anzahl) FROM auenstadt.down_counts"
    token = hub.token("owner")

    def ask() -> None:
        body = {"sql": question, "purpose": "statistics"}
        answer = httpx.post(hub.url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        answers.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 200 in answers
    assert set(answers) <= {200, 502}
    assert hub.rows(question) == [[240]]


def test_a_database_that_hangs_is_ended_by_its_time_limit_while_others_answer(
    hub: Hub, database: dict[str, Any], works: str
) -> None:
    with psycopg.connect(**town.server_of_tests(), dbname=database["database"], autocommit=True) as base:
        base.execute("create table haengt as select 1 as id, 'x'::text as schlaf")
        base.execute(f"grant select on haengt to {database['user']}")
        file = town.traffic(database, "sleepy", "haengt")
        draft = door.ConnectionDraft(file=file, secret=database["password"], statement_timeout_s=2)
        door.connect(OPERATOR, draft, tenant="auenstadt")
        base.execute("drop table haengt")
        base.execute("create view haengt as select 1 as id, pg_sleep(600)::text as schlaf")
        base.execute(f"grant select on haengt to {database['user']}")
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(hub.ask("SELECT * FROM auenstadt.sleepy", who="owner")))
    began = time.monotonic()
    asking.start()
    while asking.is_alive():
        before = time.monotonic()
        assert hub.ask(works, who="owner").json()["rows"] == [[4]]
        assert time.monotonic() - before < 1.5
    asking.join()
    assert time.monotonic() - began < 10
    assert answers[0].status_code in {422, 502}
    assert answers[0].headers["content-type"] == "application/problem+json"


def test_a_host_that_takes_the_call_and_never_answers(hub: Hub, counts: str, works: str) -> None:
    row = health("down_counts")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        door.allow_address(OPERATOR, tenant=hub.town.slug, place="127.0.0.1", port=port, reason="Test")
        there = {"host": "127.0.0.1", "port": port}
        Connection.objects.filter(id=row.id).update(leads_to={**row.leads_to, **there}, connect_timeout_s=2)
        try:
            began = time.monotonic()
            answer = hub.ask("SELECT * FROM auenstadt.down_counts", who="owner")
            assert (answer.status_code, answer.json()["source"]) == (502, "down_counts")
            assert time.monotonic() - began < 25
        finally:
            Connection.objects.filter(id=row.id).update(leads_to=row.leads_to, failures=0, open_until=None)
    assert hub.rows(works) == [[4]]


def test_a_file_that_is_gone_or_broken(hub: Hub, works: str, tmp_path: Path) -> None:
    town.connect(hub, town.trees(tmp_path / "f", "gone"), root=tmp_path / "f")
    kept = (tmp_path / "f" / "gone.csv").rename(tmp_path / "kept.csv")
    answer = hub.ask("SELECT * FROM auenstadt.gone", who="owner")
    assert (answer.status_code, answer.json()["source"]) == (502, "gone")
    (tmp_path / "f" / "gone.csv").write_bytes(b"\x00\xff\xfe binary")
    assert hub.ask("SELECT * FROM auenstadt.gone", who="owner").status_code == 502
    shutil.copy(kept, tmp_path / "f" / "gone.csv")
    assert hub.rows("SELECT count(*) FROM auenstadt.gone") == [[4]]
    shutil.copy(kept, tmp_path / "f" / "gone-next.csv")  # another year's file is simply found
    assert hub.rows("SELECT count(*) FROM auenstadt.gone") == [[8]]
    assert hub.rows(works) == [[4]]


def test_switched_off(hub: Hub, counts: str) -> None:
    question = "SELECT sum(anzahl) FROM auenstadt.down_counts"
    door.enable(OPERATOR, counts, tenant="auenstadt", enabled=False)
    answer = hub.ask(question, who="owner")
    assert (answer.status_code, "switched off" in answer.json()["detail_en"]) == (502, True)
    door.enable(OPERATOR, counts, tenant="auenstadt")
    assert hub.rows(question) == [[240]]


def test_copies_switch_at_once_and_outlive_their_source(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    (read,) = town.connect(hub, town.trees(folder, "copied"), root=folder).reads
    question = "SELECT count(*) FROM auenstadt.copied"
    door.set_mode(OPERATOR, read.dataset, Mode.NIGHTLY, tenant="auenstadt")
    answer = hub.ask(question, who="owner").json()
    assert (answer["rows"], answer["provenance"][0]["mode"]) == ([[4]], "nightly")
    first = answer["provenance"][0]["read_at"]
    (folder / "copied.csv").unlink()
    with pytest.raises(SourceDown):
        door.refresh_copy(OPERATOR, read.dataset, tenant="auenstadt")
    answer = hub.ask(question, who="owner").json()  # the old copy stays, and says of when it is
    assert (answer["rows"], answer["provenance"][0]["read_at"]) == ([[4]], first)
    view, _ = door.binding(OPERATOR, read.dataset, tenant="auenstadt")
    assert view.copy_error.de
    (folder / "copied.csv").write_text(town.TREES + "5;Buche;3;Ost\n", encoding="iso-8859-1")
    outcome = door.export_nightly()
    assert outcome["auenstadt.copied"] is None
    answer = hub.ask(question, who="owner").json()
    assert (answer["rows"], answer["provenance"][0]["read_at"] > first) == ([[5]], True)
    view, _ = door.binding(OPERATOR, read.dataset, tenant="auenstadt")
    assert (view.copy_rows, view.copy_error.de) == (5, "")
    door.set_mode(OPERATOR, read.dataset, Mode.DIRECT, tenant="auenstadt")
    assert hub.ask(question, who="owner").json()["provenance"][0]["mode"] == "direct"


def test_old_copies_go_with_their_files_when_nobody_can_be_reading_them(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "pruned"
    (read,) = town.connect(hub, town.trees(folder, "pruned"), root=folder).reads
    for number in range(KEPT + 2):
        (folder / "pruned.csv").write_text(town.TREES + f"{number + 9};Buche;3;Ost\n", encoding="iso-8859-1")
        door.refresh_copy(OPERATOR, read.dataset, tenant="auenstadt")
    door.set_mode(OPERATOR, read.dataset, Mode.COPY, tenant="auenstadt")
    place = hub.data / "files" / "auenstadt" / read.dataset
    assert len(list(place.iterdir())) == KEPT + 2
    door.prune_copies()
    assert len(list(place.iterdir())) == KEPT + 2  # a question may still be reading them
    Copy.objects.filter(binding_id=read.dataset).update(as_of=F("as_of") - 2 * LINGERS)
    door.prune_copies()
    assert len(list(place.iterdir())) == Copy.objects.filter(binding_id=read.dataset).count() == KEPT
    assert hub.rows("SELECT max(id) FROM auenstadt.pruned") == [[KEPT + 10]]


def test_health_is_checked_by_itself(hub: Hub, database: dict[str, Any], counts: str) -> None:
    shut(database, out=True)
    try:
        outcome = check_all()
        assert isinstance(outcome["auenstadt.down_counts"], SourceDown)
        assert outcome["auenstadt.down_trees"] is None
        assert health("down_counts").error_en
    finally:
        shut(database, out=False)
    assert check_all()["auenstadt.down_counts"] is None
    row = health("down_counts")
    assert (row.failures, row.error_en) == (0, "")
    assert row.last_contact is not None
