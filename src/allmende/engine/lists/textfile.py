# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Text files with separators as offices export them: encoding, separator, where it changes, lines that are broken."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from allmende.engine.lists.grid import Grid, from_rows
from allmende.engine.lists.kinds import bad
from allmende.engine.mapping.scan import LONGEST_LINE
from allmende.kernel.text import Text

LARGEST = 512 << 20
_SEPARATORS = ";,\t|"
_NAMES = {
    ",": Text("Komma", "comma"),
    ";": Text("Semikolon", "semicolon"),
    "\t": Text("Tabulator", "tab"),
    "|": Text("senkrechter Strich", "bar"),
}
#: Bytes of ä, ö, ü, ß, Ä, Ö, Ü in the encodings an office meets.
_UMLAUTS = {
    "cp1252": bytes([0xE4, 0xF6, 0xFC, 0xDF, 0xC4, 0xD6, 0xDC]),
    "cp850": bytes([0x84, 0x94, 0x81, 0xE1, 0x8E, 0x99, 0x9A]),
    "mac_roman": bytes([0x8A, 0x9A, 0x9F, 0xA7, 0x80, 0x85, 0x86]),
}
_PLAIN = {"cp1252": "windows-1252", "mac_roman": "macintosh"}


class Lines:
    """A text file's lines, and what was found out about it."""

    def __init__(self, path: Path, encoding: str = "") -> None:
        self.notes: list[Text] = []
        self.asks: list[Text] = []
        self.broken: list[int] = []  # records (from 0) with more cells than the table has columns
        if path.stat().st_size > LARGEST:
            size = LARGEST >> 20
            raise bad(
                path.name,
                Text(
                    f"ist größer als {size} MB: das ist keine Liste mehr, bitte als Datenquelle anbinden",
                    f"is larger than {size} MB: no list any more, connect it as a data source",
                ),
            )
        body = path.read_bytes()
        self.encoding, self.text = self._decode(body, encoding, path.name)
        self.text = self.text.removeprefix("\ufeff")
        if not self.text.strip():
            raise bad(path.name, Text("enthält nur leere Zeilen", "contains only blank lines"))
        if len(self.text) > LONGEST_LINE:
            longest = max(re.finditer(r"[^\n\r]+", self.text), key=lambda m: m.end() - m.start())
            if longest.end() - longest.start() > LONGEST_LINE:
                most = LONGEST_LINE >> 20
                line = self.text.count("\n", 0, longest.start()) + 1
                raise bad(path.name, Text(f"ist länger als {most} MB", f"is longer than {most} MB"), line)

    def _decode(self, body: bytes, encoding: str, file: str) -> tuple[str, str]:
        if encoding:
            try:
                return encoding, body.decode(encoding)
            except (UnicodeDecodeError, LookupError) as error:
                raise bad(file, Text(f"ist nicht in der Kodierung {encoding}", f"is not {encoding}")) from error
        if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            self.notes.append(Text("Kodierung: UTF-16.", "Encoding: UTF-16."))
            try:
                return "utf-16", body.decode("utf-16")
            except UnicodeDecodeError as error:
                raise bad(file, Text("ist abgerissenes UTF-16", "is torn UTF-16")) from error
        if b"\0" in body:
            line = body.count(b"\n", 0, body.index(b"\0")) + 1
            raise bad(file, Text("enthält Binärdaten und keinen Text", "contains binary data and no text"), line)
        if body.startswith(b"\xef\xbb\xbf"):
            self.notes.append(
                Text("Markierung für UTF-8 (BOM) am Anfang: übergangen.", "UTF-8 mark (BOM): passed over.")
            )
        try:
            return "utf-8", body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return self._other(body, error.start)

    def _other(self, body: bytes, first: int) -> tuple[str, str]:
        line = body.count(b"\n", 0, first) + 1
        lines = body.split(b"\n")
        multi = [n for n, part in enumerate(lines, 1) if any(b > 127 for b in part)] if len(lines) < 200_000 else []
        good = [n for n in multi if _is_utf8(lines[n - 1])]
        best = _by_umlauts(b"\n".join(lines[n - 1] for n in multi if not _is_utf8(lines[n - 1])) if good else body)
        name = _PLAIN.get(best, best)
        if len(good) > 0 and len(good) < len(multi):
            broken = len(multi) - len(good)
            self.asks.append(
                Text(
                    f"Zwei Kodierungen in einer Datei: {len(good)} Zeilen sind UTF-8, {broken} sind {name} (zuerst "
                    f"Zeile {line}); jede wurde nach ihrer eigenen gelesen.",
                    f"Two encodings in one file: {len(good)} lines are UTF-8, {broken} are {name} (first line {line}); "
                    "each was read by its own.",
                )
            )
            parts = [p.decode("utf-8") if _is_utf8(p) else p.decode(best, "replace") for p in lines]
            return f"utf-8+{name}", "\n".join(parts)
        self.notes.append(
            Text(
                f"Kein UTF-8 (zuerst in Zeile {line}): als {name} gelesen, weil die Umlaute dann stimmen.",
                f"Not UTF-8 (first on line {line}): read as {name}, for then the umlauts are right.",
            )
        )
        return name, body.decode(best, "replace")


