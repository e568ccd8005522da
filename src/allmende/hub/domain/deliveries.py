# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on deliveries: the next file of a list comes, and is taken, waits for somebody, is laid aside or stopped.

What fits is taken. What does not is kept aside, sealed, with one sentence that says why; nothing is lost and nothing
is half taken over. What holds hidden or personal data that nobody decided on is not kept at all.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID

import msgspec
from django.db import transaction

from allmende.engine.lists.model import (
    Decisions,
    Difference,
    Drift,
    Found,
    Meaning,
    Origin,
    Proposal,
    Reaction,
    Why,
)
from allmende.engine.lists.propose import propose
from allmende.hub.domain import incoming as on_the_way
from allmende.hub.domain import originals
from allmende.hub.domain.changes import note
from allmende.hub.domain.incoming import Incoming, list_row, remembered, rule_of
from allmende.hub.domain.preparing import Prepared, check_decided, prepare
from allmende.hub.domain.versions import difference_to, prepare_incoming, remember, store_next
from allmende.hub.models import DeliveredList, Delivery, UploadLink
from allmende.hub.terms import DeliveryState, Expected, Way
from allmende.kernel.clock import now
from allmende.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import Action, Attribution, NoOnwardUse, Outcome, Subject, SubjectKind

#: The largest file that comes without an account, in bytes.
LARGEST = 50 << 20
#: Fewer of the expected columns than this share: a file of something else.
FITS = 0.5
#: More rows gone than this share: somebody looks first.
MANY_GONE = 0.2
#: More cells of a column unreadable than this share: somebody looks first.
MANY_UNREADABLE = 0.05

_PLACE = re.compile(
    r"\b(?:Stadt|Gemeinde|Kreisstadt|Hansestadt|Landeshauptstadt|Marktgemeinde)\s+([A-ZÄÖÜ][\wäöüß-]{2,})"
)
_NO_TOWN = frozenset({"Gesamt", "Insgesamt", "Summe", "Mitte", "Nord", "Süd", "West", "Ost", "Bezirk", "Amt"})


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks against taking a file as the next version: ``inside`` is for the administration, ``outside`` for
    whoever delivered it and may know of nothing else."""

    state: DeliveryState
    inside: Text
    outside: Text
    looks_like: str = ""  # id of the list it seems to belong to


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at: what it is, its rows, what changed, and what speaks against taking it."""

    proposal: Proposal | None
    verdict: Verdict | None
    prepared: Prepared | None = None
    difference: Difference | None = None


def deliver(
    row: DeliveredList, *, way: Way, name: str, pieces: Iterable[bytes], link: UploadLink | None = None
) -> tuple[Delivery, Text]:
    """Take what came through a link or a drop folder; return the delivery and what whoever sent it is told.

    Raises Invalid only where there is no file: empty or too large.
    """
    by = str(link.id) if link is not None else ""
    actor = Subject(kind=SubjectKind.SYSTEM, id=by, tenant=row.tenant, unit=str(row.unit))
    place = on_the_way.place_of(row.tenant) / new_id()
    place.mkdir(parents=True, mode=0o700)
    try:
        path = on_the_way.sent_to(place, name)
        digest, size = on_the_way.take(pieces, path, most=LARGEST)
        delivery = Delivery(
            feed=row, file=path.name, sha256=digest, bytes=size, way=way.value, by=by, by_unit=str(row.unit), link=link
        )
        with transaction.atomic():  # two files at once are looked at one after the other
            locked = DeliveredList.objects.select_for_update(of=("self",))
            row = locked.select_related("binding__connection", "binding__copy").get(binding_id=row.binding_id)
            delivery.feed = row
            judged = judge(row, path, digest, place / "rows.parquet", decisions=remembered(row))
            if judged.verdict is None and judged.prepared is not None:
                store_next(
                    actor,
                    row,
                    delivery,
                    judged.prepared,
                    judged.difference,
                    path=path,
                    decisions=remembered(row),
                )
                said = _taken(delivery, judged)
            else:
                said = _lay_aside(delivery, judged, path)
                note(actor, "deliver", str(row.binding_id), tenant=row.tenant, state=delivery.state)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return delivery, said


