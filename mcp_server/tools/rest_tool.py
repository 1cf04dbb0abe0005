"""Tools: one REST call for the arguments of a model, then a wait, a picture, links."""

import logging
from typing import Any

from mcp import types
from mcp.server.mcpserver.context import Context
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.shared.exceptions import MCPError
from pydantic import ConfigDict

from mcp_server import results
from mcp_server.json_types import Arguments, JsonObject
from mcp_server.rest.api import RestApi
from mcp_server.rest.offers import ToolOffer
from mcp_server.results import Refusal, build_refusal
from mcp_server.tools.arguments import check_arguments, drop_null_server_arguments
from mcp_server.tools.filters import ToolGate
from mcp_server.tools.notes import render_note
from mcp_server.tools.waits import AWAITED_KINDS, DEFAULT_WAIT_SECONDS, Waiter

log = logging.getLogger("mcp_server.tools")
PREVIEW_PATH = "/api/v1/studio/preview"
ToolOutcome = types.CallToolResult | types.InputRequiredResult


class RestTool(Tool):
    """A tool that calls one operation of the REST API, which validates the arguments."""

    # A start builds some ninety tools of twelve classes, and what it builds is ours: nothing of it
    # needs a validator, and building those takes longer than all else at the start.
    model_config = ConfigDict(arbitrary_types_allowed=True, defer_build=True)

    offer: ToolOffer
    api: RestApi
    gate: ToolGate
    waiter: Waiter

    @classmethod
    def from_offer(cls, offer: ToolOffer, gate: ToolGate, waiter: Waiter) -> "RestTool":
        """Build the tool of an offer."""
        return cls.model_construct(
            fn=render_note,  # never called: `run` is what the SDK calls
            name=offer.name,
            title=offer.title,
            description=offer.description,
            parameters=offer.parameters,
            fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=offer.output_schema),
            is_async=True,
            annotations=types.ToolAnnotations.model_validate(dict(offer.hints)),
            offer=offer,
            api=waiter.api,
            gate=gate,
            waiter=waiter,
        )

    async def run(
        self,
        arguments: Arguments,
        context: Context[Any, Any],
        convert_result: bool = False,  # noqa: ARG002, FBT001, FBT002 - the SDK's signature
    ) -> ToolOutcome:
        """Answer one call; whatever goes wrong is an answer with the next step.

        Raises:
            MCPError: the request itself is wrong, such as its headers.
        """
        try:
            await self.gate.check_offered(self.offer, context.request_context)
            arguments = drop_null_server_arguments(arguments)
            check_arguments(self.offer, arguments)
            return await self.answer(arguments, context)
        except Refusal as refusal:
            return (
                refusal.with_tool_names(self.gate.tools_by_call)
                .with_format_hint(self.offer.format_uri)
                .result
            )
        except MCPError:
            raise
        except Exception:
            log.exception("tool %s failed", self.name)
            return build_refusal(
                "internal_error",
                "Something went wrong in the MCP server.",
                "Call again with the same arguments: nothing is charged twice.",
                retryable=True,
            ).result

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> ToolOutcome:
        """Carry out a call with checked arguments.

        Raises:
            Refusal: REST refused, or could not be reached.
        """
        request = self.offer.build_request(arguments)
        try:
            facts = await self.api.call(request)
        except Refusal as refusal:
            raise self.offer.translate_refusal(refusal, request) from None
        facts = await self.wait_for_end(facts, arguments, context)
        return await self.render_answer(facts, arguments)

    async def wait_for_end(
        self, facts: JsonObject, arguments: Arguments, context: Context[Any, Any]
    ) -> JsonObject:
        """Wait until the thing ends or `waitSeconds` pass, then return its last state.

        A tool that waits for nothing returns the facts as they are.
        """
        if self.offer.awaited_kind is None:
            return facts
        seconds = int(arguments.get("waitSeconds", DEFAULT_WAIT_SECONDS))
        awaited = AWAITED_KINDS[self.offer.awaited_kind]
        return facts | await self.waiter.wait(awaited, facts, seconds, context.report_progress)

    async def render_answer(self, facts: JsonObject, arguments: Arguments) -> types.CallToolResult:
        """Render the answer of the tool; of a job with links to its outputs and a picture."""
        job = facts if self.offer.awaited_kind == "job" else {}
        has_preview = arguments.get("preview", True)
        picture = await self.fetch_preview([job]) if job and has_preview else None
        return results.render_success(
            results.select_facts(facts, self.offer.result_paths),
            render_note(facts),
            is_own_text=self.offer.own_text,
            links=results.build_output_links(job),
            picture=picture,
        )

    async def fetch_preview(self, jobs: list[JsonObject]) -> bytes | None:
        """Return the first image output as a small JPEG; None if there is none, or it fails."""
        for job in jobs:
            for output in job.get("outputs", ()):
                if output["kind"] == "image" and output["state"] == "available":
                    ref = f"job://{job['jobId']}/{output['index']}"
                    try:
                        return await self.api.get_picture(PREVIEW_PATH, ref=ref)
                    except Refusal:
                        return None
        return None


class PreviewTool(RestTool):
    """The tool media_preview, which shows an output or an asset as a picture."""

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> ToolOutcome:  # noqa: ARG002
        """Answer with the picture alone.

        Raises:
            Refusal: there is no such picture.
        """
        request = self.offer.build_request(arguments)
        picture = await self.api.get_picture(request.path, **request.query)
        return results.render_picture(f"Here is {arguments['ref']}.", picture)
