"""Members of a team as spenders: one cap over all of their keys and browsers, on both databases."""

import pytest

from gateway.kit.caller import SpenderId
from gateway.kit.clock import SECOND, end_of_utc_day
from gateway.kit.database.sessions import Database
from gateway.kit.errors import KeyLimitExceeded, Unauthorized
from gateway.kit.ids import Ids
from gateway.ledger.accounts.owners import get_account_number
from gateway.ledger.errors import MemberLimitExceeded
from gateway.ledger.policies import (
    Limits,
    fetch_policies,
    open_spender,
    revoke_member,
    set_member_limits,
)
from gateway.ledger.transfers import AdmittedHold, consume
from tests.databases import MovedClock
from tests.ledger.bank import Bank, assert_sound, open_bank
from tests.statements import recorded_statements

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bank(database: Database, ids: Ids) -> Bank:
    return await open_bank(database, ids, credit=1_000)


async def read_used(bank: Bank, policy_id: str) -> tuple[int, int, int]:
    policy = (await fetch_policies(bank.database, [policy_id]))[policy_id]
    return policy.day_used_microusd, policy.month_used_microusd, policy.total_used_microusd


@pytest.mark.promise("ledger: member-cap")
async def test_the_keys_and_the_browser_of_a_member_share_one_cap(
    bank: Bank, database: Database
) -> None:
    member = await bank.new_member("mbr_1", Limits(monthly_microusd=100))
    first = await bank.new_key("key_1", member=member)
    second = await bank.new_key("key_2", Limits(total_microusd=1_000), member=member)
    await bank.admit_hold(40, key=first)
    await bank.admit_hold(40, key=second)
    await bank.admit_hold(20, key=member)
    for spender in (first, second, member):
        (refused,) = await bank.try_hold(1, key=spender)
        assert isinstance(refused, MemberLimitExceeded)
        assert refused.members["limitMicrousd"] == 100
    await bank.admit_hold(1)  # the owner has no cap
    assert await read_used(bank, member) == (100, 100, 100)
    assert await read_used(bank, "pol_key_2") == (40, 40, 40)
    await assert_sound(database)


async def test_a_refusal_says_whose_cap_it_was(bank: Bank, database: Database) -> None:
    member = await bank.new_member("mbr_1", Limits(total_microusd=100))
    key = await bank.new_key("key_1", Limits(total_microusd=60), member=member)
    (own,) = await bank.try_hold(61, key=key)
    assert isinstance(own, KeyLimitExceeded)
    await bank.admit_hold(50, key=member)
    (of_member,) = await bank.try_hold(51, key=key)
    assert isinstance(of_member, MemberLimitExceeded)
    assert of_member.members["remainingMicrousd"] == 50
    await assert_sound(database)


async def test_released_money_returns_to_both_caps(bank: Bank, database: Database) -> None:
    member = await bank.new_member("mbr_1", Limits(100, 100, 100))
    key = await bank.new_key("key_1", Limits(100, 100, 100), member=member)
    part, whole = await bank.admit_hold(50, key=key), await bank.admit_hold(50, key=key)
    await bank.post(part, 20)
    await bank.void(whole)
    assert await read_used(bank, member) == await read_used(bank, "pol_key_1") == (20, 20, 20)
    await assert_sound(database)


async def test_yesterdays_hold_gives_nothing_back_to_the_members_today(
    bank: Bank, database: Database, clock: MovedClock
) -> None:
    member = await bank.new_member("mbr_1", Limits(daily_microusd=100))
    key = await bank.new_key("key_1", member=member)
    yesterday = await bank.admit_hold(100, key=key)
    await clock.advance(database, end_of_utc_day(clock.now()) - clock.now() + SECOND)
    await bank.admit_hold(70, key=member)
    await bank.void(yesterday)
    assert (await read_used(bank, member))[::2] == (70, 70)
    await assert_sound(database)


