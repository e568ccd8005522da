# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Connections travel: exported as one file without secrets, imported by another town."""

from __future__ import annotations

import msgspec
from django.db import transaction

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import DatasetDraft
from allmende.engine import connection as file
from allmende.hub.domain.connections import connection_row, mapping_of
from allmende.hub.located import read_reading
from allmende.hub.models import Binding
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject


def export_connection(actor: Subject, connection: str, *, tenant: str) -> str:
    """Return the connection file (TOML) of a connection, without its secret. Needs CONNECT in the owner unit.

    It is imported with :func:`~allmende.hub.door.connect`, after its units were named as the other town names them.
    """
    with transaction.atomic():
        row = connection_row(tenant, connection)
        rights.require(actor, Action.CONNECT, tenant, str(row.source.unit))
    slugs = {unit.id: unit.slug for unit in organisations.units(tenant)}
    bindings = row.bindings.select_related("mapping")
    source = row.source
    return file.dump(
        file.Connection(
            slug=row.slug,
            version=row.version,
            system=file.System(
                slug=source.slug,
                title=Text(source.name, source.name),
                unit=slugs[str(source.unit)],
                description=Text(source.kind, source.kind) if source.kind else None,
                product=source.product,
            ),
            source=row.reached_at,
            datasets=tuple(_dataset(actor, binding, slugs) for binding in bindings),
        )
    )


def _dataset(actor: Subject, binding: Binding, slugs: dict[str, str]) -> file.Dataset:
    entry, _ = catalogue.draft(actor, str(binding.dataset))
    reading = read_reading(mapping_of(binding).text)
    return file.Dataset(slug=binding.name, catalogue=_entry(entry, slugs), mapping=reading.mapping, fetch=reading.fetch)


def _entry(entry: DatasetDraft, slugs: dict[str, str]) -> file.Catalogue:
    licence = catalogue.licences().get(entry.licence)
    plain = {
        "title": msgspec.to_builtins(entry.title),
        "description": msgspec.to_builtins(entry.description),
        "unit": slugs[entry.unit],
        "class": entry.cls.value,
        "visibility": entry.visibility.value,
        "visible_to": sorted(slugs[unit] for unit in entry.visible_to),
        "secrets": sorted(secret.value for secret in entry.secrets),
        "legal_basis": entry.legal_basis,
        "purposes": sorted(entry.purposes),
        "licence": licence.uri if licence else "",
        "attribution": entry.attribution,
        "rhythm": entry.rhythm,
        "limits": msgspec.to_builtins(entry.limits),
        "source": msgspec.to_builtins(entry.source),
        "coverage": {"place": entry.place},
        "mode": entry.mode.value,
        "ask": entry.contact,
    }
    return msgspec.convert(plain, file.Catalogue)
