"""Rate limits: counted by policy and caller, shared through Redis, never refused for its lack."""

import pytest

from gateway.kit.errors import RateLimited
from gateway.kit.rate_limit import Policy, RateLimits, network_of
from tests.gateway import free_port

pytestmark = pytest.mark.anyio

FEW = Policy("submit", 3, 60)
MANY = Policy("read", 1_000, 60)


class Hand:
    """A clock that a test sets."""

    def __init__(self, now: float = 120.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def used_up(limits: RateLimits, name: str, who: str, most: int) -> int:
    """Count the requests that pass before the first refusal, up to `most`."""
    for count in range(most):
        if not (await limits.take(name, who)).allowed:
            return count
    return most


async def test_what_is_left_and_when_it_is_all_back() -> None:
    clock = Hand(150.0)
    limits = RateLimits([FEW], clock=clock)
    first = await limits.take("submit", "acct_1:test")
    assert dict(first.headers()) == {
        b"ratelimit-policy": b'"submit";q=3;w=60',
        b"ratelimit": b'"submit";r=2;t=30',
    }
    assert await used_up(limits, "submit", "acct_1:test", 10) == 2
    refused = await limits.take("submit", "acct_1:test")
    with pytest.raises(RateLimited) as caught:
        refused.check()
    assert caught.value.headers["Retry-After"] == "30"
    assert caught.value.members["retryAfterSeconds"] == 30
    assert await used_up(limits, "submit", "acct_1:live", 10) == 3
    clock.now += 30
    assert await used_up(limits, "submit", "acct_1:test", 10) == 3


async def test_two_processes_share_what_they_count(valkey_url: str) -> None:
    clock = Hand()
    pair = [RateLimits([FEW, MANY], valkey_url, clock) for _ in range(2)]
    assert [await used_up(each, "submit", "acct_1:test", 10) for each in pair] == [3, 0]
    passed = [await used_up(each, "read", "acct_1:test", 2_000) for each in pair]
    assert 1_000 <= sum(passed) < 1_000 + 2 * 10
    clock.now = 180.0
    half = await used_up(pair[0], "submit", "acct_1:test", 2)
    assert half + await used_up(pair[1], "submit", "acct_1:test", 10) == 3
    for each in pair:
        await each.close()


async def test_without_its_redis_a_process_counts_alone() -> None:
    limits = RateLimits([FEW], f"redis://127.0.0.1:{free_port()}/0", Hand())
    assert await used_up(limits, "submit", "acct_1:test", 10) == 3
    await limits.close()


async def test_old_windows_are_forgotten() -> None:
    clock = Hand()
    limits = RateLimits([FEW], clock=clock)
    for number in range(50):
        await limits.take("submit", f"acct_{number}:test")
    clock.now += 60
    await limits.take("submit", "acct_0:test")
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
    assert network_of(address) == network
