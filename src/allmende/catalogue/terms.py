# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of the room and the values its door hands out. No Django, no I/O."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from allmende.kernel.text import Text
from allmende.rights.terms import Class, Obligation, Secret, Visibility


class Mode(StrEnum):
    """Where the rows are when somebody asks: three equals."""

    DIRECT = "direct"
    NIGHTLY = "nightly"
    COPY = "copy"

    @property
    def label(self) -> Text:
        """Return the mode's name."""
        return _MODES[self]


_MODES = {
    Mode.DIRECT: Text("direkt aus der Quelle", "in place"),
    Mode.NIGHTLY: Text("nächtlicher Auszug", "nightly export"),
    Mode.COPY: Text("Kopie", "copied"),
}


class Anonymised(StrEnum):
    """Where references to persons were removed, if there were any (001 E7)."""

    NOT_APPLICABLE = "not_applicable"  # never about persons
    AT_COLLECTION = "at_collection"
    LATER = "later"  # counts as reversible: never safe by default
    NOT = "not"

    @property
    def label(self) -> Text:
        """Return the value's name."""
        return _ANONYMISED[self]


_ANONYMISED = {
    Anonymised.NOT_APPLICABLE: Text("kein Personenbezug", "no reference to persons"),
    Anonymised.AT_COLLECTION: Text("bei der Erhebung anonymisiert", "anonymised at collection"),
    Anonymised.LATER: Text("nachträglich anonymisiert", "anonymised later"),
    Anonymised.NOT: Text("nicht anonymisiert", "not anonymised"),
}

CLASS_TITLES = {
    Class.OPEN: Text("offen", "open"),
    Class.INTERNAL: Text("verwaltungsintern", "internal"),
    Class.RESTRICTED: Text("beschränkt", "restricted"),
    Class.PERSONAL: Text("personenbezogen", "personal"),
}
SECRET_TITLES = {
    Secret.SOCIAL: Text("Sozialgeheimnis", "social secrecy"),
    Secret.TAX: Text("Steuergeheimnis", "tax secrecy"),
    Secret.STATISTICAL: Text("Statistikgeheimnis", "statistical secrecy"),
}
VISIBILITY_TITLES = {
    Visibility.PUBLIC: Text("alle", "everybody"),
    Visibility.ADMINISTRATION: Text("die ganze Verwaltung", "the whole administration"),
    Visibility.UNITS: Text("benannte Stellen", "named units"),
}

#: Shown wherever a data set anonymised after its collection is shown.
LATE_WARNING = Text(
    "Diese Daten wurden erst nach der Erhebung anonymisiert. Das gilt als umkehrbar: Personen könnten mit anderem "
    "Wissen wieder erkannt werden.",
    "These data were anonymised only after they had been collected. That counts as reversible: with other knowledge "
    "persons might be recognised again.",
)

#: How closed a class is; a lower number is more open.
CLOSEDNESS = {Class.OPEN: 0, Class.INTERNAL: 1, Class.RESTRICTED: 2, Class.PERSONAL: 3}


class FieldDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A field (column) of a data set. ``type`` is the engine's name, ``unit`` a UCUM code or word."""

    name: str
    type: str = "text"
    unit: str = ""
    title: Text = Text("", "")
    meaning: Text = Text("", "")
    personal: bool = False


class BoundingBox(msgspec.Struct, frozen=True):
    """Spatial coverage in WGS 84 degrees (RFC 7946, section 5)."""

    west: float
    south: float
    east: float
    north: float


class DatasetDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue entry as somebody writes it. ``tenant`` and ``slug`` name it for ever: ``tenant.slug`` in SQL."""

    tenant: str
    slug: str
    title: Text
    unit: str
    description: Text = Text("", "")
    owner: str = ""  # id of a person
    contact: str = ""  # where to ask, in words
    cls: Class = Class.INTERNAL
    secrets: frozenset[Secret] = frozenset()
    visibility: Visibility = Visibility.ADMINISTRATION
    visible_to: frozenset[str] = frozenset()  # unit ids
    legal_basis: str = ""
    purposes: frozenset[str] = frozenset()
    licence: str = ""  # id of the licence list
    attribution: str = ""
    rhythm: str = "UNKNOWN"  # code of the EU vocabulary "frequency"
    rhythm_promised: bool = False  # else "voraussichtlich": a promise creates liability (001, 6.10)
    limits: Text = Text("", "")
    source: Text = Text("", "")
    source_system: str = ""  # id in the hub, no foreign key: it lies above
    bbox: BoundingBox | None = None
    place: str = ""
    covers_from: date | None = None
    covers_until: date | None = None
    mode: Mode = Mode.DIRECT
    as_of: datetime | None = None
    anonymised: Anonymised = Anonymised.NOT_APPLICABLE
    obligations: tuple[Obligation, ...] = ()
    fields: tuple[FieldDraft, ...] = ()


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """The decision that made a data set open data."""

    at: datetime
    unit: str  # unit of who decided
    reason: str
    warned: bool  # anonymised later, released all the same with the warning read


class DatasetView(msgspec.Struct, frozen=True, kw_only=True):
    """A data set as its page shows it."""

    id: str
    uri: str
    tenant: str
    slug: str
    title: Text
    description: Text
    unit: str
    unit_name: Text
    owner: str
    owner_name: str
    contact: str
    cls: Class
    secrets: frozenset[Secret]
    visibility: Visibility
    visible_to: frozenset[str]
    legal_basis: str
    purposes: frozenset[str]
    licence: str
    attribution: str
    rhythm: str
    rhythm_promised: bool
    limits: Text
    source: Text
    source_system: str
    bbox: BoundingBox | None
    place: str
    covers_from: date | None
    covers_until: date | None
    mode: Mode
    as_of: datetime | None
    anonymised: Anonymised
    obligations: tuple[Obligation, ...]
    release: Release | None
    release_table: str
    release_table_for: Visibility
    shared_with: frozenset[str]
    version: int
    created_at: datetime
    changed_at: datetime
    fields: tuple[FieldDraft, ...] = ()

    @property
    def name(self) -> str:
        """Return the data set's name in SQL."""
        return f"{self.tenant}.{self.slug}"

    @property
    def released(self) -> bool:
        """Return whether it is open data by decision."""
        return self.release is not None

    @property
    def warnings(self) -> tuple[Text, ...]:
        """Return what has to be said beside the data."""
        return (LATE_WARNING,) if self.anonymised is Anonymised.LATER else ()


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A data set as a list shows it."""

    id: str
    uri: str
    tenant: str
    slug: str
    title: Text
    description: Text
    unit: str
    unit_name: Text
    cls: Class
    mode: Mode
    as_of: datetime | None
    released: bool
    licence: str
    changed_at: datetime


class Bucket(msgspec.Struct, frozen=True):
    """One value of a facet and how many data sets have it."""

    value: str
    title: Text
    count: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a search. ``total`` and ``facets`` count only what the subject may know of."""

    hits: tuple[Hit, ...]
    total: int
    facets: dict[str, tuple[Bucket, ...]]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a search is narrowed to; empty means everything."""

    words: str = ""
    tenant: str = ""
    cls: frozenset[str] = frozenset()
    unit: frozenset[str] = frozenset()
    mode: frozenset[str] = frozenset()
    purpose: frozenset[str] = frozenset()
    licence: frozenset[str] = frozenset()
    offset: int = 0
    limit: int = 50


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One change of an entry: when, by which unit, which fields. Not by whom: staff are not watched."""

    number: int
    at: datetime
    unit: str
    verb: str
    changed: tuple[str, ...]
    reason: str
