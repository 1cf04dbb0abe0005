"""Jobs as pages show them: words, figures and times, derived from the wire form."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from gateway.kit.clock import SECOND, to_microseconds
from gateway.kit.wire.plain_text import shorten_text
from gateway.library.kinds import KINDS
from gateway.media.states import OPEN_JOB_STATES, AttemptState, BillingState, JobState
from gateway.media.tasks.catalogue import TASKS, build_input_schema
from gateway.media.tasks.input_json import InputJson
from gateway.pages.answers import JobAnswer, JobFields, OutputAnswer, ProgressAnswer
from gateway.pages.field_words import format_field_name
from gateway.pages.form_fields import input_from_effective

BILLING_WORDS = {
    BillingState.RESERVED: "held until it ends",
    BillingState.CAPTURED: "charged",
    BillingState.RELEASED: "released; nothing was charged",
}
OUTCOME_WORDS = {
    AttemptState.SUCCEEDED: "succeeded",
    AttemptState.FAILED: "failed",
    AttemptState.CANCELED: "was canceled",
    AttemptState.LOST: "was lost",
}
NO_PROGRESS: ProgressAnswer = {"percent": None, "stage": None, "etaSeconds": None}
SOURCE_WORDS = {"job": "an earlier result", "asset": "a file of the library"}
WHOLE_FROM = 100  # sizes have no decimals from here on
CARD_CHARACTERS = 160  # of a prompt on a card
# Tasks that can continue from an output, by its kind: (task, field that takes it, words).
NEXT_TASKS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    kind: [
        (name, *task.source_fields[kind])
        for name, task in TASKS.items()
        if task.enabled and kind in task.source_fields
    ]
    for kind in KINDS
}


class NextTask(TypedDict):
    """A task that can continue from an output: the address of its form, filled in."""

    path: str
    query: dict[str, str]
    words: str


class _OutputExtras(TypedDict):
    reference: str
    noun: str
    measures: str
    secondsLeft: int
    left: str
    goesOn: list[NextTask]


class ShownOutput(OutputAnswer, _OutputExtras):
    """An output and the values that pages add."""


class ShownJob(JobFields):
    """A job and the values that pages add."""

    title: str
    open: bool
    words: str
    short: str
    percent: int
    stage: str
    eta: str
    money: str
    briefly: str
    outputs: list[ShownOutput]


def to_shown_job(job: JobAnswer, now: int) -> ShownJob:
    """Add to a job the values that pages show; `now` is in microseconds since 1970."""
    progress = job["progress"] or NO_PROGRESS
    words = get_prompt(job["effectiveInput"])
    return {
        **job,
        "title": TASKS[job["task"]].title,
        "open": job["status"] in OPEN_JOB_STATES,
        "words": words,
        "short": shorten_text(words, CARD_CHARACTERS),
        "percent": progress["percent"] or 0,
        "stage": (progress["stage"] or "").replace("_", " ").capitalize(),
        "eta": format_duration(progress["etaSeconds"]),
        "money": BILLING_WORDS[job["billing"]["state"]],
        "briefly": job["billing"]["state"]
        .replace("captured", "charged")
        .replace("reserved", "held"),
        "outputs": [_to_shown_output(job["jobId"], each, now) for each in job["outputs"]],
    }


def get_prompt(task_input: Mapping[str, Any]) -> str:
    """Return the prompt of an input, or words in place of one."""
    clips = task_input.get("clips") or ()
    words: str = task_input.get("prompt") or (f"{len(clips)} clips joined" if clips else "")
    return words


def list_input_facts(task_input: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Describe an effective input by field and words, without its prompt and empty fields."""
    return [
        (name, _to_words(value))
        for name, value in task_input.items()
        if name != "prompt" and value not in ("", None)
    ]


