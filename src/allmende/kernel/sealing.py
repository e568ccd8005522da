# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Secrets at rest: sealed with a key derived from the installation's key file, each bound to what it belongs to."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

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


#: A file is sealed in pieces of so many bytes.
_PIECE = 1 << 20


def seal_file(pieces: Iterable[bytes], target: Path, key: bytes) -> None:
    """Write ``pieces`` sealed to ``target`` (mode 0600), whole or not at all. ``key`` are 32 bytes used for this alone.

    ChaCha20-Poly1305 piece by piece; the nonce counts the pieces and marks the last one, so that a file that was cut
    off, or whose pieces were exchanged, does not open (the STREAM construction of Hoang et al., 2015).
    """
    cipher, part = ChaCha20Poly1305(key), target.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            held, number = bytearray(), 0
            for piece in pieces:
                held += piece
                while len(held) > _PIECE:
                    stream.write(cipher.encrypt(_nonce(number, last=False), bytes(held[:_PIECE]), None))
                    del held[:_PIECE]
                    number += 1
            stream.write(cipher.encrypt(_nonce(number, last=True), bytes(held), None))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def open_file(path: Path, key: bytes) -> Iterator[bytes]:
    """Yield what was sealed. Raises ValueError if the key is another, or the file was changed or cut off."""
    cipher, number = ChaCha20Poly1305(key), 0
    with path.open("rb") as stream:
        piece = stream.read(_PIECE + 16)
        while True:
            following = stream.read(_PIECE + 16)
            try:
                yield cipher.decrypt(_nonce(number, last=not following), piece, None)
            except InvalidTag:
                raise ValueError("this file was sealed with another key, or changed") from None
            if not following:
                return
            piece, number = following, number + 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + bytes([last])
