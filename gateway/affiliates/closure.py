"""The end of an affiliate whose account is closed: it earns nothing any more."""

from dataclasses import dataclass

from sqlalchemy import select

from gateway.affiliates.earnings.commissions import get_affiliate_account
from gateway.affiliates.programme import find_affiliate, lock_affiliate
from gateway.affiliates.states import OPEN_PAYOUT_STATES, AffiliateState
from gateway.affiliates.tables import Payout
from gateway.kit.database.sessions import Session
from gateway.ledger.movements.earnings import get_earnings

STATE_AFTER_CLOSING = {
    AffiliateState.APPLIED: AffiliateState.REJECTED,
    AffiliateState.APPROVED: AffiliateState.SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class OwedCommission:
    """The commission that can be paid out in live mode, and whether a payout is open."""

    available_microusd: int = 0
    payout_open: bool = False


async def get_owed_commission(session: Session, account_id: str) -> OwedCommission:
    """Return the commission that is owed to an account; nothing if it is no affiliate."""
    row = await find_affiliate(session, account_id)
    if row is None:
        return OwedCommission()
    open_payouts = select(Payout.id).where(
        Payout.affiliate_id == row.id, Payout.book == "live", Payout.state.in_(OPEN_PAYOUT_STATES)
    )
    earned = await get_earnings(session, await get_affiliate_account(session, row.id, "live"))
    return OwedCommission(
        max(0, earned.available_microusd), await session.scalar(open_payouts) is not None
    )


async def lock_account_affiliate(session: Session, account_id: str) -> None:
    """Lock the affiliate of an account, if there is one, so that no payout begins meanwhile."""
    row = await find_affiliate(session, account_id)
    if row is not None:
        await lock_affiliate(session, row.id)


async def stop_affiliate(session: Session, account_id: str) -> None:
    """Stop the affiliate of an account for good; commissions and payouts stay as they are."""
    row = await find_affiliate(session, account_id)
    if row is not None:
        row.state = STATE_AFTER_CLOSING.get(row.state, row.state)
        await session.flush()
