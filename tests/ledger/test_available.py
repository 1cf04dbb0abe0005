"""The available amount in the header of answers: kept for a moment, and forgotten by a change."""

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
