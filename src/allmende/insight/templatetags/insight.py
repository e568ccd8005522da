# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Tags of the room's templates: ``{% load insight %}``."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from allmende.insight.web.questions import Key

register = template.Library()


@register.simple_tag
def swatch(key: Key) -> SafeString:
    """Return the coloured field of a line of the legend."""
    return format_html(
        '<svg viewBox="0 0 32 20" aria-hidden="true"><rect class="area c{}" fill="{}" width="32" height="20"/></svg>',
        key.shade,
        key.fill,
    )
