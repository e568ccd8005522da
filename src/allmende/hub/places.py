# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a town's connections may lead: the public internet, and what an administrator of the town has allowed.

Checked when a connection is saved and again at every question, on the addresses a name resolves to then; the connection
is made to the very address that was checked.

A host or network is allowed for a unit and all below it. One allowed for the town is the administration's: a company of
the town reaches it only where it was allowed for that company. Folders are the machine's own and hold for all.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from pathlib import Path

import msgspec

from allmende.engine.addresses import AddressRefused, Allowed, AllowList, checked
from allmende.kernel.text import Text
from allmende.rights.snapshot import Snapshot


class Place(msgspec.Struct, frozen=True):
    """A place an administrator has allowed: host name, network (CIDR) or folder, a port (None: any), for which unit.

    ``unit`` "" is the town's root.
    """

    place: str
    port: int | None = None
    unit: str = ""

    @property
    def folder(self) -> bool:
        """Whether it is a folder of the machine."""
        return self.place.startswith("/")


class Places:
    """The internal places the connections of a unit may use."""

    def __init__(self, allowed: Iterable[Place]) -> None:
        places = tuple(allowed)
        self._folders = tuple(each.place for each in places if each.folder)
        self.hosts = AllowList(tuple(Allowed(each.place, each.port or 0) for each in places if not each.folder))

    @classmethod
    def of(cls, allowed: Iterable[Place], snapshot: Snapshot, tenant: str, unit: str) -> Places:
        """Return those of a town's allowed places that hold for the sources of one of its units."""
        above, known = snapshot.above.get(unit, frozenset()), snapshot.units
        root = snapshot.roots.get(tenant, "")

        def holds(place: Place) -> bool:
            given = place.unit or root
            if place.folder:
                return True
            return given in above and (known[unit].administration or not known[given].administration)

        return cls(place for place in allowed if holds(place))

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
