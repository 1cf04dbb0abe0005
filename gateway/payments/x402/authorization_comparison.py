"""Comparison of the books with a chain: authorized transfers to us, and credited payments."""

from collections.abc import Mapping

from sqlalchemy import case, func, select, update

from gateway.kit.clock import SECOND
from gateway.payments.reconciliation_report import ReconciliationReport, build_difference
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout
from gateway.payments.usdc.chain_history import (
    COMPARISON_DELAY_BLOCKS,
    fetch_paying_receipts,
    find_first_block_since,
)
from gateway.payments.usdc.rpc import AuthorizedTransfer
from gateway.payments.x402.client import X402
from gateway.payments.x402.outcomes import read_payments_to_us, settle_from_chain
from gateway.payments.x402.states import X402State
from gateway.payments.x402.tables import X402Payment

BLOCK_NUMBER = func.coalesce(X402Payment.block_number, X402Payment.from_block)
BOOKED_STATES = (X402State.CREDITED, X402State.LOST)
REOPENED_STATES = {X402State.FAILED: X402State.PENDING, X402State.REVERSED: X402State.LOST}
NOT_OURS_OUTCOME = "presented by nobody; review it by hand"
GONE_OUTCOME = "not on the chain; review it by hand"


async def compare(
    shop: Shop, x402: X402, report: ReconciliationReport, since: int, *, apply: bool
) -> None:
    """Compare the authorized transfers to us since a time; `apply` credits what is missing.

    A transfer that no account presented is never credited, only reported.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    head = await x402.rpc.fetch_head()
    first = await find_first_block_since(x402.rpc, since // SECOND, head)
    last = head.number - x402.confirmations - COMPARISON_DELAY_BLOCKS
    paid = await fetch_authorizations(x402, first, last)
    for key, each in paid.items():
        await compare_payment(shop, report, x402, key, each, apply=apply)
    await compare_credited_payments(shop, report, x402, (first, last), paid)


async def fetch_authorizations(x402: X402, first: int, last: int) -> dict[str, AuthorizedTransfer]:
    """Fetch the authorized transfers of some blocks to us, by their natural key.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    transfers: dict[str, AuthorizedTransfer] = {}
    async for receipt in fetch_paying_receipts(
        x402.rpc, x402.network.usdc, [x402.pay_to], first, last
    ):
        transfers |= read_payments_to_us(x402, receipt)
    return transfers


async def compare_payment(
    shop: Shop,
    report: ReconciliationReport,
    x402: X402,
    key: str,
    authorized_transfer: AuthorizedTransfer,
    *,
    apply: bool,
) -> None:
    """Add a transfer to both sums, and a line if it was not credited."""
    row, price = await find_booked_authorization(shop, report.book, key)
    booked_microusd = price if row is not None and row.state in BOOKED_STATES else 0
    paid_microusd = authorized_transfer.transfer.amount
    report.add_amounts(provider_microusd=paid_microusd, books_microusd=booked_microusd)
    if booked_microusd == paid_microusd:
        return
    difference = build_difference(
        "authorization", key, paid_microusd, booked_microusd,
        transaction=authorized_transfer.transfer.transaction,
        checkoutId=None if row is None else row.checkout_id,
    )  # fmt: skip
    report.differences.append(difference)
    if row is None:
        difference["outcome"] = NOT_OURS_OUTCOME
    elif apply:
        await reopen_payment(shop, row)
        await settle_from_chain(shop, x402, row)
        row_after, _ = await find_booked_authorization(shop, report.book, key)
        difference["outcome"] = None if row_after is None else row_after.state


async def find_booked_authorization(
    shop: Shop, book: str, key: str
) -> tuple[X402Payment | None, int]:
    """Return our row of an authorization and the price of its checkout; None and 0 if unknown."""
    async with shop.database.read() as snapshot:
        row = await snapshot.scalar(
            select(X402Payment).where(X402Payment.natural_key == key, X402Payment.book == book)
        )
        if row is None:
            return None, 0
        return row, (await snapshot.get_one(Checkout, row.checkout_id)).price_microusd


async def reopen_payment(shop: Shop, row: X402Payment) -> None:
    """Reopen a payment that was ended: it is on the chain after all."""
    async with shop.database.write() as session:
        await session.execute(
            update(X402Payment)
            .where(
                X402Payment.checkout_id == row.checkout_id, X402Payment.state.in_(REOPENED_STATES)
            )
            .values(state=case(REOPENED_STATES, value=X402Payment.state))
        )


async def compare_credited_payments(
    shop: Shop,
    report: ReconciliationReport,
    x402: X402,
    blocks: tuple[int, int],
    paid: Mapping[str, AuthorizedTransfer],
) -> None:
    """Add credited payments that are no longer on the chain to the books, with a line for each."""
    first, last = blocks
    async with shop.database.read() as snapshot:
        credited = await snapshot.execute(
            select(X402Payment, Checkout.price_microusd)
            .join(Checkout, Checkout.id == X402Payment.checkout_id)
            .where(
                X402Payment.book == report.book,
                X402Payment.state.in_(BOOKED_STATES),
                first <= BLOCK_NUMBER,
                last > BLOCK_NUMBER,
            )
        )
        rows = [(row, price) for row, price in credited if row.natural_key not in paid]
    receipts = await x402.rpc.fetch_receipts([row.transaction or "" for row, _ in rows])
    for (row, price), receipt in zip(rows, receipts, strict=True):
        if receipt is None or row.natural_key not in read_payments_to_us(x402, receipt):
            report.add_amounts(books_microusd=price)
            missing = build_difference(
                "authorization", row.natural_key, 0, price, checkoutId=row.checkout_id
            )
            report.differences.append(missing | {"outcome": GONE_OUTCOME})
