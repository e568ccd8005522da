# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One question, from HTTP to the answer."""

from __future__ import annotations

from tests.hub.live import Hub


def test_a_question_without_data_sets_is_answered(hub: Hub) -> None:
    answer = hub.ask("SELECT 1 AS one")
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"] == [[1]]
