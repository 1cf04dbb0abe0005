"""Fixtures of the tasks extension: tasks that live in memory.

What becomes of a task is told by the clock and by what was answered; nothing runs for it.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, require_client_extension
from mcp.types import (
    INTERNAL_ERROR,
    CallToolRequestParams,
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    TextContent,
)

from mcp_server.extensions.tasks import (
    TASKS_IDENTIFIER,
    Task,
    TasksExtension,
    TaskState,
    declares_tasks,
    render_created_task,
)

TTL_MS = 600_000
POLL_MS = 100
JOB_SECONDS = 1.0
FAILING_TOOL = "failing_job"
OPEN_STATES = frozenset({"working", "input_required"})
SCHEMA = {"type": "object", "properties": {"confirm": {"type": "boolean"}}}


def greet(name: str) -> str:
    """Greet; never a task."""
    return f"Hello, {name}!"


async def slow_compute(seconds: float, label: str = "") -> str:
    """Take some seconds; a task where the client knows tasks."""
    await asyncio.sleep(seconds)
    return f"Computed {label} in {seconds} s."


def failing_job() -> str:
    """Fail as a tool; always a task."""
    raise RuntimeError("This job intentionally fails.")


def protocol_error_job() -> str:
    """Fail as a protocol; a task where the client knows tasks."""
    raise RuntimeError("This job intentionally breaks.")


def confirm_delete(filename: str) -> str:
    """Ask before it ends; a task where the client knows tasks."""
    return f"Not confirmed: {filename}"


def multi_input() -> str:
    """Ask two things before it ends; a task where the client knows tasks."""
    return "Not answered."


async def test_tool_with_task(ctx: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask for a name first; then a task where the client knows tasks."""
    answer = (ctx.input_responses or {}).get("user_name")
    if not isinstance(answer, ElicitResult):
        return InputRequiredResult(
            input_requests={"user_name": _build_question("What is your name?")}
        )
    return f"Hello, {(answer.content or {}).get('name')}!"


TOOLS = (
    greet,
    slow_compute,
    failing_job,
    protocol_error_job,
    confirm_delete,
    multi_input,
    test_tool_with_task,
)


def add(server: MCPServer[Any]) -> None:
    """Add these fixtures to a server."""
    for tool in TOOLS:
        server.add_tool(tool)


@dataclass
class _FixtureTask:
    """A task: it ends with this outcome at `ready_at`, once nothing is asked any more."""

    outcome: TaskState
    seconds: float = 0.0
    questions: dict[str, ElicitRequest] = field(default_factory=dict)
    canceled: bool = False
    task_id: str = field(default_factory=lambda: f"task_{uuid4().hex}")
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    ready_at: float = 0.0

    def __post_init__(self) -> None:
        self.ready_at = time.monotonic() + self.seconds

    def render_task(self) -> Task:
        """Return the task as it is now."""
        return {
            "taskId": self.task_id,
            "createdAt": self.created_at,
            "lastUpdatedAt": datetime.now(UTC).isoformat(),
            "ttlMs": TTL_MS,
            "pollIntervalMs": POLL_MS,
            **self._render_state(),
        }

    def _render_state(self) -> TaskState:
        if self.canceled:
            return {"status": "cancelled"}
        if self.questions:
            requests = {
                key: request.model_dump(by_alias=True, mode="json", exclude_none=True)
                for key, request in self.questions.items()
            }
            return {"status": "input_required", "inputRequests": requests}
        return self.outcome if time.monotonic() >= self.ready_at else {"status": "working"}


class FixtureTasks(TasksExtension):
    """The tasks extension with the suite's tasks in place of jobs."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as TasksExtension
        super().__init__(*given, **named)
        self._tasks: dict[str, _FixtureTask] = {}

    async def intercept_tool_call(
        self,
        params: CallToolRequestParams,
        ctx: ServerRequestContext[Any, Any],
        call_next: CallNext,
    ) -> HandlerResult:
        """Answer with a task where the suite wants one."""
        if params.name == FAILING_TOOL:
            require_client_extension(ctx, TASKS_IDENTIFIER)
        if not declares_tasks(ctx):
            return await call_next(ctx)
        if params.name == test_tool_with_task.__name__:
            answer = await call_next(ctx)
            if isinstance(answer, CallToolResult):
                return self._keep_task(_FixtureTask(_build_completed(answer.content[0].text)))  # type: ignore[union-attr]
            return answer
        kept = _build_task(params.name, params.arguments or {})
        if kept is None:
            return await super().intercept_tool_call(params, ctx, call_next)
        return self._keep_task(kept)

    async def find_task(self, task_id: str) -> Task | None:
        """Return a task of the suite; nobody has jobs here."""
        kept = self._tasks.get(task_id)
        return None if kept is None else kept.render_task()

    async def cancel_task(self, task_id: str) -> bool:
        """Cancel a task of the suite, unless it has ended."""
        kept = self._tasks.get(task_id)
        if kept is not None and kept.render_task()["status"] in OPEN_STATES:
            kept.canceled = True
        return kept is not None

    async def update_task(self, task_id: str, responses: dict[str, Any]) -> bool:
        """Take what was answered."""
        kept = self._tasks.get(task_id)
        if kept is not None:
            kept.questions = {
                key: each for key, each in kept.questions.items() if key not in responses
            }
        return kept is not None

    def _keep_task(self, kept: _FixtureTask) -> dict[str, object]:
        self._tasks[kept.task_id] = kept
        return render_created_task(kept.render_task())


def _build_task(name: str, arguments: dict[str, Any]) -> _FixtureTask | None:
    """Return the task that a call of a fixture begins; None: it begins none."""
    if name == "slow_compute":
        return _FixtureTask(
            _build_completed("Computed."), seconds=float(arguments.get("seconds", 0))
        )
    if name == FAILING_TOOL:
        return _FixtureTask(
            _build_completed("This job intentionally fails.", is_error=True), JOB_SECONDS
        )
    if name == "protocol_error_job":
        error = {"code": INTERNAL_ERROR, "message": "This job intentionally breaks."}
        return _FixtureTask({"status": "failed", "error": error}, JOB_SECONDS)
    if name == "confirm_delete":
        return _FixtureTask(
            _build_completed("Deleted."), questions={"confirm": _build_question("Delete it?")}
        )
    if name == "multi_input":
        asked = {"first": _build_question("The first?"), "second": _build_question("The second?")}
        return _FixtureTask(_build_completed("Both."), questions=asked)
    return None


def _build_question(message: str) -> ElicitRequest:
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=SCHEMA))


def _build_completed(text: str, *, is_error: bool = False) -> TaskState:
    result = CallToolResult(content=[TextContent(type="text", text=text)], is_error=is_error)
    return {
        "status": "completed",
        "result": result.model_dump(by_alias=True, mode="json", exclude_none=True),
    }
