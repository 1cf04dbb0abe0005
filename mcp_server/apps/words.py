"""Plans and jobs in words for people, as the web pages say them: what is bought, what was made.

The words are data of a tool's result, never part of a page, because they quote prompts and names
that others wrote.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mcp_server.json_types import JsonObject

TASK_TITLES = {
    "image.generate": "Picture",
    "image.edit": "Edited picture",
    "image.upscale": "Enlarged picture",
    "video.generate": "Video",
    "video.extend": "Extended video",
    "video.upscale": "Enlarged video",
    "video.combine": "Joined video",
    "audio.generate": "Sound",
    "studio.text.save": "Save a text",
    "studio.storyboard.save": "Save a storyboard",
}
KIND_NOUNS = {"image": "picture", "video": "video", "audio": "sound"}
FILM_OPERATION = "video.combine"  # the step that joins a film
LENGTH_FIELDS = ("durationFrames", "extendFrames", "outputFrames", "frames")
MOST_GIST_CHARACTERS = 200
MOST_SECONDS_IN_TENTHS = 10
MOST_PICTURES = 4  # of one step on a card
VISUAL_KINDS = frozenset({"image", "video"})
SHA256 = re.compile(r"[0-9a-f]{64}")
TIMES = "\N{MULTIPLICATION SIGN}"


def describe_steps(plan: JsonObject) -> list[JsonObject]:
    """Describe each step of a plan: its name, what it makes, its words, what it needs."""
    ids = {step["key"]: step["stepId"] for step in plan["steps"]}
    return [
        {
            "stepId": step["stepId"],
            "name": _name_step(step, place),
            "product": describe_product(step["operation"], step["input"]),
            "gist": shorten(find_words(step["input"])),
            "measures": describe_measures(step["input"]),
            "kind": get_kind(step["operation"]),
            "needs": [ids[key] for key in step["dependsOn"] if key in ids],
            "pictures": list(_list_pictures(step["input"]))[:MOST_PICTURES],
            "priceMicrousd": step["priceMicrousd"],
        }
        for place, step in enumerate(plan["steps"], 1)
    ]


def get_title(operation: str) -> str:
    """Return what a task makes, in a word or two."""
    return TASK_TITLES.get(operation, operation)


def get_kind(operation: str) -> str:
    """Return the kind of media that an operation makes; `text` for a step on a document."""
    kind = operation.partition(".")[0]
    return kind if kind in KIND_NOUNS else "text"


def describe_product(operation: str, step_input: Mapping[str, Any]) -> str:
    """Describe what a step makes, as 4 s video or 2 pictures."""
    noun = KIND_NOUNS.get(get_kind(operation))
    if noun is None:
        return get_title(operation).lower()
    count = step_input.get("count", 1)
    words = f"{count} {noun}s" if count > 1 else noun
    if seconds := _get_seconds(step_input):
        words = f"{round(seconds, seconds < MOST_SECONDS_IN_TENTHS):g} s {words}"
    scale = step_input.get("scale")
    return f"{words}, {scale:g}{TIMES} larger" if scale else words


def describe_measures(step_input: Mapping[str, Any]) -> str:
    """Describe the size and the length of what a step makes."""
    width, height = step_input.get("width"), step_input.get("height")
    frames, fps = _get_frames(step_input), step_input.get("fps")
    parts = [f"{width} {TIMES} {height} pixels"] if width and height else []
    parts += [f"{frames} frames"] if frames else []
    parts += [f"{fps:g} a second"] if fps else []
    return ", ".join(parts)


def find_words(step_input: Mapping[str, Any]) -> str:
    """Return the words of a step: its prompt, or the title or text of its document."""
    title = (step_input.get("document") or {}).get("title")
    return str(step_input.get("prompt") or title or step_input.get("content") or "")


def shorten(words: str) -> str:
    """Return the words, cut to the length of a card."""
    is_short = len(words) <= MOST_GIST_CHARACTERS
    return words if is_short else f"{words[:MOST_GIST_CHARACTERS].rstrip()} …"


def _name_step(step: JsonObject, place: int) -> str:
    if step["shotId"]:
        return f"Shot {step['shotId']}"
    return f"Step {place}"


def _list_pictures(value: Any) -> Iterator[JsonObject]:  # noqa: ANN401 - any JSON value
    """List the pictures and clips in an input, at any depth: hash and source of each.

    A file that an earlier step has yet to make has no hash, so it is left out.
    """
    if isinstance(value, list):
        for each in value:
            yield from _list_pictures(each)
    elif isinstance(value, dict):
        sha256, source = value.get("sha256"), value.get("source")
        if isinstance(sha256, str) and isinstance(source, str):
            kind = str(value.get("mimeType")).partition("/")[0]
            if SHA256.fullmatch(sha256) and kind in VISUAL_KINDS:
                yield {"sha256": sha256, "source": source}
            return
        for each in value.values():
            yield from _list_pictures(each)


def _get_frames(step_input: Mapping[str, Any]) -> int | None:
    return next((step_input[name] for name in LENGTH_FIELDS if step_input.get(name)), None)


def _get_seconds(step_input: Mapping[str, Any]) -> float | None:
    frames, fps = _get_frames(step_input), step_input.get("fps")
    return frames / fps if frames and fps else step_input.get("durationSeconds")
