"""What the bank knows: what was paid and returned, and the credit that is owed for it.

It is computed from the objects of the stand-in for Stripe and the list of packages, and from
nothing of the gateway's own books, so that both can be compared.
"""

from typing import Any

from tests.fakes.stripe.client import StripeStandIn

COUNTED_REFUNDS = {"pending", "succeeded"}


def list_paid(bank: StripeStandIn) -> list[dict[str, Any]]:
    """List what was paid, or given away by a code, with what was returned of it since."""
    paid = [
        {
            "id": each["id"],
            "account_id": each["client_reference_id"],
            "package_code": each["metadata"]["package_code"],
            "intent": each["payment_intent"],
            "total": each["amount_total"],
        }
        for each in bank.call_control("objects", kind="session")
        if each["mode"] == "payment"
        and each["status"] == "complete"
        and each["payment_status"] in {"paid", "no_payment_required"}
    ]
    paid += list_paid_top_ups(bank)
    returned = sum_returned(bank)
    return [each | {"returned": returned.get(each["intent"], 0)} for each in paid]


def list_paid_top_ups(bank: StripeStandIn) -> list[dict[str, Any]]:
    """List the invoices of top-ups that were paid, each with its payment."""
    payments = bank.call_control("objects", kind="invoice_payment")
    intents = {each["invoice"]: each["payment"]["payment_intent"] for each in payments}
    return [
        {
            "id": each["id"],
            "account_id": each["metadata"]["account_id"],
            "package_code": each["metadata"]["package_code"],
            "intent": intents[each["id"]],
            "total": each["total"],
        }
        for each in bank.call_control("objects", kind="invoice")
        if each["status"] == "paid" and each["metadata"].get("kind") == "top_up"
    ]


def sum_returned(bank: StripeStandIn) -> dict[str, int]:
    """Add up refunds and withdrawn disputes by payment, in minor units."""
    returned: dict[str, int] = {}
    for each in bank.call_control("objects", kind="refund"):
        if each["status"] in COUNTED_REFUNDS:
            add_to(returned, each["payment_intent"], each["amount"])
    for each in bank.call_control("objects", kind="dispute"):
        moved = sum(part["amount"] for part in each["balance_transactions"])
        add_to(returned, each["payment_intent"], -moved)
    return returned


def add_to(sums: dict[str, int], name: str, amount: int) -> None:
    """Add an amount to one of several sums."""
    sums[name] = sums.get(name, 0) + amount


def compute_owed_credit(paid: list[dict[str, Any]], packages: dict[str, dict[str, Any]]) -> int:
    """Compute the credit in micro-USD that payments still bring if nothing is spent.

    A returned part takes its share of credit and bonus, rounded down; the whole takes all.
    """
    owed = 0
    for each in paid:
        package = packages[each["package_code"]]
        bought = package["creditMicrousd"] + package["bonusMicrousd"]
        returned = min(each["returned"], each["total"])
        owed += bought - (bought * returned // each["total"] if each["total"] else 0)
    return owed
