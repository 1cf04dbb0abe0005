"""The callers that keys stand for.

A check costs no query for a mistyped key, and otherwise an indexed read that all share who ask
at the same time. A found caller is kept for 5 seconds for reads and submits; spending is exact all
the same, because the reservation re-checks the key. Whatever else writes looks the key up.
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
from gateway.ledger.decisions import Spending
from gateway.ledger.policies import known_of

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
    """A key that was used, and its hash under the newest pepper."""

    key_id: str
    known_pepper: str
    pepper: str
    hash: bytes


async def note_used(tx: Tx, used: Sequence[Used]) -> list[bool]:
    """Write when keys were last used; once more it changes no more."""
    rows = {each.key_id: each for each in used}.values()
    await tx.change(USED, [(u.key_id, u.known_pepper, u.pepper, u.hash) for u in rows])
    return [True] * len(used)


class Key(NamedTuple):
    """A key as it is stored, and what it may approve; `COLUMNS` has the same order."""

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

    def speaks_for(self, spender: Spending) -> Caller:
        """Return whom it speaks for."""
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
    """A key, what the ledger knows of it, and when both were read."""

    key: Key
    spender: Spending
    now: int

    @property
    def valid(self) -> bool:
        """Return True if the key is neither revoked nor expired."""
        ends_at = self.key.expires_at
        return self.key.revoked_at is None and (ends_at is None or self.now < ends_at)


class KeyRing:
    """Finds the caller of a key, keeps what it found for a few seconds, notes the use."""

    def __init__(self, database: Database, peppers: Peppers) -> None:
        self._database = database
        self._peppers = peppers
        self._kept: OrderedDict[bytes, tuple[float, Caller | None]] = OrderedDict()
        self._reads: GroupRead[str, Standing | None] = GroupRead(self._fetch)
        self._uses: GroupCommit[Used, bool] = GroupCommit(note_used, database)
        self._noting: set[asyncio.Task[bool]] = set()

    async def caller(self, key: str, *, fresh: bool = False) -> Caller:
        """Return whom a key speaks for; `fresh` takes nothing that was kept.

        Raises:
            Unauthorized: mistyped, unknown, expired or revoked; one answer for all.
        """
        name = hashlib.sha256(key.encode()).digest()
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
        """Drop everything that is kept, after a key was revoked or changed."""
        self._kept.clear()

    async def close(self) -> None:
        """Write what is still to be noted."""
        await self._uses.close()

    async def _look_up(self, key: str) -> Caller | None:
        found = await self._reads.submit(lookup_of(key))
        pepper = self._peppers.newest if found is None else found.key.pepper
        computed = self._peppers.hash(key, pepper)
        hashed = b"" if found is None else found.key.hash
        matches = hmac.compare_digest(computed, hashed)
        if found is None or not matches or not found.valid:
            return None
        self._note(key, found)
        return found.key.speaks_for(found.spender)

    async def _fetch(self, lookups: Sequence[str]) -> Mapping[str, Standing | None]:
        found: dict[str, Standing | None] = dict.fromkeys(lookups)
        async with self._database.read() as snapshot:
            keys = [Key(*row) for row in await snapshot.read(KEYS, [(each,) for each in lookups])]
            if keys:
                known = await known_of(snapshot, [key.id for key in keys])
                now = known.now
                found |= {key.lookup: Standing(key, known.spenders[key.id], now) for key in keys}
        return found

    def _note(self, key: str, found: Standing) -> None:
        """Write the use in the background, at most once a minute and together with others."""
        row, newest = found.key, self._peppers.newest
        if row.pepper == newest and found.now - (row.last_used_at or 0) < USED_EVERY:
            return
        used = Used(row.id, row.pepper, newest, self._peppers.hash(key, newest))
        task = asyncio.create_task(self._uses.submit(used))
        self._noting.add(task)
        task.add_done_callback(self._noted)

    def _noted(self, task: asyncio.Task[bool]) -> None:
        self._noting.discard(task)
        if not task.cancelled():
            task.exception()  # a use that was not written is written with the next one
