"""Spenders and their caps: the ledger's view of API keys, OAuth grants and members of teams."""

from collections.abc import Iterable, Mapping, Sequence

from gateway.kit.caller import build_member_spender_id, parse_member_id
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Read, Row, Tx, sql
from gateway.kit.errors import Unauthorized
from gateway.ledger.accounts.locks import lock_accounts
from gateway.ledger.decisions import Limits as Limits
from gateway.ledger.decisions import Policy, SpenderView, SpendingKey

SELECT_SPENDERS = sql(
    """
    SELECT (SELECT kt_now()), s.key_id, s.account_id, s.policy_id, s.expires_at, s.revoked_at,
           s.member_policy_id,
           p.id, p.daily_limit_microusd, p.monthly_limit_microusd, p.total_limit_microusd,
           p.day, p.day_used_microusd, p.month, p.month_used_microusd, p.total_used_microusd
    FROM {rows} LEFT JOIN spender AS s ON s.key_id = given.key_id
    LEFT JOIN spend_policy AS p ON p.id IN (s.policy_id, s.member_policy_id)
    """,
    key_id="text",
)
SET_LIMITS = sql(
    """
    INSERT INTO spend_policy (id, account_id, daily_limit_microusd, monthly_limit_microusd,
                              total_limit_microusd, day, day_used_microusd, month,
                              month_used_microusd, total_used_microusd)
    SELECT given.id, given.account_id, given.daily, given.monthly, given.total, 0, 0, 0, 0, 0
    FROM {rows} WHERE true
    ON CONFLICT (id) DO UPDATE SET daily_limit_microusd = excluded.daily_limit_microusd,
      monthly_limit_microusd = excluded.monthly_limit_microusd,
      total_limit_microusd = excluded.total_limit_microusd
      WHERE spend_policy.account_id = excluded.account_id
    """,
    id="text",
    account_id="int",
    daily="int",
    monthly="int",
    total="int",
)
INSERT_SPENDER = sql(
    """
    INSERT INTO spender (key_id, account_id, policy_id, member_policy_id, expires_at)
    SELECT given.key_id, given.account_id, given.policy_id, given.member_policy_id,
           given.expires_at
    FROM {rows}
    """,
    key_id="text",
    account_id="int",
    policy_id="text",
    member_policy_id="text",
    expires_at="int",
)
# The member's own spender is of the person in a browser, whose spending has no other policy.
ADD_MEMBER = sql(
    """
    INSERT INTO spender (key_id, account_id, member_policy_id)
    SELECT given.id, given.account_id, given.id FROM {rows} WHERE true
    ON CONFLICT (key_id) DO NOTHING
    """,
    id="text",
    account_id="int",
)
# `revoked_at` is never earlier than the account's last entries: where the clock was set back, a key
# would seem to have spent after its end (invariant I28). 1,000 entries bound the cost.
SELECT_REVOCATION_TIME = sql(
    """
    SELECT COALESCE(
        (SELECT max(e.created_at) FROM (
            SELECT created_at FROM entry WHERE entry.account_id = given.account_id
            ORDER BY account_version DESC LIMIT 1000) AS e
         WHERE e.created_at > kt_now()),
        kt_now())
    FROM {rows}
    """,
    account_id="int",
)
REVOKE_SPENDER = sql(
    """
    UPDATE spender SET revoked_at = given.revoked_at FROM {rows}
    WHERE spender.key_id = given.key_id AND spender.account_id = given.account_id
      AND spender.revoked_at IS NULL
    """,
    key_id="text",
    account_id="int",
    revoked_at="int",
)
REVOKE_MEMBER_KEYS = sql(
    """
    UPDATE spender SET revoked_at = given.revoked_at FROM {rows}
    WHERE spender.member_policy_id = given.id AND spender.account_id = given.account_id
      AND spender.key_id <> given.id AND spender.revoked_at IS NULL
    """,
    id="text",
    account_id="int",
    revoked_at="int",
)
SELECT_REVOKED_AT = sql(
    """
    SELECT s.revoked_at FROM {rows} JOIN spender AS s
      ON s.key_id = given.key_id AND s.account_id = given.account_id
    """,
    key_id="text",
    account_id="int",
)
SELECT_MEMBER_SPENDERS = sql(
    """
    SELECT s.key_id FROM {rows} JOIN spender AS s
      ON s.member_policy_id = given.id AND s.member_policy_id IS NOT NULL
    """,
    id="text",
)
SET_SPENDER_POLICY = sql(
    """
    UPDATE spender SET policy_id = given.policy_id
    FROM {rows} WHERE spender.key_id = given.key_id AND spender.account_id = given.account_id
    """,
    key_id="text",
    account_id="int",
    policy_id="text",
)
SET_SPENDER_EXPIRY = sql(
    """
    UPDATE spender SET expires_at = given.expires_at
    FROM {rows} WHERE spender.key_id = given.key_id AND spender.account_id = given.account_id
    """,
    key_id="text",
    account_id="int",
    expires_at="int",
)
SELECT_POLICIES = sql(
    """
    SELECT (SELECT kt_now()), p.id, p.daily_limit_microusd, p.monthly_limit_microusd,
           p.total_limit_microusd, p.day, p.day_used_microusd, p.month, p.month_used_microusd,
           p.total_used_microusd
    FROM {rows} JOIN spend_policy AS p ON p.id = given.id
    """,
    id="text",
)


