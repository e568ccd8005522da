# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Destroy the keys of old pseudonyms."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, transaction

from allmende.kernel import clock
from allmende.rights.domain.work import log
from allmende.rights.pseudonyms import month_of
from allmende.rights.rules import REGISTER_OPERATOR
from allmende.rights.terms import OPERATOR, Action, Decision


@transaction.atomic
def destroy_keys() -> tuple[str, ...]:
    """Destroy the keys of months that ended ``RIGHTS_KEY_MONTHS`` whole months ago; return the months.

    From then on nobody can tell who stood behind their pseudonyms; the chain stays valid. A database keeps what was
    overwritten for a while (until it is vacuumed, and in backups): see docs/explanation/decision-log.md.
    """
    year, month = map(int, month_of(clock.now()).split("-"))
    months = year * 12 + month - 1 - settings.RIGHTS_KEY_MONTHS
    oldest = f"{months // 12:04}-{months % 12 + 1:02}"  # the oldest month that is kept
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rights_pseudonymkey SET sealed = NULL, destroyed_at = %s"
            " WHERE month < %s AND sealed IS NOT NULL RETURNING month",
            (clock.now(), oldest),
        )
        gone = tuple(sorted(row[0] for row in cursor.fetchall()))
    if gone:
        rule = REGISTER_OPERATOR
        decision = Decision(resource="", outcome=rule.outcome, rule=rule.id, reason=rule.text)
        log(OPERATOR, Action.ADMINISTER, "", decision, what="destroy_keys", about=gone)
    return gone
