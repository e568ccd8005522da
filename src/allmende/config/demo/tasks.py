# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The practice town begins anew every night."""

from __future__ import annotations

from procrastinate.contrib.django import app

from allmende.config import environment
from allmende.config.demo import reset
from allmende.organisations import door as organisations


@app.periodic(cron="7 2 * * *")
@app.task(queue="practice", queueing_lock="practice.reset", lock="practice", name="practice.reset", pass_context=False)
def nightly(timestamp: int) -> None:  # noqa: ARG001 (given by the scheduler)
    """Make the practice town anew, where there is one."""
    if any(town.practice for town in organisations.tenants()):
        reset.again(environment.read().data)
