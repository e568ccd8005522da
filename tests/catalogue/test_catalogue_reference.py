# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""docs/reference/catalogue.md, the vocabularies, and the catalogue's half of the rights snapshot."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from allmende.catalogue import door
from allmende.catalogue.snapshot import TABLES, load_resources
from allmende.catalogue.terms import DatasetDraft, FieldDraft
from allmende.catalogue.vocabulary import licences, rhythms
from allmende.rights import door as rights
from allmende.rights.terms import (
    OPERATOR,
    Class,
    Column,
    Delay,
    HideColumn,
    Resource,
    RowFilter,
    Secret,
    Visibility,
)
from tests.factories import make_dataset, small_town

PAGE = (Path(__file__).parents[2] / "docs/reference/catalogue.md").read_text("utf-8")


def test_the_page_lists_every_field_licence_and_rhythm() -> None:
    listed = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)
    assert listed == [*DatasetDraft.__struct_fields__, *licences()]
    assert " ".join(f"`{code}`" for code in rhythms()) in PAGE


def test_vocabularies_are_complete() -> None:
    assert len({licence.uri for licence in licences().values()}) == len(licences())
    assert {"dl-zero-de/2.0", "dl-by-de/2.0", "cc-zero", "cc-by/4.0"} <= set(licences())
    assert all(licence.uri.startswith("http://dcat-ap.de/def/licenses/") for licence in licences().values())
    assert rhythms()["DAILY"].uri == "http://publications.europa.eu/resource/authority/frequency/DAILY"
    titles = [licence.title for licence in licences().values()] + [rhythm.title for rhythm in rhythms().values()]
    assert all(title.de and title.en for title in titles)


@pytest.mark.django_db
def test_a_data_set_as_the_decision_point_sees_it() -> None:
    town = small_town()
    obligations = (RowFilter("art", ("Eiche", "Buche")), HideColumn("id"), Delay("am", 30))
    counts = make_dataset(
        town,
        "counts",
        cls=Class.PERSONAL,
        secrets=frozenset({Secret.STATISTICAL}),
        legal_basis="§ 16 BStatG",
        visibility=Visibility.UNITS,
        visible_to=frozenset({town.units["youth"]}),
        attribution="Statistikstelle",
        obligations=obligations,
        fields=(FieldDraft(name="id", type="BIGINT"), FieldDraft(name="name", type="VARCHAR", personal=True)),
    )
    door.set_release_table(OPERATOR, counts, table="rt1", readers=Visibility.PUBLIC)
    assert rights.snapshot().resources[counts] == Resource(
        id=counts,
        tenant="auenstadt",
        name="counts",
        unit=town.units["environment"],
        cls=Class.PERSONAL,
        secrets=frozenset({Secret.STATISTICAL}),
        visibility=Visibility.UNITS,
        visible_to=frozenset({town.units["youth"]}),
        purposes=frozenset({"environmental_planning"}),
        release_table="rt1",
        release_table_for=Visibility.PUBLIC,
        columns=(Column("id", "BIGINT"), Column("name", "VARCHAR", personal=True)),
        obligations=obligations,
        attribution="Statistikstelle",
        ask="Umweltamt",
    )


@pytest.mark.django_db
def test_what_was_retired_is_in_no_snapshot() -> None:
    town = small_town()
    trees = make_dataset(town)
    door.retire_dataset(OPERATOR, trees, reason="weg")
    connection.ensure_connection()
    conn: psycopg.Connection = connection.connection
    assert list(load_resources(conn)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_each_table_read_is_watched(table: str) -> None:
    small_town()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'rights_watch' AND tgrelid = %s::regclass", [table])
        assert cursor.fetchone() == (1,)
