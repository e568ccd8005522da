# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The hours that clocks show twice or not at all, from the time-zone database, as SQL conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Change:
    """Local times ``[start, end)`` that occur twice (a fold) or never (a gap), and the offsets before and after."""

    start: datetime
    end: datetime
    before: timedelta
    after: timedelta

    @property
    def fold(self) -> bool:
        """Whether the times occur twice."""
        return self.after < self.before


@lru_cache(maxsize=64)
def changes(zone: str) -> tuple[Change, ...]:
    """Return the clock changes of ``zone`` from 1970 to 2100; raises Invalid if there is no such zone."""
    if zone not in available_timezones():
        raise Invalid(Text(f"Es gibt keine Zeitzone „{zone}“.", f"There is no time zone “{zone}”."), zone=zone)
    place = ZoneInfo(zone)

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(place).utcoffset() or timedelta()

    found = []
    day = _FIRST
    while day < _LAST:
        following = day + timedelta(days=1)
        before, after = offset(day), offset(following)
        if before != after:
            low, high = day, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            local = high.replace(tzinfo=None)
            first, last = sorted((local + before, local + after))
            found.append(Change(first, last, before, after))
        day = following
    return tuple(found)


def condition(local: str, which: tuple[Change, ...]) -> str:
    """Return SQL: whether the TIMESTAMP ``local`` lies in one of the changes; false where there are none."""
    parts = [
        # the hour first: it leaves few rows for the days; one text for all days, for each literal costs time to bind
        f"CASE WHEN CAST({local} AS TIME) BETWEEN TIME '{start}' AND TIME '{end}' "
        f"THEN list_contains(CAST(string_split('{days}', ' ') AS DATE[]), CAST({local} AS DATE)) ELSE false END"
        for start, end, days in _hours(which)
    ]
    return f"coalesce({' OR '.join(parts)}, false)" if parts else "false"


@lru_cache(maxsize=256)
def _hours(which: tuple[Change, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return the hours of the day at which clocks change, each with the days on which they do."""

    def hours(change: Change) -> tuple[str, str]:
        end = change.end - timedelta(microseconds=1)
        return change.start.time().isoformat(), end.time().isoformat()

    whole = [part for change in which for part in _by_day(change)]
    return tuple(
        (*between, " ".join(change.start.date().isoformat() for change in same))
        for between, same in groupby(sorted(whole, key=hours), key=hours)
    )


def _by_day(change: Change) -> list[Change]:
    midnight = datetime.combine(change.end.date(), datetime.min.time())
    if change.start < midnight < change.end:
        return [
            Change(change.start, midnight, change.before, change.after),
            Change(midnight, change.end, change.before, change.after),
        ]
    return [change]
