"""Submits whose commit was done and not heard of: the connection to PostgreSQL broke at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.fault_proxy import FaultProxy
from tests.gateway import Client, picture_input, quote_item, serve_gateway
from tests.waiting import wait_for_condition

COMMIT_OF_A_BATCH = b"COMMIT\0"  # a session's own ends in a semicolon


@pytest.fixture
def way(postgres_url: str) -> Iterator[FaultProxy]:
    """The way to the database."""
    url = make_url(postgres_url)
    folder, port = url.query.get("host"), url.port or 5432
    with FaultProxy(Path(str(folder), f".s.PGSQL.{port}") if folder else port) as proxy:
        yield proxy


@pytest.fixture
def account(data_dir: Path, postgres_url: str, way: FaultProxy) -> Iterator[Client]:
    url = make_url(postgres_url).set(host="127.0.0.1", port=way.port, query={})
    database = {"KT_DATABASE_URL": url.render_as_string(hide_password=False)}
    with serve_gateway(data_dir, **database) as gateway, gateway.account() as account:
        yield account
        assert gateway.list_findings() == []


@pytest.mark.promise("jobs: ends-once")
@pytest.mark.parametrize("key", [None, "once"])
def test_a_submit_whose_commit_was_not_heard_is_one_job(
    account: Client, way: FaultProxy, key: str | None
) -> None:
    item = quote_item("image.generate", picture_input())
    quote_id = account.create_quote(item, item)["quoteId"]
    first = account.submit("image.generate", picture_input(), quoteId=quote_id).json()
    # Until a minute from now the key's use is not written again: the next commit is the submit's.
    wait_for_condition(lambda: account.http.get("/api/v1/keys").json()["data"][0]["lastUsedAt"])
    way.set_fault("half:0", matching=COMMIT_OF_A_BATCH, times=1)
    accepted = account.submit("image.generate", picture_input(), key=key, quoteId=quote_id)
    assert (accepted.status_code, way.hits) == (202, 1)
    job = accepted.json()
    assert job["billing"]["balanceMicrousd"] == 4_960_000
    ended = account.wait_for_job(job["jobId"])
    assert (ended["status"], ended["effectiveInput"]) == ("succeeded", job["effectiveInput"])
    listed = account.http.get("/api/v1/media/jobs").json()["data"]
    assert [each["jobId"] for each in listed] == [job["jobId"], first["jobId"]]
    assert account.get_balance()["availableMicrousd"] == 4_960_000
