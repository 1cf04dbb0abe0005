"""The acts of a history, each with its weight: how often it is drawn among the others."""

from collections.abc import Callable
from typing import Any

from gateway.kit.clock import HOUR
from gateway.operator.payments import open_shop
from gateway.payments.checkouts.checkout_sweeps import sweep_unsettled_checkouts
from tests.admin_commands import REASON_OPTION, run_admin
from tests.flows.money.histories import code_acts, top_up_acts
from tests.flows.money.histories.history import ADDRESSES, CARDS, TAX_NUMBERS, History
from tests.flows.money.histories.selling import PROMOTION_CODES

Act = Callable[[History], None]


def open_checkout(history: History) -> None:
    """Open a checkout for a package, in one of its currencies."""
    package = history.random.choice(history.packages)
    currency = history.random.choice(package["prices"])["currency"]
    body = {"packageCode": package["code"], "currency": currency}
    buyer, saves_card = history.pick_buyer(), history.random.random() < 0.3
    if saves_card:
        with history.random.choice(history.shops).browser(buyer.account_id) as page:
            answer = page.post("/api/v1/checkout/stripe", json=body | {"saveCard": True})
    else:
        answer = buyer.http.post("/api/v1/checkout/stripe", json=body)
    assert answer.status_code == 201, answer.text
    history.open_sessions.append(answer.json()["sessionId"])
    history.log.append(f"checkout {body} {answer.json()['sessionId']}")


def pay(history: History) -> None:
    """Pay an open checkout with some card, address and code; the bank may decline."""
    if not history.open_sessions:
        return open_checkout(history)
    session = history.random.choice(history.open_sessions)
    entries = draw_entries(history)
    if history.call_control("pay", session=session, **entries).status_code == 200:
        history.open_sessions.remove(session)
        if entries.get("delayed"):
            history.delayed_sessions.append(session)
    return None


def draw_entries(history: History) -> dict[str, Any]:
    """Draw what a buyer enters at the hosted page."""
    random = history.random
    address = random.choice(ADDRESSES)
    entries: dict[str, Any] = {"card": random.choice(CARDS), "address": address, "name": "Ann"}
    if random.random() < 0.4:
        entries["promotion_code"] = random.choice(PROMOTION_CODES)
    if address["country"] in TAX_NUMBERS and random.random() < 0.4:
        entries["tax_number"] = TAX_NUMBERS[address["country"]]
    if random.random() < 0.2:
        entries["delayed"] = True
    if random.random() < 0.1:
        entries["holder"] = "failed"
    return entries


def end_delayed_payment(history: History) -> None:
    """Let a slow bank pay, or fail."""
    if history.delayed_sessions:
        session = history.delayed_sessions.pop()
        history.call_control("arrive", session=session, succeeded=history.random.random() < 0.7)


def expire_session(history: History) -> None:
    """Let a checkout run out."""
    if history.open_sessions:
        session = history.open_sessions.pop()
        history.call_control("expire", session=session)


def claim(history: History) -> None:
    """Come back from the hosted page and claim any checkout, at any gateway."""
    buyer = history.pick_buyer()
    bought = [each for each in history.find_paid() if each["account_id"] == buyer.account_id]
    if bought:
        session = history.random.choice(bought)["id"]
        answer = buyer.http.post("/api/v1/claim/stripe", json={"sessionId": session})
        assert answer.status_code in {200, 202}, answer.text


def deliver(history: History) -> None:
    """Deliver a few of the events that wait."""
    history.deliver_events(history.random.randint(1, 4))


def refund_at_bank(history: History) -> None:
    """Refund a part of a payment in Stripe's dashboard, or all that is left."""
    paid = [each for each in history.find_paid() if each["returned"] < each["total"]]
    if paid:
        chosen = history.random.choice(paid)
        left = chosen["total"] - chosen["returned"]
        amount = left if history.random.random() < 0.3 else history.random.randint(1, left)
        history.call_control("slow_refunds", on=history.random.random() < 0.3)
        history.call_control("refund", intent=chosen["intent"], amount=amount)


