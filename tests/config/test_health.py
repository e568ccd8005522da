# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What /health and doctor make of the anchors that were sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from allmende.config.health import AnchorState, anchor_state

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("sent", "failed", "first", "late"),
    [
        (None, None, None, False),  # nothing to send yet
        (None, None, ago(3), False),  # the first night is still to come
        (None, None, ago(27), True),
        (None, True, ago(27), True),
        (ago(10), False, ago(900), False),
        (ago(25.9), True, ago(900), False),
        (ago(26.1), True, ago(900), True),
    ],
)
def test_an_anchor_is_late_where_none_went_out_for_a_night(
    sent: datetime | None, failed: bool | None, first: datetime | None, late: bool
) -> None:
    assert anchor_state((sent, failed, first), NOW) == AnchorState(late=late, failed=bool(failed), sent_at=sent)
