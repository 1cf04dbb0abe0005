"""Commissions follow the money of their purchases, to the micro-dollar, whatever comes when."""

import asyncio
import random
from dataclasses import replace

import pytest

from gateway.affiliates.earnings import reviews
from gateway.affiliates.programme import COMMISSION_HOLD, EARNING_PERIOD
from gateway.kit.clock import DAY
from gateway.payments.payment import ProviderDispute, ProviderRefund
from gateway.payments.purchases.purchase_credit import lock_purchase_of_payment
from gateway.payments.refunds.chain_reversals import restore_purchase, reverse_purchase
from tests.affiliates.conftest import WALLET, Ann, build_dispute, build_refund
from tests.databases import MovedClock
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer, build_matching_payment

pytestmark = pytest.mark.anyio


@pytest.mark.promise("affiliates: commission-once")
async def test_a_purchase_earns_its_commission_once_and_gets_it_after_the_hold(
    ann: Ann, clock: MovedClock
) -> None:
    buyer = await ann.add_buyer("bob")
    row = await buyer.add_checkout("scale_10000")
    assert [await buyer.settle_payment(build_matching_payment(row)) for _ in range(3)] == [
        "credited"
    ] * 3
    assert await ann.list_commissions() == [("commission", "pending", 1_500)]
    await clock.advance(ann.database, COMMISSION_HOLD - DAY)
    await ann.approve()
    assert (await ann.get_earnings()).available_microusd == 0
    await clock.advance(ann.database, DAY)
    await ann.approve()
    await ann.approve()
    assert await ann.list_commissions() == [("commission", "approved", 1_500)]
    earned = await ann.get_earnings()
    assert (earned.promised_microusd, earned.available_microusd) == (0, 15_000_000)
    await assert_sound(ann.database)


async def test_refunds_before_the_approval_make_it_smaller_or_nothing(
    ann: Ann, clock: MovedClock
) -> None:
    part = await ann.buy_package(await ann.add_buyer("bob"))
    whole = await ann.buy_package(await ann.add_buyer("eve"))
    await ann.report_reversals(part, build_refund(1, 2_500), build_refund(1, 2_500))
    await ann.report_reversals(whole, build_refund(2, 10_000))
    assert await ann.list_commissions() == [
        ("commission", "pending", 1_125),
        ("commission", "reversed", 0),
    ]
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()
    assert (await ann.get_earnings()).available_microusd == 11_250_000
    await assert_sound(ann.database)


async def test_a_refund_that_failed_brings_a_broken_promise_back(
    ann: Ann, clock: MovedClock
) -> None:
    intent = await ann.buy_package(await ann.add_buyer("bob"))
    await ann.report_reversals(intent, build_refund(1, 10_000), build_refund(1, 10_000, "failed"))
    assert await ann.list_commissions() == [("commission", "pending", 1_500)]
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()
    assert (await ann.get_earnings()).available_microusd == 15_000_000
    await assert_sound(ann.database)


async def test_refunds_after_the_approval_are_clawed_back_and_given_again_if_they_fail(
    ann: Ann, clock: MovedClock
) -> None:
    intent = await ann.buy_package(await ann.add_buyer("bob"))
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()
    await ann.report_reversals(
        intent, build_refund(1, 2_500), build_refund(2, 7_500), build_refund(2, 7_500)
    )
    assert (await ann.list_commissions())[1:] == [
        ("clawback", "approved", -375),
        ("clawback", "approved", -1_125),
    ]
    assert (await ann.get_earnings()).available_microusd == 0
    await ann.report_reversals(intent, build_refund(2, 7_500, "failed"))
    assert (await ann.list_commissions())[3:] == [("restored", "approved", 1_125)]
    assert (await ann.get_earnings()).available_microusd == 11_250_000
    await assert_sound(ann.database)


