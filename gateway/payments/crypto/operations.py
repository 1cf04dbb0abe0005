"""Operations on paying in USDC."""

import segno

from gateway.kit import idempotency
from gateway.kit.database import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.operation import Call, Caller, Reply, operation, sent
from gateway.ledger.operations import Balances
from gateway.payments import checkouts, hosted, webhooks
from gateway.payments.claims import look_again
from gateway.payments.coinbase import checkouts as coinbase_checkouts
from gateway.payments.coinbase.client import CoinbaseClient
from gateway.payments.errors import PaymentMethodUnavailable, PaymentProviderError
from gateway.payments.onchain import checkouts as deposit_checkouts
from gateway.payments.onchain import claims
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.checkouts import Opened
from gateway.payments.schemas import Received
from gateway.payments.shop import Shop
from gateway.payments.usdc.schemas import (
    ClaimCrypto,
    CryptoCheckout,
    CryptoCheckoutQuery,
    CryptoClaimed,
    StartCryptoCheckout,
)


@operation(
    "POST",
    "/api/v1/checkout/crypto",
    tag="checkout",
    response=CryptoCheckout,
    status=201,
    scopes=("billing",),
    session="also",
    idempotent=True,
    problems=hosted.START_PROBLEMS,
)
async def start_crypto_checkout(
    call: Call, caller: Caller, body: StartCryptoCheckout, shop: Shop
) -> Reply:
    """Open a checkout to be paid in USDC, to its own address or on a provider's page.

    Deposits are credited dollar for dollar once they have enough confirmations. The bonus is added
    when the full price arrives before the checkout expires.
    """
    wanted = checkouts.Wanted(
        package=shop.package(body.package_code),
        return_path=body.return_path,
        email=await hosted.own_email(shop, caller),
        idempotency_key=call.idempotency_key,
        request_hash=idempotency.request_hash(sent(body)),
    )
    if is_paid_on_page(shop, caller.book):
        row, replayed = await checkouts.start(shop, caller, wanted, CoinbaseClient.name)
        shown = coinbase_checkouts.shown(row)
    else:
        opened, replayed = await deposit_checkouts.started(shop, caller, wanted)
        row, shown = opened.checkout, checkout_shown(opened, shop.at(Chain, caller.book))
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Reply(body=shown, headers=headers, resource_id=row.id)


def is_paid_on_page(shop: Shop, book: str) -> bool:
    """Return True if USDC is paid on the page of a provider: where no chain is read for it."""
    chains = [each for each in shop.opened(Chain) if each.book == book]
    pages = [each for each in shop.opened(CoinbaseClient) if each.book == book]
    return bool(pages) and not chains


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
        **checkouts.terms(row),
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
    on_page = await coinbase_checkouts.own(session, caller, query.checkout_id)
    if on_page is not None:
        return coinbase_checkouts.shown(on_page)
    opened = await deposit_checkouts.own(session, shop, caller, query.checkout_id)
    return checkout_shown(opened, shop.at(Chain, caller.book))


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
    async with shop.database.read() as snapshot:
        on_page = await coinbase_checkouts.own(snapshot, caller, body.checkout_id or "")
    if on_page is not None:
        asked = await look_again(shop, on_page)
        shown = coinbase_checkouts.claimed(asked, await reads.of(caller.ledger_account))
    elif is_paid_on_page(shop, caller.book):
        raise NotFound
    else:
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
    body_bytes=webhooks.WEBHOOK_BYTES,
    problems=hosted.WEBHOOK_PROBLEMS,
)
async def take_crypto_event(call: Call, shop: Shop) -> Received:
    """Process a signed event from a USDC provider; 200 means it need not be sent again."""
    taken = await webhooks.take(shop, CoinbaseClient.name, call.raw, call.headers)
    return Received(outcome=taken)
