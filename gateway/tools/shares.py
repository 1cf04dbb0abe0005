"""Tools for shares, in a toolset of their own that clients have to select."""

from gateway.tools.base import Tool

SHARES = ("shares",)
SHOW_PARTS = {"show": ("prompt", "seed", "cost", "showcase")}
SHARE_RESULT = ("shareId", "ref", "state", "url", "show", "remix", "mediaKind", "expiresAt")
TOOLS = {
    "listShares": (
        Tool(
            name="share_list",
            title="List shares",
            toolsets=SHARES,
            description="List shared results with their secret links, newest first.",
            hints="RI",
            arguments={"ref": "", "active": "", "cursor": "", "limit": ""},
            promise=("data",),
            result=(*(f"data[].{name}" for name in SHARE_RESULT), "nextCursor"),
        ),
    ),
    "createShare": (
        Tool(
            name="share_create",
            title="Share a result",
            toolsets=SHARES,
            description="Make a secret link that shows one result to anybody who has it. Only if "
            "the user asked for it.",
            hints="O",
            arguments={
                "ref": "",
                "kind": "",
                "show": "False by default",
                "remix": "",
                "expiresAt": "",
                "idempotencyKey": "",
            },
            nested=SHOW_PARTS,
            promise=("shareId", "url"),
            result=SHARE_RESULT,
        ),
    ),
    "updateShare": (
        Tool(
            name="share_update",
            title="Change a share",
            toolsets=SHARES,
            description="Change what a share shows, whether it offers Remix, or when it ends.",
            hints="I",
            arguments={"shareId": "", "show": "", "remix": "", "expiresAt": ""},
            nested=SHOW_PARTS,
            promise=("shareId", "state"),
            result=SHARE_RESULT,
        ),
    ),
    "revokeShare": (
        Tool(
            name="share_revoke",
            title="Revoke a share",
            toolsets=SHARES,
            description="End a share at once and permanently; the result itself stays.",
            hints="DI",
            arguments={"shareId": ""},
            promise=("shareId", "state"),
            result=SHARE_RESULT,
        ),
    ),
}