def accept(actor: Subject, incoming: Incoming, *, insist: bool = False) -> int:
    """Store a list that was looked at in the page as the next version of its data set; return its number.

    Needs DESCRIBE in the unit. Raises Conflict, naming what speaks against it, unless that was read (``insist``).
    """
    row = list_row(incoming.tenant, incoming.dataset)
    rights.require(actor, Action.DESCRIBE, incoming.tenant, str(row.unit))
    check_decided(incoming.proposal)
    prepared = prepare_incoming(incoming)
    difference = difference_to(row, prepared) if _same_key(row, prepared) else None
    verdict = against(row, incoming, prepared, difference)
    if verdict is not None and not insist:
        raise Conflict(verdict.inside, field="insist")
    with transaction.atomic():
        if incoming.delivery:  # somebody else may have decided meanwhile
            delivery = Delivery.objects.select_for_update().get(id=incoming.delivery, feed=row)
            on_the_way.require_open(delivery)
        else:
            delivery = Delivery(
                feed=row,
                file=incoming.file,
                sha256=incoming.sha256,
                bytes=incoming.bytes,
                way=Way.PAGE.value,
                by=actor.id,
                by_unit=actor.unit,
            )
        delivery.decided_at, delivery.decided_by = now(), actor.id or actor.kind.value
        row.decisions = remember(incoming.decisions)
        row.key, row.coarser, row.personal = list(incoming.key), dict(incoming.coarser), list(incoming.personal)
        row.districts = msgspec.to_builtins(incoming.districts) if incoming.districts is not None else {}
        row.save(update_fields=["decisions", "key", "coarser", "personal", "districts"])
        number = store_next(
            actor, row, delivery, prepared, difference, path=incoming.path, decisions=incoming.decisions
        )
    on_the_way.done(incoming)
    return number


def against(
    row: DeliveredList, incoming: Incoming, prepared: Prepared | None = None, difference: Difference | None = None
) -> Verdict | None:
    """Return what speaks against taking a list on its way as the next version; None if nothing does."""
    verdict = _wrong(row, incoming.proposal, incoming.table, incoming.sha256, but=incoming.delivery)
    if verdict is None and difference is not None and prepared is not None:
        verdict = _unlike(row, incoming.proposal, prepared, difference)
    return verdict


def dismiss(actor: Subject, delivery: str, *, tenant: str) -> None:
    """Decide against a delivery that waits or was laid aside: its file is destroyed, that it came stays written.

    Needs DESCRIBE in the list's unit.
    """
    with transaction.atomic():
        row = delivery_row(actor, delivery, tenant=tenant, lock=True)
        on_the_way.require_open(row)
        originals.destroy(row)
        row.state, row.decided_at, row.decided_by = DeliveryState.DISMISSED, now(), actor.id or actor.kind.value
        row.save()
        note(actor, "dismiss", str(row.feed_id), tenant=tenant, delivery=delivery)


def original(actor: Subject, delivery: str, *, tenant: str, purpose: str) -> tuple[str, Iterable[bytes]]:
    """Return a delivery's file, name and bytes, unchanged. That is reading the rows, all of them: it needs DESCRIBE in
    the list's unit and the right to read the data set for the purpose without anything hidden or coarsened. It is
    written into the decision log."""
    with transaction.atomic():
        row = delivery_row(actor, delivery, tenant=tenant)
        decision = rights.explain(actor, str(row.feed_id), purpose)
        if decision.outcome is not Outcome.ALLOW:
            raise rights.forbidden(decision)
        if not all(isinstance(one, Attribution | NoOnwardUse) for one in decision.obligations):
            raise Forbidden(
                Text(
                    "Sie dürfen diesen Datensatz nur unter Auflagen lesen; die Datei im Ganzen gehört nicht dazu.",
                    "You may read this data set under obligations only; the file as a whole is not part of that.",
                ),
                rule=decision.rule,
            )
        rights.log(actor, Action.READ, tenant, decision, what="read_original", about=(str(row.feed_id),))
        note(actor, "read_original", str(row.feed_id), tenant=tenant, delivery=delivery)
    return row.file, originals.read(row)


