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
    IDENTIFIER,
    Task,
    TasksExtension,
    TaskState,
    created,
    declared,
)

TTL_MS = 600_000
POLL_MS = 100
JOB_SECONDS = 1.0
REQUIRED = "failing_job"
OPEN = frozenset({"working", "input_required"})
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
        return InputRequiredResult(input_requests={"user_name": _question("What is your name?")})
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
class _Kept:
    """A task: it ends with this outcome at `ready_at`, once nothing is asked any more."""

    outcome: TaskState
    seconds: float = 0.0
    asked: dict[str, ElicitRequest] = field(default_factory=dict)
    canceled: bool = False
    task_id: str = field(default_factory=lambda: f"task_{uuid4().hex}")
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    ready_at: float = 0.0

    def __post_init__(self) -> None:
        self.ready_at = time.monotonic() + self.seconds

    def shown(self) -> Task:
        """Return the task as it is now."""
        return {
            "taskId": self.task_id,
            "createdAt": self.created_at,
            "lastUpdatedAt": datetime.now(UTC).isoformat(),
            "ttlMs": TTL_MS,
            "pollIntervalMs": POLL_MS,
            **self._state(),
        }

    def _state(self) -> TaskState:
        if self.canceled:
            return {"status": "cancelled"}
        if self.asked:
            requests = {
                key: request.model_dump(by_alias=True, mode="json", exclude_none=True)
                for key, request in self.asked.items()
            }
            return {"status": "input_required", "inputRequests": requests}
        return self.outcome if time.monotonic() >= self.ready_at else {"status": "working"}


class FixtureTasks(TasksExtension):
    """The tasks extension with the suite's tasks in place of jobs."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as TasksExtension
        super().__init__(*given, **named)
        self._kept: dict[str, _Kept] = {}

    async def intercept_tool_call(
        self,
        params: CallToolRequestParams,
        ctx: ServerRequestContext[Any, Any],
        call_next: CallNext,
    ) -> HandlerResult:
        """Answer with a task where the suite wants one."""
        if params.name == REQUIRED:
            require_client_extension(ctx, IDENTIFIER)
        if not declared(ctx):
            return await call_next(ctx)
        if params.name == test_tool_with_task.__name__:
            answer = await call_next(ctx)
            if isinstance(answer, CallToolResult):
                return self._begun(_Kept(_completed(answer.content[0].text)))  # type: ignore[union-attr]
            return answer
        kept = _begin(params.name, params.arguments or {})
        if kept is None:
            return await super().intercept_tool_call(params, ctx, call_next)
        return self._begun(kept)

    async def read(self, task_id: str) -> Task | None:
        """Return a task of the suite; nobody has jobs here."""
        kept = self._kept.get(task_id)
        return None if kept is None else kept.shown()

    async def cancel(self, task_id: str) -> bool:
        """Cancel a task of the suite, unless it has ended."""
        kept = self._kept.get(task_id)
        if kept is not None and kept.shown()["status"] in OPEN:
            kept.canceled = True
        return kept is not None

    async def update(self, task_id: str, responses: dict[str, Any]) -> bool:
        """Take what was answered."""
        kept = self._kept.get(task_id)
        if kept is not None:
            kept.asked = {key: each for key, each in kept.asked.items() if key not in responses}
        return kept is not None

    def _begun(self, kept: _Kept) -> dict[str, object]:
        self._kept[kept.task_id] = kept
        return created(kept.shown())


def _begin(name: str, arguments: dict[str, Any]) -> _Kept | None:
    """Return the task that a call of a fixture begins; None: it begins none."""
    if name == "slow_compute":
        return _Kept(_completed("Computed."), seconds=float(arguments.get("seconds", 0)))
    if name == REQUIRED:
        return _Kept(_completed("This job intentionally fails.", is_error=True), JOB_SECONDS)
    if name == "protocol_error_job":
        error = {"code": INTERNAL_ERROR, "message": "This job intentionally breaks."}
        return _Kept({"status": "failed", "error": error}, JOB_SECONDS)
    if name == "confirm_delete":
        return _Kept(_completed("Deleted."), asked={"confirm": _question("Delete it?")})
    if name == "multi_input":
        asked = {"first": _question("The first?"), "second": _question("The second?")}
        return _Kept(_completed("Both."), asked=asked)
    return None


def _question(message: str) -> ElicitRequest:
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=SCHEMA))


def _completed(text: str, *, is_error: bool = False) -> TaskState:
    result = CallToolResult(content=[TextContent(type="text", text=text)], is_error=is_error)
    return {
        "status": "completed",
        "result": result.model_dump(by_alias=True, mode="json", exclude_none=True),
    }
