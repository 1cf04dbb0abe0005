"""A client is upgraded before its gateway: the server serves what that gateway declares."""

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import types
from mcp.client import Client
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from mcp_server.rest.api import RestApi
from mcp_server.rest.offers import ToolOffer, read_tool_offers
from mcp_server.server import ServerOptions, build_server
from mcp_server.tool_choice import ALL_TOOLSETS, ToolChoice
from mcp_server.tools.waits import AWAITED_KINDS
from tests.mcp_clients import read_structured_answer
from tests.mcp_server.samples import Samples, Schema
from tests.mcp_server.test_offers import DOCUMENT

pytestmark = pytest.mark.anyio
OLDER_DOCUMENT: dict[str, Any] = json.loads(
    gzip.decompress(Path(__file__).with_name("older_openapi.json.gz").read_bytes())
)
"""As a gateway served it before storyboards had examples and plans told how far a step is."""
EACH_AGE = pytest.mark.parametrize("document", [OLDER_DOCUMENT, DOCUMENT], ids=["older", "present"])
FORMAT = "killatamata://storyboard-format"
EVERYTHING = ServerOptions(operator_choice=ToolChoice(toolsets=frozenset({ALL_TOOLSETS})))
FIXED_ARGUMENTS = {"waitSeconds": 1, "preview": False}


@dataclass(slots=True)
class StandIn:
    """A gateway of one document; each of its operations answers as the document declares."""

    document: Schema
    answers: dict[tuple[str, str], Schema] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let every operation answer with something."""
        for offer in read_tool_offers(self.document):
            for answer in build_answers(self.document, offer)[:1]:
                self.answers[offer.method, offer.path] = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope)
        found = self.answers.get((request.method, request.url.path))
        missing = JSONResponse({"code": "not_found"}, HTTPStatus.NOT_FOUND)
        await (missing if found is None else JSONResponse(found))(scope, receive, send)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Client]:
        """Yield a client of a server before this gateway."""
        transport = httpx2.ASGITransport(self)
        async with (
            httpx2.AsyncClient(transport=transport, base_url="http://older") as http,
            Client(build_server(RestApi(http), self.document, EVERYTHING)) as mcp,
        ):
            yield mcp


def build_arguments(offer: ToolOffer) -> dict[str, Any]:
    given: dict[str, Any] = Samples({}).build(offer.parameters)
    return {name: FIXED_ARGUMENTS.get(name, value) for name, value in given.items()}


def build_answers(document: Schema, offer: ToolOffer) -> list[Schema]:
    """Build answers of a tool's operation; of one that waits only what it waits for."""
    answers = Samples(document).build_answers(offer)
    awaited = AWAITED_KINDS[offer.awaited_kind].id_name if offer.awaited_kind else None
    return [answer for answer in answers if awaited is None or awaited in answer]


@pytest.mark.promise("mcp: older-gateways")
@EACH_AGE
async def test_every_tool_answers_with_what_the_gateway_declares(document: Schema) -> None:
    gateway = StandIn(document)
    async with gateway.connect() as mcp:
        listed = [tool.name for tool in (await mcp.list_tools()).tools]
        assert listed == [offer.name for offer in read_tool_offers(document)]
        for offer in read_tool_offers(document):
            for answer in build_answers(document, offer):
                gateway.answers[offer.method, offer.path] = answer
                result = await mcp.call_tool(offer.name, build_arguments(offer))
                assert isinstance(result, types.CallToolResult)
                assert not result.is_error, (offer.name, result.structured_content)


@pytest.mark.promise("mcp: older-gateways")
@EACH_AGE
async def test_a_plan_that_runs_is_told_with_its_jobs(document: Schema) -> None:
    gateway = StandIn(document)
    (execute,) = [each for each in read_tool_offers(document) if each.name == "plan_execute"]
    plan = gateway.answers[execute.method, execute.path]
    gateway.answers[execute.method, execute.path] = plan | {
        "state": "executed",
        "outcome": "running",
        "jobIds": ["job_1"],
    }
    async with gateway.connect() as mcp:
        ran = read_structured_answer(await mcp.call_tool("plan_execute", build_arguments(execute)))
    assert [job["jobId"] for job in ran["jobs"]] == ["x"]


@pytest.mark.promise("mcp: older-gateways")
@EACH_AGE
async def test_a_prompt_and_a_format_have_the_examples_that_the_gateway_gives(
    document: Schema,
) -> None:
    has_examples = document is DOCUMENT
    async with StandIn(document).connect() as mcp:
        names = {prompt.name for prompt in (await mcp.list_prompts()).prompts}
        prompt = await mcp.get_prompt("film_from_idea", {"idea": "A fox leaves."})
        (contents,) = (await mcp.read_resource(FORMAT)).contents
    assert "film_from_idea" in names
    assert ("A valid document:" in str(prompt.messages)) == has_examples
    assert isinstance(contents, types.TextResourceContents)
    told = json.loads(contents.text)
    assert {"schema", "operations"} <= set(told)
    assert ({"example", "exampleAsMarkdown"} <= set(told)) == has_examples


def test_a_document_without_our_tools_is_refused_in_words() -> None:
    document = OLDER_DOCUMENT | {"paths": {"/": {"get": {}}}}
    with pytest.raises(ValueError, match="no tool plan_execute"):
        build_server(RestApi(httpx2.AsyncClient()), document)
