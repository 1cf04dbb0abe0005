"""The receiver of docs/webhooks.md runs as it stands there, beside a gateway that may be killed."""

import json
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.gateway import (
    STOP_SECONDS,
    Gateway,
    find_free_port,
    picture_input,
    serve_gateway,
)
from tests.style.source import ROOT
from tests.waiting import wait_for_condition

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "webhooks.md"


@contextmanager
def run_documented_receiver(port: int, secret: str, log: Path) -> Iterator[None]:
    """Run the code block of docs/webhooks.md as a process for the block."""
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={"SECRET": secret, "PORT": str(port)},
            stdout=file,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for_condition(lambda: is_listening(port))
            yield
        finally:
            process.kill()
            process.wait(STOP_SECONDS)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.promise("jobs: webhooks")
def test_a_gateway_killed_after_sending_sends_again_under_the_same_id(data_dir: Path) -> None:
    port, log = find_free_port(), data_dir.with_name("receiver.log")
    settings = {"KT_FETCH_ALLOW": f"127.0.0.1:{port}", "KT_CRASH_AT": "delivery.sent:1"}
    with serve_gateway(data_dir, **settings) as gateway, gateway.account() as account:
        secret = account.http.get("/api/v1/media/webhooks").json()["secret"]
        with run_documented_receiver(port, secret, log):
            forged = httpx2.post(f"http://127.0.0.1:{port}/", content=b"{}", trust_env=False)
            assert forged.status_code == 401
            webhook = {"url": f"http://127.0.0.1:{port}/"}
            pinged = account.http.post("/api/v1/media/webhooks/test", json=webhook).json()
            assert (pinged["httpStatus"], pinged["error"]) == (204, None)
            job_id = account.submit("image.generate", picture_input(), webhook=webhook).json()[
                "jobId"
            ]
            assert gateway.process is not None
            assert gateway.process.wait(STOP_SECONDS) == 137
            end_lease(gateway)
            del gateway.settings["KT_CRASH_AT"]
            gateway.start()
            wait_for_condition(lambda: len(log.read_text().splitlines()) == 3)
            wait_for_condition(lambda: run_for_json(gateway, "list", "--status", "delivered"))
            (listed,) = run_for_json(gateway, "list")
            again = ("redeliver", listed["deliveryId"], "--reason", "it lost its disk")
            assert run_for_json(gateway, *again)["changed"]
            wait_for_condition(lambda: len(log.read_text().splitlines()) == 4)
        _, first, *others = log.read_text().splitlines()
        assert others == [first, first]
        assert first.split()[1:] == ["job.completed", job_id, "succeeded"]
        wait_for_condition(
            lambda: account.http.get("/api/v1/media/webhooks").json()["deliveries"]["delivered"]
        )
        assert account.get_balance()["availableMicrousd"] == 4_980_000
        assert gateway.list_findings() == []


def run_for_json(gateway: Gateway, *words: str) -> Any:  # noqa: ANN401 - any JSON value
    answer = gateway.run_command("admin", "delivery", *words, "--json")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def end_lease(gateway: Gateway) -> None:
    with closing(sqlite3.connect(gateway.data_dir / "kt.db")) as database, database:
        changed = database.execute("UPDATE webhook_delivery SET next_try_at = 1").rowcount
    assert changed == 1
