"""Payouts: never more than was approved, never the same money twice, whatever races."""

import asyncio
from collections import Counter

import pytest

from gateway.affiliates import errors
from gateway.affiliates.programme import COMMISSION_HOLD, PAYOUT_BLOCK
from gateway.affiliates.tables import Payout
from gateway.kit.errors import Problem
from gateway.ledger.reports.balances import fetch_balances
from tests.affiliates.conftest import Ann, build_refund
from tests.affiliates.test_commissions import assert_statistics_add_up
from tests.databases import MovedClock
from tests.ledger.bank import assert_sound

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rich(ann: Ann, clock: MovedClock) -> Ann:
    """Ann with $45 of approved commission on three purchases."""
    for name in ("bob", "eve", "joe"):
        await ann.buy_package(await ann.add_buyer(name))
    await pass_hold_time(ann, clock)
    return ann


async def pass_hold_time(ann: Ann, clock: MovedClock) -> None:
    """Move the clock past the hold time and approve what is due."""
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()


async def list_states(ann: Ann) -> list[str]:
    return [state for _, state, _ in await ann.list_commissions()]


@pytest.mark.promise("affiliates: paid-once")
async def test_of_requests_at_once_one_is_made_and_paid_once(rich: Ann) -> None:
    asked = await asyncio.gather(
        *[
            rich.request_payout(method=method)
            for method in ("usdc", "usdc", "account_credit", None)
        ],
        return_exceptions=True,
    )
    made = [each for each in asked if isinstance(each, Payout)]
    refused = [each for each in asked if isinstance(each, Problem)]
    assert (len(made), len(refused)) == (1, 3), asked
    if made[0].method == "usdc":
        assert (await rich.get_earnings()).reserved_microusd == 45_000_000
        await rich.decide(made[0], "approve")
        paid = await asyncio.gather(
            *[rich.decide(made[0], each) for each in ("paid", "reject", "paid", "failed")],
            return_exceptions=True,
        )
        ends = Counter(each.state for each in paid if isinstance(each, Payout))
        assert len(ends) == 1, paid
    earned = await rich.get_earnings()
    assert earned.posted_microusd in {0, 45_000_000}
    await assert_sound(rich.database)


async def test_a_payout_is_asked_for_approved_and_paid(rich: Ann) -> None:
    payout = await rich.request_payout()
    assert (payout.amount_microusd, await list_states(rich)) == (45_000_000, ["in_payout"] * 3)
    with pytest.raises(errors.PayoutAlreadyOpen):
        await rich.request_payout(2_500)
    with pytest.raises(ValueError, match="is requested"):
        await rich.decide(payout, "paid")
    await rich.decide(payout, "approve")
    for _ in range(2):
        assert (await rich.decide(payout, "paid")).reference == "0xhash"
    assert await list_states(rich) == ["paid"] * 3
    with pytest.raises(ValueError, match="is paid"):
        await rich.decide(payout, "failed")
    assert (await rich.get_earnings()).posted_microusd == 0
    await assert_statistics_add_up(rich)
    await assert_sound(rich.database)


@pytest.mark.parametrize("end", ["reject", "failed"])
async def test_what_is_not_paid_comes_back(rich: Ann, end: str) -> None:
    payout = await rich.request_payout()
    await rich.decide(payout, "approve")
    assert (await rich.decide(payout, end)).reason == "no"
    assert await list_states(rich) == ["approved"] * 3
    assert (await rich.get_earnings()).available_microusd == 45_000_000
    assert (await rich.request_payout()).amount_microusd == 45_000_000
    await assert_sound(rich.database)


async def test_a_part_takes_whole_commissions_along_as_it_completes_them(rich: Ann) -> None:
    first = await rich.request_payout(2_500)
    assert await list_states(rich) == ["in_payout", "approved", "approved"]
    await rich.decide(first, "approve")
    await rich.decide(first, "paid")
    with pytest.raises(errors.BelowMinimum):
        await rich.request_payout()
    assert await list_states(rich) == ["paid", "approved", "approved"]
    await assert_statistics_add_up(rich)
    await assert_sound(rich.database)


async def test_account_credit_is_there_at_once_and_never_expires(rich: Ann) -> None:
    payout = await rich.request_payout(method="account_credit")
    assert (payout.state, await list_states(rich)) == ("paid", ["paid"] * 3)
    balance = (await fetch_balances(rich.database, [rich.credit_account]))[rich.credit_account]
    (bucket,) = balance.buckets
    assert (bucket.category, bucket.remaining_microusd, bucket.expires_at) == (
        "earned", 45_000_000, None,
    )  # fmt: skip
    await assert_sound(rich.database)


async def test_a_clawback_goes_with_the_next_payout(rich: Ann, clock: MovedClock) -> None:
    intent = await rich.buy_package(await rich.add_buyer("kim"))
    await pass_hold_time(rich, clock)
    await rich.report_reversals(intent, build_refund(1, 10_000))
    payout = await rich.request_payout()
    assert payout.amount_microusd == 45_000_000
    assert await list_states(rich) == ["in_payout"] * 5
    await assert_statistics_add_up(rich)
    await assert_sound(rich.database)


async def test_a_refund_while_a_payout_is_open_is_owed_afterwards(
    ann: Ann, clock: MovedClock
) -> None:
    intents = [await ann.buy_package(await ann.add_buyer(name)) for name in ("bob", "eve")]
    await pass_hold_time(ann, clock)
    payout = await ann.request_payout()
    await ann.report_reversals(intents[0], build_refund(1, 10_000))
    assert (await ann.get_earnings()).available_microusd == -15_000_000
    with pytest.raises(errors.PayoutAlreadyOpen):
        await ann.request_payout(method="account_credit")
    await ann.decide(payout, "reject")
    assert (await ann.get_earnings()).available_microusd == 15_000_000
    with pytest.raises(errors.BelowMinimum):
        await ann.request_payout()
    with pytest.raises(errors.InsufficientCommission):
        await ann.request_payout(3_000)
    await assert_sound(ann.database)


async def test_nothing_is_paid_to_whom_it_may_not_be(rich: Ann, clock: MovedClock) -> None:
    approved_at = (await rich.commission()).due_at
    await rich.change(payouts_from=approved_at + PAYOUT_BLOCK)
    with pytest.raises(errors.PayoutsBlocked):
        await rich.request_payout()
    await clock.advance(rich.database, PAYOUT_BLOCK)
    with pytest.raises(errors.PayoutDestinationInvalid):
        await rich.request_payout(method="paypal")
    await rich.change(state="banned")
    with pytest.raises(errors.AffiliateNotApproved):
        await rich.request_payout()


async def test_an_affiliate_without_commission_has_nothing_to_ask_for(ann: Ann) -> None:
    with pytest.raises(errors.InsufficientCommission):
        await ann.request_payout()
