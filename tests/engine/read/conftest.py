# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One engine for this folder's tests."""

from __future__ import annotations

import pytest

from tests.engine.read.duck import Duck


@pytest.fixture(scope="session")
def duck() -> Duck:
    return Duck()
