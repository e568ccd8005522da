# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""When a source that failed is asked again (Nygard, *Release It!*, circuit breaker). Pure: no I/O, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from allmende.hub.terms import Reachable

#: So many failures in a row open the breaker.
THRESHOLD = 3
#: The first pause; it doubles with each further failure, up to :data:`LONGEST`.
FIRST = timedelta(seconds=5)
LONGEST = timedelta(minutes=5)
#: How long the one question that tries a half-open breaker has it for itself.
TRIAL = timedelta(seconds=30)


class Breaker(msgspec.Struct, frozen=True):
    """Failures in a row, and until when the source is left alone."""

    failures: int = 0
    open_until: datetime | None = None

    def state(self, now: datetime) -> Reachable:
        """Return whether the source may be asked at ``now``."""
        if self.failures < THRESHOLD or self.open_until is None:
            return Reachable.CLOSED
        return Reachable.OPEN if now < self.open_until else Reachable.HALF_OPEN

    def failed(self, now: datetime) -> Breaker:
        """Return the breaker after one more failure."""
        failures = self.failures + 1
        if failures < THRESHOLD:
            return Breaker(failures=failures)
        pause = min(FIRST * 2 ** min(failures - THRESHOLD, 16), LONGEST)
        return Breaker(failures=failures, open_until=now + pause)