async def list_member_spenders(tx: Tx, member_policy_id: str) -> list[str]:
    """List the spenders of a member: their keys, revoked ones too, and the member in person."""
    rows = await tx.read(SELECT_MEMBER_SPENDERS, [(member_policy_id,)])
    return [row[0] for row in rows]


async def find_members(tx: Tx, spender_ids: Iterable[str]) -> dict[str, str]:
    """Return the member of each of these spenders; those of the owner are left out."""
    wanted = list(spender_ids)
    known = (await load_spenders(tx, wanted)).spenders if wanted else {}
    return {
        spender_id: parse_member_id(spender.member_policy_id)
        for spender_id, spender in known.items()
        if spender.member_policy_id is not None
    }


async def load_spenders(tx: Tx, key_ids: Sequence[str | None]) -> SpenderView:
    """Load the spenders of these keys, their policies and the clock.

    Call it after the lock: revoking a key and changing caps lock the account too, so these values
    then stay true to the end of the transaction.
    """
    return spenders_from_rows(await tx.read(*build_spender_read(key_ids)))


def build_spender_read(key_ids: Iterable[str | None]) -> Read:
    """Return the read of the spenders of these keys, to be carried out with other reads."""
    keys = {key_id or "" for key_id in key_ids}
    return SELECT_SPENDERS, [(key_id,) for key_id in keys]


def spenders_from_rows(rows: Sequence[Row]) -> SpenderView:
    """Return the spenders, their policies and the clock that `build_spender_read` read."""
    return SpenderView(
        now=rows[0][0],
        spenders={row[1]: SpendingKey(*row[1:7]) for row in rows if row[1] is not None},
        policies={row[7]: Policy(*row[7:]) for row in rows if row[7] is not None},
    )


async def open_spender(
    tx: Tx,
    *,
    key_id: str,
    account: int,
    policy_id: str | None,
    limits: Limits | None,
    expires_at: int | None,
    member_policy_id: str | None = None,
) -> None:
    """Let a key spend; a rotated key passes its predecessor's policy and no limits.

    A key of a member names the member's policy (`build_member_spender_id`) too.

    Raises:
        LookupError: a policy is not of this account.
        Unauthorized: the member was removed.
    """
    await lock_accounts(tx, [account])
    if policy_id is not None and limits is not None:
        await set_limits(tx, policy_id=policy_id, account=account, limits=limits)
    if member_policy_id is not None:
        await _check_member(tx, member_policy_id, account)
    await tx.write((INSERT_SPENDER, [(key_id, account, policy_id, member_policy_id, expires_at)]))


async def _check_member(tx: Tx, spender_id: str, account: int) -> None:
    """Check under the account's lock that a member spends from it: not one who was just removed."""
    spender = (await load_spenders(tx, [spender_id])).spenders.get(spender_id)
    if spender is None or spender.account != account:
        raise LookupError(f"{spender_id} is not of account {account}")
    if spender.revoked_at is not None:
        raise Unauthorized


async def set_limits(tx: Tx, *, policy_id: str, account: int, limits: Limits) -> None:
    """Set the caps of a policy, creating it if there is none; the used amounts stay.

    Raises:
        LookupError: the policy is not of this account.
    """
    await lock_accounts(tx, [account])
    row = (
        policy_id,
        account,
        limits.daily_microusd,
        limits.monthly_microusd,
        limits.total_microusd,
    )
    if await tx.change(SET_LIMITS, [row]) != 1:
        raise LookupError(f"{policy_id} is not of account {account}")


