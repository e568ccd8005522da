# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whose pages these are: the town's name and colour, on every page."""

from __future__ import annotations

import colorsys
import hashlib
import re

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from allmende.organisations import door as organisations
from allmende.organisations.terms import TenantView
from allmende.rights.terms import Subject
from allmende.webkit.colours import contrast

#: The colour of a town that chose none.
OWN = "#22429e"
_BRACKETS = re.compile(r"\s*\([^()]*\)\Z")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")


class Site(msgspec.Struct, frozen=True):
    """What the frame of a page says of the town. ``town`` is its name, ``name`` that of its data pages."""

    slug: str
    town: str
    name: str
    initial: str
    practice: bool
    colour: str
    ink: str
    arms: str = ""  # address of the town's arms, "" if it has none

    @property
    def style(self) -> str:
        """Address of the style sheet that sets the town's colour; a new colour is a new address."""
        mark = hashlib.sha256(self.colour.encode()).hexdigest()[:8]
        return f"{reverse('colours', args=[self.slug or '-'])}?{mark}"


def ink_on(colour: str) -> str:
    """Return black or white, whichever is easier to read on ``colour``."""
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(colour, ink))


def light(colour: str) -> str:
    """Return a pale relative of the colour, for what is underlined with it."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    paler = colorsys.hls_to_rgb(hue, 0.78, max(saturation, 0.5))
    return "#" + "".join(f"{round(share * 255):02x}" for share in paler)


def of(tenant: TenantView | None) -> Site:
    """Return the site of a town; of none, the product's own."""
    if tenant is None:
        return Site("", "Allmende", "Allmende", "A", False, OWN, ink_on(OWN))
    colour = tenant.colour if _COLOUR.match(tenant.colour) else OWN
    name = _BRACKETS.sub("", tenant.name) if tenant.practice else tenant.name  # the band says that it is for practice
    return Site(
        slug=tenant.slug,
        town=name,
        name=f"Daten.{name}",
        initial=name[:1].upper(),
        practice=tenant.practice,
        colour=colour,
        ink=ink_on(colour),
        arms=reverse("arms", args=[tenant.slug, tenant.arms]) if tenant.arms else "",
    )


def tenant_of(request: HttpRequest) -> TenantView | None:
    """Return the town whose pages are shown: the one in the address, else the asker's own, else the installation's.

    The installation's is the one its operator named, else the first: a real one before practice towns, but with
    ``ALLMENDE_DEMO`` only these. None where no town is set up yet.
    """
    known: TenantView | bool | None = getattr(request, "_tenant", False)
    if not isinstance(known, bool):
        return known
    towns = {tenant.slug: tenant for tenant in organisations.tenants()}
    subject: Subject = getattr(request, "subject", None) or organisations.subject_for(None)
    named = request.resolver_match.kwargs.get("tenant", "") if request.resolver_match else ""
    home = getattr(settings, "HOME_TENANT", "")
    first = next((town for town in towns.values() if town.practice == settings.DEMO), None)
    found = (
        towns.get(named) or towns.get(subject.tenant) or towns.get(home) or first or next(iter(towns.values()), None)
    )
    request._tenant = found  # type: ignore[attr-defined]
    return found
