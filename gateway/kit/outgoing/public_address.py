"""Public addresses: the rules by which `safe_fetch` dials an address or refuses it.

`ipaddress.is_global` is not a guard: it calls 192.0.0.9, 168.63.129.16, all multicast,
`::127.0.0.1` and `64:ff9b::7f00:1` global. The rules apply to resolved addresses, never to the text
of a URL, which has too many spellings of one address.
"""

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REFUSED_IPV4 = {
    IPv4Network(network): reason
    for reason, networks in {
        "this network": ("0.0.0.0/8",),
        "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        "carrier": ("100.64.0.0/10",),
        "loopback": ("127.0.0.0/8",),
        "cloud": ("168.63.129.16/32",),
        "link-local": ("169.254.0.0/16",),
        "protocol": ("192.0.0.0/24", "192.88.99.0/24"),
        "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
        "benchmark": ("198.18.0.0/15",),
        "multicast": ("224.0.0.0/4",),
        "reserved": ("240.0.0.0/4",),
    }.items()
    for network in networks
}
GLOBAL_IPV6 = IPv6Network("2000::/3")
REFUSED_IPV6 = {
    IPv6Network("2001::/32"): "teredo",
    IPv6Network("2001::/23"): "protocol",
    IPv6Network("2001:db8::/32"): "documentation",
    IPv6Network("2002::/16"): "6to4",
    IPv6Network("3fff::/20"): "documentation",
}
NAT64_NETWORK = IPv6Network("64:ff9b::/96")  # NAT64: reaches the IPv4 address in its last 32 bits
IPV4_COMPATIBLE_NETWORK = IPv6Network("::/96")
MAX_PORT = 65_535


def find_refusal_reason(address: str | Address) -> str | None:
    """Return the reason why an address is not public, in a word or two; None if it is public."""
    if isinstance(address, str):
        try:
            address = ip_address(address)
        except ValueError:
            return "no address"
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "scope"
        address = unwrap_ipv4(address)
    if isinstance(address, IPv4Address):
        return next((why for network, why in REFUSED_IPV4.items() if address in network), None)
    for network, why in REFUSED_IPV6.items():
        if address in network:
            return f"{why} of {address.sixtofour}" if why == "6to4" else why
    if address in GLOBAL_IPV6:
        return None
    return "ipv4-compatible" if address in IPV4_COMPATIBLE_NETWORK else "not global"


def unwrap_ipv4(address: Address) -> Address:
    """Return the IPv4 address inside a mapped or translated IPv6 address, else the address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in NAT64_NETWORK:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


@dataclass(frozen=True, slots=True)
class FetchAllowList:
    """The operator's exceptions, `KT_FETCH_ALLOW`: these addresses on these ports, any scheme."""

    rules: tuple[tuple[Network, int], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "FetchAllowList":
        """Read `address-or-cidr:port,…`; IPv6 may stand in brackets.

        Raises:
            ValueError: a part is not an address or network with a port.
        """
        return cls(tuple(_parse_rule(part.strip()) for part in text.split(",") if part.strip()))

    def __bool__(self) -> bool:
        """Return True if there is any exception; the gateway warns of it at its start."""
        return bool(self.rules)

    def has_port(self, port: int) -> bool:
        """Return True if some address is excepted on this port."""
        return any(port == known for _, known in self.rules)

    def allows(self, address: str, port: int) -> bool:
        """Return True if this resolved address is excepted on this port."""
        target = unwrap_ipv4(ip_address(address))
        # A scope names an interface of this machine; `in` would ignore it.
        if isinstance(target, IPv6Address) and target.scope_id is not None:
            return False
        return any(port == known and target in network for network, known in self.rules)


def _parse_rule(part: str) -> tuple[Network, int]:
    network, colon, port = part.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) <= MAX_PORT:
        raise ValueError(f"not address-or-cidr:port: {part!r}")
    return ip_network(network.replace("[", "").replace("]", "")), int(port)