def change_list(
    actor: Subject, dataset: str, *, tenant: str, every: str, always_ask: bool, key: tuple[str, ...]
) -> None:
    """Say how often a list is delivered, whether somebody looks each time, and which columns tell rows apart.

    Needs DESCRIBE in the list's unit.
    """
    row = list_row(tenant, dataset)
    rights.require(actor, Action.DESCRIBE, tenant, str(row.unit))
    if every not in {"", "month", "quarter", "year"}:
        raise Invalid(Text("Diesen Rhythmus gibt es nicht.", "There is no such rhythm."), field="every")
    known = {one.name for one in expected_of(row)}
    if not set(key) <= known:
        raise Invalid(Text("Diese Spalte gibt es nicht.", "There is no such column."), field="key")
    with transaction.atomic():
        row.every, row.always_ask, row.key = every, always_ask, list(key)
        row.save(update_fields=["every", "always_ask", "key"])
        note(actor, "change_list", dataset, tenant=tenant, every=every, always_ask=always_ask, key=list(key))


def delivery_row(actor: Subject, delivery: str, *, tenant: str, lock: bool = False) -> Delivery:
    """Return a delivery of a list the actor answers for (DESCRIBE); raises NotFound, Forbidden."""
    rows = Delivery.objects.select_for_update(of=("self",)) if lock else Delivery.objects
    row = rows.select_related("feed").filter(feed__tenant=tenant, id=delivery).first()
    if row is None:
        raise NotFound(Text("Diese Lieferung gibt es nicht.", "There is no such delivery."))
    rights.require(actor, Action.DESCRIBE, tenant, str(row.feed.unit))
    return row


def judge(row: DeliveredList, path: Path, digest: str, target: Path, *, decisions: Decisions) -> Judged:
    """Look at a file that nobody has looked at and say whether it can be taken. Nothing is stored."""
    try:
        proposal = propose(path, decisions)
        if proposal.reaction is Reaction.STOP:
            return Judged(proposal=proposal, verdict=_stopped(proposal))
        verdict = _wrong(row, proposal, "", digest)
        if verdict is not None:
            return Judged(proposal=proposal, verdict=verdict)
        asks = proposal.reasons[0] if proposal.reaction is Reaction.ASK and proposal.reasons else None
        if asks is not None:  # looked at as if somebody had, to say what it would change; it is not taken
            decisions = msgspec.structs.replace(decisions, looked=True)
            proposal = propose(path, decisions)
            if proposal.reaction is not Reaction.IMPORT:
                return Judged(proposal=proposal, verdict=_verdict(DeliveryState.WAITING, asks))
        prepared = prepare(
            path,
            proposal,
            decisions,
            table="",
            target=target,
            tenant=row.tenant,
            coarser=dict(row.coarser),
            personal=tuple(row.personal),
            districts=rule_of(row),
        )
        if not _same_key(row, prepared):
            missing = next(name for name in row.key if name not in {field.name for field in prepared.fields})
            said = Text(
                f"Die Spalte „{_heading(row, missing)}“ fehlt, an der die Zeilen wiedererkannt werden.",
                f"The column “{_heading(row, missing)}” is missing by which the rows are recognised.",
            )
            return Judged(proposal=proposal, verdict=_verdict(DeliveryState.ASIDE, said))
        difference = difference_to(row, prepared)
        if difference is not None:
            verdict = _unlike(row, proposal, prepared, difference)
        if verdict is None and asks is not None:
            verdict = _verdict(DeliveryState.WAITING, asks)
        if verdict is None and row.always_ask:
            verdict = _verdict(
                DeliveryState.WAITING,
                Text(
                    "Die Datei passt. Bei dieser Liste sieht immer erst jemand darauf.",
                    "The file fits. With this list somebody always looks first.",
                ),
            )
    except Problem as problem:
        return Judged(proposal=None, verdict=_verdict(DeliveryState.ASIDE, problem.detail))
    return Judged(proposal=proposal, verdict=verdict, prepared=prepared, difference=difference)


