"""Auto top-up after Stripe forgot the customer with the card, or an invoice: it ends, plainly."""

import pytest

from gateway.kit.clock import HOUR, MINUTE
from gateway.payments.tables import Checkout
from gateway.payments.top_ups.states import OffReason
from tests.payments.top_up_fixtures import ASKING_CARD, Person, bank, person, top_ups

__all__ = ["bank", "person", "top_ups"]
pytestmark = pytest.mark.anyio


@pytest.mark.promise("top-up: forgotten-customer")
async def test_a_card_that_stripe_forgot_with_its_customer_turns_the_rule_off(
    person: Person,
) -> None:
    await person.turn_on()
    person.bank.call_control("forget", kind="customer", id=person.customer_id)
    for _ in range(3):
        await person.sweep()
        await person.move_time(2 * MINUTE)
    assert await person.list_states() == ["refused"]
    rule = await person.get_rule()
    assert (rule.state, rule.off_reason) == ("off", OffReason.REFUSED)
    assert person.list_subjects() == ["Auto top-up is off"]


@pytest.mark.promise("top-up: forgotten-customer")
async def test_a_confirmation_whose_invoice_stripe_forgot_ends(person: Person) -> None:
    await person.turn_on(ASKING_CARD)
    await person.sweep()
    assert await person.list_states() == ["waiting"]
    (top_up,) = await person.list_top_ups()
    async with person.top_ups.shop.database.read() as snapshot:
        checkout = await snapshot.get_one(Checkout, top_up.checkout_id)
    person.bank.call_control("forget", kind="invoice", id=checkout.provider_reference)
    person.bank.call_control("forget", kind="customer", id=person.customer_id)
    for _ in range(3):
        await person.move_time(HOUR)
        await person.sweep()
    assert await person.list_states() == ["canceled", "refused"]
    assert (await person.get_rule()).state == "off"
