"""Payouts: money that is reserved when it is requested, so that it cannot be requested twice.

The ledger knows only amounts; here each commission is assigned to the payout that completes it, the
oldest first, and a clawback before all others. A payout may end in the middle of a commission,
which then belongs to the next one.

Lock order: the customer's ledger account, the affiliate's row, the affiliate's ledger account.
"""

from dataclasses import dataclass

from sqlalchemy import func, select, update

from gateway.affiliates.earnings.commissions import get_affiliate_account
from gateway.affiliates.errors import (
    AffiliateNotApproved,
    BelowMinimum,
    InsufficientCommission,
    PayoutAlreadyOpen,
    PayoutDestinationInvalid,
    PayoutsBlocked,
)
from gateway.affiliates.programme import (
    MIN_PAYOUT_MICROUSD,
    Programme,
    lock_affiliate,
    require_affiliate,
)
from gateway.affiliates.states import (
    OPEN_PAYOUT_STATES,
    AffiliateState,
    CommissionState,
    PayoutState,
)
from gateway.affiliates.tables import Affiliate, Commission, Payout
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Caller
from gateway.ledger import transfers

NET_MICROUSD = Commission.amount_microusd - Commission.reversed_microusd
PAYOUT_DECISIONS = {
    "approve": (PayoutState.APPROVED, {PayoutState.REQUESTED}),
    "paid": (PayoutState.PAID, {PayoutState.APPROVED}),
    "reject": (PayoutState.REJECTED, {PayoutState.REQUESTED, PayoutState.APPROVED}),
    "failed": (PayoutState.FAILED, {PayoutState.APPROVED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRequest:
    """A requested payout; None is all that is available, and the usual method."""

    amount_microusd: int | None
    method: str | None


async def create_payout(
    session: Session, programme: Programme, caller: Caller, requested: PayoutRequest
) -> Payout:
    """Request a payout; as account credit it is paid at once.

    Raises:
        NotAnAffiliate, AffiliateNotApproved: the account does not take part.
        PayoutsBlocked, PayoutDestinationInvalid: the destination is new, missing or another.
        PayoutAlreadyOpen: one payout of this book is open.
        InsufficientCommission, BelowMinimum: the amount is too large or too small.
    """
    # Account credit moves money to the customer, whose ledger account is the first to lock.
    await transfers.lock_accounts(session, [caller.ledger_account])
    affiliate = await lock_affiliate(
        session, (await require_affiliate(session, caller.account_id)).id
    )
    now = await get_database_time(session)
    method = _choose_method(affiliate, requested.method, now)
    account = await get_affiliate_account(session, affiliate.id, caller.book)
    await _check_none_open(session, affiliate, caller.book)
    amount = await _choose_amount(session, account, requested.amount_microusd)
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
    await _assign_commissions(session, row)
    return row


def _choose_method(affiliate: Affiliate, requested: str | None, now: int) -> str:
    """Return the payout method, if the affiliate may be paid by it now."""
    if affiliate.state != AffiliateState.APPROVED:
        raise AffiliateNotApproved
    if (affiliate.payouts_from or 0) > now:
        raise PayoutsBlocked(payoutsBlockedUntil=to_iso(affiliate.payouts_from or 0))
    method = requested or affiliate.payout_method
    if method == "account_credit":
        return method
    if method is None or method != affiliate.payout_method or not affiliate.payout_destination:
        raise PayoutDestinationInvalid(field="method")
    return method


async def _check_none_open(session: Session, affiliate: Affiliate, book: str) -> None:
    open_payouts = select(Payout.id).where(
        Payout.affiliate_id == affiliate.id,
        Payout.book == book,
        Payout.state.in_(OPEN_PAYOUT_STATES),
    )
    if await session.scalar(open_payouts) is not None:
        raise PayoutAlreadyOpen


async def _choose_amount(session: Session, account: int, requested: int | None) -> int:
    """Return the amount to pay in micro-USD, if it is available and not below the minimum."""
    locked = (await transfers.lock_accounts(session, [account])).accounts[account]
    available = locked.available_microusd
    amount = available if requested is None else requested
    if available <= 0 or amount > available:
        raise InsufficientCommission(field="amountUsd", **to_amount_fields("available", available))
    if amount < MIN_PAYOUT_MICROUSD:
        raise BelowMinimum(field="amountUsd", **to_amount_fields("minPayout", MIN_PAYOUT_MICROUSD))
    return amount


async def _assign_commissions(session: Session, payout: Payout) -> None:
    """Assign the commissions that a payout completes, and every waiting clawback, to it."""
    ours = (Commission.affiliate_id == payout.affiliate_id, Commission.book == payout.book)
    paid = await session.scalar(
        select(func.sum(Payout.amount_microusd)).where(
            Payout.affiliate_id == payout.affiliate_id,
            Payout.book == payout.book,
            Payout.state.in_([*OPEN_PAYOUT_STATES, PayoutState.PAID]),
        )
    )
    assigned = await session.scalar(
        select(func.sum(NET_MICROUSD)).where(*ours, Commission.payout_id.is_not(None))
    )
    # Of all that was ever paid, `left` is not yet covered by assigned commissions.
    left = int(paid or 0) - int(assigned or 0)
    waiting = select(Commission).where(
        *ours, Commission.state == CommissionState.APPROVED, Commission.payout_id.is_(None)
    )
    rows = (await session.scalars(waiting.order_by(Commission.id))).all()
    # Clawbacks first: they are negative, so they leave more for commissions to be completed.
    for row in sorted(rows, key=lambda each: each.kind != "clawback"):
        if row.net_microusd > left:
            break
        left -= row.net_microusd
        row.payout_id = payout.id
        paid_out = payout.state == PayoutState.PAID
        row.state = CommissionState.PAID if paid_out else CommissionState.IN_PAYOUT
    await session.flush()


async def resolve_payout(
    session: Session, payout_id: str, decision: str, *, reference: str | None, reason: str | None
) -> tuple[Payout, str]:
    """Carry out the operator's decision; return the payout and its former state.

    Raises:
        LookupError: there is no such payout.
        ValueError: the decision does not apply to its state.
    """
    state, allowed = PAYOUT_DECISIONS[decision]
    row = await _lock_payout(session, payout_id)
    before = row.state
    if before == state:
        return row, before
    if before not in allowed:
        raise ValueError(f"{payout_id} is {before}: {decision} is for {sorted(allowed)}")
    row.state, row.decided_at = state, await get_database_time(session)
    if state == PayoutState.PAID:
        await transfers.post(session, row.transfer_id)
        row.reference, row.paid_at = reference, row.decided_at
        await _mark_commissions(session, row, state=CommissionState.PAID)
    elif state != PayoutState.APPROVED:
        await transfers.void(session, row.transfer_id)
        row.reason = reason
        await _mark_commissions(session, row, state=CommissionState.APPROVED, payout_id=None)
    await session.flush()
    return row, before


async def _lock_payout(session: Session, payout_id: str) -> Payout:
    """Lock the affiliate of a payout, then read the payout again and return it."""
    payout = await session.scalar(select(Payout).where(Payout.id == payout_id))
    if payout is None:
        raise LookupError(f"there is no payout {payout_id}")
    await lock_affiliate(session, payout.affiliate_id)
    await session.refresh(payout)
    return payout


async def _mark_commissions(session: Session, payout: Payout, **values: str | None) -> None:
    await session.execute(
        update(Commission).where(Commission.payout_id == payout.id).values(**values)
    )
