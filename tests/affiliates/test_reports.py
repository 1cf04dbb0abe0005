"""What affiliates and operators read: pages of commissions, days of statistics, destinations."""

import pytest

from gateway.affiliates.earnings.pages import load_commission_page, load_payout_page
from gateway.affiliates.earnings.payout_destinations import (
    build_destination_mail,
    mask_destination,
    normalize_destination,
)
from gateway.affiliates.errors import PayoutDestinationInvalid
from gateway.affiliates.programme import COMMISSION_HOLD, lock_affiliate
from gateway.affiliates.rendering import load_rendered_affiliate
from gateway.affiliates.states import CommissionState, PayoutState
from gateway.kit.clock import DAY
from tests.affiliates.conftest import WALLET, Ann, join_affiliate
from tests.databases import MovedClock

pytestmark = pytest.mark.anyio
CENTS = 10_000


async def list_page_ids(ann: Ann, limit: int, state: CommissionState | None = None) -> list[str]:
    """Walk through the pages of Ann's commissions; return all ids in their order."""
    ids: list[str] = []
    cursor: str | None = None
    async with ann.database.write() as session:
        affiliate = await lock_affiliate(session, ann.id)
        while True:
            rows, cursor = await load_commission_page(
                session, affiliate, "test", state, cursor, limit
            )
            assert len(rows) <= limit
            ids += [row.id for row in rows]
            if cursor is None:
                return ids


async def test_pages_hold_each_own_commission_once_the_newest_first(ann: Ann) -> None:
    for name in ("bob", "eve", "joe"):
        await ann.buy_package(await ann.add_buyer(name))
    everything = await list_page_ids(ann, 10)
    assert len(everything) == 3
    assert everything == sorted(everything, reverse=True)
    for limit in (1, 2, 3):
        assert await list_page_ids(ann, limit) == everything
    assert await list_page_ids(ann, 2, CommissionState.PENDING) == everything
    assert await list_page_ids(ann, 2, CommissionState.PAID) == []
    other = await join_affiliate(ann.programme, ann.shop, "zoe@example.com", "zoe-10")
    async with ann.database.write() as session:
        assert await load_commission_page(session, other, "test", None, None, 9) == ([], None)


async def test_pages_of_payouts_hold_those_of_the_named_states(ann: Ann, clock: MovedClock) -> None:
    for name in ("bob", "eve"):
        await ann.buy_package(await ann.add_buyer(name))
    await clock.advance(ann.database, COMMISSION_HOLD)
    await ann.approve()
    payout = await ann.request_payout()
    async with ann.database.write() as session:
        affiliate = await lock_affiliate(session, ann.id)
        for states, seen in (
            (None, [payout.id]),
            ([PayoutState.REQUESTED], [payout.id]),
            ([PayoutState.PAID], []),
        ):
            rows, cursor = await load_payout_page(session, affiliate, "test", states, None, 1)
            assert ([row.id for row in rows], cursor) == (seen, None)


async def test_a_day_shows_the_commission_and_the_sign_ups_of_that_day(
    ann: Ann, clock: MovedClock
) -> None:
    await ann.buy_package(await ann.add_buyer("bob"))
    await clock.advance(ann.database, 2 * DAY)
    eve = await ann.add_buyer("eve")
    for _ in range(2):
        await ann.buy_package(eve)
    found = await ann.load_statistics()
    assert (len(found.days), found.buyers) == (60, 2)
    assert [each.commission_microusd // CENTS for each in found.days[-3:]] == [1_500, 0, 3_000]
    await clock.advance(ann.database, 58 * DAY)
    later = await ann.load_statistics()
    assert [each.commission_microusd // CENTS for each in later.days[:2]] == [0, 3_000]
    assert later.buyers == 1


async def test_an_affiliate_reads_the_days_of_the_programme(ann: Ann) -> None:
    async with ann.database.write() as session:
        affiliate = await lock_affiliate(session, ann.id)
        shown = await load_rendered_affiliate(session, ann.programme, affiliate)
    assert (shown.cookie_days, shown.hold_days) == (30, 30)
    assert shown.payout_destination_masked == "…a1a1"
    assert shown.payouts_blocked_until is None


@pytest.mark.parametrize(
    ("method", "given", "kept", "masked"),
    [
        ("account_credit", None, None, None),
        ("account_credit", " ", None, None),
        ("usdc", f" 0x{'aB' * 20} ", f"0x{'ab' * 20}", "…abab"),
        ("paypal", " Ann@Example.com", "ann@example.com", "a…@example.com"),
        ("bank", "DE89 3704 0044", "DE89 3704 0044", "…0044"),
    ],
)
def test_a_destination_has_one_form_and_shows_little_of_it(
    method: str, given: str | None, kept: str | None, masked: str | None
) -> None:
    place = normalize_destination(method, given)
    assert (place, mask_destination(method, place)) == (kept, masked)


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("account_credit", WALLET),
        ("usdc", None),
        ("usdc", "0x12"),
        ("paypal", "ann"),
        ("bank", "DE89"),
        ("bank", None),
        (None, WALLET),
    ],
)
def test_a_destination_that_does_not_fit_its_method_is_refused(
    method: str | None, given: str | None
) -> None:
    with pytest.raises(PayoutDestinationInvalid):
        normalize_destination(method, given)


async def test_the_mail_about_a_new_destination_shows_it_masked(ann: Ann) -> None:
    async with ann.database.write() as session:
        affiliate = await lock_affiliate(session, ann.id)
        mail = build_destination_mail("ann@example.com", affiliate, "Friday")
    assert "…a1a1" in mail.text
    assert WALLET not in mail.text
