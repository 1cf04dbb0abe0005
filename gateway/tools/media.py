"""Jobs, tasks and previews."""

from gateway.tools.base import Tool

MEDIA = ("media",)
OUTPUT = ("index", "kind", "state", "url", "mimeType", "width", "height", "frames", "fps")
OUTPUTS = (*OUTPUT, "durationSeconds", "bytes", "assetId", "expiresAt")
JOB = (
    "jobId",
    "task",
    "status",
    "version",
    "queuePosition",
    "pollAfterSeconds",
    "progress",
    "error",
    "endReason",
    "projectId",
    "billing.state",
    "billing.priceUsd",
    "billing.chargedUsd",
    *(f"outputs[].{name}" for name in OUTPUTS),
)
ATTEMPT = ("attempt", "node", "engine", "startedAt", "endedAt", "outcome", "errorCode", "charged")
UPSTREAM = ("engine", "engineVersion", "node", "workflow.name", "models", "result")
TIMINGS = ("queueMs", "runMs", "loadMs", "sampleMs", "decodeMs", "saveMs")
# A model pays for each word: the graph, and what each node of it took, are left to REST.
DETAILS = (
    "effectiveInput",
    "inputAdjustments",
    "warnings",
    *(f"attempts[].{name}" for name in ATTEMPT),
    *(f"upstream.{name}" for name in UPSTREAM),
    *(f"upstream.timings.{name}" for name in TIMINGS),
)
TOOLS = {
    "getJob": (
        Tool(
            name="media_job_get",
            title="Read a job",
            toolsets=MEDIA,
            description="Read a job and wait for its end: status, outputs, charge. "
            "While it runs, call this again; do not resubmit it.",
            hints="RI",
            core=True,
            arguments={
                "jobId": "",
                "waitSeconds": "",
                "includeDetails": "Also input, tries, engine",
                "preview": "",
            },
            required=("jobId",),
            promise=("jobId", "status", "outputs", "attempts", "upstream"),
            result=(*JOB, *DETAILS),
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
            result=(*(f"data[].{name}" for name in JOB), "nextCursor"),
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
            result=JOB,
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
