# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which addresses this program may connect to: public ones, and what an administrator has allowed."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable

import msgspec

from allmende.kernel.errors import Invalid, Problem, SourceDown
from allmende.kernel.text import Text

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Looks a name up: host and port to addresses.
Lookup = Callable[[str, int], list[str]]

#: Ranges that carry other addresses inside or lead somewhere else than they say; ``is_global`` lets some of them pass.
_NEVER = tuple(
    ipaddress.ip_network(n)
    for n in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "fec0::/10",
    )
)  # fmt: skip


class AddressRefused(Problem):
    """The address is internal and no administrator has allowed it."""

    status = 403
    kind = "address-refused"
    title = Text("Adresse nicht erlaubt", "Address not allowed")


class Allowed(msgspec.Struct, frozen=True):
    """An internal place that may be reached: a host name, an address or a network, and a port (0: any)."""

    place: str
    port: int = 0

    def __post_init__(self) -> None:
        if "/" in self.place:
            ipaddress.ip_network(self.place)  # raises ValueError

    def covers(self, host: str, address: Address, port: int) -> bool:
        """Return whether this entry allows connecting to ``address``, asked for as ``host``."""
        if self.port not in {0, port}:
            return False
        if "/" in self.place:
            network = ipaddress.ip_network(self.place)
            return address.version == network.version and address in network
        return self.place.lower().rstrip(".") in {host.lower().rstrip("."), str(address)}


class AllowList(msgspec.Struct, frozen=True):
    """What an administrator has allowed beyond the public internet."""

    entries: tuple[Allowed, ...] = ()

    def covers(self, host: str, address: Address, port: int) -> bool:
        """Return whether an entry allows it."""
        return any(e.covers(host, address, port) for e in self.entries)


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet and is what it says."""
    if any(address.version == n.version and address in n for n in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def look_up(host: str, port: int, seconds: float = 5.0) -> list[str]:
    """Return the addresses of a name; raises SourceDown if there are none in time."""
    found: list[str] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(str(a[4][0]) for a in answers)

    thread = threading.Thread(target=ask, daemon=True)  # the C library's look-up cannot be interrupted
    thread.start()
    thread.join(seconds)
    if not found:
        raise SourceDown(
            Text(f"Der Name „{host}“ lässt sich nicht auflösen.", f"The name “{host}” cannot be resolved."), host=host
        )
    return list(dict.fromkeys(found))


def checked(host: str, port: int, allow: AllowList, lookup: Lookup = look_up) -> list[str]:
    """Return the addresses of ``host``, every one of them checked; raises AddressRefused, SourceDown.

    Connect to what is returned, never to the name again: it may answer differently the next time.
    """
    try:
        addresses = [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        if not host or len(host) > 253 or "%" in host or "\0" in host:
            raise Invalid(Text("Das ist kein Rechnername.", "That is no host name.")) from None
        addresses = [ipaddress.ip_address(a.split("%", 1)[0]) for a in lookup(host, port)]
    for address in addresses:
        if not is_public(address) and not allow.covers(host, address, port):
            raise AddressRefused(
                Text(
                    f"„{host}“ liegt im internen Netz (Port {port}). Das muss die Verwaltung der Anlage erst erlauben.",
                    f"“{host}” lies in an internal network (port {port}). An administrator has to allow it first.",
                ),
                host=host,
                port=port,
            )
    return [str(a) for a in addresses]
