"""The documents of a purchase, for the check of the invariants."""

from gateway.kit.database.sessions import Session
from tests.rows import insert_row


async def add_invoices(session: Session) -> None:
    """Add the invoice of that purchase, with 20 % tax, and those that its refunds ask for."""
    await insert_row(
        session, "purchase_bill", purchase_id="pur_1", currency="usd", list_micros=1_000,
        net_micros=833, tax_micros=167, total_micros=1_000, tax_included=1, tax_source="fixed",
    )  # fmt: skip
    documents = (
        ("invoice", 1, None, 833, 167),
        ("credit_note", 1, "re_1", 83, 17),
        ("credit_note", 2, "re_2", 167, 33),
        ("invoice", 2, "re_2", 167, 33),
    )
    for kind, number, reversal_id, net, tax in documents:
        await insert_row(
            session, "invoice", id=f"inv_{kind}_{number}", book="live", kind=kind, number=number,
            purchase_id="pur_1", reversal_id=reversal_id, currency="usd", net_micros=net,
            tax_micros=tax, total_micros=net + tax,
        )  # fmt: skip
