# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The catalogue for the rights snapshot. Plain SQL, no Django."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg

from allmende.rights.terms import Class, Column, Obligation, Resource, Secret, Visibility

#: The tables read here: each change of one of them makes a new version of the snapshot.
TABLES = ("catalogue_dataset", "catalogue_field")

_DATASETS = (
    "SELECT d.id::text, d.tenant_id, d.slug, d.unit_id::text, d.class, d.secrets, d.visibility, d.visible_to,"
    " d.purposes, d.released_at IS NOT NULL, d.release_table, d.release_table_for, d.obligations::text, d.attribution,"
    " coalesce(nullif(d.contact, ''), concat_ws(', ', u.name_de, nullif(u.contact, ''))), d.shared_with"
    " FROM catalogue_dataset d JOIN organisations_unit u ON u.id = d.unit_id WHERE d.retired_at IS NULL"
)
_FIELDS = "SELECT dataset_id::text, name, type, personal FROM catalogue_field ORDER BY dataset_id, position"


def load_resources(conn: psycopg.Connection[Any]) -> Iterator[Resource]:
    """Yield every data set in use. What was retired is not there, so nobody can know or read it."""
    columns: dict[str, list[Column]] = {}
    for dataset, name, type_, personal in conn.execute(_FIELDS):
        columns.setdefault(dataset, []).append(Column(name=name, type=type_, personal=personal))
    for row in conn.execute(_DATASETS):
        (id_, tenant, name, unit, cls, secrets, visibility, visible_to, purposes, released, release_table,
         release_table_for, obligations, attribution, ask, shared_with) = row  # fmt: skip
        yield Resource(
            id=id_,
            tenant=tenant,
            name=name,
            unit=unit,
            cls=Class(cls),
            secrets=frozenset(map(Secret, secrets)),
            visibility=Visibility(visibility),
            visible_to=frozenset(visible_to),
            purposes=frozenset(purposes),
            released=released,
            release_table=release_table,
            release_table_for=Visibility(release_table_for),
            columns=tuple(columns.get(id_, ())),
            obligations=msgspec.json.decode(obligations, type=tuple[Obligation, ...]),
            attribution=attribution,
            ask=ask,
            shared_with=frozenset(shared_with),
        )
