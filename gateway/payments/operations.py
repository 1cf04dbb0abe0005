"""Operations on buying credit."""

import hashlib
from collections.abc import Sequence

from gateway.identity.keys.sessions import Sessions
from gateway.kit.database.sessions import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import JSON_MEDIA_TYPE, Answer, Call, Caller, operation, render_model
from gateway.kit.wire.csv_text import CSV_MEDIA_TYPE, accepts_csv
from gateway.payments.bills import TaxTerms
from gateway.payments.currencies import render_amount
from gateway.payments.provider import Provider
from gateway.payments.purchases import csv_purchases, receipts
from gateway.payments.registry import Methods, PackageList
from gateway.payments.schemas import (
    PackageShown,
    PackagesQuery,
    PriceShown,
    PurchasePage,
    Purchases,
    Receipt,
    ReceiptQuery,
    TaxShown,
)
from gateway.payments.shop import Shop
from gateway.payments.states import TaxSource


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
        tax=render_tax(shop.tax.computed),
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
                prices=[
                    render_price(currency, micros)
                    for currency, micros in each.list_prices().items()
                ],
            )
            for each in shop.packages
        ],
        methods=render_methods(open_now),
    )
    return answer_with_etag(call, body)


def render_price(currency: str, micros: int) -> PriceShown:
    """Render a price in its currency."""
    return PriceShown(currency=currency, price=render_amount(micros, currency), price_micros=micros)


def render_tax(terms: TaxTerms) -> TaxShown | None:
    """Render the tax on packages; None if there is none."""
    if terms.source == TaxSource.NONE:
        return None
    return TaxShown(name=terms.name or "", included=terms.included, percent=terms.percent)


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
    "GET",
    "/api/v1/purchases",
    tag="claim",
    response=Purchases,
    scopes=("billing",),
    session="also",
    media_types=(JSON_MEDIA_TYPE, CSV_MEDIA_TYPE),
)
async def list_purchases(
    call: Call, caller: Caller, query: PurchasePage, session: Snapshot
) -> Answer | Purchases:
    """List the purchases of this account and mode, newest first; as CSV with `Accept: text/csv`."""
    page = await receipts.list_purchase_page(
        session, caller, cursor=query.cursor, limit=query.limit
    )
    if accepts_csv(call.headers.get("accept", "")):
        return csv_purchases.render_csv_page(page, query)
    return page


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
