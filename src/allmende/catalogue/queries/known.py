# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which data sets a subject may know of."""

from __future__ import annotations

from django.db import connection

from allmende.catalogue.snapshot import load_resources
from allmende.kernel.clock import now
from allmende.organisations.snapshot import load_subjects
from allmende.rights.decide import decide
from allmende.rights.snapshot import Granted, assemble
from allmende.rights.terms import Action, Subject


def known(subject: Subject) -> frozenset[str]:
    """Return the ids of every data set the subject may know of."""
    connection.ensure_connection()
    raw = connection.connection
    snapshot = assemble(
        version=1,
        built_at=now(),
        organisations=load_subjects(raw),
        resources=load_resources(raw),
        granted=Granted(),
    )
    return decide(snapshot, subject, Action.KNOW, snapshot.resources, "", now()).permitted
