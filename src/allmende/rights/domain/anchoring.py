# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Make the day's anchor and send it out of reach."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection

from allmende.kernel import clock
from allmende.rights.anchors import Anchor, sign
from allmende.rights.chain import link, read_head
from allmende.rights.current import raw_connection
from allmende.rights.domain.work import master_key
from allmende.rights.models import AnchorSending

logger = logging.getLogger(__name__)


def drop_anchor() -> Anchor:
    """Link what waits, sign the head, keep the anchor in the database, and send it as a file and by e-mail.

    What came of it is noted (:class:`~allmende.rights.models.AnchorSending`). Files go to ``RIGHTS_ANCHOR_FOLDER``, one for each day, e-mail to ``RIGHTS_ANCHOR_MAIL``. Raises
    OSError (SMTP's errors are such) if a way fails, after the other was tried; the anchor is kept in any case.
    """
    conn = raw_connection()
    while link(conn):
        pass
    anchor = sign(read_head(conn), installation=settings.PUBLIC_URL, at=clock.now(), master=master_key())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rights_anchor (at, seq, hash, statement) VALUES (%s, %s, %s, %s)",
            (anchor.at, anchor.seq, anchor.hash, anchor.text),
        )
    failures: list[Exception] = []
    for way in (_to_file, _by_mail):
        try:
            way(anchor)
        except OSError as error:
            logger.warning("an anchor could not be sent", exc_info=True)
            failures.append(error)
    AnchorSending.objects.create(
        at=clock.now(), seq=anchor.seq, failure="; ".join(f"{type(f).__name__}: {f}" for f in failures)
    )
    if failures:
        raise failures[0]
    return anchor


def anchor_due(now: datetime) -> bool:
    """Return whether no anchor went out since the last night (02:00 UTC): then it is tried, every hour anew."""
    night = now.astimezone(UTC).replace(hour=2, minute=0, second=0, microsecond=0)
    if night > now:
        night -= timedelta(days=1)
    return not AnchorSending.objects.filter(failure="", at__gte=night).exists()


def page(anchor: Anchor) -> str:
    """Return the anchor as a page to print and file: the text in which the head stands in groups of eight."""
    head = anchor.hash.hex()
    groups = " ".join(head[i : i + 8] for i in range(0, 64, 8))
    return (
        f"{anchor.text}\n"
        "Zum Abheften / for the file\n\n"
        f"  Einträge / entries:   {anchor.seq}\n"
        f"  Prüfsumme / checksum: {groups}\n\n"
        "Dieses Blatt belegt den Stand des Nachweises der Zugriffe. Prüfen: den Text oben als Datei speichern, dann\n"
        "This sheet proves the state of the decision log. To check: save the text above as a file, then\n\n"
        "  allmende verify-log --anchor DATEI\n\n"
        "Ort, Datum, Unterschrift / place, date, signature: ______________________________\n"
    )


def _to_file(anchor: Anchor) -> None:
    folder = Path(settings.RIGHTS_ANCHOR_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"anchor-{anchor.at:%Y-%m-%d}.txt"
    draft = path.with_suffix(".new")
    draft.write_text(page(anchor), encoding="utf-8")
    draft.replace(path)


def _by_mail(anchor: Anchor) -> None:
    to = [address for address in settings.RIGHTS_ANCHOR_MAIL if address]
    if to:
        EmailMessage(
            subject=f"Allmende: Anker / anchor {anchor.at:%Y-%m-%d} ({anchor.seq})", body=page(anchor), to=to
        ).send()
