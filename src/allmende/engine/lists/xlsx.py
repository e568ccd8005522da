# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Looks of an Excel workbook (ECMA-376), by one streaming pass over each sheet.

Most cells are plain: a reference, a style that says nothing, a value. Those that are written exactly so are cut out
of the bytes before the parser sees them; what is written in any other way reaches the parser. So nothing can hide
behind an odd notation, and 2 million cells cost the parser 50,000 rows.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from allmende.engine.lists import paint
from allmende.engine.lists.expat import chunks, local, parse
from allmende.engine.lists.kinds import bad
from allmende.engine.lists.looks import MOST_COLOURED, MOST_COMMENTS, Looks
from allmende.kernel.text import Text

_LONGEST = 8 << 20
_SMALL = 64 << 20  # styles, themes, comments
_FORMATS_FROM = 256 << 10  # so many bytes of a sheet go to the parser whole: number formats are told from them
_BUILT_IN = {"9": "0%", "10": "0.00%"}
_TRUE = {"1", "true", "on"}


@dataclass
class _Style:
    fill: str = ""
    invisible: bool = False
    format: str = ""

    @property
    def plain(self) -> bool:
        return not self.fill and not self.invisible


@dataclass
class _Styles:
    cells: list[_Style] = field(default_factory=list)
    formats: dict[str, str] = field(default_factory=lambda: dict(_BUILT_IN))
    fonts: list[str] = field(default_factory=list)
    fills: list[str] = field(default_factory=list)


def looks(path: Path) -> Iterator[tuple[str, Looks]]:
    """Yield each sheet's name and looks. Raises BadFile for XML that is broken or hostile."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = set(archive.namelist())
            styles = _styles(archive, parts, path.name)
            for name, part in _sheets(archive, parts, path.name):
                found = Looks()
                if part in parts:
                    with archive.open(part) as stream:
                        _Sheet(styles, found, path.name).read(stream)
                    for other in _related(archive, parts, part, path.name):
                        _comments(archive, other, found, path.name)
                yield name, found
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, KeyError) as error:
        raise bad(path.name, Text("ist abgerissen oder beschädigt", "is torn off or damaged")) from error
    except Exception as error:
        if type(error).__module__ != "zlib":
            raise
        raise bad(path.name, Text("ist beschädigt", "is damaged")) from error


def _relations(archive: zipfile.ZipFile, parts: set[str], part: str, file: str) -> list[tuple[str, str, str]]:
    """Return id, type and target of a part's relationships."""
    folder, name = posixpath.split(part)
    rels = f"{folder}/_rels/{name}.rels"
    found: list[tuple[str, str, str]] = []
    if rels not in parts:
        return found

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found.append((attributes.get("Id", ""), attributes.get("Type", "").rpartition("/")[2], full))

    with archive.open(rels) as stream:
        parse(chunks(stream), file=file, start=start, most=_SMALL)
    return found


def _sheets(archive: zipfile.ZipFile, parts: set[str], file: str) -> list[tuple[str, str]]:
    targets = {i: target for i, _, target in _relations(archive, parts, "xl/workbook.xml", file)}
    found: list[tuple[str, str]] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "sheet":
            ident = next((v for k, v in attributes.items() if local(k) == "id" and ":" in k), "")
            found.append((attributes.get("name", ""), targets.get(ident, "")))

    with archive.open("xl/workbook.xml") as stream:
        parse(chunks(stream), file=file, start=start, most=_SMALL)
    return found


def _theme(archive: zipfile.ZipFile, parts: set[str], file: str) -> tuple[str, ...]:
    if "xl/theme/theme1.xml" not in parts:
        return paint.OFFICE
    colours: dict[str, str] = {}
    slot = ""

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal slot
        if element in {"dk1", "lt1", "dk2", "lt2", "hlink", "folHlink"} or re.fullmatch(r"accent[1-6]", element):
            slot = element
        elif slot and element in {"srgbClr", "sysClr"}:
            colours.setdefault(slot, (attributes.get("lastClr") or attributes.get("val", ""))[-6:].upper())

    def end(element: str) -> None:
        nonlocal slot
        if element == slot:
            slot = ""

    with archive.open("xl/theme/theme1.xml") as stream:
        parse(chunks(stream), file=file, start=start, end=end, most=_SMALL)
    order = ("lt1", "dk1", "lt2", "dk2", *(f"accent{i}" for i in range(1, 7)), "hlink", "folHlink")
    return tuple(colours.get(s, d) for s, d in zip(order, paint.OFFICE, strict=True))


