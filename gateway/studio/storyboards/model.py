"""The storyboard document: a title, characters, and scenes of shots, in normal form.

Empty values are left out, so equal storyboards have equal JSON. The fields check themselves;
`check_storyboard` holds the rules that span fields, such as unique ids and references to earlier
shots.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from gateway.kit.errors import InvalidInput
from gateway.kit.wire.models import RequestModel
from gateway.media.tasks.inputs.fields import MAX_SEED
from gateway.media.tasks.rules import lengths, video_rules
from gateway.media.tasks.rules.camera import CameraMotion
from gateway.media.tasks.video_generate import FramesPerSecond
from gateway.studio.storyboards import normal_form
from gateway.studio.storyboards.normal_form import (
    AssetRef,
    Block,
    Line,
    Slug,
    Spoken,
    Title,
    list_field,
    optional_field,
)
from gateway.studio.storyboards.states import ReviewState

MOST_SHOTS = 200
MOST_SCENES = 200
MOST_CHARACTERS = 100
MOST_REFERENCES = 20
MOST_LINES = 200
SHOT_LIMIT_MESSAGE = f"must have at most {MOST_SHOTS} shots"
SCENE_LIMIT_MESSAGE = f"must have at most {MOST_SCENES} items"
SPLIT_HINT = "Split it into two storyboards."

Status = Literal[ReviewState.DRAFT, ReviewState.APPROVED, ReviewState.REJECTED]
Size = Literal["ECU", "CU", "MCU", "MS", "MLS", "LS", "ELS", "OTS", "POV", "INSERT"]
Angle = Literal["eye", "low", "high", "overhead", "dutch"]
Movement = Literal[
    CameraMotion,
    "pan_left",
    "pan_right",
    "tilt_up",
    "tilt_down",
    "handheld",
    "orbit",
    "zoom_in",
    "zoom_out",
]
Side = Annotated[int, Field(ge=video_rules.SMALLEST_SIDE, le=video_rules.LARGEST_SIDE)]
Frames = Annotated[int, Field(ge=lengths.FEWEST_FRAMES, le=lengths.MOST_FRAMES)]
Seconds = Annotated[float, Field(gt=0, le=lengths.MOST_SECONDS)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
EXAMPLE_STORYBOARD: JsonDict = {
    "title": "The hatch",
    "defaults": {"width": 1280, "height": 704},
    "scenes": [
        {
            "id": "scene_1",
            "heading": "INT. AIRLOCK - NIGHT",
            "shots": [
                {
                    "id": "shot_1",
                    "durationSeconds": 5,
                    "camera": "Slow push in from a low angle.",
                    "prompt": "A grey fox in a worn suit leans on a wheel hatch, red light on it.",
                },
                {
                    "id": "shot_2",
                    "action": "The hatch swings open.",
                    "dialogue": [{"character": "FOX", "line": "Now."}],
                },
            ],
        }
    ],
}
"""A small storyboard, shown by OpenAPI, the MCP server, the studio agent and refusals."""


class Part(RequestModel):
    """A part of a storyboard; a refusal inside it shows a whole storyboard that is valid."""

    whole_example = EXAMPLE_STORYBOARD


class Measures(Part):
    """Defaults for every shot."""

    field_hints = Part.field_hints | {"duration": "Did you mean `durationSeconds`?"}

    width: Side | None = optional_field("Pixels, as of video.generate.")
    height: Side | None = optional_field("Pixels, as of video.generate.")
    fps: FramesPerSecond | None = optional_field("Frames a second.")
    duration_frames: Frames | None = optional_field("Frames, 8n + 1; instead of `durationSeconds`.")
    duration_seconds: Seconds | None = optional_field(
        "Instead of `durationFrames`; `inputAdjustments` of the plan says how it was rounded."
    )
    seed: Seed | None = optional_field("Seed of the randomness.")
    generate_audio: bool | None = optional_field("Sound for the clip.")


def _drop_empty_measures(measures: Measures | None) -> Measures | None:
    return None if measures == Measures() else measures


class Continuity(Part):
    """A shot that continues an earlier one."""

    from_shot_id: Slug
    overlap_frames: int = Field(
        lengths.DEFAULT_OVERLAP_FRAMES,
        ge=1,
        le=lengths.MOST_OVERLAP_FRAMES,
        description="Frames of the earlier shot at its start; moved to the nearest 8n + 1.",
    )


class Dialogue(Part):
    """One line of dialogue."""

    character: Annotated[
        str,
        Field(
            min_length=1, max_length=100, pattern=r"^[^:()\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+$"
        ),
        BeforeValidator(normal_form.normalize_required_line),
    ] = Field(description="Who speaks.")
    parenthetical: Annotated[
        Annotated[
            str,
            Field(
                min_length=1, max_length=200, pattern=r"^[^()\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+$"
            ),
        ]
        | None,
        BeforeValidator(normal_form.normalize_line),
    ] = optional_field("How it is said.")
    line: Spoken = Field(description="The line.")


class Shot(Measures):
    """One shot: what is seen and heard, and how it is made.

    To be rendered it needs a `prompt` or an `action`. The model is told the prompt, or without one
    the action and the dialogue; then `camera`, and a sentence for `movement`. Title, status, size,
    angle, lens, characters, references, sfx, music and notes are for people.

    `durationSeconds` is floor(s * fps / 8) * 8 + 1 frames of a new clip, and ceil(s * fps / 8) * 8
    new frames of one that continues another.
    """

    field_hints = Measures.field_hints | {"description": "Did you mean `action`?"}
    id: Slug
    title: Line = optional_field("One line.")
    status: Status | None = optional_field("Its review status.")
    size: Size | None = optional_field("Size of the shot.")
    angle: Angle | None = optional_field("Angle of the camera.")
    movement: Movement | None = optional_field("Movement of the camera.")
    lens: Line = optional_field("One line, as 35mm.")
    camera: Line = optional_field(
        "One line in your own words, which follows the prompt; or a word of `movement`."
    )
    characters: tuple[Slug, ...] = list_field("Ids of the characters seen.", MOST_REFERENCES)
    start_frame: AssetRef | None = optional_field("Frame 0.")
    final_frame: AssetRef | None = optional_field("The last frame.")
    reference_audio: AssetRef | None = optional_field("Soundtrack that drives the motion.")
    references: tuple[AssetRef, ...] = list_field("Reference pictures.", MOST_REFERENCES)
    continuity: Continuity | None = optional_field("Which earlier shot it continues.")
    take: AssetRef | None = optional_field("The chosen take.")
    action: Block = optional_field("What happens.")
    dialogue: tuple[Dialogue, ...] = list_field("What is said.", MOST_LINES)
    prompt: Block = optional_field("The prompt for the model; composed if missing.")
    negative_prompt: Block = optional_field("What to keep out.")
    sfx: Block = optional_field("Sounds.")
    music: Block = optional_field("Music.")
    notes: Block = optional_field("Free-form notes.")


class Character(Part):
    """A character of the storyboard."""

    id: Slug = Field(examples=["fox"])
    name: Line = optional_field("One line.")
    references: tuple[AssetRef, ...] = list_field("Pictures of it.", MOST_REFERENCES)
    description: Block = optional_field("What it looks like.")


class Scene(Part):
    """Shots in one place."""

    field_hints = Part.field_hints | {"title": "Did you mean `heading`?"}
    id: Slug = Field(examples=["scene_1"])
    heading: Line = optional_field("One line, as INT. AIRLOCK - NIGHT.")
    notes: Block = optional_field("Free-form notes.")
    shots: tuple[Shot, ...] = Field(default=(), max_length=MOST_SHOTS, description="In order.")


class Storyboard(Part):
    """A whole storyboard: scenes of shots, in order. Whatever is empty may be left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_STORYBOARD]})
    field_hints = Part.field_hints | {"shots": "Put `shots` into a scene of `scenes`."}

    title: Title = Field(description="The name of the storyboard.")
    logline: Line = optional_field("One line: what it is about.")
    notes: Block = optional_field("Free-form notes.")
    defaults: Annotated[Measures | None, AfterValidator(_drop_empty_measures)] = optional_field(
        "Defaults for every shot."
    )
    characters: tuple[Character, ...] = Field(
        default=(), max_length=MOST_CHARACTERS, description="The characters."
    )
    scenes: tuple[Scene, ...] = Field(default=(), max_length=MOST_SCENES, description="In order.")

    def shots(self) -> Iterator[Shot]:
        """Yield every shot in order."""
        for scene in self.scenes:
            yield from scene.shots


