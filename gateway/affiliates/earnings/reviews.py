"""The operator's view of affiliates and payouts, and decisions on commissions on hold."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.affiliates.earnings.commissions import (
    UNAPPROVED_STATES,
    reload_commission,
    to_unapproved_state,
)
from gateway.affiliates.programme import lock_affiliate
from gateway.affiliates.states import CommissionState
from gateway.affiliates.tables import Affiliate, Commission, Payout
from gateway.kit.database.sessions import Session, Snapshot
from gateway.ledger import transfers


async def list_affiliates(snapshot: Snapshot, state: str | None, limit: int) -> Sequence[Affiliate]:
    """Return affiliates, in a state or in any, the newest first."""
    query = select(Affiliate).order_by(Affiliate.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Affiliate.state == state)
    return (await snapshot.scalars(query)).all()


async def list_commissions_on_hold(
    snapshot: Snapshot, book: str, limit: int
) -> Sequence[Commission]:
    """Return the commissions of a book that are on hold, the oldest first."""
    query = select(Commission).where(
        Commission.book == book, Commission.state == CommissionState.HOLD
    )
    return (await snapshot.scalars(query.order_by(Commission.id).limit(limit))).all()


async def list_payouts_in_state(
    snapshot: Snapshot, book: str, state: str, limit: int
) -> Sequence[Payout]:
    """Return the payouts of a book in a state, the oldest first."""
    query = select(Payout).where(Payout.book == book, Payout.state == state)
    return (await snapshot.scalars(query.order_by(Payout.id).limit(limit))).all()


async def release_commission(session: Session, commission_id: str) -> tuple[Commission, bool]:
    """Drop the suspicion against a commission; return it, and True if there was one.

    Raises:
        LookupError: there is no such commission.
        ValueError: the commission was reversed.
    """
    row = await _lock_commission(session, commission_id)
    if row.state == CommissionState.REVERSED:
        raise ValueError(f"{commission_id} was reversed")
    changed = row.suspicion is not None
    if changed:
        row.suspicion = None
        row.state = to_unapproved_state(row)
    return row, changed


async def reverse_commission(
    session: Session, commission_id: str, reason: str
) -> tuple[Commission, bool]:
    """Reverse an unapproved commission for good; return it, and True if it changed.

    The reason stays as its suspicion: refunds that fail later do not promise it again.

    Raises:
        LookupError: there is no such commission.
        ValueError: the commission was approved.
    """
    row = await _lock_commission(session, commission_id)
    if row.state == CommissionState.REVERSED:
        return row, False
    if row.state not in UNAPPROVED_STATES or row.transfer_id is None:
        raise ValueError(f"{commission_id} is {row.state}")
    await transfers.void_promise(session, row.transfer_id)
    row.suspicion = row.suspicion or reason
    row.reversed_microusd, row.state = row.amount_microusd, CommissionState.REVERSED
    return row, True


async def _lock_commission(session: Session, commission_id: str) -> Commission:
    await lock_affiliate(session, (await reload_commission(session, commission_id)).affiliate_id)
    return await reload_commission(session, commission_id)