def _styles(archive: zipfile.ZipFile, parts: set[str], file: str) -> _Styles:
    styles = _Styles()
    if "xl/styles.xml" not in parts:
        return styles
    theme = _theme(archive, parts, file)
    inside: list[str] = []
    solid = False

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal solid
        parent = inside[-1] if inside else ""
        inside.append(element)
        match element:
            case "numFmt" if parent == "numFmts":
                styles.formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            case "font" if parent == "fonts":
                styles.fonts.append("")
            case "color" if parent == "font" and "fonts" in inside and styles.fonts:
                styles.fonts[-1] = paint.rgb(attributes, theme)
            case "fill" if parent == "fills":
                styles.fills.append("")
            case "patternFill":
                solid = attributes.get("patternType", "none") == "solid"
            case "fgColor" if solid and "fills" in inside and styles.fills:
                styles.fills[-1] = paint.rgb(attributes, theme)
            case "xf" if parent == "cellXfs":
                styles.cells.append(_style(styles, attributes))

    def end(element: str) -> None:
        if inside and inside[-1] == element:
            inside.pop()

    with archive.open("xl/styles.xml") as stream:
        parse(chunks(stream), file=file, start=start, end=end, most=_SMALL)
    return styles


def _style(styles: _Styles, attributes: dict[str, str]) -> _Style:
    def at(values: list[str], key: str) -> str:
        place = attributes.get(key, "0")
        return values[int(place)] if place.isdigit() and int(place) < len(values) else ""

    fill, font = at(styles.fills, "fillId"), at(styles.fonts, "fontId")
    written = styles.formats.get(attributes.get("numFmtId", ""), "")
    ground = fill or "FFFFFF"
    invisible = (bool(font) and paint.alike(font, ground)) or written.replace(" ", "") in {";;;", ";;"}
    return _Style("" if not fill or paint.pale(fill) else fill, invisible, written)


