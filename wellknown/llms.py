"""llms.txt: the first facts for a language model; each line of a section is a link with a note."""

from collections.abc import Iterator

from agent_skill import render
from gateway.kit.operation import Operation
from gateway.media.opening import load_price_table
from gateway.media.tasks import guidance
from gateway.media.tasks.catalogue import TASKS, build_task_entry
from gateway.media.tasks.prices import PriceTable
from gateway.openapi import agent
from gateway.openapi.document import shorten_summary
from wellknown.facts import Facts

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


def llms(facts: Facts) -> bytes:
    """Render llms.txt."""
    prices = load_price_table(facts.settings)
    sections: dict[str, list[Line]] = {
        "Product": _product(facts),
        "Machine-readable assets": _assets(facts),
        "API base": [
            (facts.api, f"{facts.api}/api/v1/health", "all routes below start with /api/v1 here")
        ],
        "Auth": _auth(facts),
        "Key Routes": [_route(facts, each) for each in facts.operations],
        "Status Details": _status(facts),
        "Image Notes": _images(facts),
        "Video Reliability Notes": _videos(facts, prices),
        "Prices": _prices(facts, prices),
        "Approval plans": _plans(facts),
        "MCP": _mcp(facts),
        "Release Version": [
            (render.VERSION, f"{facts.site}/api-docs#changelog", "the version of API and skill")
        ],
        "Installable Codex Skill": _skill(facts),
        "Optional": [
            (f"{name}.md", f"{_root(facts)}references/{name}.md", "reference of the skill")
            for name in REFERENCES
        ],
    }
    parts = [f"# Killa Tamata AI\n\n> {SUMMARY}\n\n{PROSE}\n"]
    for title, lines in sections.items():
        if lines:
            links = "".join(f"- [{text}]({url}): {note}\n" for text, url, note in lines)
            parts.append(f"\n## {title}\n\n{links}")
    return "".join(parts).encode()


def llms_full(facts: Facts) -> bytes:
    """Render llms-full.txt: llms.txt and all references of the skill."""
    texts = [facts.skill[f"references/{name}.md"] for name in REFERENCES]
    return b"\n".join([llms(facts), *texts])


def _operation(facts: Facts, operation: str) -> str:
    return f"{facts.site}/api-docs/{operation}.md"


def _task(facts: Facts, task: str) -> str:
    return f"{facts.site}/api-docs/tasks/{task}.md"


def _root(facts: Facts) -> str:
    return f"{facts.site}/skills/{render.NAME}/"


def _product(facts: Facts) -> list[Line]:
    return [
        ("Killa Tamata", f"{facts.site}/", "prepaid credit purchase and API key management"),
        (
            "Media jobs",
            _operation(facts, "submitJob"),
            "authenticated endpoints for media generation, for developers and AI agents",
        ),
    ]


def _assets(facts: Facts) -> list[Line]:
    return [
        ("OpenAPI", f"{facts.site}/openapi.json", "every operation, schema, error and webhook"),
        (
            "OpenAPI for agents",
            f"{facts.site}/openapi-agent.json",
            f"the {len(agent.OPERATIONS)} operations an agent needs, plain enough for tool loaders",
        ),
        ("API docs", f"{facts.site}/api-docs", "the same for people, with curl, Python and MCP"),
        (
            "API docs as Markdown",
            f"{facts.site}/api-docs.md",
            "for models, all at once; each route and task below links to its own short page",
        ),
        ("Plugin manifest", f"{facts.site}/.well-known/ai-plugin.json", "for chat plugins"),
        ("API catalog", f"{facts.site}/.well-known/api-catalog", "RFC 9727 link set"),
        ("AI catalog", f"{facts.site}/.well-known/ai-catalog.json", "what agents can use here"),
        ("llms-full.txt", f"{facts.site}/llms-full.txt", "this and all references in one file"),
    ]


