# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on connections: look and correct were before; this is save, test, switch, and travel to other towns."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from django.db import transaction

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import FieldDraft
from allmende.engine import connection as file
from allmende.engine.report import Report
from allmende.hub.domain.addresses import stay_inside
from allmende.hub.domain.changes import note
from allmende.hub.domain.drafts import dataset_draft, field_drafts, reading_of, reading_text, unit_id
from allmende.hub.domain.reading import bound, places_of, reached_of, report_on, root_of, try_out
from allmende.hub.models import Binding, Connection, MappingVersion, SourceSystem
from allmende.hub.terms import Connected, ConnectionDraft, Read, Reading
from allmende.hub.tools import tools, wait
from allmende.kernel.clock import now
from allmende.kernel.errors import Conflict, Invalid, NotFound, Problem, SourceDown
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import Action, Class, Subject


def connect(actor: Subject, draft: ConnectionDraft, *, tenant: str) -> Connected:
    """Save a connection with its data sets, or a new version of it; return what reading them met.

    Every data set is read once before anything is saved. Needs CONNECT in the source's owner unit and, for data sets
    new to the catalogue, DESCRIBE in theirs. Raises SourceDown, AddressRefused, Invalid, Conflict, Forbidden.
    """
    given = draft.file
    units = {unit.slug: unit.id for unit in organisations.units(tenant)}
    owner = unit_id(units, given.system.unit)
    rights.require(actor, Action.CONNECT, tenant, owner)
    if not isinstance(given.source, file.Files | file.SQLite):
        stay_inside(actor, tenant)
    source, connection = _rows(given, tenant=tenant, owner=owner)
    if source.unit and str(source.unit) != owner:
        rights.require(actor, Action.CONNECT, tenant, str(source.unit))
    _describe(source, given.system, owner)
    _keep_secret_at_home(connection, given.source, new_secret=bool(draft.secret))
    connection.leads_to = msgspec.to_builtins(given.source)
    connection.version = given.version
    connection.root = root_of(draft.root) or connection.root
    if not (1 <= draft.connect_timeout_s <= 60 and 1 <= draft.statement_timeout_s <= 3600):
        raise Invalid(
            Text(
                "Verbindungsaufbau: 1 bis 60 Sekunden; Abfrage der Quelle: 1 bis 3600 Sekunden.",
                "Connecting: 1 to 60 seconds; asking the source: 1 to 3600 seconds.",
            ),
            field="statement_timeout_s",
        )
    connection.connect_timeout_s = draft.connect_timeout_s
    connection.statement_timeout_s = draft.statement_timeout_s
    if draft.secret:
        connection.secret = tools().seal(draft.secret, str(connection.id))
    check_place(connection)
    reports = {dataset.slug: _look(connection, dataset) for dataset in given.datasets}
    with transaction.atomic():
        source.save()
        connection.source = source
        connection.failures, connection.open_until, connection.last_contact = 0, None, now()
        connection.error_de = connection.error_en = ""
        connection.save()
        reads = [_bind(actor, connection, dataset, reports[dataset.slug], units=units) for dataset in given.datasets]
        note(
            actor,
            "connect",
            str(connection.id),
            tenant=tenant,
            slug=given.slug,
            version=given.version,
            datasets=[dataset.slug for dataset in given.datasets],
        )
    return Connected(connection=str(connection.id), source=str(source.id), reads=tuple(reads))


def change_mapping(actor: Subject, dataset: str, text: str, *, tenant: str) -> Read:
    """Give a data set a new version of its mapping (TOML of :class:`~allmende.hub.terms.Reading`), read it once and
    carry its fields into the catalogue. Needs CONNECT in the source's owner unit."""
    with transaction.atomic():
        binding = binding_row(tenant, dataset)
        rights.require(actor, Action.CONNECT, tenant, str(binding.connection.source.unit))
    try:
        reading = msgspec.toml.decode(text, type=Reading)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Invalid(
            Text(f"Das ist keine Zuordnung: {error}", f"This is no mapping: {error}"), field="mapping"
        ) from error
    text = reading_text(reading)
    reached = reached_of(binding.connection, dataset=dataset, name=binding.name, text=text)
    found = report_on(reached, samples=_may_show(actor, dataset))
    with transaction.atomic():
        binding = binding_row(tenant, dataset)
        _new_version(actor, binding, text, found)
        entry, _ = catalogue.draft(actor, dataset)
        fields = _kept_words(field_drafts(reading), entry.fields)
        if fields != entry.fields:
            catalogue.change_dataset(actor, dataset, msgspec.structs.replace(entry, fields=fields))
        note(actor, "change_mapping", dataset, tenant=tenant)
    return Read(dataset=dataset, name=f"{tenant}.{binding.name}", report=found)


