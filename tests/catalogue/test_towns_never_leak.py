# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whatever verbs are done in whatever order: nobody sees more than the rule of thumb below says."""

from __future__ import annotations

import random

import pytest

from allmende.catalogue import door
from allmende.catalogue.terms import DatasetView, Filters
from allmende.kernel.errors import NotFound, Problem
from allmende.rights.terms import ANYONE, OPERATOR, Class, Subject, Visibility
from tests.factories import Town, dataset_draft, small_town

pytestmark = pytest.mark.django_db

NAMES = ("auenstadt", "bergdorf", "talheim")


def may_know(subject: Subject, dataset: DatasetView) -> bool:
    """Say it once more, in the plainest way, without the decision point (there are no grants in this test)."""
    if dataset.visibility is Visibility.PUBLIC:
        return True
    if subject is ANYONE:
        return False
    if subject.tenant == dataset.tenant and dataset.unit in subject.units:
        return True
    near = subject.tenant == dataset.tenant or subject.tenant in dataset.shared_with
    if dataset.visibility is Visibility.ADMINISTRATION:
        return near and subject.administration
    return near and bool(dataset.visible_to & subject.units)


def do_something(chance: random.Random, towns: list[Town], made: list[str]) -> None:
    town = chance.choice(towns)
    unit = chance.choice(["environment", "youth", "utilities"])
    visibility = chance.choice(list(Visibility))
    draft = dataset_draft(
        town,
        f"d{len(made)}",
        unit=unit,
        visibility=visibility,
        visible_to=frozenset({town.units["youth"]} if visibility is Visibility.UNITS else ()),
        cls=chance.choice([Class.INTERNAL, Class.RESTRICTED]),
    )
    other = chance.choice(NAMES)
    if not made or chance.random() < 0.4:
        made.append(door.register_dataset(OPERATOR, draft))
        return
    dataset = chance.choice(made)
    actor = chance.choice([OPERATOR, town.subject("owner"), town.subject("gate"), town.subject("admin")])
    match chance.randrange(5):
        case 0:
            door.share_with_tenant(actor, dataset, tenant=other, shared=chance.random() < 0.7)
        case 1:
            door.release_dataset(actor, dataset, reason="x")
        case 2:
            door.withdraw_release(actor, dataset, reason="x")
        case 3:
            door.retire_dataset(actor, dataset, reason="x")
        case _:
            door.set_class(actor, dataset, cls=chance.choice([Class.INTERNAL, Class.RESTRICTED]), reason="x")


@pytest.mark.parametrize("seed", range(4))
def test_towns_never_leak(seed: int) -> None:
    chance = random.Random(seed)
    towns = [small_town(slug, name=slug.title()) for slug in NAMES]
    made: list[str] = []
    done = 0
    for _ in range(40):
        try:
            do_something(chance, towns, made)
            done += 1
        except Problem:
            continue  # refused: fine, as long as nothing shows
    assert done > 15
    everything = {hit.id: door.dataset_by_id(OPERATOR, hit.id) for hit in door.known_datasets(OPERATOR).hits}
    assert len(everything) > 3
    for town in towns:
        for subject in (ANYONE, *(town.subject(who) for who in ("owner", "staff", "engineer", "admin"))):
            expected = {id_ for id_, view in everything.items() if may_know(subject, view)}
            found = door.known_datasets(subject, Filters(limit=200))
            assert {hit.id for hit in found.hits} == expected
            assert sum(bucket.count for bucket in found.facets["unit"]) == len(expected)
            for id_ in made:
                if id_ in expected:
                    assert door.dataset_by_id(subject, id_).id == id_
                else:
                    with pytest.raises(NotFound):
                        door.dataset_by_id(subject, id_)
