# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The breaker: three failures open it, the pause doubles up to five minutes, one question may try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from allmende.hub.breaker import FIRST, LONGEST, Breaker
from allmende.hub.terms import Reachable

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def after(failures: int) -> Breaker:
    breaker = Breaker()
    for _ in range(failures):
        breaker = breaker.failed(NOON)
    return breaker


def test_two_failures_leave_it_closed() -> None:
    assert [after(n).state(NOON) for n in (0, 1, 2)] == [Reachable.CLOSED] * 3


def test_the_third_failure_opens_it_until_the_pause_is_over() -> None:
    breaker = after(3)
    assert breaker.state(NOON) is Reachable.OPEN
    assert breaker.state(NOON + FIRST - timedelta(microseconds=1)) is Reachable.OPEN
    assert breaker.state(NOON + FIRST) is Reachable.HALF_OPEN


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [after(n).open_until for n in range(3, 12)]
    seconds = [(until - NOON).total_seconds() for until in pauses if until is not None]
    assert seconds == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert after(500).open_until == NOON + LONGEST
