"""`purchases`: credit that was bought, and its receipts."""

from typing import Annotated

import typer

from killatamata.cli.completion import complete_purchases
from killatamata.cli.session import ListOptions, Session, command
from killatamata.cli.terminal import print_pairs, print_table, to_short_time
from killatamata.types import Receipt

app = typer.Typer(help="List purchases of credit and print receipts.", no_args_is_help=True)
USUAL_PURCHASES = 20


@command(app, "list", example="killatamata purchases list --all --json")
def list_purchases(session: Session, options: ListOptions) -> None:
    """List purchases, newest first."""
    client = session.client
    listed = options.take(
        session, lambda limit: client.purchases.list(limit=limit), USUAL_PURCHASES
    )
    rows = (
        (
            each.id,
            each.receipt_number,
            each.provider,
            f"${each.price_usd}",
            f"${each.credit_usd}",
            f"${each.bonus_usd}",
            f"${each.refunded_usd}",
            to_short_time(each.created_at),
        )
        for each in listed
    )
    head = ("purchase", "receipt", "by", "price", "credit", "bonus", "refunded", "created")
    session.print_rows(listed, head, rows)


@command(
    app,
    "receipt",
    example="killatamata purchases receipt pur_01J8ZQ4V8Y6T3N5R7W9XABCDEF > receipt.txt",
)
def show_receipt(
    session: Session,
    purchase: Annotated[
        str,
        typer.Argument(
            help="Its id, pur_….", metavar="PURCHASE", autocompletion=complete_purchases
        ),
    ],
) -> None:
    """Print the receipt of a purchase."""
    receipt = session.client.purchases.receipt(purchase)
    session.print_result(receipt, lambda: _print_receipt(receipt), [receipt.number])


def _print_receipt(receipt: Receipt) -> None:
    print_pairs(
        receipt=receipt.number,
        purchase=receipt.purchase_id,
        issued=to_short_time(receipt.issued_at),
        seller=receipt.seller,
        buyer=receipt.buyer_email,
        paid_by=f"{receipt.method.provider} {receipt.method.reference}",
    )
    lines = [(each.description, each.quantity, f"${each.amount_usd}") for each in receipt.lines]
    print_table(("for", "quantity", "amount"), lines)
    print_pairs(
        tax=f"${receipt.tax_usd}",
        total=f"${receipt.total_usd}",
        credit=f"${receipt.credit_usd}",
        bonus=f"${receipt.bonus_usd}",
        refunds=[f"{each.kind} ${each.amount_usd} {each.state}" for each in receipt.refunds],
        mode="live" if receipt.livemode else "test",
        note=receipt.note,
    )
