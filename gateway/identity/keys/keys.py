"""API keys: create, find, change, rotate and revoke them.

Every change holds the lock of the account's row: the limit of active keys, and the caps that keys
share, are checked against a state that no other request changes meanwhile. The ledger has a spender
for each key; both rows are written in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select, update

from gateway.identity.errors import (
    AccountClosed,
    AmbiguousKeyPrefix,
    AppConnected,
    KeyLimitReached,
    KeyRevoked,
)
from gateway.identity.keys.default_policy import load_default_policy
from gateway.identity.keys.key_rows import SCOPES as SCOPES
from gateway.identity.keys.key_rows import check_alive as check_alive
from gateway.identity.keys.key_rows import check_expiry as check_expiry
from gateway.identity.keys.key_rows import is_app as is_app
from gateway.identity.keys.key_rows import join_scopes as join_scopes
from gateway.identity.keys.key_rows import render_key_prefix as render_key_prefix
from gateway.identity.keys.key_rows import strip_key_prefix as strip_key_prefix
from gateway.identity.keys.secrets import (
    APP_PREFIXES,
    KEY_PREFIXES,
    Peppers,
    mint_key,
    parse_lookup,
)
from gateway.identity.keys.spend_policy import SpendPolicy
from gateway.identity.tables import Account, ApiKey, ApprovalPolicy
from gateway.identity.teams.memberships import get_holder_member_id
from gateway.kit.caller import build_member_spender_id
from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import NotFound
from gateway.kit.ids import Ids
from gateway.ledger import policies
from gateway.ledger.accounts import owners

SIGN_IN_SCOPES = ("media", "studio", "account:read", "billing", "admin")
DEFAULT_SCOPES = ("media", "studio", "account:read", "billing")
APP_SCOPES = ("media", "studio", "account:read", "billing")
MAX_ACTIVE_KEYS = 50


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be created: its account and book, scopes, limits, origin and holder.

    `holder_id` is the member whose key it will be; None: the owner's.
    """

    account_id: str
    book: str
    label: str
    scopes: Sequence[str]
    minted_by: str
    policy: SpendPolicy | None = None
    expires_at: int | None = None
    holder_id: str | None = None


@dataclass(frozen=True, slots=True)
class KeyProof:
    """The stored proof of a key; of a connected app only the look-up part of its tokens."""

    lookup: str
    last4: str = ""
    pepper: str = ""
    hash: bytes = b""


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """The policy of a new key, and the caps that the ledger has to know.

    `limits` is None where nothing is capped, or the ledger has that policy already. With the policy
    of a member what the key spends counts on the caps of its holder too.
    """

    policy_id: str
    limits: policies.Limits | None
    ledger_policy_id: str | None
    member_policy_id: str | None


async def create_account(session: Session, ids: Ids, label: str) -> str:
    """Create an account with a ledger account in each book; return its id."""
    account_id = ids.new("acct")
    now = await get_database_time(session)
    session.add(Account(id=account_id, label=label, created_at=now))
    await session.flush()
    await owners.open_accounts(session, account_id)
    return account_id


async def lock_account(session: Session, account_id: str) -> None:
    """Lock an account's row, so that its keys change one at a time.

    Raises:
        AccountClosed: it gets nothing new.
    """
    query = select(Account.closed_at).where(Account.id == account_id).with_for_update()
    if await session.scalar(query) is not None:
        raise AccountClosed


async def create(
    session: Session, ids: Ids, peppers: Peppers, new_key: NewKey
) -> tuple[ApiKey, str]:
    """Create a key; return its row and the key itself, which is stored nowhere.

    Raises:
        KeyLimitReached: the account has its 50 active keys.
        InvalidInput: it would expire in the past, or after the year 9999.
        AccountClosed: the account gets nothing new.
    """
    policy = await _admit_key(session, ids, new_key)
    return await _mint_key(session, ids, peppers, new_key, policy)


async def create_grant(session: Session, ids: Ids, new_key: NewKey, lookup: str) -> ApiKey:
    """Create the key row of a connected app; no key opens it, its tokens are rows of their own.

    Raises:
        KeyLimitReached: the account has its 50 active keys and connected apps.
    """
    policy = await _admit_key(session, ids, new_key)
    return await _insert_key(session, ids.new("grant"), KeyProof(lookup), new_key, policy)


