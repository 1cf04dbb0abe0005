"""The official SDKs that other clients are built on, which check answers against output schemas.

`KT_TEST_SLOW=1 ./test tests/slow -k mcp_sdks` needs npm; without it, it is skipped.
"""

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.gateway import Client, Gateway, picture_input, serve_gateway
from tests.installing import NODE, install_from_npm, install_from_pip
from tests.slow.mcp_tools import SDK_FOLDER, SDKS

pytestmark = pytest.mark.slow
NODE_SCRIPT = Path(__file__).with_name("call_tool.cjs")
PYTHON_SCRIPT = Path(__file__).with_name("call_tool_v1.py")
PYTHON_SDK = "mcp==1.30.0"
YES = {"action": "accept", "content": {"approve": True}}
CALL_SECONDS = 90


class ToolCall(Protocol):
    """Calls a tool with a key; `answer` is the person's answer to an elicitation."""

    def __call__(
        self, key: str, tool: str, given: dict[str, Any], answer: dict[str, Any] | None = None
    ) -> dict[str, Any]: ...


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("sdks") / "data") as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


@pytest.fixture(params=["typescript v1", "typescript v2", "python v1"])
def call(request: pytest.FixtureRequest, gateway: Gateway) -> ToolCall:
    language, _, version = request.param.partition(" ")
    if language == "python":
        programs = install_from_pip(SDK_FOLDER.with_name("mcp-sdk-of-python"), [PYTHON_SDK])
        return partial(call_tool, gateway, [str(programs / "python"), str(PYTHON_SCRIPT)])
    install_from_npm(SDK_FOLDER, SDKS)
    words = [str(SDK_FOLDER / NODE), str(NODE_SCRIPT), str(SDK_FOLDER), version]
    return partial(call_tool, gateway, words)


def call_tool(
    gateway: Gateway,
    command: list[str],
    key: str,
    tool: str,
    given: dict[str, Any],
    answer: dict[str, Any] | None = None,
) -> dict[str, Any]:
    words = [f"{gateway.base}/mcp", key, tool, json.dumps(given)]
    words += [json.dumps(answer)] if answer else []
    ran = subprocess.run(
        [*command, *words], capture_output=True, text=True, timeout=CALL_SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    said = json.loads(ran.stdout)
    assert "thrown" not in said, f"the SDK hides the answer: {said['thrown']}"
    result: dict[str, Any] = said["result"]
    return result


def build_run_arguments(plan: dict[str, Any]) -> dict[str, Any]:
    return {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 50}


def test_a_refusal_reaches_the_client(call: ToolCall, client: Client) -> None:
    refused = call(client.key, "image_generate_prepare", {"prompt": "a fox", "width": 1})
    assert refused["isError"]
    error = refused["structuredContent"]["error"]
    assert (error["code"], error["field"]) == ("invalid_input", "width")
    missing = call(client.key, "media_job_get", {"jobId": "job_0"})
    assert missing["isError"]
    assert missing["structuredContent"]["error"]["hint"]


def test_a_plan_that_needs_approval_says_where_and_runs_after_a_yes(
    call: ToolCall, client: Client
) -> None:
    policy = {"autoApproveUsd": "0", "confirmUpToUsd": "1"}
    body = {"label": "sdk", "scopes": ["media"], "spendPolicy": policy}
    key = client.http.post("/api/v1/keys", json=body).json()["apiKey"]
    plan = call(key, "image_generate_prepare", picture_input("a fox"))["structuredContent"]
    assert plan["approvalUrl"] in plan["next"]
    asked = call(key, "plan_execute", build_run_arguments(plan))
    assert asked["isError"]
    error = asked["structuredContent"]["error"]
    assert (error["code"], error["approvalUrl"]) == ("approval_required", plan["approvalUrl"])
    done = call(key, "plan_execute", build_run_arguments(plan), YES)
    assert not done.get("isError")
    assert done["structuredContent"]["outcome"] == "succeeded"


def test_a_plan_runs_and_its_job_is_read(call: ToolCall, client: Client) -> None:
    plan = call(client.key, "image_generate_prepare", picture_input("a fox"))["structuredContent"]
    done = call(client.key, "plan_execute", build_run_arguments(plan))["structuredContent"]
    assert done["outcome"] == "succeeded"
    job = call(client.key, "media_job_get", {"jobId": done["jobs"][0]["jobId"]})
    assert job["structuredContent"]["status"] == "succeeded"
