"""The buttons of a board, and the edits that each stands for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit.errors import InvalidInput
from gateway.kit.wire.json_text import JsonObject
from gateway.pages.films.board_moves import (
    BoardChange,
    Choice,
    Place,
    plan_deletion,
    plan_move,
)
from gateway.pages.films.board_writer import find_shot, make_free_id
from gateway.studio.storyboards.model import Storyboard

FIRST_SCENE = "scene_1"


@dataclass(frozen=True, slots=True)
class BoardAct:
    """A press of a button: a verb, and the ids it is about."""

    verb: str
    ids: Sequence[str]

    @property
    def first(self) -> str:
        """Return the id it is about; empty for the whole board."""
        return self.ids[0] if self.ids else ""


def plan_act(document: Storyboard, act: BoardAct, choice: Choice, made: list[str]) -> BoardChange:
    """Plan the edits of one button; the address parts of new things are added to `made`.

    Raises:
        InvalidInput: it names what is not there.
    """
    match act.verb:
        case "move" if len(act.ids) > 1:
            before = act.ids[2] if len(act.ids) > len(("shot", "scene")) else None
            return plan_move(document, act.ids[0], Place(act.ids[1], before), choice)
        case "delete":
            return plan_deletion(document, [act.first], choice)
        case "clear":
            shots = [
                s.id for scene in document.scenes if scene.id == act.first for s in scene.shots
            ]
            change = plan_deletion(document, shots, choice)
            removal: JsonObject = {"op": "removeScene", "sceneId": act.first}
            return BoardChange([*change.edits, removal], change.broken)
        case "copy":
            return BoardChange([_build_copy(document, act.first, made)])
        case "scene":
            scene = make_free_id("scene", [each.id for each in document.scenes])
            made.append(f"scene-{scene}")
            return BoardChange([{"op": "putScene", "scene": {"id": scene}}])
        case "shot":
            return BoardChange(_build_new_shot(document, act.first, made))
    raise InvalidInput("The board has no such button.")


def _build_copy(document: Storyboard, shot_id: str, made: list[str]) -> JsonObject:
    """Build the edit that copies a shot behind itself; the copy has no take of its own yet."""
    shot = find_shot(document, shot_id)
    name = make_free_id("shot", [each.id for each in document.shots()])
    made.append(f"shot-{name}")
    whole = shot.model_dump(mode="json", by_alias=True) | {"id": name}
    whole.pop("take", None)
    scene = next(each for each in document.scenes if shot in each.shots)
    follower = scene.shots[scene.shots.index(shot) + 1 :][:1]
    edit: JsonObject = {"op": "putShot", "sceneId": scene.id, "shot": whole}
    return edit | ({"beforeShotId": follower[0].id} if follower else {})


def _build_new_shot(document: Storyboard, scene_id: str, made: list[str]) -> list[JsonObject]:
    """Build the edits that add an empty shot to a scene, and a first scene to an empty board."""
    name = make_free_id("shot", [each.id for each in document.shots()])
    made.append(f"shot-{name}")
    known = [each.id for each in document.scenes]
    scene_id = scene_id or (known[-1] if known else FIRST_SCENE)
    first = [] if scene_id in known else [{"op": "putScene", "scene": {"id": scene_id}}]
    return [*first, {"op": "putShot", "sceneId": scene_id, "shot": {"id": name}}]
