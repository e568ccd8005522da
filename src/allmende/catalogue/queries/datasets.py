# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads on data sets: what the subject may not know of is absent from every one of them.

Each read first asks the decision point which data sets the subject may know of and then reads only those, so that a
data set that is hidden and one that does not exist are answered by the same statement with the same result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from allmende.catalogue import rows
from allmende.catalogue.models import Dataset
from allmende.catalogue.terms import (
    CLASS_TITLES,
    Bucket,
    DatasetDraft,
    DatasetView,
    Filters,
    Found,
    Hit,
    Mode,
    Version,
)
from allmende.catalogue.vocabulary import licences
from allmende.catalogue.words import fold, parts, stems
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import Class, Subject

#: The one answer for what does not exist and for what one may not know of.
NO_SUCH = Text("Einen solchen Datensatz gibt es hier nicht.", "There is no such data set here.")


def dataset(subject: Subject, tenant: str, slug: str) -> DatasetView:
    """Return a data set with its fields by its name; raises NotFound, alike for hidden and absent ones."""
    row = _readable(subject).filter(tenant_id=tenant, slug=slug).select_related("unit", "owner").first()
    return _view(row)


def datasets(subject: Subject, names: Iterable[str]) -> dict[str, DatasetView]:
    """Return the data sets of these names (``tenant.slug``) that the subject may know of, with their fields, by name.

    Hidden and absent ones are left out alike. Two queries, however many there are.
    """
    registers, known = rights.snapshot(), rights.known(subject)
    keys = [(tenant, slug) for tenant, _, slug in (name.partition(".") for name in names)]
    wanted = {registers.names[key] for key in keys if registers.names.get(key) in known}
    rows_ = (
        Dataset.objects.filter(id__in=wanted, retired_at=None)
        .select_related("unit", "owner")
        .prefetch_related("fields")
    )
    return {(found := _view(row)).name: found for row in rows_}


def dataset_by_id(subject: Subject, id_: str) -> DatasetView:
    """Return a data set with its fields by its id; raises NotFound, alike for hidden and absent ones."""
    wanted = rights.known(subject) & {id_}
    row = Dataset.objects.filter(id__in=wanted, retired_at=None).select_related("unit", "owner").first()
    return _view(row)


def draft(subject: Subject, id_: str) -> tuple[DatasetDraft, int]:
    """Return the entry as it could be written again, and its version, for a form; raises NotFound."""
    wanted = rights.known(subject) & {id_}
    row = Dataset.objects.filter(id__in=wanted, retired_at=None).first()
    if row is None:
        raise NotFound(NO_SUCH)
    return rows.draft_of(row, row.fields.all()), row.version


def history(subject: Subject, id_: str) -> list[Version]:
    """Return the changes of an entry, newest first; raises NotFound."""
    wanted = rights.known(subject) & {id_}
    row = Dataset.objects.filter(id__in=wanted, retired_at=None).first()
    if row is None:
        raise NotFound(NO_SUCH)
    return [
        Version(
            number=entry.number,
            at=entry.at,
            unit=entry.unit,
            verb=entry.verb,
            changed=tuple(entry.changed),
            reason=entry.reason,
        )
        for entry in row.history.all()
    ]


def known_datasets(subject: Subject, filters: Filters | None = None, *, language: str = "de") -> Found:
    """Search what the subject may know of; hits, total and facets speak of nothing else (three queries at most).

    A facet's counts are those of the search narrowed by all *other* facets, so that a choice can be widened.
    """
    filters = filters or Filters()
    words = stems(filters.words)
    base = _readable(subject).filter(organisations.alongside(subject.tenant))
    if filters.tenant:
        base = base.filter(tenant_id=filters.tenant)
    for word in words:
        base = base.filter(_mentions(word))
    sort = "sort_en" if language.lower().startswith("en") else "sort_de"
    light = [_Light(*row) for row in base.values_list("id", "cls", "unit_id", "mode", "purposes", "licence", sort)]
    chosen = {name: wanted for name in _FACETS if (wanted := getattr(filters, name))}
    found = _narrowed(light, chosen)
    found.sort(key=lambda row: (-_rank(row.sort, words) if words else 0, row.sort, row.id))
    page = [row.id for row in found[filters.offset : filters.offset + filters.limit]]
    hits = {row.id: row for row in Dataset.objects.filter(id__in=page).select_related("unit")}
    return Found(
        hits=tuple(_hit(hits[id_]) for id_ in page), total=len(found), facets=_facets(light, chosen, language=language)
    )


