# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fitting a recipe to a town's own file: where it deviates, what is proposed, and the mapping adapted to it.

The recipe says which columns to expect, so the header is looked for by their names: in the recipe's encoding and
separator first, then in others, under however many title lines.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from allmende.engine import patterns
from allmende.engine.mapping.fields import Field, Type
from allmende.engine.mapping.files import BadFile, check_zip, excel_rows, named, plain_file, renamed
from allmende.engine.mapping.model import ENCODINGS, Csv, Excel, Header
from allmende.engine.mapping.model import Mapping as ReadMapping
from allmende.engine.mapping.steps import Unpivot
from allmende.engine.sniff import guess_column, slug
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

_HEAD = 512 << 10
_LOOKED = 60  # rows in which the header is looked for
_SAMPLE = 300  # rows below it
_MOST_NEW = 200

_DATES = ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y", "%d/%m/%Y", "%Y%m%d", "%m/%Y", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S")

#: By how much a number in the first unit is multiplied to be in the second.
_FACTORS = {
    ("mm", "cm"): 0.1, ("mm", "m"): 0.001, ("cm", "m"): 0.01, ("m", "cm"): 100.0, ("km", "m"): 1000.0, ("m", "km"): 0.001,
    ("ha", "m²"): 10_000.0, ("m²", "ha"): 0.0001, ("km²", "m²"): 1_000_000.0,
    ("wh", "kwh"): 0.001, ("kwh", "mwh"): 0.001, ("mwh", "kwh"): 1000.0, ("gwh", "kwh"): 1_000_000.0, ("gj", "kwh"): 277.777778,
    ("t€", "€"): 1000.0, ("teur", "€"): 1000.0, ("tsd. €", "€"): 1000.0, ("mio. €", "€"): 1_000_000.0, ("eur", "€"): 1.0,
    ("kg", "t"): 0.001, ("t", "kg"): 1000.0, ("l", "m³"): 0.001, ("m³", "l"): 1000.0,
}  # fmt: skip


class Kind(StrEnum):
    """In what a file deviates."""

    FORMAT = "format"  # CSV instead of Excel, or the other way round
    ENCODING = "encoding"
    SEPARATOR = "separator"
    HEADER = "header"  # other title lines before the header
    SHEET = "sheet"
    RENAMED = "renamed"
    MISSING = "missing"
    NEW = "new"
    UNIT = "unit"
    DECIMAL = "decimal"
    DATES = "dates"
    CHECK = "check"


WORDS: dict[Kind, Text] = {
    Kind.FORMAT: Text("andere Art von Datei", "another kind of file"),
    Kind.ENCODING: Text("anderer Zeichensatz", "another encoding"),
    Kind.SEPARATOR: Text("anderes Trennzeichen", "another separator"),
    Kind.HEADER: Text("Kopfzeile an anderer Stelle", "header in another place"),
    Kind.SHEET: Text("anderes Blatt", "another sheet"),
    Kind.RENAMED: Text("Spalte heißt anders", "column has another name"),
    Kind.MISSING: Text("Spalte fehlt", "column is missing"),
    Kind.NEW: Text("zusätzliche Spalte", "additional column"),
    Kind.UNIT: Text("andere Einheit", "another unit"),
    Kind.DECIMAL: Text("anderes Dezimalzeichen", "another decimal mark"),
    Kind.DATES: Text("Datum anders geschrieben", "dates written differently"),
    Kind.CHECK: Text("Prüfung nicht bestanden", "check failed"),
}


class Deviation(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename={"field": "at"}
):
    """One difference: what the recipe expects, what the file has, and what was decided. Names of columns, no values."""

    dataset: str
    kind: Kind
    expected: str = ""
    found: str = ""
    field: str = ""  # of the data set, where one is concerned
    decision: str = ""  # adapted, left_out, taken, accepted
    factor: float = 1.0
    note: str = ""

    @property
    def key(self) -> str:
        """What the difference is known by while it is decided."""
        return f"{self.kind.value}:{self.expected or self.found}"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided: for each expected column the one found ("": left out), which new ones are taken, units."""

    columns: dict[str, str] = {}
    taken: tuple[str, ...] = ()
    factors: dict[str, float] = {}  # by expected column


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """The recipe fitted to a file: the adapted mapping, what deviates, the file's columns and those nothing reads,
    and the fields left out."""

    mapping: ReadMapping
    deviations: tuple[Deviation, ...] = ()
    columns: tuple[str, ...] = ()  # all of the file
    unused: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()  # expected columns without which nothing goes: somebody has to say which they are


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a file as read in one way."""

    read: Csv | Excel
    header: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    score: float


