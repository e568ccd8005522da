# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Registering and changing data sets."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from allmende.catalogue import door
from allmende.catalogue.models import Dataset
from allmende.catalogue.terms import Anonymised, BoundingBox, DatasetDraft, FieldDraft, Mode
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from allmende.kernel.text import Text
from allmende.rights.terms import OPERATOR, Action, Class, HideColumn, Secret, Visibility
from tests.factories import Town, dataset_draft, make_dataset, small_town

pytestmark = pytest.mark.django_db


def test_what_was_registered_is_what_is_read(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://daten.auenstadt.example"
    town = small_town()
    written = dataset_draft(
        town,
        "lookups",
        owner=town.people["owner"],
        contact="Zimmer 12",
        cls=Class.RESTRICTED,
        visibility=Visibility.UNITS,
        visible_to=frozenset({town.units["youth"]}),
        legal_basis="§ 3 Abs. 1 Baumschutzsatzung",
        attribution="Umweltamt Auenstadt",
        rhythm="MONTHLY",
        limits=Text("Nur Stadtgebiet.", "City area only."),
        source=Text("Baumkataster", "Tree register"),
        source_system="01a1fae4-7137-7e89-8501-150bdd151d13",
        bbox=BoundingBox(7.4, 51.8, 7.8, 52.1),
        place="Auenstadt",
        covers_from=date(2020, 1, 1),
        covers_until=date(2025, 12, 31),
        mode=Mode.COPY,
        as_of=datetime(2026, 1, 31, 12, tzinfo=UTC),
        obligations=(HideColumn("id"),),
    )
    id_ = door.register_dataset(town.subject("owner"), written)
    seen = door.dataset(town.subject("owner"), "auenstadt", "lookups")
    assert seen == door.dataset_by_id(town.subject("owner"), id_)
    assert (seen.uri, seen.name) == ("https://daten.auenstadt.example/auenstadt/dataset/lookups", "auenstadt.lookups")
    assert (seen.owner_name, seen.unit_name.en, seen.version) == ("Owner", "Environment office", 1)
    assert {name: getattr(seen, name) for name in DatasetDraft.__struct_fields__} == msgspec.structs.asdict(written)
    assert door.draft(town.subject("owner"), id_) == (written, 1)


def test_english_defaults_to_german() -> None:
    town = small_town()
    make_dataset(town, title=Text("Bäume", ""))
    assert door.dataset(OPERATOR, "auenstadt", "trees").title == Text("Bäume", "Bäume")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": Text(" ", "")}, "title"),
        ({"title": Text("x" * 301, "")}, "title"),
        ({"description": Text("a\0b", "")}, "description"),
        ({"contact": "a\0b"}, "contact"),
        ({"fields": (FieldDraft(name="a\0b"),)}, "fields"),
        ({"fields": (FieldDraft(name="a", type="x" * 101),)}, "fields"),
        ({"source_system": "x" * 37}, "source_system"),
        ({"purposes": frozenset({"world_domination"})}, "purposes"),
        ({"licence": "mine"}, "licence"),
        ({"rhythm": "SOMETIMES"}, "rhythm"),
        ({"mode": Mode.COPY}, "as_of"),
        ({"cls": Class.PERSONAL}, "legal_basis"),
        ({"secrets": frozenset({Secret.TAX})}, "legal_basis"),
        ({"cls": Class.OPEN, "secrets": frozenset({Secret.TAX}), "legal_basis": "§ 30 AO"}, "cls"),
        ({"anonymised": Anonymised.NOT}, "cls"),
        ({"fields": (FieldDraft(name="name", personal=True),)}, "cls"),
        ({"fields": (FieldDraft(name="a"), FieldDraft(name="A"))}, "fields"),
        ({"fields": (FieldDraft(name=" "),)}, "fields"),
        ({"visibility": Visibility.UNITS}, "visible_to"),
        ({"visible_to": frozenset({"x"})}, "visible_to"),
        ({"bbox": BoundingBox(7.8, 51.8, 7.4, 52.1)}, "bbox"),
        ({"bbox": BoundingBox(51.8, 7.4, 52.1, 97.8)}, "bbox"),
        ({"bbox": BoundingBox(float("nan"), 0, 1, 1)}, "bbox"),
        ({"covers_from": date(2021, 1, 1), "covers_until": date(2020, 1, 1)}, "covers_until"),
        ({"contact": "x" * 301}, "contact"),
    ],
)
def test_an_unsound_entry_is_refused_naming_the_field(changes: dict[str, Any], field: str) -> None:
    town = small_town()
    with pytest.raises(Invalid) as refused:
        make_dataset(town, **changes)
    assert refused.value.more["field"] == field


