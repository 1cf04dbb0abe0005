"""What outsiders may ask about paying in USDC."""

import segno

from gateway.identity import identities
from gateway.kit import idempotency
from gateway.kit.database import Snapshot
from gateway.kit.errors import AccountFrozen, IdempotencyConflict, NotFound, PayloadTooLarge
from gateway.kit.operation import Call, Caller, Reply, operation, sent
from gateway.ledger.operations import Balances
from gateway.payments.checkouts import Wanted, terms
from gateway.payments.crypto import (
    claims,
    coinbase_checkouts,
    coinbase_events,
    deposit_checkouts,
)
from gateway.payments.crypto.deposit_checkouts import Opened
from gateway.payments.crypto.schemas import (
    ClaimCrypto,
    CryptoCheckout,
    CryptoCheckoutQuery,
    CryptoClaimed,
    StartCryptoCheckout,
)
from gateway.payments.errors import (
    NotReady,
    PaymentMethodUnavailable,
    PaymentProviderError,
    UnknownPackage,
    WebhookSignatureInvalid,
)
from gateway.payments.providers.chains import Chain
from gateway.payments.schemas import Received
from gateway.payments.shop import Shop
from gateway.payments.webhooks import WEBHOOK_BYTES


@operation(
    "POST",
    "/api/v1/checkout/crypto",
    tag="checkout",
    response=CryptoCheckout,
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
async def start_crypto_checkout(
    call: Call, caller: Caller, body: StartCryptoCheckout, shop: Shop
) -> Reply:
    """Open a checkout to be paid in USDC, to its own address or on a provider's page.

    Deposits are credited dollar for dollar once they have enough confirmations. The bonus is added
    when the full price arrives before the checkout expires.
    """
    async with shop.database.read() as snapshot:
        email = await identities.email_of(snapshot, caller.account_id)
    wanted = Wanted(
        package=shop.package(body.package_code),
        return_path=body.return_path,
        email=email,
        idempotency_key=call.idempotency_key,
        request_hash=idempotency.request_hash(sent(body)),
    )
    if caller.book not in shop.chains and caller.book in shop.coinbases:
        row, replayed = await coinbase_checkouts.start(shop, caller, wanted)
        shown = coinbase_checkouts.shown(row)
    else:
        opened, replayed = await deposit_checkouts.started(shop, caller, wanted)
        row, shown = opened.checkout, checkout_shown(opened, shop.chain(caller.book))
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Reply(body=shown, headers=headers, resource_id=row.id)


def checkout_shown(opened: Opened, chain: Chain) -> CryptoCheckout:
    """Return an open checkout on the wire."""
    row = opened.checkout
    uri = chain.link(opened.address, row.price_microusd)
    return CryptoCheckout(
        provider="onchain",
        network=chain.network.name,
        chain_id=chain.network.chain_id,
        asset="USDC",
        asset_address=chain.network.usdc,
        address=opened.address,
        amount=str(row.price_microusd),
        **terms(row),
        uri=uri,
        qr_svg=segno.make(uri, micro=False).svg_inline(scale=4),
        confirmations_required=chain.confirmations,
    )


@operation(
    "GET",
    "/api/v1/checkout/crypto",
    tag="checkout",
    response=CryptoCheckout,
    scopes=("billing",),
    session="also",
    problems=(NotFound, PaymentProviderError, PaymentMethodUnavailable),
)
async def get_crypto_checkout(
    caller: Caller, query: CryptoCheckoutQuery, shop: Shop, session: Snapshot
) -> CryptoCheckout:
    """Read how to pay an open USDC checkout of this account."""
    hosted = await coinbase_checkouts.own(session, caller, query.checkout_id)
    if hosted is not None:
        return coinbase_checkouts.shown(hosted)
    opened = await deposit_checkouts.own(session, shop, caller, query.checkout_id)
    return checkout_shown(opened, shop.chain(caller.book))


@operation(
    "POST",
    "/api/v1/claim/crypto",
    tag="claim",
    response=CryptoClaimed,
    also=(202,),
    scopes=("billing",),
    session="also",
    problems=(NotFound, PaymentProviderError, PaymentMethodUnavailable),
)
async def claim_crypto(caller: Caller, body: ClaimCrypto, shop: Shop, reads: Balances) -> Reply:
    """Check what was paid in USDC for a checkout of this account; 202 while more may arrive.

    Claiming is optional: deposits are found and credited without it. Repeating it is safe.
    """
    found = await claims.settled(shop, caller, body)
    shown = claims.shown(found, await reads.of(caller.ledger_account))
    headers = {"Cache-Control": "no-store"}
    if shown.retry_after_seconds is None:
        return Reply(body=shown, headers=headers)
    headers["Retry-After"] = str(shown.retry_after_seconds)
    return Reply(body=shown, status=202, headers=headers)


@operation(
    "POST",
    "/api/v1/webhooks/crypto",
    tag="webhooks",
    response=Received,
    public=True,
    raw_body=True,
    limit="none",
    body_bytes=WEBHOOK_BYTES,
    problems=(WebhookSignatureInvalid, PayloadTooLarge, NotReady),
)
async def take_crypto_event(call: Call, shop: Shop) -> Received:
    """Process a signed event from a USDC provider; 200 means it need not be sent again."""
    return Received(outcome=await coinbase_events.take_event(shop, call.raw, call.headers))
