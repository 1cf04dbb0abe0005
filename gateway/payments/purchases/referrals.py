"""Referrals: the affiliate's commission on a purchase, less what goes back of it."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.affiliates.earnings import commissions
from gateway.affiliates.earnings.commissions import PurchaseReturns, ReferredPurchase, Referrer
from gateway.kit.database.sessions import Session
from gateway.payments.purchases.purchase_bills import (
    find_purchase_bill,
    get_net_microusd,
    get_returned_net_microusd,
)
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, Reversal


async def promise_commission(
    session: Session, shop: Shop, purchase: Purchase, payer: str | None
) -> None:
    """Promise the commission on a purchase in its transaction; `payer` is its card or wallet.

    A tax is not ours, so the commission is on the price without it.
    """
    referrer = await commissions.find_referrer(session, purchase.account_id)
    if referrer is None:
        return
    paid = ReferredPurchase(
        purchase_id=purchase.id,
        account_id=purchase.account_id,
        book=purchase.book,
        paid_microusd=get_net_microusd(purchase, await find_purchase_bill(session, purchase.id)),
        paid_by_affiliate=await is_payer_of_referrer(session, shop, referrer, payer),
    )
    await commissions.promise_commission(session, shop.ids, referrer, paid)


async def is_payer_of_referrer(
    session: Session, shop: Shop, referrer: Referrer, payer: str | None
) -> bool:
    """Return True if a card or wallet belongs to the affiliate who would earn the commission."""
    if payer is None:
        return False
    if payer == referrer.wallet:
        return True
    own_purchases = select(Purchase.id).where(
        Purchase.account_id == referrer.account_id, Purchase.card_hash.in_(shop.hash_payer(payer))
    )
    return await session.scalar(own_purchases) is not None


async def adjust_commission(
    session: Session, shop: Shop, purchase: Purchase, rows: Sequence[Reversal], cause: str
) -> None:
    """Adjust the commission on a purchase to its reversals; `cause` names the newest one."""
    taken = [row for row in rows if row.state == ReversalState.TAKEN]
    returned = PurchaseReturns(
        purchase_id=purchase.id,
        cause=cause,
        settled_microusd=sum(
            get_returned_net_microusd(row) for row in taken if not is_open_dispute(row)
        ),
        taken_microusd=sum(get_returned_net_microusd(row) for row in taken),
        disputed=any(is_open_dispute(row) for row in rows if row.state != ReversalState.UNDONE),
    )
    await commissions.correct_commission(session, shop.ids, returned)


def is_open_dispute(row: Reversal) -> bool:
    """Return True if a reversal is a dispute without an outcome."""
    return row.kind == "dispute" and row.outcome is None
