# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Trying a connection that is not saved: counts over its rows, before anybody decides to keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from allmende.engine.connection import Files, SQLite
from allmende.engine.plan import Relation
from allmende.hub.domain import uploads
from allmende.hub.domain.addresses import stay_inside
from allmende.hub.domain.connections import check_place
from allmende.hub.domain.drafts import reading_of, reading_text, unit_id
from allmende.hub.domain.reading import places_of, reached_of, relation_of, root_of
from allmende.hub.models import Connection, SourceSystem
from allmende.hub.terms import ConnectionDraft
from allmende.hub.tools import tools
from allmende.kernel.ids import new_id
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject

#: What is asked of a data set's rows: a SELECT of our own over the relation.
Counting = Callable[[Relation], Relation]


def try_connection(
    actor: Subject, draft: ConnectionDraft, counting: Mapping[str, Counting], *, tenant: str
) -> dict[str, Sequence[tuple[object, ...]]]:
    """Return what is counted over the rows of each data set named in ``counting``, read at the source; nothing is kept.

    Needs CONNECT and DESCRIBE in the unit, as saving will. Raises what connecting raises.
    """
    given = draft.file
    units = {unit.slug: unit.id for unit in organisations.units(tenant)}
    owner = unit_id(units, given.system.unit)
    rights.require(actor, Action.CONNECT, tenant, owner)
    rights.require(actor, Action.DESCRIBE, tenant, owner)
    id_ = new_id()
    row = Connection(
        id=id_,
        tenant=tenant,
        source=SourceSystem(tenant=tenant, name=given.system.title.de, unit=owner),
        leads_to=msgspec.to_builtins(given.source),
        root=root_of(draft.root),
        secret=tools().seal(draft.secret, id_) if draft.secret else "",
    )
    if not isinstance(given.source, Files | SQLite):
        stay_inside(actor, tenant)
    check_place(row)
    counted = {}
    for dataset in given.datasets:
        if dataset.slug in counting:
            text = reading_text(reading_of(dataset))
            relation = relation_of(reached_of(row, dataset="", name=dataset.slug, text=text))
            counted[dataset.slug] = tools().rows(counting[dataset.slug](relation), source=row.source.name)
    return counted


def require_folder(root: str, *, tenant: str, unit: str) -> None:
    """Raise AddressRefused unless the unit's connections may read files in the folder."""
    places_of(tenant, unit).folder(Path(root))


def sent_file(actor: Subject, upload: str) -> tuple[Path, str]:
    """Return the folder of the town's sent files and the path below it of one the actor sent; raises NotFound."""
    found = uploads.find(actor, upload)
    if not isinstance(found.leads_to, Files):
        raise uploads.none()
    return uploads.folder_of(found.tenant), f"{found.id}/{found.file}"


def sent_file_used(actor: Subject, upload: str) -> None:
    """Say that a connection now reads a sent file: it is no longer on its way."""
    uploads.done(uploads.find(actor, upload))
