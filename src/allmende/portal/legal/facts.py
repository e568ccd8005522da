# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is true of this installation: the values that legal texts and templates are filled with, read from where they rule."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.db import connection

from allmende import __version__
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights.terms import Action


class Who(msgspec.Struct, frozen=True):
    """Roles that hold an action, by their titles, and how many people hold one of them."""

    roles: tuple[Text, ...]
    people: int


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The installation as it is set up now. Sizes in bytes, times in hours and months."""

    version: str
    address: str  # where people reach it
    encrypted: bool  # whether that is by TLS
    session_hours: int
    language_cookie: str
    key_months: int
    anchors_apart: bool  # the anchor folder lies outside the data folder
    anchor_mails: int
    mail_server: str  # "" where mails are files
    proxies: int
    embedded: bool  # PostgreSQL in the data folder
    data_folder: str
    database_bytes: int
    free_bytes: int
    asks: Who  # for a name in the log
    approves_protection: Who
    approves_council: Who
    inspects: Who


def facts(tenant: str) -> Facts:
    """Return the facts, for one town's roles and people."""
    address = str(getattr(settings, "PUBLIC_URL", ""))
    data = Path(settings.DATA)
    host = str(settings.DATABASES["default"]["HOST"])
    return Facts(
        version=__version__,
        address=address,
        encrypted=urlsplit(address).scheme == "https",
        session_hours=settings.SESSION_COOKIE_AGE // 3600,
        language_cookie=settings.LANGUAGE_COOKIE_NAME,
        key_months=settings.RIGHTS_KEY_MONTHS,
        anchors_apart=not Path(settings.RIGHTS_ANCHOR_FOLDER).resolve().is_relative_to(data.resolve()),
        anchor_mails=len([mail for mail in settings.RIGHTS_ANCHOR_MAIL if mail.strip()]),
        mail_server=f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}" if settings.EMAIL_HOST else "",
        proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
        embedded=host.startswith("/"),
        data_folder=str(data),
        database_bytes=_database_bytes(),
        free_bytes=_free(data),
        asks=_who(tenant, Action.UNVEIL),
        approves_protection=_who(tenant, Action.UNVEIL_PROTECTION),
        approves_council=_who(tenant, Action.UNVEIL_COUNCIL),
        inspects=_who(tenant, Action.INSPECT),
    )


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _free(folder: Path) -> int:
    there = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    return shutil.disk_usage(there).free


def _who(tenant: str, action: Action) -> Who:
    able = {role.slug: role.title for role in organisations.roles(tenant) if action in role.actions}
    holders = [
        {held.role for held in person.roles} & able.keys() for person in organisations.people(tenant) if person.active
    ]
    used = set().union(*holders) if holders else set()
    titles = tuple(able[slug] for slug in sorted(used or able, key=lambda slug: able[slug].de))
    return Who(titles, sum(1 for held in holders if held))
