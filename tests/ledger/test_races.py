"""Many at once on one account: exactly what the money allows, never more, never less."""

import asyncio
import sys
from collections.abc import Awaitable, Sequence

import pytest

from gateway.kit.database.group_commit import GroupCommit
from gateway.kit.database.sessions import Database, TransactionConflict
from gateway.kit.errors import KeyLimitExceeded, Unauthorized
from gateway.kit.ids import Ids
from gateway.ledger.errors import MemberLimitExceeded
from gateway.ledger.policies import Limits, fetch_policies, revoke_spender
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
    admitted = await race_processes(bank, (key, key, ""))
    assert admitted[0] + admitted[1] <= 100  # the cap of the shared key
    assert sum(admitted) == 200
    assert (await bank.balance()).available_microusd == 0
    await assert_sound(database)


@pytest.mark.promise("ledger: member-cap")
async def test_processes_with_the_keys_and_browser_of_a_member_never_pass_the_members_cap(
    bank: Bank, database: Database
) -> None:
    if not database.is_postgres:
        pytest.skip("one process owns a SQLite file")
    member = await bank.new_member("mbr_1", Limits(monthly_microusd=500))
    keys = [await bank.new_key(f"key_{number}", member=member) for number in range(2)]
    admitted = await race_processes(bank, (*keys, member))
    assert sum(admitted) == 100
    policy = (await fetch_policies(database, [member]))[member]
    assert policy.month_used_microusd == 500
    await assert_sound(database)


async def race_processes(bank: Bank, spenders: Sequence[str]) -> list[int]:
    """Let a process a spender try 200 holds of 5 at once; return how many each had admitted."""
    url = bank.database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.ledger.racer", url, str(bank.account), "200", "5"]
    pipe = asyncio.subprocess.PIPE
    racers = [
        await asyncio.create_subprocess_exec(*command, name, stdin=pipe, stdout=pipe)
        for name in spenders
    ]
    async with asyncio.timeout(60):
        for racer in racers:
            assert racer.stdout is not None
            assert await racer.stdout.readline() == b"ready\n"
        answers = await asyncio.gather(*[racer.communicate(b"go\n") for racer in racers])
    return [int(printed) for printed, _ in answers]


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


async def test_a_members_cap_stays_hard_while_money_is_given_back_to_it(
    bank: Bank, database: Database
) -> None:
    member = await bank.new_member("mbr_1", Limits(total_microusd=100))
    spenders = [await bank.new_key(f"key_{n}", Limits(70), member=member) for n in range(2)]
    spenders.append(member)
    group = GroupCommit(admit_holds, database)

    async def spend(number: int) -> int:
        try:
            outcome = await group.submit(bank.build_hold(10, key=spenders[number % 3]))
        except (KeyLimitExceeded, MemberLimitExceeded):
            return 0
        assert isinstance(outcome, AdmittedHold)
        await (bank.void(outcome.hold.id) if number % 2 else bank.post(outcome.hold.id, 4))
        return 0 if number % 2 else 4

    captured = 0
    for _ in range(4):
        captured += sum(await asyncio.gather(*[spend(number) for number in range(30)]))
    assert 0 < captured <= 100
    await assert_sound(database)
    (refused, admitted) = await bank.try_hold(101 - captured, 100 - captured, key=member)
    assert isinstance(refused, MemberLimitExceeded)
    assert isinstance(admitted, AdmittedHold)


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


@pytest.mark.promise("ledger: removed-member-spends-nothing")
async def test_no_hold_of_a_member_begins_after_the_removal_was_answered(
    bank: Bank, database: Database
) -> None:
    member = await bank.new_member("mbr_1", Limits(total_microusd=1_000))
    spenders = [await bank.new_key("key_1", member=member), member]
    siblings = [database.sibling() for _ in spenders]
    groups = [GroupCommit(admit_holds, sibling) for sibling in siblings]

    def submit_holds() -> list[Awaitable[object]]:
        return [
            group.submit(bank.build_hold(1, key=spender))
            for _ in range(20)
            for group, spender in zip(groups, spenders, strict=True)
        ]

    before = asyncio.gather(*submit_holds(), return_exceptions=True)
    await bank.revoke_member("mbr_1")
    after = await asyncio.gather(*submit_holds(), return_exceptions=True)
    assert {type(outcome) for outcome in after} == {Unauthorized}
    outcomes = await before
    assert {type(outcome) for outcome in outcomes} <= {AdmittedHold, Unauthorized}
    admitted = sum(isinstance(outcome, AdmittedHold) for outcome in outcomes)
    assert (await bank.balance()).held_microusd == admitted
    await assert_sound(database)
    for sibling in siblings:
        await sibling.close()


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
