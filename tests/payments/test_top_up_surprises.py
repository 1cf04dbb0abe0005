"""Auto top-up at a Stripe that surprises: slow banks, customers' balances, and broken calls."""

from dataclasses import replace

import pytest

from gateway.kit.clock import DAY, MINUTE
from gateway.kit.database.sessions import Session
from gateway.ledger.reports.balances import Balance
from gateway.payments.stripe.client import StripeClient
from gateway.payments.top_ups import charging, sweeps
from gateway.payments.top_ups.charging import start_top_up
from gateway.payments.top_ups.tables import TopUpRule
from tests.ledger.bank import assert_sound
from tests.payments.test_top_ups import get_invoice_id, turn_off
from tests.payments.top_up_fixtures import ASKING_CARD, DOLLAR, Person, bank, person, top_ups

__all__ = ["bank", "person", "top_ups"]
pytestmark = pytest.mark.anyio
CALLS = (":invoice", ":item", ":finalize", ":pay")


@pytest.mark.promise("top-up: charged-once")
@pytest.mark.parametrize(("decline", "state"), [(None, "credited"), ("lost_card", "declined")])
async def test_a_bank_that_takes_days_is_waited_for(
    person: Person, decline: str | None, state: str
) -> None:
    await person.turn_on()
    person.bank.call_control("slow_bank", method=person.card_id)
    await person.sweep()
    for _ in range(2):
        await person.move_time(DAY)
        await person.sweep()
    assert await person.list_states() == ["charging"]
    assert person.list_invoices() == ["open"]
    person.bank.call_control(
        "end_slow_charge", invoice=await get_invoice_id(person), decline=decline
    )
    await person.move_time(DAY)
    await person.sweep()
    assert await person.list_states() == [state]
    assert len(person.list_charges()) == (state == "credited")
    await assert_sound(person.top_ups.shop.database)


async def test_turned_off_while_the_bank_thinks_it_is_credited_and_the_last(person: Person) -> None:
    await person.turn_on()
    person.bank.call_control("slow_bank", method=person.card_id)
    await person.sweep()
    await turn_off(person)
    await person.move_time(2 * MINUTE)
    await person.sweep()
    person.bank.call_control("end_slow_charge", invoice=await get_invoice_id(person))
    await person.move_time(DAY)
    await person.sweep()
    assert await person.list_states() == ["credited"]
    assert await person.get_available() == 6 * DOLLAR


@pytest.mark.parametrize(
    ("balance", "reason", "states"),
    [
        (-200, "refused", ["refused"]),  # credit at Stripe would pay a part
        (300, "refused", ["refused"]),  # a debt there would be charged as well
        (-600, "review", ["charging"]),  # all of it is paid by credit, and by no card
    ],
)
async def test_a_balance_of_the_customer_at_stripe_is_not_sold_as_a_charge(
    person: Person, balance: int, reason: str, states: list[str]
) -> None:
    await person.turn_on()
    stripe = person.top_ups.shop.get_provider(StripeClient, "test")
    await stripe.sdk.v1.customers.update_async(person.customer_id, {"balance": balance})
    await person.sweep()
    rule = await person.get_rule()
    assert (rule.state, rule.off_reason) == ("off", reason)
    assert await person.list_states() == states
    assert person.list_charges() == []
    assert await person.get_available() == 0
    customer = person.bank.get_object(f"/v1/customers/{person.customer_id}")
    assert customer["balance"] == (balance if reason == "refused" else 0)
    await assert_sound(person.top_ups.shop.database)


@pytest.mark.promise("top-up: charged-once")
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("call", CALLS)
async def test_a_call_that_broke_within_stripe_is_made_once_more_and_charges_once(
    person: Person, call: str, *, late: bool
) -> None:
    await person.turn_on()
    person.bank.call_control("fail", broken=call, late=late)
    await person.sweep()
    assert await person.list_states() == ["credited"]
    assert [each["amount"] for each in person.list_charges()] == [600]
    assert person.list_invoices() == ["paid"]
    assert await person.get_available() == 6 * DOLLAR
    await assert_sound(person.top_ups.shop.database)


async def test_a_balance_that_is_enough_for_a_moment_cancels_the_draft_and_stops_nothing(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person.turn_on()
    top_up_id = await start_top_up(person.top_ups, person.account_id, "test")
    assert top_up_id is not None
    await person.give_credit(5)
    load_balance, looks = charging.load_balance, []

    async def load_moving_balance(session: Session, rule: TopUpRule) -> Balance:
        looks.append(await load_balance(session, rule))
        # A job takes its credit on hold right after the first look.
        low = replace(looks[-1], available_microusd=0)
        return looks[0] if len(looks) == 1 else low

    monkeypatch.setattr(charging, "load_balance", load_moving_balance)
    await sweeps.advance_claimed_top_up(person.top_ups, top_up_id)
    assert looks[0].available_microusd == 5 * DOLLAR
    assert await person.list_states() == ["canceled"]
    assert (await person.get_rule()).state == "on"
    assert person.list_invoices() == []
    assert person.has_card()


@pytest.mark.promise("top-up: charged-once")
async def test_an_invoice_that_was_marked_uncollectible_is_void_and_cannot_be_paid_any_more(
    person: Person,
) -> None:
    await person.turn_on(ASKING_CARD)
    await person.sweep()
    assert await person.list_states() == ["waiting"]
    stripe = person.top_ups.shop.get_provider(StripeClient, "test")
    await stripe.sdk.v1.invoices.mark_uncollectible_async(await get_invoice_id(person))
    assert person.list_invoices() == ["uncollectible"]
    await person.move_time(10 * MINUTE)
    await sweeps.advance_due_top_ups(person.top_ups)
    assert await person.list_states() == ["canceled"]
    assert person.list_invoices() == ["void"]
    await assert_sound(person.top_ups.shop.database)
