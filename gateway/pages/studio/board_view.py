"""Storyboards as pages show them: the wire form with every absent value filled in."""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.pages.answers import (
    LineAnswer,
    SceneFields,
    ShotAnswer,
    ShotFields,
    StoryboardAnswer,
    TakeAnswer,
)
from gateway.studio.documents.states import TakeState
from gateway.studio.storyboards.states import ReviewState

WRITTEN_FIELDS = ("title", "status", "action", "prompt")  # fields of a shot that its form edits
CAMERA_FIELDS: Final = ("size", "angle", "movement", "lens", "camera")
STATUSES = tuple(ReviewState)


class ShownTake(TakeAnswer):
    """A take with its media reference."""

    source: str


class ShownShot(ShotFields):
    """A shot with every value present; `up` and `down` are the moves of its two buttons."""

    title: str
    status: str
    action: str
    prompt: str
    take: str
    dialogue: list[LineAnswer]
    look: list[str]
    takes: list[ShownTake]
    made: int
    written: dict[str, str]
    up: str
    down: str


class ShownScene(SceneFields):
    """A scene with every value present; without a heading it is called by its id."""

    heading: str
    shots: list[ShownShot]


def to_shown_scenes(
    storyboard: StoryboardAnswer, unsaved_form: Mapping[str, str] | None = None
) -> tuple[list[ShownScene], str]:
    """Return scenes and logline of a storyboard; `unsaved_form` is the unsaved form of one shot."""
    document = storyboard["document"]
    takes = group_takes(storyboard)
    scenes: list[ShownScene] = [
        {
            **scene,
            "heading": scene.get("heading", scene["id"]),
            "shots": [
                _to_shown_shot(shot, takes, unsaved_form or {}) for shot in scene.get("shots", ())
            ],
        }
        for scene in document.get("scenes", ())
    ]
    for place, scene in enumerate(scenes):
        _add_moves(scenes, place, scene)
    return scenes, document.get("logline", "")


def group_takes(storyboard: StoryboardAnswer) -> dict[str, list[ShownTake]]:
    """Group the takes by shot, each with its media reference."""
    takes: dict[str, list[ShownTake]] = {}
    for take in storyboard["takes"]:
        source = f"asset://{take['assetId']}" if take["assetId"] else f"job://{take['jobId']}/0"
        takes.setdefault(take["shotId"], []).append({**take, "source": source})
    return takes


def list_finished_takes(takes: Sequence[ShownTake]) -> list[ShownTake]:
    """Return the takes that have finished, and so have a file to show."""
    return [take for take in takes if take["status"] == TakeState.SUCCEEDED]


def _to_shown_shot(
    shot: ShotAnswer, takes: Mapping[str, list[ShownTake]], written: Mapping[str, str]
) -> ShownShot:
    shot_takes = takes.get(shot["id"], [])
    return {
        **shot,
        "title": shot.get("title", ""),
        "status": shot.get("status", ""),
        "action": shot.get("action", ""),
        "prompt": shot.get("prompt", ""),
        "take": shot.get("take", ""),
        "dialogue": [
            {**line, "parenthetical": line.get("parenthetical", "")}
            for line in shot.get("dialogue", ())
        ],
        "look": [*_list_camera_words(shot), *_list_length_words(shot)],
        "takes": shot_takes,
        "made": len(list_finished_takes(shot_takes)),
        "written": {name: written.get(name, "") for name in WRITTEN_FIELDS}
        if written.get("shotId") == shot["id"]
        else {},
        "up": "",
        "down": "",
    }


def _list_camera_words(shot: ShotAnswer) -> list[str]:
    return [str(shot[name]).replace("_", " ") for name in CAMERA_FIELDS if name in shot]


def _list_length_words(shot: ShotAnswer) -> list[str]:
    if "durationSeconds" in shot:
        return [f"{shot['durationSeconds']:g} seconds"]
    return [f"{shot['durationFrames']} frames"] if "durationFrames" in shot else []


def _add_moves(scenes: Sequence[ShownScene], place: int, scene: ShownScene) -> None:
    """Add to each shot of a scene the moves up and down, also into the neighbouring scenes.

    A move is text for a button: shot, target scene and, if any, the shot to go before.
    """
    shots = scene["shots"]
    ids = [shot["id"] for shot in shots]
    for at, shot in enumerate(shots):
        move = f"{shot['id']} {scene['id']}"
        if at:
            shot["up"] = f"{move} {ids[at - 1]}"
        else:
            shot["up"] = f"{shot['id']} {scenes[place - 1]['id']}" if place else ""
        if at + 1 < len(ids):
            shot["down"] = " ".join([move, *ids[at + 2 : at + 3]])
        else:
            after = scenes[place + 1 : place + 2]
            to = [each["id"] for scene in after for each in (scene, *scene["shots"][:1])]
            shot["down"] = " ".join([shot["id"], *to]) if to else ""
