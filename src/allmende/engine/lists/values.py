# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading one cell as what its column holds: German numbers, dates as people type them, ja and nein, keys as text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from allmende.engine.lists.grid import Cell, shown
from allmende.engine.lists.model import Column, Origin
from allmende.engine.mapping.fields import Type


class _Unreadable:
    """What a reader returns for a cell that does not fit."""


UNREADABLE: Final = _Unreadable()

MONTHS: Final = {
    **{m[:3]: n for n, m in enumerate(
        ("januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
         "dezember"), 1)},
    "jän": 1, "mrz": 3, "mae": 3, "mar": 3, "may": 5, "oct": 10, "dec": 12,
}  # fmt: skip
_LONG_DATE = re.compile(r"(\d{1,2})\.?\s*([A-Za-zä]{3,9})\.?\s+(\d{4}|\d\d)\Z")
_DMY = re.compile(r"(\d{1,2})[./-]\s?(\d{1,2})[./-]\s?(\d{4}|\d\d)\Z")
_YMD = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\Z")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)\Z")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)(?::(\d\d)(?:\.\d+)?)?(?:\s*Uhr)?\Z")
#: Words of approximation that are taken off a number.
LOOSE: Final = ("ca.", "ca", "circa", "rd.", "rund", "etwa", "ungefähr", "~", "≈")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:[.,' \u202f\u2009]\d{3})+|\d+)?(?:[.,]\d+)?-?\Z")


def day(text: str, written: str) -> date | None:
    """Return the day a text names in one of our ways: ``d.m.y``, ``y-m-d``, ``d. month y``, ``ymd``."""
    match written:
        case "d.m.y":
            found = _DMY.match(text)
            parts = (found[3], found[2], found[1]) if found else None
        case "y-m-d":
            found = _YMD.match(text)
            parts = (found[1], found[2], found[3]) if found else None
        case "ymd":
            found = _COMPACT.match(text)
            parts = (found[1], found[2], found[3]) if found else None
        case "d. month y":
            found = _LONG_DATE.match(text)
            month = MONTHS.get(found[2].lower()[:3]) if found else None
            parts = (found[3], str(month), found[1]) if found and month else None
        case _:
            return None
    if parts is None:
        return None
    year, month_number, day_number = (int(p) for p in parts)
    if len(parts[0]) == 2:
        year += 2000 if year < 70 else 1900
    try:
        return date(year, month_number, day_number)
    except ValueError:
        return None


#: Ways a day is written; a moment is such a day, a blank or "T", and a clock time.
DAYS: Final = ("d.m.y", "y-m-d", "d. month y", "ymd")


def moment(text: str, written: str) -> datetime | None:
    """Return the moment of a day (in the way ``written``) and a clock time; 24:00 is the next day's midnight."""
    head, _, tail = text.replace("T", " ", 1).replace(",", " ").rpartition(" ")
    if tail == "Uhr":
        head, _, tail = head.rpartition(" ")
    the_day = day(head.strip(), written)
    found = _CLOCK.match(tail)
    if the_day is None or not found:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        return None
    midnight = datetime(the_day.year, the_day.month, the_day.day)  # noqa: DTZ001 (as written, zone unknown)
    return midnight + timedelta(hours=hour, minutes=minute, seconds=second)


def clock(text: str) -> time | None:
    """Return a time of day."""
    found = _CLOCK.match(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return None
    return time(int(found[1]), int(found[2]), int(found[3] or 0))


def bare(text: str, loose: tuple[str, ...]) -> str:
    """Return a number's text without the words around it and without footnote marks."""
    made = re.sub(r"\s?\*+\Z", "", text.strip().lstrip("'").strip())
    for word in loose:
        low = made.lower()
        if low.startswith(word.lower()):
            made = made[len(word) :].strip()
        elif low.endswith(word.lower()):
            made = made[: -len(word)].strip()
    made = re.sub(r"(?<=\d)\s?(?:\*+|[¹²³⁴⁵])\Z", "", made)
    return made.replace("−", "-").replace("–", "-") if made[:1] in "−–" else made


def number(text: str, decimal: str, thousands: str) -> float | int | None:
    """Return the number a bare text writes, None if it is none in this notation."""
    if not text or not _NUMBER.match(text) or not any(c.isdigit() for c in text):
        return None
    if text.endswith("-"):
        text = "-" + text[:-1]
    whole, mark, part = text.partition(decimal)
    if decimal in part:
        return None
    groups = re.split(r"[.' \u202f\u2009]" if decimal == "," else r"[,' \u202f\u2009]", whole.lstrip("+-"))
    if len(groups) > 1 and (not thousands or any(len(g) != 3 for g in groups[1:])):
        return None
    joined = ("-" if whole.startswith("-") else "") + "".join(groups)
    if not part.isdigit() and mark:
        return None
    try:
        return float(f"{joined or '0'}.{part}") if mark else int(joined)
    except ValueError:
        return None


def reader(column: Column) -> Callable[[Cell], Any]:
    """Return the function that reads a cell of the column: its value, None if it is empty, UNREADABLE if neither."""
    if column.origin is Origin.WORDS:
        return _words(column)
    missing = frozenset(m.lower() for m in column.missing)
    by_type: dict[Type, Callable[[Cell], Any]] = {
        Type.INTEGER: lambda cell: _integer(column, cell),
        Type.NUMBER: lambda cell: _float(column, cell),
        Type.DECIMAL: lambda cell: _float(column, cell),
        Type.BOOLEAN: lambda cell: _truth(column, cell),
        Type.DATE: lambda cell: _date(column, cell),
        Type.TIMESTAMP: lambda cell: _timestamp(column, cell),
        Type.INSTANT: lambda cell: _timestamp(column, cell),
        Type.TIME: _time,
    }
    inner = by_type.get(column.type, lambda cell: _text(column, cell))

    def read(cell: Cell) -> Any:
        if cell is None:
            return None
        if type(cell) is str:
            said = cell.strip().strip("'").strip() if cell[:1] == "'" else cell.strip()
            if not said or said.lower() in missing:
                return None
            return inner(said)
        return inner(cell)

    return read


def _words(column: Column) -> Callable[[Cell], Any]:
    """Read only the words that stand among a column's numbers."""
    known = {w.lower(): w for w in column.words}
    return lambda cell: known.get(cell.strip().lower()) if type(cell) is str else None


def _text(column: Column, cell: Cell) -> Any:
    said = shown(cell)
    if column.formats and not isinstance(cell, str) and said.isdigit():
        return said.zfill(len(column.formats[0]))
    return mended(said) if "Ã" in said or "Â" in said or "â€" in said else said


def mended(text: str) -> str:
    """Return a text whose umlauts were read in the wrong encoding as they were meant, where that is provable.

    Provable: the text's bytes in Windows-1252 are valid UTF-8, which no German text with "Ã" is by chance.
    """
    try:
        return text.encode("cp1252").decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        pass
    try:  # control characters that cp1252 does not know came through as latin-1
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def _float(column: Column, cell: Cell) -> Any:
    if isinstance(cell, str):
        said: Any = number(bare(cell, column.loose), column.decimal, column.thousands)
        return UNREADABLE if said is None else float(said)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return UNREADABLE
    return float(cell) * column.factor if math.isfinite(cell) else UNREADABLE


def _integer(column: Column, cell: Cell) -> Any:
    said = _float(column, cell)
    if said is UNREADABLE or not said.is_integer() or abs(said) >= 2**63:
        return UNREADABLE
    return int(said)


def _truth(column: Column, cell: Cell) -> Any:
    if isinstance(cell, bool):
        return cell
    low = shown(cell).lower()
    if low in column.true:
        return True
    return False if low in column.false else UNREADABLE


def _excel_day(cell: float) -> datetime:
    return datetime(1899, 12, 30) + timedelta(seconds=round(cell * 86400))  # noqa: DTZ001 (as written)


def _date(column: Column, cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else UNREADABLE
    if isinstance(cell, date):
        return cell
    if isinstance(cell, str):
        return next((d for w in column.formats if (d := day(cell, w)) is not None), UNREADABLE)
    if "excel" in column.formats and isinstance(cell, float) and 61 <= cell < 2958465 and cell.is_integer():
        return _excel_day(cell).date()
    return UNREADABLE


def _timestamp(column: Column, cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 (as written)
    if isinstance(cell, str):
        found = next((m for w in column.formats if (m := moment(cell, w)) is not None), None)
        if found is None:
            plain = next((d for w in column.formats if (d := day(cell, w)) is not None), None)
            found = datetime(plain.year, plain.month, plain.day) if plain else None  # noqa: DTZ001 (as written)
        return UNREADABLE if found is None else found
    return UNREADABLE


def _time(cell: Cell) -> Any:
    if isinstance(cell, time):
        return cell
    found = clock(cell) if isinstance(cell, str) else None
    return UNREADABLE if found is None else found
