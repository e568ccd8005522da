# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files people send: kept below the data folder, looked at, corrected, then connected like any other file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import msgspec
from django.db import transaction

from allmende.engine.look import Look, look_at_file
from allmende.engine.mapping import Mapping, Type, compile_relation, resolve
from allmende.engine.plan import Field, Relation
from allmende.hub.models import AllowedAddress
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


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way to become a data set: who sent it, for which unit, and how it is to be read so far."""

    id: str
    tenant: str
    person: str
    unit: str
    file: str
    sheet: str = ""
    mapping: Mapping
    reasons: tuple[Text, ...] = ()
    preview: tuple[tuple[str, ...], ...] = ()


def folder_of(tenant: str) -> Path:
    """Return the folder of a town's uploads."""
    return tools().files / "uploads" / tenant


def keep(actor: Subject, *, tenant: str, unit: str, name: str, pieces: Iterable[bytes]) -> Upload:
    """Keep a file and look at it. Needs CONNECT and DESCRIBE in the unit that answers for it, as saving will.

    Raises Invalid where it is empty, too large or of no kind that can be read, saying what and where.
    """
    rights.require(actor, Action.CONNECT, tenant, unit)
    rights.require(actor, Action.DESCRIBE, tenant, unit)
    id_, town = new_id(), folder_of(tenant)
    place = town / id_
    place.mkdir(parents=True, mode=0o700)
    path = place / clean(name)
    size = 0
    with path.open("xb") as stream:
        for piece in pieces:
            size += len(piece)
            if size > LARGEST:
                break
            stream.write(piece)
    try:
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
        reasons=(*seen.reasons, *(reason for column in seen.columns for reason in column.reasons)),
        preview=seen.preview,
    )
    _write(upload)
    return upload


def correct(actor: Subject, upload: Upload, mapping: Mapping) -> Upload:
    """Read the file with a corrected mapping, keep it and return what it shows now. Raises what reading raises."""
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
        upload, sheet=sheet, mapping=seen.mapping, reasons=seen.reasons, preview=seen.preview
    )
    _write(changed)
    return changed


def find(actor: Subject, upload: str) -> Upload:
    """Return an upload of the actor's own; raises NotFound."""
    path = folder_of(actor.tenant) / f"{upload}.json"
    if not _ID.match(upload) or not path.is_file():
        raise _none()
    found = msgspec.json.decode(path.read_bytes(), type=Upload)
    if found.person != actor.id:
        raise _none()
    return found


def root(upload: Upload) -> Path:
    """Return the folder the file lies in."""
    return folder_of(upload.tenant) / upload.id


def done(upload: Upload) -> None:
    """Forget what was only for the way; the file stays, for the connection reads it."""
    (folder_of(upload.tenant) / f"{upload.id}.json").unlink(missing_ok=True)


def clean(name: str) -> str:
    """Return a file's name that is safe in a folder: no path, no hidden file, at most 120 characters."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    plain = _ODD.sub("_", plain).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:100]}{dot}{ending[:10]}" if dot and stem else (plain[:110] or "datei")


def _look(path: Path, place: Path, sheet: str = "") -> Look:
    return look_at_file(path, root=place, run=tools().rows, cache=_cache(), sheet=sheet)


def _preview(upload: Upload, mapping: Mapping) -> tuple[tuple[str, ...], ...]:
    files = resolve(mapping.read, root(upload).resolve(), cache=_cache())
    relation = compile_relation(mapping, files=files)
    columns = ", ".join(  # a field's name is checked by its type
        f'left({"ST_AsText" if field.type is Type.GEOMETRY else ""}("{field.name}")::VARCHAR, 200)'
        for field in mapping.fields
    )
    fields = tuple(Field(field.name, "VARCHAR") for field in mapping.fields)
    sql = f"SELECT {columns} FROM ({relation.sql}) LIMIT {PREVIEW}"  # noqa: S608 (names are checked by their type)
    rows = tools().rows(Relation(sql, fields, relation.attachments, relation.paths))
    return tuple(tuple("" if value is None else str(value) for value in row) for row in rows)


def _cache() -> Path:
    cache = tools().files / "uploads" / ".cache"  # no town can be called so: nobody's connections may read it
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    return cache


def _write(upload: Upload) -> None:
    path = folder_of(upload.tenant) / f"{upload.id}.json"
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(upload))
    part.replace(path)


@transaction.atomic
def _allow(tenant: str, town: Path) -> None:
    """A town's connections may read what its people sent: the folder is the town's own."""
    AllowedAddress.objects.get_or_create(
        tenant=tenant,
        place=str(town.resolve()),
        port=None,
        defaults={"reason": "Hochgeladene Dateien der Kommune", "made_at": now(), "made_by": ""},
    )


def _none() -> NotFound:
    return NotFound(
        Text("Diese hochgeladene Datei gibt es nicht (mehr).", "There is no such uploaded file (any more).")
    )
