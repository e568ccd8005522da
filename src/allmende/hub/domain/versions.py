# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on the versions of a list: the first one makes the data set, each further one follows; one goes back to any.

A version is stored whole or not at all: its rows lie in a file of their own, and it comes into force with one row's
change in the transaction that writes down everything else. Whatever fails leaves the former version serving.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Mode
from allmende.engine import connection as file
from allmende.engine.lists.compare import compare
from allmende.engine.lists.model import Decisions, Difference
from allmende.engine.mapping import Mapping
from allmende.engine.mapping.model import Parquet
from allmende.engine.plan import Field as PlanField
from allmende.hub.domain import incoming as on_the_way
from allmende.hub.domain import originals
from allmende.hub.domain.changes import note
from allmende.hub.domain.connections import binding_row, connect
from allmende.hub.domain.drafts import field_drafts, reading_text
from allmende.hub.domain.incoming import Incoming
from allmende.hub.domain.preparing import Prepared, check_decided, prepare
from allmende.hub.models import AllowedAddress, Binding, Copy, DeliveredList, Delivery, ListVersion, MappingVersion
from allmende.hub.terms import ConnectionDraft, DeliveryState, Reading, Way
from allmende.hub.tools import Kept, tools
from allmende.kernel.clock import now
from allmende.kernel.errors import Invalid, NotFound
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind

#: In whose time a day begins.
_ZONE = ZoneInfo("Europe/Berlin")

#: Makes the connection file of a new list from its mapping: what was said about it in the page.
Entry = Callable[[Mapping], file.Connection]


def store_first(actor: Subject, incoming: Incoming, entry: Entry, *, every: str = "") -> str:
    """Store a list as a new data set and return its id. Needs CONNECT and DESCRIBE in the unit.

    Raises Invalid where something is left to decide, or personal columns would be stored under another class than
    ``personal``; whatever is raised, nothing was stored.
    """
    rights.require(actor, Action.CONNECT, incoming.tenant, incoming.unit)
    rights.require(actor, Action.DESCRIBE, incoming.tenant, incoming.unit)
    check_decided(incoming.proposal)
    prepared = prepare_incoming(incoming)
    kept = _adopt(prepared, incoming.tenant, incoming.id)
    delivery = Delivery(
        id=incoming.id,
        file=incoming.file,
        sha256=incoming.sha256,
        bytes=incoming.bytes,
        way=Way.PAGE.value,
        by=actor.id,
        by_unit=actor.unit,
        state=DeliveryState.TAKEN.value,
        stand=prepared.stand,
    )
    try:
        with transaction.atomic():
            _allow(incoming.tenant)
            given = _copied(entry(_mapping(prepared, kept)))
            draft = ConnectionDraft(file=given, root=str((tools().files / kept.path).parent))
            connected = connect(actor, draft, tenant=incoming.tenant)
            binding = binding_row(incoming.tenant, connected.reads[0].dataset)
            row = DeliveredList.objects.create(
                binding=binding, tenant=incoming.tenant, unit=incoming.unit, every=every, **_memory(incoming)
            )
            delivery.feed = row
            _keep_original(delivery, incoming.path, prepared)
            delivery.save(force_insert=True)
            _follow(actor, row, delivery, prepared, kept, incoming.decisions, None)
            note(actor, "store_list", str(binding.dataset), tenant=incoming.tenant, rows=prepared.rows)
    except BaseException:
        (tools().files / kept.path).unlink(missing_ok=True)
        originals.destroy(delivery)
        raise
    on_the_way.done(incoming)
    return str(row.binding_id)


