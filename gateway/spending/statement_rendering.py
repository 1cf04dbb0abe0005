"""Statements in their wire form, and as CSV."""

from collections.abc import Sequence

from gateway.kit.clock import start_of_utc_month, to_iso, to_iso_or_none
from gateway.kit.money import render_usd
from gateway.kit.wire.csv_text import render_rows, to_text_cell
from gateway.payments.account_payments import AccountPayment
from gateway.payments.currencies import render_amount
from gateway.spending import schemas
from gateway.spending.schemas import format_month
from gateway.spending.statements import MonthBalance, MonthStatement

CSV_COLUMNS = ("kind", "detail", "movements", "amountUsd", "amountMicrousd")


def render_summaries(months: Sequence[MonthBalance]) -> schemas.Statements:
    """Return the balances of months in their wire form."""
    return schemas.Statements(
        data=[
            schemas.StatementSummary(
                month=format_month(each.month),
                opening_usd=render_usd(each.opening_microusd),
                opening_microusd=each.opening_microusd,
                closing_usd=render_usd(each.closing_microusd),
                closing_microusd=each.closing_microusd,
                is_final=each.is_final,
            )
            for each in months
        ]
    )


def render_statement(
    found: MonthStatement, payments: Sequence[AccountPayment], book: str, seller: str
) -> schemas.Statement:
    """Return a statement in its wire form."""
    return schemas.Statement(
        livemode=book == "live",
        mode="live" if book == "live" else "test",
        month=format_month(found.month),
        first=to_iso(start_of_utc_month(found.month)),
        last=to_iso(start_of_utc_month(found.month + 1)),
        seller=seller,
        is_final=found.issued_at is not None,
        issued_at=to_iso_or_none(found.issued_at),
        opening_usd=render_usd(found.opening_microusd),
        opening_microusd=found.opening_microusd,
        lines=[
            schemas.StatementLine(
                kind=line.kind,
                detail=line.detail or None,
                movements=line.movements,
                amount_usd=render_usd(line.amount_microusd),
                amount_microusd=line.amount_microusd,
            )
            for line in found.lines
        ],
        payments=[render_payment(each) for each in payments],
        closing_usd=render_usd(found.closing_microusd),
        closing_microusd=found.closing_microusd,
    )


def render_payment(payment: AccountPayment) -> schemas.StatementPayment:
    """Return a payment in its wire form."""
    bill, currency = payment.bill, payment.currency
    buyer_name, buyer_country, buyer_tax_id = payment.buyer
    total_micros = payment.net_micros + payment.tax_micros
    return schemas.StatementPayment(
        kind=payment.kind,  # type: ignore[arg-type]  # the codes of payments
        at=to_iso(payment.at),
        purchase_id=None if payment.purchase is None else payment.purchase.id,
        receipt_number=payment.receipt_number,
        invoice_number=payment.invoice_number,
        invoice_url=None if bill is None else bill.provider_invoice_url,
        currency=currency,
        net=render_amount(payment.net_micros, currency),
        tax=render_amount(payment.tax_micros, currency),
        total=render_amount(total_micros, currency),
        tax_name=None if bill is None else bill.tax_name,
        tax_percent=None if bill is None else bill.tax_percent,
        reverse_charge=bill is not None and bool(bill.reverse_charge),
        buyer_name=buyer_name,
        buyer_country=buyer_country,
        buyer_tax_id=buyer_tax_id,
        credit_usd=render_usd(payment.credit_microusd),
        credit_microusd=payment.credit_microusd,
    )


def render_statement_csv(shown: schemas.Statement) -> str:
    """Return a statement as CSV: opening balance, lines, closing balance."""
    return render_rows(
        [
            CSV_COLUMNS,
            ("opening_balance", shown.month, "", shown.opening_usd, shown.opening_microusd),
            *(
                (line.kind, to_text_cell(line.detail), line.movements, line.amount_usd,
                 line.amount_microusd)
                for line in shown.lines
            ),
            ("closing_balance", shown.month, "", shown.closing_usd, shown.closing_microusd),
        ]
    )  # fmt: skip
