# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files that come with forms: only to pages that take them, from people signed in, with a link or at the start, up to a
size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadhandler import SkipFile, StopUpload, TemporaryFileUploadHandler

#: The largest file a form takes, in bytes.
LARGEST = 200 << 20

#: Where forms take files of people signed in.
TAKING = (
    "/quellen/anbinden/",
    "/listen/ablegen/",
    "/register/einlesen/",
    "/rezepte/einlesen/",
    "/rezepte/anwenden/",
)

#: Where the guided start takes files, also from whoever holds the start code (``organisations.domain.start``).
AT_START = ("/start/kommune/", "/start/wappen/")
LARGEST_AT_START = 25 << 20

#: Where forms take files of whoever has the address: what it begins with, who may (asked before anything is written to
#: disk, with the rest of the address), and the largest file.
_open: dict[str, tuple[Callable[[str], bool], int]] = {}


def admit(prefix: str, may: Callable[[str], bool], *, largest: int) -> None:
    """Let forms below ``prefix`` take files of whoever ``may`` says yes to."""
    _open[prefix] = (may, largest)


class LimitedUpload(TemporaryFileUploadHandler):
    """Spools a file to disk; breaks off where it grows too large, leaves out what nobody may send."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, or leave it out."""
        self.largest = self._most()
        if not self.largest:
            raise SkipFile
        self.taken = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Take a piece."""
        self.taken += len(raw_data)
        if self.taken > self.largest:
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)
        return None

    def _most(self) -> int:
        """Return the largest file the request may bring, 0 if none; the page's verb asks for more."""
        request = self.request
        if request is None:
            return 0
        if request.path in TAKING:
            return LARGEST if request.user.is_authenticated else 0
        if request.path in AT_START:
            return LARGEST_AT_START if request.user.is_authenticated or request.session.get("start") else 0
        for prefix, (may, largest) in _open.items():
            if request.path.startswith(prefix):
                return largest if may(request.path.removeprefix(prefix).strip("/")) else 0
        return 0
