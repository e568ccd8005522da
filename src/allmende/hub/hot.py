# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``POST /api/query``: one question over HTTP, as a bare ASGI application. Django-free.

The answer is never held: each piece the engine writes goes out before the next is fetched. What goes wrong after the
first byte breaks the connection off (the chunked body is not ended), so that no client takes a part for the whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from allmende.engine.plan import Format
from allmende.hub.ask import Answer, Asker, Question, Services, ask, bearer, nobody
from allmende.hub.envelope import MEDIA, closing, headers, opening
from allmende.hub.problems import NotAcceptable, NotJson, TooLarge
from allmende.hub.turnstile import Turnstile
from allmende.kernel.errors import Invalid, Problem, Unauthenticated, WrongMethod
from allmende.kernel.text import Text

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: The longest body of a request, in bytes.
LONGEST_BODY = 256 * 1024
#: The slowest a request's body may come, in seconds for all of it.
BODY_WITHIN = 20.0

USAGE = Text(
    'Fragen stellt man mit POST: {"sql": "SELECT …", "purpose": "…"} als application/json, mit dem Kopf '
    "„Authorization: Bearer …“. Beschrieben unter /api/openapi.json.",
    'Questions are asked with POST: {"sql": "SELECT …", "purpose": "…"} as application/json, with the header '
    "“Authorization: Bearer …”. Described at /api/openapi.json.",
)

_log = logging.getLogger(__name__)


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What is sent."""

    sql: str
    purpose: str = ""
    format: Format | None = None


_decoder = msgspec.json.Decoder(Body)


class Gone(Exception):
    """The client went away; nobody is there to be told anything."""


class Hot:
    """The ASGI application. ``services`` gives the services, once they are there."""

    def __init__(self, services: Callable[[], Services]) -> None:
        self._services = services
        self._turnstile = Turnstile()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        head = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        exchange = _Exchange(send, preferred_language(head.get(b"accept-language", "")), scope["method"])
        try:
            if scope["method"] != "POST":
                raise WrongMethod(USAGE)
            asker, key = _asker(scope, head.get(b"authorization", ""))
            body = await asyncio.wait_for(_body(head, receive), BODY_WITHIN)
            question = Question(
                sql=body.sql,
                purpose=body.purpose,
                format=body.format or accepted(head.get(b"accept", "")),
                language=exchange.language,
            )
            with self._turnstile.enter(key):
                await self._watched(asker, question, receive, exchange)
        except (Gone, TimeoutError):
            return
        except Problem as problem:
            await exchange.refuse(problem)
        except Exception:  # noqa: BLE001 (whatever it was, the asker gets an answer)
            _log.exception("a question failed for a reason of our own")
            await exchange.refuse(Problem(_OURS))

    async def _watched(self, asker: Asker, question: Question, receive: Receive, exchange: _Exchange) -> None:
        """Answer, and stop at once (the worker is killed) when the client goes away."""
        gone = asyncio.create_task(_disconnected(receive))
        work = asyncio.create_task(self._answer(asker, question, exchange))
        try:
            await asyncio.wait({gone, work}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise Gone
            work.result()
        finally:
            gone.cancel()
            work.cancel()
            await asyncio.gather(gone, work, return_exceptions=True)

    async def _answer(self, asker: Asker, question: Question, exchange: _Exchange) -> None:
        async with ask(self._services(), asker, question) as answer:
            pending = b""
            if question.format is Format.JSON:
                pending = opening(answer.fields, answer.provenance, answer.permission, question.language)
            async for piece in answer:
                await exchange.push(pending + piece if pending else piece, answer)
                pending = b""
            if question.format is Format.JSON:
                pending += closing(answer.rows)
            await exchange.end(pending, answer)


class _Exchange:
    """One request's answer: begun or not, and what may still be said."""

    def __init__(self, send: Send, language: str, method: str) -> None:
        self._send = send
        self._method = method
        self.language = language
        self.begun = False

    async def push(self, piece: bytes, answer: Answer) -> None:
        """Send a piece of the answer; waits until the client has taken enough of what was sent before."""
        if not self.begun:
            self.begun = True
            media = MEDIA[answer.format].encode()
            found = [(b"content-type", media), (b"cache-control", b"no-store"), (b"vary", b"accept, accept-language")]
            found += headers(answer.provenance, answer.permission, self.language)
            await self._send({"type": "http.response.start", "status": 200, "headers": found})
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self, piece: bytes, answer: Answer) -> None:
        """Send the last piece."""
        await self.push(piece, answer)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def refuse(self, problem: Problem) -> None:
        """Say what was wrong; once the answer has begun, break it off without an end."""
        if self.begun:
            _log.warning("an answer broke off: %s", problem.detail.en)
            return
        document = msgspec.json.encode(problem.document(self.language))
        found = [
            (b"content-type", b"application/problem+json"),
            (b"content-language", self.language.encode()),
            (b"content-length", str(len(document)).encode()),
            (b"cache-control", b"no-store"),
        ]
        if problem.status == Unauthenticated.status:
            found.append((b"www-authenticate", b'Bearer realm="Allmende", error="invalid_token"'))
        if problem.status == WrongMethod.status:
            found.append((b"allow", b"POST"))
        if "retry_after" in problem.more:
            found.append((b"retry-after", str(problem.more["retry_after"]).encode()))
        await self._send({"type": "http.response.start", "status": problem.status, "headers": found})
        body = b"" if self._method == "HEAD" else document
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


