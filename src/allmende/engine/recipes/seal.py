# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The signature at the end of a recipe or a deviation file: Ed25519 (RFC 8032) over the text before it.

Signed is the text as people read it, comments included; only line ends may change on the way (CRLF is read as LF). A
signature says that nothing was changed since, and with which key; who holds the key each town decides for itself.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from allmende.kernel.errors import Invalid
from allmende.kernel.sealing import derive
from allmende.kernel.text import Text

#: The largest file read, in characters.
LARGEST = 1 << 20

_TITLE = "Allmende signed file 1"
_BLOCK = re.compile(
    r'\[signature\]\nby = "(?P<by>[^"\\\x00-\x1f]{0,200})"\nkey = "(?P<key>[0-9a-f]{64})"\n'
    r'at = "(?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"\nvalue = "(?P<value>[0-9a-f]{128})"\n\Z'
)
_BEGIN = re.compile(r"^[ \t]*\[\s*(signature|\"signature\"|'signature')\s*\]", re.MULTILINE)


class Altered(Invalid):
    """The file was changed after it was signed, or its signature is damaged."""

    kind = "altered"
    title = Text("Nach der Unterschrift verändert", "Changed after it was signed")


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was opened: its text without the signature, and who signed it with which key (hex); "" if nobody."""

    body: str
    by: str = ""
    key: str = ""
    at: str = ""

    @property
    def signed(self) -> bool:
        """Whether it carries a signature; it is good then."""
        return bool(self.key)


def _private(master: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derive(master, "recipes"))


def public_key(master: bytes) -> str:
    """Return the public key (hex) with which this installation's recipes are checked."""
    return _private(master).public_key().public_bytes_raw().hex()


def fingerprint(key: str) -> str:
    """Return what people compare on the telephone: SHA-256 of the public key, its first 16 bytes in groups of four."""
    short = hashlib.sha256(bytes.fromhex(key)).hexdigest()[:32]
    return " ".join(short[at : at + 4] for at in range(0, 32, 4))


def digest(body: str) -> str:
    """Return the SHA-256 (hex) of a text as it is signed: the same for the same recipe, whoever signed it."""
    return hashlib.sha256(_canonical(body).encode()).hexdigest()


def signed(body: str, *, by: str, at: datetime, master: bytes) -> str:
    """Return the text with this installation's signature below it. ``by`` is the town's name, not a person's."""
    key = _private(master)
    shown = re.sub(r'["\\\x00-\x1f]', " ", by)[:200]
    when = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    body = _canonical(body)
    public = key.public_key().public_bytes_raw().hex()
    value = key.sign(_message(body, by=shown, key=public, at=when)).hex()
    return f'{body}[signature]\nby = "{shown}"\nkey = "{public}"\nat = "{when}"\nvalue = "{value}"\n'


def opened(text: str) -> Sealed:
    """Return the text and who signed it; without a signature nobody did. Raises Altered, and Invalid if too large."""
    if len(text) > LARGEST:
        raise Invalid(
            Text("Die Datei ist zu groß für ein Rezept.", "The file is too large for a recipe."), field="file"
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    begin = _BEGIN.search(text)
    if begin is None:
        return Sealed(body=_canonical(text))
    block = _BLOCK.search(text)
    if block is None or block.start() != begin.start() or len(_BEGIN.findall(text)) != 1:
        raise _altered("Ihre Unterschrift ist beschädigt.", "Its signature is damaged.")
    body = text[: block.start()]
    by, key, at, value = block["by"], block["key"], block["at"], block["value"]
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(value), _message(body, by=by, key=key, at=at))
    except (InvalidSignature, ValueError):
        raise _altered("Sie ist nicht mehr, was unterschrieben wurde.", "It is no longer what was signed.") from None
    return Sealed(body=body, by=by, key=key, at=at)


def _canonical(body: str) -> str:
    return body.removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n") + "\n\n"


def _message(body: str, *, by: str, key: str, at: str) -> bytes:
    return f"{_TITLE}\nby: {by}\nkey: {key}\nat: {at}\n\n{body}".encode()


def _altered(de: str, en: str) -> Altered:
    return Altered(
        Text(
            f"Diese Datei wurde nach der Unterschrift verändert und wird nicht übernommen. {de} Bitten Sie den Absender, "
            "sie noch einmal zu schicken.",
            f"This file was changed after it was signed and is not taken. {en} Ask the sender to send it again.",
        ),
        field="file",
    )
