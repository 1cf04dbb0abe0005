"""The client side of the MCP tasks extension, built from the SDK's own parts."""

from collections.abc import Sequence
from typing import Any, Literal

import anyio
from mcp import types
from mcp.client import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.client.session import ClientSession

TASKS_EXTENSION = "io.modelcontextprotocol/tasks"
END_SECONDS = 60


class TaskParams(types.RequestParams):
    """The parameters of a request about one task."""

    task_id: str


class TaskRequest(types.Request[TaskParams, str]):
    """A request about a task; over HTTP its header names the task."""

    name_param = "taskId"


class AnyResult(types.Result):
    """Any result, with all its fields."""

    model_config = types.Result.model_config | {"extra": "allow"}


class CreatedTask(types.Result):
    """The answer of a tool call that goes on as a task."""

    result_type: Literal["task"] = "task"
    task_id: str
    status: str
    ttl_ms: int
    poll_interval_ms: int


class TasksExtension(ClientExtension):
    """The extension that waits for tasks, so that a tool call returns its final result."""

    identifier = TASKS_EXTENSION

    def claims(self) -> Sequence[ResultClaim[CreatedTask]]:
        """Return the claim of results with `resultType` "task"."""
        return [ResultClaim(result_type="task", model=CreatedTask, resolve=self._wait_for_result)]

    async def _wait_for_result(
        self, task: CreatedTask, context: ClaimContext
    ) -> types.CallToolResult:
        ended = await wait_for_task(context.session, task.task_id)
        return types.CallToolResult.model_validate(ended["result"])


async def send_task_request(session: ClientSession, verb: str, task_id: str) -> dict[str, Any]:
    """Send the request `tasks/<what>` about a task and return its answer."""
    request = TaskRequest(method=f"tasks/{verb}", params=TaskParams(task_id=task_id))
    answer = await session.send_request(request, AnyResult)
    return answer.model_dump(by_alias=True, exclude_none=True)


async def wait_for_task(session: ClientSession, task_id: str) -> dict[str, Any]:
    """Poll a task until it has ended, then return it."""
    with anyio.fail_after(END_SECONDS):
        task = await send_task_request(session, "get", task_id)
        while task["status"] == "working":
            await anyio.sleep(task["pollIntervalMs"] / 1000)
            task = await send_task_request(session, "get", task_id)
    return task


async def start_task(mcp: Client, name: str, arguments: dict[str, Any]) -> CreatedTask:
    """Call a tool and return the task as which it goes on."""
    result = await mcp.session.call_tool(name, arguments, allow_claimed=True)
    assert isinstance(result, CreatedTask), result
    return result
