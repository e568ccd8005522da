# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Filters that turn the catalogue's codes into words."""

from __future__ import annotations

from django import template

from allmende.catalogue.door import licences, rhythms
from allmende.catalogue.terms import CLASS_TITLES, SECRET_TITLES, VISIBILITY_TITLES
from allmende.kernel.text import Text
from allmende.rights.terms import Class, Secret, Visibility
from allmende.webkit.language import said

register = template.Library()

#: What the engine's types are called, by how their names begin.
_TYPES = (
    ("VARCHAR", Text("Text", "text")),
    ("TIMESTAMP", Text("Zeitpunkt", "moment")),
    ("DATE", Text("Datum", "date")),
    ("TIME", Text("Uhrzeit", "time of day")),
    ("BOOL", Text("ja oder nein", "yes or no")),
    ("GEOMETRY", Text("Ort oder Fläche", "place or area")),
    ("DOUBLE", Text("Zahl", "number")),
    ("FLOAT", Text("Zahl", "number")),
    ("DECIMAL", Text("Zahl", "number")),
    ("BIGINT", Text("ganze Zahl", "whole number")),
    ("INT", Text("ganze Zahl", "whole number")),
    ("HUGEINT", Text("ganze Zahl", "whole number")),
)


@register.filter
def class_title(cls: Class) -> str:
    """Return the protection class in words."""
    return said(CLASS_TITLES[cls])


@register.filter
def secret_title(secret: Secret) -> str:
    """Return the secret of law in words."""
    return said(SECRET_TITLES[secret])


@register.filter
def visibility_title(visibility: Visibility) -> str:
    """Return who may know of it in words."""
    return said(VISIBILITY_TITLES[visibility])


@register.filter
def licence_title(id_: str) -> str:
    """Return the licence's name."""
    licence = licences().get(id_)
    return said(licence.title) if licence else id_


@register.filter
def licence_address(id_: str) -> str:
    """Return where the licence's wording stands, "" if nowhere."""
    licence = licences().get(id_)
    return licence.text if licence else ""


@register.filter
def rhythm_title(code: str) -> str:
    """Return the update rhythm in words."""
    rhythm = rhythms().get(code)
    return said(rhythm.title) if rhythm else code


@register.filter
def type_title(type_: str) -> str:
    """Return a column's type in words; the engine's name where there is none."""
    name = type_.upper()
    return next((said(title) for begin, title in _TYPES if name.startswith(begin)), type_)
