# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a column holds, told from its heading and all of its cells; every guess with its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice

import msgspec

from allmende.engine.lists import values
from allmende.engine.lists.grid import Cell, shown
from allmende.engine.lists.meaning import KEYS, meaning_of
from allmende.engine.lists.model import Column, Meaning
from allmende.engine.mapping.fields import Type
from allmende.engine.sniff import MISSING, UNITS, unit_of
from allmende.kernel.text import Text

#: Signs of official statistics (Destatis, Zeichenerklärung) and of offices for "no value" among numbers.
MARKS = (*MISSING, "–", "—", "x", "X", "/", "//", "entfällt", "unbekannt", "k.A", "kA", "ka", "fehlt", "#WERT!", "#DIV/0!",
         "#BEZUG!", "#REF!", "#VALUE!")  # fmt: skip
#: Those that are no words of their own, also in a column of text.
TEXT_MARKS = (
    "-",
    "--",
    "---",
    "–",
    "—",
    "k.A.",
    "k. A.",
    "k.a.",
    "k.A",
    "keine Angabe",
    "n/a",
    "N/A",
    "#NV",
    "#N/A",
    "NULL",
)
_YES = ("ja", "j", "wahr", "true", "yes", "y", "x", "✓", "✔")
_NO = ("nein", "n", "falsch", "false", "no")
_DAYS = ("d.m.y", "y-m-d", "d. month y")
_SHAPE = re.compile(
    r"(?P<before>[^\d+\-−–,]{0,16}?)\s*(?P<number>[+\-−]?\d[\d.,' \u202f\u2009]*\d-?|[+\-−]?\d-?)\s*(?P<after>[^\d]{0,16})\Z"
)
_MOST_DISTINCT = 10_000
_FEW = 300  # so many different texts tell whether a closer look at all is worth while
_MOST_WORDS = 6  # so many different words among numbers become a column of their own
_LOST = re.compile(r"\ufffd|[a-zäöü]\?[a-zäöüß]")
_WIDTH = re.compile(r"0{3,}\Z")
_AFFIX = re.compile(r'"([^"]{1,12})"|\[\$([^\-\]]{1,6})')


def guess(
    heading: str,
    name: str,
    cells: Sequence[Cell],
    place: int,
    formats: Mapping[str, int],
    texts: dict[int, Counter[str]] | None = None,
) -> Column:
    """Return what a column seems to hold. ``formats``: number formats of its cells in the spreadsheet; ``texts``: where
    to put how often each text occurs.
    """
    plain = {"name": name, "heading": heading, "place": place}
    kinds = set(map(type, cells))
    filled = len(cells) - cells.count(None) if type(None) in kinds else len(cells)
    kinds.discard(type(None))
    if not filled:
        empty = Text("Die Spalte ist leer.", "The column is empty.")
        return Column(**plain, reasons=(empty,))  # type: ignore[arg-type]
    counted = texts_of(cells, kinds)
    if texts is not None:
        texts[place] = counted
    made = _typed(Column(**plain), cells, filled, kinds, counted, formats)  # type: ignore[arg-type]
    distinct: Collection[Cell] = counted
    if kinds != {str}:
        distinct = set(cells) - {None}
    examples = tuple(dict.fromkeys(shown(c)[:80] for c in cells[:200] if c is not None))[:3]
    made = msgspec.structs.replace(made, filled=filled, distinct=min(len(distinct), _MOST_DISTINCT), examples=examples)
    found = meaning_of(heading, made, distinct)
    made = msgspec.structs.replace(made, meaning=found)
    return _as_key(made, cells) if found in KEYS and made.type in {Type.INTEGER, Type.NUMBER} else made


def texts_of(cells: Sequence[Cell], kinds: set[type]) -> Counter[str]:
    """Return how often each text occurs. ``kinds``: the types among the cells, without None's."""
    if str not in kinds:
        return Counter()
    if len(kinds) > 1:
        return Counter([c for c in cells if type(c) is str])
    counted: Counter[str] = Counter(cells)
    counted.pop(None, None)  # type: ignore[call-overload]
    return counted


