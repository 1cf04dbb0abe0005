"""Idempotency keys after their 7 days: forgotten in bites, and free for a new request."""

from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest

from gateway.app import Application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import Row, Statement, sql
from gateway.media.sweeps import job_sweeps
from tests.databases import MovedClock
from tests.in_process import open_account_client

pytestmark = pytest.mark.anyio
KEYS = 2_300
MANY = sql(
    """
    INSERT INTO idempotency (account_id, book, method, path, key, request_hash, status, response,
                             resource_id, created_at)
    SELECT 'acct_1', 'test', 'POST', '/x', given.key, given.hash, 200, '', '', 1 FROM {rows}
    """,
    key="text",
    hash="blob",
)


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    data_dir.mkdir()
    return Settings(data_dir=data_dir, database_url=database_url).with_secrets()


async def consume_credits(http: httpx2.AsyncClient) -> httpx2.Response:
    headers = {"Idempotency-Key": "nightly"}
    return await http.post("/api/v1/credits/consume", json={"amountUsd": "0.10"}, headers=headers)


async def test_a_key_older_than_7_days_is_a_new_request(
    application: Application, clock: MovedClock
) -> None:
    async with open_account_client(application) as http:
        first, again = await consume_credits(http), await consume_credits(http)
        assert (first.status_code, again.content) == (200, first.content)
        for days, left in ((6, "4.90"), (2, "4.80")):
            await clock.advance(application.database, days * DAY)
            await application.job_sweeps.purge_idempotency_keys()
            answer = await consume_credits(http)
            assert (answer.status_code, answer.json()["balanceUsd"]) == (200, left), answer.text
        references = {line["reference"] for line in await list_history(http)}
        assert len(references) == 2


async def list_history(http: httpx2.AsyncClient) -> list[dict[str, str]]:
    answer = await http.get("/api/v1/balance/history")
    return [line for line in answer.json()["data"] if line["code"] == "consume"]


async def test_old_keys_are_forgotten_a_thousand_at_a_time(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    bites: list[Statement] = []

    def note(statement: Statement, _rows: Sequence[Row]) -> None:
        bites.append(statement)

    async with application.database.write() as session:
        await session.write((MANY, [(f"key{number}", b"") for number in range(KEYS)]))
    monkeypatch.setattr(Session, "on_write", staticmethod(note))
    await application.job_sweeps.purge_idempotency_keys()
    assert bites.count(job_sweeps.PURGE_KEYS) == 3
    async with application.database.read() as snapshot:
        assert await snapshot.read(sql("SELECT key FROM idempotency")) == []
