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

from gateway.identity.secrets import Peppers, book_of, lookup_of
from gateway.identity.tables import ApiKey, ApprovalPolicy
from gateway.kit.clock import MINUTE
from gateway.kit.database import Database
from gateway.kit.errors import Unauthorized
from gateway.kit.group_commit import GroupCommit, GroupRead
from gateway.kit.operation import Caller
from gateway.kit.sql import Tx, sql
from gateway.ledger.decisions import SpendingKey
from gateway.ledger.policies import load_spenders

KEPT_SECONDS, MISS_SECONDS, MOST_KEPT = 5.0, 1.0, 10_000
USED_EVERY = MINUTE
USED = sql(
    """
    UPDATE api_key SET last_used_at = kt_now(), pepper = given.pepper, hash = given.hash
    FROM {rows} WHERE api_key.id = given.id AND api_key.pepper = given.known_pepper
    """,
    id="text",
    known_pepper="text",
    pepper="text",
    hash="blob",
)
KEYS = sql(
    """
    SELECT k.lookup, k.id, k.account_id, k.book, k.pepper, k.hash, k.scopes, k.expires_at,
           k.last_used_at, k.revoked_at, p.auto_approve_microusd, p.confirm_up_to_microusd
    FROM {rows} JOIN api_key AS k ON k.lookup = given.lookup
    JOIN approval_policy AS p ON p.id = k.policy_id
    """,
    lookup="text",
)


@dataclass(frozen=True, slots=True)
class Used:
    """One use of a key, with its hash under the newest pepper; `known_pepper` is the stored one."""

    key_id: str
    known_pepper: str
    pepper: str
    hash: bytes


async def note_used(tx: Tx, used: Sequence[Used]) -> list[bool]:
    """Write when keys were last used, and move their hashes to the newest pepper."""
    # A batch may hold several uses of a key, but an UPDATE can change its row only once.
    uses = {use.key_id: use for use in used}.values()
    await tx.change(USED, [(use.key_id, use.known_pepper, use.pepper, use.hash) for use in uses])
    return [True] * len(used)


class Key(NamedTuple):
    """The row of a key and of its approval policy; `COLUMNS` has the same order."""

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

    def speaks_for(self, spender: SpendingKey) -> Caller:
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
        )


COLUMNS = [getattr(ApiKey, name, None) or getattr(ApprovalPolicy, name) for name in Key._fields]


@dataclass(frozen=True, slots=True)
class Standing:
    """A key, its spender in the ledger, and the database's time when both were read."""

    key: Key
    spender: SpendingKey
    now: int

    @property
    def valid(self) -> bool:
        """Return True if the key is neither revoked nor expired."""
        ends_at = self.key.expires_at
        return self.key.revoked_at is None and (ends_at is None or self.now < ends_at)


class KeyRing:
    """Finds the caller of a key, caches it for some seconds, and records that the key was used."""

    def __init__(self, database: Database, peppers: Peppers) -> None:
        self._database = database
        self._peppers = peppers
        self._kept: OrderedDict[bytes, tuple[float, Caller | None]] = OrderedDict()
        self._reads: GroupRead[str, Standing | None] = GroupRead(self._fetch)
        self._uses: GroupCommit[Used, bool] = GroupCommit(note_used, database)
        self._noting: set[asyncio.Task[bool]] = set()

    async def caller(self, key: str, *, fresh: bool = False) -> Caller:
        """Return the caller that a key stands for; `fresh` asks the database, not the cache.

        Raises:
            Unauthorized: mistyped, unknown, expired or revoked; one answer for all, so that a
                guesser learns nothing.
        """
        name = hashlib.sha256(key.encode()).digest()  # the cache holds no key in clear
        until, caller = self._kept.get(name, (0.0, None))
        if fresh or until < time.monotonic():
            if book_of(key) is None:
                raise Unauthorized
            caller = await self._look_up(key)
            seconds = KEPT_SECONDS if caller else MISS_SECONDS
            self._kept[name] = (time.monotonic() + seconds, caller)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        if caller is None:
            raise Unauthorized
        return caller

    def forget(self) -> None:
        """Drop all cached callers, after a key was revoked or changed."""
        self._kept.clear()

    async def close(self) -> None:
        """Write the uses that are not written yet, and record no more."""
        await self._uses.close()

    async def _look_up(self, key: str) -> Caller | None:
        standing = await self._reads.submit(lookup_of(key))
        # An unknown key is hashed and compared as well, so its answer takes as long as another's.
        pepper = self._peppers.newest if standing is None else standing.key.pepper
        computed_hash = self._peppers.hash(key, pepper)
        stored_hash = b"" if standing is None else standing.key.hash
        matches = hmac.compare_digest(computed_hash, stored_hash)
        if standing is None or not matches or not standing.valid:
            return None
        self._note(key, standing)
        return standing.key.speaks_for(standing.spender)

    async def _fetch(self, lookups: Sequence[str]) -> Mapping[str, Standing | None]:
        standings: dict[str, Standing | None] = dict.fromkeys(lookups)
        async with self._database.read() as snapshot:
            keys = [Key(*row) for row in await snapshot.read(KEYS, [(each,) for each in lookups])]
            if keys:
                known = await load_spenders(snapshot, [key.id for key in keys])
                standings |= {
                    key.lookup: Standing(key, known.spenders[key.id], known.now) for key in keys
                }
        return standings

    def _note(self, key: str, standing: Standing) -> None:
        """Write the use in the background: at most once a minute, in one batch with other keys."""
        row, newest = standing.key, self._peppers.newest
        if row.pepper == newest and standing.now - (row.last_used_at or 0) < USED_EVERY:
            return
        used = Used(row.id, row.pepper, newest, self._peppers.hash(key, newest))
        task = asyncio.create_task(self._uses.submit(used))
        self._noting.add(task)  # asyncio keeps only weak references to tasks
        task.add_done_callback(self._noted)

    def _noted(self, task: asyncio.Task[bool]) -> None:
        self._noting.discard(task)
        if not task.cancelled():
            task.exception()  # read, so that asyncio logs nothing: the next use writes it again