def preferred_language(header: str) -> str:
    """Return ``de`` or ``en`` by an Accept-Language header (RFC 9110, 12.5.4); German where it says neither."""
    best, quality = "de", 0.0
    for tag, q in _weighted(header):
        language = tag.split("-")[0].lower()
        if q > quality and language in {"de", "en", "*"}:
            best, quality = ("de" if language == "*" else language), q
    return best


def accepted(header: str) -> Format:
    """Return the format an Accept header asks for (RFC 9110, 12.5.1); JSON where it takes anything.

    Raises :class:`~allmende.hub.problems.NotAcceptable` when it names only formats there are none of.
    """
    if not header.strip():
        return Format.JSON
    best: Format | None = None
    quality = 0.0
    for media, q in _weighted(header):
        kind = _FORMATS.get(media.lower())
        if kind is not None and q > quality:
            best, quality = kind, q
    if best is None:
        known = ", ".join(dict.fromkeys(value.split(";")[0] for value in MEDIA.values()))
        raise NotAcceptable(Text(f"Es gibt: {known}.", f"There are: {known}."))
    return best


_FORMATS = {media.split(";")[0]: kind for kind, media in MEDIA.items()} | {
    "*/*": Format.JSON,
    "application/*": Format.JSON,
    "text/*": Format.CSV,
}


def _weighted(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header.split(","):
        name, *parameters = [piece.strip() for piece in part.split(";")]
        quality = 1.0
        for parameter in parameters:
            if parameter.lower().startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        if name:
            found.append((name, quality))
    return found


def _asker(scope: Scope, authorization: str) -> tuple[Asker, str]:
    """Return who asks, and the key its questions are counted under (kept in memory only)."""
    if not authorization:
        client = scope.get("client")
        return nobody, f"from {client[0]}" if client else "from nowhere"
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(
            Text("Der Kopf muss „Authorization: Bearer …“ lauten.", "The header must be “Authorization: Bearer …”.")
        )
    return bearer(token), token


async def _body(head: dict[bytes, str], receive: Receive) -> Body:
    kind = head.get(b"content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJson(
            Text(
                "Die Frage muss als application/json gesendet werden.", "The question must be sent as application/json."
            )
        )
    declared = head.get(b"content-length", "0")
    if not declared.isdecimal() or int(declared) > LONGEST_BODY:
        raise _too_large()
    raw = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        raw += message.get("body", b"")
        if len(raw) > LONGEST_BODY:
            raise _too_large()
        more = message.get("more_body", False)
    try:
        return _decoder.decode(bytes(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(
            Text(
                f'Erwartet wird {{"sql": "…", "purpose": "…"}}: {error}',
                f'Expected is {{"sql": "…", "purpose": "…"}}: {error}',
            )
        ) from error


def _too_large() -> TooLarge:
    most = LONGEST_BODY // 1024
    return TooLarge(Text(f"Höchstens {most} KiB.", f"At most {most} KiB."))


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


_OURS = Text(
    "Die Frage konnte wegen eines Fehlers von Allmende nicht beantwortet werden. Er ist vermerkt.",
    "The question could not be answered because of a fault of Allmende. It has been noted.",
)
