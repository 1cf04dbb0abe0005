"""Keys and their caps, on both databases."""

import pytest

from gateway.kit.clock import DAY, SECOND, end_of_utc_day
from gateway.kit.database.sessions import Database
from gateway.kit.errors import KeyLimitExceeded, Unauthorized
from gateway.kit.ids import Ids
from gateway.ledger.policies import Limits, open_spender, revoke_spender, set_limits
from gateway.ledger.transfers import AdmittedHold
from tests.databases import MovedClock
from tests.ledger.bank import Bank, assert_sound, open_bank

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bank(database: Database, ids: Ids) -> Bank:
    return await open_bank(database, ids, credit=1_000)


async def revoke_key(bank: Bank, key: str) -> int:
    async with bank.database.write() as tx:
        return await revoke_spender(tx, key_id=key, account=bank.account)


async def test_a_cap_holds_within_one_batch_and_the_next(bank: Bank, database: Database) -> None:
    key = await bank.new_key("key_1", Limits(daily_microusd=100))
    outcomes = await bank.try_hold(60, 60, 40, key=key)
    assert [type(outcome) for outcome in outcomes] == [AdmittedHold, KeyLimitExceeded, AdmittedHold]
    (refused,) = await bank.try_hold(1, key=key)
    assert isinstance(refused, KeyLimitExceeded)
    await assert_sound(database)


async def test_released_money_returns_to_the_cap(bank: Bank, database: Database) -> None:
    key = await bank.new_key("key_1", Limits(100, 100, 100))
    part, whole = await bank.admit_hold(50, key=key), await bank.admit_hold(50, key=key)
    await bank.post(part, 20)
    await bank.void(whole)
    await assert_sound(database)
    await bank.admit_hold(80, key=key)
    (refused,) = await bank.try_hold(1, key=key)
    assert isinstance(refused, KeyLimitExceeded)
    await assert_sound(database)


async def test_a_new_day_opens_the_daily_cap_and_takes_nothing_back_from_yesterday(
    bank: Bank, database: Database, clock: MovedClock
) -> None:
    key = await bank.new_key("key_1", Limits(daily_microusd=100, total_microusd=250))
    yesterday = await bank.admit_hold(100, key=key)
    await clock.advance(database, end_of_utc_day(clock.now()) - clock.now() + SECOND)
    await bank.admit_hold(100, key=key)
    await bank.void(yesterday)
    (refused,) = await bank.try_hold(1, key=key)  # today's are all used
    assert isinstance(refused, KeyLimitExceeded)
    await clock.advance(database, DAY)
    await bank.admit_hold(100, key=key)
    (refused,) = await bank.try_hold(100, key=key)
    assert isinstance(refused, KeyLimitExceeded)
    assert refused.members["remainingMicrousd"] == 50  # of the total
    await assert_sound(database)


async def test_rotated_keys_share_a_cap(bank: Bank, database: Database) -> None:
    old = await bank.new_key("key_1", Limits(total_microusd=100))
    await bank.admit_hold(70, key=old)
    async with database.write() as tx:
        await open_spender(
            tx, key_id="key_2", account=bank.account, policy_id="pol_key_1", limits=None,
            expires_at=None,
        )  # fmt: skip
    await revoke_key(bank, old)
    outcomes = await bank.try_hold(40, 30, key="key_2")
    assert [type(outcome) for outcome in outcomes] == [KeyLimitExceeded, AdmittedHold]
    await assert_sound(database)


async def test_a_revoked_key_spends_nothing_after_the_answer(
    bank: Bank, database: Database
) -> None:
    key = await bank.new_key("key_1")
    await bank.admit_hold(1, key=key)
    revoked_at = await revoke_key(bank, key)
    (refused,) = await bank.try_hold(1, key=key)
    assert isinstance(refused, Unauthorized)
    assert await revoke_key(bank, key) == revoked_at  # again changes nothing
    await assert_sound(database)


async def test_an_expired_key_spends_nothing(
    bank: Bank, database: Database, clock: MovedClock
) -> None:
    key = await bank.new_key("key_1", expires_at=clock.now() + DAY)
    await bank.admit_hold(1, key=key)
    await clock.advance(database, DAY)
    (refused,) = await bank.try_hold(1, key=key)
    assert isinstance(refused, Unauthorized)
    await assert_sound(database)


async def test_a_key_of_another_account_spends_nothing(
    bank: Bank, database: Database, ids: Ids
) -> None:
    stranger = await open_bank(database, ids, "acct_2", credit=100)
    key = await stranger.new_key("key_2")
    (refused,) = await bank.try_hold(1, key=key)
    assert isinstance(refused, Unauthorized)
    with pytest.raises(LookupError):
        await revoke_key(bank, key)


async def test_new_limits_keep_what_was_used(bank: Bank, database: Database, ids: Ids) -> None:
    key = await bank.new_key("key_1", Limits(total_microusd=100))
    await bank.admit_hold(70, key=key)
    async with database.write() as tx:
        limits = Limits(total_microusd=80)
        await set_limits(tx, policy_id="pol_key_1", account=bank.account, limits=limits)
    outcomes = await bank.try_hold(11, 10, key=key)
    assert [type(outcome) for outcome in outcomes] == [KeyLimitExceeded, AdmittedHold]
    stranger = await open_bank(database, ids, "acct_2")
    with pytest.raises(LookupError):
        async with database.write() as tx:
            await set_limits(
                tx, policy_id="pol_key_1", account=stranger.account, limits=Limits()
            )  # fmt: skip


async def test_a_key_revoked_after_the_clock_was_set_back_is_revoked_after_all_it_spent(
    bank: Bank, database: Database, clock: MovedClock
) -> None:
    await bank.new_key("key_1")
    await bank.admit_hold(10, key="key_1")
    await clock.advance(database, -10 * SECOND)
    await bank.admit_hold(10)
    await revoke_key(bank, "key_1")
    (refused,) = await bank.try_hold(10, key="key_1")
    assert isinstance(refused, Unauthorized)
    await assert_sound(database)
