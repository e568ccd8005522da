# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of the room: what a question is, and what an answer shows. Values only: no I/O, no Django."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from allmende.engine.plan import Field
from allmende.hub.envelope import Permission, Provenance
from allmende.kernel.text import Text
from allmende.webkit.classes import Classes, Method

#: So many districts a map shows at most, and so many rows an answer may have in all.
MOST_PLACES = 500
MOST_FILTERS = 4
MOST_VALUES = 100


class Function(StrEnum):
    """What is measured."""

    COUNT = "count"  # rows
    SUM = "sum"
    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    SHARE = "share"  # of the rows (or of the sum of a field) those that pass ``share``, in per cent


class Match(StrEnum):
    """How a row finds its place."""

    POINT = "point"  # its geometry lies in the area
    NAME = "name"  # a field holds the area's name
    NUMBER = "number"  # a field holds the area's number
    KEY = "key"  # the place is the field's value, as it is written
    ADDRESS = "address"  # the same, whatever way the street is written


class Check(StrEnum):
    """How a filter compares."""

    IS = "is"  # has one of the values, compared as text
    UNDER = "under"  # a number below the value
    FROM = "from"  # a number of the value or more


class Period(StrEnum):
    """Steps of time."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


class Comparison(StrEnum):
    """What a value is compared with."""

    NONE = "none"
    RATIO = "ratio"  # times ``per``, divided by the other part's value: per 1,000 inhabitants
    BESIDE = "beside"  # the other part's value stands beside it
    AREA = "area"  # per square kilometre
    AVERAGE = "average"  # so many per cent above or below the average of the areas


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a question, as it is stored."""


class Filter(_Value, frozen=True):
    """Only rows whose ``field`` passes the test."""

    field: str
    check: Check = Check.IS
    values: tuple[str, ...] = ()


class Part(_Value, frozen=True):
    """A data set (``town.name``) and what is measured in it."""

    dataset: str
    function: Function = Function.COUNT
    field: str = ""
    filters: tuple[Filter, ...] = ()
    share: Filter | None = None
    place: str = ""  # the field that says where
    match: Match | None = None
    time: str = ""  # the field that says when
    latest: bool = False  # only the latest time there is: for stocks counted at reference dates


class Areas(_Value, frozen=True):
    """The data set of the town's districts: which fields hold name, number and outline."""

    dataset: str
    name: str
    geometry: str
    number: str = ""


class Question(_Value, frozen=True):
    """A question without SQL. It names data sets and holds no data."""

    what: Part
    areas: Areas | None = None
    every: Period | None = None
    since: date | None = None
    until: date | None = None  # the last day counted
    by: str = ""  # a field of ``what``
    compared: Comparison = Comparison.NONE
    other: Part | None = None
    per: int = 1
    method: Method = Method.QUANTILES

    @property
    def datasets(self) -> tuple[str, ...]:
        """Return the names of the data sets it reads, each once."""
        named = [self.what.dataset]
        if self.areas is not None:
            named.append(self.areas.dataset)
        if self.other is not None:
            named.append(self.other.dataset)
        return tuple(dict.fromkeys(named))


class Visibility(StrEnum):
    """Who may open a saved question; what it shows them is decided by their own rights."""

    OWNER = "owner"
    UNIT = "unit"
    ADMINISTRATION = "administration"
    PUBLIC = "public"

    @property
    def label(self) -> Text:
        """Return the value's name."""
        return _VISIBILITIES[self]


_VISIBILITIES = {
    Visibility.OWNER: Text("nur ich", "only me"),
    Visibility.UNIT: Text("meine Stelle", "my unit"),
    Visibility.ADMINISTRATION: Text("die ganze Verwaltung", "the whole administration"),
    Visibility.PUBLIC: Text("alle", "everybody"),
}


class QuestionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A question as somebody wants to keep it."""

    question: Question
    title: str
    purpose: str = ""
    visibility: Visibility = Visibility.OWNER
    note: str = ""


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A saved question as its list and its page show it."""

    id: str
    tenant: str
    unit: str
    title: str
    note: str
    purpose: str
    visibility: Visibility
    question: Question
    mine: bool  # the reader owns it
    changeable: bool  # the reader may change and delete it
    changed_at: datetime


# --- an answer ------------------------------------------------------------------------------------------------------


class Reason(StrEnum):
    """Why a place shows no value."""

    SUPPRESSED = "suppressed"  # a count below the minimum group is part of it
    NO_DATA = "no_data"
    LIMITED = "limited"  # an obligation keeps rows away from the reader: what is absent cannot be told from zero
    NOT_MATCHED = "not_matched"  # rows stand under a name that is no area's
    NOTHING_TO_COMPARE = "nothing_to_compare"  # the other value is missing or zero


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An area (or an address, or a key) with its value, or the reason why it has none."""

    name: str
    number: str = ""
    value: float | None = None
    measured: float | None = None  # before it was compared
    other: float | None = None  # what it was compared with
    rows: int = 0
    level: int = 0  # the class the value is in, 1 …; 0: none
    reason: Reason | None = None
    why: Text | None = None
    geometry: dict[str, Any] | None = None  # GeoJSON, simplified to what a map can show


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the whole, by time or by dimension."""

    label: str
    value: float | None
    moment: date | None = None
    reason: Reason | None = None


class Unmatched(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a data set that found no place."""

    dataset: str
    count: int
    of: int
    names: tuple[str, ...] = ()


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A data set the reader may not read: why, what is missing, and whom to ask."""

    dataset: str
    title: Text
    rule: str
    reason: Text
    missing: Text
    ask: str


class ShownAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an answer says, for a page or a paper; made under the rights of one reader.

    Where ``refusals`` is not empty nothing was read, and there are no rows.
    """

    question: Question
    title: Text
    measure: Text
    unit: str
    areas_one: Text  # "Stadtteil", "district"
    areas_many: Text
    purpose: str
    sql: str
    asked_at: datetime
    columns: tuple[Text, ...] = ()
    fields: tuple[Field, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()  # of the table: places, or splits, or places by splits
    places: tuple[Place, ...] = ()
    splits: tuple[Split, ...] = ()
    total: float | None = None  # of all rows, whatever place they have
    average: float | None = None  # of the places that have a value
    classes: Classes | None = None
    sentences: tuple[Text, ...] = ()  # three
    notes: tuple[Text, ...] = ()  # what was not matched, what is incomplete
    unmatched: tuple[Unmatched, ...] = ()
    sources: tuple[Provenance, ...] = ()
    limits: tuple[Text, ...] = ()
    permission: Permission | None = None
    refusals: tuple[Refusal, ...] = ()


def read_question(value: object) -> Question:
    """Return a stored question. Raises ``msgspec.ValidationError``."""
    question: Question = msgspec.convert(value, Question)
    return question
