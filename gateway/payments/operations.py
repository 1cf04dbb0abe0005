"""What outsiders may ask about buying credit."""

import hashlib

from gateway.identity.sessions import Sessions
from gateway.kit.database import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.money import both
from gateway.kit.operation import Answer, Call, Caller, operation, rendered
from gateway.payments import receipts
from gateway.payments.packages import buyable
from gateway.payments.providers.chains import NETWORKS
from gateway.payments.schemas import (
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
    X402Method,
)
from gateway.payments.shop import Shop


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
                **both("price", each.price_microusd),
                **both("credit", each.credit_microusd),
                **both("bonus", each.bonus_microusd),
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
