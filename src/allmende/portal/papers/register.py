# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The register of data sets as a list: what the reader may know of, of a unit or of the whole town."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from allmende.catalogue.terms import CLASS_TITLES, Hit
from allmende.engine.paper.model import Block, Column, Heading, Note, Paper, Paragraph, Sources, Table
from allmende.kernel.text import Text
from allmende.portal.papers.common import Frame, day, figure


def register(hits: Sequence[Hit], *, total: int, unit: Text | None, public: bool, frame: Frame) -> Paper:
    """Return the list. ``unit`` None: the town's. ``public`` says that nobody is signed in who reads it."""
    whose = frame.said(unit) if unit else frame.town.name
    return frame.paper(
        frame("Verzeichnis der Datensätze", "Register of data sets"),
        _blocks(hits, total, unit, public, frame),
        whose,
    )


def _blocks(hits: Sequence[Hit], total: int, unit: Text | None, public: bool, frame: Frame) -> Iterator[Block]:
    one = total == 1
    yield Paragraph(
        text=frame(
            f"{figure(total, frame)} {'Datensatz' if one else 'Datensätze'}.",
            f"{figure(total, frame)} data {'set' if one else 'sets'}.",
        )
    )
    yield Note(
        text=frame(
            "Das Verzeichnis enthält, wovon alle wissen dürfen."
            if public
            else "Das Verzeichnis enthält, wovon wissen darf, wer es ausgedruckt hat. Bitte nur innerhalb der Verwaltung "
            "weitergeben.",
            "The register holds what everybody may know of."
            if public
            else "The register holds what whoever printed it may know of. Please pass it on within the administration only.",
        ),
        warning=not public,
    )
    if hits:
        yield Heading(text=frame("Datensätze", "Data sets"))
        yield _table(hits, unit is None, frame)
    if total > len(hits):
        yield Note(
            text=frame(
                f"{figure(total - len(hits), frame)} weitere stehen nicht auf diesem Papier.",
                f"{figure(total - len(hits), frame)} more do not stand on this paper.",
            ),
            warning=True,
        )
    yield Sources(
        items=(
            frame(f"Datenkatalog von {frame.town.name}", f"Data catalogue of {frame.town.name}")
            + f", {frame('Stand', 'as of')} {day(frame.day, frame)}",
        )
    )


def _table(hits: Sequence[Hit], with_units: bool, frame: Frame) -> Table:
    columns = [
        Column(title=frame("Datensatz", "Data set"), width=5),
        Column(title=frame("Schutzklasse", "Class"), width=3),
        Column(title=frame("Weg der Daten", "Way"), width=3),
        Column(title=frame("Geändert", "Changed")),
    ]
    if with_units:
        columns.insert(1, Column(title=frame("Stelle", "Unit"), width=3))
    rows = []
    for hit in hits:
        cls = frame.said(CLASS_TITLES[hit.cls]) + (f", {frame('freigegeben', 'released')}" if hit.released else "")
        row = [
            f"{frame.said(hit.title)}\n{hit.tenant}.{hit.slug}",
            cls,
            frame.said(hit.mode.label),
            day(hit.changed_at, frame),
        ]
        if with_units:
            row.insert(1, frame.said(hit.unit_name))
        rows.append(tuple(row))
    return Table(columns=tuple(columns), rows=tuple(rows))
