# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages over the running hub: who opens them, what a browser would send of a form, what a table shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
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


def sent(page: str) -> dict[str, Any]:
    """Return what a browser would send of the page's form, unchanged: a list where several boxes have one name."""
    values: dict[str, Any] = {}
    form = page[page.index('<form method="post"') :]
    for field in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', field), re.search(r'value="([^"]*)"', field)
        if name is None or ('type="checkbox"' in field and "checked" not in field):
            continue
        given = unescape(value[1]) if value else "on" if 'type="checkbox"' in field else ""
        before = values.get(name[1])
        values[name[1]] = given if before is None else [*(before if isinstance(before, list) else [before]), given]
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        offered = re.findall(r'<option value="([^"]*)"( selected)?', options)
        values[name] = unescape(next((value for value, chosen in offered if chosen), offered[0][0]))
    for name, text in re.findall(r'<textarea name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        values[name] = unescape(text).removeprefix("\n").replace("\n", "\r\n")
    return values


def shown(page: str) -> list[dict[str, str]]:
    """Return the rows of the page's first table, by column."""
    table = page[page.index("<thead>") : page.index("</table>")]
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", table)
    cells = re.findall(r"<td>([^<]*)</td>", table)
    return [dict(zip(heads, cells[i : i + len(heads)], strict=True)) for i in range(0, len(cells), len(heads))]
