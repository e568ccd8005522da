# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every obligation, from the grant to the bytes of the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from allmende.rights import door as rights
from allmende.rights.terms import (
    OPERATOR,
    Attribution,
    Coarsen,
    Delay,
    GranteeKind,
    HideColumn,
    NoOnwardUse,
    Obligation,
    RowFilter,
)
from tests.factories import small_town
from tests.hub import town
from tests.hub.live import Hub

OLD, NEW = datetime(2020, 5, 17), datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)
ROWS = f"id;bezirk;wert;tag\n1;Nord;123;{OLD:%Y-%m-%d}\n2;Süd;456;{OLD:%Y-%m-%d}\n3;Nord;789;{NEW:%Y-%m-%d}\n"


@pytest.fixture(scope="module")
def dataset(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("obliged")
    (folder / "obliged.csv").write_text(ROWS)
    given = {
        "read": {"kind": "csv", "files": "obliged.csv", "separator": ";"},
        "fields": town.fields(id="integer", bezirk="text", wert="integer", tag="date"),
        "class": "restricted",
    }
    file = town.connection_file("obliged", {"kind": "files"}, {"obliged": given})
    (read,) = town.connect(hub, file, root=folder).reads
    return read.dataset


def ask(
    hub: Hub, dataset: str, *obligations: Obligation, sql: str = "SELECT * FROM auenstadt.obliged ORDER BY ALL"
) -> dict[str, object]:
    draft = rights.GrantDraft(
        resource=dataset,
        grantee_kind=GranteeKind.PERSON,
        grantee=hub.town.people["staff"],
        purposes=frozenset({"statistics"}),
        obligations=obligations,
    )
    grant = rights.give_grant(OPERATOR, draft)
    try:
        answer = hub.ask(sql, who="staff")
    finally:
        rights.withdraw_grant(OPERATOR, grant)
    return {"status": answer.status_code, **answer.json()}


def names(answer: dict[str, object]) -> list[str]:
    columns = answer["columns"]
    assert isinstance(columns, list)
    return [column["name"] for column in columns]


def test_row_filter(hub: Hub, dataset: str) -> None:
    answer = ask(hub, dataset, RowFilter("bezirk", ("Süd",)))
    assert answer["rows"] == [[2, "Süd", 456, f"{OLD:%Y-%m-%d}"]]
    assert {"type": "row_filter", "column": "bezirk", "values": ["Süd"]} in answer["decision"]["obligations"]  # type: ignore[index]


def test_a_filtered_row_shows_in_no_error_either(hub: Hub, dataset: str) -> None:
    probe = "SELECT id FROM auenstadt.obliged WHERE CAST(CASE WHEN wert = 123 THEN 'x' ELSE '1' END AS INTEGER) = 1"
    assert ask(hub, dataset, RowFilter("bezirk", ("Süd",)), sql=probe)["rows"] == [[2]]


def test_hidden_column(hub: Hub, dataset: str) -> None:
    answer = ask(hub, dataset, HideColumn("wert"))
    assert names(answer) == ["id", "bezirk", "tag"]
    refused = ask(hub, dataset, HideColumn("wert"), sql="SELECT max(wert) FROM auenstadt.obliged")
    assert refused["status"] == 400


def test_coarsened(hub: Hub, dataset: str) -> None:
    answer = ask(hub, dataset, Coarsen("wert", "100"), Coarsen("tag", "year"), Coarsen("bezirk", "prefix:1"))
    assert answer["rows"] == [
        [1, "N", 100, "2020-01-01"],
        [2, "S", 400, "2020-01-01"],
        [3, "N", 700, f"{NEW:%Y}-01-01"],
    ]


def test_delayed(hub: Hub, dataset: str) -> None:
    answer = ask(hub, dataset, Delay("tag", 30), sql="SELECT id FROM auenstadt.obliged ORDER BY id")
    assert answer["rows"] == [[1], [2]]


def test_attribution_and_no_onward_use_are_said(hub: Hub, dataset: str) -> None:
    answer = ask(hub, dataset, Attribution("Amt X"), NoOnwardUse())
    obligations = answer["decision"]["obligations"]  # type: ignore[index]
    assert {"type": "attribution", "text": "Amt X"} in obligations
    assert {"type": "no_onward_use"} in obligations
    assert len(answer["rows"]) == 3  # type: ignore[arg-type]


def test_all_together(hub: Hub, dataset: str) -> None:
    answer = ask(
        hub, dataset, RowFilter("bezirk", ("Nord",)), HideColumn("id"), Delay("tag", 30), Coarsen("wert", "10")
    )
    assert names(answer) == ["bezirk", "wert", "tag"]
    assert answer["rows"] == [["Nord", 120, "2020-05-17"]]


def test_two_towns_do_not_see_each_other(hub: Hub, dataset: str, tmp_path: Path) -> None:
    other = small_town("bergstadt", name="Bergstadt")
    for who in ("owner", "staff", "admin", "it"):
        headers = {"Authorization": f"Bearer {hub.token(who, other)}"}
        answer = hub.ask("SELECT * FROM auenstadt.obliged", headers=headers)
        assert answer.status_code == 404, (who, answer.text)
