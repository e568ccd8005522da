# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Between rows and values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from allmende.catalogue.models import Dataset, Field
from allmende.catalogue.terms import (
    Anonymised,
    BoundingBox,
    DatasetDraft,
    DatasetView,
    FieldDraft,
    Mode,
    Release,
)
from allmende.kernel.ids import uri
from allmende.kernel.text import Text
from allmende.rights.terms import Class, Obligation, Secret, Visibility


def dataset_uri(base: str, tenant: str, slug: str) -> str:
    """Return the stable URI of a data set."""
    return uri(base, tenant, "dataset", slug)


def columns(draft: DatasetDraft) -> dict[str, Any]:
    """Return what of a draft goes into the row, by column; the fields go into their own table."""
    return {
        "title_de": draft.title.de.strip(),
        "title_en": (draft.title.en or draft.title.de).strip(),
        "description_de": draft.description.de.strip(),
        "description_en": (draft.description.en or draft.description.de).strip(),
        "unit_id": draft.unit,
        "owner_id": draft.owner or None,
        "contact": draft.contact.strip(),
        "cls": draft.cls.value,
        "secrets": sorted(secret.value for secret in draft.secrets),
        "visibility": draft.visibility.value,
        "visible_to": sorted(draft.visible_to),
        "legal_basis": draft.legal_basis.strip(),
        "purposes": sorted(draft.purposes),
        "licence": draft.licence,
        "attribution": draft.attribution.strip(),
        "obligations": msgspec.to_builtins(draft.obligations),
        "anonymised": draft.anonymised.value,
        "rhythm": draft.rhythm,
        "rhythm_promised": draft.rhythm_promised,
        "limits_de": draft.limits.de.strip(),
        "limits_en": (draft.limits.en or draft.limits.de).strip(),
        "source_de": draft.source.de.strip(),
        "source_en": (draft.source.en or draft.source.de).strip(),
        "source_system": draft.source_system,
        "bbox": [draft.bbox.west, draft.bbox.south, draft.bbox.east, draft.bbox.north] if draft.bbox else None,
        "place": draft.place.strip(),
        "covers_from": draft.covers_from,
        "covers_until": draft.covers_until,
        "mode": draft.mode.value,
        "as_of": draft.as_of,
    }


def draft_of(row: Dataset, fields: Iterable[Field]) -> DatasetDraft:
    """Return the entry as it could be written again."""
    return DatasetDraft(
        tenant=row.tenant_id,
        slug=row.slug,
        title=row.title,
        unit=str(row.unit_id),
        description=Text(row.description_de, row.description_en),
        owner=str(row.owner_id) if row.owner_id else "",
        contact=row.contact,
        cls=Class(row.cls),
        secrets=frozenset(map(Secret, row.secrets)),
        visibility=Visibility(row.visibility),
        visible_to=frozenset(row.visible_to),
        legal_basis=row.legal_basis,
        purposes=frozenset(row.purposes),
        licence=row.licence,
        attribution=row.attribution,
        rhythm=row.rhythm,
        rhythm_promised=row.rhythm_promised,
        limits=Text(row.limits_de, row.limits_en),
        source=Text(row.source_de, row.source_en),
        source_system=row.source_system,
        bbox=BoundingBox(*row.bbox) if row.bbox else None,
        place=row.place,
        covers_from=row.covers_from,
        covers_until=row.covers_until,
        mode=Mode(row.mode),
        as_of=row.as_of,
        anonymised=Anonymised(row.anonymised),
        obligations=msgspec.convert(row.obligations, tuple[Obligation, ...]),
        fields=tuple(
            FieldDraft(
                name=field.name,
                type=field.type,
                unit=field.unit,
                title=Text(field.title_de, field.title_en),
                meaning=Text(field.meaning_de, field.meaning_en),
                personal=field.personal,
            )
            for field in fields
        ),
    )


def field_rows(dataset: Dataset, draft: DatasetDraft) -> list[Field]:
    """Return the draft's fields as rows."""
    return [
        Field(
            dataset=dataset,
            position=position,
            name=field.name,
            type=field.type,
            unit=field.unit,
            title_de=field.title.de,
            title_en=field.title.en or field.title.de,
            meaning_de=field.meaning.de,
            meaning_en=field.meaning.en or field.meaning.de,
            personal=field.personal,
        )
        for position, field in enumerate(draft.fields)
    ]


def view(row: Dataset, fields: Iterable[Field], base: str) -> DatasetView:
    """Return the data set as its page shows it (``unit`` and ``owner`` must be loaded)."""
    draft = draft_of(row, fields)
    shared = {name: getattr(draft, name) for name in DatasetDraft.__struct_fields__}
    release = None
    if row.released_at is not None:
        release = Release(
            at=row.released_at, unit=row.released_by_unit, reason=row.release_reason, warned=row.release_warned
        )
    return DatasetView(
        **shared,
        id=str(row.id),
        uri=dataset_uri(base, row.tenant_id, row.slug),
        unit_name=row.unit.name,
        owner_name=row.owner.name if row.owner else "",
        release=release,
        release_table=row.release_table,
        release_table_for=Visibility(row.release_table_for),
        shared_with=frozenset(row.shared_with),
        version=row.version,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
