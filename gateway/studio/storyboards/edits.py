"""Edits of a storyboard: carried out in order, all of them or none.

A `put…` replaces the part with the same id in its place, or adds it at the end; `before…Id` puts it
elsewhere. In `fields`, null removes a value.

The storyboard is taken apart into lists, edited, and put together again at the end. In between it
may break the rules that span parts, so that an edit can remove a character and a later one the shot
that names it; `check_storyboard` looks at the result alone. Every refusal names its edit by its
place, as `operations.3.shotId`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from gateway.kit.errors import InvalidInput
from gateway.kit.wire.json_text import JsonObject
from gateway.kit.wire.models import RequestModel
from gateway.kit.wire.validation import problem_from_validation
from gateway.kit.wire.whole_numbers import validate_json_value
from gateway.studio.storyboards.model import Character, Scene, Shot, Storyboard
from gateway.studio.storyboards.normal_form import Slug

M = TypeVar("M", bound=BaseModel)
P = TypeVar("P", Character, Scene, Shot)
OPERATIONS_FIELD = "operations"
SETTABLE_FIELDS = frozenset({"title", "logline", "notes", "defaults"})
Fields = Annotated[JsonObject, Field(min_length=1, description="New values; null removes.")]


class Set(RequestModel):
    """Change title, logline, notes or defaults."""

    op: Literal["set"] = Field(description="The kind of edit.")
    fields: Fields


class PutCharacter(RequestModel):
    """Add a character, or replace the one with its id."""

    op: Literal["putCharacter"] = Field(description="The kind of edit.")
    character: Character


class RemoveCharacter(RequestModel):
    """Remove a character that no shot names."""

    op: Literal["removeCharacter"] = Field(description="The kind of edit.")
    character_id: Slug


class PutScene(RequestModel):
    """Add a scene, or replace the one with its id; `shots` left out stay as they are."""

    op: Literal["putScene"] = Field(description="The kind of edit.")
    scene: Scene
    before_scene_id: Slug | None = Field(
        None, description="The scene to put it before; default: the end."
    )


class RemoveScene(RequestModel):
    """Remove a scene with its shots."""

    op: Literal["removeScene"] = Field(description="The kind of edit.")
    scene_id: Slug


class PutShot(RequestModel):
    """Add a shot to a scene, or replace the one with its id."""

    op: Literal["putShot"] = Field(description="The kind of edit.")
    scene_id: Slug
    shot: Shot
    before_shot_id: Slug | None = Field(
        None, description="The shot to put it before; default: the end."
    )


class PatchShot(RequestModel):
    """Change fields of a shot."""

    op: Literal["patchShot"] = Field(description="The kind of edit.")
    shot_id: Slug
    fields: Fields


class MoveShot(RequestModel):
    """Move a shot to a scene, to its end or before another shot."""

    op: Literal["moveShot"] = Field(description="The kind of edit.")
    shot_id: Slug
    scene_id: Slug
    before_shot_id: Slug | None = Field(
        None, description="The shot to put it before; default: the end."
    )


class RemoveShot(RequestModel):
    """Remove a shot."""

    op: Literal["removeShot"] = Field(description="The kind of edit.")
    shot_id: Slug


Edit = Annotated[
    Set
    | PutCharacter
    | RemoveCharacter
    | PutScene
    | RemoveScene
    | PutShot
    | PatchShot
    | MoveShot
    | RemoveShot,
    Field(discriminator="op"),
]


def apply_edits(document: Storyboard, edits: Sequence[Edit]) -> Storyboard:
    """Return the storyboard with all edits carried out; the caller runs `check_storyboard` on it.

    Raises:
        InvalidInput: an edit names an id that does not exist, or sets a value that is not valid.
    """
    board = _StoryboardEditor(document)
    for number, edit in enumerate(edits):
        board.edit_path = f"{OPERATIONS_FIELD}.{number}"
        board.apply_edit(edit)
    return board.build_storyboard()


def build_patch_shot(shot_id: str, fields: JsonObject) -> PatchShot:
    """Build the edit that changes fields of a shot."""
    return PatchShot.model_validate({"op": "patchShot", "shotId": shot_id, "fields": fields})


class _StoryboardEditor:
    """A storyboard taken apart for editing; `edit_path` is the path of the edit at work.

    `document` holds title, logline, notes and defaults; its characters and scenes are stale until
    `build_storyboard`. `shots` are by the id of their scene: those in `scenes` keep their old ones.
    """

    def __init__(self, document: Storyboard) -> None:
        self.edit_path = OPERATIONS_FIELD
        self.document = document
        self.characters = list(document.characters)
        self.scenes = list(document.scenes)
        self.shots = {scene.id: list(scene.shots) for scene in document.scenes}

    def build_storyboard(self) -> Storyboard:
        """Put the storyboard together again."""
        scenes = [
            scene.model_copy(update={"shots": tuple(self.shots[scene.id])}) for scene in self.scenes
        ]
        parts = {"characters": tuple(self.characters), "scenes": tuple(scenes)}
        return self.document.model_copy(update=parts)

    def apply_edit(self, edit: Edit) -> None:
        """Carry out one edit.

        Raises:
            InvalidInput: it names an id that does not exist, or sets a value that is not valid.
        """
        match edit:
            case Set():
                self._set_fields(edit.fields)
            case PutCharacter():
                _replace_or_add(self.characters, edit.character)
            case RemoveCharacter():
                del self.characters[
                    self._find_index(self.characters, edit.character_id, "characterId")
                ]
            case PutScene():
                self._put_scene(edit)
            case RemoveScene():
                del self.scenes[self._find_index(self.scenes, edit.scene_id, "sceneId")]
                del self.shots[edit.scene_id]
            case PutShot():
                self._put_shot(edit.shot, edit.scene_id, edit.before_shot_id)
            case MoveShot():
                shot = self._pop_shot(edit.shot_id)
                self._insert_shot(self._get_shots(edit.scene_id), shot, edit.before_shot_id)
            case PatchShot():
                shots, place = self._locate_shot(edit.shot_id)
                shots[place] = self._replace_fields(shots[place], edit.fields)
            case RemoveShot():
                self._pop_shot(edit.shot_id)

    def _set_fields(self, fields: Mapping[str, Any]) -> None:
        for name in fields.keys() - SETTABLE_FIELDS:
            known = ", ".join(f"`{each}`" for each in sorted(SETTABLE_FIELDS))
            field = f"{self.edit_path}.fields.{name[:64]}"
            raise InvalidInput(
                "This field cannot be set here.", field=field, hint=f"Known: {known}."
            )
        self.document = self._replace_fields(self.document, fields)

    def _replace_fields(self, part: M, fields: Mapping[str, Any]) -> M:
        """Return a part with these fields replaced, and without those that are null.

        The whole part is validated again, so defaults and rules across its fields hold too.

        Raises:
            InvalidInput: a value is not valid, or the id would change.
        """
        if fields.get("id", getattr(part, "id", None)) != getattr(part, "id", None):
            raise InvalidInput("An id cannot be changed.", field=f"{self.edit_path}.fields.id")
        values = part.model_dump(mode="json", by_alias=True) | dict(fields)
        kept = {name: value for name, value in values.items() if value is not None}
        try:
            return validate_json_value(type(part), kept)
        except ValidationError as error:
            raise problem_from_validation(error, type(part), f"{self.edit_path}.fields") from None

    def _put_scene(self, edit: PutScene) -> None:
        scene = edit.scene
        # A scene without `shots` keeps those it has; `model_fields_set` tells a missing list from
        # an empty one.
        if "shots" in scene.model_fields_set or scene.id not in self.shots:
            self.shots[scene.id] = list(scene.shots)
        if edit.before_scene_id in (None, scene.id):
            _replace_or_add(self.scenes, scene)
            return
        self.scenes = [each for each in self.scenes if each.id != scene.id]
        place = self._find_index(self.scenes, edit.before_scene_id, "beforeSceneId")
        self.scenes.insert(place, scene)

    def _put_shot(self, shot: Shot, scene_id: str, before: str | None) -> None:
        shots = self._get_shots(scene_id)
        if before in (None, shot.id) and any(each.id == shot.id for each in shots):
            _replace_or_add(shots, shot)
            return
        # The shot may stand in another scene, or elsewhere in this one: it moves. In place, for
        # `shots` is one of these lists.
        for others in self.shots.values():
            others[:] = [each for each in others if each.id != shot.id]
        self._insert_shot(shots, shot, before)

    def _insert_shot(self, shots: list[Shot], shot: Shot, before: str | None) -> None:
        place = len(shots) if before is None else self._find_index(shots, before, "beforeShotId")
        shots.insert(place, shot)

    def _get_shots(self, scene_id: str) -> list[Shot]:
        self._find_index(self.scenes, scene_id, "sceneId")
        return self.shots[scene_id]

    def _pop_shot(self, shot_id: str) -> Shot:
        """Take a shot out of its scene and return it."""
        shots, place = self._locate_shot(shot_id)
        return shots.pop(place)

    def _locate_shot(self, shot_id: str) -> tuple[list[Shot], int]:
        """Return the list of shots that holds a shot, and its place there."""
        for shots in self.shots.values():
            if any(each.id == shot_id for each in shots):
                return shots, self._find_index(shots, shot_id, "shotId")
        raise self._build_missing_problem(shot_id, "shotId")

    def _find_index(
        self, parts: Sequence[Character | Scene | Shot], name: str | None, field: str
    ) -> int:
        for place, each in enumerate(parts):
            if each.id == name:
                return place
        raise self._build_missing_problem(name, field)

    def _build_missing_problem(self, name: str | None, field: str) -> InvalidInput:
        return InvalidInput(
            f"There is no `{name}` there.",
            field=f"{self.edit_path}.{field}",
            hint="Read the document and use one of its ids.",
        )


def _replace_or_add(parts: list[P], part: P) -> None:
    """Replace the part with the same id in its place, or add it at the end."""
    for place, each in enumerate(parts):
        if each.id == part.id:
            parts[place] = part
            return
    parts.append(part)
