# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Anchors: signed heads of the decision log, as short texts that leave the machine. Knows no Django.

Who holds an anchor can show later that the log up to it is still what it was. The signature (Ed25519, RFC 8032) shows
that the anchor came from this installation; its key is derived from the installation's key file.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from allmende.kernel.errors import Invalid
from allmende.kernel.sealing import derive
from allmende.kernel.text import Text
from allmende.rights.chain import Head

_TITLE = "Allmende: Nachweis der Zugriffe, Anker / decision log, anchor"
_LINES = ("installation", "entries", "head", "at", "public-key")


class Anchor(msgspec.Struct, frozen=True):
    """A head of the log at a moment, and who signed it."""

    installation: str
    seq: int
    hash: bytes
    at: datetime
    public_key: bytes
    signature: bytes = b""

    @property
    def signed(self) -> str:
        """The text that is signed."""
        values = (
            self.installation,
            str(self.seq),
            self.hash.hex(),
            f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            self.public_key.hex(),
        )
        return "\n".join([_TITLE, *(f"{name}: {value}" for name, value in zip(_LINES, values, strict=True))])

    @property
    def text(self) -> str:
        """The text with its signature, as it is sent, stored and printed."""
        return f"{self.signed}\nsignature: {base64.b64encode(self.signature).decode()}\n"

    def verify(self) -> bool:
        """Return whether the signature is that of the public key the anchor names."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.signature, self.signed.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def _private(master: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derive(master, "decision log anchors"))


def public_key(master: bytes) -> bytes:
    """Return the key by which this installation's anchors are checked."""
    return _private(master).public_key().public_bytes_raw()


def sign(head: Head, *, installation: str, at: datetime, master: bytes) -> Anchor:
    """Return the signed anchor of a head."""
    key = _private(master)
    anchor = Anchor(
        installation=" ".join(installation.split()),
        seq=head.seq,
        hash=head.hash,
        at=at.replace(microsecond=0),
        public_key=key.public_key().public_bytes_raw(),
    )
    return msgspec.structs.replace(anchor, signature=key.sign(anchor.signed.encode()))


_FORM = re.compile(
    re.escape(_TITLE)
    + r"\s+installation: (?P<installation>[^\n]*?)\s+entries: (?P<entries>[0-9]{1,18})\s+head: (?P<head>[0-9a-f]{64})"
    r"\s+at: (?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z)\s+public-key: (?P<key>[0-9a-f]{64})"
    r"\s+signature: (?P<signature>[A-Za-z0-9+/=]+)"
)


def parse(text: str) -> tuple[Anchor, ...]:
    """Return the anchors in a text, for example a file or an e-mail with several; oldest number first.

    Raises :class:`~allmende.kernel.errors.Invalid` if there is none, or one cannot be read.
    """
    text = text.replace("\r\n", "\n")
    found = sorted(_parsed(text), key=lambda anchor: (anchor.seq, anchor.at))
    if not found or len(found) != text.count(_TITLE):
        raise Invalid(
            Text(
                f"Von {text.count(_TITLE)} Ankern sind {len(found)} lesbar.",
                f"Of {text.count(_TITLE)} anchors {len(found)} can be read.",
            )
        )
    return tuple(found)


def _parsed(text: str) -> Iterator[Anchor]:
    for match in _FORM.finditer(text):
        try:
            yield Anchor(
                installation=match["installation"],
                seq=int(match["entries"]),
                hash=bytes.fromhex(match["head"]),
                at=datetime.strptime(match["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
                public_key=bytes.fromhex(match["key"]),
                signature=base64.b64decode(match["signature"], validate=True),
            )
        except (ValueError, binascii.Error):
            continue
