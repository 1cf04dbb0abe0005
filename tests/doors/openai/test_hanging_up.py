"""Clients that hang up over real sockets, and gateways that are killed meanwhile."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.doors.openai.calls import GENERATIONS, ask_picture
from tests.gateway import Client, Gateway, serve_gateway

SLOW = "a fox [sandbox:slow=120]"
NOTICE_SECONDS, FREE_SECONDS = 10, 75


def hang_up(client: Client) -> None:
    """Ask for a slow picture, and give up after a second."""
    with pytest.raises(httpx2.ReadTimeout):
        client.http.post(GENERATIONS, json=ask_picture(prompt=SLOW), timeout=1)


def list_gone(gateway: Gateway) -> list[int | None]:
    """Return when the client of each call hung up, as its row has it."""
    with sqlite3.connect(f"file:{gateway.data_dir}/kt.db?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute("SELECT gone_at FROM openai_call ORDER BY id")]


def wait_until_free(client: Client, deadline: float) -> None:
    """Wait until no money is held; fail after the deadline."""
    while client.get_balance()["heldMicrousd"]:
        assert time.monotonic() < deadline, "the hold was not released in time"
        time.sleep(0.5)


def test_a_client_that_hangs_up_is_noticed_at_once(client: Client, gateway: Gateway) -> None:
    known = len(list_gone(gateway))
    hang_up(client)
    deadline = time.monotonic() + NOTICE_SECONDS
    while None in list_gone(gateway)[known:] or len(list_gone(gateway)) == known:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert client.get_balance()["heldUsd"] == "0.02"


@pytest.fixture
def own_gateway(tmp_path: Path) -> Iterator[Gateway]:
    with serve_gateway(tmp_path / "data") as one:
        yield one


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True], ids=["left alone", "killed"])
def test_the_hold_of_a_client_that_is_gone_is_free_within_75_seconds(
    own_gateway: Gateway, *, killed: bool
) -> None:
    with own_gateway.account() as account:
        began = time.monotonic()
        hang_up(account)
        if killed:
            own_gateway.kill()
            own_gateway.start()
        wait_until_free(account, began + FREE_SECONDS)
        (job,) = account.http.get("/api/v1/media/jobs").json()["data"]
        assert (job["status"], job["endReason"]) == ("canceled", "client_gone")
        assert account.get_balance()["availableUsd"] == "5.00"
        assert own_gateway.list_findings() == []
