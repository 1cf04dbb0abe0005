"""Payouts: money that is set aside when it is asked for, so that it cannot be asked for twice.

A payout takes whole commissions with it, the oldest first: each belongs to the payout that
completes it. Whoever changes any of them holds the affiliate's row.
"""

from dataclasses import dataclass

from sqlalchemy import func, select, update

from gateway.affiliates.commissions import account_of
from gateway.affiliates.errors import (
    AffiliateNotApproved,
    BelowMinimum,
    InsufficientCommission,
    PayoutAlreadyOpen,
    PayoutDestinationInvalid,
    PayoutsBlocked,
)
from gateway.affiliates.programme import MINIMUM_MICROUSD, Programme, held, own
from gateway.affiliates.states import (
    OPEN_PAYOUT_STATES,
    AffiliateState,
    CommissionState,
    PayoutState,
)
from gateway.affiliates.tables import Affiliate, Commission, Payout
from gateway.identity import keys
from gateway.kit.clock import iso
from gateway.kit.database import Session
from gateway.kit.money import both
from gateway.kit.operation import Caller
from gateway.ledger import transfers

NET = Commission.amount_microusd - Commission.reversed_microusd
DECISIONS = {
    "approve": (PayoutState.APPROVED, {PayoutState.REQUESTED}),
    "paid": (PayoutState.PAID, {PayoutState.APPROVED}),
    "reject": (PayoutState.REJECTED, {PayoutState.REQUESTED, PayoutState.APPROVED}),
    "failed": (PayoutState.FAILED, {PayoutState.APPROVED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for; no amount means all that is available, no method the usual one."""

    amount_microusd: int | None
    method: str | None


async def request(session: Session, programme: Programme, caller: Caller, wanted: Wanted) -> Payout:
    """Ask for a payout; as account credit it is paid at once.

    Raises:
        NotAnAffiliate, AffiliateNotApproved, PayoutsBlocked, PayoutDestinationInvalid,
        PayoutAlreadyOpen, InsufficientCommission, BelowMinimum: see there.
    """
    await transfers.lock(session, [caller.ledger_account])  # a customer's comes first
    affiliate = await held(session, (await own(session, caller.account_id)).id)
    now = await keys.database_time(session)
    method = _method(affiliate, wanted.method, now)
    account = await account_of(session, affiliate.id, caller.book)
    await _check_none_open(session, affiliate, caller.book)
    amount = await _amount(session, account, wanted.amount_microusd)
    row = Payout(
        id=programme.ids.new("pay"),
        affiliate_id=affiliate.id,
        book=caller.book,
        state=PayoutState.REQUESTED,
        method=method,
        destination=None if method == "account_credit" else affiliate.payout_destination,
        amount_microusd=amount,
        transfer_id="",
        created_at=now,
    )
    if method == "account_credit":
        row.transfer_id = await transfers.pay_as_credit(
            session, programme.ids, account=account, customer=caller.ledger_account,
            book=caller.book, reference=row.id, amount_microusd=amount,
        )  # fmt: skip
        row.state, row.reference = PayoutState.PAID, row.transfer_id
        row.decided_at = row.paid_at = now
    else:
        row.transfer_id = await transfers.reserve_payout(
            session, programme.ids, account=account, book=caller.book, reference=row.id,
            amount_microusd=amount,
        )  # fmt: skip
    session.add(row)
    await session.flush()
    await _take_along(session, row)
    return row


def _method(affiliate: Affiliate, asked: str | None, now: int) -> str:
    """Return how an affiliate is to be paid."""
    if affiliate.state != AffiliateState.APPROVED:
        raise AffiliateNotApproved
    if (affiliate.payouts_from or 0) > now:
        raise PayoutsBlocked(payoutsBlockedUntil=iso(affiliate.payouts_from or 0))
    method = asked or affiliate.payout_method
    if method == "account_credit":
        return method
    if method is None or method != affiliate.payout_method or not affiliate.payout_destination:
        raise PayoutDestinationInvalid(field="method")
    return method


async def _check_none_open(session: Session, affiliate: Affiliate, book: str) -> None:
    wanted = select(Payout.id).where(
        Payout.affiliate_id == affiliate.id,
        Payout.book == book,
        Payout.state.in_(OPEN_PAYOUT_STATES),
    )
    if await session.scalar(wanted) is not None:
        raise PayoutAlreadyOpen


async def _amount(session: Session, account: int, asked: int | None) -> int:
    """Return how much is to be paid, if that is there; micro-USD."""
    locked = (await transfers.lock(session, [account])).accounts[account]
    available = locked.available_microusd
    amount = available if asked is None else asked
    if available <= 0 or amount > available:
        raise InsufficientCommission(field="amountUsd", **both("available", available))
    if amount < MINIMUM_MICROUSD:
        raise BelowMinimum(field="amountUsd", **both("minPayout", MINIMUM_MICROUSD))
    return amount


async def _take_along(session: Session, payout: Payout) -> None:
    """Give a payout the commissions that it completes, and every clawback that waits."""
    ours = (Commission.affiliate_id == payout.affiliate_id, Commission.book == payout.book)
    paid = await session.scalar(
        select(func.sum(Payout.amount_microusd)).where(
            Payout.affiliate_id == payout.affiliate_id,
            Payout.book == payout.book,
            Payout.state.in_([*OPEN_PAYOUT_STATES, PayoutState.PAID]),
        )
    )
    taken = await session.scalar(
        select(func.sum(NET)).where(*ours, Commission.payout_id.is_not(None))
    )
    left = int(paid or 0) - int(taken or 0)
    waiting = select(Commission).where(
        *ours, Commission.state == CommissionState.APPROVED, Commission.payout_id.is_(None)
    )
    rows = (await session.scalars(waiting.order_by(Commission.id))).all()
    for row in sorted(rows, key=lambda each: each.kind != "clawback"):
        if row.net_microusd > left:
            break
        left -= row.net_microusd
        row.payout_id = payout.id
        paid_out = payout.state == PayoutState.PAID
        row.state = CommissionState.PAID if paid_out else CommissionState.IN_PAYOUT
    await session.flush()


async def decide(
    session: Session, payout_id: str, decision: str, *, reference: str | None, reason: str | None
) -> tuple[Payout, str]:
    """Carry out what the operator decides; return the payout and the state that it had.

    Raises:
        LookupError: there is none.
        ValueError: not from this state.
    """
    state, allowed = DECISIONS[decision]
    row = await _held_payout(session, payout_id)
    before = row.state
    if before == state:
        return row, before
    if before not in allowed:
        raise ValueError(f"{payout_id} is {before}: {decision} is for {sorted(allowed)}")
    row.state, row.decided_at = state, await keys.database_time(session)
    if state == PayoutState.PAID:
        await transfers.post(session, row.transfer_id)
        row.reference, row.paid_at = reference, row.decided_at
        await _mark(session, row, state=CommissionState.PAID)
    elif state != PayoutState.APPROVED:
        await transfers.void(session, row.transfer_id)
        row.reason = reason
        await _mark(session, row, state=CommissionState.APPROVED, payout_id=None)
    await session.flush()
    return row, before


async def _held_payout(session: Session, payout_id: str) -> Payout:
    """Lock the affiliate of a payout, and return the payout as it is now."""
    wanted = select(Payout).where(Payout.id == payout_id)
    found = await session.scalar(wanted)
    if found is None:
        raise LookupError(f"there is no payout {payout_id}")
    await held(session, found.affiliate_id)
    await session.refresh(found)
    return found


async def _mark(session: Session, payout: Payout, **values: str | None) -> None:
    await session.execute(
        update(Commission).where(Commission.payout_id == payout.id).values(**values)
    )
