"""The Tasks extension (SEP-2663): a job is a task, and its id is the task's id.

A task is read from its job and its plan, so any process answers, also after a restart. Only the
2026-07-28 version has tasks, and only callers that declare them are given any.
https://modelcontextprotocol.io/seps/2663-tasks-extension
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NotRequired, TypedDict, TypeVar

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import require_client_extension
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp.types import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    RequestParams,
)
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from mcp_server.api import Api
from mcp_server.offers import Request
from mcp_server.open_json import Facts
from mcp_server.reading import is_missing, protocol_error, read
from mcp_server.results import Refused

Context = ServerRequestContext[Any, Any]
IDENTIFIER = "io.modelcontextprotocol/tasks"
VERSIONS = frozenset(MODERN_PROTOCOL_VERSIONS)
TTL_MS = 48 * 3_600_000
EXECUTE, CANCEL = "plan_execute", "media_job_cancel"
JOBS, PLANS = "/api/v1/media/jobs", "/api/v1/studio/agent/approval-plans"
RUNNING = "running"
FINISHED = "job_finished"
DEFAULT_POLL_SECONDS = 1

Found = TypeVar("Found")


class TaskState(TypedDict):
    """The state of a task on the wire; ours complete with the result of plan_execute."""

    status: str
    statusMessage: NotRequired[str]
    result: NotRequired[Facts]
    error: NotRequired[Facts]
    inputRequests: NotRequired[Mapping[str, Facts]]


class Task(TaskState):
    """A task on the wire."""

    taskId: str
    createdAt: str
    lastUpdatedAt: str
    ttlMs: int
    pollIntervalMs: int


class TaskParams(RequestParams):
    """The task that is requested; of `tasks/update` also replies, which no task of ours wants."""

    task_id: str
    input_responses: dict[str, object] | None = None


class TasksExtension(Extension):
    """The methods `tasks/get`, `tasks/cancel` and `tasks/update`, and tasks for executed plans.

    The first callable renders what plan_execute answers for a plan that has ended. The second
    refuses callers who do not have the tool that cancels jobs.
    """

    identifier = IDENTIFIER

    def __init__(
        self,
        api: Api,
        result: Callable[[Facts], Awaitable[CallToolResult]],
        may_cancel: Callable[[Context], Awaitable[None]],
    ) -> None:
        self._api = api
        self._result = result
        self._may_cancel = may_cancel

    def methods(self) -> Sequence[MethodBinding]:
        """Return the three methods, which only the 2026 version has."""
        handlers = {"get": self._get, "cancel": self._cancel, "update": self._update}
        return [
            MethodBinding(f"tasks/{name}", TaskParams, handler, VERSIONS)
            for name, handler in handlers.items()
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        """Answer plan_execute with a task if the plan has one job and the caller declared tasks."""
        if params.name != EXECUTE or not declared(ctx):
            return await call_next(ctx)
        # The client polls the task, so the call itself need not wait.
        params.arguments = {**(params.arguments or {}), "waitSeconds": 0}
        answer = await call_next(ctx)
        if not isinstance(answer, CallToolResult) or answer.is_error:
            return answer
        plan = answer.structured_content or {}
        if not alone(plan) or not plan["jobs"]:
            return answer
        try:
            task = await self.read(plan["jobs"][0]["jobId"])
        except MCPError:
            # The plan was executed. An error would hide that, so without a readable task the
            # answer is the one that callers without tasks get.
            return answer
        return answer if task is None else created(task)

    async def read(self, task_id: str) -> Task | None:
        """Return a task of this caller; None if no plan of one step has made a job of this id."""
        job, plan = await self._read(JOBS, task_id), await self._read(PLANS, task_id)
        if job is None or plan is None or not alone(plan):
            return None
        # The plan decides when the task ends, because the task's result is the plan's answer.
        status = "working"
        if plan["outcome"] != RUNNING:
            status = "cancelled" if job["status"] == "canceled" else "completed"
        task: Task = {
            "taskId": job["jobId"],
            "status": status,
            "statusMessage": f"The job has status {job['status']}.",
            "createdAt": job["createdAt"],
            "lastUpdatedAt": job["finishedAt"] or job["startedAt"] or job["createdAt"],
            "ttlMs": TTL_MS,
            "pollIntervalMs": (job["pollAfterSeconds"] or DEFAULT_POLL_SECONDS) * 1000,
        }
        if status == "completed":
            result = await self._result(plan)
            result.is_error = job["status"] != "succeeded"
            task["result"] = result.model_dump(by_alias=True, mode="json", exclude_none=True)
        return task

    async def _read(self, path: str, task_id: str) -> Facts | None:
        return await read(self._api, path, jobId=task_id)

    async def cancel(self, task_id: str) -> bool:
        """Cancel a task, unless it has ended; False if there is none of this id."""
        try:
            await self._api.call(Request("POST", f"{JOBS}/cancel", {}, {}, {"jobId": task_id}))
        except Refused as refusal:
            if is_missing(refusal):
                return False
            if refusal.problem["code"] != FINISHED:
                raise protocol_error(refusal) from refusal
        return True

    async def update(self, task_id: str, _responses: dict[str, object]) -> bool:
        """Ignore replies, which no task of ours wants; False if there is no task of this id."""
        return await self.read(task_id) is not None

    async def _get(self, ctx: Context, params: TaskParams) -> dict[str, object]:
        checked(ctx, params)
        task = known(await self.read(params.task_id), params)
        return {"resultType": "complete", **task}

    async def _cancel(self, ctx: Context, params: TaskParams) -> dict[str, object]:
        checked(ctx, params)
        try:
            await self._may_cancel(ctx)
        except Refused as refusal:
            raise protocol_error(refusal) from refusal
        known(await self.read(params.task_id), params)
        known(await self.cancel(params.task_id), params)
        return {}

    async def _update(self, ctx: Context, params: TaskParams) -> dict[str, object]:
        checked(ctx, params)
        known(await self.update(params.task_id, params.input_responses or {}), params)
        return {}


def declared(ctx: Context) -> bool:
    """Return True if this request may be answered with a task."""
    capabilities = ctx.session.client_capabilities
    extensions = (capabilities.extensions if capabilities else None) or {}
    return ctx.protocol_version in VERSIONS and IDENTIFIER in extensions


def alone(plan: Facts) -> bool:
    """Return True if one step of a plan is run: only such a plan becomes a task."""
    return len([step for step in plan["steps"] if step["state"] != "dropped"]) == 1


def created(task: Task) -> dict[str, object]:
    """Render a new task as the answer of a tool call, in place of the call's result."""
    return {"resultType": "task"} | {
        key: value for key, value in task.items() if key not in {"result", "error", "inputRequests"}
    }


def checked(ctx: Context, params: TaskParams) -> None:
    """Check that the caller declared tasks, and that over HTTP `Mcp-Name` names this task.

    Raises:
        MCPError: the caller did not, or the header is missing or names another task.
    """
    require_client_extension(ctx, IDENTIFIER)
    headers = getattr(ctx.request, "headers", None)
    if headers is not None and decode_header_value(headers.get(MCP_NAME_HEADER)) != params.task_id:
        raise MCPError(HEADER_MISMATCH, "Mcp-Name does not match the task in the request.")


def known(found: Found | None, params: TaskParams) -> Found:
    """Return a task, or the True of a change, that was found.

    Raises:
        MCPError: nothing was found; another account's task answers the same.
    """
    if not found:
        raise MCPError(INVALID_PARAMS, "There is no such task.", {"taskId": params.task_id})
    return found
