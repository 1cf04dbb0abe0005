"""Tools that only a page calls: a host that knows pages hides them from its model.

Visibility is no access control, and a call from a page looks like any call of the key. So each does
only what a tool of the model may do with the same key, and is offered only where that one is. A
press of Approve in a page is a confirmation by the client, as the form of an elicitation is: the
gateway believes it up to the key's `confirmUpToUsd`, and refuses anything above.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from mcp import types
from mcp.server.mcpserver.context import Context

from mcp_server import results
from mcp_server.apps.page_data import JOBS_PATH, PLAN_KEY, PLANS_PATH
from mcp_server.json_types import Arguments, JsonObject, Schema
from mcp_server.rest.offers import ToolOffer
from mcp_server.results import build_refusal
from mcp_server.tools.filters import ToolGate
from mcp_server.tools.notes import render_note
from mcp_server.tools.rest_tool import RestTool, ToolOutcome
from mcp_server.tools.waits import Waiter

TEXT, NUMBER, YES_OR_NO = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
TEXTS = {"type": "array", "items": TEXT}
CHECKED_ARGUMENTS = frozenset(
    {"planId", "planHash", "sha256", "jobId", "outputIndex", "sinceVersion", "waitSeconds"}
)
ASSUMED_HINTS = {
    "readOnlyHint": False,
    "destructiveHint": True,
    "idempotentHint": False,
    "openWorldHint": True,
}
READING_HINTS = frozenset({"readOnlyHint", "openWorldHint"})  # the others are about changes
APP_ONLY: Schema = {"ui": {"visibility": ["app"]}}
REUSABLE_SOURCES = ("asset://", "job://", "https://")
APPROVAL_FACTS = ("approvalUrl", "totalUsd", "consent")
PAGE_FACTS = ("selectedUsd", "balanceUsd", "balanceAfterUsd", "livemode", "jobIds")


class PageTool(RestTool):
    """A tool for pages; `base_name` is the tool of the model whose authority it uses."""

    page_tool_name: ClassVar[str]
    base_name: ClassVar[str]
    page_arguments: ClassVar[Mapping[str, Schema]]
    needed: ClassVar[Sequence[str]]

    offers: Mapping[str, ToolOffer]

    @classmethod
    def build(
        cls, offers: Mapping[str, ToolOffer], gate: ToolGate, waiter: Waiter
    ) -> "PageTool | None":
        """Build the tool; None if an older gateway has no such operation."""
        base = offers.get(cls.base_name)
        if base is None:
            return None
        schema: Schema = {"type": "object", "properties": dict(cls.page_arguments)}
        offer = replace(
            base,
            title="",  # no person or model picks these from a list
            description="",
            parameters=schema | {"required": list(cls.needed)},
            output_schema=None,
            # Ids and numbers go into URLs here and there, so each is checked as a part of one.
            query_arguments=frozenset(cls.page_arguments) & CHECKED_ARGUMENTS,
            format_uri=None,
        )
        tool = cls.model_construct(**dict(RestTool.from_offer(offer, gate, waiter)), offers=offers)
        tool.name, tool.title, tool.meta = cls.page_tool_name, None, APP_ONLY
        # Our pages know the arguments, and no model reads these: the list stays small.
        tool.parameters = {"type": "object"}
        tool.annotations = build_short_hints(base)
        return tool

    @property
    def base(self) -> ToolOffer:
        """Return the tool of the model behind this one."""
        return self.offers[self.base_name]


class ReadPlanTool(PageTool):
    """Reads a plan, or what a selection of its steps costs and whose consent it needs."""

    page_tool_name = "page_plan_read"
    base_name = "plan_get"
    page_arguments: ClassVar = {
        "planId": TEXT,
        "stepIds": TEXTS,
        "waitSeconds": NUMBER,
        "sinceVersion": NUMBER,
        "knownJobIds": TEXTS,
    }
    needed: ClassVar[Sequence[str]] = ("planId",)

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> ToolOutcome:  # noqa: ARG002
        """Answer with the plan.

        Raises:
            Refusal: there is no such plan, or the steps cannot run without others.
        """
        query = {"planId": str(arguments["planId"])}
        if step_ids := arguments.get("stepIds"):
            query["stepIds"] = ",".join(map(str, step_ids)) if isinstance(step_ids, list) else "?"
        if (version := arguments.get("sinceVersion")) is not None:
            # A page waits for news here, so that it need not ask every other second.
            wait = arguments.get("waitSeconds") or 0
            query |= {"sinceVersion": str(version), "waitSeconds": str(wait)}
        return self.render_plan(await self.api.get(PLANS_PATH, **query))

    def render_plan(self, plan: JsonObject) -> types.CallToolResult:
        """Render a plan with the facts that the model's tool shows, and those of the selection."""
        paths = (*self.offer.result_paths, *PAGE_FACTS)
        answer = results.render_success(results.select_facts(plan, paths), render_note(plan))
        return answer.model_copy(update={"meta": {PLAN_KEY: plan}})


