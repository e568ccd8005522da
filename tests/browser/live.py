# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages on a real server: Django and the hot path in one process, the query process beside it."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from granian.constants import Interfaces
from granian.server.embed import Server

from allmende.config.wiring import build
from allmende.hub import tools as hub_tools
from allmende.hub.services import equip, running
from allmende.kernel.sealing import Sealer
from allmende.rights.holder import Holder
from allmende.rights.journal import Journal
from tests.hub.live import KEY, free_port, own_database, query_process


class Pages:
    """A web server with the pages, in a thread with its own event loop."""

    def __init__(self, dsn: str, tools: hub_tools.Tools, port: int) -> None:
        self._dsn, self._tools, self.port = dsn, tools, port
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="pages", daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        if not self._ready.wait(30):
            raise RuntimeError("the web server did not start")
        return f"http://127.0.0.1:{self.port}"

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        with Holder(self._dsn, build) as holder:
            journal = Journal(self._dsn, KEY)
            async with journal, running(
                dsn=self._dsn, base="http://127.0.0.1", tools=self._tools, holder=holder, journal=journal
            ):
                app: Any = ASGIStaticFilesHandler(get_asgi_application())
                server = Server(app, address="127.0.0.1", port=self.port, interface=Interfaces.ASGINL)
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


@contextmanager
def pages(folder: Path, port: int = 0) -> Iterator[str]:
    """Serve the pages over a new, furnished town; yield their address."""
    from tests.browser.town import furnish

    data = folder / "data"
    (data / "run").mkdir(parents=True, exist_ok=True)
    with own_database(f"allmende_pages_{os.getpid()}") as dsn, query_process(data / "run") as engine:
        sealer = Sealer(KEY)
        tools = equip(engine=engine, data=data, seal=sealer.seal, unseal=sealer.unseal)
        try:
            furnish(folder / "silos")
            with Pages(dsn, tools, port or free_port()) as address:
                time.sleep(0.1)
                yield address
        finally:
            hub_tools.use(None)
