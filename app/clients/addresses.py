"""Which addresses outgoing calls may reach: public ones, and those of private networks the operator has allowed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NEVER_PUBLIC = tuple(
    ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "64:ff9b:1::/48", "100:0:0:1::/64", "2001:db8::/32")
)
"""Special networks that the standard library, in some version or other, takes for public."""
_NAT64 = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9a-fA-F:.]{2,45}")
_LONGEST_URL = 2_000


class BadUrl(ValueError):
    """Not an address that calls can be sent to."""


class AddressNotAllowed(ValueError):
    """The host is, or resolves to, an address that calls may not reach."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What outgoing calls may reach besides public addresses."""

    allowed: tuple[Network, ...] = ()

    def check(self, addresses: Sequence[str]) -> list[Address]:
        """Return the addresses a name stands for; raises AddressNotAllowed when there is one that may not be reached.

        All are checked: a name with a public and a private address is a way around as good as any.
        """
        found = [ip_address(address.partition("%")[0]) for address in addresses]
        for address in found:
            if not self._allows(address):
                raise AddressNotAllowed(f"{address} is not a public address, and the operator has not allowed it")
        return found

    def _allows(self, address: Address) -> bool:
        if any(address.version == network.version and address in network for network in self.allowed):
            return True
        inner = list(_inner(address))
        return all(self._allows(each) for each in inner) if inner else _is_public(address)


def networks_from(text: str | Iterable[Network]) -> tuple[Network, ...]:
    """Return the networks of a comma-separated list such as `10.0.0.0/8, fd00::/8`; raises ValueError."""
    if not isinstance(text, str):
        return tuple(text)
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def checked_url(url: str, reach: Reach) -> SplitResult:
    """Return the parts of an address for calls; raises BadUrl, and AddressNotAllowed for a host given as a number."""
    if len(url) > _LONGEST_URL or any(character <= " " or character > "~" for character in url):
        raise BadUrl(f"an address has at most {_LONGEST_URL} printable ASCII characters and no spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadUrl(str(error)) from None
    if parts.scheme not in ("http", "https"):
        raise BadUrl("an address begins with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise BadUrl("an address has no user and password")
    if parts.fragment:
        raise BadUrl("an address has no fragment")
    if not host or not _HOST.fullmatch(host) or port == 0:
        raise BadUrl("an address names a host")
    try:
        ip_address(host)
    except ValueError:
        return parts
    reach.check([host])
    return parts


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Return the scheme, host and port of an address, which say whom a call reaches; the port may be the scheme's."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _inner(address: Address) -> Iterator[Address]:
    """Yield the IPv4 addresses that an IPv6 address stands for, by the ways there are to write one in the other."""
    if not isinstance(address, IPv6Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


def _is_public(address: Address) -> bool:
    if address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback:
        return False
    return address.is_global and not any(
        address.version == network.version and address in network for network in _NEVER_PUBLIC
    )
