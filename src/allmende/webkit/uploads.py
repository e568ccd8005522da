# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files that come with forms: only to pages that take them, from people signed in, up to a size."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import SkipFile, StopUpload, TemporaryFileUploadHandler

#: The largest file a form takes, in bytes.
LARGEST = 200 << 20

#: Where forms take files.
TAKING = ("/quellen/anbinden/",)


class LimitedUpload(TemporaryFileUploadHandler):
    """Spools a file to disk; breaks off where it grows too large, leaves out what nobody may send."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, or leave it out."""
        request = self.request
        if request is None or request.path not in TAKING or not request.user.is_authenticated:
            raise SkipFile
        self.taken = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Take a piece."""
        self.taken += len(raw_data)
        if self.taken > LARGEST:
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)
        return None
