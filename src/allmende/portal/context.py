# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What every page needs besides its own: the town, the menu, the foot."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest

from allmende.organisations import door as organisations
from allmende.portal import navigation, site


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's values (a Django context processor); bare where the database does not answer."""
    try:
        subject = getattr(request, "subject", None) or organisations.subject_for(None)
        shown = site.of(site.tenant_of(request))
        return {
            "portal": shown,
            "navigation": navigation.shown(subject, request.path),
            "footer": navigation.shown(subject, request.path, navigation.FOOTER, shown.slug),
        }
    except DatabaseError:
        return {}
