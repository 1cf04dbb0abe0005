"""Rate limits: counted by policy and caller, shared through Redis, never refused for its lack."""

import pytest

from gateway.kit.errors import RateLimited
from gateway.kit.http.rate_limit import RateLimits, RatePolicy, to_network
from tests.gateway import find_free_port

pytestmark = pytest.mark.anyio

FEW_REQUESTS = RatePolicy("submit", 3, 60)
MANY_REQUESTS = RatePolicy("read", 1_000, 60)


class ManualClock:
    """A clock that a test sets."""

    def __init__(self, now: float = 120.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def count_allowed(limits: RateLimits, name: str, caller_key: str, max_requests: int) -> int:
    """Count the requests that pass before the first refusal, up to `max_requests`."""
    for count in range(max_requests):
        if not (await limits.count_request(name, caller_key)).allowed:
            return count
    return max_requests


async def test_what_is_left_and_when_it_is_all_back() -> None:
    clock = ManualClock(150.0)
    limits = RateLimits([FEW_REQUESTS], clock=clock)
    first = await limits.count_request("submit", "acct_1:test")
    assert dict(first.headers()) == {
        b"ratelimit-policy": b'"submit";q=3;w=60',
        b"ratelimit": b'"submit";r=2;t=30',
    }
    assert await count_allowed(limits, "submit", "acct_1:test", 10) == 2
    refused = await limits.count_request("submit", "acct_1:test")
    with pytest.raises(RateLimited) as caught:
        refused.check()
    assert caught.value.headers["Retry-After"] == "30"
    assert caught.value.members["retryAfterSeconds"] == 30
    assert await count_allowed(limits, "submit", "acct_1:live", 10) == 3
    clock.now += 30
    assert await count_allowed(limits, "submit", "acct_1:test", 10) == 3


async def test_two_processes_share_what_they_count(valkey_url: str) -> None:
    clock = ManualClock()
    pair = [RateLimits([FEW_REQUESTS, MANY_REQUESTS], valkey_url, clock) for _ in range(2)]
    assert [await count_allowed(each, "submit", "acct_1:test", 10) for each in pair] == [3, 0]
    passed = [await count_allowed(each, "read", "acct_1:test", 2_000) for each in pair]
    assert 1_000 <= sum(passed) < 1_000 + 2 * 10
    clock.now = 180.0
    half = await count_allowed(pair[0], "submit", "acct_1:test", 2)
    assert half + await count_allowed(pair[1], "submit", "acct_1:test", 10) == 3
    for each in pair:
        await each.close()


async def test_without_its_redis_a_process_counts_alone() -> None:
    limits = RateLimits([FEW_REQUESTS], f"redis://127.0.0.1:{find_free_port()}/0", ManualClock())
    assert await count_allowed(limits, "submit", "acct_1:test", 10) == 3
    await limits.close()


async def test_old_windows_are_forgotten() -> None:
    clock = ManualClock()
    limits = RateLimits([FEW_REQUESTS], clock=clock)
    for number in range(50):
        await limits.count_request("submit", f"acct_{number}:test")
    clock.now += 60
    await limits.count_request("submit", "acct_0:test")
    assert len(limits._windows["submit"]) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", "unknown"),
    ],
)
def test_an_address_counts_as_its_network(address: str, network: str) -> None:
    assert to_network(address) == network
