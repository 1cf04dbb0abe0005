"""Operations on paying by card."""

from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.ledger.operations import BalanceReader
from gateway.payments.checkouts import checkout_rows, hosted_checkouts, provider_webhooks
from gateway.payments.currencies import render_amount
from gateway.payments.purchases.purchase_bills import get_price_micros
from gateway.payments.schemas import Claim, Claimed, Received
from gateway.payments.shop import Shop
from gateway.payments.stripe.schemas import StartStripeCheckout, StripeCheckout

PROVIDER = "stripe"


@operation(
    "POST",
    "/api/v1/checkout/stripe",
    tag="checkout",
    response=StripeCheckout,
    status=201,
    scopes=("billing",),
    session="also",
    idempotent=True,
    problems=hosted_checkouts.START_PROBLEMS,
)
async def start_stripe_checkout(
    call: Call, caller: Caller, body: StartStripeCheckout, shop: Shop
) -> Reply:
    """Open a card checkout for a package; nothing is charged until the person pays on that page."""
    checkout, headers = await hosted_checkouts.start_checkout(
        call, caller, body, shop, PROVIDER, body.currency
    )
    session_id, url = checkout_rows.get_payment_page(checkout)
    answer = StripeCheckout(
        provider="stripe",
        session_id=session_id,
        checkout_url=url,
        currency=checkout.currency,
        price=render_amount(get_price_micros(checkout), checkout.currency),
        price_micros=get_price_micros(checkout),
        **checkout_rows.render_checkout_terms(checkout),
    )
    return Reply(body=answer, headers=headers, resource_id=checkout.id)


@operation(
    "POST",
    "/api/v1/claim/stripe",
    tag="claim",
    response=Claimed,
    other_statuses=(202,),
    scopes=("billing",),
    session="also",
    problems=hosted_checkouts.CLAIM_PROBLEMS,
)
async def claim_stripe(
    call: Call,
    caller: Caller,
    body: Claim,
    shop: Shop,
    balances: BalanceReader,
    allowance: SessionAllowance,
) -> Reply:
    """Settle a card checkout of this account now; 202 while the payment is still processing.

    It asks the provider for the current state; repeating it is safe. A first live key without a
    small cap needs a sign-in within the last ten minutes.
    """
    return await hosted_checkouts.claim_checkout(
        call, caller, body, shop, PROVIDER, balances, allowance
    )


@operation(
    "POST",
    "/api/v1/webhooks/stripe",
    tag="webhooks",
    response=Received,
    public=True,
    raw_body=True,
    limit="none",
    body_bytes=provider_webhooks.MAX_EVENT_BYTES,
    problems=hosted_checkouts.WEBHOOK_PROBLEMS,
)
async def take_stripe_event(call: Call, shop: Shop) -> Received:
    """Process a signed Stripe event; 200 means it need not be sent again."""
    return Received(
        outcome=await provider_webhooks.process_delivery(
            shop, PROVIDER, call.raw_body, call.headers
        )
    )
