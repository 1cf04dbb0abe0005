"""The connections of each client address at one server, so that no address takes all of them.

A connection costs a client nothing until it sends the head of a request, so half-open ones must
not crowd out those that ask. An address (of IPv6 its /64) may have a number of connections. Beyond
that, its oldest half-open connection is dropped for the new one, if it has had its grace. If there
is none, a few more are let in only to be answered `503`, because probes are answered even then; the
rest are dropped at once. The connections of a trusted proxy belong to many clients, so they are not
counted; the proxy has to do that.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from uvicorn.middleware.proxy_headers import _TrustedHosts

from gateway.kit.http.rate_limit import to_network

MAX_REFUSED = 50


class Admission(StrEnum):
    """The decision on a new connection."""

    SERVED = "served"
    REFUSED = "refused"
    DROPPED = "dropped"


class ConnectionsByNetwork:
    """Connections to one server by network: at most `max_connections` each, any number if None."""

    def __init__(
        self,
        max_connections: int | None = None,
        grace_seconds: float = 0,
        trusted_proxies: str = "",
    ) -> None:
        self._max_connections = max_connections
        self._grace_seconds = grace_seconds
        self._trusted = _TrustedHosts(trusted_proxies)
        self._networks: dict[asyncio.Transport, str] = {}
        self._open: Counter[str] = Counter()
        self._half_open: dict[asyncio.Transport, float] = {}  # since when, the oldest first

    def add(
        self, transport: asyncio.Transport, address: str, clock: Callable[[], float]
    ) -> Admission:
        """Count a new connection and decide on it; an older one may be dropped for it."""
        if self._max_connections is None or not address or address in self._trusted:
            return Admission.SERVED
        network, now = to_network(address), clock()
        self._networks[transport] = network
        self._half_open[transport] = now
        self._open[network] += 1
        if self._open[network] <= self._max_connections or self.make_room(now, network):
            return Admission.SERVED
        over = self._open[network] - self._max_connections
        return Admission.REFUSED if over <= MAX_REFUSED else Admission.DROPPED

    def record_whole_head(self, transport: asyncio.Transport) -> None:
        """Record that a connection sent a whole head; it is not half-open any more."""
        self._half_open.pop(transport, None)

    def remove(self, transport: asyncio.Transport) -> None:
        """Forget a connection that is lost; a second call changes nothing."""
        self._half_open.pop(transport, None)
        network = self._networks.pop(transport, None)
        if network is not None:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]

    def make_room(self, now: float, network: str | None = None) -> bool:
        """Drop the oldest half-open connection of a network, or of all, if it has had its grace."""
        for transport, since in self._half_open.items():
            if now - since < self._grace_seconds:
                return False  # the dictionary is in order of arrival: all others are younger
            if network in {None, self._networks[transport]}:
                self.remove(transport)
                transport.abort()
                return True
        return False