def store_next(
    actor: Subject,
    row: DeliveredList,
    delivery: Delivery,
    prepared: Prepared,
    difference: Difference | None,
    *,
    path: Path,
    decisions: Decisions,
) -> int:
    """Store a delivery as the next version, put it in force and return its number. The caller has checked who may.

    ``actor`` is a person with DESCRIBE in the unit, or stands for the link or folder a fitting file came through; then
    the columns are those the list has already.
    """
    if unknown := [name for name in row.key if name not in {field.name for field in prepared.fields}]:
        raise Invalid(
            Text(
                f"Die Spalte „{unknown[0]}“, an der Zeilen wiedererkannt werden, fehlt in dieser Datei.",
                f"The column “{unknown[0]}” that tells rows apart is missing in this file.",
            ),
            field="key",
        )
    kept, before = _adopt(prepared, row.tenant, Path(row.binding.connection.root).name), delivery.path
    try:
        with transaction.atomic():
            locked = DeliveredList.objects.select_for_update().get(binding_id=row.binding_id)
            _keep_original(delivery, path, prepared)
            delivery.feed, delivery.state, delivery.stand = locked, DeliveryState.TAKEN.value, prepared.stand
            delivery.reason_de = delivery.reason_en = ""
            delivery.save()
            number = _follow(actor, locked, delivery, prepared, kept, decisions, difference)
            note(actor, "next_version", str(row.binding_id), tenant=row.tenant, number=number, rows=prepared.rows)
    except BaseException:
        if not Copy.objects.filter(path=kept.path).exists():
            (tools().files / kept.path).unlink(missing_ok=True)
        if not before:
            originals.destroy(delivery)
        raise
    if before and not delivery.path:
        (tools().files / before).unlink(missing_ok=True)
    return number


def go_back(actor: Subject, dataset: str, number: int, *, tenant: str, reason: str) -> None:
    """Put another version of the list in force, older or newer. Needs DESCRIBE in the list's unit and a reason.

    Columns the catalogue describes go along; nothing is deleted.
    """
    row = on_the_way.list_row(tenant, dataset)
    rights.require(actor, Action.DESCRIBE, tenant, str(row.unit))
    if not reason.strip():
        raise Invalid(Text("Bitte begründen.", "Please give a reason."), field="reason")
    with transaction.atomic():
        locked = DeliveredList.objects.select_for_update().get(binding_id=row.binding_id)
        version = version_row(locked, number)
        _in_force(actor, locked, version, _fields(version.copy.mapping))
        note(actor, "go_back", dataset, tenant=tenant, number=number, reason=reason.strip()[:300])


def prepare_incoming(incoming: Incoming) -> Prepared:
    """Return the rows of a list on its way, as they will be stored."""
    return prepare(
        incoming.path,
        incoming.proposal,
        incoming.decisions,
        table=incoming.table,
        target=incoming.place / "rows.parquet",
        tenant=incoming.tenant,
        coarser=incoming.coarser,
        personal=incoming.personal,
        districts=incoming.districts,
    )


def difference_to(row: DeliveredList, prepared: Prepared) -> Difference | None:
    """Return what came, went and changed against the version in force; None where there is none to compare with."""
    copy = row.binding.copy
    if copy is None:
        return None
    return compare(tools().files / copy.path, prepared.path, key=tuple(row.key))


def version_row(row: DeliveredList, number: int) -> ListVersion:
    """Return a version of the list; raises NotFound."""
    found = row.versions.select_related("copy__mapping").filter(number=number).first()
    if found is None:
        raise NotFound(Text("Diesen Stand gibt es nicht.", "There is no such version."))
    return found


def moment_of(stand: str) -> datetime | None:
    """Return when a Stand begins to hold: the day, or the last day of its month or year; None where it says none."""
    parts = [int(part) for part in stand.split("-") if part.isdigit()]
    try:
        match parts:
            case [year]:
                day = date(year, 12, 31)
            case [year, month]:
                day = date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
            case [year, month, number]:
                day = date(year, month, number)
            case _:
                return None
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=_ZONE)


def _follow(
    actor: Subject,
    row: DeliveredList,
    delivery: Delivery,
    prepared: Prepared,
    kept: Kept,
    decisions: Decisions,
    difference: Difference | None,
) -> int:
    binding = Binding.objects.get(dataset=row.binding_id)
    text = reading_text(Reading(mapping=_mapping(prepared, kept)))
    last = binding.versions.first()
    if last is not None and last.text == text:
        mapping = last
    else:
        mapping = MappingVersion.objects.create(
            binding=binding,
            number=(last.number if last else 0) + 1,
            text=text,
            read_at=now(),
            made_by=actor.id or actor.kind.value,
        )
    copy = Copy.objects.create(
        binding=binding,
        path=kept.path,
        rows=kept.rows,
        bytes=kept.bytes,
        fields=kept.fields,
        mapping=mapping,
        as_of=moment_of(prepared.stand) or delivery.at,
    )
    newest = row.versions.first()
    version = ListVersion.objects.create(
        feed=row,
        number=(newest.number if newest else 0) + 1,
        delivery=delivery,
        copy=copy,
        stand=prepared.stand,
        decisions=msgspec.to_builtins(decisions),
        difference=msgspec.to_builtins(without_values(difference)) if difference is not None else {},
        notes=[msgspec.to_builtins(one) for one in prepared.notes],
        made_by=actor.id or actor.kind.value,
    )
    row.expected = [msgspec.to_builtins(one) for one in prepared.expected]
    row.save(update_fields=["expected"])
    _in_force(actor, row, version, Reading(mapping=_mapping(prepared, kept)))
    return version.number


