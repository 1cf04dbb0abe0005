"""Prompts that start common work, and completions of arguments of prompts and resource URIs.

The name, the docstring and the annotations of a prompt's function are what clients see.
"""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    CompletionContext,
    GetPromptRequestParams,
    GetPromptResult,
    InputRequiredResult,
    PromptReference,
    ResourceTemplateReference,
)
from pydantic import Field

from mcp_server.json_types import Schema
from mcp_server.rest.api import RestApi
from mcp_server.rest.formats import Formats
from mcp_server.rest.offers import TOOL_SCHEMA_URI
from mcp_server.rest.reader import to_protocol_error
from mcp_server.results import Refusal

MAX_COMPLETIONS, PAGE_SIZE = 20, 100
ListValues = Callable[[RestApi], Awaitable[list[str]]]

AssetId = Annotated[str, Field(alias="assetId", description="A storyboard of this account.")]
JobId = Annotated[str, Field(alias="jobId", description="A succeeded video job of this account.")]
Subject = Annotated[str, Field(description="The scene, in a few words.")]
Ratio = Annotated[
    str, Field(alias="aspectRatio", description="Its aspect ratio, such as 1:1 or 16:9.")
]
Continuation = Annotated[str, Field(description="What happens next, as one paragraph.")]
Idea = Annotated[str, Field(description="The film in one or two sentences.")]
Shots = Annotated[str, Field(description="How many shots, 1 to 20.")]

PAY_RULES = (
    "Show me the exact total before anything is paid, and call plan_execute only with my approval. "
    "Keep planId and planHash; repeating the call charges nothing more."
)


def storyboard_to_video(asset_id: AssetId) -> str:
    """Render a storyboard: one plan for all of its shots and the film of them."""
    return (
        f"Turn the storyboard {asset_id} into video. Read it with studio_storyboard_get and tell "
        "me each shot in a line. Freeze it with studio_storyboard_render_prepare, which also joins "
        f"the clips where each shot has one. {PAY_RULES} While jobs run, ask again with plan_get."
    )


def product_shot(subject: Subject, aspect_ratio: Ratio = "1:1") -> str:
    """Make a product photo: cheap candidates first, then only the winner in full size."""
    return (
        f"Make a product photo of {subject}, aspectRatio {aspect_ratio}. Write one coherent "
        "paragraph as prompt: the product, its material, light, surface, lens. Prepare four "
        "candidates with image_generate_prepare (count 4). "
        f"{PAY_RULES} Show me the candidates, let me choose, and upscale the chosen one alone with "
        "image_upscale_prepare."
    )


def continue_clip(job_id: JobId, prompt: Continuation) -> str:
    """Let a clip go on where it ends."""
    return (
        f"Continue the clip of job {job_id}. Look at it with media_preview (job://{job_id}/0), "
        f"then call video_extend_prepare with jobId {job_id} and this prompt: {prompt}\n{PAY_RULES}"
    )


def build_film_prompt(storyboard: Schema | None) -> Callable[..., str]:
    """Build the prompt for a film; `storyboard` is the valid example that it shows, if any."""
    text = json.dumps(storyboard, ensure_ascii=False)
    example = "" if storyboard is None else f" A valid document:\n{text}\n"

    def film_from_idea(idea: Idea, shots: Shots = "5") -> str:
        """Make a short film from an idea: storyboard, price, render, cut."""
        return (
            f"Make a short film of {shots} shots from this idea: {idea}\nTake a project of "
            "studio_snapshot_get, or make one with studio_project_create. Write a storyboard in it "
            "with studio_storyboard_create: one scene or more; each shot with an id such as "
            "shot_1, durationSeconds, camera, and one paragraph as prompt; the same characters and "
            f"places keep the same words in every shot.{example or ' '}"
            "Show it to me and change it as I say. Then freeze it with "
            f"studio_storyboard_render_prepare, which also joins the clips to the film. {PAY_RULES}"
        )

    return film_from_idea


PROMPTS = (storyboard_to_video, product_shot, continue_clip)