def fit(
    dataset: str,
    mapping: ReadMapping,
    path: Path,
    *,
    root: Path,
    pattern: str,
    choice: Choice | None = None,
    not_read: Sequence[str] = (),
) -> Fitted:
    """Fit a mapping of CSV or Excel files to a file below ``root``; other kinds are taken as they are.

    ``pattern`` is what the adapted mapping reads, ``not_read`` are columns that are known and left alone. What the
    ``choice`` does not say is guessed. Raises BadFile where no header with any of the columns is found, Invalid where
    the choice names a column that is not there, or wants to take one that looks like persons.
    """
    read = mapping.read
    if not isinstance(read, Csv | Excel):
        given = read if not hasattr(read, "files") else msgspec.structs.replace(read, files=pattern)
        return Fitted(mapping=msgspec.structs.replace(mapping, read=given))
    real = plain_file(path, root.resolve())
    expected = _expected(mapping)
    head = _excel(real, read, expected) if _is_excel(real) else _csv(real, read, expected)
    found: list[Deviation] = [_about_file(dataset, *difference) for difference in _differences(read, head.read)]
    columns = head.header[0]
    choice = _chosen(_guess(mapping, expected, columns), choice or Choice(), expected)
    fields, headers, blocked, dropped = list(mapping.fields), list(head.read.headers), [], set()
    used: set[str] = set()
    for name in expected:
        chosen = choice.columns.get(name, name if name in columns else "")
        if chosen and chosen not in columns:
            raise Invalid(
                Text(f"Die Datei hat keine Spalte „{chosen}“.", f"The file has no column “{chosen}”."), field="columns"
            )
        concerned = [f.name for f in fields if (f.source or f.name) == name]
        if not chosen:
            needed = _stepped(mapping, name) or any(f.required for f in fields if f.name in concerned)
            blocked += [name] if needed else []
            dropped |= set() if needed else set(concerned)
            found.append(
                Deviation(
                    dataset=dataset, kind=Kind.MISSING, expected=name, field=", ".join(concerned),
                    decision="" if needed else "left_out",
                )
            )  # fmt: skip
            continue
        used.add(chosen)
        if chosen != name:
            headers = _with_header(headers, name, chosen)
            found.append(_renaming(dataset, name, chosen, concerned))
            factor = choice.factors.get(name, _factor(name, chosen))
            if factor != 1.0:
                fields = [_scaled(f, factor) if f.name in concerned else f for f in fields]
                found.append(
                    Deviation(
                        dataset=dataset, kind=Kind.UNIT, expected=_unit(name), found=_unit(chosen),
                        field=", ".join(concerned), decision="adapted", factor=factor,
                    )
                )  # fmt: skip
    fields = [f for f in fields if f.name not in dropped]
    fields, marks = _written(dataset, fields, head, headers)
    unused = _unused(mapping, columns, used, not_read)
    for name in unused:
        decision = "taken" if name in choice.taken else "left_out"
        if decision == "taken" and looks_personal(name):
            raise Invalid(
                Text(
                    f"Die Spalte „{name}“ sieht nach Menschen aus. Sie wird hier nicht übernommen; das braucht eine eigene "
                    "Prüfung.",
                    f"The column “{name}” looks like people. It is not taken here; that needs a screening of its own.",
                ),
                field="taken",
            )
        found.append(Deviation(dataset=dataset, kind=Kind.NEW, found=name, decision=decision))
    fields += _taken(fields, head, [name for name in unused if name in choice.taken])
    if not fields:
        raise Invalid(Text("So bliebe keine Spalte übrig.", "No column would be left."), field="columns")
    adapted = msgspec.structs.replace(head.read, files=pattern, headers=tuple(headers))
    return Fitted(
        mapping=ReadMapping(read=adapted, steps=mapping.steps, fields=tuple(fields)),
        deviations=(*found, *marks),
        columns=columns,
        unused=unused,
        dropped=tuple(sorted(dropped)),
        blocked=tuple(blocked),
    )


