# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The dispatcher: each path to its application, headers on every answer."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest
from django.urls import Resolver404, resolve

from allmende.config.web import Application, Dispatcher, Header

NOSNIFF = (b"x-content-type-options", b"nosniff")


def says(name: str, *headers: Header) -> Application:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        await send({"type": "http.response.body", "body": name.encode()})

    return answer


async def asked(dispatcher: Dispatcher, path: str) -> tuple[list[Header], bytes]:
    said: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    await dispatcher({"type": "http", "path": path}, receive, send)
    return said[0]["headers"], said[1]["body"]


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/health", b"health"),
        ("/api/query", b"questions"),
        ("/api/query/", b"pages"),
        ("/api/queryx", b"pages"),
        ("/healthy", b"pages"),
        ("/", b"pages"),
    ],
)
async def test_each_path_goes_to_its_application(path: str, who: bytes) -> None:
    dispatcher = Dispatcher(pages=says("pages"), questions=says("questions"), healthy=says("health"))
    assert (await asked(dispatcher, path))[1] == who


async def test_every_answer_has_the_headers_once() -> None:
    dispatcher = Dispatcher(
        pages=says("pages", NOSNIFF), questions=says("questions"), healthy=says("health"), always=[NOSNIFF]
    )
    assert [(await asked(dispatcher, path))[0] for path in ("/", "/api/query")] == [[NOSNIFF], [NOSNIFF]]


@pytest.mark.parametrize(
    "path",
    [
        "/quellen/datensatz/1/lesen/",
        "/quellen/anbindung/x/pruefen/",
        "/stadt/menschen/null/",
        "/konto/schluessel/01a1fac4-4d54-7253-9fc8/beenden/",
    ],
)
def test_an_address_without_an_id_in_its_place_leads_nowhere(path: str) -> None:
    with pytest.raises(Resolver404):
        resolve(path)
