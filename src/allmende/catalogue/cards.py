# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every answer says of a data set it read. Plain SQL, no Django: the hot path reads it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from psycopg import AsyncConnection

from allmende.kernel.text import Text


class Card(msgspec.Struct, frozen=True):
    """A data set's entry as far as answers carry it."""

    tenant: str
    name: str
    title: Text
    owner: Text  # the unit that answers for it
    licence: str  # id of the licence list
    attribution: str
    limits: Text
    anonymised_later: bool


_CARDS = """
select d.id::text, d.tenant_id, d.slug, d.title_de, d.title_en, u.name_de, u.name_en, d.licence, d.attribution,
       d.limits_de, d.limits_en, d.anonymised = 'later'
  from catalogue_dataset d join organisations_unit u on u.id = d.unit_id
 where d.id = any(%s::uuid[])
"""


async def cards(conn: AsyncConnection[Any], datasets: Collection[str]) -> dict[str, Card]:
    """Return the cards of the data sets, by id. Whether they may be known was decided before."""
    cursor = await conn.execute(_CARDS, [list(datasets)])
    return {row[0]: _card(*row[1:]) async for row in cursor}


def _card(
    tenant: str,
    name: str,
    title_de: str,
    title_en: str,
    owner_de: str,
    owner_en: str,
    licence: str,
    attribution: str,
    limits_de: str,
    limits_en: str,
    late: bool,
) -> Card:
    return Card(
        tenant=tenant,
        name=name,
        title=Text(title_de, title_en),
        owner=Text(owner_de, owner_en),
        licence=licence,
        attribution=attribution,
        limits=Text(limits_de, limits_en),
        anonymised_later=late,
    )