def _expected(mapping: ReadMapping) -> tuple[str, ...]:
    """Return the columns of the source that the recipe names, without those a file's name gives."""
    pattern = str(getattr(mapping.read, "file_name", ""))
    parts = patterns.groups(pattern) if pattern else ()
    return tuple(name for name in mapping.wanted() if name not in parts)


def _stepped(mapping: ReadMapping, name: str) -> bool:
    return any(name in step.wants() for step in mapping.steps)


def _about_file(dataset: str, kind: Kind, expected: str, found: str) -> Deviation:
    return Deviation(dataset=dataset, kind=kind, expected=expected, found=found, decision="adapted")


def _differences(before: Csv | Excel, after: Csv | Excel) -> Iterable[tuple[Kind, str, str]]:
    kinds = {Csv: "CSV", Excel: "Excel"}
    if type(before) is not type(after):
        yield Kind.FORMAT, kinds[type(before)], kinds[type(after)]
    if isinstance(before, Csv) and isinstance(after, Csv):
        if before.encoding != after.encoding:
            yield Kind.ENCODING, before.encoding, after.encoding
        if before.separator != after.separator:
            yield Kind.SEPARATOR, before.separator, after.separator
    if isinstance(before, Excel) and isinstance(after, Excel) and before.sheet != after.sheet and after.sheet:
        yield Kind.SHEET, before.sheet, after.sheet
    if type(before) is type(after) and before.skip != after.skip:
        yield Kind.HEADER, str(before.skip + 1), str(after.skip + 1)


# --- finding the header ------------------------------------------------------------------------------------------


