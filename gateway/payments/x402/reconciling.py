"""Comparison of the books with a chain: authorized transfers to us, and credited payments."""

from collections.abc import Mapping

from sqlalchemy import case, func, select, update

from gateway.kit.clock import SECOND
from gateway.payments.comparing import Report, line
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout
from gateway.payments.usdc.history import PATIENCE, first_since, paid_to
from gateway.payments.usdc.rpc import Authorized
from gateway.payments.x402.client import X402
from gateway.payments.x402.outcomes import reconcile, to_us
from gateway.payments.x402.states import X402State
from gateway.payments.x402.tables import X402Payment

BLOCK = func.coalesce(X402Payment.block_number, X402Payment.from_block)
BOOKED = (X402State.CREDITED, X402State.LOST)
ENDED = {X402State.FAILED: X402State.PENDING, X402State.REVERSED: X402State.LOST}
NOT_OURS = "presented by nobody; review it by hand"
GONE = "not on the chain; review it by hand"


async def compare(shop: Shop, at: X402, report: Report, since: int, *, apply: bool) -> None:
    """Compare the authorized transfers to us since a time; `apply` credits what is missing.

    A transfer that no account presented is never credited, only reported.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    head = await at.rpc.head()
    first = await first_since(at.rpc, since // SECOND, head)
    last = head.number - at.confirmations - PATIENCE
    paid = await authorizations(at, first, last)
    for key, each in paid.items():
        await compare_payment(shop, report, at, key, each, apply=apply)
    await compare_credited(shop, report, at, (first, last), paid)


async def authorizations(at: X402, first: int, last: int) -> dict[str, Authorized]:
    """Fetch the authorized transfers of some blocks to us, by their natural key.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    transfers: dict[str, Authorized] = {}
    async for receipt in paid_to(at.rpc, at.network.usdc, [at.pay_to], first, last):
        transfers |= to_us(at, receipt)
    return transfers


async def compare_payment(
    shop: Shop, report: Report, at: X402, key: str, seen: Authorized, *, apply: bool
) -> None:
    """Add a transfer to both sums, and a line if it was not credited."""
    row, price = await known(shop, report.book, key)
    booked_microusd = price if row is not None and row.state in BOOKED else 0
    paid_microusd = seen.transfer.amount
    report.count(provider_microusd=paid_microusd, books_microusd=booked_microusd)
    if booked_microusd == paid_microusd:
        return
    difference = line(
        "authorization", key, paid_microusd, booked_microusd, transaction=seen.transfer.transaction,
        checkoutId=None if row is None else row.checkout_id,
    )  # fmt: skip
    report.differences.append(difference)
    if row is None:
        difference["outcome"] = NOT_OURS
    elif apply:
        await again(shop, row)
        await reconcile(shop, at, row)
        row_after, _ = await known(shop, report.book, key)
        difference["outcome"] = None if row_after is None else row_after.state


async def known(shop: Shop, book: str, key: str) -> tuple[X402Payment | None, int]:
    """Return our row of an authorization and the price of its checkout; None and 0 if unknown."""
    async with shop.database.read() as snapshot:
        row = await snapshot.scalar(
            select(X402Payment).where(X402Payment.natural_key == key, X402Payment.book == book)
        )
        if row is None:
            return None, 0
        return row, (await snapshot.get_one(Checkout, row.checkout_id)).price_microusd


async def again(shop: Shop, row: X402Payment) -> None:
    """Reopen a payment that was ended: it is on the chain after all."""
    async with shop.database.write() as session:
        await session.execute(
            update(X402Payment)
            .where(X402Payment.checkout_id == row.checkout_id, X402Payment.state.in_(ENDED))
            .values(state=case(ENDED, value=X402Payment.state))
        )


async def compare_credited(
    shop: Shop, report: Report, at: X402, blocks: tuple[int, int], paid: Mapping[str, Authorized]
) -> None:
    """Add credited payments that are no longer on the chain to the books, with a line for each."""
    first, last = blocks
    async with shop.database.read() as snapshot:
        credited = await snapshot.execute(
            select(X402Payment, Checkout.price_microusd)
            .join(Checkout, Checkout.id == X402Payment.checkout_id)
            .where(
                X402Payment.book == report.book,
                X402Payment.state.in_(BOOKED),
                first <= BLOCK,
                last > BLOCK,
            )
        )
        rows = [(row, price) for row, price in credited if row.natural_key not in paid]
    receipts = await at.rpc.receipts([row.transaction or "" for row, _ in rows])
    for (row, price), receipt in zip(rows, receipts, strict=True):
        if receipt is None or row.natural_key not in to_us(at, receipt):
            report.count(books_microusd=price)
            missing = line("authorization", row.natural_key, 0, price, checkoutId=row.checkout_id)
            report.differences.append(missing | {"outcome": GONE})
