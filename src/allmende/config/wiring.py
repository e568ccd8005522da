# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Puts the rooms together: what the registers say as one snapshot, and what each process needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import psycopg

from allmende.catalogue.snapshot import load_resources
from allmende.config import environment, keyfile
from allmende.config.environment import Environment
from allmende.engine.client import Engine
from allmende.hub import services as hub
from allmende.hub.hot import Hot
from allmende.hub.tools import Tools
from allmende.kernel import clock
from allmende.kernel.sealing import Sealer
from allmende.kernel.waiting import Provider
from allmende.organisations.snapshot import load_subjects
from allmende.rights.holder import Holder
from allmende.rights.journal import Journal
from allmende.rights.snapshot import Snapshot, assemble, load_grants, read_version
from allmende.rights.terms import Subject


def build(conn: psycopg.Connection[Any]) -> Snapshot:
    """Read all registers over ``conn``, which stands in a transaction that sees one state of them."""
    return assemble(
        version=read_version(conn),
        built_at=clock.now(),
        organisations=load_subjects(conn),
        resources=load_resources(conn),
        granted=load_grants(conn),
    )


def master_key() -> bytes:
    """Return the installation's key, made with the first start. Raises :class:`~.environment.Misconfigured`."""
    return keyfile.read_or_make(environment.read().key_file)


def equip(given: Environment) -> Tools:
    """Give the verbs of this process what they work with: the engine, the files, the seal."""
    sealer = Sealer(keyfile.read_or_make(given.key_file))
    return hub.equip(
        engine=Engine(given.query_socket),
        data=given.data,
        seal=sealer.seal,
        unseal=sealer.unseal,
        quota=given.uploads_mb << 20,
    )


def waiting() -> list[Provider[Subject]]:
    """Return what each room has to tell for "Heute"; a new room adds its line. Needs Django set up."""
    from allmende.catalogue import today as catalogue
    from allmende.hub import today as hub
    from allmende.organisations import today as organisations
    from allmende.portal import today as portal
    from allmende.recipes import today as recipes

    return [
        portal.unfinished_start,
        portal.missing_statements,
        hub.waiting,
        catalogue.waiting,
        organisations.waiting,
        recipes.waiting,
    ]


class Web(msgspec.Struct, frozen=True):
    """What the web process answers with."""

    dsn: str
    engine: Engine
    holder: Holder
    questions: Hot


@asynccontextmanager
async def web(given: Environment) -> AsyncIterator[Web]:
    """Start what questions need, for as long as the context lasts."""
    tools = equip(given)
    dsn = given.database_url
    async with AsyncExitStack() as stack:
        holder = stack.enter_context(Holder(dsn, build))
        journal = await stack.enter_async_context(Journal(dsn, keyfile.read_or_make(given.key_file)))
        await stack.enter_async_context(
            hub.running(dsn=dsn, base=given.url, tools=tools, holder=holder, journal=journal)
        )
        yield Web(dsn=dsn, engine=tools.engine, holder=holder, questions=Hot(hub.services))
