# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the child process does with an order."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from allmende.engine.lists.examine import examine
from allmende.engine.lists.model import Proposal, Reaction
from allmende.engine.lists.order import Answer, Order
from allmende.engine.lists.window import cut
from allmende.kernel.errors import Conflict, NotFound
from allmende.kernel.text import Text

ROWS = "rows.parquet"


def carry_out(order: Order) -> Answer:
    """Propose or store. Raises Problem with one sentence."""
    path = Path(order.path)
    if order.sheet:
        return Answer(window=cut(path, order.sheet, order.first, order.rows, order.decisions))
    if not order.table:
        return Answer(proposal=examine(path, order.decisions).proposal)
    from allmende.engine.lists import storing  # noqa: PLC0415 (brings Arrow along)

    examined = examine(path, order.decisions, keep=True)
    proposal = examined.proposal
    if order.expected and digest(proposal) != order.expected:
        raise Conflict(
            Text(
                f"„{path.name}“ ist nicht mehr, was vorgeschlagen wurde: bitte noch einmal vorschlagen lassen.",
                f"“{path.name}” is no longer what was proposed: please have it proposed again.",
            )
        )
    if proposal.reaction is not Reaction.IMPORT:
        first = proposal.reasons[0]
        raise Conflict(
            Text(
                f"„{path.name}“ wird nicht gespeichert, bevor jemand entschieden hat: {first.de}",
                f"“{path.name}” is not stored before somebody decided: {first.en}",
            )
        )
    stack = next((s for s in proposal.stacks if s.done and order.table in s.tables), None)
    keys = stack.tables if stack else (order.table,)
    if any(k not in examined.tables for k in keys):
        raise NotFound(
            Text(f"„{path.name}“ hat keine Tabelle „{order.table}“.", f"“{path.name}” has no table “{order.table}”.")
        )
    stored = storing.write([examined.tables[k] for k in keys], stack, Path(order.folder) / ROWS)
    return Answer(stored=stored, proposal=proposal)


def digest(proposal: Proposal) -> bytes:
    """Return what identifies a proposal: the same file, the same decisions, the same reading."""
    return hashlib.sha256(msgspec.msgpack.encode(proposal)).digest()
