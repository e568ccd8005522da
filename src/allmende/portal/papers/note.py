# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The note on an import (Vermerk): what was read, put right, left out and refused, file by file, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator

from allmende.engine.mapping.faults import EFFECTS, WORDS, Effect
from allmende.engine.paper.model import (
    Block,
    Column,
    Facts,
    Heading,
    List,
    Note,
    Paper,
    Paragraph,
    Signatures,
    Sources,
    Table,
)
from allmende.engine.report import Count, FileReport, Report
from allmende.hub.terms import BindingView
from allmende.kernel.text import Text
from allmende.portal.papers.common import Frame, figure, moment

#: So many files are told one by one; the others are summed up.
MOST_FILES = 40


def note(
    binding: BindingView, *, title: Text, system: str, unit: Text, report: Report, samples: bool, frame: Frame
) -> Paper:
    """Return the note on the last reading of a data set. ``samples`` says whether values may be told (no persons)."""
    return frame.paper(
        frame("Vermerk über das Einlesen", "Note on an import"),
        _blocks(binding, title, system, unit, report, samples, frame),
        frame.said(title),
    )


def _blocks(
    binding: BindingView, title: Text, system: str, unit: Text, report: Report, samples: bool, frame: Frame
) -> Iterator[Block]:
    repaired, cells = report.total(effect=Effect.REPAIRED), report.total(effect=Effect.REFUSED_CELL)
    rows, out = report.total(effect=Effect.REFUSED_ROW), report.total(effect=Effect.LEFT_OUT)
    yield Facts(
        pairs=(
            (frame("Datensatz", "Data set"), f"{frame.said(title)} ({binding.tenant}.{binding.name})"),
            (frame("Quelle", "Source"), system),
            (frame("Verantwortliche Stelle", "Responsible unit"), frame.said(unit)),
            (frame("Eingelesen", "Read"), moment(binding.read_at, frame)),
            (frame("Zuordnung", "Mapping"), f"{frame('Fassung', 'version')} {binding.mapping_version}"),
            (frame("Weg der Daten", "Way of the data"), frame.said(binding.mode.label)),
        )
    )
    yield Heading(text=frame("Ergebnis", "Result"))
    yield Table(
        columns=(Column(title=frame("Was", "What"), width=1), Column(title=frame("Anzahl", "Number"), right=True)),
        rows=(
            (frame("Dateien oder Tabellen", "Files or tables"), figure(len(report.files), frame)),
            (frame("Zeilen gelesen", "Rows read"), figure(report.rows_read, frame)),
            (frame("Zeilen übernommen", "Rows taken"), figure(report.rows_given, frame)),
            (frame("Werte berichtigt", "Values put right"), figure(repaired, frame)),
            (frame("Zellen zurückgewiesen", "Cells refused"), figure(cells, frame)),
            (frame("Zeilen zurückgewiesen", "Rows refused"), figure(rows, frame)),
            (frame("Zeilen ausgelassen", "Rows left out"), figure(out, frame)),
        ),
    )
    yield Heading(text=frame("Im Einzelnen", "In detail"))
    for file in report.files[:MOST_FILES]:
        yield from _file(file, samples, frame)
    more = len(report.files) - MOST_FILES
    if more > 0:
        yield Note(
            text=frame(
                f"{more} weitere Dateien sind hier nicht einzeln aufgeführt; oben sind sie mitgezählt.",
                f"{more} further files are not listed here one by one; they are counted above.",
            )
        )
    yield Sources(
        items=(
            frame(
                "Bericht des Einlesens, wie ihn das Programm beim Lesen gezählt hat; Zeilennummern wie in der Datei.",
                "The reading’s report as the program counted it; line numbers as in the file.",
            ),
        )
    )
    yield Signatures(lines=(frame("Kenntnis genommen: Ort, Datum, Name", "Taken note of: place, date, name"),))


def _file(file: FileReport, samples: bool, frame: Frame) -> Iterator[Block]:
    yield Heading(text=file.file or frame("Tabelle", "Table"), level=2)
    if file.problem is not None:
        yield Note(title=frame("Nicht lesbar", "Not readable"), text=frame.said(file.problem), warning=True)
        return
    yield Paragraph(
        text=frame(
            f"{figure(file.rows_read, frame)} Zeilen gelesen, {figure(file.rows_given, frame)} übernommen.",
            f"{figure(file.rows_read, frame)} rows read, {figure(file.rows_given, frame)} taken.",
        )
    )
    if not file.counts:
        yield List(items=(frame("Nichts Auffälliges.", "Nothing conspicuous."),))
        return
    yield Table(
        columns=(
            Column(title=frame("Was auffiel", "What was met"), width=4),
            Column(title=frame("Spalte", "Column"), width=2),
            Column(title=frame("Folge", "Effect"), width=3),
            Column(title=frame("Anzahl", "Number"), right=True),
            Column(title=frame("Zeilen", "Lines"), width=2),
        ),
        rows=tuple(_row(count, samples, frame) for count in file.counts),
    )


def _row(count: Count, samples: bool, frame: Frame) -> tuple[str, str, str, str, str]:
    words, effect = WORDS[count.fault], EFFECTS[count.effect]
    example = next(filter(None, count.samples), "") if samples else ""
    met = frame.said(words) + (f" – {frame('zum Beispiel', 'for example')} „{example[:60]}“" if example else "")
    lines = ", ".join(str(n) for n in count.lines[:5]) + (" …" if count.count > 5 and count.lines else "")
    return met, count.column or "–", frame.said(effect), figure(count.count, frame), lines or "–"
