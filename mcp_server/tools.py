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
from mcp_server.api import Api
from mcp_server.arguments import check_arguments, drop_null_own
from mcp_server.filters import Gate
from mcp_server.notes import note_of
from mcp_server.offers import Offer
from mcp_server.open_json import Arguments, Facts
from mcp_server.results import Refused, refused
from mcp_server.waits import AWAITED, USUAL_SECONDS, Waiter

log = logging.getLogger(__name__)
PREVIEW = "/api/v1/studio/preview"
Outcome = types.CallToolResult | types.InputRequiredResult


class RestTool(Tool):
    """A tool that calls one operation of the REST API, which validates the arguments."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    offer: Offer
    api: Api
    gate: Gate
    waiter: Waiter

    @classmethod
    def made(cls, offer: Offer, gate: Gate, waiter: Waiter) -> "RestTool":
        """Build the tool of an offer."""
        return cls(
            fn=note_of,  # never called: `run` is what the SDK calls
            name=offer.name,
            title=offer.title,
            description=offer.description,
            parameters=offer.parameters,
            fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=offer.output),
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
    ) -> Outcome:
        """Answer one call; whatever goes wrong is an answer with the next step.

        Raises:
            MCPError: the request itself is wrong, such as its headers.
        """
        try:
            await self.gate.check(self.offer, context.request_context)
            arguments = drop_null_own(arguments)
            check_arguments(self.offer, arguments)
            return await self.answer(arguments, context)
        except Refused as refusal:
            return refusal.in_words_of(self.gate.calls).with_format(self.offer.format).result
        except MCPError:
            raise
        except Exception:
            log.exception("tool %s failed", self.name)
            return refused(
                "internal_error",
                "Something went wrong in the MCP server.",
                "Call again with the same arguments: nothing is charged twice.",
                retryable=True,
            ).result

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> Outcome:
        """Carry out a call with checked arguments.

        Raises:
            Refused: REST refused, or could not be reached.
        """
        request = self.offer.request(arguments)
        try:
            facts = await self.api.call(request)
        except Refused as refusal:
            raise self.offer.named(refusal, request) from None
        facts = await self.waited(facts, arguments, context)
        return await self.told(facts, arguments)

    async def waited(self, found: Facts, arguments: Arguments, context: Context[Any, Any]) -> Facts:
        """Wait until the thing ends or `waitSeconds` pass, then return its last state.

        A tool that waits for nothing returns the facts as they are.
        """
        if self.offer.waits is None:
            return found
        seconds = int(arguments.get("waitSeconds", USUAL_SECONDS))
        awaited = AWAITED[self.offer.waits]
        return found | await self.waiter.wait(awaited, found, seconds, context.report_progress)

    async def told(self, found: Facts, arguments: Arguments) -> types.CallToolResult:
        """Render the answer of the tool; of a job with links to its outputs and a picture."""
        job = found if self.offer.waits == "job" else {}
        has_preview = arguments.get("preview", True)
        picture = await self.preview([job]) if job and has_preview else None
        return results.success(
            results.shown(found, self.offer.result),
            note_of(found),
            links=results.links_of(job),
            picture=picture,
        )

    async def preview(self, jobs: list[Facts]) -> bytes | None:
        """Return the first image output as a small JPEG; None if there is none, or it fails."""
        for job in jobs:
            for output in job.get("outputs", ()):
                if output["kind"] == "image" and output["state"] == "available":
                    ref = f"job://{job['jobId']}/{output['index']}"
                    try:
                        return await self.api.picture(PREVIEW, ref=ref)
                    except Refused:
                        return None
        return None


class PreviewTool(RestTool):
    """The tool media_preview, which shows an output or an asset as a picture."""

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> Outcome:  # noqa: ARG002
        """Answer with the picture alone.

        Raises:
            Refused: there is no such picture.
        """
        request = self.offer.request(arguments)
        picture = await self.api.picture(request.path, **request.query)
        return results.only_picture(f"Here is {arguments['ref']}.", picture)
