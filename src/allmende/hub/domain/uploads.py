# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people connect in the page, on its way: files they send, kept below the data folder, and tables and interfaces
:mod:`~allmende.hub.domain.opened` has looked at. All are corrected, then connected like any other source."""

from __future__ import annotations

import re
import shutil
import time
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
from django.db import transaction

from allmende.engine.connection import Fetch, Files, MySQL, Postgres, Source
from allmende.engine.look import Look, TableSeen, look_at_file
from allmende.engine.mapping import Mapping, Type, compile_relation, resolve
from allmende.engine.plan import Field, Relation
from allmende.hub.domain.drafts import reading_text
from allmende.hub.domain.reading import reached_of, relation_of
from allmende.hub.models import AllowedAddress, Connection, SourceSystem
from allmende.hub.terms import Reading
from allmende.hub.tools import tools
from allmende.kernel.clock import now
from allmende.kernel.errors import Invalid, NotFound
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject

#: What a file's name may be made of; everything else becomes an underscore.
_ODD = re.compile(r"[^\w .()-]+")
_ID = re.compile(r"[0-9a-f-]{36}\Z")

#: The largest file kept, in bytes.
LARGEST = 200 << 20
#: Rows shown of it.
PREVIEW = 20
#: How long a database or interface stays open before it is saved, in seconds.
HELD_S = 3600

#: How long a file that was sent stays without being connected, in seconds.
ABANDONED_S = 7 * 86400

Kept = TypeVar("Kept", "Upload", "Opened")


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A database that was opened and answered: its tables, of which one is chosen next."""

    id: str
    tenant: str
    person: str
    unit: str
    leads_to: Postgres | MySQL
    secret: str  # sealed for ``id``
    tables: tuple[TableSeen, ...]


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A source on its way to become a data set: who brought it, for which unit, and how it is to be read so far.

    ``file`` is the file's name, or what the table or interface is called.
    """

    id: str
    tenant: str
    person: str
    unit: str
    file: str
    sheet: str = ""
    mapping: Mapping
    leads_to: Source = Files()
    secret: str = ""  # sealed for ``id``
    fetch: Fetch | None = None
    reasons: tuple[Text, ...] = ()
    preview: tuple[tuple[str, ...], ...] = ()


def folder_of(tenant: str) -> Path:
    """Return the folder of a town's uploads."""
    return tools().files / "uploads" / tenant


def keep(actor: Subject, *, tenant: str, unit: str, name: str, pieces: Iterable[bytes]) -> Upload:
    """Keep a file and look at it. Needs CONNECT and DESCRIBE in the unit that answers for it, as saving will.

    Raises Invalid where it is empty, too large, of no kind that can be read, or the town's uploads take all the room
    they may, saying what and where.
    """
    rights.require(actor, Action.CONNECT, tenant, unit)
    rights.require(actor, Action.DESCRIBE, tenant, unit)
    id_, town = new_id(), folder_of(tenant)
    free = tools().quota - taken(tenant)
    place = town / id_
    place.mkdir(parents=True, mode=0o700)
    path = place / clean(name)
    size = 0
    with path.open("xb") as stream:
        for piece in pieces:
            size += len(piece)
            if size > min(LARGEST, free):
                break
            stream.write(piece)
    try:
        if LARGEST >= size > free:
            raise _full(tenant)
        if not 0 < size <= LARGEST:
            most = LARGEST >> 20
            raise Invalid(
                Text(f"Die Datei ist leer oder größer als {most} MB.", f"The file is empty or larger than {most} MB."),
                field="file",
            )
        seen = _look(path, place)
    except BaseException:
        path.unlink(missing_ok=True)
        place.rmdir()
        raise
    _allow(tenant, town)
    upload = Upload(
        id=id_,
        tenant=tenant,
        person=actor.id,
        unit=unit,
        file=path.name,
        mapping=seen.mapping,
        reasons=seen.told(),
        preview=seen.preview,
    )
    _write(upload)
    return upload


def correct(actor: Subject, upload: Upload, mapping: Mapping) -> Upload:
    """Read the source with a corrected mapping, keep it and return what it shows now. Raises what reading raises."""
    rights.require(actor, Action.CONNECT, upload.tenant, upload.unit)
    changed = msgspec.structs.replace(upload, mapping=mapping, preview=_preview(upload, mapping))
    _write(changed)
    return changed


