"""What outsiders may ask about buying credit."""

import hashlib

from gateway.identity import identities
from gateway.identity.sessions import Sessions
from gateway.kit import idempotency
from gateway.kit.clock import iso
from gateway.kit.database import Snapshot
from gateway.kit.errors import AccountFrozen, IdempotencyConflict, NotFound, PayloadTooLarge
from gateway.kit.money import usd
from gateway.kit.operation import Answer, Call, Caller, Reply, operation, rendered, sent
from gateway.ledger.operations import Balances
from gateway.payments import checkouts, claims, receipts, stripe_events
from gateway.payments.errors import (
    NotReady,
    PaymentMethodUnavailable,
    PaymentProviderError,
    UnknownPackage,
    WebhookSignatureInvalid,
)
from gateway.payments.onchain import NETWORKS
from gateway.payments.packages import buyable
from gateway.payments.schemas import (
    Claim,
    Claimed,
    CryptoMethod,
    Method,
    Methods,
    PackageList,
    PackageShown,
    PackagesQuery,
    PurchasePage,
    Purchases,
    Receipt,
    ReceiptQuery,
    Received,
    StartCheckout,
    StripeCheckout,
    X402Method,
)
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout

WEBHOOK_BYTES = 256 * 1024


@operation(
    "GET",
    "/api/v1/packages",
    tag="catalog",
    response=PackageList,
    public=True,
    conditional=True,
)
async def list_packages(call: Call, query: PackagesQuery, shop: Shop, sessions: Sessions) -> Answer:
    """List the credit packages for sale, and the payment methods."""
    book = query.mode or sessions.book(None)
    open_now = [name for name, at in shop.methods().items() if book in at]
    body = PackageList(
        livemode=book == "live",
        currency="USD",
        packages=[
            PackageShown(
                code=each.code,
                name=each.name,
                price_usd=usd(each.price_microusd),
                price_microusd=each.price_microusd,
                credit_usd=usd(each.credit_microusd),
                credit_microusd=each.credit_microusd,
                bonus_usd=usd(each.bonus_microusd),
                bonus_microusd=each.bonus_microusd,
                methods=[name for name in open_now if buyable(each, name)],
            )
            for each in shop.packages
        ],
        methods=Methods(
            stripe=Method(enabled="stripe" in open_now),
            crypto=crypto_method(shop, book),
            x402=x402_method(shop, book),
        ),
    )
    return tagged(call, body)


def crypto_method(shop: Shop, book: str) -> CryptoMethod:
    """Return whether USDC is taken, and where."""
    chain = shop.chains.get(book)
    if chain is None:
        hosted = book in shop.coinbases
        return CryptoMethod(
            enabled=hosted,
            provider="coinbase" if hosted else None,
            network=NETWORKS[book].name if hosted else None,
            asset="USDC" if hosted else None,
        )
    return CryptoMethod(
        enabled=True,
        provider="onchain",
        network=chain.network.name,
        asset="USDC",
        confirmations_required=chain.confirmations,
    )


def x402_method(shop: Shop, book: str) -> X402Method:
    """Return whether x402 is taken, and where."""
    at = shop.x402s.get(book)
    if at is None:
        return X402Method(enabled=False)
    return X402Method(enabled=True, networks=[at.caip], asset="USDC", pay_to=at.pay_to)


def tagged(call: Call, body: PackageList) -> Answer:
    """Return a body with its ETag, or only that where the client has it."""
    text = rendered(body)
    etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=60"}
    if call.headers.get("if-none-match") == etag:
        return Answer(status=304, body=b"", headers=headers)
    return Answer(status=200, body=text, headers=headers)


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
        checkout_id=row.id,
        provider="stripe",
        session_id=row.provider_reference,
        checkout_url=row.url,
        package_code=row.package_code,
        price_usd=usd(row.price_microusd),
        price_microusd=row.price_microusd,
        credit_usd=usd(row.credit_microusd),
        credit_microusd=row.credit_microusd,
        bonus_usd=usd(row.bonus_microusd),
        bonus_microusd=row.bonus_microusd,
        expires_at=iso(row.expires_at),
        livemode=row.book == "live",
    )


@operation(
    "POST",
    "/api/v1/claim/stripe",
    tag="claim",
    response=Claimed,
    also=(202,),
    scopes=("billing",),
    session="also",
    problems=(NotFound, PaymentProviderError, PaymentMethodUnavailable),
)
async def claim_stripe(
    call: Call, caller: Caller, body: Claim, shop: Shop, reads: Balances
) -> Reply:
    """Settle a card checkout of this account now; 202 while the payment is still processing.

    It asks the provider for the current state; repeating it is safe.
    """
    found, key = await claims.settled(shop, caller, body), ""
    if body.key_label is not None:
        key = await claims.first_key(shop, call, caller, found.checkout, body.key_label)
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
    return Received(outcome=await stripe_events.take_event(shop, call.raw, signature))


@operation(
    "GET", "/api/v1/purchases", tag="claim", response=Purchases, scopes=("billing",), session="also"
)
async def list_purchases(caller: Caller, query: PurchasePage, session: Snapshot) -> Purchases:
    """List the purchases of this account and mode, newest first."""
    return await receipts.page(session, caller, cursor=query.cursor, limit=query.limit)


@operation(
    "GET",
    "/api/v1/purchases/receipt",
    tag="claim",
    response=Receipt,
    scopes=("billing",),
    session="also",
    problems=(NotFound,),
)
async def get_receipt(
    caller: Caller, query: ReceiptQuery, session: Snapshot, shop: Shop
) -> Receipt:
    """Read the receipt of a purchase. In test mode it is for play money."""
    return await receipts.receipt(session, caller, query.purchase_id, seller=shop.seller)
