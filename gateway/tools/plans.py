"""Tools to prepare, read, execute and reject plans: the only way for tools to spend on media."""

from typing import Any

from gateway.media.tasks.base import Task
from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS
from gateway.tools.base import Tool

MEDIA, MEDIA_AND_STUDIO = ("media",), ("media", "studio")
PLAN_PROMISE = ("planId", "planHash", "totalUsd")
STEP_FIELDS = ("stepId", "key", "operation", "priceUsd", "state", "percent", "jobId")
PLAN_PATHS = (
    *PLAN_PROMISE,
    "requiresHumanApproval",
    "state",
    "outcome",
    "consent",
    "approvalUrl",
    "expiresAt",
    "secondsLeft",
    "affordable",
    "balanceUsd",
    "blockedBy",
    "chargedUsd",
    "error",
    "jobIds",
    "droppedStepIds",
    "pollAfterSeconds",
    "version",
    *(f"steps[].{name}" for name in (*STEP_FIELDS, "inputAdjustments", "warnings", "error")),
)
PLAN_HEAD_FIELDS = (
    *("planId", "title", "state", "outcome", "origin", "operations", "totalUsd", "consent"),
    *("approvalUrl", "createdAt", "expiresAt", "projectId"),
)
DOCUMENT_OPERATIONS = ("studio.text.save", "studio.storyboard.save")
PREPARE_ADVICE = "Free; then plan_execute."
EXECUTE_DESCRIPTION = (
    "Execute a plan: charges what succeeds, once, at its price. Safe to repeat: returns the "
    "same jobs and charges nothing more. On approval_required show the user approvalUrl; do not "
    "prepare again."
)
MEDIA_URL_ADVICE = "https:, asset://ID or job://ID/0"
IMAGE_URL_ADVICE = "https:, asset://ID, job://ID/0 or job://ID/0/frames/-1"
COMMON_ARGUMENTS = {"projectId": "", "strict": ""}
SIZE_ARGUMENTS = {"width": "", "height": ""}
NEGATIVE_PROMPT_ARGUMENT = {"negativePrompt": ""}
SEED_ARGUMENT = {"seed": ""}
DETAIL_ARGUMENTS = {"highDetail": "1.5x price; only on request", "outputFormat": ""}


def _build_prepare_tool(
    task: str,
    title: str,
    description: str,
    arguments: dict[str, str],
    *,
    core: bool = True,
    hints: str = "O",
    nested: dict[str, tuple[str, ...]] | None = None,
) -> Tool:
    name = f"{task.replace('.', '_')}_prepare"
    return Tool(
        name=name,
        title=title,
        toolsets=MEDIA,
        description=f"{description} {PREPARE_ADVICE}",
        hints=hints,
        core=core,
        arguments=arguments | COMMON_ARGUMENTS,
        nested=nested or {},
        promise=PLAN_PROMISE,
        result=PLAN_PATHS,
        task=task,
    )


def _derive_prepare_tool(task: Task[Any]) -> Tool:
    """Derive the tool of a task that has none written by hand: all its fields but inline bytes."""
    names = [field.alias or name for name, field in task.model.model_fields.items()]
    urls = [name for name in names if name.endswith(("Url", "Urls"))]
    inline = {name.replace("Url", "") for name in urls}
    return _build_prepare_tool(
        task.name,
        task.title,
        task.description,
        {name: "" for name in names if name not in inline},
        core=False,
        hints="O" if urls else "",
    )


