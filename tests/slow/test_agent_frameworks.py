"""Builders of agents make tools of the document for agents, and these work with a real key.

`KT_TEST_SLOW=1 ./test tests/slow -k frameworks` needs a registry; without one, it is skipped.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.openapi.agent_document import AGENT_OPERATION_IDS
from tests.gateway import Client, Gateway, picture_input, serve_gateway
from tests.installing import ROOT, install_from_pip

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
FRAMEWORKS = {
    "langchain": (
        "langchain-community==0.4.2",
        "langchain-classic==1.0.8",
        "openapi-pydantic==0.5.1",
    ),
    "semantic_kernel": ("semantic-kernel==1.45.0",),
}
CALL_SECONDS = 120
SUBMIT = {"task": "image.generate", "input": picture_input("a fox")}
STEP = {"operation": "image.generate", "input": picture_input("a fox")}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("frameworks") / "data") as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


def install_framework(framework: str) -> Path:
    """Return the interpreter of an environment with the framework."""
    programs = install_from_pip(ROOT / ".tools" / "frameworks" / framework, FRAMEWORKS[framework])
    return programs / "python"


def run_framework(python: Path, framework: str, *words: str) -> dict[str, Any]:
    """Make tools of a document by the framework, and call some of them."""
    command = [str(python), str(HERE / f"tools_of_{framework}.py"), *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=CALL_SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


@pytest.mark.promise("discovery: agent-document")
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_makes_tools_of_it_that_price_submit_and_read_a_job(
    framework: str, gateway: Gateway, client: Client
) -> None:
    python = install_framework(framework)
    once = {"X-Idempotency-Key": "fox-1", "Prefer": "wait=30"}
    calls = [
        ["listTasks", {"query": {"task": "image.generate"}}],
        ["submitJob", {"query": {"dryRun": True}, "body": SUBMIT}],
        ["submitJob", {"headers": once, "body": SUBMIT}],
        ["submitJob", {"headers": once, "body": SUBMIT}],
        ["getBalance", {}],
        ["preparePlan", {"body": {"steps": [STEP]}}],
    ]
    url = f"{gateway.base}/openapi-agent.json"
    told = run_framework(python, framework, url, client.key, json.dumps(calls))
    assert set(told["tools"]) == set(AGENT_OPERATION_IDS)
    tasks, dry, job, again, balance, plan = told["answers"]
    assert tasks["data"][0]["task"] == "image.generate"
    assert job["status"] == "succeeded"
    assert job == again
    assert job["billing"]["priceUsd"] == dry["priceUsd"] == plan["totalUsd"]
    assert balance["availableMicrousd"] == 5_000_000 - job["billing"]["priceMicrousd"]
    (row,) = client.http.get("/api/v1/media/jobs").json()["data"]
    assert row["jobId"] == job["jobId"]