def refund_by_operator(history: History) -> None:
    """Refund some cents of a purchase, or all of it; refused where less is left."""
    buyer = history.pick_buyer()
    bought = buyer.http.get("/api/v1/purchases").json()["data"]
    if bought:
        purchase = history.random.choice(bought)["id"]
        cents = history.random.randint(1, 300)
        amount = () if history.random.random() < 0.3 else ("--amount", f"{cents / 100:.2f}")
        words = ("refund", purchase, *amount, *REASON_OPTION)
        run_admin(history.random.choice(history.shops), *words, code=None)
        history.log.append(" ".join(words))


def end_refund(history: History) -> None:
    """Let a refund arrive, or fail days later."""
    refunds = list_mine(history, "refund")
    pending = [each for each in refunds if each["status"] in {"pending", "succeeded"}]
    if pending:
        chosen = history.random.choice(pending)
        failed = history.random.random() < 0.5
        control = "fail_refund" if failed else "succeed_refund"
        history.call_control(control, refund=chosen["id"])


def list_mine(history: History, kind: str) -> list[dict[str, Any]]:
    """List refunds or disputes of the payments of this history."""
    mine = {each["intent"] for each in history.find_paid()}
    every: list[dict[str, Any]] = history.bank.call_control("objects", kind=kind)
    return [each for each in every if each["payment_intent"] in mine]


def dispute(history: History) -> None:
    """Let a buyer contest a payment, all of it or a part."""
    contested = {each["payment_intent"] for each in list_mine(history, "dispute")}
    paid = [
        each for each in history.find_paid() if each["intent"] and each["intent"] not in contested
    ]
    if paid:
        chosen = history.random.choice(paid)
        amount = (
            None if history.random.random() < 0.5 else history.random.randint(1, chosen["total"])
        )
        withdraw = history.random.random() < 0.8
        history.call_control("dispute", intent=chosen["intent"], amount=amount, withdraw=withdraw)


def close_dispute(history: History) -> None:
    """Let the bank decide a dispute."""
    waiting = [each for each in list_mine(history, "dispute") if each["status"] == "needs_response"]
    if waiting:
        chosen = history.random.choice(waiting)
        history.call_control(
            "close_dispute", dispute=chosen["id"], won=history.random.random() < 0.6
        )


def spend(history: History) -> None:
    """Spend some of the credit; refused where it is too little, or the account is frozen."""
    buyer = history.pick_buyer()
    amount = history.random.randint(1, 3_000_000)
    answer = buyer.http.post(
        "/api/v1/credits/consume",
        json={"amountMicrousd": amount},
        headers={"X-Idempotency-Key": f"spend-{len(history.log)}"},
    )
    assert answer.status_code in {200, 402, 403}, answer.text
    if answer.status_code == 200:
        before = history.consumed_microusd.get(buyer.account_id, 0)
        history.consumed_microusd[buyer.account_id] = before + amount
    history.log.append(f"spend {amount} {answer.status_code}")


def sweep(history: History) -> None:
    """Let an hour pass for the checkouts, then sweep those that are unsettled."""
    shop = history.random.choice(history.shops)
    shop.age_rows("checkout", HOUR)

    async def work() -> None:
        async with open_shop(shop.data_dir) as opened:
            await sweep_unsettled_checkouts(opened)

    shop.run_as_operator(work)


ACTS: dict[Act, int] = {
    open_checkout: 6,
    pay: 10,
    end_delayed_payment: 2,
    expire_session: 1,
    claim: 3,
    deliver: 8,
    refund_at_bank: 4,
    refund_by_operator: 2,
    end_refund: 2,
    dispute: 2,
    close_dispute: 2,
    spend: 2,
    sweep: 1,
    code_acts.make_code: 1,
    code_acts.redeem: 3,
    top_up_acts.turn_on: 3,
    top_up_acts.turn_off: 1,
    top_up_acts.decline_next: 2,
    top_up_acts.confirm: 3,
    top_up_acts.sweep: 5,
}
OPENING_ACTS: tuple[Act, ...] = (
    code_acts.make_code,
    code_acts.make_code,
    code_acts.redeem,
    top_up_acts.turn_on,
    open_checkout,
)
