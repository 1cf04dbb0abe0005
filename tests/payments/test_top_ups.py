"""Auto top-up: the saved card is charged once, within the maximum, and only while it is on."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from gateway.kit import faults
from gateway.kit.clock import HOUR, MINUTE
from gateway.ledger.accounts import freezes
from gateway.ledger.transfers import consume
from gateway.payments.billing.billing_details import Buyer, set_billing_details
from gateway.payments.bills import TaxPolicy, TaxTerms
from gateway.payments.checkouts import fulfilment
from gateway.payments.states import TaxSource
from gateway.payments.stripe.client import StripeClient
from gateway.payments.tables import Checkout, Purchase
from gateway.payments.top_ups import rows, sweeps
from gateway.payments.top_ups.charging import start_top_up
from gateway.payments.top_ups.rules import TopUps, stop_rule
from gateway.payments.top_ups.states import OffReason
from gateway.payments.top_ups.tables import CardRemoval
from tests.ledger.bank import assert_sound
from tests.payments.top_up_fixtures import (
    ASKING_CARD,
    DECLINING_CARD,
    DOLLAR,
    Person,
    bank,
    person,
    top_ups,
)

__all__ = ["bank", "person", "top_ups"]
pytestmark = pytest.mark.anyio
POINTS = (
    "topup.committed",
    "topup.drafted",
    "topup.itemised",
    "topup.finalized",
    "topup.admitted",
    "topup.charged",
    "topup.settled",
)


class PowerCut(Exception):  # noqa: N818 - names what happened
    """The process died at a point."""


@pytest.mark.promise("top-up: charged-once")
async def test_a_low_balance_is_topped_up_once_and_is_a_purchase(person: Person) -> None:
    await person.turn_on()
    for _ in range(3):
        await person.sweep()
    assert await person.get_available() == 6 * DOLLAR
    assert [each["amount"] for each in person.list_charges()] == [600]
    assert await person.list_states() == ["credited"]
    async with person.top_ups.shop.database.read() as snapshot:
        (purchase,) = (
            await snapshot.scalars(select(Purchase).where(Purchase.account_id == person.account_id))
        ).all()
    assert (purchase.provider, purchase.package_code) == ("stripe", "builder_600")
    assert [subject[:7] for subject in person.list_subjects()] == ["Receipt"]
    await assert_sound(person.top_ups.shop.database)


async def test_enough_credit_charges_nothing(person: Person) -> None:
    await person.turn_on()
    await person.give_credit(5)
    await person.sweep()
    assert await person.list_states() == []


@pytest.mark.promise("top-up: one-in-flight")
async def test_twenty_sweeps_at_once_charge_once(person: Person) -> None:
    await person.turn_on()
    await asyncio.gather(*(sweeps.start_due_top_ups(person.top_ups) for _ in range(20)))
    await person.sweep()
    assert [each["amount"] for each in person.list_charges()] == [600]
    assert await person.list_states() == ["credited"]
    await assert_sound(person.top_ups.shop.database)


@pytest.mark.promise("top-up: charged-once")
@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_anywhere_charges_once(
    person: Person, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person.turn_on()

    async def cut(reached: str) -> None:
        if reached == point:
            raise PowerCut

    monkeypatch.setattr(faults, "reach", cut)
    with pytest.raises(PowerCut):
        await sweeps.start_and_charge(person.top_ups, person.account_id, "test")
    monkeypatch.undo()
    await person.sweep()
    await person.move_time(2 * MINUTE)
    await person.sweep()
    assert await person.get_available() == 6 * DOLLAR
    assert [each["amount"] for each in person.list_charges()] == [600]
    assert await person.list_states() == ["credited"]
    await assert_sound(person.top_ups.shop.database)


@pytest.mark.promise("top-up: declines")
async def test_a_crash_after_an_invoice_is_void_counts_one_decline(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person.turn_on(DECLINING_CARD)

    async def cut(reached: str) -> None:
        if reached == "topup.voided":
            raise PowerCut

    monkeypatch.setattr(faults, "reach", cut)
    with pytest.raises(PowerCut):
        await sweeps.start_and_charge(person.top_ups, person.account_id, "test")
    monkeypatch.undo()
    await person.move_time(2 * MINUTE)
    await person.sweep()
    assert await person.list_states() == ["declined"]
    assert (await person.get_rule()).declines == 1
    assert person.list_invoices() == ["void"]


async def test_lost_answers_of_stripe_charge_once(person: Person) -> None:
    await person.turn_on()
    for _ in range(8):
        person.bank.call_control("fail", lost=1, status=503)
        await person.sweep()
        await person.move_time(2 * MINUTE)
    person.bank.call_control("fail")
    await person.sweep()
    assert [each["amount"] for each in person.list_charges()] == [600]
    assert await person.list_states() == ["credited"]


@pytest.mark.promise("top-up: monthly-maximum")
async def test_nothing_is_charged_beyond_the_monthly_maximum(person: Person) -> None:
    await person.turn_on(package="pocket_100", threshold=1, maximum=3)
    await spend_and_sweep(person, 5)
    assert [each["amount"] for each in person.list_charges()] == [100, 100, 100]
    assert (await person.get_rule()).retry_at is not None
    assert person.list_subjects().count("Your monthly maximum is reached") == 1
    await assert_sound(person.top_ups.shop.database)


async def spend_and_sweep(person: Person, times: int) -> None:
    """Let the account spend all that it has, again and again."""
    shop = person.top_ups.shop
    for _ in range(times):
        await person.sweep()
        left = await person.get_available()
        if not left:
            continue
        async with shop.database.write() as session:
            await consume(
                session, shop.ids, account=person.ledger_account, book="test",
                reference=shop.ids.new("req"), amount_microusd=left,
                key_id=person.caller.spender_id,
            )  # fmt: skip


async def test_credit_that_came_another_way_cancels_the_charge(person: Person) -> None:
    await person.turn_on()
    top_up_id = await start_top_up(person.top_ups, person.account_id, "test")
    assert top_up_id is not None
    await person.give_credit(5)
    await sweeps.advance_claimed_top_up(person.top_ups, top_up_id)
    assert await person.list_states() == ["canceled"]
    assert person.list_charges() == []


@pytest.mark.promise("top-up: monthly-maximum")
async def test_a_paid_top_up_that_the_operator_rejected_counts_and_stops_the_rule(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person.turn_on()

    async def cut(reached: str) -> None:
        if reached == "topup.charged":
            raise PowerCut

    monkeypatch.setattr(faults, "reach", cut)
    with pytest.raises(PowerCut):
        await sweeps.start_and_charge(person.top_ups, person.account_id, "test")
    monkeypatch.undo()
    async with person.top_ups.shop.database.write() as session:
        await session.execute(
            update(Checkout)
            .where(Checkout.account_id == person.account_id)
            .values(state="failed", review_reason="rejected")
        )
    await person.move_time(2 * MINUTE)
    await person.sweep()
    (top_up,) = await person.list_top_ups()
    assert (top_up.state, top_up.decline_code) == ("refused", "paid_not_credited")
    assert (await person.get_rule()).state == "off"
    async with person.top_ups.shop.database.read() as snapshot:
        counted = await rows.count_month(snapshot, person.account_id, "test", "usd")
    assert counted == 6 * DOLLAR


@pytest.mark.promise("top-up: declines")
async def test_declines_wait_longer_and_the_third_turns_it_off(person: Person) -> None:
    await person.turn_on(DECLINING_CARD)
    await person.sweep()
    assert await person.list_states() == ["declined"]
    for pause in (HOUR, 6 * HOUR):
        await person.move_time(pause - MINUTE)
        await person.sweep()
        declines = (await person.get_rule()).declines
        await person.move_time(2 * MINUTE)
        await person.sweep()
        assert (await person.list_top_ups())[-1].state == "declined"
        assert len(await person.list_top_ups()) == declines + 1
    rule = await person.get_rule()
    assert (rule.state, rule.off_reason) == ("off", "declined")
    assert person.list_subjects() == [
        "Your card was declined",
        "Your card was declined",
        "Auto top-up is off",
    ]
    assert "gave no reason" in person.box.mails[0].text
    assert person.list_invoices() == ["void"] * 3
    assert not person.has_card()
    assert person.list_charges() == []
    await assert_sound(person.top_ups.shop.database)


async def test_a_charge_in_between_makes_declines_begin_anew(person: Person) -> None:
    await person.turn_on()
    person.bank.call_control("decline", method=person.card_id, codes=["insufficient_funds"])
    await person.sweep()
    assert "there is not enough money on it" in person.box.mails[0].text
    await person.move_time(2 * HOUR)
    await person.sweep()
    assert await person.list_states() == ["declined", "credited"]
    assert ((await person.get_rule()).declines, (await person.get_rule()).retry_at) == (0, None)


@pytest.mark.promise("top-up: confirmation")
async def test_a_charge_that_the_bank_asks_about_is_credited_when_it_is_confirmed(
    person: Person,
) -> None:
    await person.turn_on(ASKING_CARD)
    for _ in range(3):
        await person.sweep()
    (waiting,) = await person.list_top_ups()
    assert waiting.state == "waiting"
    (mail,) = person.box.mails
    assert mail.subject == "TEST, play money: Please confirm your top-up"
    invoice = await get_invoice_id(person)
    assert f"/i/{invoice}" in mail.text
    person.bank.call_control("pay_invoice", invoice=invoice)
    shop = person.top_ups.shop
    stripe = shop.get_provider(StripeClient, "test")
    assert (await fulfilment.fulfil_checkout(shop, stripe, invoice)).result == "credited"
    await person.sweep()
    assert await person.list_states() == ["credited"]
    assert await person.get_available() == 6 * DOLLAR
    await assert_sound(shop.database)


async def get_invoice_id(person: Person) -> str:
    (top_up,) = await person.list_top_ups()
    async with person.top_ups.shop.database.read() as snapshot:
        checkout = await snapshot.get_one(Checkout, top_up.checkout_id)
    assert checkout.provider_reference is not None
    return checkout.provider_reference


@pytest.mark.promise("top-up: off-means-off")
@pytest.mark.parametrize("point", POINTS[:5])
async def test_turned_off_in_the_middle_it_is_canceled_and_nothing_is_charged(
    person: Person, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person.turn_on()

    async def cut(reached: str) -> None:
        if reached == point:
            raise PowerCut

    monkeypatch.setattr(faults, "reach", cut)
    with pytest.raises(PowerCut):
        await sweeps.start_and_charge(person.top_ups, person.account_id, "test")
    monkeypatch.undo()
    await turn_off(person)
    await person.move_time(2 * MINUTE)
    await person.sweep()
    assert await person.list_states() == ["canceled"]
    assert person.list_charges() == []
    assert "open" not in person.list_invoices()
    assert not person.has_card()
    await assert_sound(person.top_ups.shop.database)


async def turn_off(person: Person, reason: OffReason = OffReason.PERSON) -> None:
    async with person.top_ups.shop.database.write() as session:
        rule = await rows.lock_rule(session, person.account_id, "test")
        assert rule is not None
        await stop_rule(session, person.top_ups.shop, rule, reason)


@pytest.mark.promise("top-up: off-means-off")
async def test_a_frozen_account_is_not_charged_and_its_card_is_removed(person: Person) -> None:
    await person.turn_on()
    async with person.top_ups.shop.database.write() as session:
        await freezes.freeze_account(
            session, account=person.ledger_account, reason="operator", reference="case"
        )
    await person.sweep()
    rule = await person.get_rule()
    assert (rule.state, rule.off_reason) == ("off", "frozen")
    assert person.list_charges() == []
    assert not person.has_card()
    async with person.top_ups.shop.database.read() as snapshot:
        assert (await snapshot.scalars(select(CardRemoval))).all() == []


async def test_a_refund_turns_it_off_instead_of_charging_the_card_again(person: Person) -> None:
    await person.turn_on()
    await person.sweep()
    (charge,) = person.list_charges()
    refund = person.bank.call_control("refund", intent=charge["payment_intent"])
    shop = person.top_ups.shop
    stripe = shop.get_provider(StripeClient, "test")
    found = await stripe.find_return("refund", refund)
    assert found is not None
    await fulfilment.apply_return(shop, stripe, found)
    assert await person.get_available() == 0
    await person.sweep()
    rule = await person.get_rule()
    assert (rule.state, rule.off_reason) == ("off", "refunded")
    assert len(person.list_charges()) == 1
    await assert_sound(shop.database)


async def test_the_switch_of_the_operator_charges_nothing(person: Person) -> None:
    await person.turn_on()
    person.top_ups = replace(person.top_ups, is_enabled=False)
    await person.sweep()
    assert await person.list_states() == []


async def test_a_gateway_without_stripe_has_no_sweep(top_ups: TopUps) -> None:
    bare = replace(top_ups, shop=replace(top_ups.shop, providers=[]))
    assert sweeps.build_top_up_sweeps(bare) == []
    assert len(sweeps.build_top_up_sweeps(top_ups)) == 5


@pytest.mark.promise("top-up: monthly-maximum")
@pytest.mark.parametrize(("maximum", "state"), [(8, "credited"), (6, "over_maximum")])
async def test_the_tax_of_an_invoice_counts_before_the_card_is_charged(
    person: Person, maximum: int, state: str
) -> None:
    tax = TaxPolicy(computed=TaxTerms(source=TaxSource.PROVIDER, name="VAT"))
    person.top_ups = replace(person.top_ups, shop=replace(person.top_ups.shop, tax=tax))
    await person.turn_on(maximum=maximum)
    stripe = person.top_ups.shop.get_provider(StripeClient, "test")
    await stripe.sdk.v1.customers.update_async(
        person.customer_id,
        {"address": {"line1": "1", "city": "Berlin", "postal_code": "10969", "country": "DE"}},
    )
    await person.sweep()
    (top_up,) = await person.list_top_ups()
    assert (top_up.state, await person.get_available()) == (
        state,
        6 * DOLLAR if state == "credited" else 0,
    )
    assert [each["amount"] for each in person.list_charges()] == (
        [714] if state == "credited" else []
    )
    await assert_sound(person.top_ups.shop.database)


async def test_the_mails_of_auto_top_up_go_where_invoices_go(person: Person) -> None:
    buyer = Buyer(email="accounts@example.com")
    async with person.top_ups.shop.database.write() as session:
        await set_billing_details(session, person.account_id, buyer)
    await person.turn_on()
    person.bank.call_control(
        "decline", method=person.card_id, codes=["insufficient_funds", "authentication_required"]
    )
    await person.sweep()
    await person.move_time(2 * HOUR)
    await person.sweep()
    await turn_off(person, OffReason.OPERATOR)
    await person.sweep()
    subjects = ["Your card was declined", "Please confirm your top-up", "Auto top-up is off"]
    assert person.list_subjects() == subjects
    assert {each.to for each in person.box.mails} == {buyer.email}
