# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Wide tables: telling that columns are one thing seen several times (years, months, sites), and turning them long."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from allmende.engine.mapping.fields import Field, Type
from allmende.engine.mapping.steps import Unpivot
from allmende.kernel.text import Text

_MONTH = (
    r"jan(?:uar|\.)?|feb(?:ruar|\.)?|m(?:ä|ae)rz|mrz\.?|apr(?:il|\.)?|mai|juni?\.?|juli?\.?|aug(?:ust|\.)?|"
    r"sept?(?:ember|\.)?|okt(?:ober|\.)?|nov(?:ember|\.)?|dez(?:ember|\.)?"
)
_DAY = (
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|"
    r"mo\.?|di\.?|mi\.?|do\.?|fr\.?|sa\.?|so\.?"
)
_AGE = (
    r"\d{1,3}\s*(?:-|–|bis)\s*(?:unter\s*)?\d{1,3}|unter\s*\d{1,3}|(?:ab|über|ueber)\s*\d{1,3}|\d{1,3}\s*\+|"
    r"\d{1,3}\s*(?:und|u\.)\s*(?:älter|aelter|ä\.|mehr)"
)
_SITE = r"(?:station|messstelle|messstation|messort|messpunkt|zählstelle|zaehlstelle|standort|sensor|pegel)"

#: The kinds of columns that are one thing seen several times: the German word for them, which is also the label
#: column's name, the English word, the pattern with what stands before and after, and from how many columns on.
_KINDS = (
    ("jahr", Text("Jahre", "years"), r"(?P<a>.*?)(?<!\d)(?P<label>(?:19|20)\d\d)(?!\d)(?P<z>.*)", 3),
    ("monat", Text("Monate", "months"), rf"(?P<a>.*?)\b(?P<label>(?:{_MONTH})(?:\s*'?\d\d(?:\d\d)?)?)(?!\w)(?P<z>.*)", 3),
    ("wochentag", Text("Wochentage", "weekdays"), rf"(?P<a>.*?)\b(?P<label>{_DAY})(?!\w)(?P<z>.*)", 5),
    (
        "altersgruppe",
        Text("Altersgruppen", "age groups"),
        rf"(?P<a>.*?)(?<!\d)(?P<label>{_AGE})(?!\d)(?P<z>(?:\s*jahren?)?.*)",
        3,
    ),
    ("messort", Text("Messorte", "measuring sites"), rf"(?P<a>{_SITE}[\s_.:-]*)(?P<label>\S.*)(?P<z>)", 2),
)  # fmt: skip
_READ = tuple((name, words, re.compile(pattern, re.IGNORECASE), least) for name, words, pattern, least in _KINDS)
_NUMERIC = frozenset({Type.INTEGER, Type.NUMBER, Type.DECIMAL})
_EDGES = frozenset(" \t_.:/(-")


class Wide(msgspec.Struct, frozen=True):
    """Columns that belong below each other: the step, the fields it makes, and why."""

    step: Unpivot
    fields: tuple[Field, Field]
    reason: Text


def guess_wide(columns: Sequence[Field], *, empty: frozenset[str] = frozenset()) -> Wide | None:
    """Return how the columns of numbers that are years, months, weekdays, age groups or sites become rows, else None.

    ``empty`` are columns of the source without any value: they may be among them. Two such groups side by side
    (cases and deaths by year) are no proposal: which belongs to which would be a guess too many.
    """
    groups: dict[tuple[str, str, str], list[Field]] = {}
    for field in columns:
        header = field.source or field.name
        if field.type not in _NUMERIC and header not in empty:
            continue
        for name, _words, pattern, _least in _READ:
            if found := pattern.fullmatch(header.strip()):
                groups.setdefault((name, found["a"].casefold(), found["z"].casefold()), []).append(field)
                break
    least = {name: number for name, _, _, number in _READ}
    large = [(key, group) for key, group in groups.items() if len(group) >= least[key[0]]]
    if len(large) != 1:
        return None
    (name, begin, _), group = large[0]
    names = {field.name for field in columns} - {field.name for field in group}
    label = _free(name, names)
    headers = [field.source or field.name for field in group]
    value = _free(_name(begin) if name != "messort" else "wert", names | {label})
    step = Unpivot(
        labels=labels_of(headers),
        label=label,
        value=value,
        keep=tuple(f.source or f.name for f in columns if f not in group),
    )
    plural = next(words for kind, words, _, _ in _READ if kind == name)
    told = [f for f in group if (f.source or f.name) not in empty]
    return Wide(
        step,
        (label_field(step), value_field(step, told)),
        Text(
            f"{len(group)} Spalten sind {plural.de} („{headers[0]}“ bis „{headers[-1]}“): Sie werden zu Zeilen.",
            f"{len(group)} columns are {plural.en} (“{headers[0]}” to “{headers[-1]}”): they become rows.",
        ),
    )


def labels_of(headers: Sequence[str]) -> dict[str, str]:
    """Return what each header says that the others do not, by header: “Einwohner 2019” among such is “2019”."""
    start = _shared(headers)
    end = _shared([header[start:][::-1] for header in headers])
    short = {header: header[start : len(header) - end].strip() for header in headers}
    return short if all(short.values()) else {header: header for header in headers}


def _shared(headers: Sequence[str]) -> int:
    """Return how much of their beginning may go: whole words, so that 2019 does not become 19, and no number."""
    if len(headers) < 2:
        return 0
    length = 0
    for signs in zip(*headers, strict=False):
        if len(set(signs)) > 1:
            break
        length += 1
    common = headers[0][:length]
    while common and common[-1] not in _EDGES:
        common = common[:-1]
    return 0 if any(sign.isdigit() for sign in common) else len(common)


def label_field(step: Unpivot) -> Field:
    """Return the field for the label column."""
    whole = all(re.fullmatch(r"[1-9]\d{0,8}", label) for label in step.labels.values())
    return Field(name=step.label, type=Type.INTEGER if whole else Type.TEXT)


def value_field(step: Unpivot, melted: Sequence[Field]) -> Field:
    """Return the field for the value column: read in the one way that reads all the columns that went into it."""
    types = {field.type for field in melted}
    mixed = Type.NUMBER if types and types <= _NUMERIC else Type.TEXT
    kind = next(iter(types)) if len(types) == 1 else mixed

    def shared(what: str, otherwise: str | tuple[str, ...]) -> str | tuple[str, ...]:
        found = {getattr(field, what) for field in melted}
        return found.pop() if len(found) == 1 else otherwise

    comma = next((field for field in melted if field.decimal == ","), None)
    thousands = next((field.thousands for field in melted if field.thousands), "")
    return Field(
        name=step.value,
        type=kind,
        unit=str(shared("unit", "")),
        personal=any(field.personal for field in melted),
        missing=tuple(dict.fromkeys(mark for field in melted for mark in field.missing)),
        strip=str(shared("strip", "")),
        decimal="," if comma else ".",
        thousands="" if thousands == ("," if comma else ".") else thousands,
        formats=tuple(shared("formats", ())) if kind in {Type.DATE, Type.TIME, Type.TIMESTAMP} else (),
    )


def _name(header: str) -> str:
    low = header.lower()
    for old, new in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        low = low.replace(old, new)
    name = re.sub(r"[^a-z0-9]+", "_", low).strip("_")[:50]
    return name if name and name[0].isalpha() else "wert"


def _free(name: str, taken: set[str]) -> str:
    made, number = name, 2
    while made in taken:
        made, number = f"{name}_{number}", number + 1
    return made
