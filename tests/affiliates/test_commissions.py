"""Commissions follow the money of their purchases, to the micro-dollar, whatever comes when."""

import asyncio
import random
from dataclasses import replace

import pytest

from gateway.affiliates import reviewing
from gateway.affiliates.programme import EARNS_FOR, HOLD
from gateway.kit.clock import DAY
from gateway.payments.payment import Disputed, Refunded
from gateway.payments.purchases import paid_by
from gateway.payments.vanished import restore_purchase, reverse_purchase
from tests.affiliates.conftest import WALLET, Ann, dispute, refund
from tests.databases import MovedClock
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer, paid

pytestmark = pytest.mark.anyio


@pytest.mark.promise("affiliates: commission-once")
async def test_a_purchase_earns_its_commission_once_and_gets_it_after_the_hold(
    ann: Ann, clock: MovedClock
) -> None:
    buyer = await ann.buyer("bob")
    row = await buyer.checkout("scale_10000")
    assert [await buyer.settle(paid(row)) for _ in range(3)] == ["credited"] * 3
    assert await ann.rows() == [("commission", "pending", 1_500)]
    await clock.forward(ann.database, HOLD - DAY)
    await ann.approve()
    assert (await ann.earned()).available_microusd == 0
    await clock.forward(ann.database, DAY)
    await ann.approve()
    await ann.approve()
    assert await ann.rows() == [("commission", "approved", 1_500)]
    earned = await ann.earned()
    assert (earned.promised_microusd, earned.available_microusd) == (0, 15_000_000)
    await assert_sound(ann.database)


async def test_refunds_before_the_approval_make_it_smaller_or_nothing(
    ann: Ann, clock: MovedClock
) -> None:
    part = await ann.bought(await ann.buyer("bob"))
    whole = await ann.bought(await ann.buyer("eve"))
    await ann.hear(part, refund(1, 2_500), refund(1, 2_500))
    await ann.hear(whole, refund(2, 10_000))
    assert await ann.rows() == [("commission", "pending", 1_125), ("commission", "reversed", 0)]
    await clock.forward(ann.database, HOLD)
    await ann.approve()
    assert (await ann.earned()).available_microusd == 11_250_000
    await assert_sound(ann.database)


async def test_a_refund_that_failed_brings_a_broken_promise_back(
    ann: Ann, clock: MovedClock
) -> None:
    intent = await ann.bought(await ann.buyer("bob"))
    await ann.hear(intent, refund(1, 10_000), refund(1, 10_000, "failed"))
    assert await ann.rows() == [("commission", "pending", 1_500)]
    await clock.forward(ann.database, HOLD)
    await ann.approve()
    assert (await ann.earned()).available_microusd == 15_000_000
    await assert_sound(ann.database)


async def test_refunds_after_the_approval_are_clawed_back_and_given_again_if_they_fail(
    ann: Ann, clock: MovedClock
) -> None:
    intent = await ann.bought(await ann.buyer("bob"))
    await clock.forward(ann.database, HOLD)
    await ann.approve()
    await ann.hear(intent, refund(1, 2_500), refund(2, 7_500), refund(2, 7_500))
    assert (await ann.rows())[1:] == [
        ("clawback", "approved", -375),
        ("clawback", "approved", -1_125),
    ]
    assert (await ann.earned()).available_microusd == 0
    await ann.hear(intent, refund(2, 7_500, "failed"))
    assert (await ann.rows())[3:] == [("restored", "approved", 1_125)]
    assert (await ann.earned()).available_microusd == 11_250_000
    await assert_sound(ann.database)


@pytest.mark.parametrize("days", [0, HOLD])
async def test_a_payment_that_its_chain_undoes_takes_the_commission_along_and_brings_it_back(
    ann: Ann, clock: MovedClock, days: int
) -> None:
    intent = await ann.bought(await ann.buyer("bob"))
    await clock.forward(ann.database, days)
    await ann.approve()
    for _ in range(2):
        for change, left in ((reverse_purchase, 0), (restore_purchase, 1_500)):
            async with ann.database.write() as session:
                purchase = await paid_by(session, "test", "stripe", intent)
                assert purchase is not None
                await change(session, ann.shop, purchase)
            assert sum(cents for _, _, cents in await ann.rows()) == left
    await assert_sound(ann.database)


async def test_a_dispute_holds_a_commission_until_it_is_decided(
    ann: Ann, clock: MovedClock
) -> None:
    won, lost = [await ann.bought(await ann.buyer(name)) for name in ("bob", "eve")]
    opened = dispute(10_000, "needs_response", -1)
    await ann.hear(won, opened)
    await ann.hear(lost, replace(opened, id="du_2"))
    await clock.forward(ann.database, HOLD)
    await ann.approve()
    assert await ann.rows() == [("commission", "hold", 1_500)] * 2
    await ann.hear(won, dispute(10_000, "won", -1, 1))
    await ann.hear(lost, replace(opened, id="du_2", status="lost"))
    await ann.approve()
    assert await ann.rows() == [("commission", "approved", 1_500), ("commission", "reversed", 0)]
    await assert_sound(ann.database)


async def test_what_a_paid_out_commission_owes_is_settled_with_the_next_one(
    ann: Ann, clock: MovedClock
) -> None:
    first, second = [await ann.bought(await ann.buyer(name)) for name in ("bob", "eve")]
    await clock.forward(ann.database, HOLD)
    await ann.approve()
    payout = await ann.ask()
    await ann.decide(payout, "approve")
    await ann.decide(payout, "paid")
    await ann.hear(first, refund(1, 10_000))
    assert (await ann.earned()).available_microusd == -15_000_000
    assert (await ann.rows())[0] == ("commission", "paid", 1_500)
    await ann.bought(await ann.buyer("joe"))
    await clock.forward(ann.database, HOLD)
    await ann.approve()
    assert (await ann.earned()).available_microusd == 0
    assert second
    await assert_sound(ann.database)


