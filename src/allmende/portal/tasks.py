# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the portal does by itself: the weekly mail, one job for each reader, tried again where the mail server fails."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from allmende.organisations import door as organisations
from allmende.portal.weekly import send_weekly


@app.periodic(cron="0 5 * * 1")
@app.task(queue="portal", queueing_lock="portal.weekly", name="portal.weekly", pass_context=False)
def weekly(timestamp: int) -> None:  # noqa: ARG001 (given by the scheduler)
    """On Monday morning, see to a mail for everybody who wants one."""
    for person in organisations.weekly_readers():
        tell.defer(person=person)


@app.task(queue="portal", name="portal.tell", retry=RetryStrategy(max_attempts=6, exponential_wait=5))
def tell(person: str) -> None:
    """Send one person what waits for them."""
    send_weekly(person)