async def _admit_key(session: Session, ids: Ids, new_key: NewKey) -> KeyPolicy:
    """Check under the account's lock that a new key may be, and write its approval policy."""
    await lock_account(session, new_key.account_id)
    member_id = await get_holder_member_id(session, new_key.account_id, new_key.holder_id)
    now = await get_database_time(session)
    check_expiry(new_key.expires_at, now)
    await _check_key_limit(session, new_key.account_id, now)
    policy = new_key.policy or await load_default_policy(session, new_key.account_id, new_key.book)
    policy_id = ids.new("pol")
    session.add(
        ApprovalPolicy(
            id=policy_id,
            auto_approve_microusd=policy.auto_approve,
            confirm_up_to_microusd=policy.confirm_up_to,
        )
    )
    limits = policy.limits if policy.limits.has_caps else None
    of_member = member_id and build_member_spender_id(member_id, new_key.book)
    return KeyPolicy(policy_id, limits, policy_id if limits else None, of_member)


async def rotate(
    session: Session, ids: Ids, peppers: Peppers, row: ApiKey, *, grace_seconds: int
) -> tuple[ApiKey, str]:
    """Create a successor under the same policy; the old key ends now, or after the grace.

    Raises:
        AppConnected: a connected app has no key.
        KeyRevoked: the key is revoked or expired.
        KeyLimitReached: other keys than this one use up the account's 50.
    """
    if is_app(row):
        raise AppConnected
    now = await get_database_time(session)
    check_alive(row, now)
    await _check_key_limit(session, row.account_id, now, except_key_id=row.id)
    new_key = NewKey(
        row.account_id,
        row.book,
        row.label,
        row.scopes.split(),
        f"rotate:{row.id}",
        expires_at=row.expires_at,
        holder_id=row.person_id,
    )
    spender = (await policies.load_spenders(session, [row.id])).spenders[row.id]
    # The same policy row: what the old key has used of its caps counts for the successor too.
    policy = KeyPolicy(row.policy_id, None, spender.policy_id, spender.member_policy_id)
    successor = await _mint_key(session, ids, peppers, new_key, policy)
    if grace_seconds:
        last = now + grace_seconds * SECOND
        await set_expiry(session, row, min(last, row.expires_at or last))
    else:
        await revoke(session, row)
    return successor


async def _mint_key(
    session: Session, ids: Ids, peppers: Peppers, new_key: NewKey, key_policy: KeyPolicy
) -> tuple[ApiKey, str]:
    key = mint_key(ids, new_key.book)
    key_hash = peppers.hash(key, peppers.newest)
    proof = KeyProof(parse_lookup(key), key[-4:], peppers.newest, key_hash)
    return await _insert_key(session, ids.new("key"), proof, new_key, key_policy), key


async def _insert_key(
    session: Session, key_id: str, proof: KeyProof, new_key: NewKey, key_policy: KeyPolicy
) -> ApiKey:
    row = ApiKey(
        id=key_id,
        account_id=new_key.account_id,
        book=new_key.book,
        label=new_key.label,
        lookup=proof.lookup,
        last4=proof.last4,
        pepper=proof.pepper,
        hash=proof.hash,
        scopes=join_scopes(new_key.scopes),
        policy_id=key_policy.policy_id,
        expires_at=new_key.expires_at,
        created_at=await get_database_time(session),
        last_used_at=None,
        revoked_at=None,
        minted_by=new_key.minted_by,
        person_id=new_key.holder_id,
    )
    session.add(row)
    await session.flush()
    await policies.open_spender(
        session,
        key_id=row.id,
        account=await owners.get_account_number(session, new_key.account_id, new_key.book),
        policy_id=key_policy.ledger_policy_id,
        member_policy_id=key_policy.member_policy_id,
        limits=key_policy.limits,
        expires_at=new_key.expires_at,
    )
    return row


