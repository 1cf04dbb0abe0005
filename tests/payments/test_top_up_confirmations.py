"""Auto top-up whose bank asks the person: confirmed, too late, or never."""

import pytest
from sqlalchemy import update

from gateway.kit.clock import DAY, MINUTE
from gateway.payments.top_ups.tables import TopUp
from tests.payments.test_top_ups import get_invoice_id
from tests.payments.top_up_fixtures import ASKING_CARD, DOLLAR, Person, bank, person, top_ups

__all__ = ["bank", "person", "top_ups"]
pytestmark = pytest.mark.anyio


@pytest.mark.promise("top-up: confirmation")
async def test_a_charge_that_nobody_confirms_ends_after_a_day_and_counts_as_a_decline(
    person: Person,
) -> None:
    await person.turn_on(ASKING_CARD)
    await person.sweep()
    await person.move_time(DAY - MINUTE)
    await person.sweep()
    assert await person.list_states() == ["waiting"]
    await person.move_time(2 * MINUTE)
    await person.sweep()
    assert await person.list_states() == ["unconfirmed"]
    assert (await person.get_rule()).declines == 1
    assert person.list_invoices() == ["void"]
    assert person.list_subjects()[-1] == "Your top-up was not confirmed"


async def test_one_paid_at_the_last_moment_is_credited_and_not_voided(person: Person) -> None:
    await person.turn_on(ASKING_CARD)
    await person.sweep()
    person.bank.call_control("pay_invoice", invoice=await get_invoice_id(person))
    await person.move_time(2 * DAY)
    await person.sweep()
    assert await person.list_states() == ["credited"]
    assert await person.get_available() == 6 * DOLLAR


async def test_one_that_is_confirmed_in_the_next_month_counts_there(person: Person) -> None:
    await person.turn_on(ASKING_CARD)
    await person.sweep()
    person.bank.call_control("pay_invoice", invoice=await get_invoice_id(person))
    (asked,) = await person.list_top_ups()
    async with person.top_ups.shop.database.write() as session:
        await session.execute(update(TopUp).values(month=asked.month - 1))
    await person.move_time(DAY)
    await person.sweep()
    (paid,) = await person.list_top_ups()
    assert (paid.state, paid.month) == ("credited", asked.month)
