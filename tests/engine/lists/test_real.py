# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The real files of Münster go in, or stop for a good reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from allmende.engine.lists.model import Decisions, Meaning, Proposal, Reaction
from allmende.engine.lists.propose import propose, store
from allmende.engine.mapping.fields import Type
from allmende.engine.mapping.files import BadFile

pytestmark = pytest.mark.real


def one(proposal: Proposal) -> tuple[int, int]:
    (table,) = proposal.tables
    assert table.rows_kept + sum(o.count for o in table.left_out) == table.height
    return table.rows_kept, len(table.columns)


def test_playgrounds_have_their_coordinates_exchanged(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "muenster" / "sport" / "spielplaetze.csv"
    found = propose(path)
    assert (found.reaction, found.encoding, one(found)) == (Reaction.IMPORT, "windows-1252", (291, 12))
    meanings = {c.heading: c.meaning for c in found.tables[0].columns}
    assert (meanings["Latitude"], meanings["Longitude"]) == (Meaning.LONGITUDE, Meaning.LATITUDE)
    stored = store(path, tmp_path / "a.parquet", found)
    assert (stored.rows, stored.unreadable) == (291, {})


@pytest.mark.parametrize("station", ["1140", "1303"])
def test_air_has_a_footer_double_quotes_and_gaps(station: str, real_data: Path, tmp_path: Path) -> None:
    path = real_data / "muenster" / "luft" / f"station{station}_2020-2021.csv"
    found = propose(path)
    table = found.tables[0]
    assert found.reaction is Reaction.IMPORT
    assert table.stand == "2024-09-04"
    assert table.columns[1].type is Type.TIMESTAMP
    assert table.columns[3].unit == "ug/m3"
    assert store(path, tmp_path / "a.parquet", found).rows == table.rows_kept > 17_000


def test_parking_has_two_heading_rows(real_data: Path) -> None:
    for path in sorted((real_data / "muenster" / "parken").glob("*.csv"))[:5]:
        found = propose(path)
        assert found.tables[0].header_rows == (1, 2)
        assert one(found)[0] > 200
        assert found.reaction is Reaction.IMPORT


def test_counters_go_in(real_data: Path) -> None:
    for path in sorted((real_data / "muenster" / "radverkehr").glob("*/*-02.csv")):
        found = propose(path)
        assert found.reaction is Reaction.IMPORT, found.reasons
        assert one(found)[0] == len(path.read_bytes().splitlines()) - 1


def test_infections_and_refill_stations(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "muenster"
    assert one(propose(folder / "gesundheit" / "corona-neuinfektionen-stadtteile.csv")) == (5377, 5)
    assert one(propose(folder / "gesundheit" / "corona-neuinfektionen-altersgruppen.csv")) == (835, 5)
    path = folder / "refill" / "refill-stationen.csv"
    found = propose(path)
    assert found.reaction in {Reaction.ASK, Reaction.STOP}  # a shop is named after a person
    assert one(found) == (56, 12)
    decided = Decisions(looked=True, personal=())
    assert propose(path, decided).reaction is found.reaction  # looking at the rest does not decide about persons


def test_what_is_no_list_says_so(real_data: Path) -> None:
    for name in ("refill/refill-stationen.json", "raum/stadtbezirke.geojson"):
        with pytest.raises(BadFile, match="JSON"):
            propose(real_data / "muenster" / name)