def expected_of(row: DeliveredList) -> tuple[Expected, ...]:
    """Return the columns the list's next file should have."""
    return msgspec.convert(row.expected, tuple[Expected, ...])


def period_of(stand: str, every: str) -> str:
    """Return the month, quarter or year a Stand falls into (2026-10, 2026-Q4, 2026); the Stand itself without rhythm."""
    year, _, rest = stand.partition("-")
    month = rest[:2]
    if every == "year" or not stand:
        return year
    if every == "quarter" and month:
        return f"{year}-Q{(int(month) + 2) // 3}"
    return f"{year}-{month}" if every == "month" and month else stand


def _taken(delivery: Delivery, judged: Judged) -> Text:
    rows = judged.prepared.rows if judged.prepared is not None else 0
    changes = Text("", "")
    if (found := judged.difference) is not None and found.key:
        changes = Text(
            f" Neu: {found.came}, weggefallen: {found.went}, geändert: {found.changed}.",
            f" New: {found.came}, gone: {found.went}, changed: {found.changed}.",
        )
    stand = Text(f", Stand {delivery.stand}", f", as of {delivery.stand}") if delivery.stand else Text("", "")
    return Text(
        f"Die Datei passt und ist übernommen: {rows} Zeilen{stand.de}.{changes.de}",
        f"The file fits and was taken: {rows} rows{stand.en}.{changes.en}",
    )


def _lay_aside(delivery: Delivery, judged: Judged, path: Path) -> Text:
    verdict = judged.verdict
    if verdict is None:
        raise ValueError("a file that fits is not laid aside")
    delivery.state = verdict.state.value
    delivery.reason_de, delivery.reason_en = verdict.inside.de, verdict.inside.en
    delivery.looks_like = UUID(verdict.looks_like) if verdict.looks_like else None
    if judged.prepared is not None:
        delivery.stand = judged.prepared.stand
    elif judged.proposal is not None and judged.proposal.tables:
        delivery.stand = on_the_way.chosen(judged.proposal).stand if any(t.use for t in judged.proposal.tables) else ""
    private = judged.prepared is not None and judged.prepared.private
    if verdict.state is not DeliveryState.STOPPED and not private:
        originals.keep(delivery, path)
    try:
        delivery.save(force_insert=True)
    except BaseException:
        originals.destroy(delivery)
        raise
    return verdict.outside


def _wrong(row: DeliveredList, proposal: Proposal, table: str, digest: str, *, but: str = "") -> Verdict | None:
    """Return why the file is not this list's next one: the same again, another town's, another list's, another for a
    month that has one, an older one."""
    found = on_the_way.chosen(proposal, table)
    for test in (_same_again, _other_town, _other_list, _same_period):
        verdict = test(row, found, digest, but)
        if verdict is not None:
            return verdict
    return None


def _same_again(row: DeliveredList, found: Found, digest: str, but: str) -> Verdict | None:  # noqa: ARG001 (a test among others)
    former = (
        row.deliveries.filter(sha256=digest, state=DeliveryState.TAKEN).exclude(id__in=[but] if but else []).first()
    )
    if former is None:
        return None
    said = Text(
        f"Genau diese Datei liegt schon vor, geliefert am {former.at:%d.%m.%Y}. Sie wurde nicht noch einmal übernommen.",
        f"Exactly this file is here already, delivered on {former.at:%d.%m.%Y}. It was not taken again.",
    )
    return _verdict(DeliveryState.ASIDE, said)