def look_again(actor: Subject, upload: Upload, *, sheet: str) -> Upload:
    """Look at another sheet of the file."""
    rights.require(actor, Action.CONNECT, upload.tenant, upload.unit)
    place = root(upload)
    seen = _look(place / upload.file, place, sheet)
    changed = msgspec.structs.replace(
        upload, sheet=sheet, mapping=seen.mapping, reasons=seen.told(), preview=seen.preview
    )
    _write(changed)
    return changed


def find(actor: Subject, upload: str) -> Upload:
    """Return an upload of the actor's own; raises NotFound, and Forbidden who may no longer connect for its unit."""
    sent = read_own(actor, folder_of(actor.tenant) / f"{upload}.json", upload, Upload)
    found = sent or read_own(actor, opened_of(actor.tenant) / f"{upload}.json", upload, Upload)
    if found is None:
        raise none()
    rights.require(actor, Action.CONNECT, found.tenant, found.unit)
    return found


def drafts(actor: Subject) -> list[Upload]:
    """Return what the actor has begun to connect and not yet saved, oldest first."""
    if not actor.id or not actor.tenant:
        return []
    found = []
    for folder in (folder_of(actor.tenant), opened_of(actor.tenant)):
        for path in sorted(folder.glob("*.json")):
            try:
                own = read_own(actor, path, path.stem, Upload)
            except (OSError, msgspec.DecodeError):  # finished meanwhile, or not yet so far that it is one of these
                continue
            if own is not None:
                found.append(own)
    return found


def read_own(actor: Subject, path: Path, id_: str, kind: type[Kept]) -> Kept | None:
    """Return what was kept for the actor in ``path``; None if there is nothing, or it is another person's or too old."""
    if not _ID.match(id_) or not path.is_file():
        return None
    if path.parent == opened_of(actor.tenant) and path.stat().st_mtime < time.time() - HELD_S:
        return None
    found = msgspec.json.decode(path.read_bytes(), type=kind)
    return found if found.person == actor.id else None


def opened_of(tenant: str) -> Path:
    """Return the folder of what a town's people have opened: no connection may read it, no town can be called so."""
    return tools().files / "uploads" / ".opened" / tenant


def forget_opened() -> None:
    """Forget what was opened and not saved in time, with its sealed secret."""
    for path in (tools().files / "uploads" / ".opened").glob("*/*"):
        if path.stat().st_mtime < time.time() - HELD_S:
            path.unlink(missing_ok=True)


def taken(tenant: str) -> int:
    """Return what a town's uploads take on the disk, in bytes."""
    return sum(path.lstat().st_size for path in folder_of(tenant).rglob("*") if path.is_file())


def forget_abandoned() -> int:
    """Remove what was sent, not touched for :data:`ABANDONED_S` and never connected; return how many there were.

    A folder that any connection reads from stays, whatever its age; so do copies, which lie elsewhere.
    """
    removed = 0
    uploads = tools().files / "uploads"
    for town in (folder for folder in uploads.glob("*") if folder.is_dir() and not folder.name.startswith(".")):
        roots = [
            Path(root) for root in Connection.objects.filter(tenant=town.name).values_list("root", flat=True) if root
        ]
        if any(town.resolve().is_relative_to(root) for root in roots):
            continue  # a connection reads all of the town's files by a pattern
        for place in (folder for folder in town.iterdir() if folder.is_dir() and _ID.match(folder.name)):
            note = town / f"{place.name}.json"
            inside = [place, *place.rglob("*"), *([note] if note.exists() else [])]
            if max(path.lstat().st_mtime for path in inside) > time.time() - ABANDONED_S:
                continue
            if any(root.is_relative_to(place.resolve()) for root in roots):
                continue
            shutil.rmtree(place)
            note.unlink(missing_ok=True)
            removed += 1
    return removed


def _full(tenant: str) -> Invalid:
    most, days = tools().quota >> 20, ABANDONED_S // 86400
    return Invalid(
        Text(
            f"Für hochgeladene Dateien sind {most} MB vorgesehen, {taken(tenant) >> 20} MB sind belegt: diese passt nicht "
            f"mehr hinein. Was nie angebunden wurde, wird nach {days} Tagen entfernt; mehr Platz gibt der Betrieb.",
            f"{most} MB are meant for uploaded files, {taken(tenant) >> 20} MB are taken: this one does not fit. What was "
            f"never connected is removed after {days} days; the operator gives more room.",
        ),
        field="file",
    )


