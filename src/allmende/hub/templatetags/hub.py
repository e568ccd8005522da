# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Filters that turn the hub's values into cells and words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import msgspec
from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from allmende.catalogue.door import licences
from allmende.engine.plan import Field
from allmende.hub.envelope import Provenance
from allmende.hub.terms import ConnectionView, Reachable
from allmende.hub.web.view import is_number
from allmende.webkit import maps
from allmende.webkit.language import said
from allmende.webkit.templatetags.allmende import number, tag

register = template.Library()

#: A cell longer than this is cut; the whole is in the download.
LONGEST = 300

_GEOMETRIES = {
    "Point": gettext_noop("Punkt"),
    "Polygon": gettext_noop("Fläche ab"),
    "MultiPolygon": gettext_noop("Flächen ab"),
    "LineString": gettext_noop("Linie ab"),
}
_YEAR = re.compile(r"(^|_)(jahr|year|baujahr|pflanzjahr)$")
_KINDS = {"files": "Dateien", "http": "HTTP", "postgres": "PostgreSQL", "mysql": "MySQL, MariaDB", "sqlite": "SQLite"}


@register.filter
def numeric(field: Field) -> bool:
    """Return whether a column's values are numbers."""
    return is_number(field)


@register.filter
def cells(row: Sequence[object], fields: Sequence[Field]) -> list[tuple[str, bool]]:
    """Return each value of a row as text, and whether it stands to the right as numbers do."""
    return [
        (str(value) if _is_year(value, field) else _cell(value), is_number(field))
        for value, field in zip(row, fields, strict=True)
    ]


def _is_year(value: object, field: Field) -> bool:
    """Return whether a number is a year, which nobody writes 2.026."""
    return isinstance(value, int) and 1000 <= value <= 2999 and bool(_YEAR.search(field.name.lower()))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, int | float | Decimal):
        return number(value)
    if (place := maps.geometry(value)) is not None:
        first = next(maps.points(place))
        return f"{_(_GEOMETRIES.get(place['type'], 'Ort'))} {number(round(first[0], 4))} / {number(round(first[1], 4))}"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


@register.filter
def page(provenance: Provenance) -> str:
    """Return the address of the data set's page here."""
    tenant, _dot, slug = provenance.name.partition(".")
    return reverse("dataset", args=[tenant, slug])


@register.filter
def dataset_page(name: str) -> str:
    """Return the address of the page of the data set ``town.name``."""
    tenant, _dot, slug = name.partition(".")
    return reverse("dataset", args=[tenant, slug])


@register.filter
def kind_title(kind: str) -> str:
    """Return what stands at the other end."""
    return _KINDS.get(kind, kind)


@register.filter
def licence(given: str) -> str:
    """Return the licence's name, given by its id, URI or the address of its wording."""
    for one in licences().values():
        if given and given in {one.id, one.uri, one.text}:
            return said(one.title)
    return given


@register.simple_tag
def swatch(rgb: str) -> SafeString:
    """Return a small square in a cell's colour; its number is its name."""
    colour = rgb if len(rgb) == 6 and set(rgb) <= set("0123456789abcdefABCDEF") else "ffffff"
    return format_html(
        '<svg class="swatch" viewBox="0 0 12 12" role="img" aria-label="{} #{}"><rect width="12" height="12" '
        'fill="#{}"/></svg>',
        _("Farbe"),
        colour,
        colour,
    )


@register.simple_tag
def health(connection: ConnectionView) -> SafeString:
    """Return how a connection is, as a label."""
    if not connection.enabled:
        return tag("plain", _("abgeschaltet"))
    if connection.breaker is Reachable.OPEN:
        return tag("bad", _("nicht erreichbar"))
    if connection.failures:
        return tag("warn", _("antwortet unzuverlässig"))
    return tag("good", _("in Ordnung")) if connection.last_contact else tag("note", _("noch nie gefragt"))
