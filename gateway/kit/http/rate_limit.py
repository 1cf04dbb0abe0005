"""Rate limits: counted per account and mode, or per address, in windows of the clock.

Each process counts in memory, and shares its counts through Redis if there is one. To spare cheap
requests the round trip to Redis, a process takes a hundredth of the amount at a time; while Redis
is away it counts alone. A caller that is refused is told when the window ends.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.kit.errors import RateLimited
from gateway.kit.messaging.presence import Presence

SHARES_PER_WINDOW = 100
MAX_WINDOWS = 100_000
REDIS_SECONDS = 0.5
OUTAGE_SECONDS = 5
RATE_NAMESPACE = "kt:rate"


@dataclass(frozen=True)
class RatePolicy:
    """A limit of `amount` requests in `seconds`, as the headers of an answer state it."""

    name: str
    amount: int
    seconds: int

    @cached_property
    def header(self) -> tuple[bytes, bytes]:
        """Return the raw header `RateLimit-Policy`."""
        return b"ratelimit-policy", f'"{self.name}";q={self.amount};w={self.seconds}'.encode()


@dataclass(slots=True)
class _Window:
    """The window of one caller, as far as this process knows it.

    `remaining` requests pass without asking Redis. `unshared` ones were granted before Redis heard
    of them. `counted` is the count of all processes at the last exchange. In a `closed` window this
    process takes no further share.
    """

    number: int
    remaining: int
    unshared: int
    counted: int
    closed: bool = False


class RateStatus(NamedTuple):
    """The state of a policy after a request: what remains, and seconds until the window ends."""

    policy: RatePolicy
    remaining: int
    reset_seconds: int
    allowed: bool

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of draft-ietf-httpapi-ratelimit-headers."""
        left = f'"{self.policy.name}";r={self.remaining};t={self.reset_seconds}'
        return [self.policy.header, (b"ratelimit", left.encode())]

    def check(self) -> None:
        """Refuse the request if it was not allowed.

        Raises:
            RateLimited: naming the seconds until the window ends.
        """
        if not self.allowed:
            policy = self.policy
            raise RateLimited(
                f"More than {policy.amount} requests of the kind `{policy.name}` in "
                f"{policy.seconds} seconds.",
                retry_after_seconds=self.reset_seconds,
                policy=policy.name,
            )


class RateLimits:
    """The counts of requests by policy and by caller. Belongs to one event loop."""

    def __init__(
        self,
        policies: list[RatePolicy],
        redis_url: str = "",
        clock: Callable[[], float] = time.time,
        presence: Presence | None = None,
    ) -> None:
        self._presence = presence or Presence("broker")
        self._policies = {each.name: each for each in policies}
        self._items = {each.name: _build_item(each) for each in policies}
        self._windows: dict[str, dict[str, _Window]] = {each.name: {} for each in policies}
        self._clock = clock
        self._pool = _create_pool(redis_url) if redis_url else None
        self._shared = None if self._pool is None else _create_storage(redis_url, self._pool)
        self._away_until = 0.0

    async def count_request(self, policy_name: str, caller_key: str) -> RateStatus:
        """Count one request of a caller under a policy; return the standing.

        `caller_key` is an account or address. A request that is refused is not counted.
        """
        policy, now = self._policies[policy_name], self._clock()
        number = int(now // policy.seconds)
        window = self._windows[policy_name].get(caller_key)
        if window is None or window.number != number:
            window = self._open_window(policy, caller_key, number)
        if window.remaining < 1 and not window.closed:
            await self._take_share(policy, window, caller_key)
        allowed = window.remaining > 0
        window.remaining -= allowed
        reset = max(1, math.ceil((number + 1) * policy.seconds - now))
        remaining = max(0, window.remaining + policy.amount - window.counted)
        return RateStatus(policy, remaining, reset, allowed)

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._pool is not None:
            await self._pool.aclose()

    def _open_window(self, policy: RatePolicy, caller_key: str, number: int) -> _Window:
        """Begin a window with a first share that Redis has not heard of yet.

        So a caller with fewer requests than a share costs no round trip; `_take_share` reports
        that first share later.
        """
        windows = self._windows[policy.name]
        windows.pop(caller_key, None)
        # The dictionary is in order of opening: windows of the past are at its front.
        while windows and (len(windows) >= MAX_WINDOWS or _oldest_window(windows).number != number):
            del windows[next(iter(windows))]
        share = policy.amount if self._shared is None else _share_size(policy) - 1
        windows[caller_key] = window = _Window(
            number, share, share, share, closed=self._shared is None
        )
        return window

    async def _take_share(self, policy: RatePolicy, window: _Window, caller_key: str) -> None:
        """Take the next share of a window; the last one may be smaller, or nothing."""
        share, unshared = _share_size(policy), window.unshared
        # Before the await: a second request of this caller meanwhile must not report it again.
        window.unshared = 0
        count = await self._count_in_redis(
            policy, f"{caller_key}:{window.number}", unshared + share
        )
        if count is None:
            window.remaining = policy.amount - window.counted
            window.counted, window.closed = policy.amount, True
            return
        window.remaining += max(0, share - max(0, count - policy.amount))
        window.counted = min(count, policy.amount)
        window.closed = count >= policy.amount

    async def _count_in_redis(self, policy: RatePolicy, key: str, amount: int) -> int | None:
        """Add to the count of all processes and return it; None while Redis is away."""
        if self._shared is None or time.monotonic() < self._away_until:
            return None
        item = self._items[policy.name]
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                return await self._shared.incr(item.key_for(key), policy.seconds, amount)
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + OUTAGE_SECONDS
            self._presence.report(up=False, why=f"limits count alone: {type(error).__name__}")
            return None


def to_network(address: str) -> str:
    """Return the network that counts as one address: an IPv4 address, or the /64 of an IPv6 one.

    A subscriber has at least a /64 of IPv6, and could take a new address for each request.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)


def _build_item(policy: RatePolicy) -> RateLimitItem:
    return RateLimitItemPerSecond(policy.amount, policy.seconds, f"{RATE_NAMESPACE}:{policy.name}")


def _share_size(policy: RatePolicy) -> int:
    return max(1, policy.amount // SHARES_PER_WINDOW)


def _oldest_window(windows: dict[str, _Window]) -> _Window:
    return next(iter(windows.values()))


def _create_pool(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(
        url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), retries=1),
    )


def _create_storage(url: str, pool: ConnectionPool) -> RedisStorage:
    return RedisStorage(
        f"async+{url}",
        implementation="redispy",
        connection_pool=pool,  # type: ignore[arg-type]  # as its own documentation says
    )