@pytest.mark.parametrize("slug", ["main", "Trees", "my-trees", "1st", ""])
def test_a_name_must_work_in_sql(slug: str) -> None:
    with pytest.raises(Invalid):
        make_dataset(small_town(), slug)


def test_the_town_as_a_whole_owns_nothing() -> None:
    town = small_town()
    with pytest.raises(Invalid) as refused:
        door.register_dataset(OPERATOR, msgspec.structs.replace(dataset_draft(town), unit=town.root))
    assert refused.value.more["field"] == "unit"


def test_units_and_owners_of_another_town_cannot_be_named() -> None:
    town, other = small_town(), small_town("bergdorf", name="Bergdorf")
    for changes in (
        {"unit": other.units["youth"]},
        {"visibility": Visibility.UNITS, "visible_to": frozenset({other.units["youth"]})},
        {"owner": other.people["owner"]},
    ):
        with pytest.raises((Invalid, NotFound)):
            door.register_dataset(OPERATOR, msgspec.structs.replace(dataset_draft(town), **changes))


@pytest.mark.parametrize(
    ("who", "allowed"),
    [("owner", True), ("quality", True), ("youth", False), ("gate", False), ("admin", False), ("it", False)],
)
def test_who_describes_registers(who: str, allowed: bool) -> None:
    town = small_town()
    if allowed:
        assert door.register_dataset(town.subject(who), dataset_draft(town))
    else:
        with pytest.raises(Forbidden):
            door.register_dataset(town.subject(who), dataset_draft(town))


# --- the name and its URI ------------------------------------------------------------------------------------------


def test_a_name_stays_taken_after_retirement() -> None:
    town = small_town()
    trees = make_dataset(town)
    door.retire_dataset(town.subject("owner"), trees, reason="Neues Kataster")
    with pytest.raises(NotFound):
        door.dataset(OPERATOR, "auenstadt", "trees")
    with pytest.raises(Conflict):
        make_dataset(town)
    with pytest.raises(NotFound):
        door.change_dataset(OPERATOR, trees, dataset_draft(town))


def test_the_uri_survives_every_change() -> None:
    town = small_town()
    trees = make_dataset(town)
    before = door.dataset(OPERATOR, "auenstadt", "trees").uri
    changed = dataset_draft(town, unit="youth", title=Text("Bäume", "Trees"))
    door.change_dataset(OPERATOR, trees, changed)
    door.release_dataset(OPERATOR, trees, reason="offen")
    assert door.dataset(OPERATOR, "auenstadt", "trees").uri == before
    with pytest.raises(Invalid) as refused:
        door.change_dataset(OPERATOR, trees, msgspec.structs.replace(changed, slug="bushes"))
    assert refused.value.more["field"] == "slug"


# --- changing -------------------------------------------------------------------------------------------------------


def test_a_change_is_in_the_history_with_the_unit_not_the_person() -> None:
    town = small_town()
    trees = make_dataset(town)
    owner = town.subject("owner")
    new = dataset_draft(town, title=Text("Bäume", "Trees"))
    assert door.change_dataset(owner, trees, new, version=1, reason="kürzer") == 2
    assert door.change_dataset(owner, trees, new, version=2) == 2  # nothing changed
    newest, first = door.history(owner, trees)
    assert (newest.number, newest.verb, newest.changed, newest.reason) == (2, "change", ("title",), "kürzer")
    assert (newest.unit, first.verb) == (town.units["environment"], "register")
    assert town.people["owner"] not in repr([newest, first])


@pytest.mark.parametrize("table", ["catalogue_entry", "organisations_change"])
@pytest.mark.parametrize("attempt", ["DELETE FROM {}", "UPDATE {} SET verb = 'nothing'"])
def test_what_was_written_down_is_not_changed(table: str, attempt: str) -> None:
    make_dataset(small_town())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attempt.format(table))