def _is_utf8(part: bytes) -> bool:
    try:
        part.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _by_umlauts(body: bytes) -> str:
    """Tell cp1252, cp850 and Mac apart by which reading gives umlauts between letters."""
    near = re.findall(rb"(?<=[A-Za-z])[\x80-\xff]|[\x80-\xff](?=[a-z])", body[: 16 << 20])
    seen = Counter(near)
    scores = {name: sum(n for c, n in seen.items() if c[0] in marks) for name, marks in _UMLAUTS.items()}
    best = max(scores, key=lambda n: scores[n])
    return best if scores[best] > scores["cp1252"] else "cp1252"


def separator_of(lines: Sequence[str]) -> str:
    """Return the separator that cuts most lines into the same number of cells, "" if none cuts at all."""

    def score(separator: str) -> tuple[float, int]:
        try:
            widths = Counter(len(r) for r in csv.reader(lines, delimiter=separator) if any(c.strip() for c in r))
        except csv.Error:
            return 0.0, 0
        wide = [(n, w) for w, n in widths.items() if w > 1]
        if not wide:
            return 0.0, 0
        count, width = max(wide)
        return count / sum(widths.values()), width

    best = max(_SEPARATORS, key=score)
    return best if score(best)[1] > 1 else ""


def read(path: Path, encoding: str = "", separator: str = "") -> tuple[Grid, Lines, str]:
    """Read a text file into a grid; each record is one row of it. Raises BadFile."""
    lines = Lines(path, encoding)
    head = [m.group() for _, m in zip(range(400), re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", lines.text), strict=False)]
    chosen = separator or separator_of(head)
    if chosen:
        shown = _NAMES.get(chosen, Text(f"„{chosen}“", f"“{chosen}”"))
        lines.notes.append(Text(f"Trennzeichen: {shown.de}.", f"Separator: {shown.en}."))
    records = _records(lines, chosen or "\x1f", path.name)
    rows = list(_fitted(records, chosen, lines)) if chosen else records
    grid = from_rows(path.stem, rows, file=path.name)
    return grid, lines, chosen


def _records(lines: Lines, separator: str, file: str) -> list[list[str]]:
    csv.field_size_limit(LONGEST_LINE)
    import io  # noqa: PLC0415

    source = io.StringIO(lines.text, newline="")
    found: list[list[str]] = []
    reader = csv.reader(source, delimiter=separator, strict=True)
    try:
        found.extend(reader)
    except csv.Error as error:
        at = max(1, reader.line_num)
        if "field larger" in str(error):
            raise bad(file, Text("hat eine Zelle, die zu lang ist", "has a cell that is too long"), at) from error
        lines.asks.append(
            Text(
                f"Anführungszeichen gehen nicht auf (bemerkt in Zeile {at}): sie wurden als Zeichen gelesen.",
                f"Quotation marks do not match (noticed on line {at}): they were read as characters.",
            )
        )
        plain = csv.reader(re.split(r"\r\n|\r|\n", lines.text), delimiter=separator, quoting=csv.QUOTE_NONE)
        found = [[_unquoted(c) for c in r] for r in plain]
        if found and not found[-1]:
            found.pop()
    return found


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _fitted(records: list[list[str]], separator: str, lines: Lines) -> Iterator[list[str]]:
    """Yield the records; where another separator takes over midway, cut by that one."""
    widths = Counter(len(r) for r in records if len(r) > 1)
    width = max(widths, key=lambda w: (widths[w], w)) if widths else 1
    others = [s for s in _SEPARATORS if s != separator]
    changed: dict[str, list[int]] = {}
    for number, record in enumerate(records, 1):
        if len(record) < width and width > 1 and any(s in c for s in others for c in record):
            whole = separator.join(record)
            fitting = [(s, r) for s in others if len(r := next(csv.reader([whole], delimiter=s), [])) == width]
            if len(fitting) == 1:
                changed.setdefault(fitting[0][0], []).append(number)
                yield fitting[0][1]
                continue
        if len(record) > width > 1 and any(c.strip() for c in record[width:]):
            lines.broken.append(number - 1)
        yield record[:width] if len(record) > width > 1 else record
    for other, at in changed.items():
        shown = _NAMES[other]
        listed = f"{at[0]} bis {at[-1]}" if len(at) > 1 else str(at[0])
        english = f"{at[0]} to {at[-1]}" if len(at) > 1 else str(at[0])
        lines.asks.append(
            Text(
                f"Das Trennzeichen wechselt: {len(at)} Zeilen ({listed}) sind mit {shown.de} getrennt.",
                f"The separator changes: {len(at)} lines ({english}) are separated by {shown.en}.",
            )
        )
