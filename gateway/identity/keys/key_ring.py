"""The key ring: the caller that an API key stands for, cached for seconds.

The problem: every request has a key, and a query for each would be most of a read. So a mistyped
key fails its checksum without a query, keys that are asked for at the same time share one indexed
read, and a caller is kept for 5 seconds for reads and submits. Spending stays exact all the same,
because the ledger checks the key again with each hold. Every other write looks the key up. Another
process may thus take a revoked key for 5 seconds more, but only to read.
"""

import asyncio
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.identity.keys.secrets import Peppers, parse_book, parse_lookup
from gateway.kit.clock import MINUTE
from gateway.kit.database.group_commit import GroupCommit, GroupRead
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx, sql
from gateway.kit.errors import Unauthorized
from gateway.kit.operation import Caller
from gateway.kit.roles import Role
from gateway.ledger.decisions import SpendingKey
from gateway.ledger.policies import load_spenders

CACHE_SECONDS, MISS_CACHE_SECONDS, MAX_CACHED_KEYS = 5.0, 1.0, 10_000
USE_INTERVAL = MINUTE
UPDATE_LAST_USED = sql(
    """
    UPDATE api_key SET last_used_at = kt_now(), pepper = given.pepper, hash = given.hash
    FROM {rows} WHERE api_key.id = given.id AND api_key.pepper = given.known_pepper
    """,
    id="text",
    known_pepper="text",
    pepper="text",
    hash="blob",
)
SELECT_KEYS = sql(
    """
    SELECT k.lookup, k.id, k.account_id, k.book, k.pepper, k.hash, k.scopes, k.expires_at,
           k.last_used_at, k.revoked_at, p.auto_approve_microusd, p.confirm_up_to_microusd,
           k.person_id, m.id, m.role
    FROM {rows} JOIN api_key AS k ON k.lookup = given.lookup
    JOIN approval_policy AS p ON p.id = k.policy_id
    LEFT JOIN member AS m ON m.account_id = k.account_id AND m.person_id = k.person_id
      AND m.removed_at IS NULL
    """,
    lookup="text",
)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One use of a key, with its hash under the newest pepper; `known_pepper` is the stored one."""

    key_id: str
    known_pepper: str
    pepper: str
    hash: bytes


async def record_key_uses(tx: Tx, key_uses: Sequence[KeyUse]) -> list[bool]:
    """Write when keys were last used, and move their hashes to the newest pepper."""
    # A batch may hold several uses of a key, but an UPDATE can change its row only once.
    uses = {use.key_id: use for use in key_uses}.values()
    await tx.change(
        UPDATE_LAST_USED, [(use.key_id, use.known_pepper, use.pepper, use.hash) for use in uses]
    )
    return [True] * len(key_uses)


class StoredKey(NamedTuple):
    """The row of a key, of its approval policy and of the member it belongs to.

    `SELECT_KEYS` has the same order. The key of an owner has no person and no member.
    """

    lookup: str
    id: str
    account_id: str
    book: str
    pepper: str
    hash: bytes
    scopes: str
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None
    auto_approve_microusd: int | None
    confirm_up_to_microusd: int | None
    person_id: str | None
    member_id: str | None
    role: str | None

    @property
    def has_lost_member(self) -> bool:
        """Return True if the key is of a person who is no member any more."""
        return self.person_id is not None and self.member_id is None

    def to_caller(self, spender: SpendingKey) -> Caller:
        """Return the caller that the key stands for."""
        return Caller(
            account_id=self.account_id,
            ledger_account=spender.account,
            book=self.book,
            key_id=self.id,
            key_lookup=self.lookup,
            scopes=frozenset(self.scopes.split()),
            policy_id=spender.policy_id,
            auto_approve_microusd=self.auto_approve_microusd,
            confirm_up_to_microusd=self.confirm_up_to_microusd,
            person_id=self.person_id or self.account_id,
            member_id=self.member_id,
            role=Role.OWNER if self.role is None else Role(self.role),
        )


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """A key, its spender in the ledger, and the database's time when both were read."""

    key: StoredKey
    spender: SpendingKey
    now: int

    @property
    def is_valid(self) -> bool:
        """Return True if the key is neither revoked nor expired, nor of a removed member."""
        ends_at = self.key.expires_at
        is_alive = self.key.revoked_at is None and not self.key.has_lost_member
        return is_alive and (ends_at is None or self.now < ends_at)


