"""The tools that spend, plan_execute and studio_message_send, and the consent that they need.

The gateway decides what a key may spend. If it wants consent it refuses the call with
`approval_required`, and `consent` in the refusal says whose:

- `confirm`: the person in front of the client, by a form. The call is repeated with
  `confirmedInClient`, a claim that the gateway believes only where the key's owner allows it.
- `approve`: a signed-in person on the gateway's page. The client is asked to open it; the call is
  repeated after a short wait, and is refused again if there was no approval.

A client that cannot be asked gets the refusal itself, which names the page. Nothing is charged
before the gateway takes the call. From then on the price is held, so plan_execute never answers
with an error: a model would take it for "not executed", and prepare and pay a second time.
"""

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
from mcp_server.json_types import Arguments, JsonObject, Schema
from mcp_server.rest.api import is_away
from mcp_server.rest.offers import RestRequest
from mcp_server.results import Refusal
from mcp_server.tools.notes import AWAY_KEY, render_note
from mcp_server.tools.rest_tool import RestTool, ToolOutcome
from mcp_server.tools.waits import AWAITED_KINDS, MAX_WAIT_SECONDS

PLANS_PATH, JOBS_PATH, REQUESTS_PATH = (
    AWAITED_KINDS[kind].path for kind in ("plan", "job", "request")
)
QUESTION_KEY, MAX_NAMED_STEPS, MAX_LINKED_JOBS = "approve", 10, 4
NOT_CONFIRMED = "It was not confirmed; your client may have answered by itself."
UNREAD_JOBS_NOTE = " Not all of its jobs could be read: "
SCOPE_DENIED, NEEDED_SCOPE_NOTE = (
    "scope_denied",
    "that needs a key with scope media or account:read.",
)
APPROVAL_REQUIRED, QUOTE_USED = "approval_required", "quote_used"
log = logging.getLogger("mcp_server.approvals")


class ConsentTool(RestTool):
    """A tool that spends, and asks the person in front of the client if the gateway wants that.

    `subject` is the argument with the id of the plan or quote.
    """

    subject: ClassVar[str]

    async def call_with_consent(
        self, request: RestRequest, context: Context[Any, Any]
    ) -> JsonObject | types.InputRequiredResult:
        """Make a call that spends, at once or after consent.

        Raises:
            Refusal: nothing was spent.
        """
        try:
            return await self.api.call(request)
        except Refusal as refusal:
            if refusal.problem["code"] != APPROVAL_REQUIRED:
                raise
            return await self._ask_and_call(request, refusal, context)

    async def describe(self, request: RestRequest, total_usd: str) -> str:
        """Return the question for the person; it depends on nothing but the request.

        In the 2026 protocol the call comes a second time, and the question is built again.
        """
        raise NotImplementedError

    async def wait_for_page(self, request: RestRequest) -> None:
        """Wait a little for the decision of the person who was sent to the page."""

    async def _ask_and_call(
        self, request: RestRequest, refusal: Refusal, context: Context[Any, Any]
    ) -> JsonObject | types.InputRequiredResult:
        """Ask the person in front of the client, and spend after their consent.

        Raises:
            Refusal: there was no consent, or the client cannot ask.
        """
        body = request.body or {}
        subject = body[self.subject]
        question = await self._build_question(subject, request, refusal, context)
        if question is None:
            raise refusal
        answer = None  # stays so if the server stops meanwhile
        with self.waiter.shutdown.interrupt_wait():
            answer = await ask_person(context, question, subject)
        if isinstance(answer, types.InputRequiredResult):
            return answer
        if answer is not None and answer.action == "accept":
            # "accept" of a URL says only that the page was opened: the gateway knows the decision.
            if question.mode == "url":
                await self.wait_for_page(request)
                return await self.api.call(request)
            # "accept" of a form is no consent unless its box is ticked: clients send empty forms.
            if (answer.content or {}).get("approve") is True:
                return await self.api.call(
                    replace(request, body=body | {"confirmedInClient": True})
                )
        hint = f"{NOT_CONFIRMED} {refusal.problem['hint']}"
        raise Refusal({**refusal.problem, "hint": hint})

    async def _build_question(
        self, subject: str, request: RestRequest, refusal: Refusal, context: Context[Any, Any]
    ) -> types.ElicitRequestFormParams | types.ElicitRequestURLParams | None:
        """Build the question for the client; None if the client cannot ask it."""
        declared = context.client_capabilities and context.client_capabilities.elicitation
        if not declared:
            return None
        problem = refusal.problem
        consent, total = problem.get("consent"), str(problem.get("totalUsd", ""))
        url = problem.get("approvalUrl")
        # By the protocol an empty `elicitation` capability stands for forms.
        has_form = declared.form is not None or declared.url is None
        if consent == "confirm" and has_form:
            message = await self.describe(request, total)
            return types.ElicitRequestFormParams(
                message=message, requested_schema=_build_approval_form(total)
            )
        if consent == "approve" and declared.url is not None and url:
            return types.ElicitRequestURLParams(
                message=f"Approve {subject}, which costs ${total}, here:",
                url=url,
                elicitation_id=subject,
            )
        return None


