"""Acts on payments in USDC: look for deposits to an address that is no longer watched."""

from gateway.operator.acts import OperatorOrder
from gateway.operator.payments import open_shop
from gateway.payments.onchain import address_rescan


async def rescan_address(
    order: OperatorOrder, address: str, book: str
) -> address_rescan.RescanAnswer:
    """Look for deposits to an address, of any age.

    Raises:
        LookupError, Problem: it cannot be done; the message says why.
    """
    async with open_shop(order.where) as shop:
        return await address_rescan.rescan_address(
            shop, order.actor, book, address, order.reason, dry_run=order.dry_run
        )
