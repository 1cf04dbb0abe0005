"""Redemptions of credit codes: once for each account and person, and no more than its uses.

The code's row is locked first, so requests for one code are judged one after the other; then comes
the ledger account, as everywhere. A refusal is returned, not raised: the wrong guess that was
counted before must commit.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from gateway.identity.accounts.account_referrals import list_abuse_keys
from gateway.identity.wrong_guesses import GuessLimits, count_guess, uncount_guess
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import Problem
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.ledger.transfers import lock_accounts
from gateway.payments.codes.code_credit import credit_redemption, was_code_credited
from gateway.payments.codes.code_words import hash_code
from gateway.payments.codes.errors import (
    CodeNotRedeemable,
    CodeRedeemedByPerson,
    FirstPurchaseCodeWaiting,
    FirstPurchaseOnly,
)
from gateway.payments.codes.states import RedemptionState
from gateway.payments.codes.tables import CodePerson, CodeRedemption, CreditCode
from gateway.payments.tables import Purchase

# A generated code cannot be guessed at any rate. A chosen word can: an address opens at most 20
# accounts an hour (the limit of codes by mail), so it has 160 guesses in that hour.
GUESS_LIMITS = GuessLimits(prefix="code:", per_account=10, per_network=100, crowded=3)


@dataclass(frozen=True, slots=True)
class Redemption:
    """A redemption with its code; `replayed` if the account had redeemed the code before.

    `was_code_credited` if a purchase of the account was credited a code: no other waits any more.
    """

    redemption: CodeRedemption
    code: CreditCode
    replayed: bool = False
    was_code_credited: bool = False


async def redeem_code(
    session: Session, ids: Ids, caller: Caller, typed: str, client_ip: str
) -> Redemption | Problem:
    """Redeem a typed code for the caller's account, or return why it cannot be.

    A code that the account has redeemed before is returned as it is, and credits nothing.

    Raises:
        RateLimited: the person gave too many wrong codes within the hour.
    """
    guesser = (GUESS_LIMITS, caller.person_id, client_ip)
    await count_guess(session, *guesser)
    code = await lock_code(session, hash_code(typed), caller.book)
    if code is None:
        return CodeNotRedeemable(field="code")
    earlier = await session.get(CodeRedemption, (code.id, caller.account_id))
    if earlier is None and not is_code_open(code, await get_database_time(session)):
        return CodeNotRedeemable(field="code")
    await uncount_guess(session, *guesser)
    if earlier is not None:
        passed = await was_code_credited(session, caller.ledger_account)
        return Redemption(earlier, code, replayed=True, was_code_credited=passed)
    refusal = await claim_redemption(session, code, caller)
    return refusal or await add_redemption(session, ids, code, caller)


async def lock_code(session: Session, code_hash: bytes, book: str) -> CreditCode | None:
    """Lock the code with this hash in a book and return it, or None if there is none."""
    return await session.scalar(
        select(CreditCode)
        .where(CreditCode.code_hash == code_hash, CreditCode.book == book)
        .with_for_update()
    )


def is_code_open(code: CreditCode, now: int) -> bool:
    """Return True if another account may redeem the code now."""
    return (
        code.disabled_at is None
        and code.used < code.uses
        and (code.expires_at is None or now < code.expires_at)
    )


async def claim_redemption(session: Session, code: CreditCode, caller: Caller) -> Problem | None:
    """Check that account and person may redeem an open code; return why not, or None."""
    if code.first_purchase:
        refusal = await find_first_purchase_refusal(session, caller)
        if refusal is not None:
            return refusal
    abuse_keys = await list_abuse_keys(session, caller.account_id)
    keys = sorted(hash_person(code.id, key) for key in abuse_keys)
    taken = select(CodePerson.abuse_key).where(
        CodePerson.code_id == code.id, CodePerson.abuse_key.in_(keys)
    )
    if await session.scalar(taken.limit(1)) is not None:
        return CodeRedeemedByPerson(field="code")
    session.add_all(
        CodePerson(code_id=code.id, abuse_key=key, account_id=caller.account_id) for key in keys
    )
    return None


def hash_person(code_id: str, abuse_key: str) -> str:
    """Return the mark of a person at a code: an erasure of their account can leave it."""
    return hashlib.sha256(f"{code_id}|{abuse_key}".encode()).hexdigest()


async def find_first_purchase_refusal(session: Session, caller: Caller) -> Problem | None:
    """Return why the account may not wait for its first purchase; its ledger account is locked.

    Without the lock a purchase under way could look for waiting codes before this one is there.
    """
    await lock_accounts(session, [caller.ledger_account])
    bought = select(Purchase.id).where(
        Purchase.account_id == caller.account_id, Purchase.book == caller.book
    )
    if await session.scalar(bought.limit(1)) is not None:
        return FirstPurchaseOnly(field="code")
    waiting = (
        select(CodeRedemption.code_id)
        .join(CreditCode, CreditCode.id == CodeRedemption.code_id)
        .where(
            CodeRedemption.ledger_account == caller.ledger_account,
            CodeRedemption.state == RedemptionState.WAITING,
            CreditCode.disabled_at.is_(None),
            or_(
                CreditCode.expires_at.is_(None),
                CreditCode.expires_at > await get_database_time(session),
            ),
        )
    )
    if await session.scalar(waiting.limit(1)) is not None:
        return FirstPurchaseCodeWaiting(field="code")
    return None


async def add_redemption(
    session: Session, ids: Ids, code: CreditCode, caller: Caller
) -> Redemption:
    """Count a use of a locked code, and credit it unless it waits for the first purchase."""
    redemption = CodeRedemption(
        code_id=code.id,
        account_id=caller.account_id,
        ledger_account=caller.ledger_account,
        book=code.book,
        state=RedemptionState.WAITING,
        credit_microusd=code.credit_microusd,
        credit_days=code.credit_days,
        redeemed_at=await get_database_time(session),
        credited_at=None,
        expires_at=None,
        purchase_id=None,
        taken_back_microusd=0,
        corrections=0,
    )
    session.add(redemption)
    code.used += 1
    if not code.first_purchase:
        await credit_redemption(session, ids, redemption, code.label)
    await session.flush()
    return Redemption(redemption, code)


async def list_redemptions(
    snapshot: Snapshot, account_id: str, books: Sequence[str], limit: int
) -> Sequence[Redemption]:
    """List the newest codes that an account redeemed in these books."""
    other = aliased(CodeRedemption)
    passed = exists().where(
        other.ledger_account == CodeRedemption.ledger_account, other.purchase_id.is_not(None)
    )
    rows = await snapshot.execute(
        select(CodeRedemption, CreditCode, passed)
        .join(CreditCode, CreditCode.id == CodeRedemption.code_id)
        .where(CodeRedemption.account_id == account_id, CodeRedemption.book.in_(books))
        .order_by(CodeRedemption.redeemed_at.desc(), CodeRedemption.code_id.desc())
        .limit(limit)
    )
    return [
        Redemption(redemption, code, was_code_credited=passed_over)
        for redemption, code, passed_over in rows
    ]
