# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Problems only the engine has. Imports no engine, so that the asker's side stays small."""

from __future__ import annotations

from typing import ClassVar

from allmende.kernel.errors import Problem
from allmende.kernel.text import Text


class Refused(Problem):
    """The SQL is not one the gate lets through; the detail says what, ``line`` and ``column`` where if known."""

    status: ClassVar[int] = 400
    kind: ClassVar[str] = "sql-refused"
    title: ClassVar[Text] = Text("Abfrage nicht zugelassen", "Query not allowed")


class Broken(Problem):
    """A worker broke off; nothing else is affected."""

    status: ClassVar[int] = 500
    kind: ClassVar[str] = "query-broken"
    title: ClassVar[Text] = Text("Auswertung abgebrochen", "Query broke off")