class RunPlanTool(ReadPlanTool):
    """Runs a plan, or a part of it, that the person in front of the client has approved."""

    page_tool_name = "page_plan_run"
    base_name = "plan_execute"
    page_arguments: ClassVar = {
        "planId": TEXT,
        "planHash": TEXT,
        "stepIds": TEXTS,
        "maxTotalUsd": TEXT,
        "approve": YES_OR_NO,
    }
    needed: ClassVar[Sequence[str]] = ("planId", "planHash", "approve")

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> ToolOutcome:  # noqa: ARG002
        """Run the plan; it does not wait for the jobs.

        Raises:
            Refusal: nothing was spent; above the key's limit it names the approval page.
        """
        if arguments.pop("approve") is not True:
            # Never sent on: a key that needs no consent would run the plan after a "no".
            plan = await self.api.get(PLANS_PATH, planId=str(arguments["planId"]))
            raise build_refusal(
                "approval_required",
                "It was not approved in the page, so this call ran nothing.",
                "Approve it in the page, or open approvalUrl.",
                **{name: plan[name] for name in APPROVAL_FACTS if name in plan},
            )
        request = self.base.build_request(arguments)
        request = replace(request, body=(request.body or {}) | {"confirmedInClient": True})
        return self.render_plan(await self.api.call(request))


class PlanPictureTool(PageTool):
    """Shows a picture or clip that a plan would use: exactly the bytes that are bought."""

    page_tool_name = "page_plan_picture"
    base_name = "plan_get"
    page_arguments: ClassVar = {"planId": TEXT, "sha256": TEXT}
    needed: ClassVar[Sequence[str]] = ("planId", "sha256")

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> ToolOutcome:  # noqa: ARG002
        """Answer with the picture.

        Raises:
            Refusal: the plan has no such input, or it is no longer stored.
        """
        query = {name: str(arguments[name]) for name in self.needed}
        return results.render_picture(
            "An input of the plan.", await self.api.get_picture(f"{PLANS_PATH}/media", **query)
        )


class KeepOutputTool(PageTool):
    """Keeps an output beyond its 48 hours, as an asset."""

    page_tool_name = "page_output_keep"
    base_name = "studio_asset_keep"
    page_arguments: ClassVar = {"jobId": TEXT, "outputIndex": NUMBER}
    needed: ClassVar[Sequence[str]] = ("jobId", "outputIndex")

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> ToolOutcome:  # noqa: ARG002
        """Keep the output in the inbox, or where its project is.

        Raises:
            Refusal: it is no longer stored, or there is no room for it.
        """
        chosen = {"jobId": arguments["jobId"], "outputIndex": int(arguments["outputIndex"])}
        # The list form of the same operation needs no project: without one it keeps in the inbox.
        answer = await self.api.call(self.base.build_request({"outputs": [chosen]}))
        if not answer["data"]:
            raise build_refusal(
                "storage_quota_exceeded",
                "There is no room to keep it.",
                "Archive assets that are no longer needed, then keep it.",
            )
        (kept, *_others) = answer["data"]
        return results.render_success({"assetId": kept["assetId"]}, "It is kept as an asset.")


