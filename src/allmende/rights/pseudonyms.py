# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Keyed pseudonyms for the decision log. Knows no Django.

Each month has a random key. It lies in a table apart, sealed with a key derived from the installation's key file, and
is destroyed after a set time; from then on nobody can tell who stood behind the month's pseudonyms.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from allmende.kernel.sealing import derive

_NONCE = 12


class Sealer:
    """Makes and opens the months' keys."""

    def __init__(self, master: bytes) -> None:
        self._cipher = ChaCha20Poly1305(derive(master, "pseudonym keys"))

    def new(self, month: str) -> bytes:
        """Return a new random key for ``month``, sealed."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, os.urandom(32), month.encode())

    def open(self, month: str, sealed: bytes) -> bytes:
        """Return the key of ``month``. Raises ValueError if the key file is not the one it was sealed with."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], month.encode())
        except InvalidTag:
            raise ValueError(f"the pseudonym key of {month} was sealed with another key file") from None


def month_of(at: datetime) -> str:
    """Return the month whose key is used at ``at``, for example ``2026-11`` (UTC)."""
    return f"{at.astimezone(UTC):%Y-%m}"


def pseudonym(key: bytes, tenant: str, subject: str) -> str:
    """Return the pseudonym of a subject under a month's key: 96 bits of HMAC-SHA256, in hexadecimal."""
    return hmac.new(key, f"{tenant}\0{subject}".encode(), hashlib.sha256).hexdigest()[:24]
