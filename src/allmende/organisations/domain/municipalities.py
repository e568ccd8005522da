# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The official directory of municipalities, read from the file the Federal Statistical Office gives out (GV100AD).

The file has lines of fixed width; those that begin with 60 are municipalities. Counted from one: 1-2 kind of record, 3-10
date of the territory (JJJJMMTT), 11-18 the key (AGS), 23-72 the name, 140-150 inhabitants (record description of GV100AD,
fields EF1, EF2, EF3, EF6, EF9).
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from allmende.kernel.errors import Forbidden, Invalid
from allmende.kernel.text import Text
from allmende.organisations.domain.changes import note
from allmende.organisations.models import Municipality
from allmende.organisations.queries.units import beside_a_real_town
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind

#: The largest file taken, in bytes; that of 2025 has about 4 MB.
LARGEST = 20 << 20
_RECORD = "60"
_WIDTH = 150


def load_municipalities(actor: Subject, content: bytes) -> int:
    """Put the file's municipalities in place of those there are; return how many. All or none.

    For the operator, and whoever has ADMINISTER in their town, unless it is a practice town beside a real one: the
    directory is the installation's. Raises Invalid naming the line.
    """
    if actor.kind is not SubjectKind.OPERATOR:
        rights.require(actor, Action.ADMINISTER, actor.tenant)
        if beside_a_real_town(actor.tenant):
            raise Forbidden(
                Text(
                    "Das Verzeichnis gehört der ganzen Anlage; aus der Übungsstadt ändert es niemand.",
                    "The directory is the whole installation's; nobody changes it from the practice town.",
                ),
                missing="real_town",
            )
    rows = read_directory(content)
    with transaction.atomic():
        Municipality.objects.all().delete()
        Municipality.objects.bulk_create(rows, batch_size=2000)
        note(actor, "load_municipalities", "gv100ad", tenant=actor.tenant, decision=None, count=len(rows))
    return len(rows)


def read_directory(content: bytes) -> list[Municipality]:
    """Return the municipalities of the file, unsaved. Raises Invalid."""
    if content.startswith(b"PK"):
        raise Invalid(
            Text(
                "Das ist ein ZIP-Archiv. Entpacken Sie es; gemeint ist die Textdatei GV100AD darin.",
                "This is a ZIP archive. Unpack it; the text file GV100AD in it is meant.",
            ),
            field="directory",
        )
    if len(content) > LARGEST:
        raise Invalid(
            Text(f"Die Datei ist größer als {LARGEST >> 20} MB.", f"The file is larger than {LARGEST >> 20} MB."),
            field="directory",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    found: dict[str, Municipality] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(_RECORD):
            row = _municipality(line, number)
            found[row.ags] = row
    if not found:
        raise Invalid(
            Text(
                "In der Datei steht keine Gemeinde (Satzart 60). Gebraucht wird die Textdatei GV100AD des Statistischen "
                "Bundesamtes.",
                "There is no municipality (record kind 60) in the file. The text file GV100AD of the Federal Statistical "
                "Office is needed.",
            ),
            field="directory",
        )
    return list(found.values())


def _municipality(line: str, number: int) -> Municipality:
    try:
        if len(line) < _WIDTH:
            raise ValueError("short")
        ags, name = line[10:18], line[22:72].strip()
        as_of: date = datetime.strptime(line[2:10], "%Y%m%d").date()  # noqa: DTZ007 (a day, no moment)
        inhabitants = int(line[139:150])
        if not (ags.isascii() and ags.isdigit()) or not name or "\0" in name:
            raise ValueError("key")
    except ValueError:
        raise Invalid(
            Text(
                f"Zeile {number} der Datei ist kein Satz des Formats GV100AD; nichts wurde übernommen.",
                f"Line {number} of the file is no record of GV100AD; nothing was taken.",
            ),
            field="directory",
            line=number,
        ) from None
    return Municipality(ags=ags, name=name, inhabitants=inhabitants, as_of=as_of)
