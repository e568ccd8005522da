# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Links that go into letters and mails: always to the installation's own address.

The address a request claims to be for comes from whoever sent it; a link with a secret in it must not follow that.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse


class Site(NamedTuple):
    """What mails call the installation."""

    name: str
    domain: str


def site() -> Site:
    """Return the installation's name and host."""
    return Site("Allmende", urlsplit(settings.PUBLIC_URL).netloc)


def password_link(key: str) -> str:
    """Return the address where a password is set; ``key`` is the person's id and the secret, as allauth joins them."""
    person, _, secret = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": person, "key": secret})
    return f"{settings.PUBLIC_URL}{path}"
