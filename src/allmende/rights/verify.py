# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Recompute the decision log's chain and compare it with anchors. Knows no Django; reads, never writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString

import msgspec
import psycopg

from allmende.kernel import clock
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.rights.anchors import Anchor, parse
from allmende.rights.chain import COLUMNS, GENESIS, Head, link_hash

#: Entries that wait longer than this to be linked are a finding: the writer does not run.
LATE = timedelta(minutes=10)
_MOST = 100
_LINKED: LiteralString = (
    "SELECT seq, hash, " + COLUMNS + " FROM rights_logentry WHERE seq IS NOT NULL ORDER BY seq, id"  # noqa: S608
)


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it was, and where: the number of the entry at which it shows."""

    seq: int
    text: Text


class Report(msgspec.Struct, frozen=True):
    """What verification found. ``findings`` holds the first hundred; ``found`` counts all."""

    entries: int
    head: Head
    waiting: int
    anchors: int
    found: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.found == 0


class _Findings:
    def __init__(self) -> None:
        self.first: list[Finding] = []
        self.count = 0

    def add(self, seq: int, de: str, en: str) -> None:
        self.count += 1
        if len(self.first) < _MOST:
            self.first.append(Finding(seq, Text(de, en)))


def verify(conn: psycopg.Connection[Any], anchors: Iterable[Anchor] = (), *, trusted: bytes | None = None) -> Report:
    """Recompute the whole chain, streaming, and hold it against ``anchors`` and those in the database.

    ``trusted`` is the public key the anchors must be signed with. What shows: a changed, deleted, inserted or moved
    entry, and, up to the newest anchor, a chain that was cut or written anew. ``conn`` is in no transaction.
    """
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return examine(conn, anchors, trusted=trusted)


def examine(conn: psycopg.Connection[Any], anchors: Iterable[Anchor] = (), *, trusted: bytes | None = None) -> Report:
    """Do what :func:`verify` does within the connection's transaction."""
    findings = _Findings()
    stored = _stored(conn, findings)
    held = _sound({anchor.text: anchor for anchor in (*stored, *anchors)}.values(), trusted, findings)
    entries, head = _walk(conn, held, findings)
    waiting = _waiting(conn, findings)
    return Report(
        entries=entries,
        head=head,
        waiting=waiting,
        anchors=len(held),
        found=findings.count,
        findings=tuple(findings.first),
    )


def _stored(conn: psycopg.Connection[Any], findings: _Findings) -> list[Anchor]:
    stored: list[Anchor] = []
    for id_, seq, hash_, statement in conn.execute("SELECT id, seq, hash, statement FROM rights_anchor ORDER BY id"):
        try:
            (anchor,) = parse(statement)
        except (Invalid, ValueError):
            anchor = None
        if anchor is None or (anchor.seq, anchor.hash) != (seq, bytes(hash_)):
            findings.add(
                seq,
                f"Der gespeicherte Anker {id_} (Eintrag {seq}) wurde verändert.",
                f"The stored anchor {id_} (entry {seq}) was changed.",
            )
        else:
            stored.append(anchor)
    return stored


def _sound(anchors: Iterable[Anchor], trusted: bytes | None, findings: _Findings) -> list[Anchor]:
    """Return the anchors worth comparing with, in the order of the chain."""
    sound = []
    for anchor in sorted(anchors, key=lambda anchor: (anchor.seq, anchor.at)):
        when = f"{anchor.at:%Y-%m-%d %H:%M}"
        if not anchor.verify():
            findings.add(
                anchor.seq,
                f"Die Unterschrift des Ankers vom {when} (Eintrag {anchor.seq}) stimmt nicht.",
                f"The signature of the anchor of {when} (entry {anchor.seq}) is wrong.",
            )
        elif trusted is not None and anchor.public_key != trusted:
            findings.add(
                anchor.seq,
                f"Der Anker vom {when} (Eintrag {anchor.seq}) ist mit einem fremden Schlüssel unterschrieben.",
                f"The anchor of {when} (entry {anchor.seq}) is signed with another key.",
            )
        else:
            sound.append(anchor)
    return sound


