# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Source systems and connections as their pages show them. Who works with them sees them: CONNECT in the owner unit."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from allmende.catalogue.terms import Mode
from allmende.engine import connection as at
from allmende.engine.report import Report
from allmende.hub.models import AllowedAddress, Binding, Connection, ReleaseTable, ReleaseVersion, SourceSystem
from allmende.hub.terms import AllowedView, BindingView, ConnectionView, ReleaseView, SourceView
from allmende.kernel.clock import now
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject


def sources(subject: Subject, *, tenant: str) -> list[SourceView]:
    """Return the town's source systems the subject works with, with their connections and health (four queries)."""
    rows = SourceSystem.objects.filter(tenant=tenant).prefetch_related("connections__bindings__mapping")
    rows = rows.prefetch_related("connections__bindings__copy")
    return [source_view(row) for row in rows if rights.may(subject, Action.CONNECT, tenant, str(row.unit))]


def source(subject: Subject, source_id: str, *, tenant: str) -> SourceView:
    """Return one source system; raises NotFound, also where the subject does not work with it."""
    for view in sources(subject, tenant=tenant):
        if view.id == source_id:
            return view
    raise NotFound(Text("Diese Datenquelle gibt es nicht.", "There is no such source system."))


def connection(subject: Subject, connection_id: str, *, tenant: str) -> ConnectionView:
    """Return one connection; raises NotFound likewise."""
    for view in sources(subject, tenant=tenant):
        for one in view.connections:
            if one.id == connection_id:
                return one
    raise NotFound(Text("Diese Anbindung gibt es nicht.", "There is no such connection."))


def connection_names(*, tenant: str) -> dict[str, str]:
    """Return the short names of the town's connections with their ids, for verbs that must not take one twice."""
    return {slug: str(id_) for slug, id_ in Connection.objects.filter(tenant=tenant).values_list("slug", "id")}


def binding(subject: Subject, dataset: str, *, tenant: str) -> tuple[BindingView, str]:
    """Return where a data set comes from and the TOML text of its mapping; raises NotFound likewise."""
    row = Binding.objects.filter(tenant=tenant, dataset=dataset).select_related("connection__source", "mapping").first()
    if row is None or not rights.may(subject, Action.CONNECT, tenant, str(row.connection.source.unit)):
        raise NotFound(Text("Dieser Datensatz ist nicht angebunden.", "This data set is not connected."))
    return binding_view(row), row.mapping.text if row.mapping else ""


def modes(datasets: Iterable[str]) -> dict[str, tuple[str, Mode]]:
    """Return the source system's name and the mode of each data set, by id; for those who may know of them."""
    rows = Binding.objects.filter(dataset__in=list(datasets)).values_list("dataset", "connection__source__name", "mode")
    return {str(dataset): (name, Mode(mode)) for dataset, name, mode in rows}


def allowed_addresses(subject: Subject, *, tenant: str) -> list[AllowedView]:
    """Return the internal places connections may use. Needs ADMINISTER."""
    rights.require(subject, Action.ADMINISTER, tenant, "")
    return [
        AllowedView(
            id=str(row.id),
            place=row.place,
            port=row.port,
            unit=str(row.unit or ""),
            reason=row.reason,
            made_at=row.made_at,
            made_by=row.made_by,
        )
        for row in AllowedAddress.objects.filter(tenant=tenant)
    ]


def release_versions(subject: Subject, *, tenant: str) -> list[ReleaseView]:
    """Return the versions of release tables, newest first. Needs RELEASE in the town."""
    rights.require(subject, Action.RELEASE, tenant, "")
    return [
        ReleaseView(
            id=str(row.id),
            tenant=tenant,
            number=row.number,
            made_at=row.made_at,
            tables={table.name: str(table.id) for table in row.tables.all()},
            report=row.report,
        )
        for row in ReleaseVersion.objects.filter(tenant=tenant).prefetch_related("tables")
    ]


def release_columns(tables: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns of release tables by their ids: their form only, for those who were told the id by rights."""
    wanted = ReleaseTable.objects.filter(id__in=list(tables))
    return {str(row.id): tuple(field["name"] for field in row.fields) for row in wanted}


def source_view(row: SourceSystem) -> SourceView:
    """Return a source system as a value."""
    return SourceView(
        id=str(row.id),
        tenant=row.tenant,
        slug=row.slug,
        name=row.name,
        unit=str(row.unit),
        kind=row.kind,
        product=row.product,
        vendor=row.vendor,
        hosting=row.hosting,
        contract=row.contract,
        contact=row.contact,
        legal_basis=row.legal_basis,
        connections=tuple(_connection_view(one, row) for one in row.connections.all()),
    )


def _connection_view(row: Connection, source: SourceSystem) -> ConnectionView:
    return ConnectionView(
        id=str(row.id),
        tenant=row.tenant,
        slug=row.slug,
        source=str(source.id),
        source_name=source.name,
        unit=str(source.unit),
        kind=row.kind,
        place=_place(row),
        has_secret=bool(row.secret),
        version=row.version,
        enabled=row.enabled,
        breaker=row.breaker.state(now()),
        failures=row.failures,
        open_until=row.open_until,
        last_contact=row.last_contact,
        failed_at=row.failed_at,
        error=Text(row.error_de, row.error_en),
        connect_timeout_s=row.connect_timeout_s,
        statement_timeout_s=row.statement_timeout_s,
        datasets=tuple(binding_view(one) for one in row.bindings.all()),
    )


def binding_view(row: Binding) -> BindingView:
    """Return where a data set comes from as a value."""
    mapping, copy = row.mapping, row.copy
    return BindingView(
        dataset=str(row.dataset),
        tenant=row.tenant,
        name=row.name,
        mode=Mode(row.mode),
        mapping_version=mapping.number if mapping else 0,
        report=msgspec.convert(mapping.report, Report) if mapping and mapping.report else None,
        read_at=mapping.read_at if mapping else None,
        copy_as_of=copy.as_of if copy else None,
        copy_rows=copy.rows if copy else None,
        copy_failed_at=row.copy_failed_at,
        copy_error=Text(row.copy_error_de, row.copy_error_en),
    )


def _place(row: Connection) -> str:
    match row.reached_at:
        case at.Files(folder=folder):
            return f"{row.root}/{folder}".rstrip("/")
        case at.SQLite(file=file):
            return f"{row.root}/{file}"
        case at.Http(url=url):
            return url
        case at.Postgres() | at.MySQL() as server:
            return f"{server.host}:{server.port}/{server.database}"