@pytest.mark.parametrize("days", [0, COMMISSION_HOLD])
async def test_a_payment_that_its_chain_undoes_takes_the_commission_along_and_brings_it_back(
    ann: Ann, clock: MovedClock, days: int
) -> None:
    intent = await ann.buy_package(await ann.add_buyer("bob"))
    await clock.advance(ann.database, days)
    await ann.approve()
    for _ in range(2):
        for change, left in ((reverse_purchase, 0), (restore_purchase, 1_500)):
            async with ann.database.write() as session:
                purchase = await lock_purchase_of_payment(session, "test", "stripe", intent)
                assert purchase is not None
                await change(session, ann.shop, purchase)
            assert sum(cents for _, _, cents in await ann.list_commissions()) == left
    await assert_sound(ann.database)


async def test_a_dispute_holds_a_commission_until_it_is_decided(
    ann: Ann, clock: MovedClock
) -> None:
    won, lost = [await ann.buy_package(await ann.add_buyer(name)) for name in ("bob", "eve")]
    opened = build_dispute(10_000, "needs_response", -1)
    await ann.report_reversals(won, opened)
    await ann.report_reversals(lost, replace(opened, id="du_2"))
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()
    assert await ann.list_commissions() == [("commission", "hold", 1_500)] * 2
    await ann.report_reversals(won, build_dispute(10_000, "won", -1, 1))
    await ann.report_reversals(lost, replace(opened, id="du_2", status="lost"))
    await ann.approve()
    assert await ann.list_commissions() == [
        ("commission", "approved", 1_500),
        ("commission", "reversed", 0),
    ]
    await assert_sound(ann.database)


async def test_what_a_paid_out_commission_owes_is_settled_with_the_next_one(
    ann: Ann, clock: MovedClock
) -> None:
    first, second = [await ann.buy_package(await ann.add_buyer(name)) for name in ("bob", "eve")]
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()
    payout = await ann.request_payout()
    await ann.decide(payout, "approve")
    await ann.decide(payout, "paid")
    await ann.report_reversals(first, build_refund(1, 10_000))
    assert (await ann.get_earnings()).available_microusd == -15_000_000
    assert (await ann.list_commissions())[0] == ("commission", "paid", 1_500)
    await ann.buy_package(await ann.add_buyer("joe"))
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()
    assert (await ann.get_earnings()).available_microusd == 0
    assert second
    await assert_sound(ann.database)


async def test_only_the_first_year_and_only_approved_affiliates_earn(
    ann: Ann, clock: MovedClock
) -> None:
    buyer = await ann.add_buyer("bob")
    await ann.change(state="suspended")
    await ann.buy_package(buyer)
    await ann.change(state="approved")
    await clock.advance(ann.database, EARNING_PERIOD + DAY)
    await ann.buy_package(buyer)
    await ann.buy_package(await ann.add_buyer("eve", "NOBODY"))
    assert await ann.list_commissions() == []


async def test_what_was_promised_waits_while_the_affiliate_is_stopped(
    ann: Ann, clock: MovedClock
) -> None:
    await ann.buy_package(await ann.add_buyer("bob"))
    await ann.change(state="suspended")
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()
    assert await ann.list_commissions() == [("commission", "pending", 1_500)]


@pytest.mark.promise("affiliates: no-self-dealing")
async def test_buying_from_oneself_earns_nothing_without_the_operator(
    ann: Ann, clock: MovedClock
) -> None:
    tagged = await ann.add_buyer("ann+shop")
    await ann.buy_package(tagged)
    own = replace(tagged, account_id=ann.account_id, ledger_account=ann.credit_account)
    await ann.buy_package(own, card="card-1")
    await ann.buy_package(await ann.add_buyer("bob"), card="card-1")
    await ann.buy_package(await ann.add_buyer("eve"), card=WALLET)
    assert await ann.list_commissions() == [("commission", "hold", 1_500)] * 3
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()
    assert (await ann.get_earnings()).available_microusd == 0
    async with ann.database.read() as snapshot:
        waiting = await reviews.list_commissions_on_hold(snapshot, "test", 10)
    assert [row.suspicion for row in waiting] == [
        "same e-mail address",
        "paid with means of the affiliate",
        "paid with means of the affiliate",
    ]
    async with ann.database.write() as session:
        assert (await reviews.reverse_commission(session, waiting[0].id, "fraud"))[1]
        assert not (await reviews.reverse_commission(session, waiting[0].id, "fraud"))[1]
        assert (await reviews.release_commission(session, waiting[1].id))[1]
    await ann.approve()
    assert (await ann.get_earnings()).available_microusd == 15_000_000
    await assert_sound(ann.database)


