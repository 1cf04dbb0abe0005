"""Who a key speaks for.

A check costs no query for a mistyped key, and one indexed read otherwise. A found caller is kept
for 5 seconds for reads and submits; spending is exact all the same, because the reservation
re-checks the key. Whatever else writes looks the key up.
"""

import asyncio
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.identity.secrets import Peppers, book_of, lookup_of
from gateway.identity.tables import ApiKey, ApprovalPolicy
from gateway.kit.clock import MINUTE
from gateway.kit.database import Database
from gateway.kit.errors import Unauthorized
from gateway.kit.group_commit import GroupCommit
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


def caller_of(row: ApiKey, approvals: ApprovalPolicy, spender: Spending) -> Caller:
    """Return whom a key or a connected app speaks for."""
    return Caller(
        account_id=row.account_id,
        ledger_account=spender.account,
        book=row.book,
        key_id=row.id,
        key_lookup=row.lookup,
        scopes=frozenset(row.scopes.split()),
        policy_id=spender.policy_id,
        auto_approve_microusd=approvals.auto_approve_microusd,
        confirm_up_to_microusd=approvals.confirm_up_to_microusd,
    )


class KeyRing:
    """Finds the caller of a key, keeps what it found for a few seconds, notes the use."""

    def __init__(self, database: Database, peppers: Peppers) -> None:
        self._database = database
        self._peppers = peppers
        self._kept: OrderedDict[bytes, tuple[float, Caller | None]] = OrderedDict()
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
        wanted = (
            select(ApiKey, ApprovalPolicy)
            .join(ApprovalPolicy, ApprovalPolicy.id == ApiKey.policy_id)
            .where(ApiKey.lookup == lookup_of(key))
        )
        async with self._database.read() as snapshot:
            found = (await snapshot.execute(wanted)).first()
            pepper = self._peppers.newest if found is None else found[0].pepper
            computed = self._peppers.hash(key, pepper)
            hashed = b"" if found is None else found[0].hash
            if not hmac.compare_digest(computed, hashed) or found is None:
                return None
            row, approvals = found
            known = await known_of(snapshot, [row.id])
        if row.revoked_at is not None or (row.expires_at or known.now + 1) <= known.now:
            return None
        self._note(key, row, known.now)
        return caller_of(row, approvals, known.spenders[row.id])

    def _note(self, key: str, row: ApiKey, now: int) -> None:
        """Write the use in the background, at most once a minute and together with others."""
        newest = self._peppers.newest
        if row.pepper == newest and now - (row.last_used_at or 0) < USED_EVERY:
            return
        used = Used(row.id, row.pepper, newest, self._peppers.hash(key, newest))
        task = asyncio.create_task(self._uses.submit(used))
        self._noting.add(task)
        task.add_done_callback(self._noted)

    def _noted(self, task: asyncio.Task[bool]) -> None:
        self._noting.discard(task)
        if not task.cancelled():
            task.exception()  # a use that was not written is written with the next one
