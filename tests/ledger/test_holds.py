"""Holding, posting and voiding, on both databases."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from gateway.kit.database.group_commit import GroupCommit
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import WrongRowCount
from gateway.kit.errors import AccountFrozen, InsufficientCredits
from gateway.kit.ids import Ids
from gateway.ledger.accounts.freezes import freeze_account, unfreeze_account
from gateway.ledger.accounts.owners import get_account_number, open_accounts
from gateway.ledger.reports.history import list_history
from gateway.ledger.transfers import AdmittedHold, HoldResolved, hold_many, lock_accounts
from tests.ledger.bank import Bank, admit_holds, assert_sound, open_bank

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bank(database: Database, ids: Ids) -> Bank:
    return await open_bank(database, ids, credit=1_000)


async def test_a_hold_takes_from_what_is_available_and_not_from_what_is_posted(
    bank: Bank, database: Database
) -> None:
    (held,) = await bank.try_hold(300)
    assert isinstance(held, AdmittedHold)
    assert held.available_microusd == 700
    balance = await bank.balance()
    assert (balance.posted_microusd, balance.held_microusd) == (1_000, 300)
    await assert_sound(database)


async def test_greedy_refusal_consumes_nothing(bank: Bank, database: Database) -> None:
    outcomes = await bank.try_hold(10**9, 400, 700, 600)
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [InsufficientCredits, AdmittedHold, InsufficientCredits, AdmittedHold]
    assert (await bank.balance()).available_microusd == 0
    await assert_sound(database)


async def test_a_post_captures_all_or_less_and_frees_the_rest(
    bank: Bank, database: Database
) -> None:
    first, second = await bank.admit_hold(300), await bank.admit_hold(300)
    assert await bank.post(first) == 400
    assert await bank.post(second, 100) == 600
    balance = await bank.balance()
    assert (balance.posted_microusd, balance.held_microusd) == (600, 0)
    await assert_sound(database)


async def test_a_void_frees_everything(bank: Bank, database: Database) -> None:
    assert await bank.void(await bank.admit_hold(300)) == 1_000
    await assert_sound(database)


async def test_a_hold_is_resolved_once(bank: Bank, database: Database) -> None:
    posted, voided = await bank.admit_hold(300), await bank.admit_hold(300)
    await bank.post(posted)
    await bank.void(voided)
    for hold_id in (posted, voided):
        with pytest.raises(HoldResolved):
            await bank.post(hold_id)
        with pytest.raises(HoldResolved):
            await bank.void(hold_id)
    assert (await bank.balance()).available_microusd == 700
    await assert_sound(database)


@pytest.mark.parametrize("amount", [0, -1, 301])
async def test_a_post_of_nothing_or_of_more_than_held_is_a_mistake(bank: Bank, amount: int) -> None:
    hold_id = await bank.admit_hold(300)
    with pytest.raises(ValueError, match="300"):
        await bank.post(hold_id, amount)


async def test_an_unknown_hold_or_account_is_a_mistake(bank: Bank, database: Database) -> None:
    with pytest.raises(LookupError, match="trf_none"):
        await bank.void("trf_none")
    with pytest.raises(LookupError):
        async with database.write() as tx:
            await lock_accounts(tx, [bank.account, 999])
    with pytest.raises(LookupError):
        async with database.write() as tx:
            await get_account_number(tx, "acct_nobody", "live")


async def test_the_same_reference_is_held_once(bank: Bank, database: Database) -> None:
    hold = bank.build_hold(100)
    async with database.write() as tx:
        await admit_holds(tx, [hold])
    again = replace(hold, id=bank.ids.new("trf"))
    with pytest.raises(IntegrityError):
        async with database.write() as tx:
            await admit_holds(tx, [again])
    assert (await bank.balance()).held_microusd == 100
    await assert_sound(database)


async def test_two_decisions_under_one_lock_see_each_other(bank: Bank, database: Database) -> None:
    async with database.write() as tx:
        locked = await lock_accounts(tx, [bank.account])
        first, writes = await hold_many(tx, locked, [bank.build_hold(600)])
        await tx.write(*writes)
        second, more = await hold_many(tx, locked, [bank.build_hold(600)])
        await tx.write(*more)
    assert [type(outcome) for outcome in first + second] == [AdmittedHold, InsufficientCredits]
    await assert_sound(database)


async def test_a_write_on_an_account_that_moved_changes_nothing(
    bank: Bank, database: Database
) -> None:
    async with database.write() as tx:
        locked = await lock_accounts(tx, [bank.account])
        locked.accounts[bank.account].version += 1  # as if another had written meanwhile
        _, writes = await hold_many(tx, locked, [bank.build_hold(600)])
        with pytest.raises(WrongRowCount):
            await tx.write(*writes)
        await tx.rollback()
    await assert_sound(database)


async def test_an_empty_batch_of_holds_does_nothing(bank: Bank, database: Database) -> None:
    async with database.write() as tx:
        assert await hold_many(tx, await lock_accounts(tx, [bank.account]), []) == ([], [])


async def test_the_books_do_not_know_each_other(bank: Bank, database: Database) -> None:
    async with database.read() as tx:
        other = await get_account_number(tx, "acct_1", "test")
    assert other != bank.account
    test_bank = Bank(database, bank.ids, other)
    with pytest.raises(ValueError, match="live"):
        await test_bank.try_hold(1)  # the helper holds in the live book
    async with database.write() as tx:
        await open_accounts(tx, "acct_1")  # again changes nothing
        assert await get_account_number(tx, "acct_1", "test") == other


async def test_a_freeze_stops_holds_and_lets_running_ones_finish(
    bank: Bank, database: Database
) -> None:
    running = await bank.admit_hold(300)
    for reason in ("dispute", "operator"):
        async with database.write() as tx:
            await freeze_account(tx, account=bank.account, reason=reason, reference="dp_1")
    (refused,) = await bank.try_hold(1)
    assert isinstance(refused, AccountFrozen)
    assert (await bank.balance()).frozen_reasons == ["dispute", "operator"]
    await bank.post(running)
    async with database.write() as tx:
        await unfreeze_account(tx, account=bank.account, reason="dispute", reference="dp_1")
    assert (await bank.balance()).state == "frozen"
    async with database.write() as tx:
        await unfreeze_account(tx, account=bank.account, reason="operator", reference="dp_1")
    await bank.admit_hold(1)
    await assert_sound(database)


async def test_a_poisoned_unit_in_a_group_hurts_nobody_else(bank: Bank, database: Database) -> None:
    group = GroupCommit(admit_holds, database)
    good, bad = [bank.build_hold(1) for _ in range(20)], bank.build_hold(0)
    results = await asyncio.gather(
        *[group.submit(hold) for hold in [*good[:10], bad, *good[10:]]], return_exceptions=True
    )
    assert [type(result) for result in results] == [AdmittedHold] * 10 + [ValueError] + [
        AdmittedHold
    ] * 10
    await assert_sound(database)


async def test_history_shows_each_movement_newest_first_with_its_balance(
    bank: Bank, database: Database
) -> None:
    await bank.post(await bank.admit_hold(300), 100)
    async with database.read() as session:
        lines = await list_history(session, bank.account)
        older = await list_history(session, bank.account, before_version=lines[1].version, limit=1)
        none = await list_history(session, bank.account, until=lines[-1].at)
    shown = [(line.phase, line.amount_microusd, line.balance_after_microusd) for line in lines]
    assert shown == [
        ("post", -100, 900),
        ("post", 300, 1_000),
        ("pending", -300, 700),
        ("single", 1_000, 1_000),
    ]
    assert older == [lines[2]]
    assert none == []
