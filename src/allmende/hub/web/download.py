# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An answer as a file: CSV, JSON, Arrow or Parquet, streamed without a row wall."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_POST

from allmende.engine.plan import Format
from allmende.hub import door as hub
from allmende.hub.asking import asker
from allmende.hub.envelope import MEDIA, closing, opening
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.organisations.who import asking
from allmende.webkit.language import language

#: Pieces read ahead of a slow reader.
AHEAD = 4

_ENDINGS = {Format.JSON: "json", Format.CSV: "csv", Format.ARROW: "arrow", Format.PARQUET: "parquet"}


@require_POST
async def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """Answer the question of the form as a file; what is refused is refused before the first byte."""
    if form not in _ENDINGS.values():
        raise Invalid(Text("Dieses Format gibt es nicht.", "There is no such format."))
    subject = await sync_to_async(asking)(request)
    wanted = Format(form)
    question = hub.Question(
        sql=request.POST.get("sql", ""),
        purpose=request.POST.get("purpose", ""),
        format=wanted,
        language=language(),
    )
    pieces = _Pieces(asker(subject), question)
    first = await pieces.first()
    response = StreamingHttpResponse(pieces.all(first), content_type=MEDIA[wanted])
    response["Content-Disposition"] = f'attachment; filename="auswertung.{_ENDINGS[wanted]}"'
    response["Cache-Control"] = "no-store"
    return response


class _Pieces:
    """The pieces of an answer, read by a task of its own: the question's worker is let go where it was leased.

    A reader who goes away ends the task, and with it the worker.
    """

    def __init__(self, who: hub.Asker, question: hub.Question) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(AHEAD)
        self._task = asyncio.create_task(self._read(who, question))

    async def _read(self, who: hub.Asker, question: hub.Question) -> None:
        async with hub.ask(hub.services(), who, question) as answer:
            json = question.format is Format.JSON
            if json:
                await self._queue.put(opening(answer.fields, answer.provenance, answer.permission, question.language))
            async for piece in answer:
                await self._queue.put(piece)
            if json:
                await self._queue.put(closing(answer.rows))
        await self._queue.put(None)

    async def _next(self) -> bytes | None:
        """Return the next piece; raises what the reading task raised."""
        waiting = asyncio.ensure_future(self._queue.get())
        await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        if self._task.exception() is None:
            return await waiting
        waiting.cancel()
        self._task.result()
        return None

    async def first(self) -> bytes | None:
        """Return the first piece, once the question was permitted."""
        try:
            return await self._next()
        except BaseException:
            self._task.cancel()
            raise

    async def all(self, first: bytes | None) -> AsyncIterator[bytes]:
        """Yield all pieces."""
        piece = first
        try:
            while piece is not None:
                yield piece
                piece = await self._next()
        finally:
            self._task.cancel()