def secret_of(upload: Upload) -> str:
    """Return the secret in the clear, to be sealed for the connection that is saved; empty if there is none."""
    return tools().unseal(upload.secret, upload.id) if upload.secret else ""


def root(upload: Upload) -> Path:
    """Return the folder the file lies in. Only files have one."""
    return folder_of(upload.tenant) / upload.id


def done(upload: Upload) -> None:
    """Forget what was only for the way; the file stays, for the connection reads it."""
    (folder_of(upload.tenant) / f"{upload.id}.json").unlink(missing_ok=True)
    for path in opened_of(upload.tenant).glob(f"{upload.id}.*"):
        path.unlink(missing_ok=True)


def clean(name: str) -> str:
    """Return a file's name that is safe in a folder: no path, no hidden file, at most 120 characters."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    plain = _ODD.sub("_", plain).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:100]}{dot}{ending[:10]}" if dot and stem else (plain[:110] or "datei")


def _look(path: Path, place: Path, sheet: str = "") -> Look:
    return look_at_file(path, root=place, run=tools().rows, cache=_cache(), sheet=sheet)


def _preview(upload: Upload, mapping: Mapping) -> tuple[tuple[str, ...], ...]:
    if isinstance(upload.leads_to, Files):
        files = resolve(mapping.read, root(upload).resolve(), cache=_cache())
        relation = compile_relation(mapping, files=files)
    else:
        text = reading_text(Reading(mapping=mapping, fetch=upload.fetch))
        relation = relation_of(reached_of(unsaved(upload), dataset="", name="vorschau", text=text))
    columns = ", ".join(  # a field's name is checked by its type
        f'left({"ST_AsText" if field.type is Type.GEOMETRY else ""}("{field.name}")::VARCHAR, 200)'
        for field in mapping.fields
    )
    fields = tuple(Field(field.name, "VARCHAR") for field in mapping.fields)
    sql = f"SELECT {columns} FROM ({relation.sql}) LIMIT {PREVIEW}"  # noqa: S608 (names are checked by their type)
    rows = tools().rows(Relation(sql, fields, relation.attachments, relation.paths))
    return tuple(tuple("" if value is None else str(value) for value in row) for row in rows)


class Opening(Protocol):
    """What a connection is made of before it is saved."""

    @property
    def id(self) -> str:
        """What its secret is sealed for."""

    @property
    def tenant(self) -> str:
        """The town."""

    @property
    def unit(self) -> str:
        """Who answers for it."""

    @property
    def leads_to(self) -> Source:
        """Where it leads."""

    @property
    def secret(self) -> str:
        """The secret, sealed."""


def unsaved(opening: Opening) -> Connection:
    """Return the connection as a row that is not saved, for reading over it as over a saved one."""
    leads_to = msgspec.to_builtins(opening.leads_to)
    name = str(leads_to.get("host") or leads_to.get("url") or "")
    source = SourceSystem(tenant=opening.tenant, name=name, unit=opening.unit)
    return Connection(id=opening.id, tenant=opening.tenant, source=source, leads_to=leads_to, secret=opening.secret)


def _cache() -> Path:
    cache = tools().files / "uploads" / ".cache"  # no town can be called so: nobody's connections may read it
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    return cache


def _write(upload: Upload) -> None:
    folder = folder_of(upload.tenant) if isinstance(upload.leads_to, Files) else opened_of(upload.tenant)
    write(folder / f"{upload.id}.json", upload)


def write(path: Path, what: msgspec.Struct) -> None:
    """Keep a value in a file only this program's account reads."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_bytes(msgspec.json.encode(what))
    part.replace(path)


@transaction.atomic
def _allow(tenant: str, town: Path) -> None:
    """A town's connections may read what its people sent: the folder is the town's own."""
    AllowedAddress.objects.get_or_create(
        tenant=tenant,
        place=str(town.resolve()),
        port=None,
        unit=None,
        defaults={"reason": "Hochgeladene Dateien der Kommune", "made_at": now(), "made_by": ""},
    )


def none() -> NotFound:
    """Return the answer for what is not there, or another person's."""
    return NotFound(
        Text(
            "Diese Datei oder Anbindung gibt es hier nicht (mehr). Bitte beginnen Sie noch einmal.",
            "There is no such file or connection here (any more). Please begin again.",
        )
    )
