# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Guessing from a table's first rows what its columns hold. Pure functions on text; every guess comes with its
reason.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allmende.engine.mapping.fields import Field, Type
from allmende.engine.mapping.spacesteps import Point
from allmende.engine.mapping.steps import AnyStep, Status, Unpivot
from allmende.engine.mapping.timesteps import LocalTime
from allmende.engine.wide import guess_wide
from allmende.kernel.text import Text

#: Marks that commonly stand for "no value".
MISSING = (
    "-", "--", "---", ".", "..", "…", "?", "k.A.", "k. A.", "k.a.", "keine Angabe", "n/a", "N/A", "NA", "NULL", "null",
    "None", "NaN", "nan", "#NV", "#N/A", "-999", "-9999", "*",
)  # fmt: skip

_INTEGER = re.compile(r"[+-]?\d{1,18}\Z")
_POINT = re.compile(r"[+-]?\d+\.\d+([eE][+-]?\d+)?\Z")
_COMMA = re.compile(r"[+-]?\d+,\d+\Z")
_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?\Z")
_TIMES = (
    ("%Y-%m-%d", Type.DATE),
    ("%d.%m.%Y", Type.DATE),
    ("%d.%m.%y", Type.DATE),
    ("%Y/%m/%d", Type.DATE),
    ("%d/%m/%Y", Type.DATE),
    ("%Y%m%d", Type.DATE),
    ("%Y-%m-%d %H:%M", Type.TIMESTAMP),
    ("%Y-%m-%d %H:%M:%S", Type.TIMESTAMP),
    ("%Y-%m-%dT%H:%M", Type.TIMESTAMP),
    ("%Y-%m-%dT%H:%M:%S", Type.TIMESTAMP),
    ("%d.%m.%Y %H:%M", Type.TIMESTAMP),
    ("%d.%m.%Y %H:%M:%S", Type.TIMESTAMP),
    ("%H:%M", Type.TIME),
    ("%H:%M:%S", Type.TIME),
)
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)\Z")
_YES_NO = frozenset({"ja", "nein", "j", "n", "true", "false", "wahr", "falsch", "yes", "no", "y"})
UNITS = {
    "µg/m³": "ug/m3",
    "μg/m³": "ug/m3",
    "mg/m³": "mg/m3",
    "°c": "Cel",
    "%": "%",
    "m": "m",
    "cm": "cm",
    "km": "km",
    "m²": "m2",
    "qm": "m2",
    "ha": "har",
    "km²": "km2",
    "m³": "m3",
    "kwh": "kW.h",
    "mwh": "MW.h",
    "kw": "kW",
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "l": "L",
    "kg": "kg",
    "t": "t",
    "mm": "mm",
    "hpa": "hPa",
    "km/h": "km/h",
    "m/s": "m/s",
    "db": "dB",
    "db(a)": "dB[A]",
}
_UNIT = re.compile(r"(?:\bin\s+|[\[(])\s*([^\s\[\]()]{1,12})\s*[\])]?\s*$", re.IGNORECASE)
_LATITUDE = re.compile(r"(?i)^(lat|latitude|breite|breitengrad|geo_?lat|y_?wgs84?)$")
_LONGITUDE = re.compile(r"(?i)^(lon|lng|long|longitude|l(ae|ä)nge|l(ae|ä)ngengrad|geo_?lon|x_?wgs84?)$")
_EAST = re.compile(r"(?i)^(x|x_?(koord|koordinate|utm)|rechtswert|rechts|ost|ostwert|easting|e)$")
_NORTH = re.compile(r"(?i)^(y|y_?(koord|koordinate|utm)|hochwert|hoch|nord|nordwert|northing|n)$")
_KEY = re.compile(r"(?i)\b(plz|postleitzahl|ags|schl(ue|ü)ssel|telefon|iban|hausnummer|house_number)\b")
_GERMANY = (5.5, 47.0, 15.5, 55.5)  # west, south, east, north


@dataclass
class Guess:
    """What a column seems to hold."""

    field: Field
    reasons: list[Text] = dataclasses.field(default_factory=list)
    words: tuple[str, ...] = ()  # words that stand among numbers
    empty: bool = False
    hour_24: bool = False


