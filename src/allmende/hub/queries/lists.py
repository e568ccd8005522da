# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lists as their pages show them: to whoever answers for them (DESCRIBE in the list's unit). No rows, only counts."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.timezone import localdate

from allmende.catalogue import door as catalogue
from allmende.engine.lists.model import Difference
from allmende.hub.models import DeliveredList, Delivery, ListVersion, TownDistricts, UploadLink
from allmende.hub.terms import (
    DeliveryState,
    DeliveryView,
    DistrictRule,
    Expected,
    LinkView,
    ListView,
    VersionView,
    Way,
)
from allmende.kernel.clock import now
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, Action, Subject

#: Deliveries a page shows.
MOST = 50


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an office with a link is shown, and nothing else: what is expected, by when, what came last."""

    whom: str
    title: Text
    unit: Text
    town: str
    deadline: datetime
    late: bool
    expected: tuple[Expected, ...]
    last_at: datetime | None
    last_stand: str
    last_rows: int | None


def lists(subject: Subject, *, tenant: str) -> list[ListView]:
    """Return the town's lists the subject answers for, by title."""
    rows = DeliveredList.objects.filter(tenant=tenant).select_related("binding").prefetch_related("links")
    known = rights.known(subject)
    views = [
        list_view(subject, row, known)
        for row in rows
        if str(row.binding_id) in known and rights.may(subject, Action.DESCRIBE, tenant, str(row.unit))
    ]
    return sorted(views, key=lambda view: organisations.sort_key(view.title.de))


def one_list(subject: Subject, dataset: str, *, tenant: str) -> ListView:
    """Return one list; raises NotFound, also where the subject does not answer for it."""
    row = DeliveredList.objects.filter(tenant=tenant, binding_id=dataset).select_related("binding").first()
    known = rights.known(subject)
    if row is None or dataset not in known or not rights.may(subject, Action.DESCRIBE, tenant, str(row.unit)):
        raise NotFound(Text("Diese Liste gibt es nicht.", "There is no such list."))
    return list_view(subject, row, known)


def list_view(subject: Subject, row: DeliveredList, known: frozenset[str]) -> ListView:
    """Return a list as a value."""
    entry, _ = catalogue.draft(subject, str(row.binding_id))
    titles: dict[str, Text] = {}
    deliveries = list(row.deliveries.select_related("link", "version")[:MOST])
    for like in {str(one.looks_like) for one in deliveries if one.looks_like} & known:
        titles[like] = catalogue.draft(subject, like)[0].title
    versions = row.versions.select_related("copy", "delivery").all()
    present = row.binding.copy_id
    return ListView(
        dataset=str(row.binding_id),
        tenant=row.tenant,
        slug=row.binding.name,
        title=entry.title,
        unit=str(row.unit),
        expected=msgspec.convert(row.expected, tuple[Expected, ...]),
        key=tuple(row.key),
        every=row.every,
        always_ask=row.always_ask,
        folder=row.folder,
        districts=msgspec.convert(row.districts, DistrictRule) if row.districts else None,
        versions=tuple(_version(one, one.copy_id == present) for one in versions),
        deliveries=tuple(_delivery(one, titles) for one in deliveries),
        links=tuple(_link(one) for one in row.links.all()),
    )


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """What waits in a list: how many deliveries for a decision, and whose link's deadline passed without a file."""

    dataset: str
    title: Text
    open: int
    late: tuple[tuple[str, date], ...]  # whom, deadline


