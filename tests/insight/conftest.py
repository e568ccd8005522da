# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A running hub with a town to ask questions about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.hub.live import Hub, running_hub
from tests.insight.town import Asking, furnish


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Hub]:
    """A hub that runs, with the town Auenstadt."""
    with django_db_blocker.unblock(), running_hub(tmp_path_factory.mktemp("insight")) as running:
        yield running


@pytest.fixture(scope="package")
def asking(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Asking:
    """Ask as one of the town's people: ``asking("owner", question)``."""
    return furnish(hub, tmp_path_factory.mktemp("silos"))
