# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Secrets at rest: sealed with a key derived from the installation's key file, each bound to what it belongs to."""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
_VERSION = "1:"


def derive(master: bytes, use: str) -> bytes:
    """Return 32 bytes for one use from the installation's key (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"allmende {use}".encode()).derive(master)


class Sealer:
    """Seals and opens secrets (ChaCha20-Poly1305, RFC 8439; key by HKDF-SHA256, RFC 5869)."""

    def __init__(self, master: bytes) -> None:
        self._cipher = ChaCha20Poly1305(derive(master, "secrets"))

    def seal(self, secret: str, about: str) -> str:
        """Return ``secret`` sealed; it opens only for the same ``about`` (the id of the thing it belongs to)."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, secret.encode(), about.encode())
        return _VERSION + base64.b64encode(sealed).decode()

    def unseal(self, sealed: str, about: str) -> str:
        """Return the secret. Raises ValueError if the key file is another, or the seal belongs to something else."""
        version, _, body = sealed.partition(":")
        if f"{version}:" != _VERSION:
            raise ValueError("this seal is of an unknown kind")
        raw = base64.b64decode(body, validate=True)
        try:
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], about.encode()).decode()
        except InvalidTag:
            raise ValueError("this secret was sealed with another key file, or for something else") from None
