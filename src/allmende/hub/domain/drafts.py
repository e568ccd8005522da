# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From a connection file to the values other rooms' verbs take, and back."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date

import msgspec
import tomli_w

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import DatasetDraft, FieldDraft, Mode
from allmende.engine import connection as file
from allmende.hub.terms import Reading
from allmende.kernel.clock import now
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.rights.terms import Class, Secret, Visibility

_NOTHING = Text("", "")


def dataset_draft(dataset: file.Dataset, *, tenant: str, source: str, units: Mapping[str, str]) -> DatasetDraft:
    """Return the catalogue's draft of a data set. ``units`` are the town's by slug, ``source`` the system's id."""
    entry = dataset.catalogue
    mode = Mode(entry.mode)
    return DatasetDraft(
        tenant=tenant,
        slug=dataset.slug,
        title=entry.title,
        unit=unit_id(units, entry.unit),
        description=entry.description,
        contact=entry.ask,
        cls=Class(entry.cls),
        secrets=frozenset(map(Secret, entry.secrets)),
        visibility=Visibility(entry.visibility),
        visible_to=frozenset(unit_id(units, slug) for slug in entry.visible_to),
        legal_basis=entry.legal_basis,
        purposes=frozenset(entry.purposes),
        licence=licence_id(entry.licence),
        attribution=entry.attribution,
        rhythm=entry.rhythm or "UNKNOWN",
        limits=entry.limits or _NOTHING,
        source=entry.source or _NOTHING,
        source_system=source,
        place=entry.coverage.place,
        covers_from=_day(entry.coverage.start, last=False),
        covers_until=_day(entry.coverage.end, last=True),
        mode=mode,
        as_of=now() if mode is Mode.COPY else None,
        fields=field_drafts(reading_of(dataset)),
    )


def field_drafts(reading: Reading) -> tuple[FieldDraft, ...]:
    """Return the catalogue's fields of what a mapping gives."""
    return tuple(
        FieldDraft(
            name=field.name,
            type=field.type.sql,
            unit=field.unit,
            title=field.title or _NOTHING,
            meaning=field.description or _NOTHING,
            personal=field.personal,
        )
        for field in reading.mapping.fields
    )


def reading_of(dataset: file.Dataset) -> Reading:
    """Return how the data set's rows are read."""
    return Reading(mapping=dataset.mapping, fetch=dataset.fetch)


def reading_text(reading: Reading) -> str:
    """Return the TOML text of a reading."""
    return tomli_w.dumps(_filled(msgspec.to_builtins(reading, str_keys=True)), multiline_strings=True)


def unit_id(units: Mapping[str, str], slug: str) -> str:
    """Return the id of the town's unit of that slug; raises Invalid if there is none."""
    if slug not in units:
        raise Invalid(
            Text(f"Die Stelle „{slug}“ gibt es in dieser Kommune nicht.", f"There is no unit “{slug}” in this town."),
            field="unit",
            unit=slug,
        )
    return units[slug]


def licence_id(given: str) -> str:
    """Return the id in the licence list of a licence given by id, URI or address of its wording."""
    if not given:
        return ""
    for licence in catalogue.licences().values():
        if given in {licence.id, licence.uri, licence.text}:
            return licence.id
    raise Invalid(
        Text(f"Die Lizenz „{given}“ steht nicht auf der Liste.", f"The licence “{given}” is not on the list."),
        field="licence",
    )


def _day(given: str | None, *, last: bool) -> date | None:
    """Return the first or last day of a year, month or day."""
    if given is None:
        return None
    year, month, day = (*map(int, given.split("-")), 0, 0)[:3]
    month = month or (12 if last else 1)
    return date(year, month, day or (calendar.monthrange(year, month)[1] if last else 1))


def _filled(value: object) -> dict[str, object]:
    """Leave out what is null: TOML has no such value."""

    def clean(part: object) -> object:
        if isinstance(part, dict):
            return {key: clean(inner) for key, inner in part.items() if inner is not None}
        if isinstance(part, list | tuple):
            return [clean(inner) for inner in part]
        return part

    cleaned = clean(value)
    if not isinstance(cleaned, dict):
        raise TypeError("a reading is a table")
    return cleaned
