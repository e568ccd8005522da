# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""XML lists: the element that repeats is a row, what is below it are columns; and Excel's old XML (2003)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from allmende.engine.lists.expat import chunks, local, parse
from allmende.engine.lists.grid import MOST_CELLS, MOST_COLUMNS, Grid, from_rows, too_large
from allmende.engine.lists.kinds import bad
from allmende.kernel.text import Text

LARGEST = 512 << 20
_SHEET_NAMESPACE = b"urn:schemas-microsoft-com:office:spreadsheet"


def read(path: Path) -> tuple[list[Grid], list[Text]]:
    """Return the tables of an XML file and what is to be said. Raises BadFile."""
    with path.open("rb") as stream:
        old_excel = _SHEET_NAMESPACE in stream.read(8192)
    if old_excel:
        return _old_excel(path), [Text("Excel-XML von 2003.", "Excel's XML of 2003.")]
    record = _record(path)
    rows = _Rows(record)
    with path.open("rb") as stream:
        parse(chunks(stream), file=path.name, start=rows.start, end=rows.end, text=rows.text, most=LARGEST)
    if len(rows.rows) * max(1, len(rows.heads)) > MOST_CELLS or len(rows.heads) > MOST_COLUMNS:
        raise too_large(path.name)
    heads = list(rows.heads)
    table: list[list[str | None]] = [[*heads], *([r.get(h) for h in heads] for r in rows.rows)]
    name = record[-1]
    note = Text(f"Zeilen sind die Elemente „{name}“.", f"Rows are the elements “{name}”.")
    return [from_rows(name, table, file=path.name)], [note]


def _record(path: Path) -> tuple[str, ...]:
    """Return the path of the element that repeats and has parts of its own."""
    counts: Counter[tuple[str, ...]] = Counter()
    parents: set[tuple[str, ...]] = set()
    stack: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        stack.append(name)
        key = tuple(stack)
        if len(counts) < 20_000 or key in counts:
            counts[key] += 1
        parents.add(key[:-1])
        if attributes:
            parents.add(key)

    def end(_: str) -> None:
        stack.pop()

    with path.open("rb") as stream:
        parse(chunks(stream), file=path.name, start=start, end=end, most=LARGEST)
    found = [(n, k) for k, n in counts.items() if n > 1 and k in parents and len(k) > 1]
    if not found:
        raise bad(path.name, Text("enthält keine Liste von Einträgen", "contains no list of records"))
    shallow = min(len(k) for _, k in found)
    return max((n, k) for n, k in found if len(k) == shallow)[1]


class _Rows:
    """Collects rows: texts and attributes below the record, named by their path; what repeats is joined by "; "."""

    def __init__(self, record: tuple[str, ...]) -> None:
        self.record = record
        self.stack: list[str] = []
        self.rows: list[dict[str, str]] = []
        self.heads: dict[str, None] = {}
        self.words: list[str] = []

    def _put(self, key: str, value: str) -> None:
        value = value.strip()
        if not value:
            return
        row = self.rows[-1]
        row[key] = f"{row[key]}; {value}" if key in row else value
        self.heads.setdefault(key)

    def _inside(self) -> bool:
        return tuple(self.stack[: len(self.record)]) == self.record

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._inside():
            self._put("/".join(self.stack[len(self.record) :]) or self.record[-1], "".join(self.words))
        self.words.clear()
        self.stack.append(name)
        if self._inside():
            if len(self.stack) == len(self.record):
                self.rows.append({})
            below = self.stack[len(self.record) :]
            for key, value in attributes.items():
                if not key.startswith("xmlns") and not key.startswith("xsi:"):
                    self._put("/".join([*below, local(key)]), value)

    def text(self, words: str) -> None:
        self.words.append(words)

    def end(self, _: str) -> None:
        if self._inside():
            self._put("/".join(self.stack[len(self.record) :]) or self.record[-1], "".join(self.words))
        self.words.clear()
        self.stack.pop()


def _old_excel(path: Path) -> list[Grid]:
    sheets: list[tuple[str, list[list[object]]]] = []
    row: list[object] = []
    kind = ""
    words: list[str] = []
    place = 0

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal row, kind, place
        attributes = {local(k): v for k, v in given.items()}
        if name == "Worksheet":
            sheets.append((attributes.get("Name", ""), []))
        elif name == "Row" and sheets:
            index = int(attributes.get("Index", "0") or 0) if attributes.get("Index", "0").isdigit() else 0
            if index > MOST_CELLS:
                raise too_large(path.name)
            while index and len(sheets[-1][1]) < index - 1:
                sheets[-1][1].append([])
            row, place = [], 0
            sheets[-1][1].append(row)
        elif name == "Cell":
            at = attributes.get("Index", "")
            place = int(at) - 1 if at.isdigit() and len(at) < 7 else place
            if place > MOST_COLUMNS:
                raise too_large(path.name)
            row.extend([None] * (place - len(row)))
            place += 1
        elif name == "Data":
            kind = attributes.get("Type", "String")
            words.clear()

    def end(name: str) -> None:
        if name == "Data":
            said = "".join(words)
            try:
                row.append(float(said) if kind == "Number" else said)
            except ValueError:
                row.append(said)

    with path.open("rb") as stream:
        parse(chunks(stream), file=path.name, start=start, end=end, text=words.append, most=LARGEST)
    return [from_rows(name, rows, file=path.name) for name, rows in sheets if rows]
