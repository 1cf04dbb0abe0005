"""References of the skill, rendered from the objects that the gateway itself uses."""

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from inspect import getdoc

from gateway.kit.errors import list_declared_problems, read_default_detail
from gateway.kit.operation import Operation
from gateway.kit.wire.json_schema import JsonSchema, describe_kind, describe_limits
from gateway.media.jobs.job_errors import JOB_ERROR_TEXTS
from gateway.media.tasks import guidance, video_upscale
from gateway.media.tasks.catalogue import TASKS, build_task_entry, read_input
from gateway.media.tasks.prices import Price, PriceTable
from gateway.media.tasks.rules import video_prices
from gateway.studio.storyboards.model import EXAMPLE_STORYBOARD, Shot

ADJUSTMENT_TEXT = """\
A value outside its limits is refused (`422 invalid_input`, with the nearest valid value). A value
off its grid is moved to the nearest one and listed in `inputAdjustments` with `requested`,
`effective` and `rule`; with `strict: true` it is refused instead. Unknown fields are refused with
the name that was misspelt or meant. `dryRun=1` and quotes show all of it without spending.

A `…Url` field takes `https://…`, `asset://ast_…` (an uploaded asset) or `job://job_…/0` (an output
of your own job). Where an image is taken, `/frames/-1` behind one of these two names the last frame
of a video, `/frames/0` its first. The field without `Url` takes the bytes, at most 10 MiB: a data
URI, or `{"mimeType": …, "data": …}` with base64. Send one of the two.
"""
EXAMPLE_INPUTS: tuple[tuple[str, Mapping[str, str | int | bool]], ...] = (
    ("image.generate", {"prompt": "a lighthouse"}),
    ("image.generate", {"prompt": "a lighthouse", "highDetail": True}),
    (
        "image.generate",
        {"prompt": "a lighthouse", "width": 2048, "height": 2048, "count": 2},
    ),
    ("video.generate", {"prompt": "the beam sweeps over the sea"}),
    ("video.generate", {"prompt": "the beam sweeps over the sea", "width": 1920, "height": 1088}),
    ("video.generate", {"prompt": "the beam sweeps", "durationFrames": 97, "fps": 25}),
)
HD, FULL_HD, FPS = (1280, 704), (1920, 1088), 24


def render_api(operations: Sequence[Operation], api_url: str) -> str:
    """Render one line for each operation, under its tag."""
    lines = [
        "# API",
        "",
        f"Base: {api_url}. Send `Authorization: Bearer kt_…`. Bodies and answers are JSON in",
        "camelCase; times are ISO 8601 in UTC; money is a decimal string in `…Usd` and an integer",
        "in `…Microusd`. Lists take `limit` and `cursor` and return `nextCursor`.",
    ]
    for tag in dict.fromkeys(each.tag for each in operations):
        lines += ["", f"## {tag}", ""]
        lines += [_render_operation(each) for each in operations if each.tag == tag]
    lines += ["", "## A storyboard document", "", f"{getdoc(Shot)}", "", "```json"]
    return "\n".join([*lines, json.dumps(EXAMPLE_STORYBOARD, indent=1), "```"]) + "\n"


def _render_operation(each: Operation) -> str:
    if each.public:
        caller_words = "no key"
    elif each.session == "only":
        caller_words = "a person in a browser"
    else:
        caller_words = f"scope {' or '.join(each.scopes)}" if each.scopes else "any key"
    deprecated_words = "; deprecated" if each.deprecation is not None else ""
    field_names = ", ".join(_list_field_names(each))
    takes = f" Takes {field_names}." if field_names else ""
    return (
        f"- `{each.method} {each.path}`: {each.summary}.{takes} ({caller_words}{deprecated_words})"
    )


def _list_field_names(each: Operation) -> Iterator[str]:
    for model in (each.query, each.body):
        if model is not None:
            for name, field in model.model_fields.items():
                star = "\\*" if field.is_required() else ""
                yield f"`{field.alias or name}`{star}"