async def _get_prompt(
    server: MCPServer[Any], context: ServerRequestContext[Any, Any], params: GetPromptRequestParams
) -> GetPromptResult | InputRequiredResult:
    """Return a prompt with its arguments filled in, as the SDK does.

    The SDK alone would answer a wrong name with an internal error; this makes it invalid params.

    Raises:
        MCPError: there is no such prompt, or an argument is missing.
    """
    try:
        return await server._handle_get_prompt(context, params)  # noqa: SLF001 - the SDK's own
    except ValueError as error:
        raise MCPError(INVALID_PARAMS, str(error), {"name": params.name}) from error


async def _list_job_ids(api: RestApi, prefix: str = "", **query: str) -> list[str]:
    """Return the ids of the newest jobs whose task begins with a prefix."""
    page = await api.get("/api/v1/media/jobs", limit=str(PAGE_SIZE), **query)
    return [job["jobId"] for job in page["data"] if job["task"].startswith(prefix)]


async def _list_asset_ids(api: RestApi, kind: str = "") -> list[str]:
    """Return the ids of the selected project's newest assets; of one kind, if it is named."""
    snapshot = await api.get("/api/v1/studio/snapshot")
    return [each["assetId"] for each in snapshot["assets"] if kind in {"", each["kind"]}]


async def _list_plan_ids(api: RestApi) -> list[str]:
    page = await api.get("/api/v1/studio/agent/approval-plans", limit=str(PAGE_SIZE))
    return [plan["planId"] for plan in page["data"]]


async def _list_task_names(api: RestApi) -> list[str]:
    page = await api.get("/api/v1/media/tasks")
    return [each["task"] for each in page["data"] if each["enabled"]]


async def _list_aspect_ratios(api: RestApi) -> list[str]:
    page = await api.get("/api/v1/media/tasks", task="image.generate")
    schema = page["data"][0]["inputSchema"]["properties"].get("aspectRatio", {})
    variants = [schema, *schema.get("anyOf", ())]
    return next((variant["enum"] for variant in variants if "enum" in variant), [])


async def _list_shot_counts(_api: RestApi) -> list[str]:
    return [str(number) for number in range(1, MAX_COMPLETIONS + 1)]


COMPLETED_ARGUMENTS: dict[tuple[str, str], ListValues] = {
    ("storyboard_to_video", "assetId"): partial(_list_asset_ids, kind="storyboard"),
    ("product_shot", "aspectRatio"): _list_aspect_ratios,
    ("continue_clip", "jobId"): partial(_list_job_ids, prefix="video.", status="succeeded"),
    ("film_from_idea", "shots"): _list_shot_counts,
    ("killatamata://jobs/{jobId}", "jobId"): _list_job_ids,
    ("killatamata://jobs/{jobId}/outputs/{n}", "jobId"): partial(_list_job_ids, status="succeeded"),
    ("killatamata://assets/{assetId}", "assetId"): _list_asset_ids,
    ("killatamata://plans/{planId}", "planId"): _list_plan_ids,
    ("killatamata://tasks/{task}", "task"): _list_task_names,
}


def add_prompts(server: MCPServer[Any], api: RestApi, formats: Formats) -> None:
    """Add the prompts to a server, and the completion of their arguments and of resource URIs."""

    async def list_tool_names(_api: RestApi) -> list[str]:
        return formats.tool_names

    completed_arguments = COMPLETED_ARGUMENTS | {(TOOL_SCHEMA_URI, "tool"): list_tool_names}
    for prompt in (*PROMPTS, build_film_prompt(formats.storyboard_example)):
        server.prompt(title=prompt.__name__.replace("_", " ").capitalize())(prompt)
    server._lowlevel_server.add_request_handler(  # noqa: SLF001 - a wrong name is an internal error there
        "prompts/get", GetPromptRequestParams, partial(_get_prompt, server)
    )

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK's
    async def complete(
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        _context: CompletionContext | None,
    ) -> Completion | None:
        target = ref.name if isinstance(ref, PromptReference) else ref.uri
        list_values = completed_arguments.get((target, argument.name))
        if list_values is None:
            return None
        try:
            values = await list_values(api)
        except Refusal as refusal:
            raise to_protocol_error(refusal) from refusal
        matches = [value for value in values if value.startswith(argument.value)]
        return Completion(
            values=matches[:MAX_COMPLETIONS],
            total=len(matches),
            has_more=len(matches) > MAX_COMPLETIONS,
        )