def _is_excel(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(8)
    return start[:4] == b"PK\x03\x04" or start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" or path.suffix.lower() == ".ods"


def _csv(path: Path, wanted: Csv | Excel, expected: Sequence[str]) -> _Head:
    with path.open("rb") as stream:
        raw = stream.read(_HEAD)
    whole = len(raw) < _HEAD
    raw = raw if whole else (raw[: raw.rfind(b"\n") + 1] or raw)
    like = wanted if isinstance(wanted, Csv) else Csv(files=wanted.files, header_rows=wanted.header_rows)
    best: _Head | None = None
    for encoding in _encodings(raw, like.encoding):
        text = raw.decode(ENCODINGS[encoding][0])
        for separator in dict.fromkeys((like.separator, ";", ",", "\t", "|")):
            rows = _rows(text, separator, like.quote)
            found = _best(rows, like, expected, encoding=encoding, separator=separator)
            if found is not None and (best is None or found.score > best.score):
                best = found
    return best if best is not None else _no_header(path, expected)


def _encodings(raw: bytes, first: str) -> list[str]:
    """Return the encodings the bytes can be in, the recipe's first; a byte-order mark and UTF-8 speak for themselves."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return ["utf-16"]
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        special = any(0x80 <= byte < 0xA0 for byte in raw)
        usual = ["windows-1252", "iso-8859-1"] if special else ["iso-8859-1", "windows-1252"]
        listed = dict.fromkeys(([first] if first not in {"utf-8", "utf-16"} else []) + usual + ["cp850"])
        if special and first == "iso-8859-1":
            listed = dict.fromkeys([*usual, "cp850"])
    else:
        return [first] if raw.isascii() and first != "utf-16" else ["utf-8"]
    possible = []
    for name in listed:
        try:
            raw.decode(ENCODINGS[name][0])
        except UnicodeDecodeError:
            continue
        possible.append(name)
    return possible


def _rows(text: str, separator: str, quote: str) -> list[tuple[int, list[str]]]:
    """Return the first rows with the line each begins on, counted from 0."""
    csv.field_size_limit(2 * _HEAD)
    body = io.StringIO(text, newline="")
    reader = csv.reader(
        body, delimiter=separator, quotechar=quote or None, quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    )
    rows: list[tuple[int, list[str]]] = []
    begun = 0
    try:
        for row in reader:
            rows.append((begun, row))
            begun = reader.line_num
            if len(rows) >= _LOOKED + _SAMPLE:
                break
    except csv.Error:
        pass  # read in the wrong way: other ways are tried, and what was read so far is scored
    return rows


def _excel(path: Path, wanted: Csv | Excel, expected: Sequence[str]) -> _Head:
    if path.suffix.lower() != ".xls":
        check_zip(path)
    like = wanted if isinstance(wanted, Excel) else Excel(files=wanted.files, header_rows=max(1, wanted.header_rows))
    _, sheets, hidden = excel_rows(path, "", 1)
    order = [s for s in ([like.sheet] if like.sheet in sheets else []) + sheets if s not in hidden]
    best: _Head | None = None
    for place, sheet in enumerate(dict.fromkeys(order)):
        found, _, _ = excel_rows(path, sheet, _LOOKED + _SAMPLE)
        rows = [(line, [_cell(c) for c in row]) for line, row in enumerate(found)]
        named_so = "" if not like.sheet and place == 0 and sheet == sheets[0] else sheet
        head = _best(rows, like, expected, sheet=named_so)
        if head is not None and (best is None or head.score > best.score):
            best = head
    return best if best is not None else _no_header(path, expected)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _best(
    rows: Sequence[tuple[int, list[str]]], like: Csv | Excel, expected: Sequence[str], **changes: Any
) -> _Head | None:
    """Return the place of the header: the row whose cells are most like the columns expected."""
    best: _Head | None = None
    height = max(1, like.header_rows)
    for place in range(min(_LOOKED, len(rows))):
        line, row = rows[place]
        if not any(c.strip() for c in row):
            continue
        header = renamed(named([list(r) for _, r in rows[place : place + height]]), like.headers)
        if len(header[0]) < 2 and len(expected) > 1:
            continue
        score = sum(max((_like(name, cell) for cell in header[0]), default=0.0) for name in expected)
        score += 0.5 * sum(name in header[0] for name in expected)
        score += _unpivoted(header[0])
        if score > 0 and (best is None or score > best.score):
            read = msgspec.structs.replace(like, skip=line, **changes)
            below = tuple(tuple(r) for _, r in rows[place + height : place + height + _SAMPLE])
            best = _Head(read=read, header=header, rows=below, score=score)
    most = 1.5 * len(expected)
    return best if best is not None and best.score >= min(0.3 * most, 3.0) else None


def _unpivoted(header: Sequence[str]) -> float:
    """A header longer than what is named scores a little: of two ways to split, the one that gives columns."""
    return min(len(header), 20) * 0.001


def _no_header(path: Path, expected: Sequence[str]) -> _Head:
    listed = ", ".join(f"„{name}“" for name in expected[:8])
    raise BadFile(
        Text(
            f"„{path.name}“ hat keine Kopfzeile mit den Spalten dieses Rezepts ({listed}). Ist es die richtige Datei?",
            f"“{path.name}” has no header with this recipe's columns ({listed}). Is it the right file?",
        ),
        file=path.name,
        field="file",
    )


# --- columns -----------------------------------------------------------------------------------------------------


def plain(name: str) -> str:
    """Return a column's name for comparing: without unit, case, umlauts and signs."""
    name = re.sub(r"[\[(][^\])]*[\])]", " ", name).casefold()
    for old, new in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("straße", "str")):
        name = name.replace(old, new)
    name = unicodedata.normalize("NFKD", name)
    return re.sub(r"[^a-z0-9]+", "", name)


def _like(expected: str, found: str) -> float:
    if expected == found:
        return 1.0
    one, other = plain(expected), plain(found)
    if not one or not other:
        return 0.0
    if one == other:
        return 0.95
    ratio = SequenceMatcher(None, one, other).ratio()
    if min(len(one), len(other)) >= 4 and (
        one.startswith(other) or other.startswith(one) or one.endswith(other) or other.endswith(one)
    ):
        ratio = max(ratio, 0.85)
    return ratio if ratio >= 0.75 else 0.0


