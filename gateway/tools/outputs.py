"""Tools for results, prompts, presets and the assets of all projects: a toolset of its own."""

from gateway.tools.base import Tool
from gateway.tools.studio import ASSET_LIST_FIELDS

OUTPUTS = ("outputs",)
OUTPUT_FIELDS = (
    *("jobId", "outputIndex", "task", "kind", "state", "name", "prompt", "starred", "seed"),
    *("width", "height", "durationSeconds", "url", "assetId", "projectId", "parent"),
    *("costUsd", "createdAt", "expiresAt", "filename"),
)
OUTPUT_PATHS = tuple(f"data[].{name}" for name in OUTPUT_FIELDS)
CHOSEN = {"outputs": "Up to 100"}
CHOSEN_PARTS = {"outputs": ("jobId", "outputIndex")}
TOOLS: dict[str, tuple[Tool, ...]] = {
    "listOutputs": (
        Tool(
            name="media_outputs_list",
            title="List results",
            toolsets=OUTPUTS,
            description="Search what jobs made, newest first, one item per file.",
            hints="RI",
            arguments={
                "q": "",
                "kind": "",
                "task": "",
                "starred": "",
                "projectId": "",
                "endsBefore": "",
                "jobId": "",
                "outputIndex": "",
                "parentJobId": "",
                "parentIndex": "",
                "order": "",
                "cursor": "",
                "limit": "",
            },
            promise=("data",),
            result=(*OUTPUT_PATHS, "nextCursor"),
        ),
    ),
    "updateOutputs": (
        Tool(
            name="media_outputs_update",
            title="Star or name results",
            toolsets=OUTPUTS,
            description="Give results a star or take it away, or name one.",
            hints="I",
            arguments=CHOSEN | {"starred": "", "name": "Only with one output"},
            nested=CHOSEN_PARTS,
            promise=("data",),
            result=OUTPUT_PATHS,
        ),
    ),
    "deleteOutputs": (
        Tool(
            name="media_outputs_delete",
            title="Delete results",
            toolsets=OUTPUTS,
            description="Delete results, after ten minutes permanently; until then "
            "media_outputs_restore undoes it. Assets that keep them are archived.",
            hints="DI",
            arguments=CHOSEN,
            nested=CHOSEN_PARTS,
            promise=("data",),
            result=OUTPUT_PATHS,
        ),
    ),
    "restoreOutputs": (
        Tool(
            name="media_outputs_restore",
            title="Restore results",
            toolsets=OUTPUTS,
            description="Restore results that were deleted in the last ten minutes.",
            hints="I",
            arguments=CHOSEN | {"deletedAt": "Instead of outputs"},
            nested=CHOSEN_PARTS,
            promise=("data",),
            result=OUTPUT_PATHS,
        ),
    ),
    "listPrompts": (
        Tool(
            name="media_prompts_list",
            title="List earlier prompts",
            toolsets=OUTPUTS,
            description="List the different prompts of the newest jobs.",
            hints="RI",
            arguments={"limit": ""},
            promise=("data",),
        ),
    ),
    "listPresets": (
        Tool(
            name="media_presets_list",
            title="List presets",
            toolsets=OUTPUTS,
            description="List styles and cameras: words to write into a prompt.",
            hints="RI",
            promise=("data",),
            own_text=True,
        ),
    ),
    "listAllAssets": (
        Tool(
            name="studio_assets_search",
            title="Search assets",
            toolsets=OUTPUTS,
            description="Search the assets of all projects, newest first.",
            hints="RI",
            arguments={"q": "", "kind": "", "tag": "", "starred": "", "cursor": "", "limit": ""},
            promise=("data",),
            result=(*(f"data[].{name}" for name in ASSET_LIST_FIELDS), "nextCursor"),
        ),
    ),
}
