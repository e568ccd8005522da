# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a data set's rows stand in its source, as a relation that reads them there, now.

Secrets are opened here, for the plan alone, and never written anywhere. Django-free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import assert_never

import msgspec

from allmende.catalogue.terms import Mode
from allmende.engine import connection as at
from allmende.engine import plan
from allmende.engine.mapping import compile_relation
from allmende.engine.mapping import files as sources
from allmende.engine.mapping.files import File
from allmende.engine.mapping.model import FileRead
from allmende.engine.plan import Attachment, Relation
from allmende.hub.fetched import Fetched
from allmende.hub.places import Places
from allmende.hub.registered import Reached
from allmende.hub.terms import Reading
from allmende.kernel.clock import now
from allmende.kernel.errors import Problem, SourceDown
from allmende.kernel.text import Text


class Source(msgspec.Struct, frozen=True):
    """A data set's rows as they can be read now, before obligations."""

    relation: Relation
    read_at: datetime
    mode: Mode
    warning: Text | None = None


class Parts(msgspec.Struct, frozen=True):
    """What a source consists of: files, or the one database."""

    reading: Reading
    read_at: datetime
    files: tuple[File, ...] = ()
    attachments: tuple[Attachment, ...] = ()


class Located:
    """Finds data sets in their sources. ``cache`` is a folder for what was fetched and converted."""

    def __init__(self, *, cache: Path, unseal: Callable[[str, str], str]) -> None:
        self.cache = cache
        self._unseal = unseal
        self.fetched = Fetched(cache / "http")

    async def now(self, reached: Reached, places: Places, *, alias: str = "source") -> Source:
        """Return the relation that reads the source itself, now. Raises SourceDown, AddressRefused."""
        parts = await self.parts(reached, places, alias=alias)
        try:
            relation = compile_relation(parts.reading.mapping, files=parts.files, attachments=parts.attachments)
        except Problem as problem:  # it fitted when it was saved: the source has changed
            raise SourceDown(problem.detail, **problem.more) from problem
        return Source(relation, parts.read_at, Mode.DIRECT)

    async def parts(self, reached: Reached, places: Places, *, alias: str = "source") -> Parts:
        """Return what has to be read: the files found or fetched, or the database with its opened secret."""
        reading = read_reading(reached.reading)
        match reached.leads_to:
            case at.Files(folder=folder):
                root = places.folder(Path(reached.root) / folder)
                return Parts(reading, now(), files=await self._files(reading, root))
            case at.Http() as http:
                secret = self._unseal(reached.secret, reached.connection) if reached.secret else ""
                root, when = await self.fetched.folder(
                    reached.connection, http, reading.fetch or at.Fetch(), places=places, secret=secret
                )
                return Parts(reading, when, files=await self._files(reading, root))
            case at.SQLite(file=file):
                root = places.folder(Path(reached.root))
                path = sources.plain_file(root / file, root)
                attachment: Attachment = plan.SQLite(alias=alias, path=str(path))
            case at.Postgres() | at.MySQL() as server:
                attachment = await self.server(reached, server, places, alias)
            case _:
                assert_never(reached.leads_to)
        return Parts(reading, now(), attachments=(attachment,))

    async def _files(self, reading: Reading, root: Path) -> tuple[File, ...]:
        read = reading.mapping.read
        if not isinstance(read, FileRead):
            raise TypeError("files are read by a mapping of files")  # checked when the mapping was saved
        try:
            return await asyncio.to_thread(sources.resolve, read, root, cache=self.cache)
        except Problem as problem:  # a file that is missing or broken is the source's failure
            raise SourceDown(problem.detail, **problem.more) from problem

    async def server(
        self, reached: Reached, server: at.Postgres | at.MySQL, places: Places, alias: str = "source"
    ) -> plan.Postgres | plan.MySQL:
        """Return the database to attach, at an address that was checked. Raises SourceDown, AddressRefused."""
        address = await places.address(server.host, server.port)
        password = self._unseal(reached.secret, reached.connection) if reached.secret else ""
        statement_ms = reached.statement_timeout_s * 1000
        if isinstance(server, at.MySQL):
            return plan.MySQL(
                alias=alias,
                host=address,
                port=server.port,
                database=server.database,
                user=server.user,
                password=password,
                sslmode=server.sslmode,
                ca=server.ca,
                statement_timeout_ms=statement_ms,
                connect_timeout_s=reached.connect_timeout_s,
            )
        # The certificate is checked against the name, the connection goes to the address that was checked.
        named = server.sslmode in {"verify-ca", "verify-full"} and not server.host.startswith("/")
        return plan.Postgres(
            alias=alias,
            host=server.host if named else address,
            address=address if named else "",
            port=server.port,
            database=server.database,
            user=server.user,
            password=password,
            sslmode=server.sslmode,
            statement_timeout_ms=statement_ms,
            connect_timeout_s=reached.connect_timeout_s,
        )


@lru_cache(maxsize=1024)
def read_reading(text: str) -> Reading:
    """Return the reading a TOML text describes; it was checked when it was saved."""
    return msgspec.toml.decode(text, type=Reading)
