# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What goes to the child process and what comes back, and how much it may use."""

from __future__ import annotations

import msgspec

from allmende.engine.lists.model import Decisions, Proposal, Stored
from allmende.engine.lists.window import Window
from allmende.kernel.text import Text

#: What one file may use: bytes of address space beyond the start, seconds of processor time, bytes written.
MEMORY_BYTES = 1536 << 20
SECONDS = 120
FILE_BYTES = 4 << 30


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: propose, or store ``table`` as ``rows.parquet`` in ``folder``, if the proposal is still ``expected``."""

    path: str
    folder: str  # an empty one, the only place that can be written
    parent: int
    decisions: Decisions | None = None
    table: str = ""
    expected: bytes = b""
    sheet: str = ""  # of which a part is wanted, as it is
    first: int = 1
    rows: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; exactly one is set."""

    proposal: Proposal | None = None
    stored: Stored | None = None
    window: Window | None = None
    problem: Text | None = None
    kind: str = ""
    line: int = 0
