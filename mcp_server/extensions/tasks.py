"""The Tasks extension (SEP-2663): a job is a task, and its id is the task's id.

A task is read from the job row, so any process answers, also after a restart. Only the 2026-07-28
wire has tasks, and only callers that declare them are given any.
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
    """How a task stands, by the extension; ours end with a `result`, that of plan_execute."""

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
    """Which task; of `tasks/update` also what was answered, which no task of ours asks for."""

    task_id: str
    input_responses: dict[str, object] | None = None


class TasksExtension(Extension):
    """Serves `tasks/get`, `tasks/cancel` and `tasks/update`, and makes tasks of executed plans.

    `result` returns what plan_execute answers for a plan that has ended; `may_cancel` refuses whom
    the tool that cancels a job is not offered.
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
        """Return the three methods, of the modern wire alone."""
        handlers = {"get": self._get, "cancel": self._cancel, "update": self._update}
        return [
            MethodBinding(f"tasks/{name}", TaskParams, handler, VERSIONS)
            for name, handler in handlers.items()
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        """Answer with a task where a plan of one job was executed for who declared tasks."""
        if params.name != EXECUTE or not declared(ctx):
            return await call_next(ctx)
        params.arguments = {**(params.arguments or {}), "waitSeconds": 0}
        answer = await call_next(ctx)
        if not isinstance(answer, CallToolResult) or answer.is_error:
            return answer
        plan = answer.structured_content or {}
        if not alone(plan) or not plan["jobs"]:
            return answer
        try:
            task = await self.read(plan["jobs"][0]["jobId"])
        except MCPError:  # it was executed: what cannot be read is no task, and no error
            return answer
        return answer if task is None else created(task)

    async def read(self, task_id: str) -> Task | None:
        """Return a task of this caller; None: no plan of one step has made a job of this id."""
        job, plan = await self._read(JOBS, task_id), await self._read(PLANS, task_id)
        if job is None or plan is None or not alone(plan):
            return None
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
        """Cancel a task, unless it has ended; False: there is none of this id."""
        try:
            await self._api.call(Request("POST", f"{JOBS}/cancel", {}, {}, {"jobId": task_id}))
        except Refused as refusal:
            if is_missing(refusal):
                return False
            if refusal.problem["code"] != FINISHED:
                raise protocol_error(refusal) from refusal
        return True

    async def update(self, task_id: str, _responses: dict[str, object]) -> bool:
        """Take answers that no task of ours asks for; False: there is no task of this id."""
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
    """Return True if a plan has one step that is run: only such a plan goes on as a task."""
    return len([step for step in plan["steps"] if step["state"] != "dropped"]) == 1


def created(task: Task) -> dict[str, object]:
    """Return what a tool call answers instead of its result."""
    return {"resultType": "task"} | {
        key: value for key, value in task.items() if key not in {"result", "error", "inputRequests"}
    }


def checked(ctx: Context, params: TaskParams) -> None:
    """Check that the caller declared tasks, and that over HTTP `Mcp-Name` names this one.

    Raises:
        MCPError: it did not, or the header is missing or names another.
    """
    require_client_extension(ctx, IDENTIFIER)
    headers = getattr(ctx.request, "headers", None)
    if headers is not None and decode_header_value(headers.get(MCP_NAME_HEADER)) != params.task_id:
        raise MCPError(HEADER_MISMATCH, "Mcp-Name does not match the task in the request.")


def known(found: Found | None, params: TaskParams) -> Found:
    """Return what was found.

    Raises:
        MCPError: nothing was; another account's task is no other case.
    """
    if not found:
        raise MCPError(INVALID_PARAMS, "There is no such task.", {"taskId": params.task_id})
    return found
