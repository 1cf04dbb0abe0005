"""API keys: mint, find the caller, list, revoke.

A check costs no query for a mistyped key, and one indexed read otherwise. A found caller is kept
for 5 seconds; spending is exact all the same, because the reservation re-checks the key.
"""

import hmac
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from gateway.identity.errors import AmbiguousKeyPrefix, KeyLimitReached, ScopeEscalation
from gateway.identity.secrets import Peppers, book_of, lookup_of, mint
from gateway.identity.tables import Account, ApiKey
from gateway.kit.clock import SECOND
from gateway.kit.database import Database, Session, Snapshot
from gateway.kit.errors import InvalidInput, NotFound, Unauthorized
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.kit.sql import sql
from gateway.ledger import accounts, policies

SCOPES = ("media", "studio", "account:read", "billing", "studio:approve", "admin")
SIGN_IN_SCOPES = ("media", "studio", "account:read", "billing", "admin")
DEFAULT_SCOPES = ("media", "studio", "account:read", "billing")
MOST_KEYS = 50
KEPT_SECONDS, MISS_SECONDS, MOST_KEPT = 5.0, 1.0, 10_000
LAST_MOMENT = 253_370_764_800 * SECOND  # the year 9999
NOW = sql("SELECT kt_now()")


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key is to be: who it speaks for, what it may do, what it may spend."""

    account_id: str
    book: str
    label: str
    scopes: Sequence[str]
    minted_by: str
    limits: policies.Limits | None = None
    expires_at: int | None = None


async def create_account(session: Session, ids: Ids, label: str) -> str:
    """Make an account with a ledger account in each book; return its id."""
    account_id = ids.new("acct")
    now = await database_time(session)
    session.add(Account(id=account_id, label=label, created_at=now))
    await session.flush()
    await accounts.open_accounts(session, account_id)
    return account_id


async def create(
    session: Session, ids: Ids, peppers: Peppers, wanted: NewKey
) -> tuple[ApiKey, str]:
    """Mint a key; return its row and, this one time, the key itself.

    Raises:
        KeyLimitReached: the account has its 50 active keys.
        InvalidInput: it would expire in the past, or beyond what a date can say.
    """
    now = await database_time(session)
    if wanted.expires_at is not None and not now < wanted.expires_at < LAST_MOMENT:
        raise InvalidInput("The key must expire in the future, before 9999.", field="expiresAt")
    active = select(func.count()).where(
        ApiKey.account_id == wanted.account_id, ApiKey.revoked_at.is_(None)
    )
    if (await session.scalar(active) or 0) >= MOST_KEYS:
        raise KeyLimitReached
    key = mint(ids, wanted.book)
    row = ApiKey(
        id=ids.new("key"),
        account_id=wanted.account_id,
        book=wanted.book,
        label=wanted.label,
        lookup=lookup_of(key),
        last4=key[-4:],
        pepper=peppers.newest,
        hash=peppers.hash(key, peppers.newest),
        scopes=" ".join(wanted.scopes),
        policy_id=None if wanted.limits is None else ids.new("pol"),
        expires_at=wanted.expires_at,
        created_at=now,
        last_used_at=None,
        revoked_at=None,
        minted_by=wanted.minted_by,
    )
    session.add(row)
    await session.flush()
    await policies.open_spender(
        session,
        key_id=row.id,
        account=await accounts.number_of(session, wanted.account_id, wanted.book),
        policy_id=row.policy_id,
        limits=wanted.limits,
        expires_at=wanted.expires_at,
    )
    return row, key


def check_escalation(caller: Caller, scopes: Sequence[str]) -> None:
    """Check that a key creates no key that may do more.

    Raises:
        ScopeEscalation: it lacks one of the scopes, or has a cap itself.
    """
    beyond = [scope for scope in scopes if scope not in caller.scopes]
    if beyond:
        raise ScopeEscalation(f"This key lacks the scope {', '.join(beyond)}.")
    if caller.capped:
        raise ScopeEscalation("A key with a spending cap cannot create keys.")


async def revoke(session: Session, row: ApiKey) -> int:
    """Revoke a key for good; return when it was revoked. Again: the same."""
    account = await accounts.number_of(session, row.account_id, row.book)
    revoked_at = await policies.close_spender(session, key_id=row.id, account=account)
    await session.execute(
        update(ApiKey)
        .where(ApiKey.id == row.id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=revoked_at)
    )
    return revoked_at


async def find(
    session: Session | Snapshot, caller: Caller, *, key_id: str | None, prefix: str | None
) -> ApiKey:
    """Return the caller's key of this id, or the one whose look-up starts so.

    Raises:
        NotFound: the account has none.
        AmbiguousKeyPrefix: it has several.
    """
    wanted = select(ApiKey).where(ApiKey.account_id == caller.account_id)
    if key_id is not None:
        wanted = wanted.where(ApiKey.id == key_id)
    else:
        start = (prefix or "").removeprefix("kt_live_").removeprefix("kt_test_")
        wanted = wanted.where(ApiKey.lookup.startswith(start, autoescape=True))
    found = (await session.scalars(wanted.limit(2))).all()
    if not found:
        raise NotFound
    if len(found) > 1:
        raise AmbiguousKeyPrefix
    return found[0]


async def database_time(session: Session | Snapshot) -> int:
    """Return the database's clock, microseconds since 1970."""
    now: int = (await session.read(NOW))[0][0]
    return now


class KeyRing:
    """Finds the caller of a key, and keeps what it found for a few seconds."""

    def __init__(self, database: Database, peppers: Peppers) -> None:
        self._database = database
        self._peppers = peppers
        self._kept: OrderedDict[str, tuple[float, Caller | None]] = OrderedDict()

    async def caller(self, key: str) -> Caller:
        """Return whom a key speaks for.

        Raises:
            Unauthorized: mistyped, unknown, expired or revoked; one answer for all.
        """
        book = book_of(key)
        if book is None:
            raise Unauthorized
        until, caller = self._kept.get(key, (0.0, None))
        if until < time.monotonic():
            caller = await self._look_up(key)
            seconds = KEPT_SECONDS if caller else MISS_SECONDS
            self._kept[key] = (time.monotonic() + seconds, caller)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        if caller is None:
            raise Unauthorized
        return caller

    def forget(self) -> None:
        """Drop everything that is kept, after a key was revoked."""
        self._kept.clear()

    async def _look_up(self, key: str) -> Caller | None:
        async with self._database.read() as snapshot:
            row = await snapshot.scalar(select(ApiKey).where(ApiKey.lookup == lookup_of(key)))
            pepper = self._peppers.newest if row is None else row.pepper
            computed = self._peppers.hash(key, pepper)
            known = b"" if row is None else row.hash
            if not hmac.compare_digest(computed, known) or row is None:
                return None
            now = await database_time(snapshot)
            if row.revoked_at is not None or (row.expires_at or now + SECOND) <= now:
                return None
            number = await accounts.number_of(snapshot, row.account_id, row.book)
        return Caller(
            account_id=row.account_id,
            ledger_account=number,
            book=row.book,
            key_id=row.id,
            scopes=frozenset(row.scopes.split()),
            capped=row.policy_id is not None,
        )
