# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forgetting the practice town, and making it anew every night.

Every table that says to which town its rows belong, itself or through what it refers to, is emptied of the practice towns'
rows; so a room that comes later is covered without doing anything. What is not is listed here and tested.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
from django.apps import apps
from django.db import models, transaction

from allmende.config.demo import registers, start
from allmende.config.demo.cast import cast
from allmende.config.demo.counting import Login
from allmende.kernel.errors import Unready
from allmende.kernel.text import Text
from allmende.organisations.models import Tenant

#: The decision log forgets nothing, of nobody: its chain would break.
KEPT = frozenset({"rights.LogEntry"})

#: What belongs to the installation, not to a town.
OF_THE_INSTALLATION = frozenset(
    {
        "rights.RegisterVersion", "rights.PseudonymKey", "rights.Anchor", "rights.AnchorSending", "organisations.Municipality",
        "organisations.Start",
    }
)  # fmt: skip


def ways() -> list[tuple[type[models.Model], str]]:
    """Return each table of a town's rows with the look-up that leads to the town, the farthest from it first."""
    found: dict[type[models.Model], str] = {}
    open_: list[type[models.Model]] = []
    for model in apps.get_models(include_auto_created=True):
        names = {field.name: field for field in model._meta.concrete_fields}
        if model is Tenant:
            found[model] = "slug"
        elif model._meta.label in KEPT or model._meta.label in OF_THE_INSTALLATION:
            continue
        elif "tenant" in names:
            found[model] = "tenant_id" if names["tenant"].is_relation else "tenant"
        else:
            open_.append(model)
    grew = True
    while grew:
        grew = False
        for model in list(open_):
            for field in model._meta.concrete_fields:
                if field.is_relation and field.related_model in found and field.related_model is not Tenant:
                    found[model] = f"{field.name}__{found[field.related_model]}"
                    open_.remove(model)
                    grew = True
                    break
    return sorted(found.items(), key=lambda way: (way[0] is Tenant, -way[1].count("__"), way[0]._meta.label))


def forget() -> None:
    """Remove every row of every practice town, in the caller's transaction; foreign keys are checked at its end."""
    towns = list(Tenant.objects.filter(practice=True).values_list("slug", flat=True))
    for model, way in ways():
        rows = model._base_manager.filter(**{f"{way}__in": towns})
        rows._raw_delete(rows.db)  # no cascade: each table has its turn


def remove(data: Path) -> None:
    """Take the practice town away: its rows, its files, its accounts and tokens."""
    with transaction.atomic():
        forget()
    for folder in _folders(data):
        shutil.rmtree(folder, ignore_errors=True)
    for name in ("demo-tokens.json", "demo-accounts.json"):
        (data / name).unlink(missing_ok=True)


def again(data: Path) -> None:
    """Make the practice town as it was on its first day, all or nothing. Raises Unready where it never was there.

    Needs what :func:`~allmende.config.demo.start.ensure` needs, but nothing of the databases' administrator.
    """
    demo = data / "demo"
    try:
        login = msgspec.json.decode((demo / "counting.json").read_bytes(), type=Login)
        port = int((demo / "events.port").read_text())
        password = json.loads((data / "demo-accounts.json").read_bytes())["password"]
    except (OSError, ValueError) as error:
        raise Unready(Text("Die Übungsstadt ist nicht eingerichtet.", "The practice town is not set up.")) from error
    old = {path for folder in _folders(data) for path in folder.rglob("*") if path.is_file()}
    with transaction.atomic():
        forget()
        registers.enter_towns(password)
        registers.enter_connections(demo / "systems", login=login, events_port=port)
        registers.enter_rules()
        registers.enter_questions()
        tokens = registers.issue_tokens()
    start.write_tokens(data, tokens)
    for path in old - _in_use(data):
        path.unlink(missing_ok=True)


def _folders(data: Path) -> Iterator[Path]:
    for town in cast().towns:
        yield data / "files" / town.slug
        yield data / "files" / "uploads" / town.slug
        yield data / "files" / "uploads" / ".opened" / town.slug


def _in_use(data: Path) -> set[Path]:
    """Return the files the registers name: a copy of the same content has the same name as before."""
    from allmende.hub.models import Copy, ReleaseTable

    named = [*Copy.objects.values_list("path", flat=True), *ReleaseTable.objects.values_list("path", flat=True)]
    return {data / "files" / path for path in named}
