# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The note on an import comes from what the hub really read, and goes to those who work with the source."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from allmende.organisations.models import Person
from tests.engine.paper.judge import text
from tests.hub import town
from tests.hub.live import Hub


def client_of(hub: Hub, who: str) -> Client:
    client = Client(headers={"accept-language": "de"})
    client.force_login(
        Person.objects.get(id=hub.town.people[who]), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_the_note_on_a_real_reading(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from allmende.organisations.models import Tenant

    row = Tenant.objects.filter(slug=hub.town.slug)
    before = row.values("second_factor", "practice").get()
    row.update(second_factor="nobody", practice=True)
    try:
        connected = town.connect(hub, town.trees(tmp_path / "csv", "noted"), root=tmp_path / "csv")
        (read,) = connected.reads
        dataset = read.dataset
        address = f"/quellen/datensatz/{dataset}/vermerk.pdf"
        said = text(client_of(hub, "it").get(address).content, tmp_path)
        assert "Vermerk über das Einlesen" in said
        assert "auenstadt.noted" in said
        assert "4 Zeilen gelesen, 4 übernommen." in said
        assert Client().get(address).status_code == 401
        assert client_of(hub, "staff").get(address).status_code == 404  # of no source of theirs
        assert client_of(hub, "engineer").get(address).status_code == 403
    finally:
        row.update(**before)