class _Sheet:
    """One sheet's pass."""

    def __init__(self, styles: _Styles, found: Looks, file: str) -> None:
        self.styles, self.looks, self.file = styles.cells, found, file
        self.row = -1
        self.column = -1
        self.style = _Style()
        self.cell = self.value = self.formula = False
        self.words: list[str] = []
        self.reading_formula = self.reading_value = False

    def read(self, stream: object) -> None:
        parse(self._thinned(stream), file=self.file, start=self.start, end=self.end, text=self.text)

    def _plain_cells(self, *, colours: bool) -> re.Pattern[bytes]:
        plain = [str(i) for i, s in enumerate(self.styles) if s.plain or (not colours and not s.invisible)]
        style = rf'(?: s="(?:{"|".join(plain)})")' if plain else ""
        if style and "0" in plain:
            style += "?"
        kind = r'(?: t="(?:n|s|str|b|d|inlineStr)")?'
        value = r"(?:<v>[^<]*</v>|<is><t(?: xml:space=\"preserve\")?>[^<]*</t></is>)?"
        return re.compile(rf'(?:<c r="[A-Z]{{1,3}}\d{{1,7}}"{style}{kind}(?:/>|>{value}</c>)\s*)+'.encode())

    def _thinned(self, stream: object) -> Iterator[bytes]:
        """Cut plain cells out. Pieces end before a row's or at least a tag's begin, so that no cell is cut in two."""
        yield stream.read(_FORMATS_FROM)  # type: ignore[attr-defined]
        pattern = self._plain_cells(colours=True)
        rest = b""
        for raw in chunks(stream):
            if self.looks.complete and len(self.looks.fills) >= MOST_COLOURED:
                self.looks.complete = False
                pattern = self._plain_cells(colours=False)
            piece = rest + raw
            cut = piece.rfind(b"<row")
            cut = cut if cut > 0 else max(0, piece.rfind(b"<c "))
            if not cut and len(piece) > _LONGEST:
                cut = len(piece)  # one enormous cell: the parser takes it as it comes
            yield pattern.sub(b"", piece[:cut])
            rest = piece[cut:]
        yield rest

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "c":
                self._open_cell(attributes)
            case "v":
                self.reading_value = True
            case "is":
                self.value = True
            case "f":
                self.formula = self.reading_formula = True
                self.looks.formulas += 1
                self.words = []
            case "row":
                given = attributes.get("r", "")
                self.row = int(given) - 1 if given.isdigit() and len(given) < 9 else self.row + 1
                self.column = -1
                flat = attributes.get("ht", "") in {"0", "0.0"}
                if attributes.get("hidden") in _TRUE or flat:
                    self.looks.hidden_rows.append(self.row)
            case "col":
                low, high = attributes.get("min", ""), attributes.get("max", "")
                gone = attributes.get("hidden") in _TRUE or attributes.get("width", "") in {"0", "0.0"}
                if gone and low.isdigit() and high.isdigit():
                    self.looks.hidden_columns.append((int(low) - 1, min(int(high), 1 << 14) - 1))
            case "autoFilter":
                self.looks.filtered = True
            case "mergeCell":
                area = _area(attributes.get("ref", ""))
                if area and area not in self.looks.merged and len(self.looks.merged) < 200_000:
                    self.looks.merged.append(area)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        place = _place(attributes.get("r", ""))
        if place is not None:
            self.row, self.column = place
        else:
            self.column += 1
        number = attributes.get("s", "0")
        known = number.isdigit() and int(number) < len(self.styles)
        self.style = self.styles[int(number)] if known else _Style()
        self.cell, self.value, self.formula = True, False, False
        if attributes.get("t") == "e":
            self.looks.errors += 1
        if self.style.fill and len(self.looks.fills) < MOST_COLOURED:
            self.looks.fills[self.row, self.column] = self.style.fill
        if self.style.format and len(self.looks.formats) < 2000:
            formats = self.looks.formats.setdefault(self.column, {})
            formats[self.style.format] = formats.get(self.style.format, 0) + 1

    def text(self, words: str) -> None:
        if self.reading_value:
            self.value = True
        if self.reading_formula and len(self.words) < 50:
            self.words.append(words[:2000])

    def end(self, name: str) -> None:
        if name == "v":
            self.reading_value = False
        elif name == "f":
            self.reading_formula = False
            if "[" in "".join(self.words) and re.search(r"\[[^\]]+\][^!]*!|\[\d+\]", "".join(self.words)):
                self.looks.external += 1
        elif name == "c" and self.cell:
            self.cell = False
            if self.formula and not self.value and len(self.looks.without_value) < 100_000:
                self.looks.without_value.append((self.row, self.column))
            if self.value and self.style.invisible and len(self.looks.invisible) < 100_000:
                self.looks.invisible.append((self.row, self.column))


_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})\Z")


def _place(reference: str) -> tuple[int, int] | None:
    found = _REFERENCE.match(reference)
    if not found:
        return None
    column = 0
    for c in found.group(1):
        column = 26 * column + ord(c) - 64
    return int(found.group(2)) - 1, column - 1


def _area(reference: str) -> tuple[int, int, int, int] | None:
    first, _, last = reference.partition(":")
    one, other = _place(first), _place(last or first)
    return (*one, *other) if one and other else None


def _related(archive: zipfile.ZipFile, parts: set[str], part: str, file: str) -> list[str]:
    wanted = {"comments", "threadedComment"}
    return [t for _, kind, t in _relations(archive, parts, part, file) if kind in wanted and t in parts]


def _comments(archive: zipfile.ZipFile, part: str, found: Looks, file: str) -> None:
    """Add a comments part (old style or threaded) to the looks."""
    place: tuple[int, int] | None = None
    words: list[str] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal place
        if element in {"comment", "threadedComment"}:
            place = _place(attributes.get("ref", ""))
            words.clear()

    def text(more: str) -> None:
        if len(words) < 200:
            words.append(more[:2000])

    def end(element: str) -> None:
        nonlocal place
        if element in {"comment", "threadedComment"} and place is not None:
            said = " ".join("".join(words).split())
            if said and len(found.comments) < MOST_COMMENTS:
                found.comments.append((*place, said[:2000]))
            place = None

    with archive.open(part) as stream:
        parse(chunks(stream), file=file, start=start, end=end, text=text, most=_SMALL)