def dump_storyboard(document: Storyboard) -> str:
    """Return the JSON text in which a storyboard is stored."""
    return document.model_dump_json(by_alias=True)


def parse_storyboard(content: str) -> Storyboard:
    """Parse the JSON text in which a storyboard is stored."""
    return Storyboard.model_validate_json(content)


def check_storyboard(document: Storyboard, field: str = "document") -> Storyboard:
    """Check the rules that span fields, and return the storyboard unchanged.

    `field` is the path of the storyboard in the request. A refusal lists at most 20 errors.

    Raises:
        InvalidInput: an id that is used twice or does not exist, continuity from a later shot, a
            length in both frames and seconds, or more than 200 shots.
    """
    errors = [
        *_find_duplicate_ids(document, field),
        *_find_broken_references(document, field),
        *_find_double_lengths(document, field),
    ]
    if sum(1 for _ in document.shots()) > MOST_SHOTS:
        errors.append((f"{field}.scenes", SHOT_LIMIT_MESSAGE, SPLIT_HINT))
    if not errors:
        return document
    if len(errors) == 1:
        ((path, message, hint),) = errors
        raise InvalidInput(f"`{path}` {message}.", field=path, hint=hint)
    raise InvalidInput(
        f"{len(errors)} fields need correction.",
        hint="Correct each field listed in `errors`.",
        errors=[
            {"field": path, "message": message, "hint": hint} for path, message, hint in errors[:20]
        ],
    )


