# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Tags and filters of our templates: ``{% load allmende %}``."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms, template
from django.template.context import RequestContext
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from allmende.kernel.text import Text
from allmende.webkit import assets, glossary
from allmende.webkit.forms import dress
from allmende.webkit.language import language, said

register = template.Library()
_TERMS = "allmende terms"  # how many were shown on this page


@register.simple_tag
def asset(source: str) -> str:
    """Return the address of a built file."""
    return assets.address(source)


@register.filter
def words(value: object) -> str:
    """Return a bilingual text in the reader's language; anything else as it is."""
    if isinstance(value, Text):
        return said(value)
    if isinstance(value, dict) and value.keys() == {"de", "en"}:
        return said(Text(**value))
    return "" if value is None else str(value)


@register.filter
def moment(value: datetime | None) -> str:
    """Return date and time of day as the reader's language writes them, in the town's time zone."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    return f"{formats.date_format(local, 'j. F Y' if language() == 'de' else 'j F Y')}, {local:%H:%M}"


@register.filter
def day(value: date | datetime | None) -> str:
    """Return a date as the reader's language writes it."""
    if value is None:
        return "–"
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return formats.date_format(value, "j. F Y" if language() == "de" else "j F Y")


@register.filter
def number(value: object) -> str:
    """Return a number with the reader's separators: 1.234,5 in German, 1,234.5 in English."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return "" if value is None else str(value)
    if isinstance(value, float):
        value = float(f"{value:.6g}")
    written = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"  # a Decimal's own way may be 1E+2
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        written = f"{int(value):,}"
    return written.translate(str.maketrans(",.", ".,")) if language() == "de" else written


#: Unit codes (UCUM) that people write otherwise.
_UNITS = {
    "deg": "°",
    "Cel": "°C",
    "ug/m3": "µg/m³",
    "mg/m3": "mg/m³",
    "m2": "m²",
    "m3": "m³",
    "km2": "km²",
    "kW.h": "kWh",
    "MW.h": "MWh",
    "EUR": "€",
    "1": "",
}


@register.filter
def unit(code: str) -> str:
    """Return a unit as people write it."""
    return _UNITS.get(code, code)


@register.inclusion_tag("webkit/field.html")
def field(bound: forms.BoundField) -> dict[str, Any]:
    """Render a form's field with label, sentence, example and what was wrong."""
    dress(bound)
    widget = bound.field.widget
    return {
        "field": bound,
        "example": getattr(bound.field, "example", ""),
        "group": isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple),
        "single": isinstance(widget, forms.CheckboxInput),
    }


@register.simple_tag(takes_context=True)
def with_query(context: RequestContext, **changes: object) -> str:
    """Return the present page's query string with some parameters changed; an empty value takes one away."""
    query = context.request.GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("webkit/term.html", takes_context=True)
def term(context: RequestContext, id_: str, shown: str = "") -> dict[str, Any]:
    """Show a word of the glossary with its meaning, seen on hover and focus; the link leads to the glossary's page.

    ``shown`` is the word as the sentence has it, "" as the glossary has it.
    """
    entry = glossary.entry(id_)
    number = int(context.render_context.get(_TERMS) or 0) + 1
    context.render_context[_TERMS] = number
    return {"entry": entry, "shown": shown or said(entry.term), "id": f"{entry.anchor}-{number}"}


@register.simple_tag
def tag(tone: str, text: object) -> SafeString:
    """Return a small label; ``tone`` is good, warn, bad, note or plain. The words carry the meaning, not the colour."""
    return format_html('<span class="tag tag--{}">{}</span>', tone, words(text))
