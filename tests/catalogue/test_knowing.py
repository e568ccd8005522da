# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What one may not know of is absent everywhere: who may know × where it could show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from allmende.catalogue import door
from allmende.catalogue.terms import Filters
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.rights.terms import ANYONE, OPERATOR, Subject, Visibility
from tests.factories import Town, make_dataset, small_town

pytestmark = pytest.mark.django_db

#: Which of the hidden data sets each may know of; the owner unit always knows its own.
KNOWS: dict[str, frozenset[str]] = {
    "anyone": frozenset({"everybody"}),
    "other_town": frozenset({"everybody"}),
    "engineer": frozenset({"everybody"}),  # of the utilities, a GmbH
    "staff": frozenset({"everybody", "officials", "named"}),  # youth office, the unit that is named
    "it": frozenset({"everybody", "officials"}),
    "owner": frozenset({"everybody", "officials", "named"}),  # environment office, the owner unit
    "admin": frozenset({"everybody", "officials"}),
    "operator": frozenset({"everybody", "officials", "named"}),
}


@pytest.fixture
def town() -> Town:
    """A town with one data set per visibility."""
    town = small_town()
    make_dataset(town, "everybody", visibility=Visibility.PUBLIC, title=Text("Bäume A", "Trees A"))
    make_dataset(town, "officials", title=Text("Bäume B", "Trees B"), purposes=frozenset({"statistics"}))
    make_dataset(
        town,
        "named",
        visibility=Visibility.UNITS,
        visible_to=frozenset({town.units["youth"]}),
        title=Text("Bäume C", "Trees C"),
        licence="cc-by/4.0",
        purposes=frozenset({"health_reporting"}),
    )
    return town


def asker(town: Town, who: str) -> Subject:
    if who == "anyone":
        return ANYONE
    if who == "operator":
        return OPERATOR
    if who == "other_town":
        return small_town("bergdorf", name="Bergdorf").subject("admin")
    return town.subject(who)


@pytest.mark.parametrize("who", sorted(KNOWS))
def test_lists_counts_facets_search_and_errors_agree(town: Town, who: str) -> None:
    subject, knows = asker(town, who), KNOWS[who]
    everything = door.known_datasets(subject)
    assert {hit.slug for hit in everything.hits} == knows
    assert everything.total == len(knows)
    for name, buckets in everything.facets.items():
        per_row = {"licence": 1, "purpose": 1}.get(name, 1)
        assert sum(bucket.count for bucket in buckets) == per_row * len(knows), name
    assert "health_reporting" not in {b.value for b in everything.facets["purpose"]} or "named" in knows
    assert "cc-by/4.0" not in {b.value for b in everything.facets["licence"]} or "named" in knows
    assert ("health_reporting" in door.purposes_in_use(subject)) is ("named" in knows)
    for words in ("Baum", "Bäume C", "named"):
        assert {hit.slug for hit in door.known_datasets(subject, Filters(words=words)).hits} <= knows
    assert {hit.slug for hit in door.known_datasets(subject, Filters(licence=frozenset({"cc-by/4.0"}))).hits} == (
        knows & {"named"}
    )
    for slug in ("everybody", "officials", "named"):
        if slug in knows:
            assert door.dataset(subject, "auenstadt", slug).slug == slug
        else:
            with pytest.raises(NotFound):
                door.dataset(subject, "auenstadt", slug)


