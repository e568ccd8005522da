# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a town's connections may lead: the public internet, and what an administrator of the town has allowed.

Checked when a connection is saved and again at every question, on the addresses a name resolves to then; the connection
is made to the very address that was checked.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from pathlib import Path

from allmende.engine.addresses import AddressRefused, Allowed, AllowList, checked
from allmende.kernel.text import Text

#: A place an administrator has allowed: host name, network (CIDR) or folder, and a port (None: any).
Place = tuple[str, int | None]


class Places:
    """The internal places a town's connections may use."""

    def __init__(self, allowed: Iterable[Place]) -> None:
        places = tuple(allowed)
        self._folders = tuple(place for place, _ in places if place.startswith("/"))
        self.hosts = AllowList(tuple(Allowed(place, port or 0) for place, port in places if not place.startswith("/")))

    async def address(self, host: str, port: int) -> str:
        """Return an IP address of ``host`` that may be used with ``port``; of a Unix socket, its folder.

        Raises :class:`~allmende.engine.addresses.AddressRefused` if the name leads to a place that is not allowed (all
        of its addresses must be), SourceDown if it leads nowhere.
        """
        if host.startswith("/"):
            return str(self.folder(Path(host)))
        return (await asyncio.to_thread(checked, host, port, self.hosts))[0]

    def folder(self, folder: Path) -> Path:
        """Return the real folder if it may be read. Raises :class:`~allmende.engine.addresses.AddressRefused`."""
        real = folder.resolve()
        if any(real.is_relative_to(allowed) for allowed in self._folders):
            return real
        raise AddressRefused(
            Text(
                f"Der Ordner „{folder}“ ist nicht erlaubt. Die Verwaltung der Anlage muss ihn zuerst erlauben.",
                f"The folder “{folder}” is not allowed. An administrator has to allow it first.",
            ),
            folder=str(folder),
        )


def as_network(place: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the network that an allowed place names; None for host names and folders."""
    try:
        return ipaddress.ip_network(place, strict=False)
    except ValueError:
        return None