def test_who_was_slower_is_told() -> None:
    town = small_town()
    trees = make_dataset(town)
    door.change_dataset(OPERATOR, trees, dataset_draft(town, place="Mitte"), version=1)
    with pytest.raises(Conflict) as refused:
        door.change_dataset(OPERATOR, trees, dataset_draft(town, place="Nord"), version=1)
    assert refused.value.more["field"] == "version"


CLOSED: dict[str, Any] = {"cls": Class.PERSONAL, "legal_basis": "§ 1", "anonymised": Anonymised.LATER}


@pytest.mark.parametrize(
    ("before", "after", "needs"),
    [
        ({}, {"place": "Mitte"}, None),
        ({}, {"cls": Class.RESTRICTED}, None),
        ({}, {"purposes": frozenset[str]()}, None),
        ({}, {"purposes": frozenset({"environmental_planning", "statistics"})}, Action.GRANT),
        ({"obligations": (HideColumn("id"),)}, {}, Action.GRANT),
        ({}, {"obligations": (HideColumn("id"),)}, None),
        ({}, {"cls": Class.OPEN}, Action.RELEASE),
        ({}, {"visibility": Visibility.PUBLIC}, Action.RELEASE),
        ({"secrets": frozenset({Secret.TAX}), "legal_basis": "§ 30 AO"}, {}, Action.RELEASE),
        (CLOSED, {}, Action.RELEASE),
        (CLOSED, CLOSED | {"anonymised": Anonymised.AT_COLLECTION}, Action.RELEASE),
        (CLOSED | {"fields": (FieldDraft(name="n", personal=True),)}, CLOSED | {"fields": ()}, Action.RELEASE),
    ],
)
def test_what_opens_data_needs_more_than_describing(
    before: dict[str, Any], after: dict[str, Any], needs: Action | None
) -> None:
    town = small_town()
    trees = make_dataset(town, **before)
    wanted = dataset_draft(town, **after)
    quality = town.subject("quality")  # describes everywhere, and nothing else
    if needs is None:
        assert door.change_dataset(quality, trees, wanted) == 2
        return
    with pytest.raises(Forbidden):
        door.change_dataset(quality, trees, wanted)
    with_it = give(town, "quality", {Action.GRANT: "data_owner", Action.RELEASE: "gatekeeper"}[needs])
    without = set(wanted_visibility(wanted)) - {needs}
    for action in without:
        with_it = give(town, "quality", {Action.GRANT: "data_owner", Action.RELEASE: "gatekeeper"}[action])
    assert door.change_dataset(with_it, trees, wanted) == 2


def wanted_visibility(draft: DatasetDraft) -> set[Action]:
    """Return what knowledge for everybody needs."""
    return {Action.GRANT, Action.RELEASE} if draft.visibility is Visibility.PUBLIC else set()


def give(town: Town, who: str, role: str) -> Any:
    from allmende.organisations import door as organisations

    organisations.give_role(OPERATOR, tenant=town.slug, person=town.people[who], role=role, unit=town.root)
    return town.subject(who)


def test_set_class_needs_a_reason_and_keeps_the_rest() -> None:
    town = small_town()
    trees = make_dataset(town)
    with pytest.raises(Invalid):
        door.set_class(OPERATOR, trees, cls=Class.RESTRICTED, reason=" ")
    door.set_class(town.subject("owner"), trees, cls=Class.RESTRICTED, reason="Privatgärten")
    assert door.dataset(OPERATOR, "auenstadt", "trees").cls is Class.RESTRICTED
    with pytest.raises(Forbidden):
        door.set_class(town.subject("owner"), trees, cls=Class.INTERNAL, reason="doch nicht")


@pytest.mark.parametrize("fields", [1, 3])
def test_reading_a_data_set_takes_a_fixed_number_of_queries(
    fields: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    town = small_town()
    make_dataset(town, fields=tuple(FieldDraft(name=f"f{number}") for number in range(fields)))
    staff = town.subject("staff")
    with django_assert_num_queries(2):
        assert len(door.dataset(staff, "auenstadt", "trees").fields) == fields


def test_the_database_itself_refuses_released_personal_data() -> None:
    town = small_town()
    trees = make_dataset(town, **CLOSED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dataset.objects.filter(id=trees).update(released_at=datetime(2026, 1, 1, tzinfo=UTC))
