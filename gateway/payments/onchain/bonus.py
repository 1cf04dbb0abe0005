"""The bonus of a checkout: due while what came in time fills the price, and held by one deposit.

The deposit that fills the price brings it. It moves only where a chain undoes deposits after they
were credited: then the books say in the end what the chain says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit.database import Session
from gateway.payments.onchain.tables import Deposit
from gateway.payments.purchases import add_bonus, hold_purchases
from gateway.payments.reversals import is_standing, reversals_of
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout, Purchase, Reversal
from gateway.payments.usdc.states import DepositState
from gateway.payments.vanished import restore_bonus, take_bonus, whole


@dataclass(frozen=True, slots=True)
class Holder:
    """A purchase of a checkout, and what went back of it."""

    purchase: Purchase
    rows: Sequence[Reversal]

    @property
    def is_credited(self) -> bool:
        """Return True while its deposit is on the chain."""
        return whole(self.rows) is None

    @property
    def has_bonus(self) -> bool:
        """Return True if it brought the bonus, and no chain took it; what a refund took counts."""
        taken = any(is_standing(row) and row.bonus_taken_microusd for row in self.rows)
        return bool(self.purchase.bonus_microusd) and self.is_credited and not taken


def is_due(checkout: Checkout, deposits: Sequence[Deposit]) -> bool:
    """Return True if the deposits credited now, in blocks in time, fill the price: pure."""
    in_time = sum(
        row.amount_microusd
        for row in deposits
        if row.state in {DepositState.CREDITED, DepositState.LOST}
        and row.block_at <= checkout.expires_at
    )
    return bool(checkout.bonus_microusd) and in_time >= checkout.price_microusd


async def holders_of(session: Session, checkout: Checkout) -> list[Holder]:
    """Lock the purchases of a checkout and return them, the oldest first."""
    bought = await hold_purchases(session, checkout.id)
    return [Holder(each, await reversals_of(session, each)) for each in bought]


async def settle_bonus(
    session: Session, shop: Shop, checkout: Checkout, deposits: Sequence[Deposit]
) -> None:
    """Bring the bonus of a held checkout to its deposits."""
    holders = [each for each in await holders_of(session, checkout) if each.is_credited]
    having = [each.purchase for each in holders if each.has_bonus]
    due = is_due(checkout, deposits)
    for extra in having[1:] if due else having:
        await take_bonus(session, shop, extra)
    if not due or having or not holders:
        return
    had = [each.purchase for each in holders if each.purchase.bonus_microusd]
    if had:
        await restore_bonus(session, shop, had[0])
    else:
        await add_bonus(session, shop, holders[0].purchase, checkout.bonus_microusd)
