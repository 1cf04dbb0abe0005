"""Operations on paying by card."""

from gateway.affiliates.errors import SessionRequired
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.kit.roles import Role
from gateway.ledger.operations import BalanceReader
from gateway.payments.checkouts import checkout_rows, hosted_checkouts, provider_webhooks
from gateway.payments.currencies import render_amount
from gateway.payments.errors import PaymentMethodUnavailable
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
    problems=(*hosted_checkouts.START_PROBLEMS, SessionRequired),
)
async def start_stripe_checkout(
    call: Call, caller: Caller, body: StartStripeCheckout, shop: Shop
) -> Reply:
    """Open a card checkout for a package; nothing is charged until the person pays on that page."""
    card_person_id = find_card_person(caller, shop) if body.save_card else None
    checkout, headers = await hosted_checkouts.start_checkout(
        call, caller, body, shop, PROVIDER, body.currency, card_person_id
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


def find_card_person(caller: Caller, shop: Shop) -> str:
    """Return the person whose card a checkout saves.

    Raises:
        SessionRequired: a key asks for it.
        RoleDenied: the person may not pay for the account.
        PaymentMethodUnavailable: this gateway saves no cards.
    """
    if caller.session_id is None:
        raise SessionRequired(field="saveCard")
    caller.require_role(Role.ADMIN)
    if not shop.saves_cards:
        raise PaymentMethodUnavailable("Auto top-up is switched off, so no card is saved here.")
    return caller.person_id


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
