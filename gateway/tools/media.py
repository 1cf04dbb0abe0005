"""Tools for jobs, media tasks and previews."""

from gateway.kit.wire.models import WireModel
from gateway.media.jobs.job_schemas import Billing, Job, JobOutput
from gateway.tools.base import Tool

MEDIA = ("media",)
# A model pays for each word, so these fields of a job are left to REST. A new field is shown unless
# it is added here.
OMITTED_FIELDS: dict[type[WireModel], set[str]] = {
    Job: {
        *("id", "externalJobId", "livemode", "createdAt", "startedAt", "finishedAt", "attempt"),
        *("downloadableOutputUrls", "outputsExpireAt", "metadata", "urls", "billing", "outputs"),
        *("effectiveInput", "inputAdjustments", "warnings", "attempts", "upstream"),
        *("parent", "presetIds"),
    },
    Billing: {
        *("currency", "priceMicrousd", "chargedMicrousd", "priceVersion", "breakdown"),
        *("balanceUsd", "balanceMicrousd"),
    },
    JobOutput: {
        *("posterUrl", "previewUrls", "previewClipUrl", "placeholder", "hasAudio", "sha256"),
    },
}


def list_paths(model: type[WireModel], prefix: str = "") -> tuple[str, ...]:
    """List the paths of a model's fields that tools show, each with the prefix `prefix`."""
    names = (field.serialization_alias or name for name, field in model.model_fields.items())
    return tuple(prefix + name for name in names if name not in OMITTED_FIELDS[model])


JOB_PATHS = (
    *list_paths(Job),
    *list_paths(Billing, "billing."),
    *list_paths(JobOutput, "outputs[]."),
)
ATTEMPT_FIELDS = (
    "attempt",
    "node",
    "engine",
    "startedAt",
    "endedAt",
    "outcome",
    "errorCode",
    "charged",
)
UPSTREAM_FIELDS = ("engine", "engineVersion", "node", "workflow.name", "models", "result")
TIMING_FIELDS = ("queueMs", "runMs", "loadMs", "sampleMs", "decodeMs", "saveMs")
# A model pays for each word: the graph and the times of its nodes are left to REST.
DETAIL_PATHS = (
    "effectiveInput",
    "inputAdjustments",
    "warnings",
    *(f"attempts[].{name}" for name in ATTEMPT_FIELDS),
    *(f"upstream.{name}" for name in UPSTREAM_FIELDS),
    *(f"upstream.timings.{name}" for name in TIMING_FIELDS),
)
QUOTE_ITEM_FIELDS = ("index", "task", "priceUsd", "inputAdjustments", "warnings")
TOOLS = {
    "getJob": (
        Tool(
            name="media_job_get",
            title="Read a job",
            toolsets=MEDIA,
            description="Read a job and wait for its end. "
            "While it runs, call again; do not resubmit it.",
            hints="RI",
            core=True,
            arguments={
                "jobId": "",
                "waitSeconds": "",
                "includeDetails": "Input, tries, engine",
                "preview": "",
            },
            required=("jobId",),
            promise=("jobId", "status", "outputs"),
            result=(*JOB_PATHS, *DETAIL_PATHS),
            waits="job",
        ),
        Tool(
            name="media_jobs_list",
            title="List jobs",
            toolsets=MEDIA,
            description="List jobs, newest first.",
            hints="RI",
            arguments={"status": "", "projectId": "", "cursor": "", "limit": ""},
            promise=("data",),
            result=(*(f"data[].{name}" for name in JOB_PATHS), "nextCursor"),
        ),
    ),
    "cancelJob": (
        Tool(
            name="media_job_cancel",
            title="Cancel a job",
            toolsets=MEDIA,
            description="Cancel a queued or running job permanently; its price is released.",
            hints="DI",
            arguments={"jobId": ""},
            promise=("jobId", "status"),
            result=JOB_PATHS,
        ),
    ),
    "listTasks": (
        Tool(
            name="media_tasks_list",
            title="Describe media tasks",
            toolsets=MEDIA,
            description="Inputs, prices, limits and advice of each task. "
            "Name one task; all together are long.",
            hints="RI",
            arguments={"task": ""},
            promise=("data",),
            own_text=True,
        ),
    ),
    "quoteJobs": (
        Tool(
            name="media_quote",
            title="Price work",
            toolsets=MEDIA,
            description="Quote what jobs would cost, exactly; reserves nothing. "
            "Inputs: media_tasks_list.",
            hints="RIO",
            core=True,
            arguments={"items": ""},
            nested={"items": ("task", "input")},
            fixed={"dryRun": "1"},
            promise=("totalUsd", "items"),
            result=(
                *("totalUsd", "affordable", "balanceUsd", "blockedBy"),
                *(f"items[].{name}" for name in QUOTE_ITEM_FIELDS),
            ),
        ),
    ),
    "getPreview": (
        Tool(
            name="media_preview",
            title="Look at an output",
            toolsets=("media", "studio"),
            description="Preview an output or asset as a picture up to 512 px; a video as up to 4 "
            "frames.",
            hints="RI",
            core=True,
            arguments={"ref": "job://ID/0 or asset://ID", "frames": ""},
        ),
    ),
}
