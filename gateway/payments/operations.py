"""Operations on buying credit."""

import hashlib
from collections.abc import Sequence

from gateway.identity.keys.sessions import Sessions
from gateway.kit.database.sessions import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Answer, Call, Caller, operation, render_model
from gateway.payments.provider import Provider
from gateway.payments.purchases import receipts
from gateway.payments.registry import Methods, PackageList
from gateway.payments.schemas import (
    PackageShown,
    PackagesQuery,
    PurchasePage,
    Purchases,
    Receipt,
    ReceiptQuery,
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
    book = query.mode or sessions.resolve_book(None)
    open_now = [each for each in shop.providers if each.book == book]
    body = PackageList(
        livemode=book == "live",
        currency="USD",
        packages=[
            PackageShown(
                code=each.code,
                name=each.name,
                **to_amount_fields("price", each.price_microusd),
                **to_amount_fields("credit", each.credit_microusd),
                **to_amount_fields("bonus", each.bonus_microusd),
                methods=list(
                    dict.fromkeys(
                        provider.method for provider in open_now if provider.can_sell(each)
                    )
                ),
            )
            for each in shop.packages
        ],
        methods=render_methods(open_now),
    )
    return answer_with_etag(call, body)


def render_methods(open_now: Sequence[Provider]) -> Methods:
    """Render the payment methods; of two providers for one method, the first is shown."""
    by_name = {provider.method: provider.render_method() for provider in reversed(open_now)}
    return Methods.model_validate(
        {name: by_name.get(name, {"enabled": False}) for name in Methods.model_fields}
    )


def answer_with_etag(call: Call, body: PackageList) -> Answer:
    """Answer with a body and its ETag, or with 304 if the client has that body."""
    text = render_model(body)
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
    return await receipts.list_purchase_page(
        session, caller, cursor=query.cursor, limit=query.limit
    )


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
    return await receipts.load_receipt(session, caller, query.purchase_id, seller=shop.seller)
