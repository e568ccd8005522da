# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An answer small enough to be shown on a page. Django-free."""

from __future__ import annotations

import msgspec

from allmende.engine.plan import Field, Format
from allmende.hub.ask import Asker, Question, Services, ask
from allmende.hub.envelope import Permission, Provenance
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

#: Rows a page shows where it does not say otherwise, rows it may have at most, and the bytes they may take.
ROWS = 1000
MOST_ROWS = 20_000
MOST_BYTES = 4 << 20


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Columns, rows (values as JSON has them), provenance, decision; ``more`` if rows were left out."""

    fields: tuple[Field, ...]
    rows: list[list[object]]
    more: bool
    provenance: tuple[Provenance, ...]
    permission: Permission


async def table(
    services: Services,
    asker: Asker,
    *,
    sql: str,
    purpose: str,
    language: str = "de",
    rows: int = ROWS,
    stands: dict[str, str] | None = None,
) -> Shown:
    """Ask and return at most ``rows`` rows as values. Raises what :func:`~allmende.hub.ask.ask` raises."""
    most = min(rows, MOST_ROWS)
    question = Question(
        sql=sql, purpose=purpose, format=Format.JSON, language=language, rows=most + 1, stands=stands or {}
    )
    async with ask(services, asker, question) as answer:
        raw = bytearray()
        async for piece in answer:
            raw += piece
            if len(raw) > MOST_BYTES:
                raise Invalid(
                    Text(
                        "Die Antwort ist zu groß für die Anzeige. Bitte herunterladen oder weniger Spalten wählen.",
                        "The answer is too large to be shown. Please download it or choose fewer columns.",
                    )
                )
        found = msgspec.json.decode(bytes(raw), type=list[list[object]])
        return Shown(
            fields=answer.fields,
            rows=found[:most],
            more=len(found) > most,
            provenance=answer.provenance,
            permission=answer.permission,
        )
