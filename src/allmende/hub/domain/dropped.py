# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Drop folders (Ablageordner): a folder for a list, looked into by a job; the answer is written beside the file.

A file is taken when it has stopped growing. What was taken is moved into ``uebernommen``; everything else stays where
the office put it, with a text that says why.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.db import transaction

from allmende.hub.domain.changes import note
from allmende.hub.domain.deliveries import deliver
from allmende.hub.domain.incoming import list_row
from allmende.hub.domain.reading import places_of
from allmende.hub.models import DeliveredList
from allmende.hub.terms import DeliveryState, Way
from allmende.hub.tools import tools
from allmende.kernel.clock import now
from allmende.kernel.errors import Invalid, Problem
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject

_log = logging.getLogger(__name__)

#: A file has stopped growing when it looks the same at two looks and was not written to for so long.
STILL = timedelta(seconds=30)
#: What an answer's name ends with, and where files go that were taken.
ANSWER, TAKEN = ".antwort.txt", "uebernommen"
#: Files of one folder looked at in one go.
MOST = 50

_PIECE = 1 << 20


def set_folder(actor: Subject, dataset: str, *, tenant: str, place: str = "", on: bool = True) -> str:
    """Give a list a drop folder, below the data folder or at an allowed place, or take it away; return the folder.

    Needs DESCRIBE in the list's unit; a place of one's own must lie in a folder the machine's administrator allowed, and
    needs CONNECT. Raises AddressRefused, Invalid.
    """
    row = list_row(tenant, dataset)
    rights.require(actor, Action.DESCRIBE, tenant, str(row.unit))
    folder = ""
    if on and place:
        rights.require(actor, Action.CONNECT, tenant, str(row.unit))
        path = Path(place)
        if not path.is_absolute():
            raise Invalid(Text("Bitte den ganzen Pfad angeben.", "Please give the whole path."), field="place")
        folder = str(places_of(tenant, row.unit).folder(path))
        if Path(folder).is_relative_to(tools().files.resolve()):
            raise Invalid(Text("Dieser Ordner ist belegt.", "This folder is taken."), field="place")
        if DeliveredList.objects.exclude(binding_id=row.binding_id).filter(folder=folder).exists():
            raise Invalid(Text("Dieser Ordner ist belegt.", "This folder is taken."), field="place")
    elif on:
        own = tools().files.parent / "ablage" / tenant / row.binding.name
        own.mkdir(parents=True, exist_ok=True, mode=0o770)
        folder = str(own.resolve())
    with transaction.atomic():
        DeliveredList.objects.filter(binding_id=row.binding_id).update(folder=folder, seen={})
        note(actor, "set_folder", dataset, tenant=tenant, folder=folder)
    return folder


def watch() -> dict[str, int]:
    """Look into every drop folder once and deliver what lies still; return how many files by folder. One failure stops
    no other."""
    outcome: dict[str, int] = {}
    for row in DeliveredList.objects.exclude(folder="").select_related("binding"):
        try:
            outcome[row.folder] = _look(row)
        except Exception:  # noqa: BLE001 (whatever lies in one office's folder, the others' are looked into)
            _log.exception("the drop folder of %s could not be looked into", row.binding)
    return outcome


def _look(row: DeliveredList) -> int:
    folder = Path(row.folder)
    if not folder.is_relative_to((tools().files.parent / "ablage").resolve()):
        folder = places_of(row.tenant, row.unit).folder(folder)  # still allowed?
    seen: dict[str, list[int]] = {}
    count = 0
    for name, state in list(_files(folder))[:MOST]:
        known = row.seen.get(name, [])
        now_ = [state.st_size, state.st_mtime_ns]
        if known[:2] == now_ and known[2:]:
            seen[name] = known
            continue
        still = state.st_mtime < (now() - STILL).timestamp()
        if known[:2] != now_ or not still:
            seen[name] = now_
            continue
        if _deliver(row, folder, name):
            count += 1
        else:
            seen[name] = [*now_, 1]
    DeliveredList.objects.filter(binding_id=row.binding_id).update(seen=seen)
    return count


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            state = entry.stat(follow_symlinks=False)
            if not entry.name.isprintable():  # no file's name we could write down: not UTF-8, or with a line's end
                continue
            hidden = entry.name.startswith((".", "~$")) or entry.name.endswith((ANSWER, ".part", ".tmp"))
            if stat.S_ISREG(state.st_mode) and not hidden:
                yield entry.name, state


def _deliver(row: DeliveredList, folder: Path, name: str) -> bool:
    """Deliver one file and write the answer beside it; return whether it was taken and moved."""
    path = folder / name
    try:
        delivery, said = deliver(
            list_row(row.tenant, str(row.binding_id)), way=Way.FOLDER, name=name, pieces=_pieces(path)
        )
        taken = delivery.state == DeliveryState.TAKEN
    except Problem as problem:
        said, taken = problem.detail, False
    if taken:
        place = folder / TAKEN
        place.mkdir(exist_ok=True)
        path.replace(place / f"{now():%Y%m%d-%H%M%S}-{name}")
    answer = folder / f"{name}{ANSWER}"
    part = folder / f".{name}.part"
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o660)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"{name}\n{now():%d.%m.%Y %H:%M} UTC\n\n{said.de}\n\n{said.en}\n")
    part.replace(answer)
    return taken


def _pieces(path: Path) -> Iterator[bytes]:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
