# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The web process: one ASGI application on granian. Questions go to the hub's hot path, everything else to Django."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import msgspec
from granian.constants import Interfaces
from granian.server.embed import Server

from allmende.config import health, wiring
from allmende.config.environment import Environment

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

Header = tuple[bytes, bytes]

STATIC = Path(__file__).parent.parent / "webkit" / "static"
#: Threads in which Django's pages run.
THREADS = 8

_log = logging.getLogger(__name__)


class Dispatcher:
    """Sends each request to the application that answers it, by its whole path.

    ``always`` are headers of every answer, whoever gives it.
    """

    def __init__(
        self, *, pages: Application, questions: Application, healthy: Application, always: Sequence[Header] = ()
    ) -> None:
        self._pages = pages
        self._exact = {"/api/query": questions, "/health": healthy}
        self._always = list(always)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._exact.get(scope["path"], self._pages)(scope, receive, self._with_headers(send))

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = [header for header in self._always if header[0] not in given]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        return sending


async def _lifespan(receive: Receive, send: Send) -> None:
    """Answer the server's lifespan messages: Django raises on them, and what starts with the process started before."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _always(environment: Environment) -> list[Header]:
    headers = [(b"x-content-type-options", b"nosniff")]
    if environment.url.startswith("https:"):
        headers.append((b"strict-transport-security", b"max-age=31536000"))
    return headers


def _healthy(services: wiring.Web) -> Application:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        ready, document = await health.state(dsn=services.dsn, engine=services.engine, holder=services.holder)
        head = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200 if ready else 503, "headers": head})
        await send({"type": "http.response.body", "body": msgspec.json.encode(document)})

    return answer


async def _serve(environment: Environment) -> None:
    from django.core.asgi import get_asgi_application

    pages = cast("Application", get_asgi_application())
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(wiring.web(environment))
        server = Server(
            Dispatcher(
                pages=pages, questions=services.questions, healthy=_healthy(services), always=_always(environment)
            ),
            address=environment.host,
            port=environment.port,
            interface=Interfaces.ASGI,
            websockets=False,
            log_enabled=False,
            static_path_route=["/static"],
            static_path_mount=[STATIC],
            static_path_expires=31_536_000,  # built files carry the hash of their content in their name
        )
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, server.stop)
        await server.serve()


def run(environment: Environment) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code."""
    import django

    django.setup()
    asyncio.run(_serve(environment))
    return 0
