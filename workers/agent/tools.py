"""Tools of the model: they read one project, price tasks and propose plans; none can spend.

A refusal goes back with our own code and hint, a result as fenced data.
"""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from anthropic.types import ImageBlockParam, TextBlockParam, ToolParam
from pydantic import ValidationError

from gateway.kit.errors import InvalidInput, NotFound, Problem
from gateway.kit.operation import Caller
from gateway.kit.wire.json_schema import JsonSchema
from gateway.library.schemas import AssetQuery
from gateway.media.schemas import SubmitJob
from gateway.media.tasks.catalogue import TASKS, build_task_entry, get_task
from gateway.studio.agent.requests import AgentRequest
from gateway.studio.documents.versions import DocumentKind
from gateway.studio.plans.schemas import PreparePlan
from gateway.studio.storyboards.model import EXAMPLE_STORYBOARD
from workers.agent.account_access import AccountAccess
from workers.agent.data_fence import DataFence

RESULT_TOKENS, MOST_PLANS = 8_000, 3
OWN_REFERENCES = ("asset://", "job://", "step://")
TEXT_SCHEMA: JsonSchema = {"type": "string"}
Content = list[TextBlockParam | ImageBlockParam]
ToolArguments = Mapping[str, object]
"""The arguments of a tool, of any shape: the model wrote them, and each tool checks its own."""


def _build_tool(
    name: str, description: str, required: Mapping[str, JsonSchema], **optional: JsonSchema
) -> ToolParam:
    return {
        "name": name,
        "description": description,
        "input_schema": {
            "type": "object",
            "properties": dict(required) | optional,
            "required": list(required),
            "additionalProperties": False,
        },
    }


TOOLS = (
    _build_tool(
        "list_assets",
        "List the newest 100 assets of this project: id, kind, name, size.",
        {},
        kind={"type": "string", "enum": ["image", "video", "audio", "text", "storyboard"]},
    ),
    _build_tool("read_text", "Read a text document.", {"assetId": TEXT_SCHEMA}),
    _build_tool(
        "read_storyboard", "Read a storyboard as its JSON document.", {"assetId": TEXT_SCHEMA}
    ),
    _build_tool(
        "look_at", "Look at an image, or at four moments of a video.", {"assetId": TEXT_SCHEMA}
    ),
    _build_tool("get_job", "Read a job of this project.", {"jobId": TEXT_SCHEMA}),
    _build_tool(
        "list_tasks",
        "List the media tasks with prices; with `task`, one with its input schema and guidance.",
        {},
        task=TEXT_SCHEMA,
    ),
    _build_tool(
        "quote",
        "Price one media task exactly; nothing is stored.",
        {"operation": TEXT_SCHEMA, "input": {"type": "object"}},
    ),
    _build_tool(
        "propose_plan",
        "Propose steps for a person to approve, at exact prices; nothing runs by itself. "
        "`operation` is a media task, where `step://KEY/n` is output n of an earlier step; free: "
        "studio.text.save {name, content} or {assetId, content, baseVersion}, and "
        "studio.storyboard.save with `document` in place of `content`, such as "
        f"{json.dumps(EXAMPLE_STORYBOARD)}.",
        {
            "title": TEXT_SCHEMA,
            "steps": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "key": TEXT_SCHEMA,
                        "operation": TEXT_SCHEMA,
                        "input": {"type": "object"},
                        "dependsOn": {"type": "array", "items": TEXT_SCHEMA},
                        "shotId": TEXT_SCHEMA,
                    },
                    "required": ["operation", "input"],
                },
            },
        },
        onFailure={"type": "string", "enum": ["stop", "continue"]},
    ),
)


class ProposedPlan(TypedDict):
    """A plan that was just made, as the event for the person's page has it."""

    planId: str
    totalUsd: str
    totalMicrousd: int
    stepCount: int


