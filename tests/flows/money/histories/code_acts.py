"""The acts of credit codes in a history: the operator makes some, and buyers redeem them."""

from functools import partial
from typing import Any

from tests.admin_commands import REASON_OPTION, run_admin_json
from tests.flows.money.histories.history import History
from tests.gateway import Client, call_at_once

CODES, REDEEM = "/api/v1/codes", "/api/v1/codes/redeem"
ANSWERS = {200, 404, 409, 429}  # redeemed, ended or used up, not for this account, too many guesses


def make_code(history: History) -> None:
    """Make a credit code of some dollars on the command line."""
    random = history.random
    first = ("--first-purchase",) if random.random() < 0.6 else ()
    made = run_admin_json(
        random.choice(history.shops), "code", "create", "--mode", "test", *first,
        "--credit-usd", str(random.randint(1, 9)), "--uses", str(random.randint(1, 2)),
        *REASON_OPTION,
    )  # fmt: skip
    history.credit_codes.append(made["code"])


def redeem(history: History) -> None:
    """Redeem a code, often several times at once."""
    if not history.credit_codes:
        return make_code(history)
    buyer, random = history.pick_buyer(), history.random
    sent = {"code": random.choice(history.credit_codes)}
    calls = [partial(buyer.http.post, REDEEM, json=sent)] * random.choice((1, 1, 4))
    statuses = [each.status_code for each in call_at_once(calls)]
    assert set(statuses) <= ANSWERS, statuses
    history.log.append(f"redeem {sent} {statuses}")
    return None


def compute_code_credit(buyer: Client, paid: list[dict[str, Any]]) -> int:
    """Compute the credit of a buyer's codes, less the part of it that their refunds take back.

    A code for the first purchase goes back with that purchase, whose receipt names it.
    """
    redeemed = buyer.http.get(CODES).json()["data"]
    credited = {each["code"]: each for each in redeemed if each["state"] == "credited"}
    credit: int = sum(each["creditMicrousd"] for each in credited.values())
    for each in paid:
        claim = {"sessionId": each["id"]}
        purchase = buyer.http.post("/api/v1/claim/stripe", json=claim).json()["purchaseId"]
        params = {"purchaseId": purchase}
        receipt = buyer.http.get("/api/v1/purchases/receipt", params=params).json()
        if receipt["code"] is not None:
            returned = min(each["returned"], each["total"])
            value = credited[receipt["code"]]["creditMicrousd"]
            credit -= value * returned // each["total"]
    return credit
