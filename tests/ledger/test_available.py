"""The available amount in the header of answers: kept for a moment, and forgotten by a change."""

from types import SimpleNamespace

import pytest

from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.ledger import operations
from gateway.ledger.operations import BalanceReader
from tests.ledger.bank import open_bank

pytestmark = pytest.mark.anyio


async def test_the_available_amount_is_kept_until_the_account_is_changed_here(
    database: Database, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "AVAILABLE_CACHE_SECONDS", 3_600)
    bank, reader = await open_bank(database, ids, credit=100), BalanceReader(database)
    assert await reader.get_available(bank.account) == 100
    await bank.credit(50)  # by another process: this one keeps what it read
    assert await reader.get_available(bank.account) == 100
    assert (await reader.get_balance(bank.account)).available_microusd == 150
    assert await reader.get_available(bank.account) == 150
    await bank.credit(50)
    reader.forget_available(bank.account)
    assert await reader.get_available(bank.account) == 200


async def test_the_available_amount_is_read_again_after_its_time(
    database: Database, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "AVAILABLE_CACHE_SECONDS", 0)
    bank, reader = await open_bank(database, ids, credit=100), BalanceReader(database)
    assert await reader.get_available(bank.account) == 100
    await bank.credit(50)
    assert await reader.get_available(bank.account) == 150


async def test_an_account_that_asks_often_is_read_with_the_statement_of_another(
    database: Database, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(operations, "time", SimpleNamespace(monotonic=lambda: now))
    often, other = [
        await open_bank(database, ids, each, credit=100) for each in ("acct_1", "acct_2")
    ]
    reader = BalanceReader(database)
    for _ in range(2):
        assert await reader.get_available(often.account) == 100
    await often.credit(50)
    now += 0.2  # still kept, but for more than half its time
    assert await reader.get_available(other.account) == 100
    assert await reader.get_available(often.account) == 150
    await often.credit(50)
    now += 0.2
    assert await reader.get_available(other.account) == 100  # kept: no statement, nothing read
    assert await reader.get_available(often.account) == 150
