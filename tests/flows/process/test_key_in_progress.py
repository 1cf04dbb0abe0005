"""A request whose twin is under way for long, in a gateway beside this one."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.kit import idempotency
from gateway.kit.database.postgres import SESSION_SETTINGS
from gateway.kit.database.sql import sql
from tests.gateway import assert_problem
from tests.in_process import open_account_client

pytestmark = pytest.mark.anyio
CONSUME = "/api/v1/credits/consume"


@pytest.fixture
def settings(database_url: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Here one waits half a second for a lock, elsewhere ten."""
    monkeypatch.setitem(SESSION_SETTINGS, "lock_timeout", "500ms")
    data_dir.mkdir()
    return Settings(data_dir=data_dir, database_url=database_url).with_secrets()


@pytest.fixture
async def application(anyio_backend: str, settings: Settings) -> AsyncIterator[Application]:
    async with run_application(settings) as application:
        yield application


async def consume_credits(http: httpx2.AsyncClient, key: str) -> httpx2.Response:
    headers = {"Idempotency-Key": key}
    return await http.post(CONSUME, json={"amountUsd": "0.10"}, headers=headers)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_waits_too_long_for_its_twin_is_told_to_ask_again(
    application: Application,
) -> None:
    async with open_account_client(application) as http:
        async with application.database.read() as snapshot:
            ((account_id,),) = await snapshot.read(sql("SELECT id FROM account"))
        scope = idempotency.KeyScope(account_id, "test", "POST", CONSUME, "one")
        async with application.database.write() as twin:
            await idempotency.lock_key(twin, scope)
            refused = await consume_credits(http, "one")
            assert assert_problem(refused, 409, "idempotency_in_progress")["retryable"]
            assert (await consume_credits(http, "other")).status_code == 200
        done = await consume_credits(http, "one")
        assert (done.status_code, done.json()["balanceUsd"]) == (200, "4.80")
