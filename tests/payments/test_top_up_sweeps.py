"""The sweeps of auto top-up: silence costs seconds, and nothing waits behind the same few."""

import pytest
from sqlalchemy import select, update

from gateway.kit.clock import HOUR, MINUTE
from gateway.kit.database.sql import get_database_time
from gateway.payments.top_ups import rows, sweeps
from gateway.payments.top_ups.low_balance_words import describe_top_up
from gateway.payments.top_ups.sweeps import AT_ONCE, SELECT_DUE_RULES
from gateway.payments.top_ups.tables import CardRemoval, TopUpRule
from tests.payments.test_top_ups import spend_and_sweep, turn_off
from tests.payments.top_up_fixtures import (
    ASKING_CARD,
    DECLINING_CARD,
    Person,
    bank,
    person,
    top_ups,
)

__all__ = ["bank", "person", "top_ups"]
pytestmark = pytest.mark.anyio


async def add_removals(person: Person, count: int) -> None:
    """Add cards that Stripe does not know, and that it must forget."""
    async with person.top_ups.shop.database.write() as session:
        for number in range(count):
            await rows.add_removal(session, f"pm_{number}", person.account_id, "test")


async def list_removals(person: Person) -> list[CardRemoval]:
    async with person.top_ups.shop.database.read() as snapshot:
        own = CardRemoval.account_id == person.account_id
        return list(await snapshot.scalars(select(CardRemoval).where(own)))


async def test_a_silent_stripe_ends_the_pass_after_one_batch(person: Person) -> None:
    await person.turn_on()
    await add_removals(person, AT_ONCE * 3)
    person.bank.call_control("fail", calls=1000, status=503)
    try:
        await sweeps.forget_removed_cards(person.top_ups)
    finally:
        person.bank.call_control("fail")
    async with person.top_ups.shop.database.read() as snapshot:
        now = await get_database_time(snapshot)
    postponed = [each for each in await list_removals(person) if each.next_try_at > now]
    assert len(postponed) == AT_ONCE


@pytest.mark.promise("top-up: no-stray-card")
async def test_a_card_is_forgotten_only_where_stripe_knows_its_customer(person: Person) -> None:
    await person.turn_on()
    await add_removals(person, 1)
    person.bank.call_control("forget", kind="customer", id=person.customer_id)
    await sweeps.forget_removed_cards(person.top_ups)  # as with the key of another account
    (kept,) = await list_removals(person)
    async with person.top_ups.shop.database.read() as snapshot:
        now = await get_database_time(snapshot)
    assert kept.next_try_at > now + HOUR // 2


async def test_a_card_of_a_known_customer_that_stripe_forgot_is_done(person: Person) -> None:
    await person.turn_on()
    await add_removals(person, 1)
    await sweeps.forget_removed_cards(person.top_ups)
    assert await list_removals(person) == []
    assert person.has_card()


async def test_rules_that_were_tried_longest_ago_go_first(person: Person) -> None:
    await person.turn_on()
    shop = person.top_ups.shop
    async with shop.database.write() as session:
        await session.execute(update(TopUpRule).values(tried_at=2**50))
        own = TopUpRule.account_id == person.account_id
        await session.execute(update(TopUpRule).where(own).values(tried_at=1))
    async with shop.database.read() as snapshot:
        due = await snapshot.read(SELECT_DUE_RULES[("test",)])
    assert due[0][0] == person.account_id
    await person.sweep()
    assert (await person.get_rule()).tried_at > 1


@pytest.mark.promise("top-up: declines")
async def test_a_card_that_must_not_be_tried_again_turns_it_off_at_once(person: Person) -> None:
    await person.turn_on()
    person.bank.call_control("decline", method=person.card_id, codes=["stolen_card"])
    await person.sweep()
    rule = await person.get_rule()
    assert (rule.state, rule.off_reason) == ("off", "card_blocked")
    assert person.list_subjects() == ["Auto top-up is off"]
    text = " ".join(person.box.mails[0].text.split())
    assert "says not to try this card again" in text
    assert "stolen" not in text
    assert not person.has_card()


async def describe(person: Person) -> str:
    """Return what the mail about a low balance says of auto top-up."""
    async with person.top_ups.shop.database.write() as session:
        return await describe_top_up(person.top_ups, session, person.account_id, "test") or ""


async def test_the_low_balance_mail_promises_only_what_will_be_charged(person: Person) -> None:
    assert (await describe(person)).startswith("You can turn on")
    await person.turn_on(package="pocket_100", threshold=1, maximum=1)
    assert (await describe(person)).startswith("Auto top-up is on")
    await spend_and_sweep(person, 1)
    assert "charges nothing more this month" in await describe(person)
    await turn_off(person)
    assert (await describe(person)).startswith("You can turn on")


@pytest.mark.parametrize(
    ("card", "words"), [(DECLINING_CARD, "declined"), (ASKING_CARD, "confirm a charge")]
)
async def test_the_low_balance_mail_says_what_holds_a_charge_up(
    person: Person, card: str, words: str
) -> None:
    await person.turn_on(card)
    await person.sweep()
    assert words in await describe(person)


async def test_stripe_is_asked_again_after_a_pause(person: Person) -> None:
    await person.turn_on()
    person.bank.call_control("fail", calls=1000, status=503)
    await person.sweep()
    person.bank.call_control("fail")
    await person.sweep()
    assert await person.list_states() == ["charging"]
    await person.move_time(2 * MINUTE)
    await person.sweep()
    assert await person.list_states() == ["credited"]
