# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The port of "Heute": what waits for a person. Each room tells of its own; the portal shows all on one page and by mail.

A room offers a provider, the composition root registers it (setting ``WAITING``). A provider tells a person only of what
that person may know of, and may do something about: it asks the decision point like every page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from allmende.kernel.text import Text

NOTHING = Text("", "")


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits: what, why, and the one thing to do about it.

    ``title`` may go out by mail: it names things, and holds no content of data, no message of another system, nothing
    secret. ``detail`` is shown on the page only. ``address`` is the path of the page where it is done. ``due`` is when
    it is too late, None if never; ``urgent`` comes first.
    """

    kind: str  # "room.kind", for tests and for counting alike things
    title: Text
    action: Text
    address: str
    detail: Text = NOTHING
    due: datetime | None = None
    urgent: bool = False


Asker_contra = TypeVar("Asker_contra", contravariant=True)


class Provider(Protocol[Asker_contra]):
    """Tells what waits for ``asker`` (a ``rights.terms.Subject``; this room knows none) at ``moment``."""

    def __call__(self, asker: Asker_contra, moment: datetime) -> Iterable[Waiting]:
        """Return what waits, in any order."""