class ExecuteTool(ConsentTool):
    """The tool plan_execute, which runs a plan."""

    subject = "planId"

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> ToolOutcome:
        """Run the plan, at once or after consent; then wait for its jobs.

        Raises:
            Refusal: nothing was spent.
        """
        plan = await self.call_with_consent(self.offer.build_request(arguments), context)
        if isinstance(plan, types.InputRequiredResult):
            return plan
        try:
            plan = await self.wait_for_end(plan, arguments, context)
        # The plan runs and its price is held. Whatever fails now, the answer is that it runs; an
        # error would make a model prepare and pay it again.
        except Refusal as refusal:
            log.info("an executed plan cannot be waited for: %s", refusal)
        except Exception:
            log.exception("waiting for an executed plan failed")
        return await self.render_answer(plan, arguments)

    async def render_answer(self, plan: JsonObject, arguments: Arguments) -> types.CallToolResult:
        """Render a plan as it is now, with the jobs of its results as far as they can be read.

        A step that another one takes is no result: its file is named by its job, without a link.
        Of more than `MAX_LINKED_JOBS` results the others are only their ids.
        """
        result_ids = _list_result_job_ids(plan)
        job_ids = result_ids[:MAX_LINKED_JOBS]
        if AWAY_KEY in plan:  # the gateway would not answer for its jobs either
            jobs, unread_note = [{"jobId": job_id} for job_id in job_ids], ""
        else:
            jobs, unread_note = await self._fetch_jobs(job_ids)
        picture = await self.fetch_preview(jobs) if arguments.get("preview", True) else None
        jobs += [{"jobId": job_id} for job_id in result_ids[MAX_LINKED_JOBS:]]
        facts = results.select_facts(plan, self.offer.result_paths)
        job_facts = [results.select_facts(job, JOB_RESULT_PATHS) for job in jobs]
        return results.render_success(
            facts | {"jobs": job_facts},
            render_note(plan) + unread_note,
            links=[link for job in jobs for link in results.build_output_links(job)],
            picture=picture,
        )

    async def describe(self, request: RestRequest, total_usd: str) -> str:
        """Return the question: the plan, the chosen steps, and their total."""
        body = request.body or {}
        plan = await self.api.get(PLANS_PATH, planId=body["planId"])
        step_ids = body.get("stepIds")
        steps = [step for step in plan["steps"] if not step_ids or step["stepId"] in step_ids]
        names = ", ".join(step["operation"] for step in steps[:MAX_NAMED_STEPS])
        others = f" and {len(steps) - MAX_NAMED_STEPS} more" if len(steps) > MAX_NAMED_STEPS else ""
        return f"Run plan {plan['planId']}: {names}{others}. It costs ${total_usd}."

    async def wait_for_page(self, request: RestRequest) -> None:
        """Wait until the plan is decided on the page, at most 20 seconds."""
        plan_id = (request.body or {})["planId"]
        plan = await self.api.get(PLANS_PATH, planId=plan_id)
        if plan["state"] == "pending":
            version = str(plan["version"])
            with self.waiter.shutdown.interrupt_wait():
                await self.api.get(
                    PLANS_PATH, planId=plan_id, waitSeconds="20", sinceVersion=version
                )

    async def _fetch_jobs(self, job_ids: Sequence[str]) -> tuple[list[JsonObject], str]:
        """Return the jobs as far as they can be read, and a note on why some could not."""
        jobs, unread_note = [], ""
        for job_id in job_ids:
            try:
                jobs.append(await self.api.get(JOBS_PATH, jobId=job_id))
            except Refusal as refusal:
                jobs.append({"jobId": job_id})
                is_denied = refusal.problem["code"] == SCOPE_DENIED
                reason = NEEDED_SCOPE_NOTE if is_denied else str(refusal.problem["message"])
                unread_note = UNREAD_JOBS_NOTE + reason
                if is_away(refusal):  # each further read would only wait for its time-out
                    others = [{"jobId": other_id} for other_id in job_ids[len(jobs) :]]
                    return jobs + others, unread_note
        return jobs, unread_note


