# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A hub that runs: its own database, a query process, a web server with the hot path, and a town to ask in.

Everything is real and committed, since engine, holder of the registers and log have connections of their own.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import connection, connections
from granian.constants import Interfaces
from granian.server.embed import Server
from psycopg import sql

from allmende.config.wiring import build
from allmende.engine.client import Engine
from allmende.hub import tools as hub_tools
from allmende.hub.ask import Services
from allmende.hub.hot import Hot
from allmende.hub.services import equip, running
from allmende.hub.tools import Tools
from allmende.kernel.sealing import Sealer
from allmende.organisations import door as organisations
from allmende.rights.holder import Holder
from allmende.rights.journal import Journal
from tests.factories import Town, small_town

BASE = "https://daten.auenstadt.example"
PURPOSES = ("statistics", "environmental_planning", "traffic_planning", "health_reporting")
KEY = bytes(range(32))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """Point Django at a new, migrated database; yield its address."""
    settings = connection.settings_dict
    before = settings["NAME"]
    connection.close()
    where: dict[str, Any] = {
        "host": settings["HOST"] or None,
        "port": settings["PORT"] or None,
        "user": settings["USER"] or None,
        "password": settings["PASSWORD"] or None,
    }
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        settings["NAME"] = name
        try:
            call_command("migrate", verbosity=0)
            yield psycopg.conninfo.make_conninfo("", dbname=name, **where)
        finally:
            connections.close_all()
            settings["NAME"] = before
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def query_process(folder: Path) -> Iterator[Engine]:
    """Run the query process."""
    path = folder / "query.sock"
    process = subprocess.Popen(
        [sys.executable, "-m", "allmende.engine.broker", str(path), "--spares", "2", "--running", "4"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        deadline = time.monotonic() + 30
        while not path.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the query process did not start")
            time.sleep(0.02)
        yield Engine(path)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


class Web:
    """A web server with the hot path in a thread with its own event loop."""

    def __init__(self, dsn: str, tools: Tools) -> None:
        self._dsn, self._tools = dsn, tools
        self.port = free_port()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="web", daemon=True)
        self.services: Services | None = None
        self.hot: Hot | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(20):
            raise RuntimeError("the web server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def run(self, work: Any) -> Any:
        """Run asynchronous work on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def page(self, work: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Run a page's work as the server does: in a thread beside the loop. Its connections are closed afterwards, for
        the thread outlives this server's database."""

        def in_thread() -> Any:
            try:
                return work(*args, **more)
            finally:
                connections.close_all()

        return self.run(sync_to_async(in_thread)())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        with Holder(self._dsn, build) as holder:
            async with (
                Journal(self._dsn, KEY) as journal,
                running(dsn=self._dsn, base=BASE, tools=self._tools, holder=holder, journal=journal) as services,
            ):
                self.services = services
                self.hot = Hot(lambda: services)
                server = Server(self.hot, address="127.0.0.1", port=self.port, interface=Interfaces.ASGINL)
                serving = asyncio.create_task(server.serve())
                while True:
                    try:
                        socket.create_connection(("127.0.0.1", self.port), 1).close()
                        holder.current()
                        break
                    except Exception:  # noqa: BLE001 - not there yet
                        await asyncio.sleep(0.02)
                self._ready.set()
                await self._stop.wait()
                server.stop()  # type: ignore[no-untyped-call]
                await serving


@dataclass
class Hub:
    """The running hub, its town, and how to ask as one of its people."""

    data: Path
    dsn: str
    engine: Engine
    tools: Tools
    web: Web
    town: Town
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web.port}/api/query"

    @property
    def services(self) -> Services:
        assert self.web.services is not None
        return self.web.services

    def token(self, who: str, town: Town | None = None, purposes: tuple[str, ...] = PURPOSES) -> str:
        """Return a token of that person, made when first wanted."""
        town = town or self.town
        key = f"{town.slug}/{who}/{','.join(purposes)}"
        if key not in self.tokens:
            person = town.people[who]
            actor = organisations.subject_of_person(town.slug, person)
            self.tokens[key] = organisations.issue_token(
                actor, tenant=town.slug, label="test", purposes=purposes, person=person
            ).secret
        return self.tokens[key]

    def ask(
        self,
        question: str,
        *,
        who: str = "",
        purpose: str = "statistics",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Ask over HTTP as that person ("": nobody)."""
        known = {"Authorization": f"Bearer {self.token(who)}"} if who else {}
        body = {"sql": question, "purpose": purpose, **more}
        return httpx.post(self.url, json=body, headers={**known, **(headers or {})}, timeout=60)

    def rows(self, question: str, *, who: str = "owner", purpose: str = "statistics") -> list[list[Any]]:
        """Ask and return the rows; the answer must be one."""
        answer = self.ask(question, who=who, purpose=purpose)
        assert answer.status_code == 200, answer.text
        rows: list[list[Any]] = answer.json()["rows"]
        return rows


#: Each database has a name of its own: a town is copied only within the one it was made in (``tests.factories``).
_NUMBERS = itertools.count()


@contextmanager
def running_hub(folder: Path) -> Iterator[Hub]:
    """Run a hub with an empty town."""
    data = folder / "data"
    (data / "run").mkdir(parents=True)
    with own_database(f"allmende_hub_{os.getpid()}_{next(_NUMBERS)}") as dsn, query_process(data / "run") as engine:
        sealer = Sealer(KEY)
        tools = equip(engine=engine, data=data, seal=sealer.seal, unseal=sealer.unseal)
        try:
            with Web(dsn, tools) as web:
                yield Hub(data=data, dsn=dsn, engine=engine, tools=tools, web=web, town=small_town())
        finally:
            hub_tools.use(None)
