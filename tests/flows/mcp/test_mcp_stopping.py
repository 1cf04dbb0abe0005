"""A gateway that stops keeps no client waiting, and cuts none off: each call gets its answer."""

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from anyio import to_thread
from mcp import types
from mcp.client import Client as SdkClient

from tests.flows.mcp.test_mcp_access import mint_key
from tests.gateway import Gateway, find_free_port, picture_input, serve_gateway, stop_process
from tests.mcp_clients import (
    INITIALIZE_REQUEST,
    TRANSPORTS,
    open_mcp_client,
    read_structured_answer,
    read_tool_error,
)
from tests.processes import start_command

pytestmark = pytest.mark.anyio
LONG = {"prompt": "a slow fox", "width": 1280, "height": 704, "durationFrames": 121}
AT_GPU_SPEED = {"KT_SANDBOX_PACE": "1"}
BEGIN_SECONDS = 30
STOP_SECONDS = 10  # what takes 20 is cut off


@pytest.fixture
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose jobs take as long as on a GPU."""
    with serve_gateway(tmp_path_factory.mktemp("stopping") / "data", **AT_GPU_SPEED) as gateway:
        yield gateway


class WaitingCalls:
    """Tool calls that wait at the same time, and their answers."""

    def __init__(self) -> None:
        self.waiting: set[str] = set()
        self.answers: dict[str, types.CallToolResult] = {}

    async def call_and_wait(
        self, name: str, mcp: SdkClient, tool: str, given: dict[str, Any]
    ) -> None:
        """Call a tool; it waits once it has reported how far it is."""

        async def heard(progress: float, total: float | None, message: str | None) -> None:
            self.waiting.add(name)

        await mcp.list_tools()  # with whose schemas the SDK compares the answer
        answer = await mcp.call_tool(tool, given, progress_callback=heard)
        assert isinstance(answer, types.CallToolResult)
        self.answers[name] = answer

    async def wait_until_begun(self, count: int) -> None:
        """Return when so many of them wait."""
        with anyio.fail_after(BEGIN_SECONDS):
            while len(self.waiting) < count:  # noqa: ASYNC110 - the SDK tells by a callback
                await anyio.sleep(0.05)


@pytest.mark.promise("mcp: stops-cleanly")
async def test_calls_that_wait_are_answered_on_every_transport(slow: Gateway) -> None:
    calls = WaitingCalls()
    with slow.account() as owner:
        job = owner.submit("video.generate", LONG).json()
        given = {"jobId": job["jobId"], "waitSeconds": 50}
        async with AsyncExitStack() as stack:
            clients = {
                each: await stack.enter_async_context(open_mcp_client(slow, owner.key, each))
                for each in TRANSPORTS
            }
            async with anyio.create_task_group() as group:
                for name, mcp in clients.items():
                    group.start_soon(calls.call_and_wait, name, mcp, "media_job_get", given)
                await calls.wait_until_begun(len(clients))
                began = time.monotonic()
                assert await to_thread.run_sync(slow.stop) == 0
                assert time.monotonic() - began < STOP_SECONDS
    assert set(calls.answers) == set(TRANSPORTS)
    for name, answer in calls.answers.items():
        told = read_structured_answer(answer)
        assert (told["jobId"], told["status"] in {"queued", "running"}) == (job["jobId"], True), (
            name
        )
        assert "media_job_get again" in told["next"]


@pytest.mark.promise("mcp: stops-cleanly")
async def test_a_question_that_nobody_answers_ends_with_the_gateway(slow: Gateway) -> None:
    asked = anyio.Event()

    async def ponder(*_: object) -> types.ElicitResult:
        asked.set()
        await anyio.sleep_forever()
        raise AssertionError

    with slow.account() as owner:
        key = mint_key(owner, "media", autoApproveUsd="0", confirmUpToUsd="1")
        async with open_mcp_client(slow, key, "http of 2025", elicitation_callback=ponder) as mcp:
            plan = read_structured_answer(
                await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
            )
            run = {"planId": plan["planId"], "planHash": plan["planHash"]}
            calls = WaitingCalls()
            async with anyio.create_task_group() as group:
                group.start_soon(calls.call_and_wait, "asking", mcp, "plan_execute", run)
                with anyio.fail_after(BEGIN_SECONDS):
                    await asked.wait()
                began = time.monotonic()
                assert await to_thread.run_sync(slow.stop) == 0
                assert time.monotonic() - began < STOP_SECONDS
    refused = read_tool_error(calls.answers["asking"])
    assert (refused["code"], refused["approvalUrl"]) == ("approval_required", plan["approvalUrl"])


@pytest.mark.promise("mcp: stops-cleanly")
@pytest.mark.slow
def test_streams_without_an_end_are_ended_in_good_order(slow: Gateway) -> None:
    with slow.account() as owner, slow.client(owner.key) as http:
        http.headers["Accept"] = "application/json, text/event-stream"
        opened = http.post("/mcp", json=INITIALIZE_REQUEST)
        session = {"mcp-session-id": opened.headers["mcp-session-id"]}
        with http.stream("GET", "/mcp", headers=session) as one, http.stream("GET", "/sse") as two:
            assert [one.status_code, two.status_code] == [200, 200]
            began = time.monotonic()
            assert slow.stop() == 0
            assert time.monotonic() - began < STOP_SECONDS
            for stream in (one, two):
                stream.read()  # raises if it was cut in the middle


@pytest.mark.promise("mcp: stops-cleanly")
@pytest.mark.slow
async def test_a_server_in_front_of_a_gateway_answers_when_it_stops_itself(
    slow: Gateway, tmp_path: Path
) -> None:
    front, calls = Gateway(tmp_path / "data"), WaitingCalls()
    front.port = find_free_port()
    front.base = f"http://127.0.0.1:{front.port}"
    settings = {"KT_API_BASE": slow.base, "XDG_CACHE_HOME": str(tmp_path)}
    process = start_command(
        ["mcp", "--http", f"127.0.0.1:{front.port}"], settings, tmp_path / "log"
    )
    try:
        await to_thread.run_sync(_wait_for_answer, front)
        with slow.account() as owner:
            job = owner.submit("video.generate", LONG).json()
            given = {"jobId": job["jobId"], "waitSeconds": 50}
            async with (
                open_mcp_client(front, owner.key, "http of 2025") as mcp,
                anyio.create_task_group() as group,
            ):
                group.start_soon(calls.call_and_wait, "job", mcp, "media_job_get", given)
                await calls.wait_until_begun(1)
                began = time.monotonic()
                assert await to_thread.run_sync(stop_process, process) == 0
                assert time.monotonic() - began < STOP_SECONDS
    finally:
        stop_process(process)
    assert read_structured_answer(calls.answers["job"])["status"] in {"queued", "running"}


def _wait_for_answer(front: Gateway) -> None:
    """Return when a server answers."""
    deadline = time.monotonic() + BEGIN_SECONDS
    while True:
        try:
            httpx2.get(f"{front.base}/mcp", timeout=5, trust_env=False)
        except httpx2.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
