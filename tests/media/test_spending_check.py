"""What a quote says about a submit: the balance, the caps of the key and the queue, to the unit."""

from dataclasses import replace

import pytest

from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.ledger.accounts.freezes import freeze_account
from gateway.ledger.policies import Limits
from gateway.media.submits.spending_check import SpendingCheck, check_spending
from tests.ledger.bank import Bank, open_bank

pytestmark = pytest.mark.anyio
CREDIT, CAP, QUEUE = 1_000, 600, 3


@pytest.fixture
async def bank(database: Database, ids: Ids) -> Bank:
    return await open_bank(database, ids, credit=CREDIT)


async def check_total(
    bank: Bank, total: int, *, key: str | None = None, member: str | None = None, jobs: int = 1
) -> SpendingCheck:
    caller = Caller(
        account_id="acct_1",
        ledger_account=bank.account,
        book="live",
        scopes=frozenset({"media"}),
        session_id="s",
        member_id=member,
    )
    if key is not None:
        caller = replace(caller, key_id=key, session_id=None)
    return await check_spending(
        bank.database, caller, total_microusd=total, jobs=jobs, queued_limit=QUEUE
    )


async def test_all_of_the_credit_is_affordable_and_one_unit_more_is_not(bank: Bank) -> None:
    assert await check_total(bank, CREDIT) == SpendingCheck(CREDIT, affordable=True, blocked_by=[])
    more = await check_total(bank, CREDIT + 1)
    assert (more.affordable, more.blocked_by) == (False, ["insufficient_credits"])


async def test_a_key_is_blocked_one_unit_above_its_cap(bank: Bank) -> None:
    key = await bank.new_key("key_1", Limits(total_microusd=CAP))
    assert (await check_total(bank, CAP, key=key)).blocked_by == []
    beyond = await check_total(bank, CAP + 1, key=key)
    assert (beyond.affordable, beyond.blocked_by) == (True, ["key_limit_exceeded"])


async def test_a_member_in_a_browser_is_blocked_one_unit_above_their_cap(bank: Bank) -> None:
    member = await bank.new_member("mbr_1", Limits(total_microusd=CAP))
    assert (await check_total(bank, CAP, member=member)).blocked_by == []
    beyond = await check_total(bank, CAP + 1, member=member)
    assert (beyond.affordable, beyond.blocked_by) == (True, ["member_limit_exceeded"])
    key = await bank.new_key("key_1", Limits(total_microusd=CAP // 2), member=member)
    assert (await check_total(bank, CAP, key=key, member=member)).blocked_by == [
        "key_limit_exceeded"
    ]


async def test_a_key_without_caps_is_blocked_by_nothing_of_its_own(bank: Bank) -> None:
    assert (await check_total(bank, CREDIT, key=await bank.new_key("key_1"))).blocked_by == []


async def test_a_queue_takes_its_limit_of_jobs_and_not_one_more(bank: Bank) -> None:
    assert (await check_total(bank, 1, jobs=QUEUE)).blocked_by == []
    assert (await check_total(bank, 1, jobs=QUEUE + 1)).blocked_by == ["concurrency_limited"]


async def test_a_frozen_account_is_said_to_be_frozen(bank: Bank) -> None:
    async with bank.database.write() as tx:
        await freeze_account(tx, account=bank.account, reason="operator", reference="case 1")
    assert (await check_total(bank, 1)).blocked_by == ["account_frozen"]