async def set_member_limits(tx: Tx, member_id: str, account: int, limits: Limits) -> str:
    """Set the caps of a member in one book of the team's account; the used amounts stay.

    The first call lets the member spend: by keys that name this policy, and in a browser. Each book
    of the team takes one call, and no caps are `Limits()`.

    Returns: the id of the member's policy and spender in that book.

    Raises:
        LookupError: the member is of another account.
    """
    spender_id = await _get_member_spender_id(tx, member_id, account)
    await set_limits(tx, policy_id=spender_id, account=account, limits=limits)
    await tx.change(ADD_MEMBER, [(spender_id, account)])
    return spender_id


async def revoke_member(tx: Tx, member_id: str, account: int) -> int:
    """Revoke for good the right of a member to spend from an account, and that of their keys.

    A second call changes nothing.

    Returns: the time of the revocation, of those of the keys too that were not revoked before.
    Holds after this transaction are refused.

    Raises:
        LookupError: the account has no such member.
    """
    spender_id = await _get_member_spender_id(tx, member_id, account)
    revoked_at = await _choose_revocation_time(tx, account)
    await tx.change(REVOKE_SPENDER, [(spender_id, account, revoked_at)])
    await tx.change(REVOKE_MEMBER_KEYS, [(spender_id, account, revoked_at)])
    return await _get_revocation_time(tx, spender_id, account)


async def revoke_member_keys(tx: Tx, member_id: str, account: int) -> int:
    """Revoke for good the keys of a member, who spends on in person; return the time of it."""
    spender_id = await _get_member_spender_id(tx, member_id, account)
    revoked_at = await _choose_revocation_time(tx, account)
    await tx.change(REVOKE_MEMBER_KEYS, [(spender_id, account, revoked_at)])
    return revoked_at


async def _get_member_spender_id(tx: Tx, member_id: str, account: int) -> str:
    """Lock the account, whose book decides which spender of the member it is."""
    locked = await lock_accounts(tx, [account])
    return build_member_spender_id(member_id, locked.accounts[account].book)


async def cap_spenders(
    tx: Tx, *, key_ids: Sequence[str], policy_id: str, account: int, limits: Limits
) -> None:
    """Put keys under one policy with these caps; the used amounts stay.

    Raises:
        LookupError: the policy is not of this account.
        WrongRowCount: a key is not of this account.
    """
    await set_limits(tx, policy_id=policy_id, account=account, limits=limits)
    await tx.write((SET_SPENDER_POLICY, [(key_id, account, policy_id) for key_id in key_ids]))


async def set_spender_expiry(tx: Tx, *, key_id: str, account: int, expires_at: int | None) -> None:
    """Set the time at which a key stops spending; None is never.

    Raises:
        WrongRowCount: the key is not of this account.
    """
    await lock_accounts(tx, [account])
    await tx.write((SET_SPENDER_EXPIRY, [(key_id, account, expires_at)]))


async def fetch_policies(database: Database, policy_ids: Sequence[str]) -> Mapping[str, Policy]:
    """Return policies by id in the windows of now, in one statement; unknown ones are left out."""
    rows = await database.fetch(SELECT_POLICIES, [(policy_id,) for policy_id in policy_ids])
    return {row[1]: Policy(*row[1:]).with_windows_at(row[0]) for row in rows}


async def revoke_spender(tx: Tx, *, key_id: str, account: int) -> int:
    """Revoke a key's right to spend for good; a second call changes nothing.

    Returns: the time of the revocation. Holds after this transaction are refused.

    Raises:
        LookupError: the key is not of this account.
    """
    await lock_accounts(tx, [account])
    revoked_at = await _choose_revocation_time(tx, account)
    await tx.change(REVOKE_SPENDER, [(key_id, account, revoked_at)])
    return await _get_revocation_time(tx, key_id, account)


async def _choose_revocation_time(tx: Tx, account: int) -> int:
    """Return now, or the time of the account's last entry if the clock was set back since."""
    rows = await tx.read(SELECT_REVOCATION_TIME, [(account,)])
    now: int = rows[0][0]
    return now


async def _get_revocation_time(tx: Tx, key_id: str, account: int) -> int:
    rows = await tx.read(SELECT_REVOKED_AT, [(key_id, account)])
    if not rows:
        raise LookupError(f"{key_id} is not of account {account}")
    revoked_at: int = rows[0][0]
    return revoked_at
