# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the fields of a data set mean, read from their names, titles, types and units: districts, dates, amounts.

Guesses only ever make offers; what a question says is always explicit. No Django, no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from allmende.catalogue.terms import FieldDraft
from allmende.insight.terms import Areas, Match
from allmende.kernel.text import Text
from allmende.rights.terms import Decision


class Kind(StrEnum):
    """What a field's values are."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"  # local time without zone
    INSTANT = "instant"
    GEOMETRY = "geometry"
    OTHER = "other"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A data set as one reader would see it: what the registers say, not what is in it."""

    id: str
    name: str  # town.slug
    title: Text
    fields: tuple[FieldDraft, ...]  # without what an obligation hides
    protected: bool = False  # the reader gets the release table
    complete: bool = True  # no obligation keeps rows away
    decision: Decision | None = None

    def field(self, name: str) -> FieldDraft | None:
        """Return the field of that name."""
        return next((field for field in self.fields if field.name == name), None)


class Where(msgspec.Struct, frozen=True):
    """A way from a data set's rows to places."""

    match: Match
    field: str
    areas: Areas | None = None


_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "INT")
_DISTRICT = re.compile(r"stadtteil|stadtbezirk|ortsteil|stadtviertel|quartier|\bbezirk|_bezirk|district", re.IGNORECASE)
_AREAS = re.compile(r"stadtteil|stadtbezirk|ortsteil|stadtviertel|quartier|bezirke|district|gemarkung", re.IGNORECASE)
_NUMBER = re.compile(r"nummer|number|\bnr\b|_nr\b|schl(ü|ue)ssel|\bkey\b|kennziffer", re.IGNORECASE)
_NAME = re.compile(r"^name|\bname\b|bezeichnung", re.IGNORECASE)
_ADDRESS = re.compile(r"adresse|anschrift|address", re.IGNORECASE)
_STREET = re.compile(r"stra(ß|ss)e\b|street", re.IGNORECASE)
_PEOPLE = re.compile(r"einwohner|bev(ö|oe)lkerung|resident|inhabitant|population", re.IGNORECASE)
_STOCK = re.compile(r"stichtag|reference date|^stand$|as of", re.IGNORECASE)
_YEAR = frozenset({"jahr", "year", "berichtsjahr", "haushaltsjahr"})
_NAMES_OF_ROWS = frozenset(
    {
        "id",
        "nr",
        "nummer",
        "name",
        "titel",
        "bezeichnung",
        "kennung",
        "beschreibung",
        "schluessel",
        "adresse",
        "strasse",
    }
)


def kind(field: FieldDraft) -> Kind:
    """Return what a field's values are."""
    name = field.type.upper()
    if name.startswith("GEOMETRY"):
        return Kind.GEOMETRY
    if name.startswith("TIMESTAMP"):
        return Kind.INSTANT if "ZONE" in name or name.endswith("TZ") else Kind.MOMENT
    if name == "DATE":
        return Kind.DATE
    if name.startswith("BOOL"):
        return Kind.BOOLEAN
    if name.startswith(_WHOLE):
        return Kind.WHOLE
    if name.startswith(("FLOAT", "DOUBLE", "DECIMAL", "REAL", "NUMERIC")):
        return Kind.NUMBER
    return Kind.TEXT if name.startswith(("VARCHAR", "TEXT", "CHAR", "STRING")) else Kind.OTHER


def is_number(field: FieldDraft) -> bool:
    """Return whether one can calculate with the field."""
    return kind(field) in {Kind.WHOLE, Kind.NUMBER}


def is_time(field: FieldDraft) -> bool:
    """Return whether the field says when; a whole number called “jahr” is a year."""
    return kind(field) in {Kind.DATE, Kind.MOMENT, Kind.INSTANT} or is_year(field)


def is_year(field: FieldDraft) -> bool:
    """Return whether the field holds a year as a number."""
    return kind(field) is Kind.WHOLE and field.name.lower() in _YEAR


def is_stock(field: FieldDraft) -> bool:
    """Return whether the field is a reference date: amounts of several such dates must not be added."""
    return is_time(field) and any(map(_STOCK.search, (field.name, field.title.de, field.title.en)))


def is_amount(field: FieldDraft) -> bool:
    """Return whether the field counts things (unit 1): a row that is absent is a zero."""
    return kind(field) is Kind.WHOLE and field.unit == "1"


