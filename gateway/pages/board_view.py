"""A storyboard as its pages show it, with nothing absent, read off its wire form."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.studio.documents.states import TakeState
from gateway.studio.storyboards.states import ReviewState

# What may be absent in a storyboard, because it is empty.
OF_SHOT = ("title", "status", "action", "prompt", "take")
WRITTEN = ("title", "status", "action", "prompt")  # in the form of a shot
CAMERA = ("size", "angle", "movement", "lens", "camera")
STATUSES = tuple(ReviewState)


def whole(
    found: Mapping[str, Any], written: Mapping[str, str] | None = None
) -> tuple[list[dict[str, Any]], str]:
    """Return the scenes of a storyboard and its logline; `written` is a shot's form, not saved."""
    document = found["document"]
    takes = takes_of(found)
    scenes = [
        {
            "heading": scene["id"],
            **scene,
            "shots": [_shot(shot, takes, written or {}) for shot in scene.get("shots", ())],
        }
        for scene in document.get("scenes", ())
    ]
    for place, scene in enumerate(scenes):
        _moves(scenes, place, scene)
    return scenes, document.get("logline", "")


def takes_of(found: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the takes of each shot, each with the reference that stands for it."""
    takes: dict[str, list[dict[str, Any]]] = {}
    for take in found["takes"]:
        source = f"asset://{take['assetId']}" if take["assetId"] else f"job://{take['jobId']}/0"
        takes.setdefault(take["shotId"], []).append(take | {"source": source})
    return takes


def made(takes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the takes that there is something to see of."""
    return [take for take in takes if take["status"] == TakeState.SUCCEEDED]


def _shot(
    shot: Mapping[str, Any], takes: Mapping[str, Any], written: Mapping[str, str]
) -> dict[str, Any]:
    own = takes.get(shot["id"], [])
    kept: dict[str, Any] = dict.fromkeys(OF_SHOT, "") | dict(shot)
    return kept | {
        "dialogue": [{"parenthetical": "", **line} for line in shot.get("dialogue", ())],
        "look": [*_camera(shot), *_length(shot)],
        "takes": own,
        "made": len(made(own)),
        "written": {name: written.get(name, "") for name in WRITTEN}
        if written.get("shotId") == shot["id"]
        else {},
    }


def _camera(shot: Mapping[str, Any]) -> list[str]:
    return [str(shot[name]).replace("_", " ") for name in CAMERA if name in shot]


def _length(shot: Mapping[str, Any]) -> list[str]:
    if "durationSeconds" in shot:
        return [f"{shot['durationSeconds']:g} seconds"]
    return [f"{shot['durationFrames']} frames"] if "durationFrames" in shot else []


def _moves(scenes: Sequence[Mapping[str, Any]], place: int, scene: Mapping[str, Any]) -> None:
    """Give each shot of a scene what moves it up and down, over the ends of scenes too."""
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
