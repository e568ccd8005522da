# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where the guided start stands; the directory of municipalities; a town's arms."""

from __future__ import annotations

from django.conf import settings

from allmende.organisations.models import Arms, Municipality, Start, Tenant
from allmende.organisations.terms import MunicipalityView, StartView
from allmende.webkit.pictures import Picture


def start_state() -> StartView:
    """Return where the guided start stands: open as long as there is no town but practice towns (two queries)."""
    row = Start.objects.filter(id=1).first()
    town = row.tenant if row else ""
    is_open = not town and not settings.DEMO and not Tenant.objects.filter(practice=False).exists()
    draft = row.draft if row else {}
    return StartView(
        open=is_open,
        tenant=town,
        done=tuple(row.done) if row else (),
        finished=row is not None and row.finished_at is not None,
        town=draft.get("town", {}),
        colour=draft.get("colour", ""),
        has_arms="arms" in draft,
    )


def municipality(ags: str) -> MunicipalityView | None:
    """Return what the directory says of a key; None if it is not in it, or there is no directory."""
    row = Municipality.objects.filter(ags=ags).first()
    if row is None:
        return None
    return MunicipalityView(ags=row.ags, name=row.name, inhabitants=row.inhabitants, as_of=row.as_of)


def municipalities() -> int:
    """Return how many municipalities the directory has; 0: none was brought in."""
    return Municipality.objects.count()


def arms(tenant: str) -> Picture | None:
    """Return a town's arms, None if it has none."""
    row = Arms.objects.filter(tenant_id=tenant).first()
    return Picture(row.media_type, bytes(row.content)) if row else None
