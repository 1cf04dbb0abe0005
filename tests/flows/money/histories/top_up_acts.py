"""The acts of auto top-up in a history: cards saved, declines, confirmations and changed minds."""

from typing import Any

from sqlalchemy import update

from gateway.kit.clock import DAY, HOUR
from gateway.operator.payments import open_shop
from gateway.payments.top_ups import sweeps
from gateway.payments.top_ups.rules import TopUps
from gateway.payments.top_ups.tables import TopUp, TopUpRule
from tests.flows.money.histories.history import History
from tests.gateway import Client, Gateway

TOP_UP = "/api/v1/top-up"
CARDS = ("4242424242424242", "4000002500003155", "4000002760003184", "4000000000000341")
DECLINES = ("insufficient_funds", "generic_decline", "authentication_required", "expired_card")


def turn_on(history: History) -> None:
    """Save a card on the page of Stripe, and turn auto top-up on."""
    buyer, random = history.pick_buyer(), history.random
    package = random.choice(
        [each for each in history.packages if each["priceMicrousd"] <= 25_000_000]
    )
    terms = {
        "thresholdUsd": f"{random.randint(1, package['creditMicrousd'] // 1_000_000)}.00",
        "packageCode": package["code"],
        "currency": "usd",
        "monthlyMaximum": f"{random.choice((60, 150))}.00",
    }
    with random.choice(history.shops).browser(buyer.account_id) as page:
        opened = page.post(f"{TOP_UP}/card", json=terms)
        assert opened.status_code == 201, opened.text
        session = opened.json()["sessionId"]
        history.call_control("pay", session=session, card=random.choice(CARDS))
        claimed = page.post(f"{TOP_UP}/claim", json={"sessionId": session})
        assert claimed.status_code == 200, claimed.text
    history.log.append(f"top-up {terms}")


def turn_off(history: History) -> None:
    """Turn auto top-up off, whatever is under way."""
    buyer = history.pick_buyer()
    with history.random.choice(history.shops).browser(buyer.account_id) as page:
        assert page.delete(TOP_UP).status_code == 200


def decline_next(history: History) -> None:
    """Let the bank decline the next charges of a saved card."""
    saved = [
        each["id"]
        for each in history.bank.call_control("objects", kind="payment_method")
        if each["customer"] in list_customers(history)
    ]
    if saved:
        codes = history.random.choices(DECLINES, k=history.random.randint(1, 3))
        history.call_control("decline", method=history.random.choice(saved), codes=codes)


def confirm(history: History) -> None:
    """Open the page of an unpaid invoice, and confirm or fail, or pay it with another card."""
    unpaid = [
        each["id"]
        for each in history.bank.call_control("objects", kind="invoice")
        if each["status"] == "open" and each["customer"] in list_customers(history)
    ]
    if unpaid:
        random = history.random
        card = random.choice((None, None, "4242424242424242"))
        holder = random.choice(("confirmed", "confirmed", "failed"))
        invoice = random.choice(unpaid)
        history.call_control("pay_invoice", invoice=invoice, card=card, holder=holder)


def list_customers(history: History) -> set[str]:
    """List the Customers of this history's buyers."""
    mine = {each.account_id for each in history.buyers}
    return {
        each["id"]
        for each in history.bank.call_control("objects", kind="customer")
        if each["metadata"].get("account_id") in mine
    }


def sweep(history: History) -> None:
    """Let hours pass for the top-ups, then sweep them at every gateway at once."""
    shop = history.random.choice(history.shops)
    move_top_ups(shop, history.random.choice((0, HOUR, DAY)))
    sweep_top_ups(shop)
    history.log.append(f"top-ups {[read_top_up(each) for each in history.buyers]}")


def move_top_ups(shop: Gateway, microseconds: int) -> None:
    """Let every rule and top-up have been written so much earlier."""

    top_ups = update(TopUp).values(
        next_step_at=TopUp.next_step_at - microseconds,
        confirm_until=TopUp.confirm_until - microseconds,
    )
    rules = update(TopUpRule).values(retry_at=TopUpRule.retry_at - microseconds)

    async def work() -> None:
        async with open_shop(shop.data_dir) as opened:
            # Each by itself: gateways lock a rule before its top-up, so both together may deadlock.
            for statement in (top_ups, rules):
                async with opened.database.write() as session:
                    await session.execute(statement)

    shop.run_as_operator(work)


def sweep_top_ups(shop: Gateway) -> None:
    """Run each sweep of auto top-up once, as the gateways do each few seconds."""

    async def work() -> None:
        async with open_shop(shop.data_dir) as opened:
            top_ups = TopUps(shop=opened, is_enabled=True)
            await sweeps.stop_rules(top_ups)
            await sweeps.start_due_top_ups(top_ups)
            await sweeps.advance_due_top_ups(top_ups)
            await sweeps.forget_removed_cards(top_ups)

    shop.run_as_operator(work)


def read_top_up(buyer: Client) -> dict[str, Any]:
    """Read what a person sees of their auto top-up."""
    shown: dict[str, Any] = buyer.http.get(TOP_UP).json()
    return {name: shown[name] for name in ("state", "offReason", "declines", "chargedThisMonth")}
