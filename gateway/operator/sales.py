"""The journal of sales as CSV, for an operator's bookkeeping and tax adviser."""

from datetime import UTC, date, datetime, time, timedelta

from gateway.kit.clock import to_iso, to_microseconds
from gateway.kit.wire.csv_text import render_rows, to_text_cell
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.payments.invoices.amounts import format_amount
from gateway.payments.invoices.reading import list_document_numbers
from gateway.payments.purchases.receipt_mail import render_receipt_number
from gateway.payments.sales_journal import SalesLine, list_sales_lines

WANTED_CREDIT_NOTE = "wanted"  # the provider has not made it yet
COLUMNS = (
    "at", "kind", "document", "receipt", "purchase", "account", "provider", "package", "currency",
    "net", "tax", "total", "taxName", "taxPercent", "reverseCharge", "country", "taxId", "buyer",
)  # fmt: skip


async def export_sales(where: GatewayLocation, book: str, first_day: str, last_day: str) -> str:
    """Return the sales and returns of some UTC days as CSV, the oldest first.

    Raises:
        ValueError: a day is no date such as 2026-11-30, or the last comes before the first.
    """
    since, until = parse_day(first_day), parse_day(last_day, after=True)
    if until <= since:
        raise ValueError("the last day comes before the first")
    async with open_database_at(where) as database, database.read() as snapshot:
        lines = await list_sales_lines(snapshot, book, since, until)
        ids = {line.purchase.id for line in lines}
        numbers = await list_document_numbers(snapshot, sorted(ids))
    rows = [[quote_formula(cell) for cell in render_line(line, numbers)] for line in lines]
    return render_rows([COLUMNS, *rows])


def parse_day(text: str, *, after: bool = False) -> int:
    """Return the first microsecond of a UTC day, or of the day after it.

    Raises:
        ValueError: it is no date such as 2026-11-30.
    """
    try:
        day = date.fromisoformat(text) + timedelta(days=int(after))
    except ValueError:
        raise ValueError(f"{text!r} is no date such as 2026-11-30") from None
    return to_microseconds(datetime.combine(day, time(), UTC)) or 0


def render_line(line: SalesLine, numbers: dict[tuple[str, str | None], str]) -> list[str]:
    """Render a line; its document is our own number, else the provider's id."""
    purchase, bill, reversal = line.purchase, line.bill, line.reversal
    own = numbers.get((purchase.id, None if reversal is None else reversal.id))
    if reversal is None:
        theirs = None if bill is None else bill.provider_invoice_id
    else:
        theirs = None if reversal.credit_note == WANTED_CREDIT_NOTE else reversal.credit_note
    amounts = (line.net_micros, line.tax_micros, line.total_micros)
    cells = (
        to_iso(line.at),
        line.kind,
        own or theirs,
        render_receipt_number(purchase),
        purchase.id,
        purchase.account_id,
        purchase.provider,
        purchase.package_name,
        line.currency,
        *(format_amount(line.currency, amount) for amount in amounts),
        *(
            (None,) * 6
            if bill is None
            else (
                bill.tax_name,
                bill.tax_percent,
                "yes" if bill.reverse_charge else "no",
                bill.country,
                bill.tax_id,
                bill.buyer_name,
            )
        ),
    )
    return [cell or "" for cell in cells]


def quote_formula(cell: str) -> str:
    """Quote what a spreadsheet would run as a formula; a negative amount is none."""
    is_amount = cell.removeprefix("-").replace(".", "", 1).isdecimal()
    return cell if is_amount else to_text_cell(cell)
