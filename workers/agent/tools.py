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
from gateway.kit.json_schema import JsonSchema
from gateway.kit.operation import Caller
from gateway.library.schemas import AssetQuery
from gateway.media.schemas import SubmitJob
from gateway.media.tasks.catalogue import TASKS, build_task_entry, get_task
from gateway.studio.agent.requests import AgentRequest
from gateway.studio.documents.versions import DocumentKind
from gateway.studio.plans.schemas import PreparePlan
from gateway.studio.storyboards.model import EXAMPLE_STORYBOARD
from workers.agent.data import Fence
from workers.agent.workbench import Workbench

RESULT_TOKENS, MOST_PLANS = 8_000, 3
OURS = ("asset://", "job://", "step://")
TEXT: JsonSchema = {"type": "string"}
Content = list[TextBlockParam | ImageBlockParam]
Given = Mapping[str, object]
"""The arguments of a tool, of any shape: the model wrote them, and each tool checks its own."""


def _tool(
    name: str, description: str, needed: Mapping[str, JsonSchema], **more: JsonSchema
) -> ToolParam:
    return {
        "name": name,
        "description": description,
        "input_schema": {
            "type": "object",
            "properties": dict(needed) | more,
            "required": list(needed),
            "additionalProperties": False,
        },
    }


TOOLS = (
    _tool(
        "list_assets",
        "List the newest 100 assets of this project: id, kind, name, size.",
        {},
        kind={"type": "string", "enum": ["image", "video", "audio", "text", "storyboard"]},
    ),
    _tool("read_text", "Read a text document.", {"assetId": TEXT}),
    _tool("read_storyboard", "Read a storyboard as its JSON document.", {"assetId": TEXT}),
    _tool("look_at", "Look at an image, or at four moments of a video.", {"assetId": TEXT}),
    _tool("get_job", "Read a job of this project.", {"jobId": TEXT}),
    _tool(
        "list_tasks",
        "List the media tasks with prices; with `task`, one with its input schema and guidance.",
        {},
        task=TEXT,
    ),
    _tool(
        "quote",
        "Price one media task exactly; nothing is stored.",
        {"operation": TEXT, "input": {"type": "object"}},
    ),
    _tool(
        "propose_plan",
        "Propose steps for a person to approve, at exact prices; nothing runs by itself. "
        "`operation` is a media task, where `step://KEY/n` is output n of an earlier step; free: "
        "studio.text.save {name, content} or {assetId, content, baseVersion}, and "
        "studio.storyboard.save with `document` in place of `content`, such as "
        f"{json.dumps(EXAMPLE_STORYBOARD)}.",
        {
            "title": TEXT,
            "steps": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "key": TEXT,
                        "operation": TEXT,
                        "input": {"type": "object"},
                        "dependsOn": {"type": "array", "items": TEXT},
                        "shotId": TEXT,
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
    """The tools of one request, in its project; `proposed` is a plan that was just made."""

    bench: Workbench
    request: AgentRequest
    caller: Caller
    fence: Fence
    plan_ids: list[str] = field(default_factory=list)
    proposed: ProposedPlan | None = None

    async def call(self, name: str, given: object) -> tuple[Content, bool]:
        """Run a tool; return its result or its refusal, and True if it refused."""
        tools: dict[str, Callable[[Given], Awaitable[Content]]] = {
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
            if name not in tools or not isinstance(given, dict):
                hint = f"Call one of {', '.join(tools)} with a JSON object."
                raise InvalidInput("There is no such tool.", hint=hint)
            return await tools[name](given), False
        except ValidationError:
            return self._refused(InvalidInput("The arguments are not valid for this tool.")), True
        except Problem as problem:
            return self._refused(problem), True

    def _refused(self, problem: Problem) -> Content:
        fields: dict[str, object] = {
            "code": problem.code,
            "detail": problem.detail,
            "hint": problem.next_step,
        }
        if problem.field is not None:
            fields["field"] = problem.field
        return self._found("error", fields | problem.members)

    async def _list_assets(self, given: Given) -> Content:
        query = AssetQuery.model_validate(
            {"projectId": self.request.project_id, "kind": given.get("kind"), "limit": 100}
        )
        return self._found("assets", await self.bench.assets(self.caller, query))

    async def _read_text(self, given: Given) -> Content:
        return await self._document(given, "text")

    async def _read_storyboard(self, given: Given) -> Content:
        return await self._document(given, "storyboard")

    async def _document(self, given: Given, kind: DocumentKind) -> Content:
        asset_id = _text(given, "assetId")
        text = await self.bench.read_document(self.caller, self._here(), asset_id, kind)
        return [_said(self.fence.data(asset_id, text, tokens=RESULT_TOKENS))]

    async def _look_at(self, given: Given) -> Content:
        picture = await self.bench.picture(self.caller, self._here(), _text(given, "assetId"))
        return [image(picture)]

    async def _get_job(self, given: Given) -> Content:
        job = await self.bench.job(self.caller, _text(given, "jobId"))
        if job.project_id != self.request.project_id:
            raise NotFound("There is no such job in this project.")
        return self._found(job.job_id, job)

    async def _list_tasks(self, given: Given) -> Content:
        prices = self.bench.submitting.planning.prices
        if "task" in given:
            return self._found("task", build_task_entry(get_task(_text(given, "task")), prices))
        entries: list[Mapping[str, object]] = [
            build_task_entry(task, prices) for task in TASKS.values() if task.enabled
        ]
        names = ("task", "title", "description", "price", "limits")
        return self._found("tasks", [{name: each[name] for name in names} for each in entries])

    async def _quote(self, given: Given) -> Content:
        job = {"task": _text(given, "operation"), "input": given.get("input")}
        only_ours(job["input"], "input")
        body = SubmitJob.model_validate(job)
        return self._found("quote", await self.bench.submitting.dry_run_job(self.caller, body))

    async def _propose_plan(self, given: Given) -> Content:
        if len(self.plan_ids) >= MOST_PLANS:
            raise InvalidInput(
                f"One message can propose at most {MOST_PLANS} plans.", hint="Tell the user."
            )
        only_ours(given.get("steps"), "steps")
        here = {"projectId": self.request.project_id, "threadId": self.request.thread_id}
        body = PreparePlan.model_validate({**given, **here})
        plan = await self.bench.plan(self.caller, self.request.id, body)
        self.plan_ids.append(plan.plan_id)
        self.proposed = {
            "planId": plan.plan_id,
            "totalUsd": plan.total_usd,
            "totalMicrousd": plan.total_microusd,
            "stepCount": len(plan.steps),
        }
        return self._found("plan", plan)

    def _here(self) -> str:
        return self.request.project_id

    def _found(self, name: str, value: object) -> Content:
        return [_said(self.fence.json(name, value, tokens=RESULT_TOKENS))]


def image(jpeg: bytes) -> ImageBlockParam:
    """Convert a JPEG to the block that the model takes."""
    data = base64.b64encode(jpeg).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": data}}


def only_ours(value: object, where: str, name: str = "") -> None:
    """Refuse URLs of other hosts: fetching one could carry data out before a person approves.

    Raises:
        InvalidInput: naming the field.
    """
    if isinstance(value, dict):
        for key, each in value.items():
            only_ours(each, f"{where}.{key}", key)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            only_ours(each, f"{where}.{index}", name)
    elif isinstance(value, str) and name.endswith(("Url", "Urls")) and not value.startswith(OURS):
        raise InvalidInput(
            "The agent may not have anything fetched.",
            field=where,
            hint="Use asset://, job:// or step:// references.",
        )


def _said(text: str) -> TextBlockParam:
    return {"type": "text", "text": text}


def _text(given: Given, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"`{name}` must be a string.", field=name)
    return value