def render_tasks(prices: PriceTable) -> str:
    """Render fields, limits, adjustments and price rule of each task."""
    opening = "# Media tasks\n\nThe `input` of a job, task by task. `*` is required."
    parts = [f"{opening}\n\n{ADJUSTMENT_TEXT}"]
    for task in TASKS.values():
        task_entry = build_task_entry(task, prices)
        schema = task_entry["inputSchema"]
        definitions = schema.get("$defs", {})
        lines = [f"## {task.name}", "", task_entry["description"], ""]
        for name, field in schema["properties"].items():
            star = "\\*" if name in schema.get("required", []) else ""
            words = _describe_field(field, definitions)
            lines.append(f"- `{name}`{star} ({words}): {field.get('description', name)}")
        for name, definition in definitions.items():
            inner = ", ".join(f"`{field}`" for field in definition["properties"])
            lines.append(f"- {name} is an object of {inner}.")
        lines += ["", f"Price: `{task_entry['price'].formula}`.", ""]
        lines.append(f"It may run for up to {task.run_limit_seconds} seconds.")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _describe_field(field: JsonSchema, definitions: JsonSchema) -> str:
    limits = describe_limits(field)
    default = field.get("default")
    words = [describe_kind(field, definitions), *([limits] if limits else [])]
    if default not in (None, ""):
        words.append(f"default {str(default).lower() if isinstance(default, bool) else default}")
    return ", ".join(words)


def render_errors() -> str:
    """Render every error code with its cause and next step."""
    lines = [
        "# Errors",
        "",
        "Every refusal is `application/problem+json`. Read `code`, do what `hint` says, and retry",
        "only where `retryable` is true: the SAME request with the SAME idempotency key, after",
        "`retryAfterSeconds` if it is given. Nothing is charged on any of them.",
        "",
    ]
    lines += [
        f"- `{each.code}` ({each.status}{', retryable' if each.retryable else ''}): "
        f"{read_default_detail(each)} {each.hint}"
        for each in list_declared_problems()
    ]
    lines += [
        "",
        "## When a job fails",
        "",
        "The job's `status` is `failed` and its `error.code` is one of these; nothing was charged.",
        "",
    ]
    lines += [
        f"- `{code}`{' (a new job may succeed)' if again else ''}: {message} {hint}"
        for code, (message, hint, again) in JOB_ERROR_TEXTS.items()
    ]
    return "\n".join(lines) + "\n"


def render_pricing(prices: PriceTable) -> str:
    """Render the price table and price examples."""
    lines = [
        "# Prices",
        "",
        f"Version {prices.version} of the price table. 1 000 000 micro-USD is $1. A price is one",
        "exact fraction, rounded up once. A quote or `dryRun=1` gives the exact price of a job; it",
        "is held at submit, charged only on success, and released otherwise.",
        "",
        "| task | price | at least |",
        "| --- | --- | --- |",
    ]
    for task in TASKS.values():
        price = build_task_entry(task, prices)["price"]
        lines.append(f"| `{task.name}` | `{price.formula}` | ${price.minimum_usd} |")
    lines += ["", "Rates in micro-USD:", "", "| task | rates |", "| --- | --- |"]
    for task in TASKS.values():
        rates = build_task_entry(task, prices)["price"].rates
        rate_words = ", ".join(f"{name} {rate}" for name, rate in rates.items())
        lines.append(f"| `{task.name}` | {rate_words} |")
    lines += ["", "Worked examples:", ""]
    lines += [f"- {what}: ${price.usd}" for what, price in list_price_examples(prices)]
    return "\n".join(lines) + "\n"


def list_price_examples(prices: PriceTable) -> Iterator[tuple[str, Price]]:
    """Yield example jobs in words, each with its price."""
    for name, task_input in EXAMPLE_INPUTS:
        task = TASKS[name]
        planned = task.plan(read_input(task, task_input), {}, seed=0, prices=prices)
        other_fields = {field: value for field, value in task_input.items() if field != "prompt"}
        field_words = ", ".join(
            f"{field} {json.dumps(value)}" for field, value in other_fields.items()
        )
        yield f"`{name}` with {field_words or 'a prompt alone'}", planned.price
    yield (
        "`video.extend` of 1280x704 by 120 frames",
        video_prices.price_extended(*HD, 120, FPS, prices),
    )
    upscaled = video_upscale.price_job(*FULL_HD, 121, Fraction(FPS), prices)
    yield "`video.upscale` of 121 frames to 1920x1088", upscaled
    for clips in (2, 5):
        yield f"`video.combine` of {clips} clips", video_prices.price_combined(clips, prices)


def render_video(prices: PriceTable) -> str:
    """Render the notes on making videos."""
    lines = ["# Video craft", "", "What makes clips usable, task by task.", ""]
    for task in TASKS.values():
        if task.name.startswith("video."):
            lines += [f"## {task.name}", ""]
            notes = build_task_entry(task, prices)["guidance"]
            lines += [f"- {note}" for note in notes if not note.startswith("`downloadable")]
            lines.append("")
    lines += ["## Outputs", "", guidance.OUTPUTS]
    return "\n".join(lines) + "\n"
