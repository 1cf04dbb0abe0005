"""What outsiders may ask about paying by card."""

from gateway.identity import identities
from gateway.identity.errors import FreshSignInRequired
from gateway.identity.handouts import Handouts
from gateway.kit import idempotency
from gateway.kit.errors import AccountFrozen, IdempotencyConflict, NotFound, PayloadTooLarge
from gateway.kit.operation import Call, Caller, Reply, operation, sent
from gateway.ledger.operations import Balances
from gateway.payments import checkouts, claims
from gateway.payments.errors import (
    NotReady,
    PaymentMethodUnavailable,
    PaymentProviderError,
    UnknownPackage,
    WebhookSignatureInvalid,
)
from gateway.payments.schemas import Claim, Claimed, Received, StartCheckout, StripeCheckout
from gateway.payments.shop import Shop
from gateway.payments.stripe import events
from gateway.payments.tables import Checkout
from gateway.payments.webhooks import WEBHOOK_BYTES


@operation(
    "POST",
    "/api/v1/checkout/stripe",
    tag="checkout",
    response=StripeCheckout,
    status=201,
    scopes=("billing",),
    session="also",
    idempotent=True,
    problems=(
        AccountFrozen,
        IdempotencyConflict,
        UnknownPackage,
        PaymentProviderError,
        PaymentMethodUnavailable,
    ),
)
async def start_stripe_checkout(
    call: Call, caller: Caller, body: StartCheckout, shop: Shop
) -> Reply:
    """Open a card checkout for a package; nothing is charged until the person pays on that page."""
    wanted = checkouts.Wanted(
        package=shop.package(body.package_code),
        return_path=body.return_path,
        email=body.email or await own_email(shop, caller),
        idempotency_key=call.idempotency_key,
        request_hash=idempotency.request_hash(sent(body)),
    )
    row, replayed = await checkouts.start(shop, caller, wanted)
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Reply(body=checkout_shown(row), headers=headers, resource_id=row.id)


async def own_email(shop: Shop, caller: Caller) -> str | None:
    """Return the address of an account, if it has one."""
    async with shop.database.read() as snapshot:
        return await identities.email_of(snapshot, caller.account_id)


def checkout_shown(row: Checkout) -> StripeCheckout:
    """Return an open checkout on the wire.

    Raises:
        PaymentProviderError: Stripe refused it; it never opened.
    """
    if row.provider_reference is None or row.url is None:
        raise PaymentProviderError("The payment provider rejected this checkout; start a new one.")
    return StripeCheckout(
        provider="stripe",
        session_id=row.provider_reference,
        checkout_url=row.url,
        **checkouts.terms(row),
    )


@operation(
    "POST",
    "/api/v1/claim/stripe",
    tag="claim",
    response=Claimed,
    also=(202,),
    scopes=("billing",),
    session="also",
    problems=(NotFound, PaymentProviderError, PaymentMethodUnavailable, FreshSignInRequired),
)
async def claim_stripe(
    call: Call, caller: Caller, body: Claim, shop: Shop, reads: Balances, handouts: Handouts
) -> Reply:
    """Settle a card checkout of this account now; 202 while the payment is still processing.

    It asks the provider for the current state; repeating it is safe. A first live key without a
    small cap needs a sign-in within the last ten minutes.
    """
    found, key = await claims.settled(shop, caller, body), ""
    if body.key_label is not None:
        key = await claims.first_key(shop, handouts, call, caller, found.checkout, body.key_label)
    shown = claims.shown(found, await reads.of(caller.ledger_account), key)
    if shown.retry_after_seconds is None:
        return Reply(body=shown, headers={"Cache-Control": "no-store"})
    return Reply(body=shown, status=202, headers={"Retry-After": str(shown.retry_after_seconds)})


@operation(
    "POST",
    "/api/v1/webhooks/stripe",
    tag="webhooks",
    response=Received,
    public=True,
    raw_body=True,
    limit="none",
    body_bytes=WEBHOOK_BYTES,
    problems=(WebhookSignatureInvalid, PayloadTooLarge, NotReady),
)
async def take_stripe_event(call: Call, shop: Shop) -> Received:
    """Process a signed Stripe event; 200 means it need not be sent again."""
    signature = call.headers.get("stripe-signature")
    return Received(outcome=await events.take_event(shop, call.raw, signature))