def without_values(difference: Difference) -> Difference:
    """Return a difference without its examples: counts say nothing of anybody, rows are read by whoever may."""
    return msgspec.structs.replace(difference, came_examples=(), went_examples=(), changed_examples=())


def _in_force(actor: Subject, row: DeliveredList, version: ListVersion, reading: Reading) -> None:
    binding = binding_row(row.tenant, str(row.binding_id))
    binding.copy, binding.mapping, binding.mode = version.copy, version.copy.mapping, Mode.COPY.value
    binding.copy_failed_at, binding.copy_error_de, binding.copy_error_en = None, "", ""
    binding.save()
    if actor.kind is not SubjectKind.SYSTEM:  # what comes by itself has the columns there are
        _describe(actor, str(row.binding_id), reading)
    catalogue.mark_copied(str(row.binding_id), mode=Mode.COPY, as_of=version.copy.as_of)


def _describe(actor: Subject, dataset: str, reading: Reading) -> None:
    """Carry the version's columns into the catalogue; words somebody wrote there stay."""
    entry, _ = catalogue.draft(actor, dataset)
    old = {field.name: field for field in entry.fields}
    fields = []
    for field in field_drafts(reading):
        before = old.get(field.name, field)
        fields.append(
            msgspec.structs.replace(
                field,
                title=before.title if before.title.de else field.title,
                meaning=before.meaning if before.meaning.de else field.meaning,
            )
        )
    if [*entry.fields] != fields:
        catalogue.change_dataset(actor, dataset, msgspec.structs.replace(entry, fields=tuple(fields)))


def _fields(mapping: MappingVersion) -> Reading:
    return msgspec.toml.decode(mapping.text, type=Reading)


def _mapping(prepared: Prepared, kept: Kept) -> Mapping:
    return Mapping(read=Parquet(files=Path(kept.path).name), fields=prepared.fields)


def _adopt(prepared: Prepared, tenant: str, folder: str) -> Kept:
    fields = [PlanField(field.name, field.type.sql, field.unit) for field in prepared.fields]
    return tools().adopt(prepared.path, f"lists/{tenant}/{folder}", prepared.rows, fields)


def _keep_original(delivery: Delivery, path: Path, prepared: Prepared) -> None:
    """Keep the file as it was delivered, unless it holds what was decided not to be stored."""
    if prepared.private:
        delivery.path = delivery.key = ""
    elif not delivery.path:
        originals.keep(delivery, path)


def _memory(incoming: Incoming) -> dict[str, object]:
    return {
        "decisions": remember(incoming.decisions),
        "key": list(incoming.key),
        "coarser": dict(incoming.coarser),
        "personal": list(incoming.personal),
        "districts": msgspec.to_builtins(incoming.districts) if incoming.districts is not None else {},
    }


def remember(decisions: Decisions) -> dict[str, object]:
    """Return what of the decisions holds for the next file too: not that somebody looked, nor this file's Stand, nor
    rows by their number."""
    lasting = msgspec.structs.replace(
        decisions,
        looked=False,
        tables=tuple(msgspec.structs.replace(table, stand=None) for table in decisions.tables),
        rows=tuple(row for row in decisions.rows if row.text),
    )
    kept: dict[str, object] = msgspec.to_builtins(lasting)
    return kept


def _copied(given: file.Connection) -> file.Connection:
    datasets = tuple(
        msgspec.structs.replace(one, catalogue=msgspec.structs.replace(one.catalogue, mode="copy"))
        for one in given.datasets
    )
    return msgspec.structs.replace(given, datasets=datasets)


def _allow(tenant: str) -> None:
    """A town's lists may be read by its connections: the folder is the town's own."""
    place = tools().files / "lists" / tenant
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    AllowedAddress.objects.get_or_create(
        tenant=tenant,
        place=str(place.resolve()),
        port=None,
        unit=None,
        defaults={"reason": "Listen der Kommune", "made_at": now(), "made_by": ""},
    )
