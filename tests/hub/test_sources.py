# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every kind of source, read in place by one question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from allmende.engine.addresses import AddressRefused
from allmende.hub import door
from allmende.kernel.clock import now
from allmende.kernel.errors import Invalid, SourceDown
from allmende.rights.terms import OPERATOR
from tests.hub import town
from tests.hub.live import Hub


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, Any]]:
    with town.traffic_database() as at:
        yield at


@pytest.fixture(scope="module")
def service() -> Iterator[town.Service]:
    with town.Service() as running:
        yield running


@pytest.fixture(scope="module")
def connected(
    hub: Hub, database: dict[str, Any], service: town.Service, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Connect one source of each kind."""
    folder = tmp_path_factory.mktemp("silos")
    service.answers["/events"] = {"items": [{"titel": "Markt", "bezirk": "Nord"}, {"titel": "Lauf", "bezirk": "Süd"}]}
    for port in (database["port"], service.port):
        door.allow_address(OPERATOR, tenant=hub.town.slug, place="127.0.0.1", port=port, reason="Test")
    door.allow_address(OPERATOR, tenant=hub.town.slug, place=database["host"], port=database["port"], reason="Test")
    town.connect(hub, town.trees(folder / "csv"), root=folder / "csv")
    town.connect(hub, town.energy(folder / "parquet"), root=folder / "parquet")
    town.connect(hub, town.residents(folder / "sqlite"), root=folder / "sqlite")
    town.connect(hub, town.traffic(database), secret=database["password"])
    town.connect(hub, town.events(service), secret="token of the interface")
    return folder


def test_one_question_across_all_of_them(hub: Hub, connected: Path, service: town.Service) -> None:
    found = hub.rows(
        """
        SELECT t.bezirk, count(DISTINCT t.id) AS baeume, min(e.kwh) AS kwh, min(r.anzahl) AS kinder,
               sum(DISTINCT z.anzahl) AS fahrten, min(v.titel) AS markt
          FROM auenstadt.trees t
          JOIN auenstadt.energy e USING (bezirk)
          JOIN auenstadt.residents r ON r.bezirk = t.bezirk AND r.alter_ = '0-9'
          JOIN auenstadt.traffic z ON z.bezirk = t.bezirk
          JOIN auenstadt.events v ON v.bezirk = t.bezirk
         GROUP BY t.bezirk ORDER BY t.bezirk
        """
    )
    assert found == [["Nord", 2, 1500, 130, 160, "Markt"], ["Süd", 1, 900, 90, 80, "Lauf"]]
    assert service.asked == [("/events", "Bearer token of the interface")]  # young enough: not fetched again


def test_the_answer_says_what_it_is_and_where_it_comes_from(hub: Hub, connected: Path) -> None:
    answer = hub.ask("SELECT id, hoehe FROM auenstadt.trees ORDER BY id", who="owner").json()
    assert answer["columns"] == [
        {"name": "id", "type": "BIGINT", "unit": ""},
        {"name": "hoehe", "type": "DOUBLE", "unit": "m"},
    ]
    assert answer["rows"] == [[1, 12.5], [2, 20.0], [3, None], [4, 7.25]]
    assert answer["row_count"] == 4
    (where,) = answer["provenance"]
    assert where.pop("read_at").endswith("Z")
    assert where == {
        "dataset": "https://daten.auenstadt.example/auenstadt/dataset/trees",
        "name": "auenstadt.trees",
        "title": "trees",
        "source": "trees",
        "owner": "Umweltamt",
        "mode": "direct",
        "licence": "http://dcat-ap.de/def/licenses/dl-by-de/2.0",
        "attribution": "Stadt Auenstadt",
        "limits": "",
    }
    decision = answer["decision"]
    assert decision["rule"] == "read.internal"
    assert decision["obligations"] == [{"type": "attribution", "text": "Stadt Auenstadt"}]


def test_mariadb(hub: Hub, tmp_path: Path) -> None:
    try:
        with town.mariadb(tmp_path) as at:
            door.allow_address(OPERATOR, tenant=hub.town.slug, place=at["host"], port=at["port"], reason="Test")
            source = {"kind": "mysql", "secret": "silo"} | {k: at[k] for k in ("host", "port", "database", "user")}
            given = {
                "read": {"kind": "table", "table": "baustellen", "schema": "silo"},
                "fields": town.fields(id="integer", bezirk="text", tage="integer"),
            }
            town.connect(hub, town.connection_file("works", source, {"works": given}), secret=at["password"])
            assert hub.rows("SELECT bezirk, tage FROM auenstadt.works ORDER BY id") == [["Nord", 10], ["Süd", 30]]
    except FileNotFoundError:
        pytest.skip("MariaDB is not installed")
    answer = hub.ask("SELECT * FROM auenstadt.works", who="owner")
    assert (answer.status_code, answer.json()["source"]) == (502, "works")


def test_internal_hosts_and_folders_need_the_administrator(hub: Hub, connected: Path, tmp_path: Path) -> None:
    with pytest.raises(AddressRefused):
        draft = door.ConnectionDraft(file=town.trees(tmp_path, "elsewhere"), root=str(tmp_path))
        door.connect(OPERATOR, draft, tenant=hub.town.slug)
    with pytest.raises(AddressRefused), town.Service() as other:
        town.connect(hub, town.events(other, "inside"))


def test_a_redirect_into_the_internal_network_is_refused(hub: Hub, connected: Path, service: town.Service) -> None:
    with town.Service() as secret:
        secret.answers["/events"] = {"items": [{"titel": "geheim", "bezirk": "Nord"}]}
        service.answers["/moved"] = f"{secret.url}/events"
        with pytest.raises(AddressRefused):
            town.connect(hub, town.events(service, "moved", "/moved"))
        assert secret.asked == []


def test_wrong_credentials_are_said_and_store_nothing(hub: Hub, connected: Path, database: dict[str, Any]) -> None:
    with pytest.raises(SourceDown) as refused:
        town.connect(hub, town.traffic(database, "nobody", user="allmende_no_such_role"), secret="wrong")
    assert refused.value.more["source"] == "nobody"
    assert hub.ask("SELECT * FROM auenstadt.nobody", who="owner").status_code == 404


def test_a_stored_secret_does_not_follow_a_connection_that_is_pointed_elsewhere(
    hub: Hub, connected: Path, database: dict[str, Any], service: town.Service
) -> None:
    with town.Service() as foreign:
        door.allow_address(OPERATOR, tenant=hub.town.slug, place="127.0.0.1", port=foreign.port, reason="Test")
        foreign.answers["/events"] = {"items": [{"titel": "Falle", "bezirk": "Nord"}]}
        with pytest.raises(Invalid) as refused:
            town.connect(hub, town.events(foreign))
        assert refused.value.more["field"] == "secret"
        assert foreign.asked == []
        with pytest.raises(Invalid):  # nor by way of a place that takes no secret, or a weaker check of the host
            town.connect(hub, town.traffic(database, sslmode="prefer"))
    town.connect(hub, town.events(service))  # the same place: the secret stays
    assert hub.rows("SELECT count(*) FROM auenstadt.events") == [[2]]


def test_the_role_of_the_source_bounds_what_a_mapping_reads(
    hub: Hub, connected: Path, database: dict[str, Any]
) -> None:
    with pytest.raises(SourceDown):
        town.connect(hub, town.traffic(database, "geheim", "geheim"), secret=database["password"])


def test_old_answers_of_interfaces_are_removed_and_fetched_anew(
    hub: Hub, connected: Path, service: town.Service
) -> None:
    asked = len(service.asked)
    assert hub.rows("SELECT count(*) FROM auenstadt.events") == [[2]]
    assert len(service.asked) == asked
    assert hub.tools.located.fetched.forget(now() + timedelta(seconds=1)) >= 1
    assert hub.rows("SELECT count(*) FROM auenstadt.events") == [[2]]
    assert len(service.asked) == asked + 1