@dataclass(slots=True)
class Toolbox:
    """The tools of one request, in its project; `proposed_plan` is a plan that was just made."""

    account_access: AccountAccess
    request: AgentRequest
    caller: Caller
    fence: DataFence
    plan_ids: list[str] = field(default_factory=list)
    proposed_plan: ProposedPlan | None = None

    async def call(self, name: str, arguments: object) -> tuple[Content, bool]:
        """Run a tool; return its result or its refusal, and True if it refused."""
        tools: dict[str, Callable[[ToolArguments], Awaitable[Content]]] = {
            "list_assets": self._list_assets,
            "read_text": self._read_text,
            "read_storyboard": self._read_storyboard,
            "look_at": self._look_at,
            "get_job": self._get_job,
            "list_tasks": self._list_tasks,
            "quote": self._quote,
            "propose_plan": self._propose_plan,
        }
        try:
            if name not in tools or not isinstance(arguments, dict):
                hint = f"Call one of {', '.join(tools)} with a JSON object."
                raise InvalidInput("There is no such tool.", hint=hint)
            return await tools[name](arguments), False
        except ValidationError:
            return self._render_problem(
                InvalidInput("The arguments are not valid for this tool.")
            ), True
        except Problem as problem:
            return self._render_problem(problem), True

    def _render_problem(self, problem: Problem) -> Content:
        fields: dict[str, object] = {
            "code": problem.code,
            "detail": problem.detail,
            "hint": problem.next_step,
        }
        if problem.field is not None:
            fields["field"] = problem.field
        return self._fence_result("error", fields | problem.members)

    async def _list_assets(self, arguments: ToolArguments) -> Content:
        query = AssetQuery.model_validate(
            {"projectId": self.request.project_id, "kind": arguments.get("kind"), "limit": 100}
        )
        return self._fence_result(
            "assets", await self.account_access.list_assets(self.caller, query)
        )

    async def _read_text(self, arguments: ToolArguments) -> Content:
        return await self._read_document(arguments, "text")

    async def _read_storyboard(self, arguments: ToolArguments) -> Content:
        return await self._read_document(arguments, "storyboard")

    async def _read_document(self, arguments: ToolArguments, kind: DocumentKind) -> Content:
        asset_id = _get_text(arguments, "assetId")
        text = await self.account_access.read_document(
            self.caller, self._project_id(), asset_id, kind
        )
        return [_to_text_block(self.fence.fence_text(asset_id, text, tokens=RESULT_TOKENS))]

    async def _look_at(self, arguments: ToolArguments) -> Content:
        picture = await self.account_access.render_picture(
            self.caller, self._project_id(), _get_text(arguments, "assetId")
        )
        return [to_image_block(picture)]

    async def _get_job(self, arguments: ToolArguments) -> Content:
        job = await self.account_access.get_job(self.caller, _get_text(arguments, "jobId"))
        if job.project_id != self.request.project_id:
            raise NotFound("There is no such job in this project.")
        return self._fence_result(job.job_id, job)

    async def _list_tasks(self, arguments: ToolArguments) -> Content:
        prices = self.account_access.submitter.planner.prices
        if "task" in arguments:
            return self._fence_result(
                "task", build_task_entry(get_task(_get_text(arguments, "task")), prices)
            )
        entries: list[Mapping[str, object]] = [
            build_task_entry(task, prices) for task in TASKS.values() if task.enabled
        ]
        names = ("task", "title", "description", "price", "limits")
        return self._fence_result(
            "tasks", [{name: each[name] for name in names} for each in entries]
        )

    async def _quote(self, arguments: ToolArguments) -> Content:
        job = {"task": _get_text(arguments, "operation"), "input": arguments.get("input")}
        refuse_foreign_urls(job["input"], "input")
        body = SubmitJob.model_validate(job)
        return self._fence_result(
            "quote", await self.account_access.submitter.dry_run_job(self.caller, body)
        )

    async def _propose_plan(self, arguments: ToolArguments) -> Content:
        if len(self.plan_ids) >= MOST_PLANS:
            raise InvalidInput(
                f"One message can propose at most {MOST_PLANS} plans.", hint="Tell the user."
            )
        refuse_foreign_urls(arguments.get("steps"), "steps")
        here = {"projectId": self.request.project_id, "threadId": self.request.thread_id}
        body = PreparePlan.model_validate({**arguments, **here})
        plan = await self.account_access.prepare_plan(self.caller, self.request.id, body)
        self.plan_ids.append(plan.plan_id)
        self.proposed_plan = {
            "planId": plan.plan_id,
            "totalUsd": plan.total_usd,
            "totalMicrousd": plan.total_microusd,
            "stepCount": len(plan.steps),
        }
        return self._fence_result("plan", plan)

    def _project_id(self) -> str:
        return self.request.project_id

    def _fence_result(self, name: str, value: object) -> Content:
        return [_to_text_block(self.fence.fence_json(name, value, tokens=RESULT_TOKENS))]


def to_image_block(jpeg: bytes) -> ImageBlockParam:
    """Convert a JPEG to the block that the model takes."""
    data = base64.b64encode(jpeg).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": data}}


def refuse_foreign_urls(value: object, where: str, name: str = "") -> None:
    """Refuse URLs of other hosts: fetching one could carry data out before a person approves.

    Raises:
        InvalidInput: naming the field.
    """
    if isinstance(value, dict):
        for key, each in value.items():
            refuse_foreign_urls(each, f"{where}.{key}", key)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            refuse_foreign_urls(each, f"{where}.{index}", name)
    elif (
        isinstance(value, str)
        and name.endswith(("Url", "Urls"))
        and not value.startswith(OWN_REFERENCES)
    ):
        raise InvalidInput(
            "The agent may not have anything fetched.",
            field=where,
            hint="Use asset://, job:// or step:// references.",
        )


def _to_text_block(text: str) -> TextBlockParam:
    return {"type": "text", "text": text}


def _get_text(arguments: ToolArguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"`{name}` must be a string.", field=name)
    return value