def build_shot_limit_problem(field: str) -> InvalidInput:
    """Build the refusal of too many shots, for a reader that stops before the text ends."""
    path = f"{field}.scenes"
    return InvalidInput(f"`{path}` {SHOT_LIMIT_MESSAGE}.", field=path, hint=SPLIT_HINT)


def build_scene_limit_problem(field: str) -> InvalidInput:
    """Build the refusal of too many scenes, for a reader that stops before the text ends."""
    path = f"{field}.scenes"
    return InvalidInput(f"`{path}` {SCENE_LIMIT_MESSAGE}.", field=path, hint=SPLIT_HINT)


FieldProblem = tuple[str, str, str]
"""A path, the message about it, and a hint."""


def _find_duplicate_ids(document: Storyboard, field: str) -> Iterator[FieldProblem]:
    """Yield an error for every id that an earlier part of the same kind has."""
    seen: set[tuple[str, str]] = set()
    for path, kind, each in _iterate_parts(document, field):
        if (kind, each.id) in seen:
            yield f"{path}.id", f"is already the id of another {kind}", "Give each a unique id."
        seen.add((kind, each.id))


def _iterate_parts(
    document: Storyboard, field: str
) -> Iterator[tuple[str, str, Character | Scene | Shot]]:
    """Yield path, kind and part of every character, scene and shot, in order."""
    for number, character in enumerate(document.characters):
        yield f"{field}.characters.{number}", "character", character
    for number, scene in enumerate(document.scenes):
        yield f"{field}.scenes.{number}", "scene", scene
        for place, shot in enumerate(scene.shots):
            yield f"{field}.scenes.{number}.shots.{place}", "shot", shot


def _find_broken_references(document: Storyboard, field: str) -> Iterator[FieldProblem]:
    """Yield an error for every unknown character, and for continuity from no earlier shot."""
    known = {character.id for character in document.characters}
    earlier: set[str] = set()
    for path, _, shot in _iterate_parts(document, field):
        if not isinstance(shot, Shot):
            continue
        for number, name in enumerate(shot.characters):
            if name not in known:
                hint = "Add the character first, or remove it from the shot."
                yield f"{path}.characters.{number}", "is not a character of the storyboard", hint
        if shot.continuity is not None and shot.continuity.from_shot_id not in earlier:
            hint = "Name a shot before this one, or leave `continuity` out."
            yield f"{path}.continuity.fromShotId", "is not an earlier shot", hint
        earlier.add(shot.id)


def _find_double_lengths(document: Storyboard, field: str) -> Iterator[FieldProblem]:
    """Yield an error for every length that is given both in frames and in seconds."""
    parts = [
        (path, part) for path, _, part in _iterate_parts(document, field) if isinstance(part, Shot)
    ]
    defaults = document.defaults or Measures()
    for path, each in [(f"{field}.defaults", defaults), *parts]:
        if each.duration_frames is not None and each.duration_seconds is not None:
            hint = "Leave one of them out; in `patchShot`, null removes it."
            yield f"{path}.durationSeconds", "excludes `durationFrames`", hint
