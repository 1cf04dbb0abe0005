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
MAX_ACCOUNTS = 10_000


@dataclass(slots=True)
class _AccountTurns:
    gate: asyncio.Semaphore
    starts: deque[float] = field(default_factory=deque)
    inside: int = 0


@dataclass(slots=True, kw_only=True)
class FetchTurns:
    """The turns of accounts to fetch: `max_at_once` at a time, and `max_per_minute` in any minute.

    A fetch beyond the first limit waits, one beyond the second is refused. Both are counted in this
    process only; `clock` returns monotonic seconds.
    """

    max_at_once: int = 4
    max_per_minute: int = 60
    clock: Callable[[], float] = time.monotonic
    _accounts: dict[str, _AccountTurns] = field(default_factory=dict)

    @asynccontextmanager
    async def take(self, account_id: str | None) -> AsyncIterator[None]:
        """Hold one turn of this account for the block; fetches without an account are not limited.

        Raises:
            RateLimited: the account has had its turns of this minute.
        """
        if account_id is None:
            yield
            return
        account = self._admit(account_id)
        # Counted before the wait: `_forget_idle` must not drop an account, and its gate, that
        # others still wait at; a new gate would let more in at once.
        account.inside += 1
        try:
            async with account.gate:
                yield
        finally:
            account.inside -= 1

    def _admit(self, account_id: str) -> _AccountTurns:
        now = self.clock()
        self._forget_idle(now)
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = _AccountTurns(
                asyncio.Semaphore(self.max_at_once)
            )
        while account.starts and account.starts[0] <= now - WINDOW_SECONDS:
            account.starts.popleft()
        if len(account.starts) >= self.max_per_minute:
            wait = math.ceil(account.starts[0] + WINDOW_SECONDS - now)
            raise RateLimited(
                "This account has fetched too many URLs in the last minute.",
                retry_after_seconds=wait,
            )
        account.starts.append(now)
        return account

    def _forget_idle(self, now: float) -> None:
        """Drop the accounts that have not fetched for a minute, so that memory stays bounded."""
        if len(self._accounts) < MAX_ACCOUNTS:
            return
        for account_id, account in list(self._accounts.items()):
            if not account.inside and account.starts[-1] <= now - WINDOW_SECONDS:
                del self._accounts[account_id]
