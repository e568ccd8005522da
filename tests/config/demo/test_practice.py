# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The practice town begins anew every night and leaves nothing behind; what is written of a real town stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import Error

from allmende.catalogue import door as catalogue
from allmende.catalogue.models import Dataset, Entry
from allmende.config.demo import registers, reset
from allmende.kernel.errors import Unready
from allmende.organisations import door as organisations
from allmende.organisations.models import Change, Person, Tenant
from allmende.rights.terms import OPERATOR
from tests.config.demo.conftest import Demo
from tests.factories import make_dataset, small_town


def test_every_table_belongs_to_a_town_or_is_listed() -> None:
    """A room that comes later names its rows' town, or says here why not."""
    covered = {model._meta.label for model, _ in reset.ways()}
    ours = {m._meta.label for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("allmende.")}
    assert ours - covered == reset.KEPT | reset.OF_THE_INSTALLATION
    assert "mfa.Authenticator" in covered


def rows(town: str) -> dict[str, int]:
    """Return how many rows of each table are the town's."""
    return {
        model._meta.label: model._base_manager.filter(**{way: town}).count()
        for model, way in reset.ways()
        if model._meta.label not in {"organisations.Change", "hub.Change", "rights.OpenUse"}
    }


@pytest.fixture
def real(demo: Demo, django_db_blocker: Any) -> Any:
    """A real town beside the practice town, with a data set; its database is the demo's."""
    (demo.data / "demo" / "events.port").write_text(str(demo.events_port))
    with django_db_blocker.unblock():
        if not Tenant.objects.filter(slug="talheim").exists():
            town = small_town("talheim", name="Talheim")
            make_dataset(town, "trees")
        Tenant.objects.filter(slug="talheim").update(practice=False)
        yield
        Tenant.objects.filter(slug="talheim").update(practice=True)  # the other tests' town stands beside no real one


def test_the_night_makes_it_as_on_the_first_day(demo: Demo, real: None) -> None:
    before, beside = rows("auenstadt"), rows("talheim")
    tokens = demo.personas
    person = next(one for one in organisations.people("auenstadt") if one.roles)
    organisations.deactivate_person(OPERATOR, tenant="auenstadt", person=person.id)
    dataset = Dataset.objects.filter(tenant_id="auenstadt").first()
    assert dataset is not None
    catalogue.retire_dataset(OPERATOR, str(dataset.id), reason="Übung")
    stray = demo.data / "files" / "uploads" / "auenstadt" / "x" / "liste.csv"
    stray.parent.mkdir(parents=True)
    stray.write_text("Name\nErika\n")

    reset.again(demo.data)

    assert rows("auenstadt") == before
    assert rows("talheim") == beside
    assert not stray.exists()
    assert {p.email for p in organisations.people("auenstadt") if p.active} >= {person.email}
    assert demo.personas.keys() == tokens.keys() and demo.personas != tokens
    assert demo.rows("SELECT count(*) > 0 FROM auenstadt.luft_stunden") == [[True]]
    assert demo.rows(
        "SELECT count(*) > 0 FROM auenstadt.verkehr_stunden", who="verkehrsplanerin", purpose="traffic_planning"
    ) == [[True]]


def test_it_can_be_done_twice_and_what_fails_changes_nothing(demo: Demo, real: None, monkeypatch: Any) -> None:
    before = rows("auenstadt")
    reset.again(demo.data)
    assert rows("auenstadt") == before

    def torn() -> None:
        raise RuntimeError("torn")

    monkeypatch.setattr(registers, "enter_rules", torn)
    with pytest.raises(RuntimeError):
        reset.again(demo.data)
    assert rows("auenstadt") == before


def test_where_there_never_was_one_nothing_is_made(tmp_path: Any) -> None:
    with pytest.raises(Unready):
        reset.again(tmp_path)


@pytest.mark.django_db
def test_what_is_written_of_a_real_town_stays() -> None:
    town, invented = small_town(), small_town("talheim", name="Talheim")
    make_dataset(town, "trees")
    make_dataset(invented, "trees")
    Tenant.objects.filter(slug="talheim").update(practice=True)
    for table in (Entry, Change):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            table.objects.all()._raw_delete("default")
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            table.objects.update(verb="x")
    reset.forget()
    assert (
        not Person.objects.filter(tenant_id="talheim").exists() and not Tenant.objects.filter(slug="talheim").exists()
    )
    assert not Change.objects.filter(tenant="talheim").exists()
    assert Person.objects.filter(tenant_id="auenstadt").count() == len(town.people)
    assert Entry.objects.exists() and Change.objects.filter(tenant="auenstadt").exists()
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
