# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""XML read as a stream: no document type, hence no entities; bounded in depth and size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from xml.parsers import expat

from allmende.engine.lists.kinds import bad
from allmende.kernel.text import Text

MOST_DEPTH = 100
_CHUNK = 1 << 20

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


def chunks(stream: Any, size: int = _CHUNK) -> Iterable[bytes]:
    """Yield a binary stream's content piece by piece."""
    while chunk := stream.read(size):
        yield chunk


def local(name: str) -> str:
    """Return an element's or attribute's name without its prefix."""
    return name.rpartition(":")[2]


def parse(
    pieces: Iterable[bytes],
    *,
    file: str,
    start: Start,
    end: End | None = None,
    text: Callable[[str], None] | None = None,
    most: int = 1 << 30,
) -> None:
    """Feed ``pieces`` to the handlers, names without prefixes. Raises BadFile for what is no plain XML."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise bad(file, Text("ist zu tief verschachtelt", "is nested too deeply"))
        start(local(name), attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(local(name))

    def refuse(*_: object) -> None:
        raise bad(
            file,
            Text(
                "bringt eine eigene Dokumentbeschreibung (DOCTYPE) mit: so etwas wird nicht gelesen",
                "brings its own document type (DOCTYPE): that is not read",
            ),
        )

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    if text is not None:
        parser.CharacterDataHandler = text
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise bad(file, Text(f"ist größer als {most >> 20} MB", f"is larger than {most >> 20} MB"))
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        line = getattr(error, "lineno", 0)
        raise bad(
            file, Text("ist kein gültiges XML oder ist abgerissen", "is no valid XML, or is torn off"), line
        ) from error
