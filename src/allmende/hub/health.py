# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A connection's health, kept from what questions and checks experience. Django-free, plain SQL.

The breaker lives in PostgreSQL, so all web processes share it; of the questions that find it half open, the one whose
UPDATE takes the trial asks the source, the others are told at once that it is down.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

from allmende.hub.breaker import TRIAL, Breaker
from allmende.hub.terms import Reachable
from allmende.kernel.text import Text

#: A contact is written down at most so often; health is shown to the minute.
NOTED_EVERY = timedelta(seconds=30)


async def may_ask(conn: AsyncConnection[Any], connection: str, breaker: Breaker, now: datetime) -> bool:
    """Return whether the source may be asked now; with a half-open breaker, take the one trial."""
    state = breaker.state(now)
    if state is not Reachable.HALF_OPEN:
        return state is Reachable.CLOSED
    taken = await conn.execute(
        "update hub_connection set open_until = %s where id = %s and open_until <= %s", [now + TRIAL, connection, now]
    )
    await conn.commit()
    return taken.rowcount == 1


def worth_noting(breaker: Breaker, last: datetime | None, now: datetime) -> bool:
    """Return whether a contact changes what is known of a connection."""
    return breaker.failures > 0 or last is None or now - last >= NOTED_EVERY


async def answered(conn: AsyncConnection[Any], connection: str, now: datetime) -> None:
    """Write down that the source answered: the breaker closes, the error is forgotten."""
    await conn.execute(
        "update hub_connection set failures = 0, open_until = null, last_contact = %s, error_de = '', error_en = '' "
        "where id = %s",
        [now, connection],
    )
    await conn.commit()


async def failed(conn: AsyncConnection[Any], connection: str, error: Text, now: datetime) -> None:
    """Write down that the source did not answer, and open the breaker when it was once too often."""
    async with conn.transaction():
        row = await (
            await conn.execute("select failures from hub_connection where id = %s for update", [connection])
        ).fetchone()
        if row is None:
            return
        after = Breaker(failures=row[0]).failed(now)
        await conn.execute(
            "update hub_connection set failures = %s, open_until = %s, failed_at = %s, error_de = %s, error_en = %s "
            "where id = %s",
            [after.failures, after.open_until, now, error.de, error.en, connection],
        )