def pending(subject: Subject, *, tenant: str, moment: datetime) -> list[Pending]:
    """Return the lists the subject answers for in which something waits (two queries and one for each such list)."""
    late: dict[str, list[tuple[str, date]]] = {}
    came = Delivery.objects.filter(link=OuterRef("pk"), state__in=(DeliveryState.TAKEN, DeliveryState.WAITING))
    over = UploadLink.objects.filter(
        ~Exists(came), feed__tenant=tenant, revoked_at=None, closes_at__gt=moment, deadline__lt=localdate(moment)
    )
    for link in over.order_by("deadline"):
        late.setdefault(str(link.feed_id), []).append((link.whom, link.deadline))
    waiting = Q(deliveries__state__in=(DeliveryState.WAITING, DeliveryState.ASIDE))
    rows = DeliveredList.objects.filter(tenant=tenant).annotate(open=Count("deliveries", filter=waiting))
    known = rights.known(subject)
    return [
        Pending(
            dataset=str(row.binding_id),
            title=catalogue.draft(subject, str(row.binding_id))[0].title,
            open=row.open,
            late=tuple(late.get(str(row.pk), ())),
        )
        for row in rows
        if (row.open or str(row.pk) in late)
        and str(row.binding_id) in known
        and rights.may(subject, Action.DESCRIBE, tenant, str(row.unit))
    ]


def districts_of(tenant: str) -> dict[str, str]:
    """Return by which data sets and columns the town gives rows their district, for its form; no rows, only names."""
    row = TownDistricts.objects.filter(tenant=tenant).first()
    if row is None:
        return {}
    found = {"streets": str(row.streets or ""), "areas": str(row.areas or "")}
    found |= {f"streets_{part}": column for part, column in row.street_columns.items()}
    return found | {f"areas_{part}": column for part, column in row.area_columns.items()}


def asked(link: UploadLink) -> Asked:
    """Return what an open link shows."""
    row = link.feed
    unit = organisations.unit(row.tenant, str(row.unit))
    last = row.versions.select_related("copy", "delivery").first()
    return Asked(
        whom=link.whom,
        title=catalogue.draft(OPERATOR, str(row.binding_id))[0].title,
        unit=unit.name,
        town=organisations.tenant(row.tenant).name,
        deadline=datetime.combine(link.deadline, datetime.min.time()),
        late=now().date() > link.deadline,
        expected=tuple(one for one in msgspec.convert(row.expected, tuple[Expected, ...]) if not one.made),
        last_at=last.delivery.at if last is not None else None,
        last_stand=last.stand if last is not None else "",
        last_rows=last.copy.rows if last is not None else None,
    )


def _version(row: ListVersion, in_force: bool) -> VersionView:
    return VersionView(
        number=row.number,
        stand=row.stand,
        made_at=row.made_at,
        rows=row.copy.rows,
        in_force=in_force,
        file=row.delivery.file,
        delivery=str(row.delivery_id),
        copy=str(row.copy_id),
        difference=msgspec.convert(row.difference, Difference) if row.difference else None,
        notes=msgspec.convert(row.notes, tuple[Text, ...]),
    )


def _delivery(row: Delivery, titles: dict[str, Text]) -> DeliveryView:
    reason = Text(row.reason_de, row.reason_en)
    like = titles.get(str(row.looks_like))
    if like is not None:
        reason = Text(
            f"{reason.de} Sie sieht aus wie eine Datei der Liste „{like.de}“.",
            f"{reason.en} It looks like a file of the list “{like.en or like.de}”.",
        )
    version: ListVersion | None = getattr(row, "version", None)
    return DeliveryView(
        id=str(row.id),
        file=row.file,
        at=row.at,
        way=Way(row.way),
        whom=row.link.whom if row.link is not None else "",
        unit=row.by_unit,
        stand=row.stand,
        state=DeliveryState(row.state),
        reason=reason,
        bytes=row.bytes,
        sha256=row.sha256,
        kept=bool(row.path),
        version=version.number if version is not None else None,
    )


def _link(row: UploadLink) -> LinkView:
    return LinkView(
        id=str(row.id),
        whom=row.whom,
        mail=row.mail,
        deadline=row.deadline,
        open=row.revoked_at is None and row.closes_at > now(),
        revoked=row.revoked_at is not None,
        tries=row.tries,
        made_at=row.made_at,
    )