def slug(header: str, taken: set[str]) -> str:
    """Return a field name made from a header, different from those in ``taken``, to which it is added."""
    low = header.lower()
    for old, new in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("₂", "2"), ("₃", "3"), ("₁₀", "10")):
        low = low.replace(old, new)
    base = re.sub(r"[^a-z0-9]+", "_", low).strip("_")[:50] or "spalte"
    base = base if base[0].isalpha() else f"s_{base}"
    made, number = base, 2
    while made in taken:
        made, number = f"{base}_{number}", number + 1
    taken.add(made)
    return made


def guess_column(header: str, name: str, values: Sequence[str]) -> Guess:
    """Return what a column of text seems to hold."""
    there = [v.strip() for v in values if v.strip()]
    quoted = bool(there) and all(len(v) > 1 and v[0] == v[-1] == "'" for v in there)
    strip = "'" if quoted else ""
    there = [v.strip("'") for v in there] if quoted else there
    marks = tuple(m for m in MISSING if m in there)
    rest = [v for v in there if v not in marks]
    guess = _typed(header, name, rest)
    if quoted:
        guess.field = _with(guess.field, strip=strip)
        guess.reasons.append(
            Text("Die Werte stehen noch einmal in einfachen Anführungszeichen.", "Values are quoted twice.")
        )
    if marks and guess.field.type is not Type.TEXT:
        guess.field = _with(guess.field, missing=marks)
        shown = ", ".join(f"„{m}“" for m in marks)
        guess.reasons.append(Text(f"{shown} heißt wohl „kein Wert“.", f"{shown} probably means “no value”."))
    unit = unit_of(header)
    if unit and guess.field.type in {Type.INTEGER, Type.NUMBER}:
        guess.field = _with(guess.field, unit=unit)
        guess.reasons.append(
            Text(f"Die Einheit {unit} steht in der Kopfzeile.", f"The unit {unit} stands in the header.")
        )
    return guess


def _with(old: Field, **changes: object) -> Field:
    values = {name: getattr(old, name) for name in old.__struct_fields__}
    return Field(**{**values, **changes})


def _typed(header: str, name: str, rest: list[str]) -> Guess:
    source = "" if header == name else header
    if not rest:
        return Guess(
            Field(name=name, source=source), [Text("Die Spalte ist leer.", "The column is empty.")], empty=True
        )
    if all(_ZONED.match(v) for v in rest):
        return Guess(
            Field(name=name, source=source, type=Type.INSTANT), [Text("Zeitpunkte mit Zone.", "Moments with zone.")]
        )
    numbers = [v for v in rest if _INTEGER.match(v) or _POINT.match(v) or _COMMA.match(v) or _GROUPED.match(v)]
    words = Counter(v for v in rest if v not in set(numbers))
    timed = _time(header, name, source, rest)
    if timed is not None:
        return timed
    key = bool(_KEY.search(header)) or any(not w.replace(" ", "").isalpha() for w in words)
    leading_zero = any(len(v) > 1 and v[0] == "0" and v.isdigit() for v in rest)
    if leading_zero or key or len(numbers) < 0.8 * len(rest) or len(words) > 6:
        if not leading_zero and {v.lower() for v in rest} <= _YES_NO and len(set(rest)) <= 4:
            return Guess(Field(name=name, source=source, type=Type.BOOLEAN), [Text("Ja oder nein.", "Yes or no.")])
        reasons = (
            [Text("Führende Nullen: ein Schlüssel, keine Zahl.", "Leading zeros: a key, no number.")]
            if leading_zero
            else []
        )
        return Guess(Field(name=name, source=source), reasons)
    guess = _number(name, source, numbers)
    if sum(words.values()) > 2:
        shown = ", ".join(f"„{w}“ ({c}-mal)" for w, c in words.most_common())
        guess.words = tuple(words)
        guess.reasons.append(Text(f"Zwischen Zahlen stehen Wörter: {shown}.", f"Words stand among numbers: {shown}."))
    return guess


