# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What was read, repaired, left out and refused, with file and line: nothing of a source is lost silently."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

import msgspec

from allmende.engine.mapping.compiler import compile_report
from allmende.engine.mapping.faults import EFFECTS, WORDS, Effect, Fault
from allmende.engine.mapping.files import File
from allmende.engine.mapping.model import Csv, Excel, Json, Mapping
from allmende.engine.mapping.sql import KEEP, Stage
from allmende.engine.mapping.structure import Structure, read_structure
from allmende.engine.plan import Attachment, Field, Relation
from allmende.kernel.errors import Problem
from allmende.kernel.text import Text

#: Runs one trusted SELECT and returns its rows, raising Problem if it cannot: the sandboxed worker in the product, a
#: plain
#: connection in tests.
Runner = Callable[[Relation], Sequence[tuple[object, ...]]]


class Count(msgspec.Struct, frozen=True):
    """How often a fault was met in one column of one file; the first lines, what stood there."""

    fault: Fault
    effect: Effect
    column: str
    count: int
    lines: tuple[int, ...] = ()
    samples: tuple[str, ...] = ()

    def text(self, *, samples: bool = True) -> Text:
        """Return the count as a sentence."""
        words, effect = WORDS[self.fault], EFFECTS[self.effect]
        lines = ", ".join(str(n) for n in self.lines[:5]) + (" …" if self.count > 5 else "")
        where = Text(f" ({self.column})", f" ({self.column})") if self.column else Text("", "")
        at = Text(f"; Zeile {lines}", f"; line {lines}") if self.lines else Text("", "")
        said = next((s for s in self.samples if s), "") if samples else ""
        example = Text(f"; zum Beispiel „{said}“", f"; for example “{said}”") if said else Text("", "")
        return Text(
            f"{self.count}-mal {words.de}{where.de}: {effect.de}{at.de}{example.de}",
            f"{self.count} × {words.en}{where.en}: {effect.en}{at.en}{example.en}",
        )


class FileReport(msgspec.Struct, frozen=True):
    """One file (or table): rows it has, rows it gives, faults; ``problem`` if it could not be read at all."""

    file: str
    rows_read: int
    rows_given: int
    counts: tuple[Count, ...] = ()
    problem: Text | None = None


class Report(msgspec.Struct, frozen=True):
    """The whole file set."""

    files: tuple[FileReport, ...]

    @property
    def rows_read(self) -> int:
        """Rows and other lines met."""
        return sum(f.rows_read for f in self.files)

    @property
    def rows_given(self) -> int:
        """Rows that the data set has."""
        return sum(f.rows_given for f in self.files)

    def total(self, *, fault: Fault | None = None, effect: Effect | None = None, column: str | None = None) -> int:
        """Return how often a fault, an effect or both were met, in a column or anywhere."""
        return sum(
            c.count
            for f in self.files
            for c in f.counts
            if fault in {None, c.fault} and effect in {None, c.effect} and column in {None, c.column}
        )

    def summary(self) -> Text:
        """Return the report in one sentence."""
        cells, repaired = self.total(effect=Effect.REFUSED_CELL), self.total(effect=Effect.REPAIRED)
        rows, out = self.total(effect=Effect.REFUSED_ROW), self.total(effect=Effect.LEFT_OUT)
        broken = sum(1 for f in self.files if f.problem)
        files = len(self.files)
        return Text(
            f"{files} Dateien, {self.rows_read} Zeilen gelesen, {self.rows_given} übernommen; "
            f"{repaired} Werte berichtigt, {cells} Zellen und {rows} Zeilen zurückgewiesen, {out} ausgelassen"
            + (f"; {broken} Dateien nicht lesbar" if broken else ""),
            f"{files} files, {self.rows_read} rows read, {self.rows_given} taken; {repaired} values repaired, "
            f"{cells} cells and {rows} rows refused, {out} left out"
            + (f"; {broken} files not readable" if broken else ""),
        )


def report(
    mapping: Mapping,
    *,
    run: Runner,
    files: Sequence[File] = (),
    attachments: Sequence[Attachment] = (),
    samples: bool = True,
) -> Report:
    """Return what reading the mapping's source meets, file by file: a broken file does not hide the others.

    ``samples`` says whether values may be shown; without it (personal data) only counts and lines are kept.
    """
    if not files:
        return Report((_table(mapping, run, attachments, samples=samples),))
    return Report(tuple(_file(mapping, file, run, samples=samples) for file in files))


