# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What runs by itself: each night an anchor (each hour again while none went out), each month keys are destroyed. Started by ``allmende serve jobs``.

The chain's writer is no task but a thread of the jobs process: :class:`allmende.rights.chain.Linker`.
"""

from __future__ import annotations

from procrastinate.contrib.django import app

from allmende.kernel import clock
from allmende.rights.domain.anchoring import anchor_due, drop_anchor
from allmende.rights.domain.keys import destroy_keys


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="rights.anchor", name="rights.anchor", pass_context=False)
def anchor(timestamp: int) -> None:
    """Send the day's anchor out of reach: at night, and each hour again until it went out."""
    del timestamp
    if anchor_due(clock.now()):
        drop_anchor()


@app.periodic(cron="47 2 * * *")
@app.task(queueing_lock="rights.keys", name="rights.keys", pass_context=False)
def keys(timestamp: int) -> None:
    """Destroy the pseudonym keys whose time has come."""
    del timestamp
    destroy_keys()
