"""Changes of a board from its forms, each on the newest version that it does not contradict.

A form names the version that it shows. What others have saved since stays: a change of other
fields, or of the same order, is made on the newest version; a contradiction is refused.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.operation import Caller
from gateway.kit.wire.json_text import JsonObject
from gateway.pages.films.board_fields import (
    FORM_FIELDS,
    FieldConflict,
    build_shot_fields,
    compare_form,
    read_shot_form,
    to_form_texts,
)
from gateway.pages.films.board_moves import GONE, read_order
from gateway.pages.films.board_place import BoardPlace
from gateway.pages.operation_client import OperationClient
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.errors import VersionConflict
from gateway.studio.storyboards import operations as storyboards
from gateway.studio.storyboards.model import Shot, Storyboard
from gateway.studio.storyboards.schemas import StoryboardShown

VERSION = re.compile(r'"\w+\.v([1-9]\d{0,8})"')
MOST_TRIES = 3
ORDER_CHANGED = "Somebody else changed the order meanwhile. It is shown here as it is now."
FIELDS_CHANGED = "Somebody else changed this shot meanwhile. Nothing is lost: choose below."
REPEAT = "Nothing was changed; repeat it if you still want to."
EditPlanner = Callable[[Storyboard], list[JsonObject]]


@dataclass(frozen=True, slots=True)
class BoardWriter:
    """Reads and changes a storyboard for the person who is signed in."""

    client: OperationClient

    async def read_board(
        self, request: Request, caller: Caller, place: BoardPlace, version: int | None = None
    ) -> StoryboardShown:
        """Read a storyboard, or an older version of it.

        Raises:
            NotFound: there is none of this id, or no such version.
        """
        query = {"assetId": place.asset_id} | ({} if version is None else {"version": str(version)})
        try:
            board: StoryboardShown = await self.client.read_model(
                storyboards.get_storyboard, request, caller, **query
            )
        except InvalidInput as error:
            raise NotFound from error
        return board

    async def change_order(
        self,
        request: Request,
        caller: Caller,
        place: BoardPlace,
        etag: str,
        plan_edits: EditPlanner,
    ) -> int:
        """Make edits on the newest version, if its shots stand as in the version of the form.

        Returns the number of the version that was changed.

        Raises:
            VersionConflict: somebody else moved, added or deleted shots.
        """
        seen: StoryboardShown | None = None
        for _ in range(MOST_TRIES):
            newest = await self.read_board(request, caller, place)
            if newest.etag != etag:
                seen = seen or await self.read_seen(request, caller, place, etag)
                if seen is None or read_order(seen.document) != read_order(newest.document):
                    break
            edits = plan_edits(newest.document)
            if not edits or await self.save_edits(request, caller, place, newest, edits):
                return newest.version or 0
        raise VersionConflict(ORDER_CHANGED, hint=REPEAT)

    async def change_shot(
        self,
        request: Request,
        caller: Caller,
        place: BoardPlace,
        form: str,
        posted: Mapping[str, str],
    ) -> Sequence[FieldConflict]:
        """Save the fields that a form changed; `form` names which fields it holds.

        Returns the fields that somebody else changed too: then nothing is saved.

        Raises:
            VersionConflict: the version that the form showed is no longer kept.
            InvalidInput: the shot is gone, or a field is wrong.
        """
        shot_id, etag = posted.get("shotId", ""), posted.get("etag", "")
        written = read_shot_form(posted, FORM_FIELDS[form])
        base: Mapping[str, str] | None = None
        for _ in range(MOST_TRIES):
            newest = await self.read_board(request, caller, place)
            shot = find_shot(newest.document, shot_id)
            current = to_form_texts(shot, newest.document)
            if base is None:
                base = current
                if newest.etag != etag:
                    base = await self._read_base(request, caller, place, etag, shot_id)
            changes = compare_form(written, base, current)
            if changes.conflicts:
                return changes.conflicts
            if not changes.changed and not posted.get("newCharacter"):
                return ()
            fields = build_shot_fields(changes.changed, shot, newest.document)
            edit: JsonObject = {"op": "patchShot", "shotId": shot_id, "fields": fields}
            edits = [*_add_character(posted, newest.document, edit), edit]
            if await self.save_edits(request, caller, place, newest, edits):
                return ()
        raise VersionConflict(FIELDS_CHANGED, hint=REPEAT)

    async def _read_base(
        self, request: Request, caller: Caller, place: BoardPlace, etag: str, shot_id: str
    ) -> Mapping[str, str]:
        """Return the texts of a shot as its form showed them.

        Raises:
            VersionConflict: that version is no longer kept.
        """
        seen = await self.read_seen(request, caller, place, etag)
        if seen is None:
            raise VersionConflict(ORDER_CHANGED, hint=REPEAT)
        return to_form_texts(find_shot(seen.document, shot_id), seen.document)

    async def read_seen(
        self, request: Request, caller: Caller, place: BoardPlace, etag: str
    ) -> StoryboardShown | None:
        """Read the version with this ETag; None if there is none, or it is no longer kept."""
        found = VERSION.fullmatch(etag)
        if found is None:
            return None
        try:
            return await self.read_board(request, caller, place, int(found[1]))
        except NotFound:
            return None

    async def save_edits(
        self,
        request: Request,
        caller: Caller,
        place: BoardPlace,
        newest: StoryboardShown,
        edits: Sequence[JsonObject],
    ) -> bool:
        """Save edits on a version; False if another was saved in the same moment.

        Raises:
            Problem: any other refusal.
        """
        body = {"assetId": place.asset_id, "operations": list(edits)}
        try:
            await StudioClient(self.client).write(
                storyboards.save_storyboard, request, caller, body, seen_etag=newest.etag
            )
        except VersionConflict:
            return False
        return True


def find_shot(document: Storyboard, shot_id: str) -> Shot:
    """Find a shot of a storyboard.

    Raises:
        InvalidInput: it is not there.
    """
    for shot in document.shots():
        if shot.id == shot_id:
            return shot
    raise InvalidInput(GONE)


def make_free_id(prefix: str, taken: Sequence[str]) -> str:
    """Make an id for a new part: the prefix with the first free number."""
    return next(
        name for number in range(1, len(taken) + 2) if (name := f"{prefix}_{number}") not in taken
    )


def _add_character(
    posted: Mapping[str, str], document: Storyboard, edit: JsonObject
) -> list[JsonObject]:
    """Return the edit that adds a new character, and name it in the edit of the shot."""
    name = posted.get("newCharacter", "").strip()
    if not name:
        return []
    character = make_free_id("character", [each.id for each in document.characters])
    shot = find_shot(document, edit["shotId"])
    seen = edit["fields"].get("characters", list(shot.characters)) or []
    edit["fields"]["characters"] = [*seen, character]
    return [{"op": "putCharacter", "character": {"id": character, "name": name}}]
