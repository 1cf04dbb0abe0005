"""Addresses of servers: private ones are the operator's business, link-local ones are refused.

At a link-local address cloud machines keep the credentials of the machine itself.
"""

import asyncio
import socket
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from gateway.kit.outgoing.guarded_transport import FetchRefused
from gateway.kit.outgoing.public_address import unwrap_ipv4

# Of AWS by IPv6, Azure and Alibaba; the others are link-local.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "168.63.129.16", "100.100.100.200")))


def is_link_local(address: str) -> bool:
    """Return True if this resolved address is link-local, or as secret, however it is written."""
    parsed = ip_address(address.partition("%")[0])
    if unwrap_ipv4(parsed) in _METADATA:
        return True
    scoped = isinstance(parsed, IPv6Address) and "%" in address
    return scoped or parsed.is_link_local or unwrap_ipv4(parsed).is_link_local


def refuse_link_local(url: str) -> str:
    """Return the URL of a server, unless its host is written as a link-local address.

    Raises:
        ValueError: it is.
    """
    host = urlsplit(url).hostname or ""
    try:
        refused = is_link_local(host)
    except ValueError:  # a name, which is looked at when it is dialled
        refused = False
    if refused:
        raise ValueError(f"{host} is link-local: such an address is never dialled")
    return url


async def resolve_allowed(host: str, port: int) -> list[str]:
    """Resolve a host to its addresses, none of which is link-local.

    Raises:
        FetchRefused: one of them is link-local.
        OSError: the host has none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if is_link_local(address):
            raise FetchRefused("link-local", f"{host} is {address}")
    return addresses
