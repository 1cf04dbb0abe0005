"""Many at once on one account: exactly what the money allows, never more, never less."""

import asyncio
import sys
from collections.abc import Awaitable

import pytest

from gateway.kit.database.group_commit import GroupCommit
from gateway.kit.database.sessions import Database, TransactionConflict
from gateway.kit.errors import KeyLimitExceeded, Unauthorized
from gateway.kit.ids import Ids
from gateway.ledger.policies import Limits, revoke_spender
from gateway.ledger.transfers import AdmittedHold, HoldResolved, post, void
from tests.ledger.bank import Bank, admit_holds, assert_sound, open_bank
from tests.ledger.racer import race

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bank(database: Database, ids: Ids) -> Bank:
    return await open_bank(database, ids, credit=1_000)


async def test_several_group_commits_admit_exactly_what_the_money_allows(
    bank: Bank, database: Database
) -> None:
    siblings = [database.sibling() for _ in range(3)]
    admitted = await asyncio.gather(
        *[race(sibling, bank.account, 100, 10, "") for sibling in siblings]
    )
    assert sum(admitted) == 100
    assert (await bank.balance()).available_microusd == 0
    await assert_sound(database)
    for sibling in siblings:
        await sibling.close()


async def test_several_processes_admit_exactly_what_money_and_cap_allow(
    bank: Bank, database: Database
) -> None:
    if not database.is_postgres:
        pytest.skip("one process owns a SQLite file")
    key = await bank.new_key("key_1", Limits(daily_microusd=500))
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.ledger.racer", url, str(bank.account), "200", "5"]
    pipe = asyncio.subprocess.PIPE
    racers = [
        await asyncio.create_subprocess_exec(*command, name, stdin=pipe, stdout=pipe)
        for name in (key, key, "")
    ]
    async with asyncio.timeout(60):
        for racer in racers:
            assert racer.stdout is not None
            assert await racer.stdout.readline() == b"ready\n"
        admitted = [int((await racer.communicate(b"go\n"))[0]) for racer in racers]
    assert admitted[0] + admitted[1] <= 100  # the cap of the shared key
    assert sum(admitted) == 200
    assert (await bank.balance()).available_microusd == 0
    await assert_sound(database)


async def test_of_many_settles_of_one_hold_exactly_one_wins(bank: Bank, database: Database) -> None:
    for _ in range(5):
        hold_id = await bank.admit_hold(100)

        async def settle(verb: str, hold_id: str = hold_id) -> int:
            async with database.write() as tx:
                return await (post(tx, hold_id, 60) if verb == "post" else void(tx, hold_id))

        tries = [settle(verb) for verb in ("post", "void", "post", "void", "post", "void")]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        losers = [outcome for outcome in outcomes if isinstance(outcome, HoldResolved)]
        assert len(losers) == len(outcomes) - 1, outcomes
    assert (await bank.balance()).held_microusd == 0
    await assert_sound(database)


async def test_a_cap_stays_hard_while_money_is_given_back_to_it(
    bank: Bank, database: Database
) -> None:
    key = await bank.new_key("key_1", Limits(total_microusd=100))
    group = GroupCommit(admit_holds, database)
    captured = 0

    async def spend(number: int) -> int:
        try:
            outcome = await group.submit(bank.build_hold(10, key=key))
        except KeyLimitExceeded:
            return 0
        assert isinstance(outcome, AdmittedHold)
        async with database.write() as tx:
            if number % 2:
                await void(tx, outcome.hold.id)
                return 0
            await post(tx, outcome.hold.id, 4)
            return 4

    for _ in range(4):
        captured += sum(await asyncio.gather(*[spend(number) for number in range(30)]))
    assert 0 < captured <= 100
    await assert_sound(database)
    left = [await bank.try_hold(1, key=key) for _ in range(100 - captured + 1)]
    assert [isinstance(outcome, AdmittedHold) for (outcome,) in left] == [True] * (
        100 - captured
    ) + [False]


async def test_no_hold_begins_after_the_revoke_was_answered(bank: Bank, database: Database) -> None:
    key = await bank.new_key("key_1")
    group = GroupCommit(admit_holds, database)

    async def revoke() -> None:
        async with database.write() as tx:
            await revoke_spender(tx, key_id=key, account=bank.account)

    early: list[Awaitable[object]] = [group.submit(bank.build_hold(1, key=key)) for _ in range(40)]
    before = asyncio.gather(*early, return_exceptions=True)
    await revoke()
    late = [group.submit(bank.build_hold(1, key=key)) for _ in range(40)]
    after = await asyncio.gather(*late, return_exceptions=True)
    await before
    assert {type(outcome) for outcome in after} == {Unauthorized}
    await assert_sound(database)


async def test_accounts_locked_in_any_order_do_not_deadlock(database: Database, ids: Ids) -> None:
    banks = [await open_bank(database, ids, f"acct_{n}", credit=1_000) for n in range(4)]

    async def both(first: Bank, second: Bank) -> None:
        async with database.write() as tx:
            await admit_holds(tx, [first.build_hold(1), second.build_hold(1)])

    pairs = [(a, b) for a in banks for b in banks if a is not b] * 3
    try:
        await asyncio.gather(*[both(a, b) for a, b in pairs])
    except TransactionConflict as clash:  # pragma: no cover - it never happens
        pytest.fail(f"deadlock: {clash}")
    assert [(await bank.balance()).held_microusd for bank in banks] == [18] * 4
    await assert_sound(database)