def _with(column: Column, *reasons: Text, **changes: object) -> Column:
    return msgspec.structs.replace(column, reasons=(*column.reasons, *reasons), **changes)


def _as_key(column: Column, cells: Sequence[Cell]) -> Column:
    reasons = [
        Text("Eine Nummer, mit der nicht gerechnet wird: bleibt Text.", "A number nobody reckons with: stays text.")
    ]
    formats: tuple[str, ...] = ()
    numbers = [c for c in cells if isinstance(c, float | int) and not isinstance(c, bool)]
    short = sum(1000 <= c < 10000 for c in numbers)
    if column.meaning is Meaning.POSTCODE and short and all(c >= 1000 for c in numbers):
        formats = ("00000",)
        reasons.append(
            Text(
                f"{short} Postleitzahlen haben vier Ziffern: wohl ging eine führende Null verloren; sie wird ergänzt.",
                f"{short} postcodes have four digits: a leading zero was probably lost; it is put back.",
            )
        )
    return msgspec.structs.replace(
        Column(name=column.name, heading=column.heading, place=column.place), meaning=column.meaning, formats=formats,
        filled=column.filled, distinct=column.distinct, examples=column.examples, reasons=tuple(reasons),
    )  # fmt: skip


def _typed(
    column: Column,
    cells: Sequence[Cell],
    filled: int,
    kinds: set[type],
    counted: Counter[str],
    formats: Mapping[str, int],
) -> Column:
    if float in kinds and all(map(float.is_integer, [c for c in cells if type(c) is float])):
        kinds = (kinds - {float}) | {int}
    if not counted:
        return _native(column, cells, kinds, formats)
    texts: Mapping[str, int] = counted
    if "\n'" in "\n" + "\n".join(counted):
        quoted = sum(n for c, n in counted.items() if c.startswith("'"))
        texts = {c.strip("'").strip(): n for c, n in counted.items() if c.strip("'").strip()}
        column = _with(
            column,
            Text(
                f"{quoted} Werte beginnen mit einem Apostroph (in Excel „als Text“): er wird weggelassen.",
                f"{quoted} values begin with an apostrophe (“as text” in Excel): it is left out.",
            ),
        )
    others = filled - sum(counted.values())
    few = dict(islice(texts.items(), _FEW)) if len(texts) > 2 * _FEW else None
    for attempt in (_truths, _times, _numbers):
        if few is not None and attempt(column, few, others, kinds) is None:
            continue
        made = attempt(column, texts, others, kinds)
        if made is not None:
            return _formatted(made, formats)
    return _texts(column, texts)


def _native(column: Column, cells: Sequence[Cell], kinds: set[type], formats: Mapping[str, int]) -> Column:
    if kinds <= {bool}:
        return _with(column, Text("Wahrheitswerte.", "Truth values."), type=Type.BOOLEAN, true=_YES, false=_NO)
    if kinds <= {float, int}:
        made = msgspec.structs.replace(column, type=_whole(kinds), unit=unit_of(column.heading))
        return _formatted(made, formats)
    if kinds <= {date}:
        return _with(column, Text("Tage.", "Days."), type=Type.DATE, formats=_DAYS)
    if kinds <= {date, datetime}:
        midnight = all(not isinstance(c, datetime) or c.time() == time() for c in cells)
        return _with(
            column, Text("Zeitangaben.", "Times."), type=Type.DATE if midnight else Type.TIMESTAMP, formats=_DAYS
        )
    if kinds <= {time}:
        return _with(column, Text("Uhrzeiten.", "Times of day."), type=Type.TIME)
    listed = ", ".join(sorted(k.__name__ for k in kinds))
    return _with(column, Text(f"Gemischte Werte ({listed}): als Text.", f"Mixed values ({listed}): as text."))


