# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the hub does by itself: nightly exports, checks of health, removal of old copies. Thin: each calls a verb."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from allmende.hub.domain.connections import check_all
from allmende.hub.domain.copies import export_nightly, prune_copies
from allmende.hub.domain.dropped import watch
from allmende.hub.domain.incoming import forget_incoming
from allmende.hub.domain.links import remind
from allmende.hub.domain.uploads import forget_abandoned, forget_opened

_log = logging.getLogger(__name__)


@app.periodic(cron="17 2 * * *")
@app.task(queue="hub", queueing_lock="hub.nightly", pass_context=False)
def nightly(timestamp: int) -> None:  # noqa: ARG001 (given by the scheduler)
    """Make the nightly exports, then remove copies that are too old and uploads nobody connected."""
    for name, problem in export_nightly().items():
        if problem is not None:
            _log.warning("the nightly export of %s failed: %s", name, problem.detail.en)
    prune_copies()
    if removed := forget_abandoned():
        _log.info("%d uploads that nobody connected were removed", removed)


@app.periodic(cron="*/5 * * * *")
@app.task(queue="hub", queueing_lock="hub.health")
def health(timestamp: int) -> None:  # noqa: ARG001 (given by the scheduler)
    """See whether each connection still answers; forget what was opened in the page and not saved."""
    forget_opened()
    forget_incoming()
    for name, problem in check_all().items():
        if problem is not None:
            _log.warning("the connection %s does not answer: %s", name, problem.detail.en)


@app.periodic(cron="* * * * *")
@app.task(queue="hub", queueing_lock="hub.folders")
def folders(timestamp: int) -> None:  # noqa: ARG001 (given by the scheduler)
    """Look into the drop folders."""
    watch()


@app.periodic(cron="20 5 * * *")
@app.task(queue="hub", queueing_lock="hub.reminders")
def reminders(timestamp: int) -> None:  # noqa: ARG001 (given by the scheduler)
    """Remind offices of files that are due."""
    remind()