class KeyRing:
    """Finds the caller of a key, caches it for some seconds, and records that the key was used."""

    def __init__(self, database: Database, peppers: Peppers) -> None:
        self._database = database
        self._peppers = peppers
        self._cache: OrderedDict[bytes, tuple[float, Caller | None]] = OrderedDict()
        self._reads: GroupRead[str, KeyStatus | None] = GroupRead(self._fetch_statuses)
        self._uses: GroupCommit[KeyUse, bool] = GroupCommit(record_key_uses, database)
        self._recordings: set[asyncio.Task[bool]] = set()

    async def get_caller(self, key: str, *, fresh: bool = False) -> Caller:
        """Return the caller that a key stands for; `fresh` asks the database, not the cache.

        Raises:
            Unauthorized: mistyped, unknown, expired or revoked; one answer for all, so that a
                guesser learns nothing.
        """
        cache_key = hashlib.sha256(key.encode()).digest()  # the cache holds no key in clear
        until, caller = self._cache.get(cache_key, (0.0, None))
        if fresh or until < time.monotonic():
            if parse_book(key) is None:
                raise Unauthorized
            caller = await self._find_caller(key)
            seconds = CACHE_SECONDS if caller else MISS_CACHE_SECONDS
            self._cache[cache_key] = (time.monotonic() + seconds, caller)
            while len(self._cache) > MAX_CACHED_KEYS:
                self._cache.popitem(last=False)
        if caller is None:
            raise Unauthorized
        return caller

    def clear_cache(self) -> None:
        """Drop all cached callers, after a key was revoked or changed."""
        self._cache.clear()

    async def close(self) -> None:
        """Write the uses that are not written yet, and record no more."""
        await self._uses.close()

    async def _find_caller(self, key: str) -> Caller | None:
        status = await self._reads.submit(parse_lookup(key))
        # An unknown key is hashed and compared as well, so its answer takes as long as another's.
        pepper = self._peppers.newest if status is None else status.key.pepper
        computed_hash = self._peppers.hash(key, pepper)
        stored_hash = b"" if status is None else status.key.hash
        matches = hmac.compare_digest(computed_hash, stored_hash)
        if status is None or not matches or not status.is_valid:
            return None
        self._record_use(key, status)
        return status.key.to_caller(status.spender)

    async def _fetch_statuses(self, lookups: Sequence[str]) -> Mapping[str, KeyStatus | None]:
        statuses: dict[str, KeyStatus | None] = dict.fromkeys(lookups)

        async def read_statuses(tx: Tx) -> None:
            rows = await tx.read(SELECT_KEYS, [(each,) for each in lookups])
            if not rows:
                return
            keys = [StoredKey(*row) for row in rows]
            known = await load_spenders(tx, [key.id for key in keys])
            for key in keys:
                statuses[key.lookup] = KeyStatus(key, known.spenders[key.id], known.now)

        await self._database.inspect(read_statuses)
        return statuses

    def _record_use(self, key: str, status: KeyStatus) -> None:
        """Write the use in the background: at most once a minute, in one batch with other keys."""
        row, newest = status.key, self._peppers.newest
        if row.pepper == newest and status.now - (row.last_used_at or 0) < USE_INTERVAL:
            return
        used = KeyUse(row.id, row.pepper, newest, self._peppers.hash(key, newest))
        task = asyncio.create_task(self._uses.submit(used))
        self._recordings.add(task)  # asyncio keeps only weak references to tasks
        task.add_done_callback(self._end_recording)

    def _end_recording(self, task: asyncio.Task[bool]) -> None:
        self._recordings.discard(task)
        if not task.cancelled():
            task.exception()  # read, so that asyncio logs nothing: the next use writes it again
