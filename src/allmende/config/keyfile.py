# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The installation's key: 32 random bytes in a file outside the data folder and outside every backup."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from allmende.config.environment import Misconfigured


def read(path: Path) -> bytes | None:
    """Return the key, None if there is no file. Raises :class:`Misconfigured` if it is no key or others can read it."""
    try:
        found = path.stat()
        content = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path}: nicht lesbar / not readable ({error})") from error
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise Misconfigured(
            f"{path}: auch andere können den Schlüssel lesen / others can read the key: chmod 600 {path}"
        )
    try:
        key = bytes.fromhex(content)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Misconfigured(f"{path}: keine Schlüsseldatei von Allmende / not a key file of Allmende (64 hex digits)")
    return key


def read_or_make(path: Path) -> bytes:
    """Return the key, made now if there is none yet. Raises :class:`Misconfigured`."""
    key = read(path)
    if key is not None:
        return key
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was faster
        return read_or_make(path)
    except OSError as error:
        raise Misconfigured(f"{path}: kann nicht angelegt werden / cannot be made ({error})") from error
    key = secrets.token_bytes(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(descriptor)
    return key
