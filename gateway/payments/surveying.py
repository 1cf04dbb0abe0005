"""Looking over the payments of all accounts, for operators."""

from collections.abc import Sequence

from sqlalchemy import func, select

from gateway.kit.database import Session, Snapshot
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout, Purchase, Reconciliation

MOST = 50


async def in_review(session: Session | Snapshot) -> Sequence[Checkout]:
    """Return the payments that wait for a person, the oldest first."""
    wanted = select(Checkout).where(Checkout.state == CheckoutState.REVIEW).order_by(Checkout.id)
    return (await session.scalars(wanted.limit(MOST))).all()


async def reviews(session: Session | Snapshot) -> int:
    """Return how many payments wait for a person."""
    return (
        await session.scalar(select(func.count()).where(Checkout.state == CheckoutState.REVIEW))
        or 0
    )


async def purchases_of(session: Session | Snapshot, account_id: str) -> Sequence[Purchase]:
    """Return the 50 newest purchases of an account, of both books."""
    wanted = select(Purchase).where(Purchase.account_id == account_id)
    return (await session.scalars(wanted.order_by(Purchase.id.desc()).limit(MOST))).all()


async def nights(session: Session | Snapshot) -> Sequence[Reconciliation]:
    """Return the newest comparisons of the nights."""
    wanted = select(Reconciliation).order_by(
        Reconciliation.day.desc(), Reconciliation.provider, Reconciliation.book
    )
    return (await session.scalars(wanted.limit(MOST))).all()
