"""Payouts: never more than was approved, never the same money twice, whatever races."""

import asyncio
from collections import Counter

import pytest

from gateway.affiliates import errors
from gateway.affiliates.programme import HOLD, PAYOUTS_WAIT
from gateway.affiliates.tables import Payout
from gateway.kit.errors import Problem
from gateway.ledger.balances import balances
from tests.affiliates.conftest import Ann, refund
from tests.affiliates.test_commissions import check_numbers
from tests.databases import MovedClock
from tests.ledger.bank import assert_sound

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rich(ann: Ann, clock: MovedClock) -> Ann:
    """Ann with $45 of approved commission on three purchases."""
    for name in ("bob", "eve", "joe"):
        await ann.bought(await ann.buyer(name))
    await wait(ann, clock)
    return ann


async def wait(ann: Ann, clock: MovedClock) -> None:
    """Move the clock past the hold time and approve what is due."""
    await clock.forward(ann.database, HOLD)
    await ann.approve()


async def states(ann: Ann) -> list[str]:
    return [state for _, state, _ in await ann.rows()]


@pytest.mark.promise("affiliates: paid-once")
async def test_of_requests_at_once_one_is_made_and_paid_once(rich: Ann) -> None:
    asked = await asyncio.gather(
        *[rich.ask(method=method) for method in ("usdc", "usdc", "account_credit", None)],
        return_exceptions=True,
    )
    made = [each for each in asked if isinstance(each, Payout)]
    refused = [each for each in asked if isinstance(each, Problem)]
    assert (len(made), len(refused)) == (1, 3), asked
    if made[0].method == "usdc":
        assert (await rich.earned()).reserved_microusd == 45_000_000
        await rich.decide(made[0], "approve")
        paid = await asyncio.gather(
            *[rich.decide(made[0], each) for each in ("paid", "reject", "paid", "failed")],
            return_exceptions=True,
        )
        ends = Counter(each.state for each in paid if isinstance(each, Payout))
        assert len(ends) == 1, paid
    earned = await rich.earned()
    assert earned.posted_microusd in {0, 45_000_000}
    await assert_sound(rich.database)


async def test_a_payout_is_asked_for_approved_and_paid(rich: Ann) -> None:
    payout = await rich.ask()
    assert (payout.amount_microusd, await states(rich)) == (45_000_000, ["in_payout"] * 3)
    with pytest.raises(errors.PayoutAlreadyOpen):
        await rich.ask(2_500)
    with pytest.raises(ValueError, match="is requested"):
        await rich.decide(payout, "paid")
    await rich.decide(payout, "approve")
    for _ in range(2):
        assert (await rich.decide(payout, "paid")).reference == "0xhash"
    assert await states(rich) == ["paid"] * 3
    with pytest.raises(ValueError, match="is paid"):
        await rich.decide(payout, "failed")
    assert (await rich.earned()).posted_microusd == 0
    await check_numbers(rich)
    await assert_sound(rich.database)


@pytest.mark.parametrize("end", ["reject", "failed"])
async def test_what_is_not_paid_comes_back(rich: Ann, end: str) -> None:
    payout = await rich.ask()
    await rich.decide(payout, "approve")
    assert (await rich.decide(payout, end)).reason == "no"
    assert await states(rich) == ["approved"] * 3
    assert (await rich.earned()).available_microusd == 45_000_000
    assert (await rich.ask()).amount_microusd == 45_000_000
    await assert_sound(rich.database)


async def test_a_part_takes_whole_commissions_along_as_it_completes_them(rich: Ann) -> None:
    first = await rich.ask(2_500)
    assert await states(rich) == ["in_payout", "approved", "approved"]
    await rich.decide(first, "approve")
    await rich.decide(first, "paid")
    with pytest.raises(errors.BelowMinimum):
        await rich.ask()
    assert await states(rich) == ["paid", "approved", "approved"]
    await check_numbers(rich)
    await assert_sound(rich.database)


async def test_account_credit_is_there_at_once_and_never_expires(rich: Ann) -> None:
    payout = await rich.ask(method="account_credit")
    assert (payout.state, await states(rich)) == ("paid", ["paid"] * 3)
    balance = (await balances(rich.database, [rich.credit_account]))[rich.credit_account]
    (bucket,) = balance.buckets
    assert (bucket.category, bucket.remaining_microusd, bucket.expires_at) == (
        "earned", 45_000_000, None,
    )  # fmt: skip
    await assert_sound(rich.database)


async def test_a_clawback_goes_with_the_next_payout(rich: Ann, clock: MovedClock) -> None:
    intent = await rich.bought(await rich.buyer("kim"))
    await wait(rich, clock)
    await rich.hear(intent, refund(1, 10_000))
    payout = await rich.ask()
    assert payout.amount_microusd == 45_000_000
    assert await states(rich) == ["in_payout"] * 5
    await check_numbers(rich)
    await assert_sound(rich.database)


async def test_a_refund_while_a_payout_is_open_is_owed_afterwards(
    ann: Ann, clock: MovedClock
) -> None:
    intents = [await ann.bought(await ann.buyer(name)) for name in ("bob", "eve")]
    await wait(ann, clock)
    payout = await ann.ask()
    await ann.hear(intents[0], refund(1, 10_000))
    assert (await ann.earned()).available_microusd == -15_000_000
    with pytest.raises(errors.PayoutAlreadyOpen):
        await ann.ask(method="account_credit")
    await ann.decide(payout, "reject")
    assert (await ann.earned()).available_microusd == 15_000_000
    with pytest.raises(errors.BelowMinimum):
        await ann.ask()
    with pytest.raises(errors.InsufficientCommission):
        await ann.ask(3_000)
    await assert_sound(ann.database)


async def test_nothing_is_paid_to_whom_it_may_not_be(rich: Ann, clock: MovedClock) -> None:
    approved_at = (await rich.commission()).due_at
    await rich.change(payouts_from=approved_at + PAYOUTS_WAIT)
    with pytest.raises(errors.PayoutsBlocked):
        await rich.ask()
    await clock.forward(rich.database, PAYOUTS_WAIT)
    with pytest.raises(errors.PayoutDestinationInvalid):
        await rich.ask(method="paypal")
    await rich.change(state="banned")
    with pytest.raises(errors.AffiliateNotApproved):
        await rich.ask()


async def test_an_affiliate_without_commission_has_nothing_to_ask_for(ann: Ann) -> None:
    with pytest.raises(errors.InsufficientCommission):
        await ann.ask()