def _other_town(row: DeliveredList, found: Found, digest: str, but: str) -> Verdict | None:  # noqa: ARG001
    town = organisations.tenant(row.tenant)
    for column in found.columns:
        if column.meaning is not Meaning.MUNICIPALITY_KEY or not town.ags or not column.examples:
            continue
        keys = [re.sub(r"\D", "", example).zfill(8) for example in column.examples]
        if not any(key.startswith(town.ags) for key in keys):
            return _of_another_town(Text(f"Gemeindeschlüssel {keys[0]}", f"municipality key {keys[0]}"), town.name)
    titles = [found.title, *(one.text for one in found.left_out if one.why in {Why.TITLE, Why.STAND, Why.NOTE})]
    named = [name for title in titles for name in _PLACE.findall(title) if name not in _NO_TOWN]
    own = town.name.casefold()
    if named and not any(name.casefold() in own or own in name.casefold() for name in named):
        return _of_another_town(Text(f"„{named[0]}“ im Titel", f"“{named[0]}” in the title"), town.name)
    return None


def _of_another_town(what: Text, town: str) -> Verdict:
    return _verdict(
        DeliveryState.ASIDE,
        Text(
            f"Diese Datei gehört offenbar zu einer anderen Kommune ({what.de}), nicht zu {town}.",
            f"This file seems to belong to another town ({what.en}), not to {town}.",
        ),
    )


def _other_list(row: DeliveredList, found: Found, digest: str, but: str) -> Verdict | None:  # noqa: ARG001
    headings = {_plain(column.heading or column.name) for column in found.columns if column.origin is Origin.CELLS}
    share = _share(row, headings)
    if share >= FITS:
        return None
    others = (
        DeliveredList.objects.filter(tenant=row.tenant).exclude(binding_id=row.binding_id).select_related("binding")
    )
    better = max(others, key=lambda other: _share(other, headings), default=None)
    there = sorted(
        _heading_of(one) for one in expected_of(row) if not one.made and _plain(_heading_of(one)) in headings
    )
    missing = [
        _heading_of(one) for one in expected_of(row) if not one.made and _plain(_heading_of(one)) not in headings
    ]
    listed = ", ".join(f"„{name}“" for name in missing[:5])
    said = Text(
        f"Diese Datei passt nicht zu dieser Liste: von den erwarteten Spalten sind nur {len(there)} da, es fehlen "
        f"{listed}{' und weitere' if len(missing) > 5 else ''}.",
        f"This file does not fit this list: only {len(there)} of the expected columns are there; missing are "
        f"{listed.replace('„', '“').replace('“,', '”,')}{' and others' if len(missing) > 5 else ''}.",
    )
    alike = better is not None and _share(better, headings) >= 0.8
    return Verdict(
        state=DeliveryState.ASIDE,
        inside=said,
        outside=said,
        looks_like=str(better.binding_id) if alike and better is not None else "",
    )


def _same_period(row: DeliveredList, found: Found, digest: str, but: str) -> Verdict | None:  # noqa: ARG001
    if not found.stand:
        return None
    period = period_of(found.stand, row.every)
    states = (DeliveryState.TAKEN, DeliveryState.WAITING)
    for former in row.deliveries.filter(state__in=states).exclude(id__in=[but] if but else []).exclude(stand=""):
        if period_of(former.stand, row.every) == period:
            said = Text(
                f"Für den Stand {period} liegt schon eine andere Datei vor („{former.file}“, geliefert am "
                f"{former.at:%d.%m.%Y}). Diese liegt beiseite, bis jemand entscheidet, welche gilt.",
                f"For {period} there is another file already (“{former.file}”, delivered on {former.at:%d.%m.%Y}). This "
                "one is kept aside until somebody decides which is valid.",
            )
            return _verdict(DeliveryState.ASIDE, said)
    newest = row.versions.exclude(stand="").first()
    if newest is not None and len(newest.stand) == len(found.stand) and found.stand < newest.stand:
        said = Text(
            f"Diese Datei ist älter (Stand {found.stand}) als der neueste Stand {newest.stand}.",
            f"This file is older (as of {found.stand}) than the newest version as of {newest.stand}.",
        )
        return _verdict(DeliveryState.ASIDE, said)
    return None