def _formatted(column: Column, formats: Mapping[str, int]) -> Column:
    """Take from the spreadsheet's number format what it says: per cent, leading zeros, a unit."""
    if not formats or column.type not in {Type.INTEGER, Type.NUMBER}:
        return column
    written = max(formats, key=lambda f: formats[f]).split(";", 1)[0]
    if "%" in written and not column.unit:
        why = Text("Als Prozent formatiert: 0,25 wird 25 %.", "Formatted as per cent: 0.25 becomes 25 %.")
        return _with(column, why, unit="%", factor=100.0, type=Type.NUMBER)
    if _WIDTH.match(written) and column.type is Type.INTEGER:
        why = Text(
            f"Mit führenden Nullen formatiert ({written}): ein Schlüssel, bleibt Text.",
            f"Formatted with leading zeros ({written}): a key, stays text.",
        )
        return _with(column, why, type=Type.TEXT, formats=(written,))
    for found in _AFFIX.finditer(written):
        unit = UNITS.get((found.group(1) or found.group(2)).strip().lower(), "")
        if unit and not column.unit:
            why = Text(f"Die Einheit {unit} steht im Zahlenformat.", f"The unit {unit} is in the number format.")
            return _with(column, why, unit=unit)
    return column


def _truths(column: Column, texts: Mapping[str, int], others: int, kinds: set[type]) -> Column | None:
    low = {t.lower() for t in texts}
    marks = {m.lower() for m in TEXT_MARKS} & low
    rest = low - marks
    if not rest or not rest <= {*_YES, *_NO} or (others and kinds - {str, bool}):
        return None
    if rest <= {"n", "y", "j"} and len(rest) == 1:
        return None
    why = [Text("Ja oder nein.", "Yes or no.")]
    if rest <= {"x", "✓", "✔"}:
        why = [Text("Angekreuzt heißt ja; leer bleibt leer.", "A cross means yes; empty stays empty.")]
    missing = tuple(t for t in texts if t.lower() in marks)
    return _with(column, *why, type=Type.BOOLEAN, true=_YES, false=_NO, missing=missing)


def _split_marks(texts: Mapping[str, int], marks: Sequence[str]) -> tuple[tuple[str, ...], Mapping[str, int]]:
    """Return the marks among the texts, in any case, and the other texts."""
    written = dict.fromkeys(v for m in marks for v in (m, m.lower(), m.upper(), m.capitalize()))
    missing = tuple(v for v in written if v in texts)
    if not missing:
        return (), texts
    gone = set(missing)
    return missing, {t: n for t, n in texts.items() if t not in gone}


def _times(column: Column, texts: Mapping[str, int], others: int, kinds: set[type]) -> Column | None:
    if kinds - {str, date, datetime, time}:
        return None
    missing, rest = _split_marks(texts, MARKS)
    total = sum(rest.values())
    if not total or (total + others) < 0.5 * (sum(texts.values()) + others):
        return None
    sample = next(iter(rest))
    if not any(c.isdigit() for c in sample):
        return None
    ways = [*_DAYS, *(["ymd"] if re.search(r"(?i)dat|tag|day", column.heading) else [])]
    read = {t: next((w for w in ways if values.day(t, w)), "") for t in rest}
    if _mostly(read, rest):
        formats = tuple(dict.fromkeys(w for w in read.values() if w))
        return _dated(column, Type.DATE if datetime not in kinds else Type.TIMESTAMP, formats, missing, read, rest)
    moments = {t: read[t] or next((w for w in ways if values.moment(t, w)), "") for t in rest}
    if _mostly(moments, rest):
        formats = tuple(dict.fromkeys(w for w in moments.values() if w))
        return _dated(column, Type.TIMESTAMP, formats, missing, moments, rest)
    clocks = {t: "h:m" if values.clock(t) and ":" in t else "" for t in rest}
    if _mostly(clocks, rest):
        return _dated(column, Type.TIME, (), missing, clocks, rest)
    return None


def _mostly(read: Mapping[str, str], rest: Mapping[str, int]) -> bool:
    good = sum(n for t, n in rest.items() if read[t])
    return good > 0 and good >= 0.9 * sum(rest.values())


