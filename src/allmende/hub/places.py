# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where connections may lead: the public internet, and what an administrator of the town has allowed.

Checked when a connection is saved and again at every question, on the addresses the name resolves to then; the
connection is made to the very address that was checked.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from pathlib import Path

from allmende.hub.problems import AddressRefused
from allmende.kernel.errors import SourceDown
from allmende.kernel.text import Text

#: A place an administrator has allowed: host name, network (CIDR) or folder, and a port (None: any).
Place = tuple[str, int | None]


class Places:
    """The internal places a town's connections may use."""

    def __init__(self, allowed: Iterable[Place]) -> None:
        self._allowed = tuple(allowed)

    async def address(self, host: str, port: int) -> str:
        """Return an IP address of ``host`` that may be used with ``port``.

        Raises :class:`~allmende.hub.problems.AddressRefused` if the name leads to a place that is not allowed (all of
        its addresses must be), SourceDown if it leads nowhere.
        """
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise SourceDown(
                Text(f"Den Rechner „{host}“ gibt es nicht.", f"There is no host “{host}”."), host=host
            ) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not all(self._may(host, address, port) for address in addresses):
            raise AddressRefused(
                Text(
                    f"„{host}“ (Port {port}) liegt im internen Netz. Eine Administratorin der Kommune muss die Adresse "
                    "zuerst erlauben.",
                    f"“{host}” (port {port}) is in the internal network. An administrator of the town has to allow the "
                    "address first.",
                ),
                host=host,
                port=port,
            )
        return addresses[0]

    def folder(self, folder: Path) -> Path:
        """Return the real folder if it may be read. Raises :class:`~allmende.hub.problems.AddressRefused`."""
        real = folder.resolve()
        for place, _ in self._allowed:
            if place.startswith("/") and real.is_relative_to(place):
                return real
        raise AddressRefused(
            Text(
                f"Der Ordner „{folder}“ ist nicht erlaubt. Eine Administratorin der Kommune muss ihn zuerst erlauben.",
                f"The folder “{folder}” is not allowed. An administrator of the town has to allow it first.",
            ),
            folder=str(folder),
        )

    def _may(self, host: str, address: str, port: int) -> bool:
        ip = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        if ip.is_global and not ip.is_multicast:
            return True
        for place, its_port in self._allowed:
            if its_port is not None and its_port != port:
                continue
            network = as_network(place)
            if (network is not None and ip in network) or place.lower() == host.lower():
                return True
        return False


def as_network(place: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the network that an allowed place names; None for host names and folders."""
    try:
        return ipaddress.ip_network(place, strict=False)
    except ValueError:
        return None