def _unlike(row: DeliveredList, proposal: Proposal, prepared: Prepared, difference: Difference) -> Verdict | None:
    """Return what somebody should see before a fitting file is taken: other columns, many rows gone, points to ask."""
    tests: tuple[Callable[[], Text | None], ...] = (
        lambda: _drifted(row, prepared, difference),
        lambda: _unchanged(difference),
        lambda: _many_gone(difference),
        lambda: _many_unreadable(proposal),
    )
    for number, test in enumerate(tests):
        if (said := test()) is not None:
            return _verdict(DeliveryState.ASIDE if number == 1 else DeliveryState.WAITING, said)
    return None


def _drifted(row: DeliveredList, prepared: Prepared, difference: Difference) -> Text | None:
    before = {one.name: (one.type, one.unit, one.personal) for one in expected_of(row)}
    after = {one.name: (one.type, one.unit, one.personal) for one in prepared.expected}
    if before == after:
        return None
    reasons = [one.reason for one in difference.columns if one.drift in Drift]
    if not reasons:
        names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        listed = ", ".join(names)
        reasons = [Text(f"Anders als bisher: {listed}.", f"Other than before: {listed}.")]
    return Text(
        "Die Spalten haben sich geändert: " + " ".join(one.de for one in reasons[:5]),
        "The columns have changed: " + " ".join(one.en for one in reasons[:5]),
    )


def _unchanged(difference: Difference) -> Text | None:
    if difference.came or difference.went or difference.changed or difference.before != difference.after:
        return None
    return Text(
        "Die Datei enthält dieselben Zeilen wie der geltende Stand. Sie wurde nicht noch einmal übernommen.",
        "The file holds the same rows as the version in force. It was not taken again.",
    )


def _many_gone(difference: Difference) -> Text | None:
    if difference.went <= max(3, MANY_GONE * difference.before):
        return None
    return Text(
        f"Von {difference.before} Zeilen fehlen {difference.went}. Bitte sehen Sie nach, ob die Datei vollständig ist.",
        f"Of {difference.before} rows {difference.went} are gone. Please see whether the file is complete.",
    )


def _many_unreadable(proposal: Proposal) -> Text | None:
    for column in on_the_way.chosen(proposal).columns:
        if column.unreadable > max(3, MANY_UNREADABLE * column.filled) and not column.drop:
            return Text(
                f"In der Spalte „{column.heading}“ sind {column.unreadable} Zellen nicht lesbar.",
                f"In the column “{column.heading}” {column.unreadable} cells cannot be read.",
            )
    return None


def _stopped(proposal: Proposal) -> Verdict:
    """Hidden or personal content that nobody decided on: told where it is, never what it says."""
    places = [*(one.where for one in proposal.personal if not one.decided)]
    places += [one.where for one in proposal.hidden if not one.decided]
    listed = Text("; ".join(one.de for one in places[:5]), "; ".join(one.en for one in places[:5]))
    return _verdict(
        DeliveryState.STOPPED,
        Text(
            "Angehalten, nichts wurde gespeichert: Die Datei enthält Verborgenes oder Angaben über Menschen, über die "
            f"noch niemand entschieden hat: {listed.de}. Bitte liefern Sie sie ohne diese Angaben.",
            "Stopped, nothing was stored: the file holds hidden content or data about people on which nobody has decided "
            f"yet: {listed.en}. Please deliver it without them.",
        ),
    )


def _verdict(state: DeliveryState, said: Text) -> Verdict:
    return Verdict(state=state, inside=said, outside=said)


def _same_key(row: DeliveredList, prepared: Prepared) -> bool:
    return set(row.key) <= {field.name for field in prepared.fields}


def _share(row: DeliveredList, headings: set[str]) -> float:
    wanted = [_plain(_heading_of(one)) for one in expected_of(row) if not one.made]
    return sum(name in headings for name in wanted) / len(wanted) if wanted else 1.0


def _heading_of(one: Expected) -> str:
    return one.heading or one.name


def _heading(row: DeliveredList, name: str) -> str:
    return next((_heading_of(one) for one in expected_of(row) if one.name == name), name)


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]+", "", heading.casefold())
