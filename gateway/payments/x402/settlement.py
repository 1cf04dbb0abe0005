"""Settlement of x402 payments: by one process at a time, and again until they expire.

An authorization can be used once, so settling it twice does not move money twice. A lease of 30
seconds in the row (`settle_after`) keeps two processes from asking the facilitator at once: the
second transaction would fail and cost gas.
"""

import logging

from gateway.kit import faults
from gateway.kit.clock import SECOND
from gateway.kit.database.sql import sql
from gateway.payments.errors import PaymentProviderError
from gateway.payments.packages import Package
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout
from gateway.payments.x402.client import MIN_VALID_SECONDS, X402, SignedPayment
from gateway.payments.x402.outcomes import settle_from_chain
from gateway.payments.x402.tables import X402Payment

LEASE_MICROSECONDS = 30 * SECOND  # longer than the 20 seconds that a facilitator has to answer
CERTAIN_REFUSAL_PREFIXES = ("invalid_", "insufficient_funds")
NOW = sql("SELECT kt_now()")
TAKE_LEASE = sql(
    f"""
    UPDATE x402_payment SET settle_after = kt_now() + {LEASE_MICROSECONDS}
    FROM {{rows}} WHERE x402_payment.checkout_id = given.checkout_id
      AND x402_payment.state IN ('pending', 'lost') AND x402_payment.refused = 0
      AND x402_payment.header IS NOT NULL AND x402_payment.settle_after <= kt_now()
      AND x402_payment.valid_before * {SECOND} >= kt_now() + {MIN_VALID_SECONDS * SECOND}
    """,  # noqa: S608 - constant text
    checkout_id="text",
)
END_LEASE = sql(
    """
    UPDATE x402_payment SET settle_after = 0
    FROM {rows} WHERE x402_payment.checkout_id = given.checkout_id
      AND x402_payment.settle_after = given.ours
    """,
    checkout_id="text",
    ours="int",
)
log = logging.getLogger("gateway.payments")


async def retry_settlement(shop: Shop, x402: X402, row: X402Payment) -> None:
    """Credit an open payment if it is on the chain, else have it settled once more.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    if not await settle_from_chain(shop, x402, row) or row.header is None:
        return
    async with shop.database.write() as session:
        if not await session.change(TAKE_LEASE, [(row.checkout_id,)]):
            return
        leased_row = await session.get_one(X402Payment, row.checkout_id)
        checkout = await session.get_one(Checkout, row.checkout_id)
    await settle_payment(
        shop, x402, leased_row, x402.read_payment(row.header, build_sold_package(checkout))
    )


def build_sold_package(checkout: Checkout) -> Package:
    """Build the package of a checkout as it was sold; today's package may differ."""
    return Package(
        code=checkout.package_code,
        name=checkout.package_name,
        price_microusd=checkout.price_microusd,
        credit_microusd=checkout.credit_microusd,
        bonus_microusd=checkout.bonus_microusd,
    )


async def settle_payment(
    shop: Shop, x402: X402, row: X402Payment, payment: SignedPayment, *, is_first_try: bool = False
) -> None:
    """Have the facilitator settle a payment whose lease is ours, then look it up on the chain.

    `row` is as it was when the lease was taken. If settling took longer than the lease, another
    process has it by now, and it is not ended here. A refusal is certain only if `is_first_try`:
    later, the transaction of an earlier try may still come.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    # Outside the `try`: a process that stops while the facilitator is at work keeps the lease
    # until it runs out, so that no other one sends a second transaction meanwhile.
    refused = await settle_at_facilitator(x402, payment)
    try:
        await faults.reach("x402.settled")
        if is_first_try and refused and not await may_be_used(x402, payment):
            async with shop.database.write() as session:
                (await session.get_one(X402Payment, row.checkout_id)).refused = 1
        await settle_from_chain(shop, x402, row)
    finally:
        async with shop.database.write() as session:
            await session.change(END_LEASE, [(row.checkout_id, row.settle_after)])


async def settle_at_facilitator(x402: X402, payment: SignedPayment) -> bool:
    """Ask the facilitator to settle a payment; return True if it refuses it for good.

    Its word that the payment went through is not used: the chain decides that.
    """
    try:
        answer = await x402.facilitator.settle(payment.payload, payment.requirements)
    except Exception as error:  # noqa: BLE001 - the facilitator may say and do anything
        log.warning("payment %s: no answer, %s", payment.natural_key, type(error).__name__)
        return False
    if answer.success:
        return False
    log.warning("payment %s: %.100s", payment.natural_key, answer.error_reason)
    return (answer.error_reason or "").startswith(CERTAIN_REFUSAL_PREFIXES)


async def may_be_used(x402: X402, payment: SignedPayment) -> bool:
    """Return True unless the chain reports that an authorization is unused.

    The reason of a refusal does not tell: a payment that another party broadcast is refused too.
    """
    authorization = payment.authorization
    try:
        return await x402.rpc.is_authorization_used(
            x402.network.usdc, authorization.payer, authorization.nonce
        )
    except PaymentProviderError:
        return True