async def test_only_the_first_year_and_only_approved_affiliates_earn(
    ann: Ann, clock: MovedClock
) -> None:
    buyer = await ann.buyer("bob")
    await ann.change(state="suspended")
    await ann.bought(buyer)
    await ann.change(state="approved")
    await clock.forward(ann.database, EARNS_FOR + DAY)
    await ann.bought(buyer)
    await ann.bought(await ann.buyer("eve", "NOBODY"))
    assert await ann.rows() == []


async def test_what_was_promised_waits_while_the_affiliate_is_stopped(
    ann: Ann, clock: MovedClock
) -> None:
    await ann.bought(await ann.buyer("bob"))
    await ann.change(state="suspended")
    await clock.forward(ann.database, HOLD)
    await ann.approve()
    assert await ann.rows() == [("commission", "pending", 1_500)]


@pytest.mark.promise("affiliates: no-self-dealing")
async def test_buying_from_oneself_earns_nothing_without_the_operator(
    ann: Ann, clock: MovedClock
) -> None:
    tagged = await ann.buyer("ann+shop")
    await ann.bought(tagged)
    own = replace(tagged, account_id=ann.account_id, account=ann.credit_account)
    await ann.bought(own, card="card-1")
    await ann.bought(await ann.buyer("bob"), card="card-1")
    await ann.bought(await ann.buyer("eve"), card=WALLET)
    assert await ann.rows() == [("commission", "hold", 1_500)] * 3
    await clock.forward(ann.database, HOLD)
    await ann.approve()
    assert (await ann.earned()).available_microusd == 0
    async with ann.database.read() as snapshot:
        waiting = await reviewing.on_hold(snapshot, "test", 10)
    assert [row.suspicion for row in waiting] == [
        "same e-mail address",
        "paid with means of the affiliate",
        "paid with means of the affiliate",
    ]
    async with ann.database.write() as session:
        assert (await reviewing.reverse(session, waiting[0].id, "fraud"))[1]
        assert not (await reviewing.reverse(session, waiting[0].id, "fraud"))[1]
        assert (await reviewing.release(session, waiting[1].id))[1]
    await ann.approve()
    assert (await ann.earned()).available_microusd == 15_000_000
    await assert_sound(ann.database)


async def test_approvals_refunds_and_payments_at_once_count_each_once(
    ann: Ann, clock: MovedClock
) -> None:
    intent = await ann.bought(await ann.buyer("bob"))
    twice = await (await ann.buyer("eve")).checkout("scale_10000")
    eve = Buyer(ann.shop, twice.account_id, twice.ledger_account)
    await clock.forward(ann.database, HOLD)
    await asyncio.gather(
        *[ann.approve() for _ in range(3)],
        *[ann.hear(intent, refund(1, 2_500)) for _ in range(3)],
        *[eve.settle(paid(twice)) for _ in range(3)],
    )
    await clock.forward(ann.database, HOLD)
    await asyncio.gather(*[ann.approve() for _ in range(3)])
    assert (await ann.earned()).available_microusd == 11_250_000 + 15_000_000
    await check_numbers(ann)
    await assert_sound(ann.database)


async def test_any_order_of_refunds_disputes_and_the_approval_ends_the_same(
    ann: Ann, clock: MovedClock
) -> None:
    total = 0
    for seed in range(6):
        draw = random.Random(seed)  # noqa: S311 - a repeatable test
        intent = await ann.bought(await ann.buyer(f"buyer{seed}"))
        heard, back = history(seed, draw)
        early = draw.randrange(len(heard) + 1)
        await ann.hear(intent, *heard[:early])
        await clock.forward(ann.database, HOLD)
        await ann.approve()
        await ann.hear(intent, *heard[early:])
        await ann.approve()
        total += max(0, 10_000 - back) * 1_500
        assert (await ann.earned()).available_microusd == total, seed
        await check_numbers(ann)
    await assert_sound(ann.database)


def history(seed: int, draw: random.Random) -> tuple[list[Refunded | Disputed], int]:
    """Draw states of a refund and a dispute, each twice; return them and the cents that go back."""
    cents, failed = draw.randrange(1, 10_000), draw.random() < 0.5
    heard: list[Refunded | Disputed] = [refund(seed * 10, cents)]
    back = 0 if failed else cents
    if failed:
        heard.append(refund(seed * 10, cents, "failed"))
    end = draw.choice(["none", "won", "lost"])
    opened = replace(dispute(10_000, "needs_response", -1), id=f"du_{seed}")
    if end != "none":
        heard += [opened, replace(opened, status=end, reinstated=end == "won")]
    back += 10_000 if end == "lost" else 0
    mixed = heard + heard
    draw.shuffle(mixed)
    return mixed, back


async def check_numbers(ann: Ann) -> None:
    """Assert that the statistics add up to all commission that was ever promised."""
    found = await ann.numbers()
    made = 1_500 * 10_000 * len([row for row in await ann.rows() if row[0] == "commission"])
    parts = (
        found.pending_microusd, found.hold_microusd, found.reversed_microusd,
        found.paid_microusd, found.earned.posted_microusd,
    )  # fmt: skip
    assert sum(parts) == made
