"""Acts on payments in USDC: look for deposits to an address that is no longer watched."""

from gateway.operator.acting import Order
from gateway.operator.payments import shop_opened
from gateway.payments.onchain import rescanning


async def rescan(order: Order, address: str, book: str) -> rescanning.RescanAnswer:
    """Look for deposits to an address, of any age.

    Raises:
        LookupError, Problem: it cannot be done; the message says why.
    """
    async with shop_opened(order.where) as shop:
        return await rescanning.rescan(
            shop, order.actor, book, address, order.reason, dry_run=order.dry_run
        )