def purposes_in_use(subject: Subject) -> frozenset[str]:
    """Return every purpose of the data sets the subject may know of."""
    return frozenset(purpose for row in _readable(subject).values_list("purposes", flat=True) for purpose in row)


def _readable(subject: Subject) -> QuerySet[Dataset]:
    return Dataset.objects.filter(id__any_of=rights.known(subject), retired_at=None)


def _view(row: Dataset | None) -> DatasetView:
    if row is None:
        raise NotFound(NO_SUCH)
    return rows.view(row, row.fields.all(), settings.PUBLIC_URL)


def _hit(row: Dataset) -> Hit:
    return Hit(
        id=str(row.id),
        uri=rows.dataset_uri(settings.PUBLIC_URL, row.tenant_id, row.slug),
        tenant=row.tenant_id,
        slug=row.slug,
        title=row.title,
        description=Text(row.description_de, row.description_en),
        unit=str(row.unit_id),
        unit_name=row.unit.name,
        cls=Class(row.cls),
        mode=Mode(row.mode),
        as_of=row.as_of,
        released=row.released_at is not None,
        licence=row.licence,
        changed_at=row.changed_at,
    )


# --- search -----------------------------------------------------------------------------------------------------


def _mentions(word: str) -> Q:
    """Return the condition that a text speaks of the word: it is in there, PostgreSQL's stemmer says so, or the word
    is a compound and both its parts are in there."""
    found = (
        Q(search_text__contains=word)
        | Q(search_vector=SearchQuery(word, config="german"))
        | Q(search_vector=SearchQuery(word, config="english"))
    )
    for head, tail in parts(word):
        found |= Q(search_text__contains=head) & Q(search_text__contains=tail)
    return found


def _rank(title: str, words: Iterable[str]) -> int:
    folded = f" {fold(title)}"
    return sum(2 if f" {word}" in folded else 1 if word in folded else 0 for word in words)


class _Light(NamedTuple):
    """What a search needs of each row it found."""

    id: UUID
    cls: str
    unit: UUID
    mode: str
    purposes: list[str]
    licence: str
    sort: str


_FACETS: dict[str, Callable[[_Light], Iterable[str]]] = {
    "cls": lambda row: (row.cls,),
    "unit": lambda row: (str(row.unit),),
    "mode": lambda row: (row.mode,),
    "purpose": lambda row: row.purposes,
    "licence": lambda row: (row.licence,) if row.licence else (),
}


def _narrowed(rows: list[_Light], chosen: Mapping[str, frozenset[str]]) -> list[_Light]:
    for name, wanted in chosen.items():
        values = _FACETS[name]
        rows = [row for row in rows if not wanted.isdisjoint(values(row))]
    return list(rows)


def _facets(
    light: list[_Light], chosen: Mapping[str, frozenset[str]], *, language: str
) -> dict[str, tuple[Bucket, ...]]:
    names = organisations.unit_names({row.unit for row in light})
    purposes = {slug: title for (_, slug), title in rights.snapshot().purposes.items()}
    titles: dict[str, Callable[[str], Text]] = {
        "cls": lambda value: CLASS_TITLES[Class(value)],
        "unit": lambda value: names[value],
        "mode": lambda value: Mode(value).label,
        "purpose": lambda value: purposes.get(value, Text(value, value)),
        "licence": lambda value: licences()[value].title,
    }
    facets = {}
    for name, values in _FACETS.items():
        rows = _narrowed(light, {other: wanted for other, wanted in chosen.items() if other != name})
        counts = Counter(value for row in rows for value in values(row))
        buckets = [Bucket(value, titles[name](value), count) for value, count in counts.items()]
        facets[name] = tuple(sorted(buckets, key=lambda b: (-b.count, fold(b.title.in_(language)), b.value)))
    return facets