class RepeatJobTool(PageTool):
    """Prepares a job like an earlier one: with the seed of one of its outputs, or a new one."""

    page_tool_name = "page_job_again"
    base_name = "image_generate_prepare"
    page_arguments: ClassVar = {
        "jobId": TEXT,
        "outputIndex": NUMBER,
        "newSeed": YES_OR_NO,
        "prompt": TEXT,
    }
    needed: ClassVar[Sequence[str]] = ("jobId", "outputIndex")

    async def answer(self, arguments: Arguments, context: Context[Any, Any]) -> ToolOutcome:
        """Prepare the plan, which spends nothing.

        Raises:
            Refusal: there is no such job, its task is not offered, or its files were sent along.
        """
        job_id = str(arguments["jobId"])
        job = await self.api.get(JOBS_PATH, jobId=job_id, includeDetails="1")
        offer = next((each for each in self.offers.values() if each.task == job["task"]), None)
        if offer is None:
            raise build_refusal(
                "task_not_enabled",
                "This kind of job cannot be made again here.",
                "Ask for something else.",
            )
        await self.gate.check_offered(offer, context.request_context)
        effective = job["effectiveInput"] | {"count": 1}
        effective |= {"prompt": arguments["prompt"]} if arguments.get("prompt") else {}
        if effective.get("seed") is not None:
            seed = effective["seed"] + int(arguments["outputIndex"])
            effective["seed"] = None if arguments.get("newSeed") else seed
        # The prompt that the engine was given has the sentence of the camera's motion already.
        effective.pop("cameraMotion", None)
        request = offer.build_request(build_arguments(offer, effective))
        plan = await self.api.call(request)
        check_same_media(effective, plan)
        return results.render_success(
            results.select_facts(plan, offer.result_paths), render_note(plan)
        )


PAGE_TOOL_TYPES: Sequence[type[PageTool]] = (
    ReadPlanTool,
    RunPlanTool,
    PlanPictureTool,
    KeepOutputTool,
    RepeatJobTool,
)


def build_page_tools(offers: Sequence[ToolOffer], gate: ToolGate, waiter: Waiter) -> list[PageTool]:
    """Build the tools for pages, as far as the gateway has their operations."""
    by_name = {offer.name: offer for offer in offers}
    built = (kind.build(by_name, gate, waiter) for kind in PAGE_TOOL_TYPES)
    return [tool for tool in built if tool is not None]


def build_short_hints(offer: ToolOffer) -> types.ToolAnnotations:
    """Return the hints of a tool without those that the protocol takes for granted."""
    told = {name: value for name, value in offer.hints.items() if value != ASSUMED_HINTS[name]}
    if offer.hints["readOnlyHint"]:
        told = {name: told[name] for name in told if name in READING_HINTS}
    return types.ToolAnnotations.model_validate(told)


def build_arguments(offer: ToolOffer, effective: Mapping[str, Any]) -> Arguments:
    """Build the arguments of a prepare tool from the input that a job was run with.

    Raises:
        Refusal: a file of it was sent with the request, so nothing names it.
    """
    arguments: Arguments = {}
    value: object
    for name in offer.parameters["properties"]:
        if name == "clips":
            value = [_to_clip(clip) for clip in effective.get("clips") or ()] or None
        elif name.endswith("Urls"):
            listed = effective.get(f"{name.removesuffix('Urls')}s") or ()
            value = [_get_source(media) for media in listed] or None
        elif name.endswith("Url"):
            media = effective.get(name.removesuffix("Url"))
            value = _get_source(media) if isinstance(media, dict) else None
        else:
            value = effective.get(name)
        if value is not None:
            arguments[name] = value
    return arguments


def check_same_media(effective: Mapping[str, Any], plan: JsonObject) -> None:
    """Check that a plan takes the very files that the earlier job was made from.

    Raises:
        Refusal: what is at an address has changed since; the plan is left to expire.
    """
    (step,) = plan["steps"]
    if list_hashes(step.get("input")) != list_hashes(effective):
        raise build_refusal(
            "media_not_found",
            "A file at an address that it was made from has changed since.",
            "Ask for a new one with the file as it is now; nothing was charged.",
        )


def list_hashes(value: object) -> list[str]:
    """List the hashes of the media in an input, in their order."""
    if isinstance(value, list):
        return [sha256 for each in value for sha256 in list_hashes(each)]
    if not isinstance(value, dict):
        return []
    if isinstance(value.get("source"), str) and isinstance(value.get("sha256"), str):
        return [value["sha256"]]
    return [sha256 for name in sorted(value) for sha256 in list_hashes(value[name])]


def _to_clip(clip: Mapping[str, Any]) -> Arguments:
    rest = {name: value for name, value in clip.items() if name != "video"}
    return {"videoUrl": _get_source(clip["video"]), **rest}


def _get_source(media: Mapping[str, Any]) -> str:
    source = str(media.get("source"))
    if not source.startswith(REUSABLE_SOURCES):
        raise build_refusal(
            "media_not_found",
            "It was made from a file that came with the request, and is not kept.",
            "Upload the file, then ask for it again.",
        )
    return source
