# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The running hub, one for all tests of the room that ask in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.hub.live import Hub, running_hub


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Hub]:
    """A hub that runs, with the town Auenstadt; what one test registers there the next ones see."""
    with django_db_blocker.unblock(), running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running