def _guess(mapping: ReadMapping, expected: Sequence[str], columns: Sequence[str]) -> Choice:
    """Return the likeliest choice: equal names first, then the most similar of what is left."""
    chosen = {name: name for name in expected if name in columns}
    free = [c for c in columns if c not in chosen.values() and not _by_pattern(mapping, c)]
    titles = {(f.source or f.name): f.title.de for f in mapping.fields if f.title}
    pairs = sorted(
        (
            (max(_like(name, column), 0.9 * _like(titles.get(name, name), column)), name, column)
            for name in expected
            if name not in chosen
            for column in free
            if not looks_personal(column) or looks_personal(name)
        ),
        reverse=True,
    )
    for score, name, column in pairs:
        if score > 0 and name not in chosen and column not in chosen.values():
            chosen[name] = column
    return Choice(columns={name: chosen.get(name, "") for name in expected})


def _chosen(guess: Choice, choice: Choice, expected: Sequence[str]) -> Choice:
    """Return the guess with what was decided in its place; a column that was given away is not guessed as well."""
    given = {name: found for name, found in choice.columns.items() if name in expected}
    named = [found for found in given.values() if found]
    if twice := sorted({found for found in named if named.count(found) > 1}):
        raise Invalid(
            Text(
                f"Die Spalte „{twice[0]}“ kann nicht zweimal stehen.", f"The column “{twice[0]}” cannot stand for two."
            ),
            field="columns",
        )
    rest = {name: "" if found in named else found for name, found in guess.columns.items() if name not in given}
    return Choice(columns={**rest, **given}, taken=choice.taken, factors=choice.factors)


_PERSONAL = re.compile(
    r"(?i)\b(vor|nach|familien|geburts)?name[ns]?\b|bauherr|antragstell|eigent[uü]m|inhaber|leitung|leiter|ansprechp|kontakt"
    r"|telefon|\btel\b|mobil|handy|e-?mail|geburt|iban|konto|kontrolleur|pr[uü]fer|bearbeiter|pate|unterschrift|aktenzeichen"
)


def looks_personal(name: str) -> bool:
    """Return whether a column's name sounds as if its values named people."""
    return _PERSONAL.search(name) is not None


def _by_pattern(mapping: ReadMapping, column: str) -> bool:
    """Whether a step reads the column by a pattern: another year is no deviation."""
    asked = [p for s in mapping.steps if isinstance(s, Unpivot) for p in (s.columns, *s.by.values())]
    return any(patterns.match(pattern, [column])[0] is not None for pattern in asked)


def _unused(mapping: ReadMapping, columns: Sequence[str], used: set[str], not_read: Sequence[str]) -> tuple[str, ...]:
    known = {plain(name) for name in not_read}
    left = [
        c
        for c in columns
        if c not in used and plain(c) not in known and not _by_pattern(mapping, c) and not re.match(r"Spalte \d+\Z", c)
    ]
    return tuple(left[:_MOST_NEW])


def _with_header(headers: list[Header], name: str, found: str) -> list[Header]:
    rest = [h for h in headers if h.name != name]
    before = [h for h in headers if h.name == name and h.any_of]
    known = before[0].any_of if before else ()
    return [*rest, Header(name=name, any_of=tuple(dict.fromkeys((found, *known))))]


def _renaming(dataset: str, name: str, chosen: str, concerned: Sequence[str]) -> Deviation:
    return Deviation(
        dataset=dataset, kind=Kind.RENAMED, expected=name, found=chosen, field=", ".join(concerned), decision="adapted"
    )


def _unit(name: str) -> str:
    found = re.search(r"[\[(]([^\])]{1,12})[\])]|\bin\s+(\S{1,8})\s*$", name)
    return (found[1] or found[2]).strip() if found else ""


def _factor(expected: str, found: str) -> float:
    old, new = _unit(expected).casefold(), _unit(found).casefold()
    return _FACTORS.get((new, old), 1.0) if old and new and old != new else 1.0


