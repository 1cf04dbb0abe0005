"""llms.txt: the first facts for a language model; each line of a section is a link with a note."""

from collections.abc import Iterator

from agent_skill import render
from gateway.kit.operation import Operation
from gateway.kit.release import CLIENT_WHEEL_PATH, NPM_PACKAGE_PATH
from gateway.media.tasks import guidance
from gateway.media.tasks.catalogue import TASKS, build_task_entry
from gateway.media.tasks.prices import PriceTable
from gateway.media.wiring import load_price_table
from gateway.openapi import agent_document
from gateway.openapi.document import shorten_summary
from wellknown.facts import SiteFacts

Line = tuple[str, str, str]
SUMMARY = (
    "API-first prepaid $ credit and usage gateway for Killa Tamata media generation: images and "
    "videos at exact prices, held at submit and charged only on success."
)
PROSE = (
    "For developers and AI agents. The web app sells prepaid credit and manages API keys; "
    "everything else is an authenticated API call. Quote first, send one idempotency key per "
    "intended job and the same key when you retry it, and never resubmit because a wait ended."
)
VIDEO_NOTES: tuple[tuple[str, str, str], ...] = (
    ("Candidates", "video.generate", guidance.CANDIDATES),
    ("Anchor images", "video.generate", guidance.ANCHORS),
    ("Prompts", "video.generate", guidance.PROMPT),
    (
        "`overlapFrameImageUrls` / `overlapFrameImages`",
        "video.generate",
        guidance.OVERLAP,
    ),
    ("Splicing", "video.combine", guidance.SPLICE),
    ("`durationFrames`", "video.generate", guidance.FRAMES),
    ("`width` / `height`", "video.generate", guidance.CANVAS),
    (
        "`referenceAudioUrl` / `referenceAudio`, `finalFrameImageUrl` / `finalFrameImage`",
        "video.generate",
        guidance.AUDIO,
    ),
    ("Lip-sync, dialogue, singing", "video.generate", guidance.DIALOGUE),
    ("Continuing a job", "video.extend", guidance.TAIL),
)
REFERENCES = ("api", "tasks", "errors", "pricing", "video")


def render_index(facts: SiteFacts) -> bytes:
    """Render llms.txt."""
    prices = load_price_table(facts.settings)
    sections: dict[str, list[Line]] = {
        "Product": _list_product(facts),
        "Machine-readable assets": _list_assets(facts),
        "API base": [
            (facts.api, f"{facts.api}/api/v1/health", "all routes below start with /api/v1 here")
        ],
        "Auth": _list_auth(facts),
        "Key Routes": [_build_route_line(facts, each) for each in facts.operations],
        "Status Details": _list_status_details(facts),
        "Image Notes": _list_image_notes(facts),
        "Video Reliability Notes": _list_video_notes(facts, prices),
        "Prices": _list_prices(facts, prices),
        "Approval plans": _list_plan_routes(facts),
        "MCP": _list_mcp_servers(facts),
        "OpenAI clients": [
            (
                f"{facts.api}/v1",
                f"{facts.api}/v1/models",
                "base URL for OpenAI clients, with the same keys: images, edits, videos, models",
            )
        ],
        "Release Version": [
            (render.VERSION, f"{facts.site}/api-docs#changelog", "the version of API and skill")
        ],
        "Installable Codex Skill": _list_skill_files(facts),
        "Optional": [
            (f"{name}.md", f"{_skill_url(facts)}references/{name}.md", "reference of the skill")
            for name in REFERENCES
        ],
    }
    parts = [f"# Killa Tamata AI\n\n> {SUMMARY}\n\n{PROSE}\n"]
    for title, lines in sections.items():
        if lines:
            links = "".join(f"- [{text}]({url}): {note}\n" for text, url, note in lines)
            parts.append(f"\n## {title}\n\n{links}")
    return "".join(parts).encode()


