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

from mcp_server.json_types import JsonObject
from mcp_server.rest.api import RestApi
from mcp_server.rest.offers import RestRequest
from mcp_server.rest.reader import fetch_json, is_missing, to_protocol_error
from mcp_server.results import Refusal

Context = ServerRequestContext[Any, Any]
TASKS_IDENTIFIER = "io.modelcontextprotocol/tasks"
TASK_VERSIONS = frozenset(MODERN_PROTOCOL_VERSIONS)
TTL_MS = 48 * 3_600_000
EXECUTE_TOOL, CANCEL_TOOL = "plan_execute", "media_job_cancel"
JOBS_PATH, PLANS_PATH = "/api/v1/media/jobs", "/api/v1/studio/agent/approval-plans"
RUNNING_OUTCOME = "running"
FINISHED_CODE = "job_finished"
DEFAULT_POLL_SECONDS = 1

Found = TypeVar("Found")


class TaskState(TypedDict):
    """The state of a task on the wire; ours complete with the result of plan_execute."""

    status: str
    statusMessage: NotRequired[str]
    result: NotRequired[JsonObject]
    error: NotRequired[JsonObject]
    inputRequests: NotRequired[Mapping[str, JsonObject]]


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

    identifier = TASKS_IDENTIFIER

    def __init__(
        self,
        api: RestApi,
        render_result: Callable[[JsonObject], Awaitable[CallToolResult]],
        check_may_cancel: Callable[[Context], Awaitable[None]],
    ) -> None:
        self._api = api
        self._render_result = render_result
        self._check_may_cancel = check_may_cancel

    def methods(self) -> Sequence[MethodBinding]:
        """Return the three methods, which only the 2026 version has."""
        handlers = {
            "get": self._answer_get,
            "cancel": self._answer_cancel,
            "update": self._answer_update,
        }
        return [
            MethodBinding(f"tasks/{name}", TaskParams, handler, TASK_VERSIONS)
            for name, handler in handlers.items()
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        """Answer plan_execute with a task if the plan has one job and the caller declared tasks."""
        if params.name != EXECUTE_TOOL or not declares_tasks(ctx):
            return await call_next(ctx)
        # The client polls the task, so the call itself need not wait.
        params.arguments = {**(params.arguments or {}), "waitSeconds": 0}
        answer = await call_next(ctx)
        if not isinstance(answer, CallToolResult) or answer.is_error:
            return answer
        plan = answer.structured_content or {}
        if not has_one_step(plan) or not plan["jobs"]:
            return answer
        try:
            task = await self.find_task(plan["jobs"][0]["jobId"])
        except MCPError:
            # The plan was executed. An error would hide that, so without a readable task the
            # answer is the one that callers without tasks get.
            return answer
        return answer if task is None else render_created_task(task)

    async def find_task(self, task_id: str) -> Task | None:
        """Return a task of this caller; None if no plan of one step has made a job of this id."""
        job, plan = (
            await self._fetch_by_job(JOBS_PATH, task_id),
            await self._fetch_by_job(PLANS_PATH, task_id),
        )
        if job is None or plan is None or not has_one_step(plan):
            return None
        # The plan decides when the task ends, because the task's result is the plan's answer.
        status = "working"
        if plan["outcome"] != RUNNING_OUTCOME:
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
            result = await self._render_result(plan)
            result.is_error = job["status"] != "succeeded"
            task["result"] = result.model_dump(by_alias=True, mode="json", exclude_none=True)
        return task

    async def _fetch_by_job(self, path: str, task_id: str) -> JsonObject | None:
        return await fetch_json(self._api, path, jobId=task_id)

    async def cancel_task(self, task_id: str) -> bool:
        """Cancel a task, unless it has ended; False if there is none of this id."""
        try:
            await self._api.call(
                RestRequest("POST", f"{JOBS_PATH}/cancel", {}, {}, {"jobId": task_id})
            )
        except Refusal as refusal:
            if is_missing(refusal):
                return False
            if refusal.problem["code"] != FINISHED_CODE:
                raise to_protocol_error(refusal) from refusal
        return True

    async def update_task(self, task_id: str, _responses: dict[str, object]) -> bool:
        """Ignore replies, which no task of ours wants; False if there is no task of this id."""
        return await self.find_task(task_id) is not None

    async def _answer_get(self, ctx: Context, params: TaskParams) -> dict[str, object]:
        check_task_request(ctx, params)
        task = require_task(await self.find_task(params.task_id), params)
        return {"resultType": "complete", **task}

    async def _answer_cancel(self, ctx: Context, params: TaskParams) -> dict[str, object]:
        check_task_request(ctx, params)
        try:
            await self._check_may_cancel(ctx)
        except Refusal as refusal:
            raise to_protocol_error(refusal) from refusal
        require_task(await self.find_task(params.task_id), params)
        require_task(await self.cancel_task(params.task_id), params)
        return {}

    async def _answer_update(self, ctx: Context, params: TaskParams) -> dict[str, object]:
        check_task_request(ctx, params)
        require_task(await self.update_task(params.task_id, params.input_responses or {}), params)
        return {}


def declares_tasks(ctx: Context) -> bool:
    """Return True if this request may be answered with a task."""
    capabilities = ctx.session.client_capabilities
    extensions = (capabilities.extensions if capabilities else None) or {}
    return ctx.protocol_version in TASK_VERSIONS and TASKS_IDENTIFIER in extensions


def has_one_step(plan: JsonObject) -> bool:
    """Return True if one step of a plan is run: only such a plan becomes a task."""
    return len([step for step in plan["steps"] if step["state"] != "dropped"]) == 1


def render_created_task(task: Task) -> dict[str, object]:
    """Render a new task as the answer of a tool call, in place of the call's result."""
    return {"resultType": "task"} | {
        key: value for key, value in task.items() if key not in {"result", "error", "inputRequests"}
    }


def check_task_request(ctx: Context, params: TaskParams) -> None:
    """Check that the caller declared tasks, and that over HTTP `Mcp-Name` names this task.

    Raises:
        MCPError: the caller did not, or the header is missing or names another task.
    """
    require_client_extension(ctx, TASKS_IDENTIFIER)
    headers = getattr(ctx.request, "headers", None)
    if headers is not None and decode_header_value(headers.get(MCP_NAME_HEADER)) != params.task_id:
        raise MCPError(HEADER_MISMATCH, "Mcp-Name does not match the task in the request.")


def require_task(task: Found | None, params: TaskParams) -> Found:
    """Return a task, or the True of a change, that was found.

    Raises:
        MCPError: nothing was found; another account's task answers the same.
    """
    if not task:
        raise MCPError(INVALID_PARAMS, "There is no such task.", {"taskId": params.task_id})
    return task
