"""Files that the steps of a plan use: what they are for, and what they are called."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from gateway.kit.database.sessions import Database
from gateway.kit.operation import Caller
from gateway.library.asset_queries import list_assets
from gateway.library.kinds import VISUAL_KINDS
from gateway.media.inputs.resolver import STEP_URL

CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")
ASSET_SCHEME, JOB_SCHEME = "asset://", "job://"
WEB_SCHEMES = ("https://", "http://")
DELETED, EARLIER, UPLOADED = "a deleted file", "an earlier result", "an uploaded file"


class StepMedia(TypedDict):
    """A file that a step uses: its field, its source, and the hash of its picture, if any."""

    use: str
    source: str
    step: str
    sha256: str


def list_step_media(value: Any, name: str = "") -> list[StepMedia]:  # noqa: ANN401 - any JSON value
    """List the media in an input, at any depth; `name` is the field that holds `value`.

    A file that an earlier step has yet to make has no hash, and so no picture.
    """
    if isinstance(value, list):
        return [step_media for each in value for step_media in list_step_media(each, name)]
    if not isinstance(value, dict):
        return []
    if "source" in value and "sha256" in value:
        has_picture = (
            value["sha256"] and str(value.get("mimeType")).partition("/")[0] in VISUAL_KINDS
        )
        step = STEP_URL.fullmatch(value["source"])
        return [
            {
                "use": CAMEL_CASE_BOUNDARY.sub(" ", name).lower(),
                "source": value["source"],
                "step": step[1] if step else "",
                "sha256": value["sha256"] if has_picture else "",
            }
        ]
    return [step_media for key, each in value.items() for step_media in list_step_media(each, key)]


async def load_source_names(
    database: Database, caller: Caller, inputs: Sequence[Any]
) -> dict[str, str]:
    """Return what people call the sources in these inputs of steps, by source."""
    sources = {media["source"] for each in inputs for media in list_step_media(each)}
    ids = [_find_asset_id(each) for each in sources if each.startswith(ASSET_SCHEME)]
    names: Mapping[str, str] = {}
    if ids:
        async with database.read() as snapshot:
            assets = await list_assets(snapshot, caller.ledger_account, ids)
            names = {asset.id: asset.name for asset in assets}
    return {source: names.get(_find_asset_id(source)) or _name_source(source) for source in sources}


def _find_asset_id(source: str) -> str:
    """Return the id in `asset://ID`, or in the frame `asset://ID/frames/0`."""
    return source.removeprefix(ASSET_SCHEME).partition("/")[0]


def _name_source(source: str) -> str:
    if source.startswith(ASSET_SCHEME):
        return DELETED
    if source.startswith(JOB_SCHEME):
        return EARLIER
    return source if source.startswith(WEB_SCHEMES) else UPLOADED
