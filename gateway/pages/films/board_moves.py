"""Changes of the order of a board, and the links between shots that they would break. Pure.

A shot may continue an earlier one. A move or a deletion that would leave it without an earlier one
is a question: both shots go along, or the link is cut.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gateway.kit.errors import InvalidInput
from gateway.kit.wire.json_text import JsonObject
from gateway.studio.storyboards.model import MOST_SHOTS, Scene, Shot, Storyboard

Choice = Literal["", "both", "cut"]
GONE = "It is no longer there; somebody has deleted it meanwhile."


@dataclass(frozen=True, slots=True)
class Link:
    """A shot that continues another one."""

    shot_id: str
    from_shot_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a board: before a shot, or the end of its scene."""

    scene_id: str
    before_shot_id: str | None = None


@dataclass(frozen=True, slots=True)
class BoardOrder:
    """The ids of scenes and their shots, in order."""

    scenes: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def shot_ids(self) -> list[str]:
        """Return all shots in order."""
        return [name for _, names in self.scenes for name in names]

    def find_place(self, shot_id: str) -> Place | None:
        """Return the place of a shot, by the shot that follows it."""
        for scene_id, names in self.scenes:
            if shot_id in names:
                at = names.index(shot_id)
                return Place(scene_id, next(iter(names[at + 1 : at + 2]), None))
        return None

    def move_shot(self, shot_id: str, place: Place) -> "BoardOrder":
        """Return the order with a shot moved to a place.

        Raises:
            InvalidInput: there is no such shot or place.
        """
        scenes = dict(self.scenes)
        if shot_id not in self.shot_ids or place.scene_id not in scenes:
            raise InvalidInput(GONE)
        if place.before_shot_id == shot_id:
            return self
        moved: list[tuple[str, tuple[str, ...]]] = []
        for scene_id, names in self.scenes:
            kept = [name for name in names if name != shot_id]
            if scene_id == place.scene_id:
                if place.before_shot_id is not None and place.before_shot_id not in kept:
                    raise InvalidInput(GONE)
                before = place.before_shot_id
                kept.insert(len(kept) if before is None else kept.index(before), shot_id)
            moved.append((scene_id, tuple(kept)))
        return replace(self, scenes=tuple(moved))


@dataclass(frozen=True, slots=True)
class BoardChange:
    """The edits of one change; `broken` are the links that it would break, if nobody chose yet."""

    edits: list[JsonObject]
    broken: Sequence[Link] = ()


def read_order(document: Storyboard) -> BoardOrder:
    """Read the order of a storyboard."""
    return BoardOrder(
        tuple((scene.id, tuple(shot.id for shot in scene.shots)) for scene in document.scenes)
    )


def list_links(document: Storyboard) -> list[Link]:
    """List which shots continue which."""
    return [
        Link(shot.id, shot.continuity.from_shot_id)
        for shot in document.shots()
        if shot.continuity is not None
    ]


def find_broken_links(links: Sequence[Link], order: BoardOrder) -> Iterator[Link]:
    """Yield the links of shots that no longer come after the one they continue."""
    places = {name: at for at, name in enumerate(order.shot_ids)}
    for link in links:
        if link.shot_id not in places:
            continue
        if places.get(link.from_shot_id, MOST_SHOTS) >= places[link.shot_id]:
            yield link


def plan_move(document: Storyboard, shot_id: str, place: Place, choice: Choice) -> BoardChange:
    """Plan the edits that move a shot; with `both` the shots it is linked to go along.

    Raises:
        InvalidInput: there is no such shot or place.
    """
    order, links = read_order(document).move_shot(shot_id, place), list_links(document)
    edits = [_build_move(shot_id, order)]
    broken = list(find_broken_links(links, order))
    if choice == "cut":
        return BoardChange([*edits, *map(_build_cut, broken)])
    if choice != "both":
        return BoardChange(edits, broken)
    moved = {shot_id}
    for _ in range(MOST_SHOTS):
        if (link := next(find_broken_links(links, order), None)) is None:
            break
        follower = link.shot_id not in moved
        name = link.shot_id if follower else link.from_shot_id
        beside = order.find_place(link.from_shot_id) if follower else None
        scene = order.find_place(link.shot_id)
        target = beside or Place("" if scene is None else scene.scene_id, link.shot_id)
        order = order.move_shot(name, target)
        edits.append(_build_move(name, order))
        moved.add(name)
    return BoardChange(edits)


