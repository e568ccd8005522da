# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Release as open data (001 E7, E8, scenario T11) and sharing with another town (T8)."""

from __future__ import annotations

from typing import Any

import pytest

from allmende.catalogue import door
from allmende.catalogue.terms import LATE_WARNING, Anonymised, Mode
from allmende.kernel.clock import now
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from allmende.rights.terms import ANYONE, OPERATOR, Class, Secret, Visibility
from tests.factories import dataset_draft, make_dataset, small_town

pytestmark = pytest.mark.django_db

PERSONAL: dict[str, Any] = {"cls": Class.PERSONAL, "legal_basis": "§ 42 BMG", "anonymised": Anonymised.NOT}


def test_a_release_makes_it_open_and_known_to_everybody() -> None:
    town = small_town()
    trees = make_dataset(town)
    with pytest.raises(NotFound):
        door.dataset(ANYONE, "auenstadt", "trees")
    door.release_dataset(town.subject("gate"), trees, reason="Transparenz")
    seen = door.dataset(ANYONE, "auenstadt", "trees")
    assert (seen.cls, seen.visibility, seen.released, seen.warnings) == (Class.OPEN, Visibility.PUBLIC, True, ())
    assert seen.release is not None
    assert (seen.release.unit, seen.release.reason) == (town.units["administration"], "Transparenz")


@pytest.mark.parametrize("who", ["owner", "admin", "quality", "staff"])
def test_only_the_gatekeeper_releases(who: str) -> None:
    town = small_town()
    with pytest.raises(Forbidden):
        door.release_dataset(town.subject(who), make_dataset(town), reason="offen")


@pytest.mark.parametrize(
    "closed", [PERSONAL, {"secrets": frozenset({Secret.STATISTICAL}), "legal_basis": "§ 16 BStatG"}]
)
def test_personal_data_and_secrets_are_never_released_not_even_by_the_operator(closed: dict[str, Any]) -> None:
    town = small_town()
    counts = make_dataset(town, "counts", **closed)
    for actor in (town.subject("gate"), OPERATOR):
        for warning_read in (False, True):
            with pytest.raises(Forbidden) as blocked:
                door.release_dataset(actor, counts, reason="offen", warning_read=warning_read)
            assert blocked.value.more["missing"] == "anonymised_at_collection"


def test_t11_anonymised_later_is_warned_about_at_collection_is_allowed() -> None:
    town = small_town()
    bikes = make_dataset(town, "bikes", **PERSONAL)
    with pytest.raises(Forbidden):
        door.release_dataset(OPERATOR, bikes, reason="offen")
    door.set_class(OPERATOR, bikes, cls=Class.INTERNAL, anonymised=Anonymised.LATER, reason="vergröbert")
    with pytest.raises(Forbidden) as warned:
        door.release_dataset(OPERATOR, bikes, reason="offen")
    assert warned.value.more["missing"] == "warning_read"
    assert LATE_WARNING.de in warned.value.detail.de
    door.release_dataset(OPERATOR, bikes, reason="offen", warning_read=True)
    seen = door.dataset(ANYONE, "auenstadt", "bikes")
    assert seen.warnings == (LATE_WARNING,)
    assert seen.release is not None
    assert seen.release.warned

    low = make_dataset(town, "low_resolution", anonymised=Anonymised.AT_COLLECTION)
    door.release_dataset(OPERATOR, low, reason="offen")
    assert door.dataset(ANYONE, "auenstadt", "low_resolution").warnings == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"licence": ""}, "licence"), ({"licence": "other-closed"}, "licence"), ({"licence": "cc-by/4.0"}, "attribution")],
)
def test_a_release_needs_an_open_licence_and_its_attribution(changes: dict[str, Any], field: str) -> None:
    town = small_town()
    with pytest.raises(Invalid) as refused:
        door.release_dataset(OPERATOR, make_dataset(town, **changes), reason="offen")
    assert refused.value.more["field"] == field


def test_what_is_released_is_not_closed_by_the_way() -> None:
    town = small_town()
    trees = make_dataset(town)
    door.release_dataset(OPERATOR, trees, reason="offen")
    with pytest.raises(Conflict):
        door.release_dataset(OPERATOR, trees, reason="noch einmal")
    with pytest.raises(Conflict):
        door.set_class(OPERATOR, trees, cls=Class.RESTRICTED, reason="doch nicht")
    door.withdraw_release(town.subject("gate"), trees, reason="Fehler entdeckt")
    seen = door.dataset(ANYONE, "auenstadt", "trees")  # that it existed is no secret any more
    assert (seen.cls, seen.released, seen.visibility) == (Class.INTERNAL, False, Visibility.PUBLIC)
    with pytest.raises(Conflict):
        door.withdraw_release(OPERATOR, trees, reason="noch einmal")


def test_a_release_table_is_put_into_force_by_the_gatekeeper() -> None:
    town = small_town()
    counts = make_dataset(town, "counts", **PERSONAL)
    with pytest.raises(Forbidden):
        door.set_release_table(town.subject("owner"), counts, table="t1", readers=Visibility.PUBLIC)
    door.set_release_table(town.subject("gate"), counts, table="t1", readers=Visibility.PUBLIC)
    seen = door.dataset(OPERATOR, "auenstadt", "counts")
    assert (seen.release_table, seen.release_table_for) == ("t1", Visibility.PUBLIC)


def test_t8_another_town_knows_what_is_shared_with_it_and_nothing_else() -> None:
    town, other, third = small_town(), small_town("bergdorf", name="Bergdorf"), small_town("talheim", name="Talheim")
    trees = make_dataset(town)
    make_dataset(town, "bushes")
    for stranger in (other.subject("staff"), third.subject("staff")):
        assert door.known_datasets(stranger).total == 0
    with pytest.raises(NotFound):
        door.share_with_tenant(other.subject("owner"), trees, tenant="bergdorf")
    door.share_with_tenant(town.subject("owner"), trees, tenant="bergdorf")
    assert [hit.slug for hit in door.known_datasets(other.subject("staff")).hits] == ["trees"]
    assert door.known_datasets(other.subject("engineer")).total == 0
    assert door.known_datasets(third.subject("staff")).total == 0
    door.share_with_tenant(town.subject("owner"), trees, tenant="bergdorf", shared=False)
    assert door.known_datasets(other.subject("staff")).total == 0


def test_personal_data_are_not_shared_with_another_town() -> None:
    town = small_town()
    small_town("bergdorf", name="Bergdorf")
    with pytest.raises(Forbidden):
        door.share_with_tenant(OPERATOR, make_dataset(town, **PERSONAL), tenant="bergdorf")


def test_the_hub_writes_down_of_when_a_copy_is() -> None:
    town = small_town()
    trees, moment = make_dataset(town), now()
    door.mark_copied(trees, mode=Mode.NIGHTLY, as_of=moment)
    seen = door.dataset(OPERATOR, "auenstadt", "trees")
    assert (seen.mode, seen.as_of, seen.version) == (Mode.NIGHTLY, moment, 1)
    assert dataset_draft(town).mode is Mode.DIRECT