def read_again(actor: Subject, dataset: str, *, tenant: str) -> Read:
    """Read a data set at its source and keep the report. Needs CONNECT in the source's owner unit."""
    with transaction.atomic():
        binding = binding_row(tenant, dataset)
        rights.require(actor, Action.CONNECT, tenant, str(binding.connection.source.unit))
    found = report_on(bound(binding), samples=_may_show(actor, dataset))
    binding.versions.filter(number=mapping_of(binding).number).update(report=msgspec.to_builtins(found), read_at=now())
    return Read(dataset=dataset, name=f"{tenant}.{binding.name}", report=found)


def change_secret(actor: Subject, connection: str, secret: str, *, tenant: str) -> None:
    """Seal a new secret for a connection. Needs CONNECT in the source's owner unit."""
    with transaction.atomic():
        row = connection_row(tenant, connection)
        rights.require(actor, Action.CONNECT, tenant, str(row.source.unit))
        sealed = tools().seal(secret, str(row.id)) if secret else ""
        Connection.objects.filter(id=row.id).update(secret=sealed, failures=0, open_until=None)
        note(actor, "change_secret", connection, tenant=tenant)


def test_connection(actor: Subject, connection: str, *, tenant: str) -> None:
    """Read one row of the connection's first data set and write down how it went. Needs CONNECT.

    Raises what was wrong, after it was written down.
    """
    with transaction.atomic():
        row = connection_row(tenant, connection)
        rights.require(actor, Action.CONNECT, tenant, str(row.source.unit))
    check_health(row)


def check_health(row: Connection) -> None:
    """Read one row over the connection and write down how it went; raises SourceDown."""
    binding = row.bindings.select_related("mapping", "connection__source").first()
    if binding is None:
        return
    try:
        try_out(bound(binding))
    except SourceDown as down:
        after = row.breaker.failed(now())
        Connection.objects.filter(id=row.id).update(
            failures=after.failures,
            open_until=after.open_until,
            failed_at=now(),
            error_de=down.detail.de,
            error_en=down.detail.en,
        )
        raise
    Connection.objects.filter(id=row.id).update(
        failures=0, open_until=None, last_contact=now(), error_de="", error_en=""
    )


def check_all() -> dict[str, Problem | None]:
    """Check the health of every connection that is switched on; return what was wrong, by name. One stops no other."""
    outcome: dict[str, Problem | None] = {}
    for row in Connection.objects.filter(enabled=True).select_related("source"):
        try:
            check_health(row)
            outcome[f"{row.tenant}.{row.slug}"] = None
        except Problem as problem:
            outcome[f"{row.tenant}.{row.slug}"] = problem
    return outcome


def enable(actor: Subject, connection: str, *, tenant: str, enabled: bool = True) -> None:
    """Switch a connection on or off; switched off, its data sets in place answer 502. Needs CONNECT."""
    with transaction.atomic():
        row = connection_row(tenant, connection)
        rights.require(actor, Action.CONNECT, tenant, str(row.source.unit))
        Connection.objects.filter(id=row.id).update(enabled=enabled, failures=0, open_until=None)
        note(actor, "enable" if enabled else "disable", connection, tenant=tenant)


def connection_row(tenant: str, connection: str) -> Connection:
    """Return the town's connection, locked; raises NotFound."""
    row = Connection.objects.select_for_update(of=("self",)).filter(tenant=tenant, id=connection)
    found = row.select_related("source").first()
    if found is None:
        raise NotFound(Text("Diese Anbindung gibt es nicht.", "There is no such connection."))
    return found


def binding_row(tenant: str, dataset: str) -> Binding:
    """Return where the town's data set comes from, locked; raises NotFound."""
    rows = Binding.objects.select_for_update(of=("self",)).filter(tenant=tenant, dataset=dataset)
    found = rows.select_related("connection__source", "mapping").first()
    if found is None:
        raise NotFound(Text("Dieser Datensatz ist nicht angebunden.", "This data set is not connected."))
    return found


def mapping_of(binding: Binding) -> MappingVersion:
    """Return the mapping in force; every binding has one from the transaction that made it."""
    if binding.mapping is None:
        raise NotFound(Text("Dieser Datensatz hat keine Zuordnung.", "This data set has no mapping."))
    return binding.mapping


def check_place(connection: Connection) -> None:
    """Raise AddressRefused unless the connection leads to a place that is allowed."""
    places = places_of(connection.tenant, connection.source.unit)
    match connection.reached_at:
        case file.Files() | file.SQLite():
            if not connection.root:
                raise Invalid(
                    Text("Der Ordner der Dateien fehlt.", "The folder of the files is missing."), field="root"
                )
            places.folder(Path(connection.root))
        case file.Postgres(host=host, port=port) | file.MySQL(host=host, port=port):
            wait(places.address(host, port))
        case file.Http():
            pass  # the fetcher checks each address and redirect


