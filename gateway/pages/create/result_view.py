"""One result in a person's words: how it was made, what it was made from, what can be done next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gateway.library.kinds import KINDS
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.image_upscale import LARGEST_AREA, LONGEST_SIDE
from gateway.media.tasks.inputs.frame_urls import split_frame_url
from gateway.pages.answers import JobAnswer, OutputAnswer
from gateway.pages.media import job_view

JOB_REFERENCE = "job://"
CREATE_PATH = "/create"
SHAPES = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9", "5:4", "4:5")
SHAPE_TOLERANCE = Fraction(1, 50)  # the sides are rounded to multiples of 16 or 64
HOUR_SECONDS, DAY_SECONDS = 3_600, 86_400
WARN_SECONDS = 6 * HOUR_SECONDS
TITLE_CHARACTERS = 80
# The media of an effective input, by their wire names.
SOURCE_WORDS = {
    "image": "The picture",
    "images": "The picture",
    "mask": "Area to change",
    "video": "The clip",
    "clips": "A clip",
    "startFrameImage": "First frame",
    "finalFrameImage": "Last frame",
    "overlapFrameImages": "A frame before it",
    "referenceAudio": "The sound",
}
TASK_WORDS = {
    "image.generate": "Picture",
    "image.edit": "Edited picture",
    "image.upscale": "Enlarged picture",
    "video.generate": "Video",
    "video.extend": "Extended video",
    "video.upscale": "Enlarged video",
    "video.combine": "Joined video",
    "audio.generate": "Sound",
}
REFERENCE_WORDS = "A reference"
RELATION_WORDS = {
    "seed": "Made again",
    "vary": "Variation",
    "edit": "Edit",
    "upscale": "Larger",
    "animate": "Film of it",
    "extend": "Extended",
    "remix": "Remix",
}
DIRECTION_WORDS = {"end": "goes on at its end", "start": "goes on before its beginning"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A setting of a result: what it is called, and its value in words."""

    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Source:
    """Media that a result was made from; `job_id` is empty if no job of ours made it."""

    words: str
    reference: str
    job_id: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to make from a result: the prompt bar, filled by its address."""

    words: str
    query: Mapping[str, str]
    path: str = CREATE_PATH
    hint: str = ""
    asks: bool = False  # in a dialog over the page


def describe_settings(job: JobAnswer, output: OutputAnswer | None) -> list[Fact]:
    """Describe how a result was made, without its prompt and seed."""
    task_input = job["effectiveInput"]
    facts = [Fact("Kind", TASK_WORDS.get(job["task"]) or TASKS[job["task"]].title)]
    width = (output or task_input).get("width")
    height = (output or task_input).get("height")
    if width and height:
        facts.append(Fact("Shape", describe_shape(width, height)))
    if output is not None:
        facts += _describe_file(output)
    facts += [fact for fact in _list_choices(task_input) if fact.words]
    return facts


def _describe_file(output: OutputAnswer) -> Iterator[Fact]:
    if output["durationSeconds"]:
        rate = f", {output['fps']:.5g} frames a second" if output["fps"] else ""
        yield Fact("Length", f"{output['durationSeconds']:.3g} s{rate}")
    if output["hasAudio"] is not None and output["kind"] == "video":
        yield Fact("Sound", "Yes" if output["hasAudio"] else "Silent")
    file_format = output["mimeType"].rpartition("/")[2].upper()
    yield Fact("File", f"{file_format}, {job_view.format_bytes(output['bytes'])}")


def _list_choices(task_input: Mapping[str, Any]) -> Iterator[Fact]:
    """Describe what the person chose, where it differs from the usual."""
    scale, strength = task_input.get("scale"), task_input.get("strength")
    yield Fact("Larger", f"{scale:g}×" if scale else "")  # noqa: RUF001 - multiplication
    yield Fact("Change", f"{round(100 * strength)} %" if strength is not None else "")
    yield Fact("Detail", "High" if task_input.get("highDetail") else "")
    yield Fact("Left out", task_input.get("negativePrompt") or "")
    yield Fact("Camera", (task_input.get("cameraMotion") or "").replace("_", " "))
    yield Fact("Continues", DIRECTION_WORDS.get(task_input.get("direction") or "", ""))
    clips = task_input.get("clips") or ()
    yield Fact("Joined", f"{len(clips)} clips" if clips else "")


def describe_shape(width: int, height: int) -> str:
    """Describe a size as its usual shape, if it has one, and its pixels."""
    pixels = f"{width} × {height}"  # noqa: RUF001 - multiplication
    for shape in SHAPES:
        across, _, down = shape.partition(":")
        wanted = Fraction(int(across), int(down))
        if abs(Fraction(width, height) / wanted - 1) <= SHAPE_TOLERANCE:
            return f"{shape}, {pixels}"
    return pixels


def describe_relation(relation: str) -> str:
    """Return what was done with a result, in a word under the one that came of it."""
    return RELATION_WORDS.get(relation, "Made from it")


def find_seed(job: JobAnswer, index: int) -> int | None:
    """Return the seed of one output: the pictures of a job have consecutive ones."""
    seed: int | None = job["effectiveInput"].get("seed")
    return None if seed is None else seed + index


def list_sources(job: JobAnswer) -> list[Source]:
    """List the media that a job was made from, each once; frames of one clip are that clip."""
    sources: dict[str, Source] = {}
    for name, value in job["effectiveInput"].items():
        if name not in SOURCE_WORDS:
            continue
        for number, each in enumerate(value if isinstance(value, list) else [value]):
            described = each.get("video", each)
            reference = described.get("source", "")
            frame = split_frame_url(reference)
            reference = reference if frame is None else frame[0]
            is_base = name != "images" or number == 0
            words = SOURCE_WORDS[name] if is_base else REFERENCE_WORDS
            sources.setdefault(reference, _to_source(words, reference))
    return list(sources.values())


def _to_source(words: str, reference: str) -> Source:
    job_id, _, index = reference.removeprefix(JOB_REFERENCE).partition("/")
    if not reference.startswith(JOB_REFERENCE) or not index.isdecimal():
        return Source(words, reference)
    return Source(words, reference, job_id, int(index))


def list_actions(job: JobAnswer, output: OutputAnswer) -> list[Action]:
    """List what can be made from a file that is still stored."""
    index = output["index"]
    source = f"{JOB_REFERENCE}{job['jobId']}/{index}"
    actions: list[Action] = []
    if output["kind"] == "image":
        actions += _list_picture_actions(source, output)
    elif output["kind"] == "video":
        actions += [
            _continue("video.extend", source, "extend", "Extend"),
            _continue("video.upscale", source, "upscale", "Upscale"),
        ]
    else:
        actions.append(_continue("video.generate", source, "animate", "Use in a video"))
    actions += _list_repeats(job, index)
    if output["kind"] != "audio":
        path = f"{CREATE_PATH}/{job['jobId']}/{index}/film"
        actions.append(Action(words="Add to film", query={}, path=path, asks=True))
    return actions


def _list_repeats(job: JobAnswer, index: int) -> Iterator[Action]:
    """List the ways to make the same again; a task without a seed always makes the same."""
    like = {"task": job["task"], "like": job["jobId"], "index": str(index)}
    seed = find_seed(job, index)
    if seed is None:
        return
    one = {"count": "1"} if "count" in job["effectiveInput"] else {}
    yield Action(
        words="Use again",
        query=like | {"relation": "seed", "seed": str(seed)} | one,
        hint="Fills the prompt bar with these settings and this seed",
    )
    yield Action(
        words="Vary",
        query=like | {"relation": "vary"},
        hint="Fills the prompt bar with these settings and new seeds",
    )


def _list_picture_actions(source: str, output: OutputAnswer) -> Iterator[Action]:
    path = source.removeprefix(JOB_REFERENCE)
    yield _continue("image.edit", source, "edit", "Edit")
    yield _continue("video.generate", source, "animate", "Animate")
    for scale in (2, 4):
        if _fits(output, scale):
            words = f"Upscale {scale}×"  # noqa: RUF001 - multiplication
            yield _continue("image.upscale", source, "upscale", words, scale=str(scale))
    yield Action(
        words="Edit a part",
        query={},
        path=f"{CREATE_PATH}/{path}/mask",
        hint="Paint the part to change",
    )


def _fits(output: OutputAnswer, scale: int) -> bool:
    width, height = (output["width"] or 0) * scale, (output["height"] or 0) * scale
    return max(width, height) <= LONGEST_SIDE and width * height <= LARGEST_AREA


def _continue(task: str, source: str, relation: str, words: str, **fields: str) -> Action:
    return Action(
        words=words, query={"task": task, "source": source, "relation": relation, **fields}
    )


def describe_again(job: JobAnswer, index: int) -> Action:
    """Describe the way to make a result again that failed or is no longer stored."""
    like = {"task": job["task"], "like": job["jobId"], "index": str(index)}
    query = like | {"relation": "seed"}
    return Action(words="Make again", query=query)


def describe_rest(seconds: int) -> str:
    """Describe how long a file is still stored: days, hours, and only at the end minutes."""
    if seconds >= 3 * DAY_SECONDS:
        return f"{seconds // DAY_SECONDS} days left"
    if seconds >= HOUR_SECONDS:
        return f"{seconds // HOUR_SECONDS} h left"
    return f"{max(1, seconds // 60)} min left"


def describe_title(job: JobAnswer, output: OutputAnswer | None, name: str = "") -> str:
    """Return what a result is called: its name, or the beginning of its prompt."""
    words = name or job_view.get_prompt(job["effectiveInput"])
    if not words:
        noun = KINDS[output["kind"]].noun if output is not None else "result"
        return f"{noun.capitalize()}, {TASKS[job['task']].title.lower()}"
    if len(words) <= TITLE_CHARACTERS:
        return words
    return f"{words[:TITLE_CHARACTERS].rsplit(' ', 1)[0].rstrip(' ,.;:')} …"