def render_full(facts: SiteFacts) -> bytes:
    """Render llms-full.txt: llms.txt and all references of the skill."""
    texts = [facts.skill[f"references/{name}.md"] for name in REFERENCES]
    return b"\n".join([render_index(facts), *texts])


def _operation_url(facts: SiteFacts, operation: str) -> str:
    return f"{facts.site}/api-docs/{operation}.md"


def _task_url(facts: SiteFacts, task: str) -> str:
    return f"{facts.site}/api-docs/tasks/{task}.md"


def _skill_url(facts: SiteFacts) -> str:
    return f"{facts.site}/skills/{render.NAME}/"


def _list_product(facts: SiteFacts) -> list[Line]:
    return [
        ("Killa Tamata", f"{facts.site}/", "prepaid credit purchase and API key management"),
        (
            "Media jobs",
            _operation_url(facts, "submitJob"),
            "authenticated endpoints for media generation, for developers and AI agents",
        ),
    ]


def _list_assets(facts: SiteFacts) -> list[Line]:
    return [
        ("OpenAPI", f"{facts.site}/openapi.json", "every operation, schema, error and webhook"),
        (
            "OpenAPI for agents",
            f"{facts.site}/openapi-agent.json",
            (
                f"the {len(agent_document.AGENT_OPERATION_IDS)} operations an agent needs,"
                " plain enough for tool loaders"
            ),
        ),
        ("API docs", f"{facts.site}/api-docs", "the same for people, with curl, Python and MCP"),
        (
            "API docs as Markdown",
            f"{facts.site}/api-docs.md",
            "for models, all at once; each route and task below links to its own short page",
        ),
        (
            "Python client",
            f"{facts.site}{CLIENT_WHEEL_PATH}",
            "install with pip or uv, from here; with the extras cli (the command) and mcp (stdio)",
        ),
        (
            "TypeScript client",
            f"{facts.site}{NPM_PACKAGE_PATH}",
            "npm install it from here; for Node and browsers, with types of every operation",
        ),
        ("Plugin manifest", f"{facts.site}/.well-known/ai-plugin.json", "for chat plugins"),
        ("API catalog", f"{facts.site}/.well-known/api-catalog", "RFC 9727 link set"),
        ("AI catalog", f"{facts.site}/.well-known/ai-catalog.json", "what agents can use here"),
        ("llms-full.txt", f"{facts.site}/llms-full.txt", "this and all references in one file"),
    ]


def _list_auth(facts: SiteFacts) -> list[Line]:
    docs = f"{facts.site}/api-docs#"
    lines: list[Line] = [
        (
            "API keys",
            f"{docs}keys",
            "Authorization: Bearer or x-api-key; shown once, with scopes and caps",
        ),
        ("Google sign-in", _operation_url(facts, "verifyGoogle"), "can mint a new API key"),
        (
            "Browser flows",
            _operation_url(facts, "getBrowserSession"),
            "hosted pages mint and inspect a browser session under /api/v1/auth/browser/*",
        ),
        ("Email one-time code", _operation_url(facts, "verifyEmail"), "can mint a new API key"),
        (
            "Device link",
            _operation_url(facts, "startDeviceLink"),
            "local tools show a code, a person approves it in the browser, the tool gets a key",
        ),
        (
            "Checkout and claim",
            _operation_url(facts, "claimStripe"),
            "need the same authenticated account from checkout to claim",
        ),
    ]
    if any(each.id == "captureAffiliate" for each in facts.operations):
        lines.append(
            (
                "Affiliates",
                _operation_url(facts, "captureAffiliate"),
                "capture and bind attribute a referral without exposing checkout internals",
            )
        )
    return lines


def _build_route_line(facts: SiteFacts, each: Operation) -> Line:
    deprecated_words = "deprecated. " if each.deprecation is not None else ""
    query = "".join(f"{'&' if n else '?'}{name}=" for n, name in enumerate(_list_query_names(each)))
    return (
        f"{each.method} {each.path}{query}",
        _operation_url(facts, each.id),
        f"{deprecated_words}{shorten_summary(each.summary)}",
    )