def _walk(conn: psycopg.Connection[Any], anchors: Sequence[Anchor], findings: _Findings) -> tuple[int, Head]:
    """Go along the chain; after a break go on from what is stored, so that each place is named once."""
    waiting = list(anchors)
    entries, last, previous = 0, 0, GENESIS
    agreed: Anchor | None = None
    while waiting and waiting[0].seq == 0:
        anchor = waiting.pop(0)
        if anchor.hash != GENESIS:
            _disagree(anchor, agreed, findings)
    with conn.cursor(name="rights_verify") as cursor:
        cursor.itersize = 2000
        cursor.execute(_LINKED)
        for seq, written, *row in cursor:
            entries += 1
            stored = bytes(written or b"")
            if seq == last:
                findings.add(
                    seq,
                    f"Eintrag {seq} gibt es zweimal; der zweite ist {row[0]}.",
                    f"Entry {seq} is there twice; the second is {row[0]}.",
                )
                continue
            if seq != last + 1:
                gap = f"{last + 1}" if seq == last + 2 else f"{last + 1}–{seq - 1}"
                findings.add(last + 1, f"Es fehlt Eintrag {gap}.", f"Missing: entry {gap}.")
            elif link_hash(previous, seq, row) != stored:
                findings.add(
                    seq,
                    f"Die Kette bricht bei Eintrag {seq} ({row[0]}, {_when(row[1])}): er wurde verändert, eingefügt"
                    " oder verschoben.",
                    f"The chain breaks at entry {seq} ({row[0]}, {_when(row[1])}): it was changed, inserted or moved.",
                )
            last, previous = seq, stored
            while waiting and waiting[0].seq <= seq:
                anchor = waiting.pop(0)
                if anchor.seq == seq and anchor.hash != stored:
                    _disagree(anchor, agreed, findings)
                elif anchor.seq == seq:
                    agreed = anchor
    for anchor in waiting:
        findings.add(
            last + 1,
            f"Der Anker vom {anchor.at:%Y-%m-%d %H:%M} kennt {anchor.seq} Einträge; die Einträge {last + 1} bis"
            f" {anchor.seq} fehlen am Ende.",
            f"The anchor of {anchor.at:%Y-%m-%d %H:%M} knows {anchor.seq} entries; the entries {last + 1} to"
            f" {anchor.seq} are missing at the end.",
        )
    return entries, Head(last, previous)


def _disagree(anchor: Anchor, agreed: Anchor | None, findings: _Findings) -> None:
    since = (agreed.seq if agreed else 0) + 1
    findings.add(
        since,
        f"Die Kette wurde neu geschrieben: der Anker vom {anchor.at:%Y-%m-%d %H:%M} stimmt bei Eintrag {anchor.seq}"
        f" nicht; betroffen ist etwas zwischen Eintrag {since} und {anchor.seq}.",
        f"The chain was written anew: the anchor of {anchor.at:%Y-%m-%d %H:%M} disagrees at entry {anchor.seq};"
        f" something between entry {since} and {anchor.seq} is affected.",
    )


def _waiting(conn: psycopg.Connection[Any], findings: _Findings) -> int:
    query = "SELECT count(*), min(at) FROM rights_logentry WHERE seq IS NULL"
    count, oldest = conn.execute(query).fetchone() or (0, None)
    if oldest is not None and clock.now() - oldest > LATE:
        findings.add(
            0,
            f"{count} Einträge warten auf die Kette, der älteste seit {_when(oldest)}: der Schreiber läuft nicht.",
            f"{count} entries wait for the chain, the oldest since {_when(oldest)}: the writer does not run.",
        )
    return int(count)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
