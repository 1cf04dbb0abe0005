"""Affiliates whose account is closed: they earn nothing any more."""

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
    """What an affiliate has in live mode: commission to be paid out, and an open payout."""

    available_microusd: int = 0
    payout_open: bool = False


async def owed(session: Session, account_id: str) -> Owed:
    """Return what an account has as an affiliate; nothing if it is none."""
    row = await find(session, account_id)
    if row is None:
        return Owed()
    wanted = select(Payout.id).where(
        Payout.affiliate_id == row.id, Payout.book == "live", Payout.state.in_(OPEN_PAYOUT_STATES)
    )
    earned = await earned_of(session, await account_of(session, row.id, "live"))
    return Owed(max(0, earned.available_microusd), await session.scalar(wanted) is not None)


async def hold(session: Session, account_id: str) -> None:
    """Lock the affiliate that an account is, if it is one, so that no payout begins meanwhile."""
    row = await find(session, account_id)
    if row is not None:
        await held(session, row.id)


async def leave(session: Session, account_id: str) -> None:
    """Stop an affiliate for good; its commissions and payouts stay as they are."""
    row = await find(session, account_id)
    if row is not None:
        row.state = ENDED.get(row.state, row.state)
        await session.flush()
