"""Limits on fetching for one account: how often, and how many at once."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.kit.errors import RateLimited

WINDOW_SECONDS = 60
KEPT_ACCOUNTS = 10_000


@dataclass(slots=True)
class _Account:
    gate: asyncio.Semaphore
    starts: deque[float] = field(default_factory=deque)
    inside: int = 0


@dataclass(slots=True, kw_only=True)
class FetchTurns:
    """At most so many fetches of one account at once, the rest wait; so many a minute, then 429.

    Counted in this process; `clock` is monotonic seconds.
    """

    at_once: int = 4
    a_minute: int = 60
    clock: Callable[[], float] = time.monotonic
    _accounts: dict[str, _Account] = field(default_factory=dict)

    @asynccontextmanager
    async def take(self, account_id: str | None) -> AsyncIterator[None]:
        """Hold one turn of this account; without an account there is nothing to wait for.

        Raises:
            RateLimited: the account has had its turns of this minute.
        """
        if account_id is None:
            yield
            return
        account = self._admitted(account_id)
        account.inside += 1
        try:
            async with account.gate:
                yield
        finally:
            account.inside -= 1

    def _admitted(self, account_id: str) -> _Account:
        now = self.clock()
        self._forget(now)
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = _Account(asyncio.Semaphore(self.at_once))
        while account.starts and account.starts[0] <= now - WINDOW_SECONDS:
            account.starts.popleft()
        if len(account.starts) >= self.a_minute:
            wait = math.ceil(account.starts[0] + WINDOW_SECONDS - now)
            raise RateLimited(
                "This account has fetched too many URLs in the last minute.",
                retry_after_seconds=wait,
            )
        account.starts.append(now)
        return account

    def _forget(self, now: float) -> None:
        """Keep memory bounded: drop who has not fetched for a minute."""
        if len(self._accounts) < KEPT_ACCOUNTS:
            return
        for account_id, account in list(self._accounts.items()):
            if not account.inside and account.starts[-1] <= now - WINDOW_SECONDS:
                del self._accounts[account_id]