def plan_deletion(document: Storyboard, shot_ids: Sequence[str], choice: Choice) -> BoardChange:
    """Plan the edits that delete shots; with `both` also those which continue them.

    Raises:
        InvalidInput: there is no such shot.
    """
    known = read_order(document).shot_ids
    if not set(shot_ids) <= set(known):
        raise InvalidInput(GONE)
    gone, links = list(shot_ids), list_links(document)
    broken = [each for each in links if each.from_shot_id in gone and each.shot_id not in gone]
    if choice == "cut":
        return BoardChange([*map(_build_cut, broken), *map(_build_removal, gone)])
    if choice != "both":
        return BoardChange([_build_removal(name) for name in gone], broken)
    for name in known:
        if any(each.shot_id == name and each.from_shot_id in gone for each in links):
            gone.append(name)
    return BoardChange([_build_removal(name) for name in known if name in gone])


def plan_return(before: Storyboard, now: Storyboard) -> list[JsonObject]:
    """Plan the edits that bring back the shots, scenes and links which a deletion took away.

    `before` is the version in which they still were. What was changed since stays as it is.
    """
    edits: list[JsonObject] = []
    scenes, shots = {each.id for each in now.scenes}, {each.id: each for each in now.shots()}
    order = read_order(before)
    scene_ids = [scene_id for scene_id, _ in order.scenes]
    for scene in reversed(before.scenes):
        if scene.id not in scenes:
            later = scene_ids[scene_ids.index(scene.id) + 1 :]
            edits.append(
                _build_scene(scene, next((each for each in later if each in scenes), None))
            )
            scenes.add(scene.id)
    here = {name: scene_id for scene_id, names in read_order(now).scenes for name in names}
    for scene in before.scenes:
        for shot in reversed(scene.shots):
            if shot.id in shots:
                continue
            names = [each.id for each in scene.shots]
            later = names[names.index(shot.id) + 1 :]
            follower = next((each for each in later if here.get(each) == scene.id), None)
            edits.append(_build_shot(scene.id, shot, follower))
            here[shot.id] = scene.id
    for shot in before.shots():
        cut = shots.get(shot.id)
        if shot.continuity is None or cut is None or cut.continuity is not None:
            continue
        if shot.continuity.from_shot_id not in shots:
            link = shot.continuity.model_dump(mode="json", by_alias=True)
            edits.append({"op": "patchShot", "shotId": shot.id, "fields": {"continuity": link}})
    return edits


def _build_move(shot_id: str, order: BoardOrder) -> JsonObject:
    place = order.find_place(shot_id)
    edit: JsonObject = {"op": "moveShot", "shotId": shot_id}
    if place is not None:
        edit["sceneId"] = place.scene_id
        if place.before_shot_id is not None:
            edit["beforeShotId"] = place.before_shot_id
    return edit


def _build_cut(link: Link) -> JsonObject:
    return {"op": "patchShot", "shotId": link.shot_id, "fields": {"continuity": None}}


def _build_removal(shot_id: str) -> JsonObject:
    return {"op": "removeShot", "shotId": shot_id}


def _build_scene(scene: Scene, before: str | None) -> JsonObject:
    empty = scene.model_copy(update={"shots": ()}).model_dump(mode="json", by_alias=True)
    edit: JsonObject = {"op": "putScene", "scene": empty}
    return edit if before is None else edit | {"beforeSceneId": before}


def _build_shot(scene_id: str, shot: Shot, before: str | None) -> JsonObject:
    whole = shot.model_dump(mode="json", by_alias=True)
    edit: JsonObject = {"op": "putShot", "sceneId": scene_id, "shot": whole}
    return edit if before is None else edit | {"beforeShotId": before}