def test_hidden_and_absent_are_answered_by_the_same_words_and_the_same_work(town: Town) -> None:
    hidden_id = door.dataset(OPERATOR, "auenstadt", "named").id
    absent_id = "01a1fae4-7137-7e89-8501-150bdd151d13"
    subject = town.subject("it")
    reads: list[tuple[Callable[[Subject, Any], object], Any, Any]] = [
        (lambda s, name: door.dataset(s, *name), ("auenstadt", "named"), ("auenstadt", "nothing")),
        (lambda s, name: door.dataset(s, *name), ("auenstadt", "named"), ("nowhere", "nothing")),
        (door.dataset_by_id, hidden_id, absent_id),
        (door.dataset_by_id, hidden_id, "no id at all"),
        (door.draft, hidden_id, absent_id),
        (door.history, hidden_id, absent_id),
    ]
    for read, hidden, absent in reads:
        answers = []
        for wanted in (hidden, absent):
            with (
                CaptureQueriesContext(
                    connection,
                ) as done,
                pytest.raises(NotFound) as answer,
            ):
                read(subject, wanted)
            answers.append((answer.value.document(), len(done)))
        assert answers[0] == answers[1]


def test_facets_count_what_the_other_facets_leave(town: Town) -> None:
    subject = town.subject("staff")
    found = door.known_datasets(subject, Filters(purpose=frozenset({"statistics"})))
    assert [hit.slug for hit in found.hits] == ["officials"]
    assert {bucket.value: bucket.count for bucket in found.facets["purpose"]} == {
        "environmental_planning": 1,
        "health_reporting": 1,
        "statistics": 1,
    }
    assert {bucket.value: bucket.count for bucket in found.facets["licence"]} == {"dl-zero-de/2.0": 1}


@pytest.mark.parametrize("more", [0, 2])
def test_a_search_takes_a_fixed_number_of_queries(
    town: Town, more: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(more):
        make_dataset(town, f"more{number}")
    subject = town.subject("staff")
    with django_assert_num_queries(3):
        assert door.known_datasets(subject, Filters(words="Baum")).total == 3 + more


# --- search ---------------------------------------------------------------------------------------------------------

TITLES = {
    "street_trees": Text("Straßenbäume", "Street trees"),
    "register": Text("Baumkataster", "Tree register"),
    "kita": Text("Kindergärten und Kitas", "Nurseries"),
    "waste": Text("Müllabfuhrtermine", "Waste collection dates"),
    "air": Text("Luftgüte: Stickstoffdioxid", "Air quality: nitrogen dioxide"),
    "cities": Text("Partnerstädte", "Twin cities"),
}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Baum", {"street_trees", "register"}),
        ("Bäume", {"street_trees", "register"}),
        ("baeume", {"street_trees", "register"}),
        ("Straßenbaum", {"street_trees"}),
        ("STRASSENBAEUME", {"street_trees"}),
        ("Kindergarten", {"kita"}),
        ("Müll", {"waste"}),
        ("Muell Termin", {"waste"}),
        ("Stickstoff", {"air"}),
        ("city", {"cities"}),
        ("tree", {"street_trees", "register"}),
        ("Baum Müll", set()),
        ("", set(TITLES)),
        ("%", set(TITLES)),  # no word in it
        ("'; drop table", set()),
    ],
)
def test_what_words_find(words: str, found: set[str]) -> None:
    town = small_town()
    for slug, title in TITLES.items():
        make_dataset(town, slug, title=title, description=Text("", ""), fields=())
    hits = door.known_datasets(OPERATOR, Filters(words=words)).hits
    assert {hit.slug for hit in hits} == found


def test_the_best_comes_first_and_equals_in_german_order() -> None:
    town = small_town()
    titles = {"a": "Zoo mit Baum", "b": "Öffentliche Bäume", "c": "Obst", "d": "Ämter"}
    for slug, title in titles.items():
        make_dataset(town, slug, title=Text(title, title), description=Text("Ein Baum ist dabei.", ""), fields=())
    assert [hit.slug for hit in door.known_datasets(OPERATOR).hits] == ["d", "c", "b", "a"]
    assert [hit.slug for hit in door.known_datasets(OPERATOR, Filters(words="Baum")).hits] == ["b", "a", "d", "c"]
    page = door.known_datasets(OPERATOR, Filters(offset=1, limit=2))
    assert ([hit.slug for hit in page.hits], page.total) == (["c", "b"], 4)
