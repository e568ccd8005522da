# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages over the running hub: who opens them, what a browser would send of a form, what a table shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.test import Client, override_settings

from allmende.organisations.models import Person, Tenant
from allmende.rights.domain import work
from tests.hub.live import KEY, Hub


@contextmanager
def pages_of(hub: Hub) -> Iterator[None]:
    """Open the pages to people without a second factor, and seal what they log as the hub does."""
    row = Tenant.objects.filter(slug=hub.town.slug)
    before = row.values("second_factor", "practice").get()
    row.update(second_factor="nobody", practice=True)
    with override_settings(RIGHTS_KEY=f"{__name__}.the_hubs_key"):
        work.sealer.cache_clear()
        yield
    work.sealer.cache_clear()
    row.update(**before)


def the_hubs_key() -> bytes:
    return KEY


def client_of(hub: Hub, who: str) -> Client:
    """Return the browser of somebody who is signed in."""
    client = Client(headers={"accept-language": "de"})
    client.force_login(
        Person.objects.get(id=hub.town.people[who]), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def entry(slug: str) -> dict[str, Any]:
    """Return what the last page asks about a data set."""
    return {
        "title_de": "Zählung", "slug": slug, "description": "Fahrten je Bezirk.", "cls": "internal",
        "visibility": "administration", "purposes": ["statistics"], "rhythm": "UNKNOWN", "source": "Zählstellen",
        "source_slug": f"{slug}_quelle",
    }  # fmt: skip


def sent(page: str) -> dict[str, str]:
    """Return what a browser would send of the page's form, unchanged."""
    values = {}
    form = page[page.index('<form method="post"') :]
    for field in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', field), re.search(r'value="([^"]*)"', field)
        if name and ('type="checkbox"' not in field or "checked" in field):
            values[name[1]] = value[1] if value else "on"
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        values[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'<textarea name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        values[name] = text.strip()
    return values


def shown(page: str) -> list[dict[str, str]]:
    """Return the rows of the page's first table, by column."""
    table = page[page.index("<thead>") : page.index("</table>")]
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", table)
    cells = re.findall(r"<td>([^<]*)</td>", table)
    return [dict(zip(heads, cells[i : i + len(heads)], strict=True)) for i in range(0, len(cells), len(heads))]
