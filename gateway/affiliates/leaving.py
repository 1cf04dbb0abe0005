"""The end of an affiliate whose account is closed: it earns nothing any more."""

from dataclasses import dataclass

from sqlalchemy import select

from gateway.affiliates.commissions import account_of
from gateway.affiliates.programme import find, held
from gateway.affiliates.states import OPEN_PAYOUT_STATES, AffiliateState
from gateway.affiliates.tables import Payout
from gateway.kit.database import Session
from gateway.ledger.earnings import earned_of

ENDED = {
    AffiliateState.APPLIED: AffiliateState.REJECTED,
    AffiliateState.APPROVED: AffiliateState.SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class Owed:
    """The commission that can be paid out in live mode, and whether a payout is open."""

    available_microusd: int = 0
    payout_open: bool = False


async def owed(session: Session, account_id: str) -> Owed:
    """Return the commission that is owed to an account; nothing if it is no affiliate."""
    row = await find(session, account_id)
    if row is None:
        return Owed()
    open_payouts = select(Payout.id).where(
        Payout.affiliate_id == row.id, Payout.book == "live", Payout.state.in_(OPEN_PAYOUT_STATES)
    )
    earned = await earned_of(session, await account_of(session, row.id, "live"))
    return Owed(max(0, earned.available_microusd), await session.scalar(open_payouts) is not None)


async def hold(session: Session, account_id: str) -> None:
    """Lock the affiliate of an account, if there is one, so that no payout begins meanwhile."""
    row = await find(session, account_id)
    if row is not None:
        await held(session, row.id)


async def leave(session: Session, account_id: str) -> None:
    """Stop the affiliate of an account for good; commissions and payouts stay as they are."""
    row = await find(session, account_id)
    if row is not None:
        row.state = ENDED.get(row.state, row.state)
        await session.flush()