def label(field: FieldDraft) -> Text:
    """Return what a field is called."""
    return Text(field.title.de or field.name.replace("_", " "), field.title.en or field.title.de or field.name)


def dimensions(fields: Iterable[FieldDraft]) -> list[FieldDraft]:
    """Return the fields one can count by: words that are not the name of a row, and not a district."""
    return [
        field
        for field in fields
        if kind(field) in {Kind.TEXT, Kind.BOOLEAN}
        and field.name.lower() not in _NAMES_OF_ROWS
        and not field.name.lower().endswith(("_id", "_nr"))
        and not _district(field)
    ]


def _district(field: FieldDraft) -> bool:
    return bool(_DISTRICT.search(field.name) or _DISTRICT.search(field.title.de))


def areas_of(known: Known) -> Areas | None:
    """Return the data set as a set of districts, if it is one: its name says so, it has outlines and names."""
    slug = known.name.partition(".")[2]
    if not (_AREAS.search(slug) or _AREAS.search(known.title.de)):
        return None
    outline = next((f for f in known.fields if kind(f) is Kind.GEOMETRY), None)
    names = [f for f in known.fields if kind(f) is Kind.TEXT and (_NAME.search(f.name) or _NAME.search(f.title.de))]
    if outline is None or not names:
        return None
    rest = [f for f in known.fields if f is not names[0] and kind(f) in {Kind.TEXT, Kind.WHOLE}]
    number = next((f for f in rest if _NUMBER.search(f.name) or _NUMBER.search(f.title.de)), None)
    return Areas(
        dataset=known.name, name=names[0].name, geometry=outline.name, number=number.name if number is not None else ""
    )


def is_around(slug: str, title: Text) -> bool:
    """Return whether a data set may be the town's districts or count its people, by its name alone."""
    return any(word.search(text) for word in (_AREAS, _PEOPLE) for text in (slug, title.de))


def ways(known: Known, areas: Sequence[Areas]) -> list[Where]:
    """Return how the rows of a data set can be brought to places: the surest way first."""
    found: list[Where] = []
    own = [one for one in areas if one.dataset != known.name]
    for one in own:
        for field in known.fields:
            if not _district(field) or kind(field) not in {Kind.TEXT, Kind.WHOLE}:
                continue
            numbered = kind(field) is Kind.WHOLE or any(map(_NUMBER.search, (field.name, field.title.de)))
            if numbered and one.number:
                found.append(Where(Match.NUMBER, field.name, one))
            elif not numbered:
                found.append(Where(Match.NAME, field.name, one))
        found += [Where(Match.POINT, f.name, one) for f in known.fields if kind(f) is Kind.GEOMETRY]
    for field in known.fields:
        if kind(field) is Kind.TEXT:
            if _ADDRESS.search(field.name) or _STREET.search(field.name) or _STREET.search(field.title.de):
                found.append(Where(Match.ADDRESS, field.name))
            found.append(Where(Match.KEY, field.name))
        elif kind(field) is Kind.WHOLE:
            found.append(Where(Match.KEY, field.name))
    return found


def people(known: Iterable[Known]) -> tuple[Known, FieldDraft] | None:
    """Return the data set that counts the town's people, and the field that does."""
    for one in known:
        if _PEOPLE.search(one.title.de) or _PEOPLE.search(one.name):
            for field in one.fields:
                if is_amount(field):
                    return one, field
    return None


_AREA_WORDS = (
    ("stadtteil", Text("Stadtteil", "district"), Text("Stadtteile", "districts")),
    ("stadtbezirk", Text("Stadtbezirk", "city district"), Text("Stadtbezirke", "city districts")),
    ("statistische", Text("Bezirk", "statistical district"), Text("Bezirke", "statistical districts")),
    ("ortsteil", Text("Ortsteil", "district"), Text("Ortsteile", "districts")),
    ("gemarkung", Text("Gebiet", "cadastral district"), Text("Gebiete", "cadastral districts")),
)


def area_words(areas: Areas | None) -> tuple[Text, Text]:
    """Return what one area and several are called. All German words here are masculine or neuter."""
    slug = areas.dataset.partition(".")[2].lower() if areas is not None else ""
    for begin, one, many in _AREA_WORDS:
        if begin in slug:
            return one, many
    return Text("Gebiet", "area"), Text("Gebiete", "areas")