def _list_query_names(each: Operation) -> Iterator[str]:
    """Yield the required query fields; without one, the id that a "Read one" takes."""
    fields = each.query.model_fields.items() if each.query is not None else ()
    names = [(field.alias or name, field.is_required()) for name, field in fields]
    if not any(needed for _, needed in names):
        names = [(name, each.summary.startswith("Read one")) for name, _ in names[:1]]
    yield from (name for name, needed in names if needed)


def _list_status_details(facts: SiteFacts) -> list[Line]:
    docs = f"{facts.site}/api-docs#"
    return [
        (
            "GET /api/v1/media/jobs?jobId=&includeDetails=1",
            _operation_url(facts, "getJob"),
            "adds the sanitized upstream result, `effectiveInput` and `inputAdjustments`",
        ),
        ("`downloadableOutputUrls`", f"{docs}retention", guidance.OUTPUTS),
        (
            "Waiting",
            _operation_url(facts, "watchJob"),
            (
                "`Prefer: wait=30` on the submit, `waitSeconds` on the read, server-sent events, "
                "or signed webhooks"
            ),
        ),
    ]


def _list_image_notes(facts: SiteFacts) -> list[Line]:
    return [
        (
            "`highDetail` of image.generate and image.edit",
            _task_url(facts, "image.generate"),
            guidance.HIGH_DETAIL,
        )
    ]


def _list_video_notes(facts: SiteFacts, prices: PriceTable) -> list[Line]:
    (combine,) = (
        note
        for note in build_task_entry(TASKS["video.combine"], prices)["guidance"]
        if note.startswith("`video.combine`")
    )
    return [
        *((label, _task_url(facts, task), note) for label, task, note in VIDEO_NOTES),
        ("video.combine", _task_url(facts, "video.combine"), combine),
    ]


def _list_prices(facts: SiteFacts, prices: PriceTable) -> list[Line]:
    prices_by_task = [
        (name, build_task_entry(task, prices)["price"])
        for name, task in TASKS.items()
        if task.enabled
    ]
    return [
        (
            name,
            _task_url(facts, name),
            f"{price.formula}; at least ${price.minimum_usd}",
        )
        for name, price in prices_by_task
    ]


def _list_plan_routes(facts: SiteFacts) -> list[Line]:
    return [
        (
            "Prepare",
            _operation_url(facts, "preparePlan"),
            "1 to 50 frozen steps at exact prices; free",
        ),
        (
            "Execute",
            _operation_url(facts, "executePlan"),
            "once, with `planId` and `planHash`, after approval",
        ),
        (
            "Read",
            _operation_url(facts, "getPlans"),
            "progress of a plan; `approvalUrl` is the page where a person approves",
        ),
    ]


def _list_skill_files(facts: SiteFacts) -> list[Line]:
    root = _skill_url(facts)
    return [
        ("Skill manifest", f"{facts.site}/.well-known/agent-skills.json", "index with digest"),
        ("Skill root", root, "lists the files"),
        ("Skill entrypoint", f"{root}SKILL.md", "read this first"),
        ("Skill version metadata", f"{root}version.json", "versions and digests"),
        ("Skill UI metadata", f"{root}agents/openai.yaml", "for Codex"),
    ]


def _list_mcp_servers(facts: SiteFacts) -> list[Line]:
    return [
        (
            f"{facts.api}/mcp",
            f"{facts.site}/api-docs#mcp",
            "MCP server over streamable HTTP, with the same keys; `killatamata mcp` speaks stdio",
        ),
        ("MCP server card", f"{facts.api}/mcp/server-card", "transport, headers, versions"),
        (
            "MCP bundle",
            f"{facts.site}/plugins/{render.NAME}.mcpb",
            "for Claude Desktop; `killatamata mcp install HOST` sets up other hosts",
        ),
    ]
