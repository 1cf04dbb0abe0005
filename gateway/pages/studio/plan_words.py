"""Steps of a plan in words for people: what each is called, what it makes, what is seen. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from gateway.library.kinds import KINDS
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.input_json import InputJson
from gateway.pages.answers import PlanHeadAnswer, StepAnswer
from gateway.pages.money_words import format_price_up
from gateway.pages.studio.plan_media import StepMedia, list_step_media
from gateway.studio.plans.states import PlanState
from gateway.studio.storyboards.model import Storyboard

FILM_OPERATION = "video.combine"  # the step that joins a film
FILM_NAME = "Film"
MOST_NAMED = 2
MOST_SECONDS_IN_TENTHS = 10
MOST_WORDS = 4000
PLAN_HEADINGS = {
    PlanState.PENDING: "Approve this plan?",
    PlanState.EXECUTED: "Plan approved",
    PlanState.REJECTED: "Plan rejected",
    PlanState.EXPIRED: "Plan expired",
}
FILM_STATES = {
    PlanState.EXECUTED: "approved",
    PlanState.REJECTED: "not approved",
    PlanState.EXPIRED: "the offer has expired",
}
FREE_STEP_TITLES = {
    "studio.text.save": "Save a text",
    "studio.storyboard.save": "Save a storyboard",
}
KIND_ICONS = {"image": "image", "video": "film", "audio": "volume-2"}
SIZE_FIELDS = ("width", "height")
LENGTH_FIELDS = ("durationFrames", "extendFrames", "outputFrames", "frames")


@dataclass(frozen=True, slots=True)
class ShotWords:
    """The number of a shot on its board, and what it is about."""

    number: int
    words: str


class StepSummary(TypedDict):
    """The input of a step in short: words, measures and media."""

    words: str
    measures: str
    media: list[StepMedia]


def list_shot_words(board: Storyboard) -> dict[str, ShotWords]:
    """Return the number and the words of each shot of a board, by its id."""
    return {
        shot.id: ShotWords(number, shot.title or shot.action or shot.prompt or "")
        for number, shot in enumerate(board.shots(), 1)
    }


def get_step_title(operation: str) -> str:
    """Return the title of the operation of a step."""
    return (
        TASKS[operation].title if operation in TASKS else FREE_STEP_TITLES.get(operation, operation)
    )


def get_plan_title(plan: PlanHeadAnswer) -> str:
    """Return the title of a plan; without one, a list of its steps."""
    step_words = ", ".join(
        f"{number} × {get_step_title(kind)}" if number > 1 else get_step_title(kind)  # noqa: RUF001 - a sign
        for kind, number in plan["operations"].items()
    )
    return plan["title"] or step_words


def get_plan_heading(plan: PlanHeadAnswer, *, is_film_plan: bool) -> str:
    """Return the heading of the page of a plan; a film is named, with the price of a lone step."""
    film = plan["title"] if is_film_plan else None
    if film is None or plan["origin"] == "agent":
        return PLAN_HEADINGS[plan["state"]]
    verb = "Render" if FILM_OPERATION in plan["operations"] else "Make takes of"
    if plan["state"] != PlanState.PENDING:
        return f"{film}: {FILM_STATES[plan['state']]}"
    price = f" for {format_price_up(plan['totalMicrousd'])}" if plan["stepCount"] == 1 else ""
    return f"{verb} “{film}”{price}?"


def name_steps(steps: Sequence[StepAnswer], shots: Mapping[str, ShotWords]) -> dict[str, str]:
    """Return what people call each step, by its key: Shot 2, Film, else Step 3.

    `shots` are those of the board that the plan renders, by id.
    """
    takes = Counter(step["shotId"] for step in steps)
    films = sum(step["operation"] == FILM_OPERATION for step in steps)
    made: Counter[str | None] = Counter()
    names = {}
    for place, step in enumerate(steps, 1):
        shot_id = step["shotId"]
        made[shot_id] += 1
        if shot_id is not None and shot_id in shots:
            take = f", take {made[shot_id]}" if takes[shot_id] > 1 else ""
            name = f"Shot {shots[shot_id].number}{take}"
        elif shots and films == 1 and step["operation"] == FILM_OPERATION:
            name = FILM_NAME
        else:
            name = f"Step {place}"
        names[step["key"]] = name
    return names


def to_name_in_sentence(name: str) -> str:
    """Return the name of a step as it stands inside a sentence."""
    return f"the {name.lower()}" if name == FILM_NAME else name.lower()


def describe_product(step: StepAnswer) -> str:
    """Describe what a step makes in two or three words, as 4 s video or 2 pictures."""
    operation, step_input = step["operation"], step["input"]
    if operation not in TASKS:
        return get_step_title(operation).lower()
    kind, count = TASKS[operation].output_kind, step_input.get("count", 1)
    noun = kind if kind == "video" else KINDS[kind].noun
    words = f"{count} {noun}s" if count > 1 else noun
    if seconds := _get_seconds(step_input):
        words = f"{round(seconds, seconds < MOST_SECONDS_IN_TENTHS):g} s {words}"
    scale = step_input.get("scale")
    return f"{words}, {scale:g}\N{MULTIPLICATION SIGN} larger" if scale else words


def get_step_icon(operation: str) -> str:
    """Return the icon of a step that has no picture yet."""
    if operation not in TASKS:
        return "scroll-text"
    return (
        "clapperboard" if operation == FILM_OPERATION else KIND_ICONS[TASKS[operation].output_kind]
    )


def describe_needs(step: StepAnswer, steps: Sequence[StepAnswer], names: Mapping[str, str]) -> str:
    """Name the steps that a step needs directly; empty if it needs none."""
    needed = [each["key"] for each in steps if each["key"] in step["dependsOn"]]
    if not needed:
        return ""
    return f"Needs {join_names([to_name_in_sentence(names[key]) for key in needed], len(needed))}."


def join_names(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """Join names as in a sentence; of many, the first `most` and the number of the others."""
    omitted = len(names) - most
    parts = [*names[:most], *([f"{omitted} more"] if omitted > 0 else [])]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def summarize_input(step_input: InputJson) -> StepSummary:
    """Summarize the input of a step: words, size, length, media."""
    sides = [str(step_input[name]) for name in SIZE_FIELDS if step_input.get(name)]
    size = " × ".join(sides)  # noqa: RUF001 - a sign of multiplication
    frames, fps = _get_frames(step_input), step_input.get("fps")
    shots = [
        shot
        for scene in _get_document(step_input).get("scenes", [])
        for shot in scene.get("shots", [])
    ]
    parts = [f"{size} pixels"] if size else []
    parts += [f"{frames} frames"] if frames else []
    parts += [f"{fps} a second"] if fps else []
    parts += [f"{len(shots)} shots"] if shots else []
    words = (
        step_input.get("prompt")
        or _get_document(step_input).get("title")
        or step_input.get("content", "")
    )
    words = words if len(words) <= MOST_WORDS else f"{words[:MOST_WORDS]} …"
    return {"words": words, "measures": ", ".join(parts), "media": list_step_media(step_input)}


def _get_frames(step_input: InputJson) -> int | None:
    return next((step_input[name] for name in LENGTH_FIELDS if step_input.get(name)), None)


def _get_seconds(step_input: InputJson) -> float | None:
    """Return how long the output of a step is; None for a picture."""
    frames, fps = _get_frames(step_input), step_input.get("fps")
    if frames and fps:
        return float(frames / fps)
    return step_input.get("durationSeconds")


def _get_document(step_input: InputJson) -> InputJson:
    document: InputJson = step_input.get("document", {})
    return document