def _to_words(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_to_words, value))
    if isinstance(value, dict):
        media = value.get("video", value)
        if "source" in media:
            trims = [
                f"{format_field_name(name).lower()} {each}" for name, each in _list_trims(value)
            ]
            return " ".join(
                [describe_source(media["source"]), *([f"({', '.join(trims)})"] if trims else [])]
            )
        return ", ".join(
            f"{format_field_name(name).lower()} {each}" for name, each in value.items()
        )
    return str(value)


def describe_source(source: str) -> str:
    """Describe where a job has its media from: nobody reads the address of a result or a file."""
    scheme, has_scheme, rest = source.partition("://")
    if scheme in SOURCE_WORDS:
        return SOURCE_WORDS[scheme]
    return rest.partition("/")[0] if has_scheme else "sent with the request"


def _list_trims(clip: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(name, each) for name, each in clip.items() if name.startswith("trim") and each]


def to_repeat_input(job: JobAnswer) -> InputJson:
    """Build the input that repeats a job, without media that were not kept."""
    return input_from_effective(build_input_schema(TASKS[job["task"]]), job["effectiveInput"])


def build_timeline(job: JobAnswer) -> list[tuple[str, str]]:
    """List what happened to a job and when, the oldest first."""
    events = [("Submitted; its price was held", job["createdAt"])]
    for attempt in job["attempts"]:
        name = f"Attempt {attempt['attempt']}"
        if attempt["startedAt"]:
            events.append((f"{name} began on {attempt['node']}", attempt["startedAt"]))
        if attempt["endedAt"] and attempt["outcome"] in OUTCOME_WORDS:
            events.append((f"{name} {OUTCOME_WORDS[attempt['outcome']]}", attempt["endedAt"]))
    if job["finishedAt"]:
        ends = "charged" if job["status"] == JobState.SUCCEEDED else "released"
        events.append((f"{job['status'].capitalize()}; its price was {ends}", job["finishedAt"]))
    if job["outputsExpireAt"]:
        events.append(("Download links end", job["outputsExpireAt"]))
    return events


def format_duration(seconds: float | None) -> str:
    """Format a duration in its two largest units; an unknown one is empty."""
    if seconds is None:
        return ""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def seconds_until(at: str, now: int) -> int:
    """Return the seconds until a time of the wire, 0 if it has passed."""
    return max(0, ((to_microseconds(datetime.fromisoformat(at)) or 0) - now) // SECOND)


def format_bytes(count: int) -> str:
    """Format a number of bytes for people, in steps of 1000."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004 - a thousand of each unit is one of the next
            return (
                f"{size:.0f} {unit}" if unit == "B" or size >= WHOLE_FROM else f"{size:.1f} {unit}"
            )
        size /= 1000
    return f"{size:.1f} GB"


def format_measures(output: OutputAnswer) -> str:
    """Describe size, length and sound of an output in words, as far as they apply to it."""
    parts = []
    if output["width"]:
        parts.append(f"{output['width']} × {output['height']}")  # noqa: RUF001 - multiplication
    if output["durationSeconds"]:
        rate = f" at {output['fps']:.5g} frames a second" if output["fps"] else ""
        parts.append(f"{output['durationSeconds']:.3g} s{rate}")
    if output["hasAudio"] is not None:
        parts.append("with sound" if output["hasAudio"] else "silent")
    return ", ".join([*parts, format_bytes(output["bytes"])])


def _to_shown_output(job_id: str, output: OutputAnswer, now: int) -> ShownOutput:
    reference = f"job://{job_id}/{output['index']}"
    seconds = seconds_until(output["expiresAt"], now)
    return {
        **output,
        "reference": reference,
        "noun": KINDS[output["kind"]].noun,
        "measures": format_measures(output),
        "secondsLeft": seconds,
        "left": format_duration(seconds),
        "goesOn": [
            {"path": f"/playground/{task}", "query": {field: reference}, "words": words}
            for task, field, words in NEXT_TASKS[output["kind"]]
        ],
    }
