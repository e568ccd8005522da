# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From the registers to relations: where each permitted data set's rows are read, narrowed by its obligations.

Django-free.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from psycopg_pool import AsyncConnectionPool

from allmende.catalogue.cards import Card, cards
from allmende.catalogue.terms import Mode
from allmende.catalogue.vocabulary import licences
from allmende.engine.plan import Field, Relation, Table
from allmende.hub import health, registered
from allmende.hub.envelope import Provenance
from allmende.hub.located import Located, Source, read_reading
from allmende.hub.places import Places
from allmende.hub.registered import Reached, Stored
from allmende.kernel.clock import now
from allmende.kernel.errors import SourceDown
from allmende.kernel.ids import uri
from allmende.kernel.text import Text
from allmende.rights.obligations import View, restrict
from allmende.rights.snapshot import Snapshot
from allmende.rights.terms import Column, Decisions, Delay, Obligation, ReleaseTableOnly, Resource, RowFilter, RowRange


@dataclass
class Touched:
    """The tables of one question, where they come from, and the connections that reading them touches."""

    tables: list[Table] = field(default_factory=list)
    provenance: list[Provenance] = field(default_factory=list)
    connections: dict[str, Reached] = field(default_factory=dict)


class Reach:
    """Turns permitted data sets into relations. One for each process."""

    def __init__(self, *, pool: AsyncConnectionPool[Any], files: Path, located: Located, base: str) -> None:
        self._pool = pool
        self._base = base  # the installation's public address, on which stable URIs stand
        self._files = files
        self._located = located

    async def touched(
        self,
        resources: Mapping[str, Resource],
        decisions: Decisions,
        snapshot: Snapshot,
        stands: Mapping[str, str] | None = None,
    ) -> Touched:
        """Return the tables of the data sets, each narrowed by what its decision obliges to.

        ``stands`` names stored versions to read instead of those in force; the same decisions hold for them.

        Raises SourceDown, naming the source and its data sets, where a breaker is open, a copy was never made or a
        connection is switched off; :class:`~allmende.rights.obligations.Unfit` where an obligation cannot be kept.
        """
        release = {id_: _release_table(decisions.of[id_].obligations) for id_ in resources}
        async with self._pool.connection() as conn:
            known = await registered.reached(conn, resources)
            known |= await registered.at_stands(conn, known, stands or {})
            described = await cards(conn, resources)
            stored = await registered.release_tables(conn, [t for t in release.values() if t])
            places = await registered.allowed_places(conn, {r.tenant for r in resources.values()})
        touched = Touched()
        for id_, resource in resources.items():
            reached = known.get(id_)
            if reached is None:
                raise _nowhere(resource)
            table = release[id_]
            try:
                allowed = Places.of(places[reached.tenant], snapshot, reached.tenant, reached.unit)
                found = await self._source(reached, stored.get(table) if table else None, bool(table), allowed, touched)
                relation = _restricted(found.relation, reached, decisions.of[id_].obligations, released=bool(table))
            except SourceDown as down:
                raise _naming(down, reached) from down
            filtered = any(isinstance(o, RowFilter | RowRange | Delay) for o in decisions.of[id_].obligations)
            touched.tables.append(
                Table(
                    tenant=resource.tenant,
                    name=resource.name,
                    relation=relation,
                    source=reached.source,
                    filtered=filtered,
                )
            )
            touched.provenance.append(_provenance(self._base, described[id_], reached, found))
        return touched

    async def _source(
        self,
        reached: Reached,
        release: Stored | None,
        only_release: bool,
        places: Places,
        touched: Touched,
    ) -> Source:
        if only_release:
            if release is None:
                raise SourceDown(_NO_RELEASE)
            return Source(self.stored(release), release.as_of, Mode.COPY, release.warning)
        if reached.mode is not Mode.DIRECT:
            if reached.copy is None:
                raise SourceDown(_NO_COPY)
            return Source(self.stored(reached.copy), reached.copy.as_of, reached.mode)
        if not reached.enabled:
            raise SourceDown(_SWITCHED_OFF)
        if reached.connection not in touched.connections:
            async with self._pool.connection() as conn:
                if not await health.may_ask(conn, reached.connection, reached.breaker, now()):
                    raise SourceDown(_resting(reached.error))
            touched.connections[reached.connection] = reached
        alias = f"source{list(touched.connections).index(reached.connection)}"  # one database, one attachment
        try:
            return await self._located.now(reached, places, alias=alias)
        except SourceDown as down:
            await self.failed(reached, down)
            raise

    def stored(self, stored: Stored) -> Relation:
        """Return the relation that reads a stored Parquet file."""
        path = str(self._files / stored.path)
        fields = tuple(Field(f["name"], f["type"], f.get("unit", "")) for f in stored.fields)
        columns = ", ".join('"' + f.name.replace('"', '""') + '"' for f in fields)
        quoted = path.replace("'", "''")
        return Relation(sql=f"SELECT {columns} FROM read_parquet('{quoted}')", fields=fields, paths=(path,))  # noqa: S608

    @asynccontextmanager
    async def watched(self, touched: Touched) -> AsyncIterator[None]:
        """Keep the health of the sources a question touches while it runs; a failure names its source's data sets."""
        try:
            yield
        except SourceDown as down:
            blamed = down.more.get("source", "")  # empty where the engine cannot say which of several it was
            for reached in touched.connections.values():
                if reached.source == blamed:
                    await self.failed(reached, down)
            named = set(down.more.get("sources", ())) | {blamed}
            datasets = [f"{t.tenant}.{t.name}" for t in touched.tables if t.source in named]
            raise SourceDown(down.detail, **{**down.more, "datasets": datasets}) from down

    async def answered(self, touched: Touched) -> None:
        """All sources of the question answered."""
        for reached in touched.connections.values():
            if not health.worth_noting(reached.breaker, reached.last_contact, now()):
                continue
            async with self._pool.connection() as conn:
                await health.answered(conn, reached.connection, now())

    async def failed(self, reached: Reached, down: SourceDown) -> None:
        """A source of the question did not answer."""
        async with self._pool.connection() as conn:
            await health.failed(conn, reached.connection, down.detail, now())