def _dated(
    column: Column,
    kind: Type,
    formats: tuple[str, ...],
    missing: tuple[str, ...],
    read: Mapping[str, str],
    rest: Mapping[str, int],
) -> Column:
    bad = [t for t in rest if not read[t]]
    reasons = [
        Text(
            f"Zeitangaben als Text ({', '.join(formats) or 'Uhrzeit'}).",
            f"Times as text ({', '.join(formats) or 'clock'}).",
        )
    ]
    if len(formats) > 1:
        reasons.append(Text("Mehrere Schreibweisen in einer Spalte.", "Several notations in one column."))
    reasons += _missing_reason(missing)
    reasons += _bad_reason(bad, sum(rest[t] for t in bad))
    return _with(
        column, *reasons, type=kind, formats=formats or _DAYS, missing=missing, unreadable=sum(rest[t] for t in bad)
    )


def _missing_reason(missing: Sequence[str]) -> list[Text]:
    if not missing:
        return []
    listed = ", ".join(f"„{m}“" for m in missing)
    return [Text(f"{listed} heißt wohl „kein Wert“.", f"{listed} probably means “no value”.")]


def _bad_reason(bad: Sequence[str], count: int) -> list[Text]:
    if not bad:
        return []
    listed = ", ".join(f"„{b[:30]}“" for b in bad[:3])
    return [
        Text(
            f"{count} Werte passen nicht dazu und blieben leer: {listed}.",
            f"{count} values do not fit and would stay empty: {listed}.",
        )
    ]


def _numbers(column: Column, texts: Mapping[str, int], others: int, kinds: set[type]) -> Column | None:
    if kinds - {str, float, int}:
        return None
    missing, rest = _split_marks(texts, MARKS)
    if not rest:
        if not others and not unit_of(column.heading):
            return None
        return _with(
            column, *_missing_reason(missing), type=_whole(kinds), missing=missing, unit=unit_of(column.heading)
        )
    if any(len(t) > 1 and t[0] == "0" and t.isdigit() for t in rest):
        return _with(column, Text("Führende Nullen: ein Schlüssel, keine Zahl.", "Leading zeros: a key, no number."))
    shapes = {t: m for t in rest if (m := _SHAPE.match(t))}
    numeric = sum(rest[t] for t in shapes) + others
    if numeric < 0.8 * (sum(rest.values()) + others):
        return None
    words, units = _affixes(shapes, rest)
    if words is None:
        return None
    if len(units) > 1:
        listed = ", ".join(sorted(units))
        return _with(
            column, Text(f"Verschiedene Einheiten ({listed}): bleibt Text.", f"Different units ({listed}): stays text.")
        )
    decimal, thousands, why = _notation([m["number"] for m in shapes.values()])
    trial = msgspec.structs.replace(column, decimal=decimal, thousands=thousands, loose=words)
    read = {t: values.number(values.bare(t, words), decimal, thousands) for t in rest}
    bad = [t for t in rest if read[t] is None]
    count = sum(rest[t] for t in bad)
    if count > 0.2 * (sum(rest.values()) + others):
        return None
    reasons = [*why, *_missing_reason(missing)]
    unit = next(iter(units.values()), "") or unit_of(column.heading)
    if units:
        reasons.append(
            Text(
                f"Die Einheit {unit} steht bei den Werten und wird abgetrennt.",
                f"The unit {unit} stands at the values and is taken off.",
            )
        )
    about = [w for w in words if w in values.LOOSE]
    if about:
        shown_words = ", ".join(f"„{w}“" for w in about)
        reasons.append(
            Text(
                f"{shown_words} vor Zahlen: die Ungenauigkeit geht verloren.",
                f"{shown_words} before numbers: the vagueness gets lost.",
            )
        )
    words_between = tuple(bad) if len(bad) <= _MOST_WORDS and not any(c.isdigit() for b in bad for c in b) else ()
    if words_between:
        missing, count = (*missing, *words_between), 0
    else:
        reasons += _bad_reason(bad, count)
    whole = all(v is None or isinstance(v, int) for v in read.values()) and _whole(kinds) is Type.INTEGER
    return _with(
        trial, *reasons, type=Type.INTEGER if whole else Type.NUMBER, missing=missing, unit=unit, unreadable=count,
        words=words_between,
    )  # fmt: skip


