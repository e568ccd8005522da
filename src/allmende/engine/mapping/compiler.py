# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From a mapping to SQL: the one SELECT that answers, and the SELECTs that count what was wrong."""

# ruff: noqa: S608 (this package writes SQL; values and names reach it through literal() and name() only)
from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.mapping.files import File
from allmende.engine.mapping.model import Csv, GeoPackage, Mapping, Shapefile, Table
from allmende.engine.mapping.model import Excel as ExcelRead
from allmende.engine.mapping.scan import narrowed, scan_files, scan_table
from allmende.engine.mapping.sql import Finding, Rows, Stage, name
from allmende.engine.mapping.timesteps import LocalTime
from allmende.engine.plan import Attachment, Relation
from allmende.engine.plan import Field as PlanField
from allmende.kernel.errors import Invalid, Problem
from allmende.kernel.text import Text


def compile_relation(
    mapping: Mapping, *, files: Sequence[File] = (), attachments: Sequence[Attachment] = ()
) -> Relation:
    """Return the relation that reads the mapping's source in place.

    ``files`` are what :func:`~allmende.engine.mapping.files.resolve` found (none for a database), ``attachments`` the
    one database.
    Raises Invalid if the files do not have what the mapping needs, naming column and file.
    """
    if isinstance(mapping.read, Table):
        parts = [_answer(mapping, scan_table(mapping.read, attachments, mapping, reporting=False))]
        attachments = [narrowed(mapping.read, each) for each in attachments]
    else:
        parts = [_answer(mapping, _scan(mapping, group, reporting=False), group) for group in _groups(mapping, files)]
        _check_fields(mapping, files)
    fields = tuple(PlanField(f.name, f.type.sql, f.unit) for f in mapping.fields)
    paths = tuple(str(p) for f in files for p in f.paths)
    return Relation(" UNION ALL ".join(parts), fields, tuple(attachments), paths)


def compile_report(
    mapping: Mapping, *, file: File | None = None, attachments: Sequence[Attachment] = ()
) -> tuple[Stage, ...]:
    """Return the counts to run for one file (or the database table): each stage's :meth:`Stage.counts` is one
    SELECT.
    """
    if isinstance(mapping.read, Table):
        rows = scan_table(mapping.read, attachments, mapping, reporting=True)
    elif file is None:
        raise ValueError("a report on files needs a file")
    else:
        rows = _scan(mapping, [file], reporting=True)
    rows = _stepped(mapping, rows, [file] if file else [])
    findings: list[Finding] = []
    values: dict[str, tuple[str, bool]] = {}
    for field in mapping.fields:
        source = field.source or field.name
        if source in rows.columns:
            expression, found = field.read(rows.columns[source])
            values["\0" + field.name] = (expression, False)
            findings += found
        elif field.required:
            findings.append(Finding(Fault.REQUIRED, Effect.REFUSED_ROW, field.name, "true"))
    rows = rows.add(values, findings=findings)
    required = ["\0" + f.name for f in mapping.fields if f.required]
    needed = [f"{rows.column(n).sql} IS NOT NULL" for n in required if n in rows.columns]
    if needed:
        rows = rows.only(" AND ".join(needed))
    return (*rows.stages, Stage(rows.sql, rows.alive or "true", rows.line or "0", rows.checks))


def _groups(mapping: Mapping, files: Sequence[File]) -> list[list[File]]:
    """Put files together that one scan can read: the same header; one each where the scan reads only one."""
    if not files:
        raise Invalid(Text("Es sind keine Dateien da.", "There are no files."))
    if isinstance(mapping.read, ExcelRead | GeoPackage | Shapefile):
        return [[f] for f in files]
    by_header = sorted(files, key=lambda f: f.header)
    return [list(group) for _, group in groupby(by_header, key=lambda f: f.header)]


def _orders(mapping: Mapping) -> int:
    return sum(isinstance(s, LocalTime) and s.twice == "order" for s in mapping.steps)


def _scan(mapping: Mapping, files: Sequence[File], *, reporting: bool) -> Rows:
    if isinstance(mapping.read, Table):
        raise TypeError("a table has no files")
    return scan_files(mapping.read, files, mapping.wanted(), orders=_orders(mapping), reporting=reporting)


def _stepped(mapping: Mapping, rows: Rows, files: Sequence[File]) -> Rows:
    for place, step in enumerate(mapping.steps, start=1):
        try:
            rows = step.apply(rows)
        except Problem as problem:
            file = files[0].path.name if files else ""
            shown = Text(f", „{file}“", f", “{file}”") if file else Text("", "")
            where = Text(f" (Schritt {place}{shown.de})", f" (step {place}{shown.en})")
            raise type(problem)(
                Text(problem.detail.de + where.de, problem.detail.en + where.en),
                **{**problem.more, "step": place, "file": file},
            ) from problem
    return rows


def _answer(mapping: Mapping, rows: Rows, files: Sequence[File] = ()) -> str:
    rows = _stepped(mapping, rows, files)
    select = []
    for field in mapping.fields:
        column = rows.columns.get(field.source or field.name)
        value = field.read(column)[0] if column else "NULL"
        select.append(f"CAST({value} AS {field.type.sql}) AS {name(field.name)}")
    sql = f"SELECT {', '.join(select)} FROM ({rows.sql})"
    needed = " AND ".join(f"{name(f.name)} IS NOT NULL" for f in mapping.fields if f.required)
    return f"SELECT * FROM ({sql}) WHERE {needed}" if needed else sql


def _check_fields(mapping: Mapping, files: Sequence[File]) -> None:
    """Refuse a field that no file has: a misspelt name must not become an empty column."""
    if not isinstance(mapping.read, Csv | ExcelRead):
        return
    made = {c for s in mapping.steps for c in s.makes()} | {k for f in files for k, _ in f.parts}
    there = {c for f in files for c in f.header[0]} | made
    for field in mapping.fields:
        if (source := field.source or field.name) not in there:
            listed = ", ".join(f"„{c}“" for c in list(dict.fromkeys(c for f in files for c in f.header[0]))[:40])
            raise Invalid(
                Text(
                    f"Keine Datei hat die Spalte „{source}“ (Feld „{field.name}“). Es gibt: {listed}.",
                    f"No file has the column “{source}” (field “{field.name}”). There are: {listed}.",
                ),
                column=source,
                field=field.name,
            )