def _list_result_job_ids(plan: JsonObject) -> list[str]:
    """Return the jobs whose outputs no other step takes; of a film, the one that joins it."""
    steps = plan["steps"]
    taken = {key for step in steps for key in step.get("dependsOn", ())}
    inner = {step["jobId"] for step in steps if step["key"] in taken}
    return [job_id for job_id in plan["jobIds"] if job_id not in inner]


class SendTool(ConsentTool):
    """The tool studio_message_send, which sends a message to the studio's agent."""

    subject = "quoteId"

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> ToolOutcome:
        """Send the message, at once or after consent, then wait for the agent's answer.

        If an earlier call or a person on the page has sent it already, its request is read.

        Raises:
            Refusal: nothing was spent.
        """
        try:
            sent = await self.call_with_consent(self.offer.build_request(arguments), context)
        except Refusal as refusal:
            if refusal.problem["code"] != QUOTE_USED:
                raise
            sent = await self.api.get(REQUESTS_PATH, requestId=refusal.problem["sentAs"])
        if isinstance(sent, types.InputRequiredResult):
            return sent
        return await self.render_answer(
            await self.wait_for_end(sent, arguments, context), arguments
        )

    async def describe(self, request: RestRequest, total_usd: str) -> str:
        """Return the question: the message, and the most that it can cost."""
        quote_id = (request.body or {})["quoteId"]
        return f"Send message {quote_id} to the studio's agent. It costs at most ${total_usd}."


JOB_RESULT_PATHS = (
    "jobId",
    "task",
    "status",
    "error",
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


async def ask_person(
    context: Context[Any, Any],
    question: types.ElicitRequestFormParams | types.ElicitRequestURLParams,
    state: str,
) -> types.ElicitResult | types.InputRequiredResult | None:
    """Ask the person in front of the client; None if the client cannot ask, or gave no answer.

    In the 2026 protocol the question is the result of the call, and the client repeats the call
    with the reply. `state` must come back with it: else the reply to one plan could be passed off
    as consent to another. In the handshake versions the question is a request of ours, sent while
    the call waits.
    """
    request = types.ElicitRequest(params=question)
    if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
        reply = (context.input_responses or {}).get(QUESTION_KEY)
        if context.request_state == state and isinstance(reply, types.ElicitResult):
            return reply
        return types.InputRequiredResult(
            input_requests={QUESTION_KEY: request}, request_state=state
        )
    if not context.session.can_send_request:
        return None
    try:
        answer: types.ElicitResult = await context.session.send_request(
            request,
            types.ElicitResult,
            request_read_timeout_seconds=MAX_WAIT_SECONDS,
            metadata=ServerMessageMetadata(related_request_id=context.request_id),
        )
    except MCPError:  # the client refused, or did not answer in time
        return None
    return answer


def _build_approval_form(total_usd: str) -> Schema:
    """Build the form; the box has no default, so that an empty form is no consent."""
    approve = {"type": "boolean", "title": f"Spend ${total_usd}", "description": "Approve it"}
    return {"type": "object", "properties": {"approve": approve}, "required": ["approve"]}