async def test_approvals_refunds_and_payments_at_once_count_each_once(
    ann: Ann, clock: MovedClock
) -> None:
    intent = await ann.buy_package(await ann.add_buyer("bob"))
    twice = await (await ann.add_buyer("eve")).add_checkout("scale_10000")
    eve = Buyer(ann.shop, twice.account_id, twice.ledger_account)
    await clock.advance(ann.database, COMMISSION_HOLD)
    await asyncio.gather(
        *[ann.approve() for _ in range(3)],
        *[ann.report_reversals(intent, build_refund(1, 2_500)) for _ in range(3)],
        *[eve.settle_payment(build_matching_payment(twice)) for _ in range(3)],
    )
    await clock.advance(ann.database, COMMISSION_HOLD)
    await asyncio.gather(*[ann.approve() for _ in range(3)])
    assert (await ann.get_earnings()).available_microusd == 11_250_000 + 15_000_000
    await assert_statistics_add_up(ann)
    await assert_sound(ann.database)


async def test_any_order_of_refunds_disputes_and_the_approval_ends_the_same(
    ann: Ann, clock: MovedClock
) -> None:
    total = 0
    for seed in range(6):
        draw = random.Random(seed)  # noqa: S311 - a repeatable test
        intent = await ann.buy_package(await ann.add_buyer(f"buyer{seed}"))
        heard, back = draw_reversals(seed, draw)
        early = draw.randrange(len(heard) + 1)
        await ann.report_reversals(intent, *heard[:early])
        await clock.advance(ann.database, COMMISSION_HOLD)
        await ann.approve()
        await ann.report_reversals(intent, *heard[early:])
        await ann.approve()
        total += max(0, 10_000 - back) * 1_500
        assert (await ann.get_earnings()).available_microusd == total, seed
        await assert_statistics_add_up(ann)
    await assert_sound(ann.database)


def draw_reversals(
    seed: int, draw: random.Random
) -> tuple[list[ProviderRefund | ProviderDispute], int]:
    """Draw states of a refund and a dispute, each twice; return them and the cents that go back."""
    cents, failed = draw.randrange(1, 10_000), draw.random() < 0.5
    heard: list[ProviderRefund | ProviderDispute] = [build_refund(seed * 10, cents)]
    back = 0 if failed else cents
    if failed:
        heard.append(build_refund(seed * 10, cents, "failed"))
    end = draw.choice(["none", "won", "lost"])
    opened = replace(build_dispute(10_000, "needs_response", -1), id=f"du_{seed}")
    if end != "none":
        heard += [opened, replace(opened, status=end, reinstated=end == "won")]
    back += 10_000 if end == "lost" else 0
    mixed = heard + heard
    draw.shuffle(mixed)
    return mixed, back


async def assert_statistics_add_up(ann: Ann) -> None:
    """Assert that the statistics add up to all commission that was ever promised."""
    found = await ann.load_statistics()
    made = (
        1_500
        * 10_000
        * len([row for row in await ann.list_commissions() if row[0] == "commission"])
    )
    parts = (
        found.pending_microusd, found.hold_microusd, found.reversed_microusd,
        found.paid_microusd, found.earnings.posted_microusd,
    )  # fmt: skip
    assert sum(parts) == made
