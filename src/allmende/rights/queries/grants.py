# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading grants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.db.models import Q

from allmende.rights.models import Grant as Row
from allmende.rights.models import Purpose
from allmende.rights.terms import Action, Effect, Grant, GranteeKind, Obligation


class GrantView(msgspec.Struct, frozen=True):
    """A grant with when and by whom it was given and withdrawn."""

    grant: Grant
    given_at: datetime
    given_by: str
    withdrawn_at: datetime | None


def grants_on(resource: str, *, withdrawn: bool = False) -> tuple[GrantView, ...]:
    """Return the grants on a data set in the order they were given; with ``withdrawn`` also those that ended so."""
    rows = Row.objects.filter(resource=resource).order_by("given_at", "id")
    if not withdrawn:
        rows = rows.filter(withdrawn_at=None)
    return tuple(_view(row) for row in rows)


def grants_in_motion(
    resources: Iterable[str], *, ends_before: datetime, given_since: datetime
) -> tuple[GrantView, ...]:
    """Return the grants on these data sets that end before one moment or were given since another (one query)."""
    rows = Row.objects.filter(resource__in=list(resources), withdrawn_at=None)
    rows = rows.filter(Q(valid_until__lt=ends_before) | Q(given_at__gte=given_since)).order_by("given_at", "id")
    return tuple(_view(row) for row in rows)


def _view(row: Row) -> GrantView:
    return GrantView(
        Grant(
            id=str(row.id),
            resource=row.resource,
            effect=Effect(row.effect),
            grantee_kind=GranteeKind(row.grantee_kind),
            grantee=row.grantee,
            actions=frozenset(map(Action, row.actions)),
            purposes=frozenset(row.purposes),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            obligations=msgspec.convert(row.obligations, tuple[Obligation, ...]),
            legal_basis=row.legal_basis,
            note=row.note,
            given_at=row.given_at,
            given_unit=row.given_unit,
        ),
        row.given_at,
        row.given_by,
        row.withdrawn_at,
    )


class PurposeView(msgspec.Struct, frozen=True):
    """A purpose of a town."""

    slug: str
    title_de: str
    title_en: str
    concept: str


def purposes(tenant: str) -> tuple[PurposeView, ...]:
    """Return the town's purposes by their slugs."""
    rows = Purpose.objects.filter(tenant=tenant).order_by("slug")
    return tuple(PurposeView(row.slug, row.title_de, row.title_en, row.concept) for row in rows)
