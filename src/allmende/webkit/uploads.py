# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files that come with forms: only to pages that take them, from people signed in or at the start, up to a size."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import SkipFile, StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

#: The largest file a form takes, in bytes.
LARGEST = 200 << 20

#: Where forms take files.
TAKING = ("/quellen/anbinden/", "/rezepte/einlesen/", "/rezepte/anwenden/")

#: Where the guided start takes files, also from whoever holds the start code (``organisations.domain.start``).
AT_START = ("/start/kommune/", "/start/wappen/")
LARGEST_AT_START = 25 << 20


def _may(request: HttpRequest) -> bool:
    """Return whether the request may bring files; the page's verb asks for more."""
    if request.path in AT_START:
        return request.user.is_authenticated or bool(request.session.get("start"))
    return request.path in TAKING and request.user.is_authenticated


class LimitedUpload(TemporaryFileUploadHandler):
    """Spools a file to disk; breaks off where it grows too large, leaves out what nobody may send."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, or leave it out."""
        request = self.request
        if request is None or not _may(request):
            raise SkipFile
        self.most = LARGEST_AT_START if request.path in AT_START else LARGEST
        self.taken = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Take a piece."""
        self.taken += len(raw_data)
        if self.taken > self.most:
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)
        return None