def _number(name: str, source: str, numbers: list[str]) -> Guess:
    comma = any("," in v for v in numbers)
    grouped = any(_GROUPED.match(v) for v in numbers)
    point = any(_POINT.match(v) and not _GROUPED.match(v) for v in numbers)
    if (comma or grouped) and not point:
        made = Field(
            name=name,
            source=source,
            type=Type.NUMBER if comma else Type.INTEGER,
            decimal=",",
            thousands="." if grouped else "",
        )
        return Guess(made, [Text("Dezimalkomma" + (" und Tausenderpunkt." if grouped else "."), "Decimal comma.")])
    kind = Type.NUMBER if point or comma else Type.INTEGER
    return Guess(Field(name=name, source=source, type=kind))


def _time(header: str, name: str, source: str, rest: list[str]) -> Guess | None:
    late = any("24:00" in v for v in rest)
    plain = [v.replace("24:00", "00:00") for v in rest]
    for written, kind in _TIMES:
        if written == "%Y%m%d" and not re.search(r"(?i)dat|tag|day", header):
            continue
        if all(_reads(v, written) for v in plain):
            made = Field(name=name, source=source, type=kind, formats=(written,))
            shown = datetime(2026, 12, 31, 23, 59).strftime(written)  # noqa: DTZ001 (an example)
            return Guess(made, [Text(f"Zeitangaben wie {shown}.", f"Times like {shown}.")], hour_24=late)
    return None


def _reads(value: str, written: str) -> bool:
    try:
        datetime.strptime(value, written)  # noqa: DTZ007 (only whether it reads)
    except ValueError:
        return False
    return True


def unit_of(header: str) -> str:
    """Return the unit a heading ends with ("Fläche in ha", "PM10 [µg/m³]") as UCUM, "" if none is known."""
    found = _UNIT.search(header)
    return UNITS.get(found.group(1).lower(), "") if found else ""


def guess_steps(
    guesses: Sequence[Guess], values: dict[str, Sequence[str]]
) -> tuple[list[AnyStep], list[Guess], list[Text]]:
    """Return steps that the columns seem to need, the columns as they are then, and why.

    ``values`` are the columns' texts by header. Times without zone become moments, pairs of coordinates points, words
    among
    numbers a status. Columns that are years, months, weekdays, age groups or sites become rows first of all.
    """
    steps: list[AnyStep] = []
    reasons: list[Text] = []
    guesses = _melted(guesses, steps, reasons)
    fields = list(guesses)
    clock = next((g for g in guesses if g.field.type is Type.TIMESTAMP), None)
    if clock is not None:
        steps.append(_clock_step(clock, reasons))
        extra = [Guess(Field(name=n, type=t)) for n, t in (("zeitpunkt", Type.INSTANT), ("tag", Type.DATE))]
        taken = {g.field.name for g in guesses}
        fields = [g for g in fields if g is not clock] + [e for e in extra if e.field.name not in taken]
    for guess in guesses:
        if guess.words:
            to = f"{guess.field.name}_status"
            column = guess.field.source or guess.field.name
            steps.append(Status(column=column, to=to, marks={w: w for w in guess.words}))
            fields.append(Guess(Field(name=to)))
    alike = sum(g.field.type in {Type.INTEGER, Type.NUMBER} for g in guesses)
    if clock is not None and alike > 4 and not any(isinstance(step, Unpivot) for step in steps):
        reasons.append(
            Text(
                f"{alike} Zahlenspalten neben einer Zeit: vielleicht gehören sie untereinander.",
                f"{alike} columns of numbers beside a time: perhaps they belong below each other.",
            )
        )
    point = _point_step(guesses, values, reasons)
    if point is not None:
        steps.append(point)
        fields.append(Guess(Field(name="geometrie", type=Type.GEOMETRY)))
    return steps, fields, reasons


def _melted(guesses: Sequence[Guess], steps: list[AnyStep], reasons: list[Text]) -> list[Guess]:
    """Return the columns after those that belong below each other were put so; their words are the value's then."""
    empty = frozenset(g.field.source or g.field.name for g in guesses if g.empty)
    wide = guess_wide([g.field for g in guesses], empty=empty)
    if wide is None:
        return list(guesses)
    steps.append(wide.step)
    reasons.append(wide.reason)
    gone = [g for g in guesses if (g.field.source or g.field.name) in wide.step.labels]
    label, value = wide.fields
    words = tuple(dict.fromkeys(word for g in gone for word in g.words))
    return [*(g for g in guesses if g not in gone), Guess(label), Guess(value, words=words)]


