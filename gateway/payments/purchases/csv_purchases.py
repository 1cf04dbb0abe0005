"""Purchases as CSV, for bookkeeping: net, tax and total of each, in the currency of its charge."""

from urllib.parse import urlencode

from gateway.kit.operation import Answer
from gateway.kit.wire.csv_text import CSV_MEDIA_TYPE, render_rows, to_text_cell
from gateway.payments.schemas import PurchasePage, Purchases, PurchaseShown

COLUMNS = (
    "createdAt", "id", "receiptNumber", "provider", "packageCode", "currency", "list", "discount",
    "net", "tax", "total", "refunded", "taxName", "taxPercent", "reverseCharge", "country", "taxId",
    "buyerName", "promotionCode", "priceUsd", "taxUsd", "creditUsd", "bonusUsd", "refundedUsd",
)  # fmt: skip
EMPTY_BILL = {"currency": "usd", "discount": "0.00", "tax": "0.00"}


def render_csv_page(page: Purchases, query: PurchasePage) -> Answer:
    """Return a page of purchases as CSV; its `Link` header leads to the next page."""
    headers = {"Content-Type": f"{CSV_MEDIA_TYPE}; charset=utf-8", "Vary": "Accept"}
    if page.next_cursor is not None:
        target = urlencode({"limit": query.limit, "cursor": page.next_cursor})
        headers["Link"] = f'</api/v1/purchases?{target}>; rel="next"'
    text = render_rows([COLUMNS, *(render_csv_row(each) for each in page.data)])
    return Answer(status=200, body=text.encode(), headers=headers)


def render_csv_row(purchase: PurchaseShown) -> list[str]:
    """Return the cells of a purchase; one without a bill was charged in dollars, without tax."""
    fields = purchase.model_dump(mode="json", by_alias=True)
    plain = EMPTY_BILL | dict.fromkeys(("list", "net", "total"), purchase.price_usd)
    cells = {**fields, **(fields["bill"] or plain)}
    return [render_cell(cells.get(name)) for name in COLUMNS]


def render_cell(value: object) -> str:
    """Return the text of a cell; what a spreadsheet would run as a formula is quoted."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return to_text_cell(text)