def _scaled(field: Field, factor: float) -> Field:
    if field.type not in {Type.INTEGER, Type.NUMBER, Type.DECIMAL}:
        return field
    return msgspec.structs.replace(field, factor=field.factor * factor)


# --- how values are written --------------------------------------------------------------------------------------


def _written(
    dataset: str, fields: Sequence[Field], head: _Head, headers: Sequence[Header]
) -> tuple[list[Field], list[Deviation]]:
    """Return the fields with the decimal mark and the dates as the file writes them."""
    if isinstance(head.read, Excel):
        return list(fields), []
    header = renamed(head.header, tuple(headers))[0]
    changed, found = [], []
    for field in fields:
        source = field.source or field.name
        cells = _cells(head, header.index(source)) if source in header else []
        new = field
        if field.type in {Type.NUMBER, Type.DECIMAL, Type.INTEGER} and cells:
            new = _decimal(field, cells)
            if new is not field:
                found.append(
                    Deviation(
                        dataset=dataset, kind=Kind.DECIMAL, expected=field.decimal, found=new.decimal, field=field.name,
                        decision="adapted",
                    )
                )  # fmt: skip
        elif field.type in {Type.DATE, Type.TIMESTAMP} and cells and (new := _dates(field, cells)) is not field:
            found.append(
                Deviation(
                    dataset=dataset, kind=Kind.DATES, expected=" ".join(field.formats), found=" ".join(new.formats),
                    field=field.name, decision="adapted",
                )
            )  # fmt: skip
        changed.append(new)
    return changed, found


def _cells(head: _Head, place: int) -> list[str]:
    cells = [row[place].strip() for row in head.rows if place < len(row)]
    return [c for c in cells if c]


def _decimal(field: Field, cells: Sequence[str]) -> Field:
    """Return the field with the other decimal mark where only that one explains what stands there."""
    other = "." if field.decimal == "," else ","
    groups = {field.decimal: field.thousands, other: field.decimal if field.thousands else ""}

    def reads(decimal: str) -> int:
        group = re.escape(groups[decimal])
        whole = rf"\d{{1,3}}(?:{group}\d{{3}})+|\d+" if group else r"\d+"
        shape = re.compile(rf"[+-]?(?:{whole})(?:{re.escape(decimal)}\d+)?\Z")
        return sum(bool(shape.match(c)) for c in cells)

    if reads(field.decimal) * 2 < reads(other):
        return msgspec.structs.replace(field, decimal=other, thousands=groups[other])
    return field


def _dates(field: Field, cells: Sequence[str]) -> Field:
    """Return the field with the form of dates that reads most cells, where the recipe's own read less than half."""

    def reads(formats: Iterable[str]) -> int:
        return sum(any(_parses(cell, form) for form in formats) for cell in cells)

    own = [f for f in field.formats if f != "excel"] or ["%Y-%m-%d"]
    best = max(_DATES, key=lambda form: reads([form]))
    if reads(own) * 2 < len(cells) <= 2 * reads([best]):
        return msgspec.structs.replace(field, formats=(best,))
    return field


def _parses(cell: str, form: str) -> bool:
    try:
        datetime.strptime(cell, form)  # noqa: DTZ007 (only whether it fits)
    except ValueError:
        return False
    return True


def _taken(fields: Sequence[Field], head: _Head, names: Sequence[str]) -> list[Field]:
    """Return fields for new columns that are taken over, as their values look."""
    known = {f.name for f in fields}
    made = []
    for name in names:
        guess = guess_column(name, slug(name, known), _cells(head, head.header[0].index(name)))
        made.append(guess.field)
        known.add(guess.field.name)
    return made


def decided(deviations: Iterable[Deviation], accepted: Mapping[str, str]) -> tuple[Deviation, ...]:
    """Return the deviations with the reason given for each failed check that is accepted, by its key."""
    return tuple(
        msgspec.structs.replace(d, decision="accepted", note=accepted[d.key]) if d.key in accepted else d
        for d in deviations
    )
