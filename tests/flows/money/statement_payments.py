"""What a statement lists of payments, compared with its own lines and with the purchases."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

from tests.gateway import Client

LINES = {
    "purchase": "purchases",
    "refund": "refunds",
    "refund_failed": "refunds",
    "dispute": "disputes",
    "dispute_won": "disputes",
    "deposit_reversed": "chain_reversals",
    "deposit_restored": "chain_reversals",
}


def check_statement_payments(client: Client) -> None:
    """Check that the payments of this month's statement are its lines, and the purchases."""
    month = f"{datetime.now(UTC):%Y-%m}"
    statement = client.http.get("/api/v1/statement", params={"month": month}).json()
    payments, credit = statement["payments"], defaultdict[str, int](int)
    for each in payments:
        credit[LINES[each["kind"]]] += each["creditMicrousd"]
        assert Decimal(each["net"]) + Decimal(each["tax"]) == Decimal(each["total"]), each
    lines = {
        each["kind"]: each["amountMicrousd"]
        for each in statement["lines"]
        if each["kind"] in LINES.values()
    }
    assert {kind: amount for kind, amount in credit.items() if amount} == {
        kind: amount for kind, amount in lines.items() if amount
    }
    assert [each["at"] for each in payments] == sorted(each["at"] for each in payments)
    purchases = client.http.get("/api/v1/purchases", params={"limit": "100"}).json()["data"]
    bought = {each["purchaseId"]: each for each in payments if each["kind"] == "purchase"}
    assert set(bought) == {each["id"] for each in purchases}
    for purchase in purchases:
        payment, bill = bought[purchase["id"]], purchase["bill"]
        assert payment["receiptNumber"] == purchase["receiptNumber"]
        assert payment["creditMicrousd"] == purchase["creditMicrousd"]
        if bill is not None:
            for name in ("currency", "net", "tax", "total", "taxName", "taxPercent"):
                assert payment[name] == bill[name], name
            assert bill["buyerName"] in {None, payment["buyerName"]}