async def test_spending_at_once_counts_on_both_policies(
    bank: Bank, database: Database, ids: Ids
) -> None:
    member = await bank.new_member("mbr_1", Limits(total_microusd=50))
    key = await bank.new_key("key_1", Limits(total_microusd=500), member=member)

    async def spend(amount: int) -> None:
        async with database.write() as tx:
            await consume(
                tx, ids, account=bank.account, book="live", reference=ids.new("req"),
                amount_microusd=amount, key_id=SpenderId(key),
            )  # fmt: skip

    await spend(50)
    with pytest.raises(MemberLimitExceeded):
        await spend(1)
    assert await read_used(bank, member) == await read_used(bank, "pol_key_1") == (50, 50, 50)
    await assert_sound(database)


@pytest.mark.parametrize("caps", [None, Limits(500, 500, 500)])
async def test_a_members_key_takes_no_statement_more_than_another(
    bank: Bank, database: Database, caps: Limits | None
) -> None:
    member = await bank.new_member("mbr_1", Limits(total_microusd=500))
    counts = []
    for key in (
        await bank.new_key("key_1", caps or Limits()),
        await bank.new_key("key_2", caps, member=member),
    ):
        with recorded_statements() as statements:
            held = await bank.admit_hold(10, key=key)
            await bank.post(held, 5)
        counts.append(len(statements))
    # SQLite writes each row by itself: the second policy, at the hold and at its release.
    more = 0 if database.is_postgres or caps is None else 2
    assert counts[1] == counts[0] + more


async def test_new_limits_of_a_member_keep_what_was_used(bank: Bank, database: Database) -> None:
    member = await bank.new_member("mbr_1", Limits(total_microusd=100))
    await bank.admit_hold(70, key=member)
    await bank.new_member("mbr_1", Limits(total_microusd=80))
    outcomes = await bank.try_hold(11, 10, key=member)
    assert [type(outcome) for outcome in outcomes] == [MemberLimitExceeded, AdmittedHold]
    await assert_sound(database)


@pytest.mark.promise("ledger: removed-member-spends-nothing")
async def test_a_removed_member_spends_nothing_after_the_answer(
    bank: Bank, database: Database
) -> None:
    member = await bank.new_member("mbr_1")
    keys = [await bank.new_key(f"key_{number}", member=member) for number in range(2)]
    other = await bank.new_key("key_of_owner")
    held = await bank.admit_hold(10, key=keys[0])
    revoked_at = await bank.revoke_member("mbr_1")
    assert await bank.revoke_member("mbr_1") == revoked_at  # again changes nothing
    for spender in (member, *keys):
        (refused,) = await bank.try_hold(1, key=spender)
        assert isinstance(refused, Unauthorized)
    await bank.admit_hold(1, key=other)
    await bank.void(held)  # the end of what was admitted before is not spending
    with pytest.raises(Unauthorized):
        await bank.new_key("key_9", member=member)
    await bank.new_member("mbr_1", Limits())  # new limits do not bring a removed member back
    (refused,) = await bank.try_hold(1, key=member)
    assert isinstance(refused, Unauthorized)
    await assert_sound(database)


async def test_a_member_spends_only_from_the_account_of_the_team(
    bank: Bank, database: Database, ids: Ids
) -> None:
    stranger = await open_bank(database, ids, "acct_2", credit=100)
    member = await bank.new_member("mbr_1")
    (refused,) = await stranger.try_hold(1, key=member)
    assert isinstance(refused, Unauthorized)
    with pytest.raises(LookupError):
        await stranger.new_member("mbr_1")
    with pytest.raises(LookupError):
        await stranger.new_key("key_1", member=member)
    with pytest.raises(LookupError):
        await stranger.revoke_member("mbr_1")
    await assert_sound(database)


async def test_a_member_has_a_policy_in_each_book(bank: Bank, database: Database) -> None:
    live = await bank.new_member("mbr_1", Limits(total_microusd=10))
    async with database.write() as tx:
        test = await get_account_number(tx, "acct_1", "test")
        spender = await set_member_limits(tx, "mbr_1", test, Limits())
        await open_spender(
            tx, key_id="key_test", account=test, policy_id=None, limits=None, expires_at=None,
            member_policy_id=spender,
        )  # fmt: skip
    assert (live, spender) == ("mbr_1", "mbr_1:test")
    async with database.write() as tx:
        await revoke_member(tx, "mbr_1", test)
    await bank.admit_hold(10, key=live)
    await assert_sound(database)
