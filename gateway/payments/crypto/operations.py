"""Operations on paying in USDC."""

import segno

from gateway.kit import idempotency
from gateway.kit.database.sessions import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.operation import Call, Caller, Reply, operation, to_sent_fields
from gateway.ledger.operations import BalanceReader
from gateway.payments.checkouts import checkout_rows, hosted_checkouts, provider_webhooks
from gateway.payments.checkouts.claims import refresh_checkout
from gateway.payments.coinbase import coinbase_checkouts
from gateway.payments.coinbase.client import CoinbaseClient
from gateway.payments.errors import PaymentMethodUnavailable, PaymentProviderError
from gateway.payments.onchain import deposit_checkouts, deposit_claims
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.deposit_checkouts import DepositCheckout
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
    problems=hosted_checkouts.START_PROBLEMS,
)
async def start_crypto_checkout(
    call: Call, caller: Caller, body: StartCryptoCheckout, shop: Shop
) -> Reply:
    """Open a checkout to be paid in USDC, to its own address or on a provider's page.

    Deposits are credited dollar for dollar once they have enough confirmations. The bonus is added
    when the full price arrives before the checkout expires.
    """
    requested = checkout_rows.CheckoutRequest(
        package=shop.get_package(body.package_code),
        return_path=body.return_path,
        email=await hosted_checkouts.find_account_email(shop, caller),
        idempotency_key=hosted_checkouts.find_own_key(call, caller),
        request_hash=idempotency.hash_request(to_sent_fields(body)),
    )
    if is_paid_on_page(shop, caller.book):
        checkout, replayed = await checkout_rows.start_hosted_checkout(
            shop, caller, requested, CoinbaseClient.name
        )
        answer = coinbase_checkouts.render_checkout(checkout)
    else:
        deposit_checkout, replayed = await deposit_checkouts.open_deposit_checkout(
            shop, caller, requested
        )
        checkout, answer = (
            deposit_checkout.checkout,
            render_deposit_checkout(deposit_checkout, shop.get_provider(Chain, caller.book)),
        )
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Reply(body=answer, headers=headers, resource_id=checkout.id)


def is_paid_on_page(shop: Shop, book: str) -> bool:
    """Return True if a book takes USDC on the page of a provider, and reads no chain for it."""
    chains = [each for each in shop.list_open_providers(Chain) if each.book == book]
    hosted_providers = [
        each for each in shop.list_open_providers(CoinbaseClient) if each.book == book
    ]
    return bool(hosted_providers) and not chains


def render_deposit_checkout(deposit_checkout: DepositCheckout, chain: Chain) -> CryptoCheckout:
    """Render an open checkout that is paid to its own address."""
    checkout = deposit_checkout.checkout
    uri = chain.build_payment_link(deposit_checkout.address, checkout.price_microusd)
    return CryptoCheckout(
        provider="onchain",
        network=chain.network.name,
        chain_id=chain.network.chain_id,
        asset="USDC",
        asset_address=chain.network.usdc,
        address=deposit_checkout.address,
        amount=str(checkout.price_microusd),
        **checkout_rows.render_checkout_terms(checkout),
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
    page_checkout = await coinbase_checkouts.find_own_checkout(session, caller, query.checkout_id)
    if page_checkout is not None:
        return coinbase_checkouts.render_checkout(page_checkout)
    deposit_checkout = await deposit_checkouts.get_own_deposit_checkout(
        session, shop, caller, query.checkout_id
    )
    return render_deposit_checkout(deposit_checkout, shop.get_provider(Chain, caller.book))


@operation(
    "POST",
    "/api/v1/claim/crypto",
    tag="claim",
    response=CryptoClaimed,
    other_statuses=(202,),
    scopes=("billing",),
    session="also",
    problems=(NotFound, PaymentProviderError, PaymentMethodUnavailable),
)
async def claim_crypto(
    caller: Caller, body: ClaimCrypto, shop: Shop, balances: BalanceReader
) -> Reply:
    """Check what was paid in USDC for a checkout of this account; 202 while more may arrive.

    Claiming is optional: deposits are found and credited without it. Repeating it is safe.
    """
    async with shop.database.read() as snapshot:
        page_checkout = await coinbase_checkouts.find_own_checkout(
            snapshot, caller, body.checkout_id or ""
        )
    if page_checkout is not None:
        claim = await refresh_checkout(shop, page_checkout)
        answer = coinbase_checkouts.render_claim(
            claim, await balances.get_balance(caller.ledger_account)
        )
    elif is_paid_on_page(shop, caller.book):
        raise NotFound
    else:
        deposit_claim = await deposit_claims.settle_deposit_claim(shop, caller, body)
        answer = deposit_claims.render_deposit_claim(
            deposit_claim, await balances.get_balance(caller.ledger_account)
        )
    headers = {"Cache-Control": "no-store"}
    if answer.retry_after_seconds is None:
        return Reply(body=answer, headers=headers)
    headers["Retry-After"] = str(answer.retry_after_seconds)
    return Reply(body=answer, status=202, headers=headers)


@operation(
    "POST",
    "/api/v1/webhooks/crypto",
    tag="webhooks",
    response=Received,
    public=True,
    raw_body=True,
    limit="none",
    body_bytes=provider_webhooks.MAX_EVENT_BYTES,
    problems=hosted_checkouts.WEBHOOK_PROBLEMS,
)
async def take_crypto_event(call: Call, shop: Shop) -> Received:
    """Process a signed event from a USDC provider; 200 means it need not be sent again."""
    outcome = await provider_webhooks.process_delivery(
        shop, CoinbaseClient.name, call.raw_body, call.headers
    )
    return Received(outcome=outcome)
