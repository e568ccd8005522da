# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Making release tables: protected once per version, all linked data sets together."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import transaction

from allmende.catalogue import door as catalogue
from allmende.engine import protection
from allmende.engine.connection import Release, ReleaseTable
from allmende.engine.plan import Field, Relation
from allmende.hub.domain.changes import note
from allmende.hub.domain.connections import binding_row
from allmende.hub.domain.reading import bound, relation_of
from allmende.hub.models import Binding, ReleaseVersion
from allmende.hub.models import ReleaseTable as ReleaseTableRow
from allmende.hub.terms import ReleaseView
from allmende.hub.tools import Kept, tools
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, Visibility


def make_release_version(actor: Subject, release: Release, *, tenant: str) -> ReleaseView:
    """Protect the linked tables together and put the new version in force. Needs RELEASE in every owner unit.

    The rows are read in the sandbox and are seen by nobody. Raises
    :class:`~allmende.engine.protection.Unprotectable` where nothing safe could be published.
    """
    bindings = {table.dataset: _binding(actor, tenant, table.dataset) for table in release.tables}
    given = [_counts(table, bindings[table.dataset]) for table in release.tables]
    made = protection.protect([counts for counts, _ in given], minimum=release.threshold)
    protected = {table.name: table for table in made.tables}
    kept: dict[str, Kept] = {}
    for table, (_, fields) in zip(release.tables, given, strict=True):
        rows = protected[table.dataset].arrow(table.count)
        folder = f"{tenant}/{bindings[table.dataset].dataset}"
        kept[table.dataset] = tools().keep_table(rows, folder, [*fields, Field("status", "VARCHAR")])
    report = msgspec.to_builtins(made.report)
    with transaction.atomic():
        last = ReleaseVersion.objects.filter(tenant=tenant).first()
        version = ReleaseVersion.objects.create(
            tenant=tenant,
            number=(last.number if last else 0) + 1,
            declaration=msgspec.to_builtins(release),
            report=report,
            made_by=actor.id or actor.kind.value,
        )
        tables = {}
        for name, file in kept.items():
            dataset = bindings[name].dataset
            row = ReleaseTableRow.objects.create(
                version=version, dataset=dataset, name=name, path=file.path, fields=file.fields, rows=file.rows
            )
            tables[name] = str(row.id)
            catalogue.set_release_table(actor, str(dataset), table=str(row.id), readers=Visibility(release.readers))
        note(actor, "make_release_version", str(version.id), tenant=tenant, tables=tables, threshold=release.threshold)
    return ReleaseView(
        id=str(version.id), tenant=tenant, number=version.number, made_at=version.made_at, tables=tables, report=report
    )


def _binding(actor: Subject, tenant: str, name: str) -> Binding:
    found = Binding.objects.filter(tenant=tenant, name=name).first()
    if found is None:
        raise NotFound(
            Text(f"Der Datensatz „{name}“ ist nicht angebunden.", f"The data set “{name}” is not connected.")
        )
    entry, _ = catalogue.draft(actor, str(found.dataset))
    rights.require(actor, Action.RELEASE, tenant, entry.unit)
    with transaction.atomic():
        return binding_row(tenant, str(found.dataset))


def _counts(table: ReleaseTable, binding: Binding) -> tuple[protection.Counts, list[Field]]:
    relation = relation_of(bound(binding))
    wanted = [*table.dimensions, table.count]
    fields = {field.name: field for field in relation.fields}
    columns = ", ".join('"' + name.replace('"', '""') + '"' for name in wanted)
    narrowed = Relation(
        sql=f"SELECT {columns} FROM ({relation.sql}) AS counted",  # noqa: S608 (both parts are our own)
        fields=tuple(fields[name] for name in wanted),
        attachments=relation.attachments,
        paths=relation.paths,
    )
    rows: Any = tools().arrow(narrowed, source=binding.connection.source.name)
    counts = protection.read(rows, name=table.dataset, dimensions=table.dimensions, measure=table.count)
    return counts, [fields[name] for name in wanted]