def _auth(facts: Facts) -> list[Line]:
    docs = f"{facts.site}/api-docs#"
    lines: list[Line] = [
        (
            "API keys",
            f"{docs}keys",
            "Authorization: Bearer or x-api-key; shown once, with scopes and caps",
        ),
        ("Google sign-in", _operation(facts, "verifyGoogle"), "can mint a new API key"),
        (
            "Browser flows",
            _operation(facts, "getBrowserSession"),
            "hosted pages mint and inspect a browser session under /api/v1/auth/browser/*",
        ),
        ("Email one-time code", _operation(facts, "verifyEmail"), "can mint a new API key"),
        (
            "Device link",
            _operation(facts, "startDeviceLink"),
            "local tools show a code, a person approves it in the browser, the tool gets a key",
        ),
        (
            "Checkout and claim",
            _operation(facts, "claimStripe"),
            "need the same authenticated account from checkout to claim",
        ),
    ]
    if any(each.id == "captureAffiliate" for each in facts.operations):
        lines.append(
            (
                "Affiliates",
                _operation(facts, "captureAffiliate"),
                "capture and bind attribute a referral without exposing checkout internals",
            )
        )
    return lines


def _route(facts: Facts, each: Operation) -> Line:
    deprecated_words = "deprecated. " if each.deprecation is not None else ""
    query = "".join(f"{'&' if n else '?'}{name}=" for n, name in enumerate(_asked(each)))
    return (
        f"{each.method} {each.path}{query}",
        _operation(facts, each.id),
        f"{deprecated_words}{shorten_summary(each.summary)}",
    )


def _asked(each: Operation) -> Iterator[str]:
    """Yield the required query fields; without one, the id that a "Read one" takes."""
    fields = each.query.model_fields.items() if each.query is not None else ()
    names = [(field.alias or name, field.is_required()) for name, field in fields]
    if not any(needed for _, needed in names):
        names = [(name, each.summary.startswith("Read one")) for name, _ in names[:1]]
    yield from (name for name, needed in names if needed)


def _status(facts: Facts) -> list[Line]:
    docs = f"{facts.site}/api-docs#"
    return [
        (
            "GET /api/v1/media/jobs?jobId=&includeDetails=1",
            _operation(facts, "getJob"),
            "adds the sanitized upstream result, `effectiveInput` and `inputAdjustments`",
        ),
        ("`downloadableOutputUrls`", f"{docs}retention", guidance.OUTPUTS),
        (
            "Waiting",
            _operation(facts, "watchJob"),
            (
                "`Prefer: wait=30` on the submit, `waitSeconds` on the read, server-sent events, "
                "or signed webhooks"
            ),
        ),
    ]


def _images(facts: Facts) -> list[Line]:
    return [
        (
            "`highDetail` of image.generate and image.edit",
            _task(facts, "image.generate"),
            guidance.HIGH_DETAIL,
        )
    ]


def _videos(facts: Facts, prices: PriceTable) -> list[Line]:
    (combine,) = (
        note
        for note in build_task_entry(TASKS["video.combine"], prices)["guidance"]
        if note.startswith("`video.combine`")
    )
    return [
        *((label, _task(facts, task), note) for label, task, note in VIDEO_NOTES),
        ("video.combine", _task(facts, "video.combine"), combine),
    ]


def _prices(facts: Facts, prices: PriceTable) -> list[Line]:
    prices_by_task = [
        (name, build_task_entry(task, prices)["price"])
        for name, task in TASKS.items()
        if task.enabled
    ]
    return [
        (
            name,
            _task(facts, name),
            f"{price.formula}; at least ${price.minimum_usd}",
        )
        for name, price in prices_by_task
    ]


def _plans(facts: Facts) -> list[Line]:
    return [
        ("Prepare", _operation(facts, "preparePlan"), "1 to 50 frozen steps at exact prices; free"),
        (
            "Execute",
            _operation(facts, "executePlan"),
            "once, with `planId` and `planHash`, after approval",
        ),
        (
            "Read",
            _operation(facts, "getPlans"),
            "progress of a plan; `approvalUrl` is the page where a person approves",
        ),
    ]


def _skill(facts: Facts) -> list[Line]:
    root = _root(facts)
    return [
        ("Skill manifest", f"{facts.site}/.well-known/agent-skills.json", "index with digest"),
        ("Skill root", root, "lists the files"),
        ("Skill entrypoint", f"{root}SKILL.md", "read this first"),
        ("Skill version metadata", f"{root}version.json", "versions and digests"),
        ("Skill UI metadata", f"{root}agents/openai.yaml", "for Codex"),
    ]


def _mcp(facts: Facts) -> list[Line]:
    return [
        (
            f"{facts.api}/mcp",
            f"{facts.site}/api-docs#mcp",
            "MCP server over streamable HTTP, with the same keys; `killatamata mcp` speaks stdio",
        ),
        ("MCP server card", f"{facts.api}/mcp/server-card", "transport, headers, versions"),
    ]
