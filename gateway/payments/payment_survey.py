"""A survey of the payments of all accounts, for operators."""

from collections.abc import Sequence

from sqlalchemy import func, select

from gateway.kit.database.sessions import Session, Snapshot
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout, Purchase, Reconciliation

MAX_ROWS = 50


async def list_checkouts_in_review(session: Session | Snapshot) -> Sequence[Checkout]:
    """List the checkouts that wait for a decision, the oldest first; 50 at most."""
    query = select(Checkout).where(Checkout.state == CheckoutState.REVIEW).order_by(Checkout.id)
    return (await session.scalars(query.limit(MAX_ROWS))).all()


async def count_checkouts_in_review(session: Session | Snapshot) -> int:
    """Count the checkouts that wait for a decision."""
    return (
        await session.scalar(select(func.count()).where(Checkout.state == CheckoutState.REVIEW))
        or 0
    )


async def list_account_purchases(
    session: Session | Snapshot, account_id: str
) -> Sequence[Purchase]:
    """List the 50 newest purchases of an account, in both books."""
    query = select(Purchase).where(Purchase.account_id == account_id)
    return (await session.scalars(query.order_by(Purchase.id.desc()).limit(MAX_ROWS))).all()


async def list_reconciliations(session: Session | Snapshot) -> Sequence[Reconciliation]:
    """List the 50 newest nightly reconciliations."""
    query = select(Reconciliation).order_by(
        Reconciliation.day.desc(), Reconciliation.provider, Reconciliation.book
    )
    return (await session.scalars(query.limit(MAX_ROWS))).all()
