# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The delivered files themselves, unchanged: each sealed with a key of its own, which the installation's key seals.

Whoever finds the disk or a backup reads none of them; destroying a delivery's key destroys the file in every backup.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

from allmende.hub.models import Delivery
from allmende.hub.tools import tools
from allmende.kernel.errors import NotFound
from allmende.kernel.sealing import open_file, seal_file
from allmende.kernel.text import Text

_PIECE = 1 << 20


def keep(delivery: Delivery, path: Path) -> None:
    """Seal the file at ``path`` and write down in the row, which is not saved here, where it lies."""
    place = tools().files / "deliveries" / delivery.tenant_of
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = os.urandom(32)
    seal_file(pieces(path), place / f"{delivery.id}.sealed", key)
    delivery.path = f"deliveries/{delivery.tenant_of}/{delivery.id}.sealed"
    delivery.key = tools().seal(base64.b64encode(key).decode(), str(delivery.id))


def read(delivery: Delivery) -> Iterator[bytes]:
    """Yield the file's bytes as they were delivered. Raises NotFound where it was not kept."""
    if not delivery.path:
        raise NotFound(Text("Diese Datei wurde nicht aufbewahrt.", "This file was not kept."))
    key = base64.b64decode(tools().unseal(delivery.key, str(delivery.id)))
    return open_file(tools().files / delivery.path, key)


def destroy(delivery: Delivery) -> None:
    """Remove the file and its key from the row, which is not saved here."""
    if delivery.path:
        (tools().files / delivery.path).unlink(missing_ok=True)
    delivery.path = delivery.key = ""


def pieces(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes piece by piece."""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
