# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Looks of an OpenDocument spreadsheet (ODF 1.3 part 3, chapters 9 and 16), by one streaming pass."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from allmende.engine.lists import paint
from allmende.engine.lists.expat import chunks, local, parse
from allmende.engine.lists.kinds import bad
from allmende.engine.lists.looks import MOST_COLOURED, MOST_COMMENTS, Looks
from allmende.kernel.text import Text

_GONE = {"collapse", "filter"}
#: A run of repeated cells or rows longer than this is the sheet's empty rest.
_RUN = 5_000


@dataclass
class _Style:
    fill: str = ""
    font: str = ""
    parent: str = ""


def looks(path: Path) -> Iterator[tuple[str, Looks]]:
    """Yield each sheet's name and looks. Raises BadFile for XML that is broken or hostile."""
    reader = _Reader()
    try:
        with zipfile.ZipFile(path) as archive:
            parts = set(archive.namelist())
            for part in ("styles.xml", "content.xml"):
                if part in parts:
                    with archive.open(part) as stream:
                        parse(chunks(stream), file=path.name, start=reader.start, end=reader.end, text=reader.text)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, KeyError) as error:
        raise bad(path.name, Text("ist abgerissen oder beschädigt", "is torn off or damaged")) from error
    except Exception as error:
        if type(error).__module__ != "zlib":
            raise
        raise bad(path.name, Text("ist beschädigt", "is damaged")) from error
    yield from reader.sheets


def _number(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "1")
    return max(1, int(value)) if value.isdigit() and len(value) < 9 else 1


class _Reader:
    """The whole document."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, Looks]] = []
        self.styles: dict[str, _Style] = {}
        self.style = ""
        self.looks = Looks()
        self.row = self.column = self.place = 0
        self.rows = self.run = 1
        self.tables = 0  # a table inside a cell is none of ours
        self.cell_style = _Style()
        self.defaults: list[tuple[int, str]] = []
        self.filled = self.note = False
        self.words: list[str] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        attributes = {local(k): v for k, v in given.items()}
        match name:
            case "style":
                self.style = attributes.get("name", "") if attributes.get("family") == "table-cell" else ""
                if self.style and len(self.styles) < 50_000:
                    self.styles[self.style] = _Style(parent=attributes.get("parent-style-name", ""))
            case "table-cell-properties" if self.style in self.styles:
                self.styles[self.style].fill = attributes.get("background-color", "").lstrip("#").upper()
            case "text-properties" if self.style in self.styles:
                self.styles[self.style].font = attributes.get("color", "").lstrip("#").upper()
            case "table":
                self.tables += 1
                if self.tables == 1:
                    self.looks = Looks()
                    self.sheets.append((attributes.get("name", ""), self.looks))
                    self.row = self.place = 0
                    self.defaults = []
            case "table-column" if self.tables == 1:
                self._column(attributes)
            case "table-row" if self.tables == 1:
                self.rows, self.column = _number(attributes, "number-rows-repeated"), 0
                visibility = attributes.get("visibility", "")
                if visibility in _GONE and self.rows <= _RUN:
                    self.looks.hidden_rows.extend(range(self.row, self.row + self.rows))
                    self.looks.filtered = self.looks.filtered or visibility == "filter"
            case "table-cell" | "covered-table-cell" if self.tables == 1:
                self._open_cell(attributes)
            case "p" if self.tables == 1:
                self.filled = True
            case "annotation" if self.tables == 1:
                self.note, self.words = True, []

    def _column(self, attributes: dict[str, str]) -> None:
        count = _number(attributes, "number-columns-repeated")
        if attributes.get("visibility", "") in _GONE:
            self.looks.hidden_columns.append((self.place, self.place + count - 1))
        self.place += count
        self.defaults.append((self.place, attributes.get("default-cell-style-name", "")))

    def _look_of(self, name: str) -> _Style:
        fill = font = ""
        for _ in range(5):
            style = self.styles.get(name)
            if style is None:
                break
            fill, font, name = fill or style.fill, font or style.font, style.parent
        good = len(fill) == 6 and not set(fill) - set("0123456789ABCDEF")
        lettered = len(font) == 6 and not set(font) - set("0123456789ABCDEF")
        return _Style(fill if good else "", font if lettered else "")

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self.run = _number(attributes, "number-columns-repeated")
        down, right = _number(attributes, "number-rows-spanned"), _number(attributes, "number-columns-spanned")
        if (down > 1 or right > 1) and len(self.looks.merged) < 200_000:
            self.looks.merged.append((self.row, self.column, self.row + down - 1, self.column + right - 1))
        default = next((s for place, s in self.defaults if self.column < place), "")
        self.cell_style = self._look_of(attributes.get("style-name", "") or default)
        self.filled = "value" in attributes or "date-value" in attributes or "string-value" in attributes
        formula = attributes.get("formula", "")
        if formula:
            self.looks.formulas += 1
            self.looks.external += "file:" in formula or "http" in formula or "'#$" in formula
            if not self.filled and not attributes.get("value-type"):
                self.looks.without_value.append((self.row, self.column))

    def text(self, words: str) -> None:
        if self.note and len(self.words) < 200:
            self.words.append(words[:2000])

    def end(self, name: str) -> None:
        match name:
            case "style":
                self.style = ""
            case "table":
                self.tables -= 1
            case "annotation" if self.note:
                self.note = False
                said = " ".join("".join(self.words).split())
                if said and len(self.looks.comments) < MOST_COMMENTS:
                    self.looks.comments.append((self.row, self.column, said[:2000]))
            case "table-cell" | "covered-table-cell" if self.tables == 1:
                self._close_cell()
            case "table-row" if self.tables == 1:
                self.row += self.rows

    def _close_cell(self) -> None:
        style = self.cell_style
        if self.run <= _RUN and self.rows <= _RUN and (style.fill or style.font):
            places = [(r, c) for r in range(self.row, self.row + self.rows)
                      for c in range(self.column, self.column + self.run)]  # fmt: skip
            room = MOST_COLOURED - len(self.looks.fills)
            if style.fill and not paint.pale(style.fill):
                self.looks.fills.update(dict.fromkeys(places[:room], style.fill))
                self.looks.complete = self.looks.complete and len(places) <= room
            if self.filled and style.font and paint.alike(style.font, style.fill or "FFFFFF"):
                self.looks.invisible.extend(places[: max(0, 100_000 - len(self.looks.invisible))])
        self.column += self.run
