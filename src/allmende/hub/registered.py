# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the hub's register says about reaching data sets, read with plain SQL. Django-free: the hot path reads it.

One statement per question, always the present state: a disabled connection, a new mapping or a new copy acts on the
very next question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from allmende.catalogue.terms import Mode
from allmende.engine.connection import Source
from allmende.hub.breaker import Breaker
from allmende.hub.places import Place
from allmende.hub.terms import Reading, read_source
from allmende.kernel.text import Text


class Stored(msgspec.Struct, frozen=True):
    """A Parquet file below the data folder's ``files/``, and its columns."""

    id: str
    path: str
    fields: tuple[dict[str, str], ...]
    as_of: datetime
    warning: Text | None = None  # that the table was anonymised late


class Reached(msgspec.Struct, frozen=True):
    """A data set with everything needed to read it, except the key that opens the secret."""

    dataset: str
    tenant: str
    name: str
    mode: Mode
    source: str  # the source system's name
    unit: str  # who answers for the source system
    connection: str  # id
    leads_to: Source
    root: str
    secret: str  # sealed
    enabled: bool
    breaker: Breaker
    connect_timeout_s: int
    statement_timeout_s: int
    last_contact: datetime | None
    error: Text
    reading: str  # TOML of hub.terms.Reading
    mapping_id: str
    copy: Stored | None = None


_REACHED = """
select b.dataset::text, b.tenant, b.name, b.mode, s.name as source, s.unit::text as unit, c.id::text as connection, c.leads_to, c.root,
       c.secret,       c.enabled, c.failures, c.open_until, c.connect_timeout_s, c.statement_timeout_s, c.last_contact,
       c.error_de, c.error_en, coalesce(m.text, '') as mapping, coalesce(m.id::text, '') as mapping_id,
       k.id::text as copy_id, k.path as copy_path, k.fields as copy_fields, k.as_of as copy_as_of
  from hub_binding b
  join hub_connection c on c.id = b.connection_id
  join hub_sourcesystem s on s.id = c.source_id
  left join hub_mappingversion m on m.id = b.mapping_id
  left join hub_copy k on k.id = b.copy_id
 where b.dataset = any(%s::uuid[])
"""

_STAND = """
select k.id::text, k.path, k.fields, k.as_of, coalesce(m.text, '') as mapping
  from hub_copy k join hub_listversion v on v.copy_id = k.id left join hub_mappingversion m on m.id = k.mapping_id
 where k.id = %s::uuid and k.binding_id = %s::uuid
"""

_RELEASED = """
select t.id::text, t.path, t.fields, v.made_at as as_of, v.declaration->'warning' as warning
  from hub_releasetable t join hub_releaseversion v on v.id = t.version_id
 where t.id = any(%s::uuid[])
"""

_ALLOWED = "select tenant, place, port, coalesce(unit::text, '') from hub_allowedaddress where tenant = any(%s)"


async def registers_version(conn: AsyncConnection[Any]) -> int:
    """Return the present version of the registers that rights are read from."""
    row = await (await conn.execute("select version from rights_registerversion")).fetchone()
    return int(row[0]) if row is not None else 0


async def reached(conn: AsyncConnection[Any], datasets: Collection[str]) -> dict[str, Reached]:
    """Return how each of the data sets is reached, by id; one that is not connected is absent."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_REACHED, [list(datasets)])
        return {row["dataset"]: _reached(row) for row in await cursor.fetchall()}


async def at_stands(
    conn: AsyncConnection[Any], known: Mapping[str, Reached], stands: Mapping[str, str]
) -> dict[str, Reached]:
    """Return those of the data sets that are to be read as a stored version of theirs has them."""
    found = {}
    for dataset, copy in stands.items():
        if dataset not in known:
            continue
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_STAND, [copy, dataset])
            row = await cursor.fetchone()
        if row is not None:
            # The class follows the version in force: what was personal in an older one and is gone, or coarsened now,
            # is not read any more.
            gone = _personal(row["mapping"]) - _personal(known[dataset].reading)
            fields = tuple(field for field in row["fields"] if field["name"] not in gone)
            stored = Stored(id=row["id"], path=row["path"], fields=fields, as_of=row["as_of"])
            found[dataset] = msgspec.structs.replace(
                known[dataset], copy=stored, reading=row["mapping"], mode=Mode.COPY
            )
    return found


def _personal(reading: str) -> frozenset[str]:
    """Return the columns that are about people as they stand."""
    fields = msgspec.toml.decode(reading, type=Reading).mapping.fields if reading else ()
    return frozenset(field.name for field in fields if field.personal)


async def release_tables(conn: AsyncConnection[Any], tables: Collection[str]) -> dict[str, Stored]:
    """Return the release tables with these ids."""
    if not tables:
        return {}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_RELEASED, [list(tables)])
        return {row["id"]: msgspec.convert(row, Stored) for row in await cursor.fetchall()}


async def allowed_places(conn: AsyncConnection[Any], tenants: Collection[str]) -> dict[str, list[Place]]:
    """Return the internal places each tenant's connections may use."""
    places: dict[str, list[Place]] = {tenant: [] for tenant in tenants}
    async with conn.cursor() as cursor:
        await cursor.execute(_ALLOWED, [list(tenants)])
        async for tenant, place, port, unit in cursor:
            places[tenant].append(Place(place, port, unit))
    return places


def _reached(row: dict[str, Any]) -> Reached:
    stored = None
    if row["copy_id"] is not None:
        stored = Stored(
            id=row["copy_id"], path=row["copy_path"], fields=tuple(row["copy_fields"]), as_of=row["copy_as_of"]
        )
    return Reached(
        dataset=row["dataset"],
        tenant=row["tenant"],
        name=row["name"],
        mode=Mode(row["mode"]),
        source=row["source"],
        unit=row["unit"],
        connection=row["connection"],
        leads_to=read_source(row["leads_to"]),
        root=row["root"],
        secret=row["secret"],
        enabled=row["enabled"],
        breaker=Breaker(failures=row["failures"], open_until=row["open_until"]),
        connect_timeout_s=row["connect_timeout_s"],
        statement_timeout_s=row["statement_timeout_s"],
        last_contact=row["last_contact"],
        error=Text(row["error_de"], row["error_en"]),
        reading=row["mapping"],
        mapping_id=row["mapping_id"],
        copy=stored,
    )
