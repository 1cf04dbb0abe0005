"""Tools for projects, threads, assets, texts and the agent; storyboards are in `storyboards`."""

from gateway.tools.base import Tool

STUDIO = ("studio",)
# A model that calls tools rarely talks with another, so these wait until a client selects them.
AGENT = ("agent",)
ASSET_FIELDS = ("assetId", "projectId", "kind", "name", "mimeType", "bytes", "width", "height")
ASSET_LIST_FIELDS = (*ASSET_FIELDS, "durationSeconds", "tags", "rating", "downloadUrl", "updatedAt")
ASSET_DETAIL_FIELDS = (
    *("filename", "fps", "frames", "hasAudio", "notes", "archived", "source", "version", "etag"),
    *("downloadUrlExpiresAt", "createdAt"),
)
DOCUMENT_FIELDS = ("assetId", "projectId", "name", "version", "etag")
PROJECT_FIELDS = ("projectId", "name", "description", "archived", "counts", "spentUsd")
THREAD_FIELDS = ("threadId", "projectId", "title", "archived", "messageCount")
MESSAGE_PATHS = tuple(f"messages[].{name}" for name in ("messageId", "role", "blocks", "createdAt"))
REQUEST_FIELDS = ("requestId", "threadId", "status", "version", "blocks", "planIds", "error")
BILLING_PATHS = ("billing.state", "billing.priceUsd", "billing.chargedUsd", "pollAfterSeconds")
PAGE_ARGUMENTS = {"cursor": "", "limit": ""}
SNAPSHOT_PATHS = (
    *(f"projects[].{name}" for name in ("projectId", "name")),
    *(f"threads[].{name}" for name in ("threadId", "title")),
    *MESSAGE_PATHS,
    *(f"assets[].{name}" for name in ("assetId", "kind", "name", "tags")),
    *(
        f"pendingPlans[].{name}"
        for name in ("planId", "title", "origin", "totalUsd", "approvalUrl")
    ),
    *(f"activeRequests[].{name}" for name in ("requestId", "status")),
    *(f"activeJobs[].{name}" for name in ("jobId", "task", "status")),
    *("revision", "projectId", "threadId", "livemode", "settings", "balance", "quota", "agent"),
)
PROJECT_TOOLS: dict[str, tuple[Tool, ...]] = {
    "getSnapshot": (
        Tool(
            name="studio_snapshot_get",
            title="Read the studio",
            toolsets=STUDIO,
            description="Projects, threads, newest messages and assets, open plans, running work "
            "and balance. Start here.",
            hints="RI",
            arguments={"projectId": "", "threadId": ""},
            promise=("revision",),
            result=SNAPSHOT_PATHS,
        ),
    ),
    "createProject": (
        Tool(
            name="studio_project_create",
            title="Create a project",
            toolsets=STUDIO,
            description="Create a project for threads, assets and jobs.",
            arguments={"name": "", "description": "", "idempotencyKey": ""},
            promise=("projectId",),
            result=PROJECT_FIELDS,
        ),
    ),
    "updateProject": (
        Tool(
            name="studio_project_update",
            title="Change a project",
            toolsets=STUDIO,
            description="Rename, describe or archive a project.",
            hints="I",
            arguments={"projectId": "", "name": "", "description": ""}
            | {"coverAssetId": "An image of the project", "archived": ""},
            promise=("projectId",),
            result=PROJECT_FIELDS,
        ),
    ),
    "listAssets": (
        Tool(
            name="studio_project_assets_list",
            title="List assets",
            toolsets=STUDIO,
            description="List the assets of a project, newest first. asset://ID is a media input.",
            hints="RI",
            arguments={"projectId": "", "kind": "", **PAGE_ARGUMENTS},
            promise=("data",),
            result=(*(f"data[].{name}" for name in ASSET_LIST_FIELDS), "nextCursor"),
        ),
    ),
}
THREAD_TOOLS: dict[str, tuple[Tool, ...]] = {
    "createThread": (
        Tool(
            name="studio_thread_create",
            title="Create a thread",
            toolsets=AGENT,
            description="Start a conversation with the agent in a project.",
            arguments={"projectId": "", "title": "", "idempotencyKey": ""},
            promise=("threadId",),
            result=THREAD_FIELDS,
        ),
    ),
    "selectThread": (
        Tool(
            name="studio_thread_select",
            title="Select a thread",
            toolsets=AGENT,
            description="Make a thread the selected one.",
            hints="I",
            arguments={"threadId": ""},
            promise=("selectedThreadId",),
            result=("selectedProjectId", "selectedThreadId"),
        ),
    ),
    "getThread": (
        Tool(
            name="studio_thread_get",
            title="Read a thread",
            toolsets=AGENT,
            description="Read the messages of a thread, newest last.",
            hints="RI",
            arguments={"threadId": "", "before": "previousCursor, for older ones", "limit": ""},
            promise=("messages",),
            result=(*THREAD_FIELDS, *MESSAGE_PATHS, "previousCursor"),
        ),
    ),
    "updateThread": (
        Tool(
            name="studio_thread_update",
            title="Change a thread",
            toolsets=AGENT,
            description="Rename or archive a thread.",
            hints="I",
            arguments={"threadId": "", "title": "", "archived": ""},
            promise=("threadId",),
            result=THREAD_FIELDS,
        ),
    ),
}
FILE_TOOLS: dict[str, tuple[Tool, ...]] = {
    "createUploadLink": (
        Tool(
            name="studio_asset_upload_link",
            title="Get an upload link",
            toolsets=STUDIO,
            description="Create a curl command for the files' folder: uploads without a key, "
            "prints assetIds. No tool takes bytes.",
            core=True,
            arguments={"filename": "Or filenames", "filenames": "", "projectId": "", "bytes": ""},
            promise=("uploadUrl", "curl"),
            result=("uploadUrl", "uploadUrls", "method", "curl", "maxBytes", "expiresAt"),
        ),
    ),
    "keepAsset": (
        Tool(
            name="studio_asset_keep",
            title="Keep an output",
            toolsets=STUDIO,
            description="Keep a job's output or a public URL as an asset beyond 48 h.",
            hints="IO",
            arguments={"projectId": "", "jobId": "", "outputIndex": "", "url": "Instead of jobId"}
            | {"name": "", "tags": ""},
            promise=("assetId",),
            result=ASSET_LIST_FIELDS,
        ),
        Tool(
            name="media_outputs_keep",
            title="Keep several results",
            toolsets=("outputs",),
            description="Keep results as assets beyond 48 h, without a project in the inbox; "
            "`notKept` names those without room.",
            hints="I",
            arguments={"outputs": "Up to 100", "projectId": "", "tags": ""},
            nested={"outputs": ("jobId", "outputIndex")},
            promise=("data",),
            result=(*(f"data[].{name}" for name in ASSET_LIST_FIELDS), "notKept"),
        ),
    ),
    "getAsset": (
        Tool(
            name="studio_asset_get",
            title="Read an asset",
            toolsets=STUDIO,
            description="Read an asset: size, length, tags, notes, source, link.",
            hints="RI",
            arguments={"assetId": ""},
            promise=("assetId", "kind"),
            result=(*ASSET_LIST_FIELDS, *ASSET_DETAIL_FIELDS),
        ),
    ),
    "updateAsset": (
        Tool(
            name="studio_asset_metadata_update",
            title="Change an asset",
            toolsets=STUDIO,
            description="Rename, tag, rate, note, move or archive an asset; archiving deletes "
            "its bytes after 30 days.",
            hints="DI",
            arguments={"assetId": "", "name": "", "tags": "", "notes": "", "rating": ""}
            | {"archived": "", "projectId": "Move it there"},
            promise=("assetId",),
            result=(*ASSET_LIST_FIELDS, "notes", "archived"),
        ),
    ),
    "listVersions": (
        Tool(
            name="studio_asset_versions_list",
            title="List versions",
            toolsets=("outputs",),
            description="List the versions of a text or storyboard, newest first.",
            hints="RI",
            arguments={"assetId": "", **PAGE_ARGUMENTS},
            promise=("data",),
        ),
    ),
    "createText": (
        Tool(
            name="studio_text_create",
            title="Create a text",
            toolsets=STUDIO,
            description="Create a Markdown document.",
            arguments={"projectId": "", "name": "", "content": "", "idempotencyKey": ""},
            promise=("assetId", "etag"),
            result=DOCUMENT_FIELDS,
        ),
    ),
    "getText": (
        Tool(
            name="studio_text_get",
            title="Read a text",
            toolsets=STUDIO,
            description="Read a Markdown document and its etag.",
            hints="RI",
            arguments={"assetId": "", "version": ""},
            promise=("assetId", "etag", "content"),
            result=(*DOCUMENT_FIELDS, "content"),
        ),
    ),
    "saveText": (
        Tool(
            name="studio_text_update",
            title="Save a text",
            toolsets=STUDIO,
            description="Save new content. Refused if it was saved since: read it again.",
            hints="I",
            arguments={"assetId": "", "content": "All of it", "ifMatch": ""},
            required=("ifMatch",),
            promise=("assetId", "etag"),
            result=DOCUMENT_FIELDS,
        ),
    ),
}
AGENT_TOOLS: dict[str, tuple[Tool, ...]] = {
    "updateSettings": (
        Tool(
            name="studio_settings_update",
            title="Change studio settings",
            toolsets=AGENT,
            description="Merge into the settings: selection, default sizes, the agent's limits.",
            hints="I",
            arguments={
                "selectedProjectId": "",
                "selectedThreadId": "",
                "defaults": "",
                "agent": "",
            },
            nested={
                "defaults": (
                    *("image.width", "image.height"),
                    *("video.width", "video.height", "video.fps", "video.durationFrames"),
                ),
                "agent": ("enabled", "maxPriceUsd", "instructions"),
            },
            promise=("revision",),
        ),
    ),
    "prepareMessage": (
        Tool(
            name="studio_message_prepare",
            title="Price a message",
            toolsets=AGENT,
            description="Free: the most a message to the agent can cost. "
            "Show priceUsd, then studio_message_send.",
            arguments={"threadId": "", "content": "", "attachments": "", "maxPriceUsd": ""},
            promise=("quoteId", "priceUsd"),
            result=(
                *("quoteId", "priceUsd", "qualifier", "expiresAt", "affordable", "balanceUsd"),
                *("consent", "requiresHumanApproval", "approvalUrl"),
            ),
        ),
    ),
    "sendMessage": (
        Tool(
            name="studio_message_send",
            title="Send a message",
            toolsets=AGENT,
            description="Send a priced message to the studio agent; waits for its answer. Charges "
            "what it used up to the quote, once: safe to repeat.",
            hints="DI",
            arguments={"quoteId": "", "waitSeconds": ""},
            required=("quoteId",),
            promise=("requestId", "status"),
            result=(*REQUEST_FIELDS, *BILLING_PATHS),
            waits="request",
        ),
    ),
    "getRequest": (
        Tool(
            name="studio_request_get",
            title="Read a request",
            toolsets=AGENT,
            description="Read the agent's answer, or how far it is; while it works, call again.",
            hints="RI",
            arguments={"requestId": "", "waitSeconds": ""},
            required=("requestId",),
            promise=("requestId", "status"),
            result=(*REQUEST_FIELDS, *BILLING_PATHS),
            waits="request",
        ),
    ),
    "cancelRequest": (
        Tool(
            name="studio_request_cancel",
            title="Cancel a request",
            toolsets=AGENT,
            description="Stop the agent; what it has used is charged, the rest released.",
            hints="DI",
            arguments={"requestId": ""},
            promise=("requestId", "status"),
            result=(*REQUEST_FIELDS, *BILLING_PATHS),
        ),
    ),
}
TOOLS = PROJECT_TOOLS | THREAD_TOOLS | FILE_TOOLS | AGENT_TOOLS