async def set_policy(session: Session, row: ApiKey, policy: SpendPolicy) -> None:
    """Set the limits of a key and of those that share its policy; what is used stays used."""
    await session.execute(
        update(ApprovalPolicy)
        .where(ApprovalPolicy.id == row.policy_id)
        .values(
            auto_approve_microusd=policy.auto_approve, confirm_up_to_microusd=policy.confirm_up_to
        )
    )
    spender = (await policies.load_spenders(session, [row.id])).spenders[row.id]
    if spender.policy_id is None and not policy.limits.has_caps:
        return
    # The ledger may see the policy for the first time: every key that shares it is attached, or a
    # rotated twin would spend without the new cap.
    sharing = select(ApiKey.id).where(ApiKey.policy_id == row.policy_id)
    await policies.cap_spenders(
        session,
        key_ids=(await session.scalars(sharing)).all(),
        policy_id=row.policy_id,
        account=spender.account,
        limits=policy.limits,
    )


async def set_expiry(session: Session, row: ApiKey, expires_at: int | None) -> None:
    """Set the expiry of a key, in the ledger too; None is never."""
    account = await owners.get_account_number(session, row.account_id, row.book)
    await policies.set_spender_expiry(
        session, key_id=row.id, account=account, expires_at=expires_at
    )
    row.expires_at = expires_at


async def revoke(session: Session, row: ApiKey) -> int:
    """Revoke a key for good; return when it was revoked, the first time if it was before."""
    account = await owners.get_account_number(session, row.account_id, row.book)
    row.revoked_at = await policies.revoke_spender(session, key_id=row.id, account=account)
    return row.revoked_at


async def get_locked_key(
    session: Session, account_id: str, *, key_id: str | None, prefix: str | None = None
) -> ApiKey:
    """Return the account's key with this id or look-up prefix, under the account's lock.

    Raises:
        NotFound: the account has none.
        AmbiguousKeyPrefix: it has several.
    """
    await lock_account(session, account_id)
    query = select(ApiKey).where(ApiKey.account_id == account_id)
    if key_id is not None:
        query = query.where(ApiKey.id == key_id)
    else:
        start = (prefix or "").removeprefix(APP_PREFIXES["access"])
        for book, book_prefix in KEY_PREFIXES.items():
            if start.startswith(book_prefix):
                start, query = start.removeprefix(book_prefix), query.where(ApiKey.book == book)
        query = query.where(ApiKey.lookup.startswith(start, autoescape=True))
    rows = (await session.scalars(query.limit(2))).all()
    if not rows:
        raise NotFound
    if len(rows) > 1:
        raise AmbiguousKeyPrefix
    return rows[0]


async def get_account(session: Session | Snapshot, account_id: str) -> Account:
    """Return the row of an account.

    Raises:
        NotFound: there is none.
    """
    row = (await session.scalars(select(Account).where(Account.id == account_id))).first()
    if row is None:
        raise NotFound
    return row


async def list_all_account_keys(session: Session | Snapshot, account_id: str) -> Sequence[ApiKey]:
    """List every key of an account, the newest first; revoked ones and connected apps too."""
    query = select(ApiKey).where(ApiKey.account_id == account_id).order_by(ApiKey.id.desc())
    return (await session.scalars(query)).all()


async def get_locked_key_by_name(session: Session, name: str) -> ApiKey:
    """Return the key with this id or look-up part, of any account, under its account's lock.

    Raises:
        NotFound: there is none.
    """
    query = select(ApiKey.account_id, ApiKey.id).where(
        or_(ApiKey.id == name, ApiKey.lookup == strip_key_prefix(name))
    )
    owner = (await session.execute(query)).first()
    if owner is None:
        raise NotFound
    return await get_locked_key(session, owner.account_id, key_id=owner.id)


async def is_key_alive(session: Session, key: str) -> bool:
    """Return True if a key with this text's look-up part exists and is not revoked or expired."""
    query = select(ApiKey).where(ApiKey.lookup == parse_lookup(key))
    row = (await session.scalars(query)).first()
    if row is None:
        return False
    try:
        check_alive(row, await get_database_time(session))
    except KeyRevoked:
        return False
    return True


async def _check_key_limit(
    session: Session, account_id: str, now: int, except_key_id: str | None = None
) -> None:
    """Refuse one more key of an account with 50 active ones, not counting `except_key_id`."""
    active = select(func.count()).where(
        ApiKey.account_id == account_id,
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now),
        ApiKey.id != (except_key_id or ""),
    )
    if (await session.scalar(active) or 0) >= MAX_ACTIVE_KEYS:
        raise KeyLimitReached