_WRITTEN_PREPARE_TOOLS = (
    _build_prepare_tool(
        "image.generate",
        "Prepare an image",
        "Generate 1-4 pictures from a prompt.",
        {"prompt": "One coherent paragraph", **NEGATIVE_PROMPT_ARGUMENT, **SIZE_ARGUMENTS}
        | {
            "aspectRatio": "Instead of width, height",
            "count": "",
            **DETAIL_ARGUMENTS,
            **SEED_ARGUMENT,
        },
        hints="",
    ),
    _build_prepare_tool(
        "image.edit",
        "Prepare an image edit",
        "Change a picture, or combine up to 4, with a prompt.",
        {
            "prompt": "",
            "imageUrl": IMAGE_URL_ADVICE,
            "imageUrls": "The base first",
            **NEGATIVE_PROMPT_ARGUMENT,
        }
        | {
            "maskUrl": "White is edited",
            "strength": "",
            **SIZE_ARGUMENTS,
            "count": "",
            **DETAIL_ARGUMENTS,
            **SEED_ARGUMENT,
        },
    ),
    _build_prepare_tool(
        "image.upscale",
        "Prepare an image upscale",
        "Make a chosen picture larger.",
        {"imageUrl": MEDIA_URL_ADVICE, "scale": "", "targetWidth": "", "targetHeight": ""}
        | {"outputFormat": ""},
        core=False,
    ),
    _build_prepare_tool(
        "video.generate",
        "Prepare a video",
        "Generate a clip of up to 20 s from a prompt; animate pictures or sound if given.",
        {
            "prompt": "One coherent paragraph: action, camera, light, sound; no timestamps",
            **NEGATIVE_PROMPT_ARGUMENT,
        }
        | {"width": "Multiple of 64", "height": ""}
        | {"durationFrames": "8n+1", "durationSeconds": "Instead of durationFrames", "fps": ""}
        | {
            "startFrameImageUrl": IMAGE_URL_ADVICE,
            "finalFrameImageUrl": "",
            "overlapFrameImageUrls": "Continues a clip: job://ID/0/frames/-9 to -1",
            "referenceAudioUrl": "1-60 s that drive motion; needs a start frame",
            "padAudio": "",
            "imageStrength": "",
            "generateAudio": "",
            "cameraMotion": "",
            **SEED_ARGUMENT,
        },
    ),
    _build_prepare_tool(
        "video.extend",
        "Prepare a longer video",
        "Extend or continue a clip, or put new frames before it.",
        {"prompt": "What happens next", **NEGATIVE_PROMPT_ARGUMENT, "videoUrl": MEDIA_URL_ADVICE}
        | {"jobId": "Instead of videoUrl", "direction": "", "extendFrames": "Multiple of 8"}
        | {"extendSeconds": "", "overlapFrames": "8n+1", "outputMode": ""}
        | {"finalFrameImageUrl": "", "referenceAudioUrl": "", "padAudio": "", "generateAudio": ""}
        | SEED_ARGUMENT,
    ),
    _build_prepare_tool(
        "video.combine",
        "Prepare a joined video",
        "Combine clips into one film.",
        {"videoUrls": MEDIA_URL_ADVICE, "clips": "Or with trims"}
        | {"overlapFrames": "Cut off later clips", **SIZE_ARGUMENTS, "fps": "", "audio": ""}
        | {"crossfadeAudioMs": ""},
        nested={"clips": ("videoUrl", "jobId", "trimHeadFrames", "trimTailFrames")},
    ),
    _build_prepare_tool(
        "video.upscale",
        "Prepare a video upscale",
        "Make a chosen clip larger.",
        {"videoUrl": MEDIA_URL_ADVICE, "jobId": "Instead of videoUrl", "scale": "", "target": ""},
        core=False,
    ),
)
PREPARE_TOOLS = (
    *_WRITTEN_PREPARE_TOOLS,
    *(
        _derive_prepare_tool(TASKS[name])
        for name in TASKS
        if name in ENABLED_TASKS and name not in {tool.task for tool in _WRITTEN_PREPARE_TOOLS}
    ),
)
TOOLS = {
    "preparePlan": (
        *PREPARE_TOOLS,
        Tool(
            name="plan_prepare",
            title="Prepare a plan",
            toolsets=("studio",),
            description="Free: freezes 1-50 steps, as of a film. `input` is that of the "
            "operation's ..._prepare tool; a ...Url may be step://KEY/n, output n of an earlier "
            "step. Then plan_execute.",
            hints="O",
            arguments={
                "steps": "",
                "resumeOf": "Or retry the failed steps of an ended plan",
                "onFailure": "",
                "title": "",
                "projectId": "",
            },
            nested={"steps": ("key", "operation", "input")},
            steps="steps",
            free_operations=DOCUMENT_OPERATIONS,
            promise=PLAN_PROMISE,
            result=PLAN_PATHS,
        ),
    ),
    "getPlans": (
        Tool(
            name="plan_get",
            title="Read a plan",
            toolsets=MEDIA_AND_STUDIO,
            description="Read a plan and its jobs; waits for its end or approval. "
            "While it runs, call again.",
            hints="RI",
            core=True,
            arguments={"planId": "", "waitSeconds": ""},
            required=("planId",),
            promise=("planId", "state", "totalUsd", "jobIds"),
            result=PLAN_PATHS,
            waits="plan",
        ),
        Tool(
            name="plan_list",
            title="List plans",
            toolsets=MEDIA_AND_STUDIO,
            description="List plans, newest first; plan_get has the steps of one.",
            hints="RI",
            arguments={"state": "", "projectId": "", "cursor": "", "limit": ""},
            promise=("data",),
            result=(*(f"data[].{name}" for name in PLAN_HEAD_FIELDS), "nextCursor"),
        ),
    ),
    "executePlan": (
        Tool(
            name="plan_execute",
            title="Run a prepared plan",
            toolsets=MEDIA_AND_STUDIO,
            description=EXECUTE_DESCRIPTION,
            hints="DI",
            core=True,
            arguments={
                "planId": "",
                "planHash": "",
                "stepIds": "Only these; drops the others",
                "maxTotalUsd": "Refuse above this",
                "waitSeconds": "",
                "preview": "",
            },
            promise=("planId", "state", "jobs"),
            result=(
                *(name for name in PLAN_PATHS if not name.startswith(("jobIds", "balance"))),
                "jobs",
            ),
            waits="plan",
        ),
    ),
    "rejectPlan": (
        Tool(
            name="plan_reject",
            title="Reject a plan",
            toolsets=MEDIA_AND_STUDIO,
            description="Reject a pending plan permanently. Spends nothing.",
            hints="DI",
            arguments={"planId": "", "reason": ""},
            promise=("planId", "state"),
            result=("planId", "state", "reason"),
        ),
    ),
}
