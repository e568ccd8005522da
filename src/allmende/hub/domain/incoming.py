# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A list on its way into the house: it lies in a passing place until its proposal was looked at and decided on.

Nothing of it is stored before that. Whoever stops it leaves nothing behind; what nobody decides on vanishes by itself.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
from django.db import transaction

from allmende.engine.lists.model import Decisions, Found, Proposal
from allmende.engine.lists.propose import propose
from allmende.hub.domain import originals
from allmende.hub.domain.changes import note
from allmende.hub.domain.uploads import LARGEST, clean, write
from allmende.hub.models import DeliveredList, Delivery, TownDistricts
from allmende.hub.terms import DeliveryState, DistrictRule
from allmende.hub.tools import tools
from allmende.kernel.errors import Conflict, Invalid, NotFound
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject

#: So long a list waits for its decision, in seconds, counted from the last thing done to it.
HELD_S = 2 * 3600

_ID = re.compile(r"[0-9a-f-]{36}\Z")
_STATE = "state.json"
#: Where in its place the file itself lies.
SENT = "datei"


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A list on its way: who brought it, for which unit and data set, what it seems to be, what was decided so far."""

    id: str
    tenant: str
    person: str
    unit: str
    file: str
    sha256: str
    bytes: int
    proposal: Proposal
    dataset: str = ""  # the list it is the next version of, "" for a new one
    delivery: str = ""  # the delivery laid aside that is taken up again
    decisions: Decisions = Decisions()
    table: str = ""  # key of the table chosen, "" for the first in use
    key: tuple[str, ...] = ()
    coarser: dict[str, str] = {}
    personal: tuple[str, ...] = ()  # columns said by hand to be about people
    districts: DistrictRule | None = None

    @property
    def place(self) -> Path:
        """The folder it lies in."""
        return place_of(self.tenant) / self.id

    @property
    def path(self) -> Path:
        """The file."""
        return self.place / SENT / self.file

    @property
    def found(self) -> Found:
        """The table chosen. Raises Invalid where the file holds none."""
        return chosen(self.proposal, self.table)


def sent_to(place: Path, name: str) -> Path:
    """Return where in its place a file that was sent lies: in a folder of its own, or its name could be that of what we
    write down about it."""
    (place / SENT).mkdir(mode=0o700)
    return place / SENT / clean(name)


def place_of(tenant: str) -> Path:
    """Return the folder of what a town's people have on the way."""
    return tools().passing / tenant


def receive(
    actor: Subject, *, tenant: str, unit: str, name: str, pieces: Iterable[bytes], dataset: str = ""
) -> Incoming:
    """Take a file and say what it seems to be; nothing is stored. Needs DESCRIBE in the unit that answers for it, for
    a new data set CONNECT too, as storing it will.

    Raises Invalid where it is empty, too large, or of no kind that can be read, saying what and where.
    """
    decisions, key, districts = Decisions(), (), None
    coarser: dict[str, str] = {}
    personal: tuple[str, ...] = ()
    if dataset:
        row = list_row(tenant, dataset)
        unit, decisions, key, coarser = str(row.unit), remembered(row), tuple(row.key), dict(row.coarser)
        personal, districts = tuple(row.personal), rule_of(row)
    else:
        rights.require(actor, Action.CONNECT, tenant, unit)
    rights.require(actor, Action.DESCRIBE, tenant, unit)
    id_ = new_id()
    place = place_of(tenant) / id_
    place.mkdir(parents=True, mode=0o700)
    try:
        path = sent_to(place, name)
        digest, size = take(pieces, path, most=LARGEST)
        incoming = Incoming(
            id=id_,
            tenant=tenant,
            person=actor.id,
            unit=unit,
            file=path.name,
            sha256=digest,
            bytes=size,
            proposal=propose(path, decisions),
            dataset=dataset,
            decisions=decisions,
            key=key,
            coarser=coarser,
            personal=personal,
            districts=districts,
        )
        _write(incoming)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return incoming


def take_up(actor: Subject, delivery: str, *, tenant: str) -> Incoming:
    """Take up a delivery that waits or was laid aside, to look at it and decide. Needs DESCRIBE in the list's unit.

    Raises Conflict where it is decided already: what was taken is data, and read as such (``deliveries.original``).
    """
    row = Delivery.objects.select_related("feed").filter(feed__tenant=tenant, id=delivery).first()
    if row is None:
        raise NotFound(Text("Diese Lieferung gibt es nicht.", "There is no such delivery."))
    rights.require(actor, Action.DESCRIBE, tenant, str(row.feed.unit))
    require_open(row)
    taken = receive(
        actor,
        tenant=tenant,
        unit=str(row.feed.unit),
        name=row.file,
        pieces=originals.read(row),
        dataset=str(row.feed_id),
    )
    changed = msgspec.structs.replace(taken, delivery=delivery)
    _write(changed)
    return changed


def require_open(delivery: Delivery) -> None:
    """Raise Conflict unless somebody has still to decide on the delivery."""
    if delivery.state not in {DeliveryState.WAITING, DeliveryState.ASIDE}:
        raise Conflict(Text("Darüber ist schon entschieden.", "This is decided already."))