def _release_table(obligations: tuple[Obligation, ...]) -> str:
    return next((o.table for o in obligations if isinstance(o, ReleaseTableOnly)), "")


def _restricted(
    relation: Relation, reached: Reached, obligations: tuple[Obligation, ...], *, released: bool
) -> Relation:
    own = _columns(relation.fields)
    if released:
        behind = tuple(Column(f.name, f.type.sql) for f in read_reading(reached.reading).mapping.fields)
        view = restrict("", behind, obligations, release=View(relation.sql, own))
    else:
        view = restrict(relation.sql, own, obligations)
    units = {f.name: f.unit for f in relation.fields}
    fields = tuple(Field(c.name, c.type, units[c.name]) for c in view.columns)
    return msgspec.structs.replace(relation, sql=view.sql, fields=fields)


def _columns(fields: tuple[Field, ...]) -> tuple[Column, ...]:
    return tuple(Column(f.name, f.type) for f in fields)


def _provenance(base: str, card: Card, reached: Reached, found: Source) -> Provenance:
    return Provenance(
        dataset=uri(base, card.tenant, "dataset", card.name),
        name=f"{reached.tenant}.{reached.name}",
        title=card.title,
        source=reached.source,
        owner=card.owner,
        read_at=found.read_at,
        mode=found.mode,
        licence=licence.uri if (licence := licences().get(card.licence)) else card.licence,
        attribution=card.attribution,
        limits=card.limits,
        warning=found.warning or (_LATE if card.anonymised_later else None),
    )


def _naming(down: SourceDown, reached: Reached) -> SourceDown:
    more = {**down.more, "source": reached.source, "datasets": [f"{reached.tenant}.{reached.name}"]}
    detail = Text(f"{reached.source}: {down.detail.de}", f"{reached.source}: {down.detail.en}")
    return SourceDown(detail, **more)


def _nowhere(resource: Resource) -> SourceDown:
    name = f"{resource.tenant}.{resource.name}"
    return SourceDown(
        Text(
            f"{name} steht im Datenkatalog, ist aber an keine Datenquelle angebunden.",
            f"{name} is in the catalogue, but not connected to a source system.",
        ),
        source="",
        datasets=[name],
    )


def _resting(error: Text) -> Text:
    return Text(
        f"Die Quelle hat mehrmals nicht geantwortet und wird gleich wieder versucht. Zuletzt: {error.de}",
        f"The source did not answer several times and will be tried again shortly. Last: {error.en}",
    )


_NO_RELEASE = Text("Die Freigabetabelle fehlt.", "The release table is missing.")
_NO_COPY = Text("Es wurde noch kein Auszug gemacht.", "No export has been made yet.")
_SWITCHED_OFF = Text("Die Anbindung ist abgeschaltet.", "The connection is switched off.")
_LATE = Text(
    "Nachträglich anonymisiert: ein Rückschluss auf Personen ist nicht sicher ausgeschlossen.",
    "Anonymised later: it cannot be excluded with certainty that persons are recognised.",
)
