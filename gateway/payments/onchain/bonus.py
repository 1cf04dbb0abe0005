"""The bonus of a checkout paid in deposits: due while deposits in time fill the price.

One purchase of the checkout has the bonus: the deposit that fills the price brings it. Only if a
chain undoes credited deposits is it taken away, or moved to another purchase of the checkout. The
caller has locked the checkout.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit.database.sessions import Session
from gateway.payments.onchain.tables import Deposit
from gateway.payments.purchases.purchase_credit import add_purchase_bonus, lock_purchases
from gateway.payments.refunds.chain_reversals import (
    claw_back_bonus,
    find_whole_reversal,
    restore_bonus,
)
from gateway.payments.refunds.reversal_credit import is_chain_reversal_taken
from gateway.payments.refunds.reversal_rows import list_reversals
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout, Purchase, Reversal
from gateway.payments.usdc.states import DepositState


@dataclass(frozen=True, slots=True)
class ReversiblePurchase:
    """A locked purchase of a checkout, and its reversals."""

    purchase: Purchase
    reversals: Sequence[Reversal]

    @property
    def is_credited(self) -> bool:
        """Return True while its deposit is on the chain."""
        return find_whole_reversal(self.reversals) is None

    @property
    def has_bonus(self) -> bool:
        """Return True if the purchase brought the bonus and no chain reversal took it.

        A bonus that a refund took still counts as brought: it must not be given twice.
        """
        taken = any(
            is_chain_reversal_taken(row) and row.bonus_taken_microusd for row in self.reversals
        )
        return bool(self.purchase.bonus_microusd) and self.is_credited and not taken


def is_bonus_due(checkout: Checkout, deposits: Sequence[Deposit]) -> bool:
    """Return True if the credited deposits in blocks before the expiry fill the price: pure."""
    # A `lost` deposit is out of its block for a moment and mostly comes back in another: the bonus
    # is taken only once it is `reversed`.
    in_time = sum(
        row.amount_microusd
        for row in deposits
        if row.state in {DepositState.CREDITED, DepositState.LOST}
        and row.block_at <= checkout.expires_at
    )
    return bool(checkout.bonus_microusd) and in_time >= checkout.price_microusd


async def lock_reversible_purchases(
    session: Session, checkout: Checkout
) -> list[ReversiblePurchase]:
    """Lock the purchases of a checkout; return them with their reversals, the oldest first."""
    purchases = await lock_purchases(session, checkout.id)
    return [ReversiblePurchase(each, await list_reversals(session, each)) for each in purchases]


async def settle_bonus(
    session: Session, shop: Shop, checkout: Checkout, deposits: Sequence[Deposit]
) -> None:
    """Give, move or take the bonus of a locked checkout, as its deposits say."""
    credited = [
        each for each in await lock_reversible_purchases(session, checkout) if each.is_credited
    ]
    with_bonus = [each.purchase for each in credited if each.has_bonus]
    due = is_bonus_due(checkout, deposits)
    for extra in with_bonus[1:] if due else with_bonus:
        await claw_back_bonus(session, shop, extra)
    if not due or with_bonus or not credited:
        return
    brought_bonus = [each.purchase for each in credited if each.purchase.bonus_microusd]
    if brought_bonus:
        await restore_bonus(session, shop, brought_bonus[0])
    else:
        await add_purchase_bonus(session, shop, credited[0].purchase, checkout.bonus_microusd)
