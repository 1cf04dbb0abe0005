"""Tools to write, read, import, export and render storyboards."""

from gateway.tools.base import Tool
from gateway.tools.plans import PLAN_PATHS, PLAN_PROMISE
from gateway.tools.studio import DOCUMENT_FIELDS, STUDIO

FORMAT_URI = "killatamata://storyboard-format"
# What decides how a shot is made; the fields for people (size, lens, music, …) are in the format.
SHOT_FIELDS = (
    *("id", "prompt", "action", "dialogue.character", "dialogue.line"),
    *("camera", "durationSeconds", "durationFrames", "width", "height", "fps"),
    *("seed", "generateAudio", "startFrame", "finalFrame", "referenceAudio"),
    *("continuity.fromShotId", "continuity.overlapFrames"),
)
DOCUMENT_PARTS = (
    *("title", "logline"),
    *(f"defaults.{name}" for name in ("width", "height", "fps", "durationFrames")),
    *(f"characters.{name}" for name in ("id", "name", "description")),
    *(f"scenes.{name}" for name in ("id", "heading")),
    *(f"scenes.shots.{name}" for name in SHOT_FIELDS),
)
OPERATION_PARTS = (
    *("op", "fields", "scene", "shot", "character", "sceneId", "shotId", "characterId"),
    *("beforeSceneId", "beforeShotId"),
)
TAKE_PATHS = tuple(f"takes[].{name}" for name in ("shotId", "jobId", "assetId", "status"))
TOOLS: dict[str, tuple[Tool, ...]] = {
    "createStoryboard": (
        Tool(
            name="studio_storyboard_create",
            title="Create a storyboard",
            toolsets=STUDIO,
            description="Create a storyboard; a shot needs a prompt or an action. Example and all "
            f"fields: {FORMAT_URI}",
            format=FORMAT_URI,
            arguments={
                "projectId": "",
                "name": "",
                "document": "",
                "idempotencyKey": "",
            },
            nested={"document": DOCUMENT_PARTS},
            promise=("assetId", "etag"),
            result=DOCUMENT_FIELDS,
        ),
    ),
    "getStoryboard": (
        Tool(
            name="studio_storyboard_get",
            title="Read a storyboard",
            toolsets=STUDIO,
            description="Read a storyboard, its etag, and the takes of its shots.",
            hints="RI",
            arguments={"assetId": "", "version": ""},
            promise=("etag", "document"),
            result=(*DOCUMENT_FIELDS, "document", *TAKE_PATHS),
        ),
    ),
    "saveStoryboard": (
        Tool(
            name="studio_storyboard_update",
            title="Change a storyboard",
            toolsets=STUDIO,
            description="Save operations or a whole document. Refused if it was saved since: "
            "read it again.",
            format=FORMAT_URI,
            hints="I",
            arguments={
                "assetId": "",
                "operations": "In order. put… adds or replaces by id; in fields null removes; all "
                "else as in studio_storyboard_create",
                "document": "Instead, as of studio_storyboard_create",
                "ifMatch": "",
            },
            nested={"operations": OPERATION_PARTS},
            promise=("assetId", "etag"),
            result=DOCUMENT_FIELDS,
        ),
    ),
    "importStoryboard": (
        Tool(
            name="studio_storyboard_import",
            title="Import a storyboard",
            toolsets=STUDIO,
            description="Import exported Markdown or a Fountain screenplay.",
            format=FORMAT_URI,
            arguments={"text": "", "format": "", "projectId": "For a new one"}
            | {"assetId": "To replace, with ifMatch", "ifMatch": "", "idempotencyKey": ""},
            promise=("assetId", "etag", "warnings"),
            result=(*DOCUMENT_FIELDS, "document", "warnings"),
        ),
    ),
    "exportStoryboard": (
        Tool(
            name="studio_storyboard_export",
            title="Export a storyboard",
            toolsets=STUDIO,
            description="Read a storyboard as Markdown to import again.",
            hints="RI",
            arguments={"assetId": "", "version": ""},
            promise=("markdown",),
        ),
    ),
    "prepareRender": (
        Tool(
            name="studio_storyboard_render_prepare",
            title="Prepare a rendering",
            toolsets=STUDIO,
            description="Free: plans a storyboard's shots as a film. Then plan_execute.",
            format=FORMAT_URI,
            arguments={"assetId": "", "shotIds": "Only these", "mode": "", "takesPerShot": ""}
            | {"combine": "Join the clips; by default if each shot has one"},
            promise=PLAN_PROMISE,
            result=PLAN_PATHS,
        ),
    ),
}