def _clock_step(clock: Guess, reasons: list[Text]) -> LocalTime:
    reasons.append(
        Text(
            "Zeiten ohne Zone: als Ortszeit Europe/Berlin gedeutet, doppelte Stunde im Oktober nach der Reihenfolge.",
            "Times without zone: taken as local time Europe/Berlin, the doubled hour in October by order.",
        )
    )
    if clock.hour_24:
        reasons.append(
            Text(
                "24:00 kommt vor: die Zeit nennt wohl das Ende des Zeitraums. Bitte prüfen (angenommen: eine Stunde).",
                "24:00 occurs: the time probably names the end of the interval. Please check (assumed: one hour).",
            )
        )
    return LocalTime(
        columns=(clock.field.source or clock.field.name,),
        zone="Europe/Berlin",
        formats=clock.field.formats,
        strip=clock.field.strip,
        names="end" if clock.hour_24 else "begin",
        length=3600 if clock.hour_24 else 0,
        midnight_24=clock.hour_24,
        to="zeitpunkt",
        local="ortszeit",
        date="tag",
    )


def _point_step(guesses: Sequence[Guess], values: dict[str, Sequence[str]], reasons: list[Text]) -> Point | None:
    headers = {g.field.source or g.field.name: g for g in guesses}
    y = next((h for h in headers if _LATITUDE.match(h)), "") or next((h for h in headers if _NORTH.match(h)), "")
    x = next((h for h in headers if _LONGITUDE.match(h)), "") or next((h for h in headers if _EAST.match(h)), "")
    if not x or not y:
        return None
    xs, ys = _numbers(values.get(x, ())), _numbers(values.get(y, ()))
    if not xs or not ys:
        return None
    comma = "," if "," in {headers[x].field.decimal, headers[y].field.decimal} else "."
    decimal: str = comma
    west, south, east, north = _GERMANY

    def lies(a: list[float], low: float, high: float) -> bool:
        return sum(low <= v <= high for v in a) >= 0.9 * len(a)

    options: dict[str, object] = {"x": x, "y": y, "decimal": decimal, "to": "geometrie"}
    if lies(xs, west, east) and lies(ys, south, north):
        return Point(**options)  # type: ignore[arg-type]
    if lies(ys, west, east) and lies(xs, south, north):
        reasons.append(
            Text(
                f"Die Spalten „{x}“ und „{y}“ sind wohl vertauscht: so lägen die Punkte nicht in Deutschland.",
                f"The columns “{x}” and “{y}” seem swapped: as headed, the points would not lie in Germany.",
            )
        )
        return Point(**options, swapped=True)  # type: ignore[arg-type]
    for crs, low, high in (
        ("EPSG:25832", 250_000, 950_000),
        ("EPSG:4647", 32_250_000, 32_950_000),
        ("EPSG:5650", 33_250_000, 33_950_000),
    ):
        for swapped, east_values, north_values in ((False, xs, ys), (True, ys, xs)):
            if lies(east_values, low, high) and lies(north_values, 5_200_000, 6_150_000):
                reasons.append(
                    Text(
                        f"Koordinaten in Metern: als {crs} (UTM) gedeutet; im Osten gilt oft EPSG:25833.",
                        f"Coordinates in metres: taken as {crs} (UTM); in the eastern Länder EPSG:25833 is common.",
                    )
                )
                return Point(**options, crs=crs, swapped=swapped)  # type: ignore[arg-type]
    reasons.append(
        Text(
            f"„{x}“ und „{y}“ sehen nach Koordinaten aus, liegen aber in keinem bekannten System in Deutschland.",
            f"“{x}” and “{y}” look like coordinates, but lie in Germany in no known system.",
        )
    )
    return None


def _numbers(values: Sequence[str]) -> list[float]:
    found = []
    for value in values:
        text = value.strip().replace(",", ".")
        if _INTEGER.match(text) or _POINT.match(text):
            found.append(float(text))
    return found
