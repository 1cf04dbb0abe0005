"""What a client sends and when: nulls, long words, a stream after the end, a loop of Windows."""

import asyncio

import anyio
import httpx2
import pytest
import uvicorn
from mcp import MCPError

from mcp_server.http.application import McpApplication
from mcp_server.http.site import Site
from mcp_server.http.standalone import _GracefulServer
from mcp_server.rest.api import RestApi
from mcp_server.server import build_server
from tests.mcp_clients import read_structured_answer
from tests.mcp_server.test_offers import DOCUMENT
from tests.mcp_server.test_older_gateway import StandIn

pytestmark = pytest.mark.anyio
WAIT_SECONDS = 5
SITE = Site(
    public_url="http://127.0.0.1",
    api_url="http://127.0.0.1",
    hosts=frozenset({"127.0.0.1"}),
    sessions=True,
)


class WindowsLoop(asyncio.SelectorEventLoop):
    """A loop that takes no handlers of signals, as those of Windows."""

    def add_signal_handler(self, *_given: object) -> None:
        """Take none."""
        raise NotImplementedError


def build_application() -> McpApplication:
    return McpApplication(build_server(RestApi(httpx2.AsyncClient()), DOCUMENT), SITE)


async def test_a_null_argument_of_the_server_is_as_one_left_out() -> None:
    given = {"jobId": "job_1", "waitSeconds": None, "preview": None}
    async with StandIn(DOCUMENT).connect() as mcp:
        assert read_structured_answer(await mcp.call_tool("media_job_get", given))["jobId"]


@pytest.mark.promise("mcp: bounded-arguments")
async def test_a_prompt_repeats_no_argument_of_any_length() -> None:
    async with StandIn(DOCUMENT).connect() as mcp:
        assert (await mcp.get_prompt("film_from_idea", {"idea": "a" * 10_000})).messages
        with pytest.raises(MCPError, match="`idea` may have at most 10000 characters"):
            await mcp.get_prompt("film_from_idea", {"idea": "a" * 10_001})


@pytest.mark.promise("mcp: stops-cleanly")
async def test_a_stream_that_comes_after_the_streams_have_ended_is_told_to_come_again() -> None:
    application = build_application()
    await application.start()
    application.drain()
    await application.stop()
    transport = httpx2.ASGITransport(application)
    with anyio.fail_after(WAIT_SECONDS):
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            answer = await http.get("/sse")
    assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (503, "unavailable")


def test_a_server_of_its_own_starts_where_loops_take_no_signals() -> None:
    async def capture() -> None:
        config = uvicorn.Config(build_application(), lifespan="off", log_config=None)
        with _GracefulServer(config, build_application()).capture_signals():
            await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=WindowsLoop) as runner:
        runner.run(capture())