def decide(
    actor: Subject,
    incoming: Incoming,
    decisions: Decisions,
    *,
    table: str = "",
    key: tuple[str, ...] = (),
    coarser: dict[str, str] | None = None,
    personal: tuple[str, ...] = (),
    districts: DistrictRule | None = None,
) -> Incoming:
    """Keep what was decided and return what the list is with it. Needs DESCRIBE in the unit.

    Raises Invalid where a decision does not fit the file.
    """
    rights.require(actor, Action.DESCRIBE, incoming.tenant, incoming.unit)
    for because in [*(one.because for one in decisions.personal), *(one.because for one in decisions.hidden)]:
        if len(because) > 500:
            raise Invalid(Text("Höchstens 500 Zeichen.", "At most 500 characters."), field="because")
    proposal = propose(incoming.path, decisions)
    changed = msgspec.structs.replace(
        incoming,
        proposal=proposal,
        decisions=decisions,
        table=table,
        key=key,
        coarser=coarser or {},
        personal=personal,
        districts=districts,
    )
    _write(changed)
    return changed


def stop(actor: Subject, incoming: Incoming) -> None:
    """Break off: the file and everything said about it are deleted; the register keeps that it was so, and why."""
    shutil.rmtree(incoming.place)
    found = sorted({one.kind.value for one in incoming.proposal.personal})
    hidden = sorted({one.kind.value for one in incoming.proposal.hidden})
    with transaction.atomic():
        note(
            actor, "stop_list", incoming.dataset or incoming.unit, tenant=incoming.tenant, personal=found, hidden=hidden
        )


def done(incoming: Incoming) -> None:
    """Forget what was only for the way."""
    shutil.rmtree(incoming.place, ignore_errors=True)


def find(actor: Subject, incoming: str) -> Incoming:
    """Return a list of the actor's own on its way; raises NotFound, also for one that waited too long."""
    path = place_of(actor.tenant) / incoming / _STATE
    if _ID.match(incoming) and path.is_file() and path.stat().st_mtime > time.time() - HELD_S:
        found = msgspec.json.decode(path.read_bytes(), type=Incoming)
        if found.person == actor.id:
            return found
    raise NotFound(
        Text(
            "Diese Liste ist nicht (mehr) auf dem Weg. Nach zwei Stunden ohne Entscheidung wird sie gelöscht. Bitte "
            "legen Sie die Datei noch einmal ab.",
            "This list is not on its way (any more). After two hours without a decision it is deleted. Please drop the "
            "file once more.",
        )
    )


def forget_incoming() -> int:
    """Delete what nobody decided on in time; return how many."""
    count = 0
    for place in tools().passing.glob("*/*"):
        state = place / _STATE
        at = state.stat().st_mtime if state.is_file() else place.stat().st_mtime
        if at < time.time() - HELD_S:
            shutil.rmtree(place, ignore_errors=True)
            count += 1
    return count


def take(pieces: Iterable[bytes], path: Path, *, most: int) -> tuple[str, int]:
    """Write the pieces to a new file only this program's account reads; return SHA-256 and size. Raises Invalid."""
    digest, size = hashlib.sha256(), 0
    path.touch(mode=0o600, exist_ok=False)
    with path.open("wb") as stream:
        for piece in pieces:
            size += len(piece)
            if size > most:
                break
            digest.update(piece)
            stream.write(piece)
    if not 0 < size <= most:
        limit = most >> 20
        raise Invalid(
            Text(f"Die Datei ist leer oder größer als {limit} MB.", f"The file is empty or larger than {limit} MB."),
            field="file",
        )
    return digest.hexdigest(), size


def list_row(tenant: str, dataset: str) -> DeliveredList:
    """Return the town's list; raises NotFound."""
    row = DeliveredList.objects.select_related("binding__connection", "binding__copy", "binding__mapping")
    found = row.filter(tenant=tenant, binding_id=dataset).first() if _ID.match(dataset) else None
    if found is None:
        raise NotFound(Text("Diese Liste gibt es nicht.", "There is no such list."))
    return found


def remembered(row: DeliveredList) -> Decisions:
    """Return what was decided for the list and holds for the next file too."""
    return msgspec.convert(row.decisions, Decisions)


def rule_of(row: DeliveredList) -> DistrictRule | None:
    """Return how the list's rows are given their district."""
    return msgspec.convert(row.districts, DistrictRule) if row.districts else None


def chosen(proposal: Proposal, table: str = "") -> Found:
    """Return the table with that key, else the first that is in use. Raises Invalid where there is none."""
    used = [found for found in proposal.tables if found.use]
    for found in used:
        if found.key == table:
            return found
    if not used:
        raise Invalid(
            Text(
                "In dieser Datei wurde keine Tabelle gefunden, die übernommen werden kann.",
                "No table that can be taken over was found in this file.",
            ),
            field="file",
        )
    return used[0]


def _write(incoming: Incoming) -> None:
    write(incoming.place / _STATE, incoming)


def choose(actor: Subject, incoming: Incoming, table: str) -> Incoming:
    """Choose another table of the file. Needs DESCRIBE in the unit. Raises Invalid where there is none such."""
    rights.require(actor, Action.DESCRIBE, incoming.tenant, incoming.unit)
    if all(found.key != table for found in incoming.proposal.tables):
        raise Invalid(Text("Diese Tabelle gibt es in der Datei nicht.", "There is no such table in the file."))
    changed = msgspec.structs.replace(incoming, table=table)
    _write(changed)
    return changed


def districts_named(tenant: str) -> bool:
    """Return whether the town has said by which streets or areas rows are given their district."""
    return TownDistricts.objects.filter(tenant=tenant).exclude(streets=None, areas=None).exists()