def _table(mapping: Mapping, run: Runner, attachments: Sequence[Attachment], *, samples: bool) -> FileReport:
    stages = compile_report(mapping, attachments=attachments)
    read, given, counts = _run(stages, run, (), attachments, None)
    return FileReport(getattr(mapping.read, "table", ""), read, given, _shown(counts, samples=samples))


def _file(mapping: Mapping, file: File, run: Runner, *, samples: bool) -> FileReport:
    name = (file.converted_from or file.path).name
    shown = f"{file.path.parent.name}/{name}"
    try:
        structure = _structure(mapping, file)
        read, given, counts = _run(
            compile_report(mapping, file=file), run, file.paths, (), structure or _offset(mapping)
        )
    except Problem as problem:
        return FileReport(shown, 0, 0, (), problem.detail)
    extra: list[Count] = []
    if isinstance(structure, Structure):
        extra = [Count(f, e, "", n.count, tuple(n.lines), tuple(n.samples)) for (f, e), n in structure.faults.items()]
        lost = structure.rows - read
        if lost:
            extra.append(Count(Fault.NOT_LOCATED, Effect.REFUSED_ROW, "", abs(lost)))
        read = max(read, structure.rows)
        outside = {Effect.REFUSED_ROW, Effect.LEFT_OUT}
        read += sum(n.count for (_, e), n in structure.faults.items() if e in outside)
    return FileReport(shown, read, given, _shown([*extra, *counts], samples=samples))


def _structure(mapping: Mapping, file: File) -> Structure | None:
    if isinstance(mapping.read, Csv):
        return read_structure(file.path, mapping.read, len(file.header[0]))
    if isinstance(mapping.read, Json) and mapping.read.lines:
        return _json_lines(file)
    return None


def _json_lines(file: File) -> Structure:
    structure = Structure()
    with file.path.open("rb") as stream:
        number = 0
        while line := stream.readline(16 << 20):
            number += 1
            if not line.strip():
                continue
            try:
                json.loads(line)
            except (ValueError, RecursionError):
                structure.add(Fault.TORN, Effect.REFUSED_ROW, number, line[:80].decode("utf-8", "replace"))
            else:
                structure.row_at(number)
    return structure


def _offset(mapping: Mapping) -> int:
    """Lines before the first row where a row is one line."""
    return mapping.read.skip + mapping.read.header_rows if isinstance(mapping.read, Excel) else 0


def _run(
    stages: Iterable[Stage],
    run: Runner,
    paths: tuple[object, ...],
    attachments: Sequence[Attachment],
    lines: Structure | int | None,
) -> tuple[int, int, list[Count]]:
    read = given = 0
    counts: list[Count] = []
    for place, stage in enumerate(stages):
        relation = Relation(stage.counts(), _fields(stage), tuple(attachments), tuple(str(p) for p in paths))
        ((rows, alive, *found),) = run(relation)
        read, given = int(str(rows)) if place == 0 else read, int(str(alive))
        for number, check in enumerate(stage.checks):
            count, at, said = found[3 * number : 3 * number + 3]
            if not count:
                continue
            where = [int(n) for n in at] if isinstance(at, list | tuple) else []
            if isinstance(lines, Structure):
                where = [lines.line(n) for n in where]
            elif isinstance(lines, int):
                where = [n + lines for n in where]
            values = tuple(str(s) for s in said) if isinstance(said, list | tuple) else ()
            counts.append(Count(check.fault, check.effect, check.column, int(str(count)), tuple(where), values))
    return read, given, counts


def _fields(stage: Stage) -> tuple[Field, ...]:
    """Name the columns of :meth:`Stage.counts`."""
    fields = [Field("r0", "BIGINT"), Field("r1", "BIGINT")]
    for place in range(len(stage.checks)):
        base = 2 + 3 * place
        fields += [Field(f"r{base}", "BIGINT"), Field(f"r{base + 1}", "BIGINT[]"), Field(f"r{base + 2}", "VARCHAR[]")]
    return tuple(fields)


def _shown(counts: Iterable[Count], *, samples: bool) -> tuple[Count, ...]:
    kept = counts if samples else [msgspec.structs.replace(c, samples=()) for c in counts]
    return tuple(msgspec.structs.replace(c, lines=c.lines[:KEEP]) for c in kept)
