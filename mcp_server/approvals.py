"""plan_execute: the one tool that spends, and whose yes it needs."""

import logging
from typing import Any

from mcp import types
from mcp.server.mcpserver.context import Context
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from mcp_server import results
from mcp_server.notes import note_of
from mcp_server.offers import Request
from mcp_server.results import Facts, Refused
from mcp_server.tools import Outcome, RestTool
from mcp_server.waits import AWAITED, MOST_SECONDS

PLANS, JOBS = AWAITED["plan"].path, AWAITED["job"].path
QUESTION, MOST_JOBS = "approve", 10
NOT_CONFIRMED = (
    "It was not confirmed; your client may have answered by itself. Show approvalUrl to the user "
    "and call plan_get; do not prepare it again."
)
UNREAD = " Not all of its jobs could be read: that needs a key with scope media or account:read."
APPROVAL_REQUIRED = "approval_required"
log = logging.getLogger(__name__)


class ExecuteTool(RestTool):
    """Runs a plan; where the owner of the key wants a yes of the person in front, it asks."""

    async def answer(self, arguments: dict[str, Any], context: Context[Any, Any]) -> Outcome:
        """Run the plan, at once or after a yes; then wait for its jobs.

        Raises:
            Refused: nothing was spent.
        """
        request = self.offer.request(arguments)
        try:
            plan = await self.api.call(request)
        except Refused as refusal:
            if refusal.problem["code"] != APPROVAL_REQUIRED:
                raise
            answer = await self._asked(request, refusal, context)
            if isinstance(answer, types.InputRequiredResult):
                return answer
            plan = answer
        try:
            plan = await self.waited(plan, arguments, context)
        except Refused as refusal:  # it runs: that is the answer, whatever else cannot be read
            log.info("an executed plan cannot be waited for: %s", refusal)
        return await self.told(plan, arguments)

    async def told(self, plan: Facts, arguments: dict[str, Any]) -> types.CallToolResult:
        """Return the answer for a plan as it is now, with its jobs as far as they can be read."""
        jobs = [await self._job(job_id) for job_id in plan["jobIds"][:MOST_JOBS]]
        unread = "" if all("status" in job for job in jobs) else UNREAD
        picture = await self.preview(jobs) if arguments.get("preview", True) else None
        jobs += [{"jobId": job_id} for job_id in plan["jobIds"][MOST_JOBS:]]
        facts = results.shown(plan, self.offer.result)
        shown = [results.shown(job, JOB) for job in jobs]
        return results.success(
            facts | {"jobs": shown},
            note_of(plan) + unread,
            promise=self.offer.output["properties"],
            links=[link for job in jobs for link in results.links_of(job)],
            picture=picture,
        )

    async def _asked(
        self, request: Request, refusal: Refused, context: Context[Any, Any]
    ) -> Facts | types.InputRequiredResult:
        """Ask the person in front of the client, and run the plan after a yes.

        Raises:
            Refused: nobody said yes, or the client cannot ask.
        """
        plan_id = refusal.problem["approvalUrl"].rpartition("/")[2]
        question = await self._question(plan_id, request, refusal, context)
        if question is None:
            raise refusal
        answer = await ask(context, question, plan_id)
        if isinstance(answer, types.InputRequiredResult):
            return answer
        if answer is not None and answer.action == "accept":
            if question.mode == "url":
                return await self._after_page(plan_id, request)
            if (answer.content or {}).get("approve") is True:
                body = (request.body or {}) | {"confirmedInClient": True}
                return await self.api.call(
                    Request(request.method, request.path, request.query, request.headers, body)
                )
        raise Refused({**refusal.problem, "hint": NOT_CONFIRMED})

    async def _question(
        self, plan_id: str, request: Request, refusal: Refused, context: Context[Any, Any]
    ) -> types.ElicitRequestFormParams | types.ElicitRequestURLParams | None:
        """Return what to ask; it depends on nothing but the plan and the steps that are chosen."""
        declared = context.client_capabilities and context.client_capabilities.elicitation
        if not declared:
            return None
        form = declared.form is not None or declared.url is None
        if refusal.problem["consent"] == "confirm" and form:
            plan = await self.api.get(PLANS, planId=plan_id)
            chosen = (request.body or {}).get("stepIds")
            steps = [s for s in plan["steps"] if not chosen or s["stepId"] in chosen]
            names = ", ".join(step["operation"] for step in steps[:MOST_JOBS])
            more = f" and {len(steps) - MOST_JOBS} more" if len(steps) > MOST_JOBS else ""
            total = refusal.problem["totalUsd"]
            message = f"Run plan {plan_id}: {names}{more}. It costs ${total}."
            return types.ElicitRequestFormParams(message=message, requested_schema=_form(total))
        if refusal.problem["consent"] == "approve" and declared.url is not None:
            return types.ElicitRequestURLParams(
                message=f"Plan {plan_id} costs ${refusal.problem['totalUsd']}. Approve it here:",
                url=refusal.problem["approvalUrl"],
                elicitation_id=plan_id,
            )
        return None

    async def _after_page(self, plan_id: str, request: Request) -> Facts:
        """Wait for what the person does on the page, then read the plan as executed.

        Raises:
            Refused: it was not approved.
        """
        plan = await self.api.get(PLANS, planId=plan_id)
        awaited = AWAITED["plan"]
        if plan["state"] == "pending":
            await self.api.get(
                awaited.path, planId=plan_id, waitSeconds="20", sinceVersion=str(plan["version"])
            )
        return await self.api.call(request)

    async def _job(self, job_id: str) -> Facts:
        try:
            return await self.api.get(JOBS, jobId=job_id)
        except Refused:
            return {"jobId": job_id}


JOB = (
    "jobId",
    "task",
    "status",
    "error",
    "billing.priceUsd",
    "billing.chargedUsd",
    "outputs[].index",
    "outputs[].kind",
    "outputs[].url",
    "outputs[].mimeType",
    "outputs[].width",
    "outputs[].height",
    "outputs[].durationSeconds",
    "outputs[].expiresAt",
)


async def ask(
    context: Context[Any, Any],
    question: types.ElicitRequestFormParams | types.ElicitRequestURLParams,
    state: str,
) -> types.ElicitResult | types.InputRequiredResult | None:
    """Ask the person in front of the client; None: nobody answered, or nobody can be asked.

    On the wire of 2026 the question is the answer of the call, which comes again with the reply;
    `state` must then come back with it. Before, it is a request of ours while the call waits.
    """
    request = types.ElicitRequest(params=question)
    if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
        reply = (context.input_responses or {}).get(QUESTION)
        if context.request_state == state and isinstance(reply, types.ElicitResult):
            return reply
        return types.InputRequiredResult(input_requests={QUESTION: request}, request_state=state)
    if not context.session.can_send_request:
        return None
    try:
        found: types.ElicitResult = await context.session.send_request(
            request,
            types.ElicitResult,
            request_read_timeout_seconds=MOST_SECONDS,
            metadata=ServerMessageMetadata(related_request_id=context.request_id),
        )
    except MCPError:
        return None
    return found


def _form(total_usd: str) -> dict[str, Any]:
    """Return the form: no default, so that an empty yes is none."""
    approve = {"type": "boolean", "title": f"Spend ${total_usd}", "description": "Run this plan"}
    return {"type": "object", "properties": {"approve": approve}, "required": ["approve"]}
