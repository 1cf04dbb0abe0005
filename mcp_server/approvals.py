"""The tools that spend, plan_execute and studio_message_send, and whose yes they need."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from mcp import types
from mcp.server.mcpserver.context import Context
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from mcp_server import results
from mcp_server.api import is_away
from mcp_server.notes import AWAY, note_of
from mcp_server.offers import Request
from mcp_server.open_json import Arguments, Facts, Schema
from mcp_server.results import Refused
from mcp_server.tools import Outcome, RestTool
from mcp_server.waits import AWAITED, MOST_SECONDS

PLANS, JOBS, REQUESTS = (AWAITED[kind].path for kind in ("plan", "job", "request"))
QUESTION, MOST_JOBS = "approve", 10
NOT_CONFIRMED = "It was not confirmed; your client may have answered by itself."
UNREAD = " Not all of its jobs could be read: "
SCOPE_DENIED, NEEDED = "scope_denied", "that needs a key with scope media or account:read."
APPROVAL_REQUIRED, QUOTE_USED = "approval_required", "quote_used"
log = logging.getLogger(__name__)


class ConsentTool(RestTool):
    """A tool that spends; where the owner of the key wants a yes of the person in front, it asks.

    `subject` is the argument that names what is spent on.
    """

    subject: ClassVar[str]

    async def consented(
        self, request: Request, context: Context[Any, Any]
    ) -> Facts | types.InputRequiredResult:
        """Make a call that spends, at once or after a yes.

        Raises:
            Refused: nothing was spent.
        """
        try:
            return await self.api.call(request)
        except Refused as refusal:
            if refusal.problem["code"] != APPROVAL_REQUIRED:
                raise
            return await self._asked(request, refusal, context)

    async def describe(self, request: Request, total_usd: str) -> str:
        """Return what a person is asked; it depends on nothing but what is spent on."""
        raise NotImplementedError

    async def wait_for_page(self, request: Request) -> None:
        """Give the person who was sent to the page a moment to decide there."""

    async def _asked(
        self, request: Request, refusal: Refused, context: Context[Any, Any]
    ) -> Facts | types.InputRequiredResult:
        """Ask the person in front of the client, and spend after a yes.

        Raises:
            Refused: nobody said yes, or the client cannot ask.
        """
        body = request.body or {}
        subject = body[self.subject]
        question = await self._question(subject, request, refusal, context)
        if question is None:
            raise refusal
        answer = None
        with self.waiter.stopping.interrupts():
            answer = await ask(context, question, subject)
        if isinstance(answer, types.InputRequiredResult):
            return answer
        if answer is not None and answer.action == "accept":
            if question.mode == "url":
                await self.wait_for_page(request)
                return await self.api.call(request)
            if (answer.content or {}).get("approve") is True:
                return await self.api.call(
                    replace(request, body=body | {"confirmedInClient": True})
                )
        hint = f"{NOT_CONFIRMED} {refusal.problem['hint']}"
        raise Refused({**refusal.problem, "hint": hint})

    async def _question(
        self, subject: str, request: Request, refusal: Refused, context: Context[Any, Any]
    ) -> types.ElicitRequestFormParams | types.ElicitRequestURLParams | None:
        """Return what to ask; None: the client cannot ask it."""
        declared = context.client_capabilities and context.client_capabilities.elicitation
        if not declared:
            return None
        problem = refusal.problem
        consent, total = problem.get("consent"), str(problem.get("totalUsd", ""))
        url = problem.get("approvalUrl")
        form = declared.form is not None or declared.url is None
        if consent == "confirm" and form:
            message = await self.describe(request, total)
            return types.ElicitRequestFormParams(message=message, requested_schema=_form(total))
        if consent == "approve" and declared.url is not None and url:
            return types.ElicitRequestURLParams(
                message=f"Approve {subject}, which costs ${total}, here:",
                url=url,
                elicitation_id=subject,
            )
        return None


class ExecuteTool(ConsentTool):
    """Runs a plan."""

    subject = "planId"

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> Outcome:
        """Run the plan, at once or after a yes; then wait for its jobs.

        Raises:
            Refused: nothing was spent.
        """
        plan = await self.consented(self.offer.request(arguments), context)
        if isinstance(plan, types.InputRequiredResult):
            return plan
        try:
            plan = await self.waited(plan, arguments, context)
        except Refused as refusal:  # it runs: that is the answer, whatever else cannot be read
            log.info("an executed plan cannot be waited for: %s", refusal)
        except Exception:  # its price is held: an answer without its jobs would hide that
            log.exception("waiting for an executed plan failed")
        return await self.told(plan, arguments)

    async def told(self, plan: Facts, arguments: Arguments) -> types.CallToolResult:
        """Return the answer for a plan as it is now, with its jobs as far as they can be read."""
        job_ids = plan["jobIds"][:MOST_JOBS]
        if AWAY in plan:
            jobs, unread = [{"jobId": job_id} for job_id in job_ids], ""
        else:
            jobs, unread = await self._read_jobs(job_ids)
        picture = await self.preview(jobs) if arguments.get("preview", True) else None
        jobs += [{"jobId": job_id} for job_id in plan["jobIds"][MOST_JOBS:]]
        facts = results.shown(plan, self.offer.result)
        shown = [results.shown(job, JOB) for job in jobs]
        return results.success(
            facts | {"jobs": shown},
            note_of(plan) + unread,
            links=[link for job in jobs for link in results.links_of(job)],
            picture=picture,
        )

    async def describe(self, request: Request, total_usd: str) -> str:
        """Return what a person is asked: the plan, the steps that are chosen, their total."""
        body = request.body or {}
        plan = await self.api.get(PLANS, planId=body["planId"])
        chosen = body.get("stepIds")
        steps = [s for s in plan["steps"] if not chosen or s["stepId"] in chosen]
        names = ", ".join(step["operation"] for step in steps[:MOST_JOBS])
        more = f" and {len(steps) - MOST_JOBS} more" if len(steps) > MOST_JOBS else ""
        return f"Run plan {plan['planId']}: {names}{more}. It costs ${total_usd}."

    async def wait_for_page(self, request: Request) -> None:
        """Wait until the plan is decided on the page, or some seconds."""
        plan_id = (request.body or {})["planId"]
        plan = await self.api.get(PLANS, planId=plan_id)
        if plan["state"] == "pending":
            version = str(plan["version"])
            with self.waiter.stopping.interrupts():
                await self.api.get(PLANS, planId=plan_id, waitSeconds="20", sinceVersion=version)

    async def _read_jobs(self, job_ids: Sequence[str]) -> tuple[list[Facts], str]:
        """Return the jobs as far as they can be read, and why some could not."""
        jobs, unread = [], ""
        for job_id in job_ids:
            try:
                jobs.append(await self.api.get(JOBS, jobId=job_id))
            except Refused as refusal:
                jobs.append({"jobId": job_id})
                denied = refusal.problem["code"] == SCOPE_DENIED
                unread = UNREAD + (NEEDED if denied else str(refusal.problem["message"]))
                if is_away(refusal):  # it would not answer for the others either
                    return jobs + [{"jobId": other} for other in job_ids[len(jobs) :]], unread
        return jobs, unread


class SendTool(ConsentTool):
    """Sends a message to the studio's agent."""

    subject = "quoteId"

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> Outcome:
        """Send the message, at once or after a yes, then wait for its answer.

        A message that was sent already, by a call before or by a person on the page, is read.

        Raises:
            Refused: nothing was spent.
        """
        try:
            sent = await self.consented(self.offer.request(arguments), context)
        except Refused as refusal:
            if refusal.problem["code"] != QUOTE_USED:
                raise
            sent = await self.api.get(REQUESTS, requestId=refusal.problem["sentAs"])
        if isinstance(sent, types.InputRequiredResult):
            return sent
        return await self.told(await self.waited(sent, arguments, context), arguments)

    async def describe(self, request: Request, total_usd: str) -> str:
        """Return what a person is asked: which message, and the most that it costs."""
        quote_id = (request.body or {})["quoteId"]
        return f"Send message {quote_id} to the studio's agent. It costs at most ${total_usd}."


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


def _form(total_usd: str) -> Schema:
    """Return the form: no default, so that an empty yes is none."""
    approve = {"type": "boolean", "title": f"Spend ${total_usd}", "description": "Approve it"}
    return {"type": "object", "properties": {"approve": approve}, "required": ["approve"]}