def _whole(kinds: set[type]) -> Type:
    return Type.NUMBER if float in kinds else Type.INTEGER


def _affixes(
    shapes: Mapping[str, re.Match[str]], rest: Mapping[str, int]
) -> tuple[tuple[str, ...] | None, dict[str, str]]:
    """Return the words around numbers to take off and the units among them; None if they say something else."""
    found: dict[str, None] = {}
    units: dict[str, str] = {}
    total, strange = sum(rest.values()), 0
    for text, shape in shapes.items():
        for part in (shape["before"], shape["after"]):
            word = part.strip()
            word = re.sub(r"\s?\*+\Z", "", word)
            if not word or re.fullmatch(r"[¹²³⁴⁵]", word):
                continue
            low = word.lower()
            if low in values.LOOSE or low in UNITS:
                found.setdefault(word)
            elif low.rstrip(".") in {"euro", "eur", "stück", "stk", "st"}:
                found.setdefault(word)
                low = "euro" if low[0] == "e" else ""
            else:
                strange += rest[text]
                if strange > 0.05 * total or len(shapes) < 20:
                    return None, {}
            if low in UNITS:
                units[UNITS[low]] = UNITS[low]
    return tuple(sorted(found, key=len, reverse=True)), units


def _notation(numbers: Sequence[str]) -> tuple[str, str, list[Text]]:
    """Tell decimal mark and thousands separator from all numbers of a column."""
    comma = [n for n in numbers if "," in n]
    point = [n for n in numbers if "." in n]
    spaced = any(c in n for n in numbers for c in " '\u202f\u2009")
    group = " " if spaced else ""
    if comma and any(n.rfind(".") > n.rfind(",") for n in comma if "." in n):
        return ".", ",", [Text("Dezimalpunkt, Tausenderkomma.", "Decimal point, thousands comma.")]
    if comma:
        dotted = any("." in n for n in numbers)
        why = Text("Dezimalkomma" + (" und Tausenderpunkt." if dotted else "."), "Decimal comma.")
        return ",", "." if dotted else group, [why]
    if point and all(re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+-?", n) for n in point):
        sure = any(n.count(".") > 1 for n in point)
        why = Text("Punkte trennen Tausender.", "Points separate thousands.")
        if not sure:
            why = Text(
                "Punkte vor je drei Ziffern: als Tausenderpunkte gelesen; bitte prüfen.",
                "Points before three digits each: read as thousands separators; please check.",
            )
        return ",", ".", [why]
    return ".", group, []


def _texts(column: Column, texts: Mapping[str, int]) -> Column:
    reasons: list[Text] = []
    missing, _ = _split_marks(texts, TEXT_MARKS)
    reasons += _missing_reason(missing)
    joined = "\n".join(texts)
    broken = (
        [t for t in texts if "Ã" in t or "Â" in t or "â€" in t] if any(m in joined for m in ("Ã", "Â", "â€")) else []
    )
    repaired = [t for t in broken if values.mended(t) != t]
    if repaired:
        count = sum(texts[t] for t in repaired)
        one = repaired[0][:40]
        reasons.append(
            Text(
                f"{count} Werte mit zerstörten Umlauten, sicher zu heilen: „{one}“ wird „{values.mended(one)}“.",
                f"{count} values with broken umlauts that can be mended for certain: “{one}” becomes “{values.mended(one)}”.",
            )
        )
    if ("?" in joined or "\ufffd" in joined) and re.search(_LOST, joined):
        lost = sum(n for t, n in texts.items() if re.search(_LOST, t))
        reasons.append(
            Text(
                f"{lost} Werte haben wohl Umlaute verloren (� oder ? im Wort): das lässt sich nicht heilen.",
                f"{lost} values seem to have lost umlauts (� or ? inside a word): that cannot be mended.",
            )
        )
    return _with(column, *reasons, missing=missing, meaning=Meaning.NONE)
