# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a sheet shows besides its values: colours, what is hidden, merged cells, comments, formulas."""

from __future__ import annotations

from dataclasses import dataclass, field

#: So many coloured cells of a sheet are kept; more are decoration.
MOST_COLOURED = 300_000
MOST_COMMENTS = 20_000


@dataclass
class Looks:
    """All places count from 0. Ranges include both ends."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  # top, left, bottom, right
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    filtered: bool = False  # rows are hidden by a filter
    fills: dict[tuple[int, int], str] = field(default_factory=dict)  # (row, column) → RRGGBB
    invisible: list[tuple[int, int]] = field(default_factory=list)  # text in the colour of its cell, or format ";;;"
    comments: list[tuple[int, int, str]] = field(default_factory=list)
    formats: dict[int, dict[str, int]] = field(default_factory=dict)  # column → number format → cells among the first
    formulas: int = 0
    without_value: list[tuple[int, int]] = field(default_factory=list)  # formulas never calculated
    external: int = 0  # formulas that refer to other files
    errors: int = 0  # #REF!, #DIV/0!, …
    complete: bool = True  # False: not all colours were kept
    seen: bool = True  # False: the kind of file does not let us look