def _keep_secret_at_home(connection: Connection, leads_to: file.Source, *, new_secret: bool) -> None:
    """A stored secret goes to nobody it was not given for: whoever points the connection elsewhere gives it again."""
    if connection.secret and not new_secret and _recipient(connection.reached_at) != _recipient(leads_to):
        raise Invalid(
            Text(
                "Die Anbindung führt jetzt zu einem anderen Ort. Die hinterlegten Zugangsdaten gehen nicht dorthin; bitte "
                "geben Sie die neuen an.",
                "The connection now leads to another place. The stored credentials do not go there; please give the new "
                "ones.",
            ),
            field="secret",
        )


def _recipient(leads_to: file.Source) -> tuple[object, ...]:
    """Return to whom a connection's secret is sent, and how well that is checked; nobody for files."""
    match leads_to:
        case file.Postgres(host=host, port=port, sslmode=sslmode):
            return "postgres", host, port, sslmode
        case file.MySQL(host=host, port=port, sslmode=sslmode, ca=ca):
            return "mysql", host, port, sslmode, ca
        case file.Http(url=url, header=header):
            at = urlsplit(url)
            return "http", at.scheme, at.netloc, header
        case file.Files() | file.SQLite():
            return ()


def _rows(given: file.Connection, *, tenant: str, owner: str) -> tuple[SourceSystem, Connection]:
    source = SourceSystem.objects.filter(tenant=tenant, slug=given.system.slug).first()
    source = source or SourceSystem(tenant=tenant, slug=given.system.slug, unit=owner)
    connection = Connection.objects.filter(tenant=tenant, slug=given.slug).select_related("source").first()
    if connection is None:
        return source, Connection(tenant=tenant, slug=given.slug, source=source)
    if connection.source != source:
        raise Conflict(
            Text(
                f"Die Anbindung „{given.slug}“ gehört zu einer anderen Datenquelle.",
                f"The connection “{given.slug}” belongs to another source system.",
            ),
            field="slug",
        )
    return source, connection


def _describe(source: SourceSystem, system: file.System, owner: str) -> None:
    source.unit = owner
    source.name = system.title.de
    source.kind = system.description.de[:100] if system.description else ""
    source.product, source.hosting = system.product, system.hosting
    source.contract, source.contact = system.contract, system.contact


def _look(connection: Connection, dataset: file.Dataset) -> Report:
    text = reading_text(reading_of(dataset))
    reached = reached_of(connection, dataset="", name=dataset.slug, text=text)
    return report_on(reached, samples=dataset.catalogue.cls == "open" and not dataset.catalogue.secrets)


def _bind(
    actor: Subject, connection: Connection, dataset: file.Dataset, found: Report, *, units: dict[str, str]
) -> Read:
    tenant, text = connection.tenant, reading_text(reading_of(dataset))
    binding = Binding.objects.filter(tenant=tenant, name=dataset.slug).select_related("mapping").first()
    if binding is None:
        entry = dataset_draft(dataset, tenant=tenant, source=str(connection.source_id), units=units)
        id_ = catalogue.register_dataset(actor, entry)
        binding = Binding.objects.create(
            dataset=id_, tenant=tenant, name=dataset.slug, connection=connection, mode=entry.mode.value
        )
    elif binding.connection_id != connection.id:
        raise Conflict(
            Text(
                f"Der Datensatz „{dataset.slug}“ kommt schon aus einer anderen Anbindung.",
                f"The data set “{dataset.slug}” comes from another connection already.",
            ),
            field="slug",
        )
    if binding.mapping is not None and binding.mapping.text == text:
        binding.mapping.report, binding.mapping.read_at = msgspec.to_builtins(found), now()
        binding.mapping.save(update_fields=["report", "read_at"])
    else:
        _new_version(actor, binding, text, found)
    return Read(dataset=str(binding.dataset), name=f"{tenant}.{binding.name}", report=found)


def _new_version(actor: Subject, binding: Binding, text: str, found: Report) -> None:
    last = binding.versions.first()
    binding.mapping = MappingVersion.objects.create(
        binding=binding,
        number=(last.number if last else 0) + 1,
        text=text,
        report=msgspec.to_builtins(found),
        read_at=now(),
        made_by=actor.id or actor.kind.value,
    )
    binding.save(update_fields=["mapping"])


def _kept_words(new: tuple[FieldDraft, ...], old: tuple[FieldDraft, ...]) -> tuple[FieldDraft, ...]:
    """Return the mapping's fields; where it says nothing in words, what the catalogue said stays."""
    known = {field.name: field for field in old}
    kept = []
    for field in new:
        before = known.get(field.name, field)
        kept.append(
            msgspec.structs.replace(
                field,
                title=field.title if field.title.de else before.title,
                meaning=field.meaning if field.meaning.de else before.meaning,
                personal=field.personal or before.personal,
            )
        )
    return tuple(kept)


def _may_show(actor: Subject, dataset: str) -> bool:
    """Whether a report may show values: only of data that are open anyway."""
    entry, _ = catalogue.draft(actor, dataset)
    return entry.cls is Class.OPEN and not entry.secrets
