# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A running hub with two towns, Auenstadt and Rieth, and an HTTP service that answers as OParl does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from allmende.organisations import door as organisations
from allmende.organisations.models import Tenant
from allmende.recipes.samples import sample
from allmende.rights import door as rights
from allmende.rights.domain import work
from allmende.rights.terms import OPERATOR
from tests.factories import Town, small_town
from tests.hub.live import KEY, Hub, running_hub
from tests.hub.town import Service


def the_hubs_key() -> bytes:
    return KEY


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Hub]:
    with django_db_blocker.unblock(), running_hub(tmp_path_factory.mktemp("hub")) as running:
        Tenant.objects.filter(slug=running.town.slug).update(second_factor="nobody", practice=True)
        organisations.give_role(
            OPERATOR,
            tenant=running.town.slug,
            person=running.town.people["it"],
            role="quality_assurer",
            unit=running.town.root,
        )
        with override_settings(RIGHTS_KEY=f"{__name__}.the_hubs_key"):
            work.sealer.cache_clear()
            yield running
        work.sealer.cache_clear()


@pytest.fixture(scope="package")
def rieth(hub: Hub) -> Town:
    """A second town on the same installation."""
    town = small_town("rieth", name="Rieth")
    Tenant.objects.filter(slug="rieth").update(practice=True)  # of the same kind: no practice town beside a real one
    for slug in ("statistics", "environmental_planning", "traffic_planning"):
        if slug not in {known for known, _ in rights.purpose_titles("rieth")}:
            raise AssertionError(slug)
    return town


@pytest.fixture(scope="package")
def oparl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two lists of papers, each in three pages: at /auenstadt/paper, and as another town has it at /rieth/paper."""
    with Service() as service:
        for town, other in (("auenstadt", False), ("rieth", True)):
            folder = tmp_path_factory.mktemp(town)
            sample("ratsvorlagen", folder, other=other)
            for page in sorted(folder.glob("paper-*.json")):
                number = page.stem.removeprefix("paper-")
                query = "" if number == "1" else f"?page={number}"
                service.answers[f"/{town}/paper{query}"] = json.loads(page.read_text("utf-8"))
        yield service


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "listen"
    made.mkdir()
    return made
